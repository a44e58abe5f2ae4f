//! Why a license does not hold here, in words for people, with what they can do.

use std::fmt;

use license_core::saved_text::SavedTextError;
use license_core::{
    ClockVerdict, ComponentVerdict, GuardedError, Judged, Outcome, UnixTime, Verdict, VerifyError,
};

/// The first check that failed, and what is known of the machine.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) error: VerifyError,
    /// Whether anything on this machine tells it from others.
    pub(crate) machine_is_known: bool,
    /// Whether the vendor has withdrawn the key that it was signed with.
    pub(crate) key_is_withdrawn: bool,
    /// What the license file is instead, where it is no license.
    pub(crate) instead: Option<SavedTextError>,
    /// The time it was judged by, and what to think of the clock.
    pub(crate) judged: Judged,
}

impl Refusal {
    /// A short fixed name.
    pub(crate) fn code(&self) -> &'static str {
        match self.wrong_clock() {
            Some(ClockVerdict::Behind { .. }) => return "clock-set-back",
            Some(ClockVerdict::NotSet { .. }) => return "clock-not-set",
            Some(ClockVerdict::Ahead { .. }) => return "clock-ahead",
            Some(ClockVerdict::Fine) | None => {}
        }
        match self.error {
            VerifyError::Malformed(_) => "malformed",
            VerifyError::UnknownKey { .. } => "unknown-key",
            VerifyError::Signature => "signature",
            VerifyError::Issuer { .. } => "issuer",
            VerifyError::Product { .. } => "product",
            VerifyError::NotYetValid { .. } => "not-yet-valid",
            VerifyError::Expired { .. } => "expired",
            VerifyError::Device(_) => "device",
            VerifyError::NeedsPrivileges(_) if self.is_unreadable() => "machine-unreadable",
            VerifyError::NeedsPrivileges(_) => "needs-privileges",
            VerifyError::TestLicense => "test-license",
            VerifyError::RealLicense => "real-license",
            VerifyError::Possession(_) => "possession",
        }
    }

    /// How the licensed device compares with this machine, where that is what failed.
    pub(crate) const fn verdict(&self) -> Option<&Verdict> {
        match &self.error {
            VerifyError::Device(verdict) | VerifyError::NeedsPrivileges(verdict) => Some(verdict),
            _ => None,
        }
    }

    /// Whether the system keeps parts of the machine from this user that the license names.
    fn is_unreadable(&self) -> bool {
        let is_kept = |part: &ComponentVerdict| part.outcome == Outcome::Unreadable;
        self.verdict().is_some_and(|verdict| verdict.components().iter().any(is_kept))
    }

    /// What is wrong with the clock, where the license fails for its time.
    fn wrong_clock(&self) -> Option<ClockVerdict> {
        let is_of_time = matches!(self.error, VerifyError::NotYetValid { .. } | VerifyError::Expired { .. });
        Some(self.judged.verdict()).filter(|verdict| is_of_time && !verdict.is_fine())
    }

    pub(crate) fn advice(&self) -> Vec<String> {
        if self.wrong_clock().is_some() {
            return vec![
                "set the clock of this machine right, best by a time server".to_owned(),
                "if it is right: license-agent renew takes the server's time for the truth".to_owned(),
            ];
        }
        let one = |step: &str| vec![step.to_owned()];
        if let Some(what) = self.instead {
            return vec![
                what.advice().to_owned(),
                "then put the license into place: license-agent install FILE".to_owned(),
            ];
        }
        match &self.error {
            VerifyError::Malformed(_) => {
                one("take the license file as the vendor sent it: one line, three parts joined by dots")
            }
            VerifyError::Signature => one("take the license file again as the vendor sent it"),
            VerifyError::UnknownKey { .. } if self.key_is_withdrawn => vec![
                "get a new license: license-agent renew, where this machine reaches the vendor's server".into(),
                "else ask the vendor for a new license".into(),
            ],
            VerifyError::UnknownKey { .. } => vec![
                "get the vendor's newest vendor file, or its signed keys: license-agent install FILE --keys KEYS".into(),
                "if that does not help, ask the vendor for a new license".into(),
            ],
            VerifyError::Issuer { .. } | VerifyError::Product { .. } => {
                one("use the vendor file that belongs to this license, or the license that belongs to this product")
            }
            VerifyError::NotYetValid { not_before, now } => vec![
                format!("install it from {not_before} on{}", in_days(*not_before, *now)),
                "if the clock here is wrong, set it".into(),
            ],
            VerifyError::Expired { .. } => vec![
                "renew: license-agent renew, or at your vendor's and install the license that you get".into(),
                "if the clock here is wrong, set it".into(),
            ],
            VerifyError::Device(_) | VerifyError::NeedsPrivileges(_) if self.is_unreadable() => {
                one(crate::machine::LET_IT_BE_READ)
            }
            VerifyError::Device(_) if !self.machine_is_known => crate::machine::nothing_usable(false),
            VerifyError::Device(verdict) if verdict.is_opaque() => {
                one("the license names an identifier that you agreed on with the vendor; give it with --device")
            }
            VerifyError::Device(_) => vec![
                "install it on the machine that it was made for".into(),
                "for this machine, give your vendor what `license-agent fingerprint` prints and ask for a license"
                    .into(),
            ],
            VerifyError::NeedsPrivileges(_) => one("run it as administrator with --privileged"),
            VerifyError::TestLicense => {
                one("ask your vendor for a real license; test ones count only with a vendor file for tests")
            }
            VerifyError::Possession(_) => {
                one("activate this machine, so that its license names its key: license-agent activate CODE")
            }
            VerifyError::RealLicense => one("use the vendor file that is meant for customers; this one is for tests"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(verdict) = self.wrong_clock() {
            let (time, error) = (self.judged.time(), self.error.clone());
            return GuardedError::Clock { verdict, time, error }.fmt(f);
        }
        if let Some(what) = self.instead {
            return write!(f, "this is not a license: {what}");
        }
        match &self.error {
            VerifyError::NeedsPrivileges(_) if self.is_unreadable() => f.write_str(
                "the license is bound to parts of this machine that the system does not show to this user",
            ),
            VerifyError::Device(_) if !self.machine_is_known => {
                f.write_str("the license is bound to a machine, and nothing on this one tells it from others")
            }
            VerifyError::UnknownKey { kid } if self.key_is_withdrawn => {
                write!(f, "the license was signed with key {kid}, which the vendor has withdrawn")
            }
            // The core's sentences end with the table of components, which has its own place on the screen.
            VerifyError::Device(_) => {
                f.write_str("the license is bound to another machine, or too much of this one was changed")
            }
            VerifyError::NeedsPrivileges(_) => {
                f.write_str("the license is bound to hardware facts that only an administrator can read")
            }
            other => other.fmt(f),
        }
    }
}

/// `, in 12 days`, or nothing within a day.
fn in_days(from: UnixTime, now: UnixTime) -> String {
    match from.as_secs().saturating_sub(now.as_secs()) / 86_400 {
        0 => String::new(),
        1 => ", in a day".into(),
        days => format!(", in {days} days"),
    }
}
