//! The public half.

use std::fmt;

#[cfg(feature = "pem")]
use ed25519_dalek::pkcs8::{DecodePublicKey as _, EncodePublicKey as _};
use sha2::{Digest as _, Sha256};

use super::{KeyError, KeyId};
use crate::encoding::base64url;

/// An Ed25519 public key, checked when it was made, with its name.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    key: ed25519_dalek::VerifyingKey,
    id: KeyId,
}

impl VerifyingKey {
    /// From the 32 bytes of [RFC 8032].
    ///
    /// # Errors
    /// [`KeyError::WeakPoint`] when the bytes are no point, one of small order, or a second spelling of a point.
    ///
    /// [RFC 8032]: https://www.rfc-editor.org/rfc/rfc8032#section-5.1.5
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::WeakPoint)?;
        // RFC 8032 section 5.1.3 refuses a coordinate that was not reduced; two spellings would be two key ids.
        if key.is_weak() || key.to_edwards().compress().as_bytes() != bytes {
            return Err(KeyError::WeakPoint);
        }
        Ok(Self::from_dalek(key))
    }

    /// Reads SPKI PEM ([RFC 8410](https://www.rfc-editor.org/rfc/rfc8410#section-4)).
    ///
    /// # Errors
    /// [`KeyError::PublicPem`], [`KeyError::WeakPoint`]
    #[cfg(feature = "pem")]
    pub fn from_spki_pem(pem: &str) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_public_key_pem(pem).map_err(|_| KeyError::PublicPem)?;
        Self::from_bytes(key.as_bytes())
    }

    /// SPKI PEM.
    ///
    /// # Errors
    /// [`KeyError::PublicPem`], which an Ed25519 key does not cause.
    #[cfg(feature = "pem")]
    pub fn to_spki_pem(&self) -> Result<String, KeyError> {
        self.key
            .to_public_key_pem(ed25519_dalek::pkcs8::spki::der::pem::LineEnding::LF)
            .map_err(|_| KeyError::PublicPem)
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The thumbprint of this key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn from_dalek(key: ed25519_dalek::VerifyingKey) -> Self {
        // RFC 7638 section 3.2 and RFC 8037 section 2: the required members in this order, without white space.
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url::encode(key.as_bytes()));
        Self { id: KeyId::from_thumbprint(Sha256::digest(jwk.as_bytes()).into()), key }
    }

    /// Strict verification: no small-order points, no second spelling of a signature.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.key.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "pem")]
    #[test]
    fn pem_reads_back() {
        let key = VerifyingKey::from_bytes(
            &base64url::decode_array(b"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").expect("32 bytes"),
        )
        .expect("a point");
        let pem = key.to_spki_pem().expect("encodes");
        assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        assert_eq!(VerifyingKey::from_spki_pem(&pem), Ok(key));
    }

    #[test]
    fn a_key_under_which_anybody_can_sign_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(VerifyingKey::from_bytes(&identity), Err(KeyError::WeakPoint));
    }

    #[test]
    fn a_second_spelling_of_a_key_is_refused() {
        // y = 18, and the same with p = 2^255 - 19 added to it.
        let mut canonical = [0; 32];
        canonical[0] = 18;
        let mut unreduced = [0xff; 32];
        unreduced[31] = 0x7f;
        assert!(VerifyingKey::from_bytes(&canonical).is_ok());
        assert_eq!(VerifyingKey::from_bytes(&unreduced), Err(KeyError::WeakPoint));
        assert_eq!(VerifyingKey::from_bytes(&[0xff; 32]), Err(KeyError::WeakPoint));
    }
}
