//! What came of an observation: the time that counts, and what to think of the clock.

use std::fmt;
use std::time::Duration;

use crate::{Device, License, Trust, UnixTime, UnverifiedLicense, VerifyError};

/// What to think of the machine's clock. `Display` is a sentence for its user that says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockVerdict {
    /// Nothing speaks against it.
    Fine,
    /// It was set back.
    Behind {
        /// By how much at least.
        by: Duration,
    },
    /// It shows a time at which a machine starts that has no clock of its own: nobody set it back, it was never set.
    NotSet {
        /// By how much at least it is behind.
        by: Duration,
    },
    /// It is later than the server's.
    Ahead {
        /// By how much.
        by: Duration,
    },
}

/// The time that a license is to be judged by, and the verdict on the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    time: UnixTime,
    verdict: ClockVerdict,
}

/// Why a license does not hold, told apart: itself, or the clock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuardedError {
    /// The clock has no part in it.
    #[error(transparent)]
    License(#[from] VerifyError),
    /// The license is over or has not begun, and the clock is wrong. `Display` names the clock first.
    #[error("{verdict}. {}", late(*verdict, *time, error))]
    Clock {
        /// What is wrong with the clock; not [`ClockVerdict::Fine`].
        verdict: ClockVerdict,
        /// What the license was judged by.
        time: UnixTime,
        /// [`VerifyError::Expired`] or [`VerifyError::NotYetValid`].
        error: VerifyError,
    },
}

impl Judged {
    pub(super) const fn new(time: UnixTime, verdict: ClockVerdict) -> Self {
        Self { time, verdict }
    }

    /// The time to hand to [`UnverifiedLicense::verify`] and [`License::state`] as `now`.
    #[must_use]
    pub const fn time(&self) -> UnixTime {
        self.time
    }

    /// What to think of the clock.
    #[must_use]
    pub const fn verdict(&self) -> ClockVerdict {
        self.verdict
    }

    /// [`UnverifiedLicense::verify`] at [`time`](Judged::time).
    ///
    /// # Errors
    /// The first check that failed; where that is the time window and the clock is wrong, [`GuardedError::Clock`].
    pub fn verify(
        &self,
        license: &UnverifiedLicense,
        trust: &Trust,
        device: &Device,
    ) -> Result<License, GuardedError> {
        license.verify(trust, device, self.time).map_err(|error| match error {
            VerifyError::Expired { .. } | VerifyError::NotYetValid { .. }
                if self.verdict != ClockVerdict::Fine =>
            {
                GuardedError::Clock { verdict: self.verdict, time: self.time, error }
            }
            error => GuardedError::License(error),
        })
    }
}

impl ClockVerdict {
    /// Whether nothing speaks against the clock.
    #[must_use]
    pub const fn is_fine(self) -> bool {
        matches!(self, Self::Fine)
    }

    /// Whether the clock is earlier than it can be.
    pub(super) const fn is_early(self) -> bool {
        matches!(self, Self::Behind { .. } | Self::NotSet { .. })
    }
}

impl fmt::Display for ClockVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Fine => f.write_str("nothing speaks against the clock of this machine"),
            Self::Behind { by } => {
                write!(f, "the clock of this machine was set back by {} or more: set it right", InWords(by))
            }
            Self::NotSet { by } => {
                write!(
                    f,
                    "the clock of this machine is not set, it is {} or more behind: set it right",
                    InWords(by)
                )
            }
            Self::Ahead { by } => {
                write!(f, "the clock of this machine is {} ahead of the server's: set it right", InWords(by))
            }
        }
    }
}

/// What time it is instead, and how the license stands then.
fn late(verdict: ClockVerdict, time: UnixTime, error: &VerifyError) -> String {
    let time = match verdict {
        ClockVerdict::Ahead { .. } => format!("It is {time}"),
        _ => format!("It is {time} or later"),
    };
    match error {
        VerifyError::Expired { ended_at, .. } => format!("{time}, and the license ended at {ended_at}"),
        VerifyError::NotYetValid { not_before, .. } => {
            format!("{time}, and the license is valid from {not_before}")
        }
        other => format!("{time}: {other}"),
    }
}

/// A length of time, cut to whole hours, days or years.
struct InWords(Duration);

impl fmt::Display for InWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.0.as_secs() / 3_600;
        let (number, unit) = match hours {
            0..48 => (hours, "hours"),
            48..17_520 => (hours / 24, "days"),
            _ => (hours / 8_766, "years"),
        };
        write!(f, "{number} {unit}")
    }
}
