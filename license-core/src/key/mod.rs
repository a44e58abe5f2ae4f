//! Ed25519 keys: the private half signs licenses, the public half is published.

mod id;
mod jwk;
mod ring;
mod signing;
mod verifying;

pub use id::KeyId;
pub use ring::KeyRing;
pub use signing::SigningKey;
pub use verifying::VerifyingKey;

/// Why a key could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a PKCS#8 PEM of an Ed25519 private key.
    #[error("not an Ed25519 private key in PKCS#8 PEM (`-----BEGIN PRIVATE KEY-----`)")]
    PrivatePem,
    /// Not an SPKI PEM of an Ed25519 public key.
    #[error("not an Ed25519 public key in SPKI PEM (`-----BEGIN PUBLIC KEY-----`)")]
    PublicPem,
    /// Not a JWK or JWK set, or a member has the wrong form.
    #[error("not a JWK set of Ed25519 keys: {0}")]
    Jwk(String),
    /// The bytes are no point of the curve, one of small order, under which anybody can sign, or not reduced.
    #[error("not a usable Ed25519 public key")]
    WeakPoint,
    /// The `kid` beside a key is not the thumbprint of that key.
    #[error("key id {found} does not belong to the key beside it, whose id is {expected}")]
    KeyId {
        /// The thumbprint of the key.
        expected: KeyId,
        /// What stood beside it.
        found: String,
    },
}
