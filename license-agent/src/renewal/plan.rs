//! When to ask: pure rules over a license, the time, and what the last attempts came to.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use license_core::{License, LicenseState, UnixTime};

/// Longest time before its end that a license is renewed, in seconds: 30 days.
const LONGEST_LEAD: i64 = 30 * DAY;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// What an attempt came to, as far as the next one depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The server answered with a license, newer or not.
    Answered,
    /// It could not be reached, or could not answer.
    Unreachable,
    /// It refused.
    Refused,
}

/// From when on a license is to be renewed: the last third of its time, at most 30 days, of which the first quarter is
/// spread over the machines by the license's id. A perpetual license has no such time.
pub(crate) fn due(license: &License) -> Option<UnixTime> {
    let end = license.expires_at()?;
    let term = end.as_secs().saturating_sub(license.not_before().as_secs()).max(0);
    let lead = (term / 3).min(LONGEST_LEAD);
    Some(end.minus(lead - share(lead / 4, license.id(), 0)))
}

/// Seconds until a service first asks about a license: until it is due, or until it was signed `every` seconds ago.
/// Within the hour at the earliest if it is not due, so that a power cut does not make all machines ask at once.
pub(crate) fn first_look(license: &License, now: UnixTime, every: u64) -> i64 {
    let old = license.issued_at().plus(seconds(every)).max(now.plus(share(HOUR, license.id(), 0)));
    until(due(license), old, now)
}

/// Seconds until it asks again about a license that the server has just confirmed and that is not due.
pub(crate) fn next_look(license: &License, now: UnixTime, every: u64) -> i64 {
    let every = seconds(every);
    until(due(license), now.plus(every - share(every / 4, license.id(), 0)), now)
}

fn until(due: Option<UnixTime>, look: UnixTime, now: UnixTime) -> i64 {
    due.map_or(look, |due| due.min(look)).as_secs().saturating_sub(now.as_secs()).max(0)
}

fn seconds(span: u64) -> i64 {
    i64::try_from(span).unwrap_or(i64::MAX)
}

/// Seconds to wait after an attempt, for a license that is due.
///
/// | the last attempts | wait |
/// |---|---|
/// | answered | a quarter of what is left, from a minute to a day; an hour once nothing is left |
/// | unreachable | 1, 2, 4 … minutes up to an hour |
/// | refused | 1, 2, 4 … hours up to a day: somebody has to act first |
///
/// Half of it is fixed, half is spread by the license's id; never less than the server asked for, up to a day.
pub(crate) fn wait(
    outcome: Outcome,
    attempts: u32,
    license: Option<&License>,
    now: UnixTime,
    retry_after: Option<u64>,
) -> i64 {
    let doubled = |first: i64, most: i64| {
        let factor = 1_i64.checked_shl(attempts.saturating_sub(1).min(20)).unwrap_or(1);
        first.saturating_mul(factor).min(most)
    };
    let longest = match outcome {
        Outcome::Unreachable => doubled(MINUTE, HOUR),
        Outcome::Refused => doubled(HOUR, DAY),
        Outcome::Answered => left(license, now).map_or(DAY, |left| match left {
            0 => HOUR,
            left => (left / 4).clamp(MINUTE, DAY),
        }),
    };
    let id = license.map_or("", License::id);
    let spread = longest / 2 + share(longest - longest / 2, id, attempts);
    let asked = retry_after.map_or(0, |seconds| i64::try_from(seconds).unwrap_or(DAY).min(DAY));
    // All who were told the same moment spread themselves after it.
    if asked > spread { asked + share(asked / 4, id, attempts) } else { spread }
}

/// Seconds until the end; `None` for a perpetual license, 0 once it is over.
fn left(license: Option<&License>, now: UnixTime) -> Option<i64> {
    let license = license?;
    let end = license.expires_at()?;
    match license.state(now) {
        LicenseState::Grace { .. } | LicenseState::Expired => Some(0),
        _ => Some(end.as_secs().saturating_sub(now.as_secs()).max(0)),
    }
}

/// A part of a span that is the same for one license and attempt, and spread evenly over all licenses.
fn share(span: i64, id: &str, attempt: u32) -> i64 {
    let mut hasher = DefaultHasher::new();
    (id, attempt).hash(&mut hasher);
    let share = (u128::from(hasher.finish()) * u128::from(span.max(0).unsigned_abs())) >> 64;
    i64::try_from(share).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use license_core::{Claims, Device, SigningKey, Trust, UnverifiedLicense};

    use super::*;

    const START: i64 = 1_790_000_000;

    fn license(id: &str, term: Option<i64>) -> License {
        let key = SigningKey::from_seed(&[7; 32]);
        let claims = Claims {
            issuer: "v".into(),
            product: "cad".into(),
            instance: "i".into(),
            license_id: id.into(),
            issued_at: UnixTime::from_secs(START),
            not_before: UnixTime::from_secs(START),
            expires_at: term.map(|term| UnixTime::from_secs(START + term)),
            binding: None,
            quantity: 1,
            features: Vec::new(),
            grace: 3 * 86_400,
            trial: false,
            test: false,
            device_key: None,
        };
        let trust = Trust::new("v", "cad", "v", [key.verifying_key().clone()].into_iter().collect());
        let token: UnverifiedLicense = key.issue(&claims).unwrap().parse().unwrap();
        token.verify(&trust, &Device::none(), UnixTime::from_secs(START)).unwrap()
    }

    #[test]
    fn a_license_is_due_in_its_last_third_or_its_last_thirty_days() {
        for (term, lead) in [(365 * DAY, 30 * DAY), (30 * DAY, 10 * DAY), (HOUR, 20 * MINUTE), (2, 0)] {
            for id in ["a", "b", "c"] {
                let due = due(&license(id, Some(term))).unwrap().as_secs() - START;
                assert!((term - lead..=term - lead + lead / 4).contains(&due), "{term} {due}");
            }
        }
        assert_eq!(due(&license("a", None)), None);
    }

    #[test]
    fn ten_thousand_licenses_that_end_together_are_spread_evenly() {
        let year = license("a", Some(365 * DAY));
        let first = year.expires_at().unwrap().minus(30 * DAY).as_secs();
        let mut hours = [0_u32; 180];
        for id in 0..10_000 {
            let due = due(&license(&format!("01990000-0000-7000-8000-{id:012}"), Some(365 * DAY))).unwrap();
            hours[usize::try_from((due.as_secs() - first) / HOUR).unwrap()] += 1;
        }
        // 55 an hour on average.
        assert!(hours.iter().all(|count| (20..110).contains(count)), "{hours:?}");
    }

    #[test]
    fn a_service_also_asks_when_a_license_is_old() {
        let license = license("a", Some(365 * DAY));
        let week = 7 * DAY.unsigned_abs();
        let first = |day| first_look(&license, UnixTime::from_secs(START + day * DAY), week);
        assert_eq!(first(0), 7 * DAY);
        assert!((0..HOUR).contains(&first(100)), "after a restart, within the hour");
        assert_eq!(first(350), 0, "due");
        let next = |day| next_look(&license, UnixTime::from_secs(START + day * DAY), week);
        assert!((5 * DAY..=7 * DAY).contains(&next(100)));
        assert!(next(334) <= 9 * DAY && next(350) == 0);
    }

    #[test]
    fn a_server_that_is_away_is_asked_less_and_less_often_up_to_once_an_hour() {
        let license = license("a", Some(365 * DAY));
        let now = UnixTime::from_secs(START + 360 * DAY);
        let mut longest = 0;
        for attempts in 1..70 {
            let wait = wait(Outcome::Unreachable, attempts, Some(&license), now, None);
            let most = (MINUTE << (attempts - 1).min(20)).min(HOUR);
            assert!((most / 2..=most).contains(&wait), "{attempts}: {wait}");
            longest = longest.max(wait);
        }
        assert!(longest <= HOUR);
        let refused: Vec<_> = (1..8).map(|n| wait(Outcome::Refused, n, Some(&license), now, None)).collect();
        assert!(refused.iter().all(|wait| (HOUR / 2..=DAY).contains(wait)), "{refused:?}");
    }

    #[test]
    fn what_the_server_asks_for_is_the_least_and_at_most_a_day() {
        let license = license("a", Some(365 * DAY));
        let now = UnixTime::from_secs(START);
        for (asked, least) in [(5_000, 5_000), (u64::MAX, DAY), (1_000_000, DAY)] {
            let wait = wait(Outcome::Unreachable, 1, Some(&license), now, Some(asked));
            assert!((least..=least + least / 4).contains(&wait), "{asked}: {wait}");
        }
        assert!(wait(Outcome::Refused, 1, None, now, Some(5)) >= HOUR / 2);
    }

    #[test]
    fn a_server_with_nothing_newer_is_asked_again_before_the_end() {
        let license = license("a", Some(30 * DAY));
        let at = |secs| wait(Outcome::Answered, 1, Some(&license), UnixTime::from_secs(START + secs), None);
        assert!((DAY / 2..=DAY).contains(&at(22 * DAY)));
        assert!(at(30 * DAY - 400) <= 100);
        assert!((HOUR / 2..=HOUR).contains(&at(31 * DAY)), "in grace");
        assert!((HOUR / 2..=HOUR).contains(&at(50 * DAY)), "over");
    }
}
