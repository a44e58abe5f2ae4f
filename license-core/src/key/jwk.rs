//! Public keys as JSON Web Keys ([RFC 7517], [RFC 8037]).
//!
//! [RFC 7517]: https://www.rfc-editor.org/rfc/rfc7517
//! [RFC 8037]: https://www.rfc-editor.org/rfc/rfc8037#section-2

use serde::{Deserialize, Serialize};

use super::{KeyError, VerifyingKey};
use crate::encoding::base64url;
use crate::license::json::Object;

/// One public key as it is written; members that are not named here are ignored (RFC 7517 section 4).
#[derive(Serialize, Deserialize)]
pub(super) struct Jwk {
    kty: String,
    crv: String,
    x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
}

/// A JWK set to be written.
#[derive(Serialize)]
pub(super) struct JwkSet {
    pub(super) keys: Vec<Jwk>,
}

/// A JWK set as it is read.
#[derive(Deserialize)]
pub(super) struct ReadJwkSet {
    pub(super) keys: Vec<Object<Jwk>>,
}

impl From<&VerifyingKey> for Jwk {
    fn from(key: &VerifyingKey) -> Self {
        Self {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            x: base64url::encode(key.as_bytes()),
            kid: Some(key.id().to_string()),
            alg: Some("EdDSA".into()),
            usage: Some("sig".into()),
        }
    }
}

impl TryFrom<Jwk> for VerifyingKey {
    type Error = KeyError;

    fn try_from(jwk: Jwk) -> Result<Self, KeyError> {
        if jwk.kty != "OKP" || jwk.crv != "Ed25519" {
            return Err(KeyError::Jwk("only kty OKP with crv Ed25519 is understood".into()));
        }
        if jwk.alg.as_deref().is_some_and(|alg| alg != "EdDSA" && alg != "Ed25519") {
            return Err(KeyError::Jwk("alg is not EdDSA".into()));
        }
        if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(KeyError::Jwk("use is not sig".into()));
        }
        let bytes = base64url::decode_array(jwk.x.as_bytes())
            .ok_or_else(|| KeyError::Jwk("x is not 32 bytes of base64url".into()))?;
        let key = VerifyingKey::from_bytes(&bytes)?;
        match jwk.kid {
            Some(found) if found != key.id().to_string() => {
                Err(KeyError::KeyId { expected: key.id(), found })
            }
            _ => Ok(key),
        }
    }
}
