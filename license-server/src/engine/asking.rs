//! Devices that ask for licenses, through the store or by themselves.

use license_core::{Fingerprint, FingerprintError, KeyId, Realm, UnixTime};

use super::codes::CodeDigest;
use super::ids::{EventId, InstanceId, SeatName};

/// A device's application for a license.
#[derive(Clone, Debug)]
pub struct Apply {
    /// Of which instance.
    pub instance: InstanceId,
    /// Under which event it is delivered.
    pub event: EventId,
    /// From when.
    pub effective: UnixTime,
    /// Until when; `None` for ever.
    pub expires: Option<UnixTime>,
    /// The device, as far as its text names one.
    pub device: ApplyDevice,
}

/// A machine's request for a seat.
#[derive(Clone, Debug)]
pub struct Activate {
    /// Of which instance.
    pub by: ActivateBy,
    /// The device, as far as its text names one.
    pub device: ApplyDevice,
    /// What the buyer calls the machine.
    pub name: Option<SeatName>,
    /// The thumbprint of the machine's key; older agents have none.
    pub device_key: Option<KeyId>,
}

/// How an instance is named to activate a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivateBy {
    /// By its activation code.
    Code(CodeDigest),
    /// By its id; the operator only.
    Instance(InstanceId),
}

/// A machine's request for what became of its license.
#[derive(Clone, Debug)]
pub struct Renew {
    /// The license's `jti`; its signature was checked.
    pub license: String,
    /// The device, as far as its text names one.
    pub device: ApplyDevice,
    /// The key whose proof for this very call came with it and was checked.
    pub proven: Option<KeyId>,
}

/// A machine gives its seat back.
#[derive(Clone, Debug)]
pub struct Deactivate {
    /// The license's `jti`; its signature was checked.
    pub license: String,
    /// The key whose proof for this very call came with it and was checked.
    pub proven: Option<KeyId>,
}

/// What an application's fingerprint text amounts to. Faults of the text itself never get here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyDevice {
    /// No text.
    Absent,
    /// A device.
    Named(Fingerprint),
    /// A text that names no machine, by its keyed digest so that a repeat is known.
    Unusable {
        /// HMAC-SHA256 of the text under the realm key.
        identity: [u8; 32],
        /// What is wrong with it.
        why: FingerprintError,
    },
}

impl ApplyDevice {
    /// The device's fingerprint, if its text names one.
    #[must_use]
    pub const fn named(&self) -> Option<&Fingerprint> {
        match self {
            Self::Named(fingerprint) => Some(fingerprint),
            Self::Absent | Self::Unusable { .. } => None,
        }
    }

    /// The device of a text, if there is one.
    ///
    /// # Errors
    /// A fault of the text itself.
    pub fn of(text: Option<&str>, realm: &Realm) -> Result<Self, FingerprintError> {
        let Some(text) = text else { return Ok(Self::Absent) };
        match Fingerprint::parse(text, realm) {
            Ok(fingerprint) => Ok(Self::Named(fingerprint)),
            // R26
            Err(FingerprintError::Missing) => Ok(Self::Absent),
            // R110
            Err(why) if why.is_unusable() => Ok(Self::Unusable { identity: realm.unusable(text), why }),
            // R27
            Err(why) => Err(why),
        }
    }
}
