//! Signed key sets: by a key that is trusted the vendor tells which other keys are, and which is no longer.
//!
//! The format is written down in `docs/license-format.md`.

mod learned;
mod token;

use serde::{Deserialize, Serialize};

pub(crate) use learned::LearnedKeys;
pub use token::UnverifiedKeySet;

use crate::license::json::{UniqueMembers, is_object, reason};
use crate::license::token::Malformed;
use crate::{KeyId, KeyRing, SigningKey, UnixTime};

/// `typ` of every key set: no license is taken for one, and none for a license.
const TYP: &str = "license-keys+jwt";

/// The most keys that a set names.
pub const MAX_KEYS: usize = 32;

/// The most keys that a set distrusts.
pub const MAX_DISTRUSTED: usize = 64;

/// The most sets that are kept one after the other; each change of the signing key adds one.
pub const MAX_KEY_SETS: usize = 16;

/// The greatest sequence number: larger ones are not exact in every JSON library.
const MAX_SEQUENCE: u64 = (1 << 53) - 1;

/// The vendor's keys at one time, as the key that signs tells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// `iss`: the vendor.
    #[serde(rename = "iss")]
    pub issuer: String,
    /// `seq`: rises with every set of this vendor; what is not above the last one is old.
    #[serde(rename = "seq")]
    pub sequence: u64,
    /// `iat`: when the keys became these. For people: nothing is compared with it.
    #[serde(rename = "iat")]
    pub issued_at: UnixTime,
    /// `keys`: those that verifiers may trust, as JWKs; the one that signs the set is among them.
    pub keys: KeyRing,
    /// `distrusted`: thumbprints of keys that are trusted no longer, wherever else they are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distrusted: Vec<KeyId>,
}

/// Why a key set is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not a key set in the form that `docs/license-format.md` describes.
    #[error("this is not a key set: {0}")]
    Malformed(String),
    /// Signed with a key that is not trusted here.
    #[error("the key set was signed with key {kid}, which is not trusted here")]
    UnknownKey {
        /// The key it names.
        kid: KeyId,
    },
    /// The signature is not that of the named key over these bytes.
    #[error("the signature of the key set does not fit: it was changed or forged")]
    Signature,
    /// Another vendor's.
    #[error("the key set is from {found}, not from {expected}")]
    Issuer {
        /// The trusted issuer.
        expected: String,
        /// `iss`
        found: String,
    },
    /// Not newer than the last one that was taken.
    #[error("the key set has the number {found}, and {known} is known already")]
    Old {
        /// The number of the last one.
        known: u64,
        /// Its own.
        found: u64,
    },
    /// More than [`MAX_KEY_SETS`] follow one another.
    #[error("there are more than {MAX_KEY_SETS} key sets")]
    TooMany,
}

impl From<Malformed> for KeySetError {
    fn from(malformed: Malformed) -> Self {
        let why = match malformed {
            Malformed::Header(why) => format!("its header is not that of a key set: {why}"),
            other => other.to_string(),
        };
        Self::Malformed(why)
    }
}

impl KeySet {
    /// Refuses what a verifier would refuse, so that no such set is ever signed.
    fn check(&self, signer: KeyId) -> Result<(), KeySetError> {
        let malformed = |why: &str| Err(KeySetError::Malformed(why.to_owned()));
        if self.issuer.is_empty() || self.issuer.len() > 256 {
            return malformed("its issuer is not 1 to 256 bytes long");
        }
        if !(1..=MAX_SEQUENCE).contains(&self.sequence) {
            return malformed("its number is not from 1 to 2^53 - 1");
        }
        if self.keys.iter().count() > MAX_KEYS || self.distrusted.len() > MAX_DISTRUSTED {
            return malformed("it names too many keys");
        }
        if self.distrusted.iter().any(|kid| self.keys.find(*kid).is_some()) {
            return malformed("a key is both trusted and distrusted in it");
        }
        if self.keys.find(signer).is_none() {
            return malformed("the key that signed it is not among its keys");
        }
        Ok(())
    }

    /// Reads the payload of a set whose signature was verified. Members that are not known are ignored.
    fn decode(payload: &[u8], signer: KeyId) -> Result<Self, KeySetError> {
        let malformed = |error: serde_json::Error| KeySetError::Malformed(reason(&error));
        if !is_object(payload) {
            return Err(KeySetError::Malformed("not a JSON object".into()));
        }
        serde_json::from_slice::<UniqueMembers>(payload).map_err(malformed)?;
        let set: Self = serde_json::from_slice(payload).map_err(malformed)?;
        set.check(signer)?;
        Ok(set)
    }
}

impl SigningKey {
    /// Signs a key set: a compact JWS as a license is one, with another `typ`.
    ///
    /// # Errors
    /// [`KeySetError::Malformed`]: a set that a verifier would refuse.
    pub fn sign_key_set(&self, set: &KeySet) -> Result<String, KeySetError> {
        set.check(self.id())?;
        // Serialising plain numbers, texts and lists cannot fail; an empty payload would be refused by every verifier.
        let payload = serde_json::to_vec(set).unwrap_or_default();
        let token = self.sign_compact(&self.signing_input(TYP, &payload));
        // What is too long for a verifier is not given out.
        token.parse::<UnverifiedKeySet>()?;
        Ok(token)
    }
}
