//! The checksum of a license request: what carries it may have changed a space that no other check sees.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The member that holds it.
pub(super) const CHECKSUM: &str = "checksum";

/// What the digest begins with.
const CONTEXT: &[u8] = b"license-request/v1\0";
/// Bytes of the digest that are written.
const LEN: usize = 8;

/// The checksum of a license request: the first 8 bytes of SHA-256("license-request/v1" ‖ 0 ‖ JSON) in hexadecimal digits,
/// where JSON is the object without its member `checksum`, without white space, the members sorted by name at every
/// depth. It tells of damage on the way, and proves nothing about who wrote the request.
///
/// ```
/// use license_core::saved_text::request_checksum;
///
/// let request = serde_json::json!({"license_request": 1, "fingerprint": "bench 7"});
/// assert_eq!(request_checksum(&request).len(), 16);
/// ```
#[must_use]
pub fn request_checksum(request: &Value) -> String {
    let mut json = String::new();
    write_sorted(request, true, &mut json);
    let digest = Sha256::new_with_prefix(CONTEXT).chain_update(json).finalize();
    data_encoding::HEXLOWER.encode(&digest[..LEN])
}

/// Whether a request's own checksum is that of its other members.
pub(super) fn holds(request: &Value) -> bool {
    request.get(CHECKSUM).and_then(Value::as_str) == Some(request_checksum(request).as_str())
}

fn write_sorted(value: &Value, is_outermost: bool, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().filter(|(name, _)| !(is_outermost && *name == CHECKSUM)).collect();
            members.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (at, (name, value)) in members.into_iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_sorted(value, false, out);
            }
            out.push('}');
        }
        Value::Array(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write_sorted(value, false, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_depends_on_every_text_and_on_no_order() {
        let one: Value = serde_json::from_str(r#"{"license_request":1,"fingerprint":"bench 7"}"#).unwrap();
        let same: Value =
            serde_json::from_str(r#"{ "fingerprint": "bench 7", "checksum": "x", "license_request": 1 }"#)
                .unwrap();
        let other: Value = serde_json::from_str(r#"{"license_request":1,"fingerprint":"bench  7"}"#).unwrap();
        assert_eq!(request_checksum(&one), request_checksum(&same));
        assert_ne!(request_checksum(&one), request_checksum(&other));
        assert_eq!(request_checksum(&one), "36a927aaa0fede7b");
    }
}
