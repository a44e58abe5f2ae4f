//! The private half.

use std::fmt;

use ed25519_dalek::Signer as _;
#[cfg(feature = "pem")]
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
#[cfg(any(feature = "generate", feature = "pem"))]
use zeroize::Zeroizing;

#[cfg(feature = "pem")]
use super::KeyError;
use super::{KeyId, VerifyingKey};

/// An Ed25519 private key with the name of its public half. Wiped from memory when dropped; `Debug` prints the name only.
#[derive(Clone)]
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    public: VerifyingKey,
}

impl SigningKey {
    /// A new key from `rng`.
    #[cfg(feature = "generate")]
    pub fn generate(rng: &mut impl rand::CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::from_seed(&seed)
    }

    /// The key of a 32-byte seed, the `d` of [RFC 8037].
    ///
    /// [RFC 8037]: https://www.rfc-editor.org/rfc/rfc8037#section-2
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = VerifyingKey::from_dalek(key.verifying_key());
        Self { key, public }
    }

    /// Reads PKCS#8 PEM, with or without the public key inside ([RFC 8410], [RFC 5958]).
    ///
    /// # Errors
    /// [`KeyError::PrivatePem`]
    ///
    /// [RFC 8410]: https://www.rfc-editor.org/rfc/rfc8410
    /// [RFC 5958]: https://www.rfc-editor.org/rfc/rfc5958
    #[cfg(feature = "pem")]
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        let key = ed25519_dalek::SigningKey::from_pkcs8_pem(pem).map_err(|_| KeyError::PrivatePem)?;
        let public = VerifyingKey::from_dalek(key.verifying_key());
        Ok(Self { key, public })
    }

    /// PKCS#8 PEM, version 1: openssl before 3.2 cannot read a key that carries its public half.
    ///
    /// # Errors
    /// [`KeyError::PrivatePem`], which an Ed25519 key does not cause.
    #[cfg(feature = "pem")]
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let bytes = KeypairBytes { secret_key: *self.key.as_bytes(), public_key: None };
        bytes
            .to_pkcs8_pem(ed25519_dalek::pkcs8::spki::der::pem::LineEnding::LF)
            .map_err(|_| KeyError::PrivatePem)
    }

    /// The public half.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// The `kid` that licenses of this key carry.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.public.id()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::base64url;

    /// The key pair of RFC 8037 appendix A.1.
    fn rfc_8037_key() -> SigningKey {
        let seed = base64url::decode_array(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").expect("32 bytes");
        SigningKey::from_seed(&seed)
    }

    #[test]
    fn the_key_of_rfc_8037_has_its_public_half_and_thumbprint() {
        let key = rfc_8037_key();
        assert_eq!(
            base64url::encode(key.verifying_key().as_bytes()),
            "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        );
        assert_eq!(key.id().to_string(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn the_signature_of_rfc_8037_is_made_and_verified() {
        let input = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let expected =
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let key = rfc_8037_key();
        let signature = key.sign(input);
        assert_eq!(base64url::encode(&signature), expected);
        assert!(key.verifying_key().verifies(input, &signature));
        assert!(!key.verifying_key().verifies(b"another input", &signature));
    }

    #[cfg(feature = "pem")]
    #[test]
    fn pem_reads_back_and_debug_shows_no_secret() {
        let key = rfc_8037_key();
        let pem = key.to_pkcs8_pem().expect("encodes");
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{}", pem.as_str());
        let again = SigningKey::from_pkcs8_pem(&pem).expect("decodes");
        assert_eq!(again.id(), key.id());
        let with_public = key.key.to_pkcs8_pem(Default::default()).expect("encodes");
        assert_eq!(SigningKey::from_pkcs8_pem(&with_public).expect("decodes").id(), key.id());
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.id()));
        assert_eq!(SigningKey::from_pkcs8_pem("no key").expect_err("refused"), KeyError::PrivatePem);
    }
}
