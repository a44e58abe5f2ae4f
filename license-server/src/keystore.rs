//! The folder of signing keys.

/// The keys of a folder.
#[derive(Clone, Debug)]
pub struct KeyStore;

impl KeyStore {
    /// The verifying keys that are published.
    #[must_use]
    pub fn jwks(&self) -> String {
        String::new()
    }

    /// Whether there is a key to sign with.
    #[must_use]
    pub fn has_signing_key(&self) -> bool {
        false
    }
}
