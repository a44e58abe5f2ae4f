//! A clock that was set back, named as such: the rules. `docs/clock.md` says what they are good for and what defeats
//! them.
//!
//! The guard keeps one time, the *mark*: it is at least that late, whatever the clock says. Three things move it:
//!
//! | what | the mark |
//! |---|---|
//! | the machine ran for *r* | moves by 99 to 100 % of *r*: towards the clock as far as it may |
//! | a license signed later | is raised to its `iat` |
//! | the server's date | becomes that date, earlier or later, but not earlier than the license's `iat` |
//!
//! Nothing else does. So a clock that stands at 2099 moves it by no more than the time that truly passes, and a clock
//! that is stopped or set back again and again does not hold it up. With the mark moved, the clock is judged:
//!
//! | the clock | verdict | a license is judged by |
//! |---|---|---|
//! | at the mark or later | [`Fine`](ClockVerdict::Fine) | the clock |
//! | earlier by at most [a day](CLOCK_TOLERANCE) | [`Fine`](ClockVerdict::Fine) | the mark |
//! | still earlier, but not before any right time; or it was right since the machine started | [`Behind`](ClockVerdict::Behind) | the mark |
//! | still earlier, before the license's `iat` or [`earliest`](Observation::earliest), and never right since the machine started | [`NotSet`](ClockVerdict::NotSet) | the mark |
//! | later than the server's date by more than a day | [`Ahead`](ClockVerdict::Ahead) | the server's date |
//!
//! A mark that is missing or broken is 1970's first second, which the next license or the next date raises.

mod judged;
mod key;
#[cfg(test)]
mod tests;
mod text;
mod uptime;

use std::fmt;

use crate::{SignedAt, UnixTime};

pub use judged::{ClockVerdict, GuardedError, Judged};
pub use key::ClockKey;
pub use text::BrokenMark;
pub use uptime::Uptime;

/// How much earlier than the mark a clock may be without being named, in seconds: a day. Zones taken for another are at
/// most 26 hours apart and against UTC at most 14, a machine with two systems is off by its zone, a date by a slip of
/// one. Nothing is gained by using it: the license is judged by the mark.
pub const CLOCK_TOLERANCE: i64 = 86_400;

/// Of how much running time a hundredth is not demanded of the clock: clocks run slow, and are corrected.
const SLACK: i64 = 100;

/// More running time than this between two observations, in milliseconds, is a fault of whatever counts it.
const LONGEST_RUN: i64 = 366 * 86_400_000;

/// The end of the year 9999, in milliseconds.
const LAST_MARK: i64 = 253_402_300_799_999;

/// The beginning of 2026: no right clock showed less since this was written.
const EARLIEST: UnixTime = UnixTime::from_secs(1_767_225_600);

/// What is known at one moment.
///
/// ```
/// # use license_core::{Observation, UnixTime, Uptime};
/// # use std::time::Duration;
/// # let now = UnixTime::from_secs(1_790_000_000);
/// let seen = Observation { uptime: Some(Uptime::new(Duration::from_secs(3_600))), ..Observation::at(now) };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What the machine's clock says.
    pub now: UnixTime,
    /// How long the machine has been running; without it the mark moves by licenses and dates only.
    pub uptime: Option<Uptime>,
    /// When the newest license that is genuine was signed, over or not.
    pub license: Option<SignedAt>,
    /// The date of an answer that the server gave just now, to a request of now, over a connection that is trusted.
    pub server: Option<UnixTime>,
    /// A time before which no right clock can be, such as that at which the program was built.
    pub earliest: UnixTime,
}

impl Observation {
    /// The clock alone; `earliest` is the beginning of 2026.
    #[must_use]
    pub const fn at(now: UnixTime) -> Self {
        Self { now, uptime: None, license: None, server: None, earliest: EARLIEST }
    }
}

/// Keeps the mark of one product on one machine, between runs as a [text](ClockGuard::to_text). Pure: it reads no clock
/// and no file.
///
/// Observe at least every few hours while the machine runs: running time counts between two observations of one start
/// of the machine. Two programs that share a text observe and write under one lock.
#[derive(Clone)]
pub struct ClockGuard {
    key: ClockKey,
    /// Milliseconds since 1970; at least that late it is.
    mark: i64,
    /// As of the last observation.
    uptime: Option<Uptime>,
    /// Whether the clock was right since the machine started.
    was_right: bool,
}

impl ClockGuard {
    /// Without a mark.
    #[must_use]
    pub const fn new(key: ClockKey) -> Self {
        Self { key, mark: 0, uptime: None, was_right: false }
    }

    /// With the mark of a text, or without one where it is missing or broken.
    #[must_use]
    pub fn restore(key: &ClockKey, text: Option<&str>) -> Self {
        text.and_then(|text| Self::from_text(key, text).ok()).unwrap_or_else(|| Self::new(key.clone()))
    }

    /// At least that late it is, as far as is known.
    #[must_use]
    pub const fn mark(&self) -> UnixTime {
        UnixTime::from_secs(self.mark.div_euclid(1000))
    }

    /// Moves the mark, then judges the clock by it. Store the [text](ClockGuard::to_text) afterwards.
    pub fn observe(&mut self, seen: &Observation) -> Judged {
        let ran = self.ran(seen.uptime);
        let clock = millis(seen.now);
        let followed = clock.clamp(self.mark + ran - ran / SLACK, self.mark + ran);
        let floor = seen.license.map_or(seen.earliest, |license| license.time().max(seen.earliest));
        let floor = millis(floor).clamp(0, LAST_MARK);
        self.mark = seen.server.map_or(followed, millis).clamp(floor, LAST_MARK);

        let same_start = self.is_same_start(seen.uptime);
        let was_right = self.was_right && same_start;
        let judged = self.judge(seen, floor, was_right);
        self.was_right = was_right || !judged.verdict().is_early();
        self.uptime = seen.uptime;
        judged
    }

    fn judge(&self, seen: &Observation, floor: i64, was_right: bool) -> Judged {
        let (now, mark) = (seen.now, self.mark());
        let by = now.distance(mark);
        let verdict = if now >= mark.minus(CLOCK_TOLERANCE) {
            match seen.server {
                Some(_) if now > mark.plus(CLOCK_TOLERANCE) => {
                    return Judged::new(mark, ClockVerdict::Ahead { by });
                }
                _ => ClockVerdict::Fine,
            }
        } else if millis(now) < floor && !was_right {
            ClockVerdict::NotSet { by }
        } else {
            ClockVerdict::Behind { by }
        };
        Judged::new(now.max(mark), verdict)
    }

    /// Milliseconds that the machine surely ran since the last observation. Across a start of it, none: another machine
    /// that shares the text may have been running for a year.
    fn ran(&self, now: Option<Uptime>) -> i64 {
        let (Some(before), Some(now)) = (self.uptime, now) else { return 0 };
        now.since(before).filter(|ran| *ran <= LONGEST_RUN).unwrap_or(0)
    }

    fn is_same_start(&self, now: Option<Uptime>) -> bool {
        self.uptime.zip(now).is_some_and(|(before, now)| now.since(before).is_some())
    }
}

impl fmt::Debug for ClockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClockGuard({})", self.mark())
    }
}

const fn millis(time: UnixTime) -> i64 {
    time.as_secs().saturating_mul(1000)
}
