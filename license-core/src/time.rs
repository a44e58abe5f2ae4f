//! Points in time as the license formats write them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Whole seconds since 1970-01-01T00:00:00Z, the NumericDate of [RFC 7519] without fractions.
///
/// [RFC 7519]: https://www.rfc-editor.org/rfc/rfc7519#section-2
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(i64);

impl UnixTime {
    /// 9999-12-31T23:59:59Z: the last second that a license can name and RFC 3339 can write.
    pub const LAST: Self = Self(253_402_300_799);

    /// From seconds since the epoch; may be negative.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0
    }

    /// Later by `secs` seconds; stops at the ends of the number range.
    #[must_use]
    pub const fn plus(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs))
    }

    /// Earlier by `secs` seconds; stops at the ends of the number range.
    #[must_use]
    pub const fn minus(self, secs: i64) -> Self {
        Self(self.0.saturating_sub(secs))
    }

    /// How far apart two times are, in whole seconds.
    pub(crate) const fn distance(self, other: Self) -> Duration {
        Duration::from_secs(self.0.abs_diff(other.0))
    }
}

impl From<SystemTime> for UnixTime {
    fn from(time: SystemTime) -> Self {
        let secs = |d: Duration| i64::try_from(d.as_secs()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(secs(after)),
            Err(before) => Self(secs(before.duration()).saturating_neg()),
        }
    }
}

impl fmt::Display for UnixTime {
    /// `2026-11-23T10:15:00Z`; times outside the years 0 to 9999 as `@seconds`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !(-62_167_219_200..=Self::LAST.0).contains(&self.0) {
            return write!(f, "@{}", self.0);
        }
        let days = self.0.div_euclid(86_400);
        let second = self.0.rem_euclid(86_400);
        let (year, month, day) = civil_from_days(days);
        let (h, m, s) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z")
    }
}

/// Days since the epoch to a date of the proleptic Gregorian calendar: eras of 400 years that begin in March.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_prints_as_a_date() {
        for (secs, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_790_000_000, "2026-09-21T14:13:20Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (253_402_300_800, "@253402300800"),
        ] {
            assert_eq!(UnixTime::from_secs(secs).to_string(), text);
        }
    }
}
