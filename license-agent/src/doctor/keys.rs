//! The keys that count here, beside those that the vendor's server publishes. Nothing is trusted for what it says.

use license_core::{KeyId, KeyRing, Trust, VerifyingKey};

use super::{Check, Found};
use crate::server::ServerError;

/// Compares both, and says what to do where they differ.
pub(super) fn compare(trust: &Trust, published: Result<KeyRing, ServerError>) -> Check {
    let published = match published {
        Ok(published) => published,
        Err(error) => return Check::warning("keys", &error.into()),
    };
    let ids = |keys: &KeyRing| keys.iter().map(VerifyingKey::id).collect::<Vec<KeyId>>();
    let (here, there) = (ids(trust.keys()), ids(&published));
    let unknown: Vec<_> = there.iter().filter(|kid| !here.contains(kid)).collect();
    let gone: Vec<_> = here.iter().filter(|kid| !there.contains(kid)).collect();
    let counted = match here.len() {
        1 => "1 key of the vendor counts here".to_owned(),
        count => format!("{count} keys of the vendor count here"),
    };
    let mut check = Check::good("keys", &counted);
    if unknown.is_empty() && gone.is_empty() {
        check.says.push("they are those of the server".into());
        return check;
    }
    check.found = Found::Warning;
    for kid in &unknown {
        let what =
            if trust.distrusts(**kid) { "was withdrawn, as is known here" } else { "is not known here" };
        check.says.push(format!("the server's key {kid} {what}"));
    }
    check
        .says
        .extend(gone.iter().map(|kid| format!("key {kid} counts here, and the server publishes it no more")));
    if unknown.len() == there.len() {
        check.says.push("none of the server's keys is known: its licenses would be refused".into());
        check.advice.push("get the vendor's newest vendor file, the one that belongs to this server".into());
    } else {
        // Whichever of the known keys signs, it tells of the others.
        check.advice.push(
            "ask the server, which tells of its keys with the license: license-agent renew; if they still differ, get \
             the vendor's newest vendor file"
                .into(),
        );
    }
    check
}
