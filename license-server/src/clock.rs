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
    Set(Arc<SetTime>),
}

/// Moves a settable clock and all its clones.
#[derive(Clone, Debug)]
pub struct ClockHand(Arc<SetTime>);

#[derive(Debug)]
struct SetTime {
    wall: AtomicI64,
    running: AtomicI64,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start_ms`, milliseconds since 1970, until its hand is moved.
    #[must_use]
    pub fn settable(start_ms: i64) -> (Self, ClockHand) {
        let time = Arc::new(SetTime { wall: AtomicI64::new(start_ms), running: AtomicI64::new(0) });
        (Self(Source::Set(Arc::clone(&time))), ClockHand(time))
    }

    /// What moves it, if it is a settable one.
    #[must_use]
    pub fn hand(&self) -> Option<ClockHand> {
        match &self.0 {
            Source::System => None,
            Source::Set(time) => Some(ClockHand(Arc::clone(time))),
        }
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::System => system_ms(),
            Source::Set(time) => time.wall.load(Ordering::Acquire),
        }
    }

    /// Milliseconds on a scale that nobody sets and that never runs back; where the system counts it, the time during
    /// which the machine slept is in it. Where it begins means nothing.
    #[must_use]
    pub fn running_ms(&self) -> i64 {
        match &self.0 {
            Source::System => running_ms(),
            Source::Set(time) => time.running.load(Ordering::Acquire),
        }
    }

    /// [`now_ms`](Self::now_ms) in whole seconds.
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
    /// Sets the clock, as an administrator does: no time passes.
    pub fn set_ms(&self, now_ms: i64) {
        self.0.wall.store(now_ms, Ordering::Release);
    }

    /// Sets the clock ahead by `ms`, back if negative: no time passes.
    pub fn jump_ms(&self, ms: i64) {
        self.0.wall.fetch_add(ms, Ordering::AcqRel);
    }

    /// Lets `ms` pass. Less than none is a clock that is set back.
    pub fn advance_ms(&self, ms: i64) {
        self.0.running.fetch_add(ms.max(0), Ordering::AcqRel);
        self.0.wall.fetch_add(ms, Ordering::AcqRel);
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn running_ms() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn running_ms() -> i64 {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    i64::try_from(BEGAN.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(i64::MAX)
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
    fn the_running_time_of_the_machine_does_not_run_back() {
        let clock = Clock::system();
        let before = clock.running_ms();
        assert!(clock.running_ms() >= before);
    }

    #[test]
    fn a_settable_clock_stands_until_its_hand_moves() {
        let (clock, hand) = Clock::settable(1_790_144_272_509);
        let twin = clock.clone();
        assert_eq!(clock.now_ms(), 1_790_144_272_509);
        hand.advance_ms(491);
        assert_eq!(twin.now(), UnixTime::from_secs(1_790_144_273));
        assert_eq!(twin.running_ms(), 491);
        hand.set_ms(-1);
        assert_eq!(twin.now(), UnixTime::from_secs(-1), "seconds round towards the past");
        hand.jump_ms(1_001);
        assert_eq!((twin.now_ms(), twin.running_ms()), (1_000, 491), "no time has passed");
    }
}
