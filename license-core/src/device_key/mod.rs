//! The key of one machine: what shows that a caller is the machine of a license and not somebody with a copy of it.
//!
//! The private half never leaves the machine; a license names the thumbprint of the public one in `cnf`
//! ([RFC 7800](https://www.rfc-editor.org/rfc/rfc7800)). With it the machine signs its calls to the vendor's server
//! ([`DpopProof`]) and the challenges of the vendor's software ([`PossessionChallenge`]). A type of its own: it cannot
//! sign a license, and a key that signs licenses cannot be taken for it.

mod dpop;
mod error;
mod jws;
mod possession;

use std::fmt;

#[cfg(feature = "pem")]
use zeroize::Zeroizing;

use crate::key::{KeyError, KeyId, SigningKey};

pub use dpop::{DpopProof, PROOF_WINDOW};
pub use error::ProofError;
pub use possession::{ChallengeError, PossessionChallenge};

/// The longest proof that is read, in bytes.
pub const MAX_PROOF_LEN: usize = 4096;

/// An Ed25519 private key of one machine. Wiped from memory when dropped; `Debug` prints the thumbprint only.
#[derive(Clone)]
pub struct DeviceKey(SigningKey);

impl DeviceKey {
    /// A new key from `rng`.
    #[cfg(feature = "generate")]
    pub fn generate(rng: &mut impl rand::CryptoRng) -> Self {
        Self(SigningKey::generate(rng))
    }

    /// The key of a 32-byte seed, for vectors and tests.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_seed(seed))
    }

    /// Reads PKCS#8 PEM, with or without the public key inside.
    ///
    /// # Errors
    /// [`KeyError::PrivatePem`]
    #[cfg(feature = "pem")]
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        SigningKey::from_pkcs8_pem(pem).map(Self)
    }

    /// PKCS#8 PEM, to be kept where only the machine's user may read it.
    ///
    /// # Errors
    /// [`KeyError::PrivatePem`], which an Ed25519 key does not cause.
    #[cfg(feature = "pem")]
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        self.0.to_pkcs8_pem()
    }

    /// The thumbprint of its public half ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)): `cnf.jkt` of the
    /// machine's licenses.
    #[must_use]
    pub fn thumbprint(&self) -> KeyId {
        self.0.id()
    }

    /// The public half as a JWK: `{"kty":"OKP","crv":"Ed25519","x":"…"}`.
    #[must_use]
    pub fn public_jwk(&self) -> String {
        jws::public_jwk(self.0.verifying_key())
    }

    fn key(&self) -> &SigningKey {
        &self.0
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey({})", self.thumbprint())
    }
}

impl KeyId {
    /// The thumbprint of a machine's public key, read from a JWK. Members that are not known are ignored
    /// (RFC 7517 section 4); a JWK that holds a private key is refused, for it has left its machine.
    ///
    /// # Errors
    /// [`KeyError::Jwk`], [`KeyError::WeakPoint`]
    pub fn of_public_jwk(json: &str) -> Result<Self, KeyError> {
        jws::read_public_jwk(json.as_bytes()).map(|key| key.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_jwk_has_the_thumbprint_of_its_key_and_no_private_half() {
        let key = DeviceKey::from_seed(&[7; 32]);
        assert_eq!(KeyId::of_public_jwk(&key.public_jwk()), Ok(key.thumbprint()));
        let with_more = key.public_jwk().replace('{', r#"{"use":"sig","ext":{"a":[1]},"#);
        assert_eq!(KeyId::of_public_jwk(&with_more), Ok(key.thumbprint()));
        for broken in [
            String::new(),
            "[]".into(),
            r#"["OKP","Ed25519","x"]"#.into(),
            key.public_jwk().replace('{', r#"{"d":"AA","#),
            key.public_jwk().replace('{', r#"{"x":"AA","#),
            key.public_jwk().replace("Ed25519", "X25519"),
            key.public_jwk().replace("OKP", "EC"),
            key.public_jwk().replace("\"}", "=\"}"),
            r#"{"kty":"OKP","crv":"Ed25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#.into(),
        ] {
            assert!(KeyId::of_public_jwk(&broken).is_err(), "{broken}");
        }
        assert_eq!(format!("{key:?}"), format!("DeviceKey({})", key.thumbprint()));
    }

    #[cfg(feature = "pem")]
    #[test]
    fn pem_reads_back() {
        let key = DeviceKey::from_seed(&[7; 32]);
        let again = DeviceKey::from_pkcs8_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
        assert_eq!(again.thumbprint(), key.thumbprint());
    }
}
