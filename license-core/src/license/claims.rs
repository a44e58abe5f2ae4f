//! What a license says.

use serde::{Deserialize, Serialize};

use super::MAX_TOKEN_LEN;
use super::json::{UniqueMembers, is_object, reason};
use crate::fingerprint::Binding;
use crate::{KeyId, UnixTime};

/// The end of the year 9999: what every date library prints, and far below where JSON numbers lose seconds.
const LAST_SECOND: i64 = UnixTime::LAST.as_secs();

/// The claims of a license that is to be signed. A verifier never sees this type: it gets a [`License`](super::License).
///
/// Registered names are those of [RFC 7519](https://www.rfc-editor.org/rfc/rfc7519#section-4.1); the JSON members are
/// written in the order of the fields here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// `iss`: the vendor.
    #[serde(rename = "iss")]
    pub issuer: String,
    /// `aud`: the product code.
    #[serde(rename = "aud")]
    pub product: String,
    /// `sub`: the instance, what was bought.
    #[serde(rename = "sub")]
    pub instance: String,
    /// `jti`: the license id, a UUIDv7.
    #[serde(rename = "jti")]
    pub license_id: String,
    /// `iat`: when it was signed.
    #[serde(rename = "iat")]
    pub issued_at: UnixTime,
    /// `nbf`: from when it is valid.
    #[serde(rename = "nbf")]
    pub not_before: UnixTime,
    /// `exp`: the first second in which it is no longer valid; absent for a perpetual license.
    #[serde(rename = "exp", default, with = "present", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixTime>,
    /// `dev`: the device it is bound to; absent when it is for none in particular.
    #[serde(rename = "dev", default, with = "present", skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// `qty`: how many units this one license grants, at least 1.
    #[serde(rename = "qty")]
    pub quantity: u32,
    /// `feat`: names of features.
    #[serde(rename = "feat")]
    pub features: Vec<String>,
    /// `grace`: seconds after `exp` in which it still works and says so.
    #[serde(rename = "grace", default, skip_serializing_if = "is_zero")]
    pub grace: u32,
    /// `trial`: granted for trying out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub trial: bool,
    /// `test`: signed with a development key or by hand for a test; refused where real licenses are due.
    #[serde(default, skip_serializing_if = "is_false")]
    pub test: bool,
    /// `cnf`: the thumbprint of the device key of the machine it was given to ([RFC 7800]); absent where the machine has
    /// none. Verifiers that do not know it pass over it.
    ///
    /// [RFC 7800]: https://www.rfc-editor.org/rfc/rfc7800
    #[serde(rename = "cnf", default, with = "confirmation", skip_serializing_if = "Option::is_none")]
    pub device_key: Option<KeyId>,
}

/// Claims that no verifier would accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// A text claim is empty or longer than 256 bytes.
    #[error("claim `{claim}` is {len} bytes long; 1 to 256 are allowed")]
    Length {
        /// The claim's JSON name.
        claim: &'static str,
        /// What it has.
        len: usize,
    },
    /// A time is before 1970 or after the year 9999.
    #[error("claim `{claim}` is {secs}; times are within the years 1970 to 9999")]
    Time {
        /// The claim's JSON name.
        claim: &'static str,
        /// What it has.
        secs: i64,
    },
    /// `qty` is 0.
    #[error("claim `qty` is 0")]
    NoQuantity,
    /// `exp` is not after `nbf`.
    #[error("the license would end at {expires_at}, not after it begins at {not_before}")]
    EmptyWindow {
        /// `nbf`
        not_before: UnixTime,
        /// `exp`
        expires_at: UnixTime,
    },
    /// A trial has no grace.
    #[error("a trial has no grace")]
    TrialWithGrace,
    /// The token would be longer than a verifier reads.
    #[error("the license would be {len} bytes long; verifiers read {MAX_TOKEN_LEN}")]
    TooLong {
        /// What it would have.
        len: usize,
    },
}

impl Claims {
    /// Refuses what a verifier would refuse, so that no such license is ever signed.
    pub(super) fn check(&self) -> Result<(), ClaimsError> {
        let texts = [
            ("iss", &self.issuer),
            ("aud", &self.product),
            ("sub", &self.instance),
            ("jti", &self.license_id),
        ];
        let features = self.features.iter().map(|feature| ("feat", feature));
        for (claim, text) in texts.into_iter().chain(features) {
            if text.is_empty() || text.len() > 256 {
                return Err(ClaimsError::Length { claim, len: text.len() });
            }
        }
        let times = [("iat", Some(self.issued_at)), ("nbf", Some(self.not_before)), ("exp", self.expires_at)];
        for (claim, time) in times {
            if let Some(secs) = time.map(UnixTime::as_secs).filter(|secs| !(0..=LAST_SECOND).contains(secs)) {
                return Err(ClaimsError::Time { claim, secs });
            }
        }
        if self.quantity == 0 {
            return Err(ClaimsError::NoQuantity);
        }
        if let Some(expires_at) = self.expires_at.filter(|end| *end <= self.not_before) {
            return Err(ClaimsError::EmptyWindow { not_before: self.not_before, expires_at });
        }
        if self.trial && self.grace > 0 {
            return Err(ClaimsError::TrialWithGrace);
        }
        Ok(())
    }

    /// Reads the payload of a license whose signature was verified. Claims that are not known are ignored
    /// (RFC 7519 section 4), a `dev` that is not understood is not.
    pub(super) fn decode(payload: &[u8]) -> Result<Self, String> {
        is_object(payload).then_some(()).ok_or("not a JSON object")?;
        serde_json::from_slice::<UniqueMembers>(payload).map_err(|e| reason(&e))?;
        let claims: Self = serde_json::from_slice(payload).map_err(|e| reason(&e))?;
        claims.check().map_err(|e| e.to_string())?;
        Ok(claims)
    }
}

/// A member that may be absent, but not `null`.
mod present {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        T::deserialize(deserializer).map(Some)
    }
}

/// `{"jkt":"…"}` ([RFC 9449 section 6.1](https://www.rfc-editor.org/rfc/rfc9449#section-6.1)). Other members, and other
/// ways to name a key, are passed over (RFC 7800 section 3.1).
mod confirmation {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::super::json::Object;
    use crate::KeyId;

    #[derive(Serialize, Deserialize)]
    struct Confirmation {
        #[serde(default, with = "super::present", skip_serializing_if = "Option::is_none")]
        jkt: Option<KeyId>,
    }

    pub(super) fn serialize<S: Serializer>(key: &Option<KeyId>, serializer: S) -> Result<S::Ok, S::Error> {
        Confirmation { jkt: *key }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<KeyId>, D::Error> {
        Object::<Confirmation>::deserialize(deserializer).map(|Object(confirmation)| confirmation.jkt)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
