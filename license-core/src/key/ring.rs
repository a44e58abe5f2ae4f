//! The keys that are trusted.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::jwk::{Jwk, JwkSet, ReadJwkSet};
use super::{KeyError, KeyId, VerifyingKey};
use crate::license::json::{Object, UniqueMembers};

/// Verifying keys by their id. A handful in practice, so a list is the fastest map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRing {
    keys: Vec<VerifyingKey>,
}

impl KeyRing {
    /// Reads a JWK set such as `/.well-known/jwks.json`. Every key must be Ed25519, and every `kid` its thumbprint.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn from_jwks(json: &str) -> Result<Self, KeyError> {
        let jwk = |error: serde_json::Error| KeyError::Jwk(error.to_string());
        serde_json::from_str::<UniqueMembers>(json).map_err(jwk)?;
        let Object(set) = serde_json::from_str::<Object<ReadJwkSet>>(json).map_err(jwk)?;
        set.keys.into_iter().map(|Object(jwk)| VerifyingKey::try_from(jwk)).collect()
    }

    /// The JWK set, keys in the order they were added.
    #[must_use]
    pub fn to_jwks(&self) -> String {
        let set = JwkSet { keys: self.keys.iter().map(Jwk::from).collect() };
        serde_json::to_string(&set).unwrap_or_default()
    }

    /// Adds a key; one that is there already stays once.
    pub fn insert(&mut self, key: VerifyingKey) {
        if self.find(key.id()).is_none() {
            self.keys.push(key);
        }
    }

    /// The key of that name.
    #[must_use]
    pub fn find(&self, id: KeyId) -> Option<&VerifyingKey> {
        self.keys.iter().find(|key| key.id() == id)
    }

    /// All keys.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.keys.iter()
    }

    /// Nothing can be verified with it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl FromIterator<VerifyingKey> for KeyRing {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        let mut ring = Self::default();
        keys.into_iter().for_each(|key| ring.insert(key));
        ring
    }
}

impl Serialize for KeyRing {
    /// A list of JWKs, as in the vendor file.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.keys.iter().map(Jwk::from))
    }
}

impl<'de> Deserialize<'de> for KeyRing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys = Vec::<Object<Jwk>>::deserialize(deserializer)?;
        keys.into_iter()
            .map(|Object(jwk)| VerifyingKey::try_from(jwk))
            .collect::<Result<_, _>>()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SigningKey;

    #[test]
    fn a_jwk_set_reads_back() {
        let ring: KeyRing =
            [1, 2, 1].iter().map(|n| SigningKey::from_seed(&[*n; 32]).verifying_key().clone()).collect();
        assert_eq!(ring.iter().count(), 2, "the same key twice is one key");
        assert_eq!(KeyRing::from_jwks(&ring.to_jwks()), Ok(ring));
    }

    #[test]
    fn a_key_id_that_is_not_the_thumbprint_is_refused() {
        let ring: KeyRing = [SigningKey::from_seed(&[1; 32]).verifying_key().clone()].into_iter().collect();
        let id = SigningKey::from_seed(&[1; 32]).id();
        let other = SigningKey::from_seed(&[2; 32]).id().to_string();
        let lying = ring.to_jwks().replace(&id.to_string(), &other);
        assert_eq!(KeyRing::from_jwks(&lying), Err(KeyError::KeyId { expected: id, found: other }));
    }

    #[test]
    fn other_kinds_of_keys_are_refused() {
        for (jwks, says) in [
            ("{}", "missing field `keys`"),
            (r#"{"keys":[],"keys":[]}"#, "duplicate member `keys`"),
            (r#"{"keys":[],"x":{"a":1,"a":1}}"#, "duplicate member `a`"),
            (r#"{"keys":[],"x":1e999}"#, "out of range"),
            ("[[]]", "an object"),
            (r#"{"keys":[["OKP","Ed25519","iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w"]]}"#, "an object"),
            (r#"{"keys":[{"kty":"RSA","crv":"","x":""}]}"#, "only kty OKP"),
            (r#"{"keys":[{"kty":"OKP","crv":"X25519","x":""}]}"#, "only kty OKP"),
            (r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}"#, "32 bytes"),
            (r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","alg":"HS256"}]}"#, "alg"),
            (r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","use":"enc"}]}"#, "use"),
        ] {
            let error = KeyRing::from_jwks(jwks).expect_err(jwks).to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
