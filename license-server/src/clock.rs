//! The only place that reads the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use license_core::UnixTime;

/// What time it is: the system's, or one that a test or a simulation sets.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Set(Arc<AtomicI64>),
}

/// Moves a settable clock and all its clones.
#[derive(Clone, Debug)]
pub struct ClockHand(Arc<AtomicI64>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start_ms`, milliseconds since 1970, until its hand is moved.
    #[must_use]
    pub fn settable(start_ms: i64) -> (Self, ClockHand) {
        let time = Arc::new(AtomicI64::new(start_ms));
        (Self(Source::Set(Arc::clone(&time))), ClockHand(time))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::System => system_ms(),
            Source::Set(time) => time.load(Ordering::Acquire),
        }
    }

    /// The same in whole seconds.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        UnixTime::from_secs(self.now_ms().div_euclid(1000))
    }

    /// A point on a scale that never runs back, for latencies. A settable clock does not move it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn instant(&self) -> Instant {
        Instant::now()
    }
}

impl ClockHand {
    /// Sets the clock.
    pub fn set_ms(&self, now_ms: i64) {
        self.0.store(now_ms, Ordering::Release);
    }

    /// Moves the clock by `ms`, back if negative.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::AcqRel);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn system_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, i64::wrapping_neg),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settable_clock_stands_until_its_hand_moves() {
        let (clock, hand) = Clock::settable(1_790_144_272_509);
        let twin = clock.clone();
        assert_eq!(clock.now_ms(), 1_790_144_272_509);
        hand.advance_ms(491);
        assert_eq!(twin.now(), UnixTime::from_secs(1_790_144_273));
        hand.set_ms(-1);
        assert_eq!(twin.now(), UnixTime::from_secs(-1), "seconds round towards the past");
    }
}
