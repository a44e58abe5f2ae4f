//! `text` and `df1`: reading a fingerprint text.

use data_encoding::BASE64URL_NOPAD;
use license_core::{Digest, Fingerprint, Kind, OutcomeCode, Realm};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answer, members};

#[derive(Deserialize)]
struct Ask {
    realm: String,
    text: String,
}

/// One component of a fingerprint.
#[derive(Debug, Serialize)]
pub struct ComponentView {
    kind: Kind,
    digest: Digest,
    privileged: bool,
}

pub(super) fn read(ask: &Value) -> Result<Answer, String> {
    let Ask { realm, text } = members(ask)?;
    let fingerprint = match Fingerprint::parse(&text, &Realm::new(&realm)) {
        Ok(fingerprint) => fingerprint,
        Err(error) => return Ok(Answer::of(OutcomeCode::from(&error).as_str())),
    };
    if fingerprint.is_opaque() {
        // The storage form: a version, the realm's tag, the id.
        let id = fingerprint.to_bytes().split_off(5);
        return Ok(Answer { opaque: Some(BASE64URL_NOPAD.encode(&id)), ..Answer::of("opaque") });
    }
    let components = fingerprint.components().iter().map(|c| ComponentView {
        kind: c.kind,
        digest: c.digest,
        privileged: c.privileged,
    });
    Ok(Answer { components: Some(components.collect()), ..Answer::of("components") })
}
