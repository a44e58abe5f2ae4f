//! `vendor_file` and `key_set`: whom a verifier trusts.

use license_core::{KeyRing, OutcomeCode, Trust, VendorFile, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answer, members};

/// What a vendor file says.
#[derive(Debug, Serialize)]
pub struct VendorView {
    issuer: String,
    product: String,
    realm: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    test: bool,
    keys: Vec<String>,
}

#[derive(Deserialize)]
struct AskFile {
    text: String,
}

#[derive(Deserialize)]
struct AskSets {
    issuer: String,
    keys: KeyRing,
    sets: Vec<String>,
}

pub(super) fn vendor_file(ask: &Value) -> Result<Answer, String> {
    let AskFile { text } = members(ask)?;
    let Ok(file) = text.parse::<VendorFile>() else {
        return Ok(Answer::of(OutcomeCode::UnusableTrust.as_str()));
    };
    let vendor = VendorView {
        realm: file.realm.unwrap_or_else(|| file.issuer.clone()),
        issuer: file.issuer,
        product: file.product,
        server: file.server,
        test: file.test,
        keys: thumbprints(&file.keys),
    };
    Ok(Answer { vendor: Some(vendor), ..Answer::of("trust") })
}

pub(super) fn key_set(ask: &Value) -> Result<Answer, String> {
    let AskSets { issuer, keys, sets } = members(ask)?;
    let mut trust = Trust::new(&issuer, "", &issuer, keys);
    let outcome = match trust.learn(&sets.join("\n")) {
        Ok(_) => "learned",
        Err(error) => OutcomeCode::from(&error).as_str(),
    };
    Ok(Answer { trusted: Some(thumbprints(trust.keys())), ..Answer::of(outcome) })
}

fn thumbprints(keys: &KeyRing) -> Vec<String> {
    keys.iter().map(VerifyingKey::id).map(|id| id.to_string()).collect()
}
