//! A compact JWS that carries the public key it is signed with ([RFC 7515], [RFC 9449 section 4.2]).
//!
//! [RFC 7515]: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.3
//! [RFC 9449 section 4.2]: https://www.rfc-editor.org/rfc/rfc9449#section-4.2

use serde::de::{self, DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};

use super::{MAX_PROOF_LEN, ProofError};
use crate::encoding::base64url;
use crate::key::{KeyError, KeyId, SigningKey, VerifyingKey};
use crate::license::json::{Object, UniqueMembers, is_object, reason};

/// What a proof says, and by which key.
#[derive(Debug)]
pub(super) struct Signed<T> {
    pub(super) key: KeyId,
    pub(super) claims: T,
}

/// A header: members that are not known are ignored, as RFC 7515 section 4 has it, unless `crit` says that they count.
#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Object<PublicJwk>,
    #[serde(default, deserialize_with = "is_there")]
    crit: bool,
}

#[derive(Deserialize)]
struct PublicJwk {
    kty: String,
    crv: String,
    x: String,
    /// The private half, which is never to be sent.
    #[serde(default, deserialize_with = "is_there")]
    d: bool,
}

fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Signs claims under a type.
pub(super) fn sign(key: &SigningKey, typ: &str, claims: &impl Serialize) -> String {
    let header = format!(r#"{{"typ":"{typ}","alg":"EdDSA","jwk":{}}}"#, public_jwk(key.verifying_key()));
    let mut text = base64url::encode(header.as_bytes());
    text.push('.');
    // Texts and whole numbers always serialise.
    base64url::encode_onto(&serde_json::to_vec(claims).unwrap_or_default(), &mut text);
    let signature = key.sign(text.as_bytes());
    text.push('.');
    base64url::encode_onto(&signature, &mut text);
    text
}

/// Checks form, type and signature, in that order, over the bytes as received; the claims are decoded last.
pub(super) fn read<T: DeserializeOwned>(text: &str, typ: &str) -> Result<Signed<T>, ProofError> {
    if text.len() > MAX_PROOF_LEN {
        return Err(ProofError::TooLong(text.len()));
    }
    let mut parts = text.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(ProofError::Parts);
    };
    let key = read_header(header, typ)?;
    let signed = &text.as_bytes()[..header.len() + 1 + payload.len()];
    let signature = base64url::decode_array(signature.as_bytes()).ok_or(ProofError::Encoding("signature"))?;
    let payload = base64url::decode(payload.as_bytes()).ok_or(ProofError::Encoding("payload"))?;
    if !key.verifies(signed, &signature) {
        return Err(ProofError::Signature);
    }
    Ok(Signed { key: key.id(), claims: object(&payload).map_err(ProofError::Claims)? })
}

fn read_header(encoded: &str, typ: &str) -> Result<VerifyingKey, ProofError> {
    let json = base64url::decode(encoded.as_bytes()).ok_or(ProofError::Encoding("header"))?;
    let header: Header = object(&json).map_err(ProofError::Header)?;
    let fault = |why: String| Err(ProofError::Header(why));
    if header.typ != typ {
        return fault(format!("typ is not {typ}"));
    }
    // RFC 9864 has another name for the same.
    if header.alg != "EdDSA" && header.alg != "Ed25519" {
        return fault("alg is not EdDSA".into());
    }
    if header.crit {
        return fault("crit names what is not known".into());
    }
    header.jwk.0.key().map_err(|error| ProofError::Header(error.to_string()))
}

/// A JSON object in which no member stands twice, at any depth.
fn object<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    is_object(json).then_some(()).ok_or("not a JSON object")?;
    serde_json::from_slice::<UniqueMembers>(json).map_err(|error| reason(&error))?;
    serde_json::from_slice(json).map_err(|error| reason(&error))
}

/// The three members that make the public key, in the order of RFC 8037's examples.
pub(super) fn public_jwk(key: &VerifyingKey) -> String {
    format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, base64url::encode(key.as_bytes()))
}

/// A public key from its JWK.
pub(super) fn read_public_jwk(json: &[u8]) -> Result<VerifyingKey, KeyError> {
    object::<PublicJwk>(json).map_err(KeyError::Jwk)?.key()
}

impl PublicJwk {
    fn key(&self) -> Result<VerifyingKey, KeyError> {
        let fault = |why: &str| Err(KeyError::Jwk(why.into()));
        if self.kty != "OKP" || self.crv != "Ed25519" {
            return fault("only kty OKP with crv Ed25519 is understood");
        }
        if self.d {
            return fault("it holds a private key, which must never leave its machine");
        }
        let bytes = base64url::decode_array(self.x.as_bytes())
            .ok_or_else(|| KeyError::Jwk("x is not 32 bytes of base64url".into()))?;
        VerifyingKey::from_bytes(&bytes)
    }
}

/// 32 bytes as base64url, such as `ath`.
pub(super) mod hash {
    use super::{Deserialize, Deserializer, base64url, de};

    pub(in super::super) fn serialize<S: serde::Serializer>(
        hash: &[u8; 32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url::encode(hash))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        base64url::decode_array(text.as_bytes())
            .ok_or_else(|| de::Error::custom("32 bytes of base64url are due"))
    }
}
