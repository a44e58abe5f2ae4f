//! Whether the store signed a call.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use license_core::UnixTime;
use sha2::{Digest as _, Sha256};

use super::canonical::{Body, Scalars};
use super::query::{QueryError, SignedQuery};
use crate::config::Secret;

/// How far a call's timestamp may lie from the server's clock, in milliseconds, both ways.
pub const SKEW_MS: i64 = 60_000;

/// A call that the store signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentic {
    /// Which of the access keys signed it.
    pub key: usize,
    /// The signature.
    pub signature: [u8; 32],
    /// The first second in which a copy of the call is too old.
    pub until: UnixTime,
    /// When it was signed, in milliseconds since 1970.
    pub signed_at_ms: i64,
    /// The nonce, up to 128 visible ASCII characters.
    pub nonce: String,
}

/// Why a call counts as not signed by the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The query says too little, or too much.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The timestamp is over 60 s away from the server's clock.
    #[error("timestamp is more than 60 seconds from the server's clock")]
    Skew,
    /// No access key makes this signature.
    #[error("signature does not fit the call")]
    Mismatch,
}

/// Checks the signature of a call: over its raw bytes, then over its canonical form, then over the canonical form with
/// numbers and booleans as text. `body` is `None` where the bytes are no call: then only the raw bytes can be signed.
///
/// # Errors
/// [`AuthError`]; the checks run in the order of its variants.
pub fn authenticate(
    keys: &[Secret],
    query: &str,
    raw: &[u8],
    body: Option<&Body<'_>>,
    now_ms: i64,
) -> Result<Authentic, AuthError> {
    let query = SignedQuery::parse(query)?;
    // R1
    if now_ms.abs_diff(query.timestamp_ms) > SKEW_MS.unsigned_abs() {
        return Err(AuthError::Skew);
    }
    // R1
    let fits = |payload: &[u8]| keys.iter().position(|key| signs(key, &query, payload));
    let key = fits(raw)
        .or_else(|| fits(body?.canonical(Scalars::AsSent).ok()?.as_bytes()))
        .or_else(|| {
            let body = body.filter(|body| body.has_bare_scalars())?;
            fits(body.canonical(Scalars::AsText).ok()?.as_bytes())
        })
        .ok_or(AuthError::Mismatch)?;
    let until = UnixTime::from_secs((query.timestamp_ms + SKEW_MS).div_euclid(1000) + 1);
    let signed_at_ms = query.timestamp_ms;
    Ok(Authentic { key, signature: query.signature, until, signed_at_ms, nonce: query.nonce })
}

/// The signature of a payload, as the store makes it; the simulator and the tests sign with it.
#[must_use]
pub fn sign(key: &Secret, nonce: &str, timestamp: &str, payload: &[u8]) -> [u8; 32] {
    outer(key, nonce, timestamp, payload).finalize().into_bytes().into()
}

fn signs(key: &Secret, query: &SignedQuery, payload: &[u8]) -> bool {
    // In constant time: hmac compares so.
    outer(key, &query.nonce, &query.timestamp, payload).verify_slice(&query.signature).is_ok()
}

fn outer(key: &Secret, nonce: &str, timestamp: &str, payload: &[u8]) -> Hmac<Sha256> {
    let key = key.expose().as_bytes();
    let empty = keyed(key);
    let inner = empty.clone().chain_update(payload).finalize().into_bytes();
    empty.chain_update(key).chain_update(nonce).chain_update(timestamp).chain_update(HEXLOWER.encode(&inner))
}

/// RFC 2104, section 2: a key longer than the block is hashed, a shorter one is padded with zeros.
pub(super) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    Hmac::new(&block.into())
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXUPPER;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    const NOW: i64 = 1_790_144_272_509;

    fn query(signature: &[u8; 32], timestamp: &str, nonce: &str) -> String {
        format!("signature={}&timestamp={timestamp}&nonce={nonce}", HEXUPPER.encode(signature))
    }

    #[test]
    fn the_stores_vectors_come_out_as_they_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/store-requests.json");
        let vectors: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert!(vectors.len() >= 28);
        for vector in &vectors {
            let text = |name: &str| vector[name].as_str().unwrap();
            let query: Vec<_> = vector["query"].as_object().unwrap().iter().collect();
            let query: Vec<_> = query.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap())).collect();
            let raw = text("body").as_bytes();
            let body = Body::parse(raw).ok();
            let keys = [Secret::from("another-access-key"), Secret::from(text("access_key"))];
            let now_ms = vector["now_ms"].as_i64().unwrap();
            let result = authenticate(&keys, &query.join("&"), raw, body.as_ref(), now_ms);
            match text("expect") {
                "accept" => assert_eq!(result.map(|call| call.key), Ok(1), "{}", text("name")),
                "000001" => assert!(result.is_err(), "{}", text("name")),
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn a_call_is_good_for_sixty_seconds_both_ways_and_not_a_millisecond_longer() {
        let keys = [Secret::from("k")];
        let at = |timestamp: &str, now: i64| {
            let query = query(&sign(&keys[0], "n", timestamp, b"{}"), timestamp, "n");
            authenticate(&keys, &query, b"{}", None, now)
        };
        let timestamp = NOW.to_string();
        for now in [NOW - 60_000, NOW + 60_000] {
            assert_eq!(at(&timestamp, now).unwrap().until, UnixTime::from_secs(NOW / 1000 + 61));
        }
        for now in [NOW - 60_001, NOW + 60_001, i64::MIN, i64::MAX] {
            assert_eq!(at(&timestamp, now), Err(AuthError::Skew));
        }
        assert!(at("1790144272", 1_790_144_332_000).is_ok(), "ten digits are seconds");
        assert_eq!(at("1790144272", 1_790_144_332_001), Err(AuthError::Skew));
    }

    #[test]
    fn bytes_that_are_no_call_are_still_authenticated() {
        let keys = [Secret::from("k")];
        let query = query(&sign(&keys[0], "n", &NOW.to_string(), b"not json"), &NOW.to_string(), "n");
        assert!(authenticate(&keys, &query, b"not json", None, NOW).is_ok());
        assert_eq!(authenticate(&keys, &query, b"not JSON", None, NOW), Err(AuthError::Mismatch));
    }

    #[test]
    fn keys_of_any_length_sign() {
        for length in [0, 1, 63, 64, 65, 200] {
            let key = "k".repeat(length);
            let expected: Hmac<Sha256> = Hmac::new_from_slice(key.as_bytes()).unwrap();
            let sum = |mac: Hmac<Sha256>| mac.chain_update("x").finalize().into_bytes();
            assert_eq!(sum(keyed(key.as_bytes())), sum(expected), "{length}");
        }
    }

    #[test]
    fn nothing_is_authentic_without_keys() {
        let query = query(&sign(&Secret::from(""), "n", &NOW.to_string(), b"{}"), &NOW.to_string(), "n");
        assert_eq!(authenticate(&[], &query, b"{}", None, NOW), Err(AuthError::Mismatch));
    }

    proptest! {
        #[test]
        fn a_changed_byte_anywhere_breaks_the_signature(
            body in proptest::collection::vec(any::<u8>(), 1..80),
            nonce in "[A-Za-z0-9]{16,64}",
            at: prop::sample::Index,
            bit in 0_u32..8,
        ) {
            let keys = [Secret::from("demo-access-key")];
            let timestamp = NOW.to_string();
            let signature = sign(&keys[0], &nonce, &timestamp, &body);
            let good = query(&signature, &timestamp, &nonce);
            prop_assert!(authenticate(&keys, &good, &body, None, NOW).is_ok());

            let mut changed = body.clone();
            changed[at.index(body.len())] ^= 1 << bit;
            prop_assert_eq!(authenticate(&keys, &good, &changed, None, NOW), Err(AuthError::Mismatch));
            let mut forged = signature;
            forged[at.index(32)] ^= 1 << bit;
            let forged = query(&forged, &timestamp, &nonce);
            prop_assert_eq!(authenticate(&keys, &forged, &body, None, NOW), Err(AuthError::Mismatch));
        }
    }
}
