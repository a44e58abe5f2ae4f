//! Where a license stands on this machine.

use license_core::{Device, Judged, License, Trust, UnixTime, UnverifiedLicense, VerifyError};

use crate::refusal::Refusal;

/// What a license is worth here and now.
#[derive(Debug)]
pub(crate) enum Standing {
    /// It holds, perhaps in grace.
    Holds(Box<License>),
    /// Only the time is wrong: genuine, for this product and this machine, but over or not begun.
    Untimely(Box<License>, Refusal),
    /// It does not hold.
    Refused(Refusal),
}

/// Makes all checks. One that is refused for its time is looked at as of a time at which it counts, to tell whether
/// anything else is wrong and to show what it grants.
pub(crate) fn check(text: &str, trust: &Trust, device: &Device, judged: Judged) -> Standing {
    let refusal = |error| {
        let key_is_withdrawn = matches!(&error, VerifyError::UnknownKey { kid } if trust.distrusts(*kid));
        Refusal {
            error,
            machine_is_known: device.fingerprint().is_some(),
            key_is_withdrawn,
            instead: None,
            judged,
        }
    };
    let license: UnverifiedLicense = match text.parse() {
        Ok(license) => license,
        Err(malformed) => return Standing::Refused(refusal(VerifyError::Malformed(malformed))),
    };
    let error = match license.verify(trust, device, judged.time()) {
        Ok(license) => return Standing::Holds(Box::new(license)),
        Err(error) => error,
    };
    let valid_time = match &error {
        VerifyError::NotYetValid { not_before, .. } => *not_before,
        VerifyError::Expired { ended_at, .. } => ended_at.minus(1),
        _ => return Standing::Refused(refusal(error)),
    };
    match license.verify(trust, device, valid_time) {
        Ok(license) => Standing::Untimely(Box::new(license), refusal(error)),
        // What waiting or renewing would not cure is the better answer.
        Err(other) => Standing::Refused(refusal(other)),
    }
}

/// Whole days until the license stops to work, grace included where it is in grace; none for a perpetual one.
pub(crate) fn days_left(license: &License, now: UnixTime) -> Option<i64> {
    license.days_left(now)
}

/// The first second in which a license no longer works, where it works beyond its end; no later than can be written.
pub(crate) fn grace_until(license: &License) -> Option<UnixTime> {
    let end = license.expires_at()?;
    (license.grace() > 0).then(|| end.plus(i64::from(license.grace())).min(UnixTime::LAST))
}

/// Days in words.
pub(crate) fn days_in_words(days: i64) -> String {
    match days {
        0 => "less than a day left".into(),
        1 => "1 day left".into(),
        days => format!("{days} days left"),
    }
}
