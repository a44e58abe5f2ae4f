//! A key set as it was received.

use std::str::FromStr;

use super::{KeySet, KeySetError, TYP};
use crate::license::token::Compact;
use crate::{KeyId, KeyRing};

/// A key set as it was received. It says nothing until [`verify`](UnverifiedKeySet::verify) has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedKeySet {
    token: String,
    key: KeyId,
    payload: Vec<u8>,
    signed_len: usize,
    signature: [u8; 64],
}

impl FromStr for UnverifiedKeySet {
    type Err = KeySetError;

    /// Splits a token and reads its header. White space around it is dropped.
    fn from_str(text: &str) -> Result<Self, KeySetError> {
        let token = text.trim_ascii();
        let Compact { key, payload, signed_len, signature } = Compact::split(token, TYP)?;
        Ok(Self { token: token.to_owned(), key, payload, signed_len, signature })
    }
}

impl UnverifiedKeySet {
    /// The token, without white space around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.token
    }

    /// The key that it says it was signed with.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// Checks key, signature, form and issuer, in that order, over the bytes as received. Whether it is newer than what
    /// is known is [`Trust::learn`](crate::Trust::learn)'s to say.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn verify(&self, keys: &KeyRing, issuer: &str) -> Result<KeySet, KeySetError> {
        let key = keys.find(self.key).ok_or(KeySetError::UnknownKey { kid: self.key })?;
        if !key.verifies(&self.token.as_bytes()[..self.signed_len], &self.signature) {
            return Err(KeySetError::Signature);
        }
        let set = KeySet::decode(&self.payload, self.key)?;
        if set.issuer != issuer {
            return Err(KeySetError::Issuer { expected: issuer.to_owned(), found: set.issuer });
        }
        Ok(set)
    }
}
