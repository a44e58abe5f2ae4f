//! When to try again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use license_core::UnixTime;
use rand::Rng as _;

use crate::clock::Clock;
use crate::engine::FARTHEST_JOB;
use crate::koogallery::openapi::{CallError, CallErrorKind};

/// How long the store is left alone when it says that it is asked too often and not for how long.
const UNLESS_IT_SAYS: Duration = Duration::from_secs(5);

/// Until when the store is left alone, whoever wants something of it; clones share it. It is a running time: a clock
/// that is set does not make it longer.
#[derive(Clone, Debug)]
pub(crate) struct Pause(Arc<AtomicI64>);

impl Default for Pause {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(i64::MIN)))
    }
}

impl Pause {
    /// Whether nothing is to be asked now.
    pub(crate) fn is_on(&self, clock: &Clock) -> bool {
        clock.running_ms() < self.0.load(Ordering::Relaxed)
    }

    /// When to try again after a failure; what the store says about that holds for every call.
    pub(crate) fn after(&self, clock: &Clock, error: &CallError, failed: u32) -> UnixTime {
        let asked =
            error.retry_after.or((error.kind == CallErrorKind::RateLimited).then_some(UNLESS_IT_SAYS));
        let pause = asked.map_or(0, |pause| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
        let pause = pause.min(FARTHEST_JOB * 1000);
        self.0.fetch_max(clock.running_ms().saturating_add(pause), Ordering::Relaxed);
        let earliest = clock.now().plus(pause.saturating_add(999) / 1000);
        next_attempt(clock.now(), failed).max(earliest)
    }
}

/// Twice as long after each failure, at most a quarter of an hour, each between half and all of that, so that many
/// that failed together do not come back together.
pub(crate) fn next_attempt(now: UnixTime, failed: u32) -> UnixTime {
    let pause = (1_i64 << failed.min(20)).min(FARTHEST_JOB);
    let jitter = i64::from(rand::rng().next_u32()) % (pause / 2 + 1);
    now.plus(pause - jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_below_a_quarter_of_an_hour() {
        let now = UnixTime::from_secs(1_000);
        for failed in 0..100 {
            let pause = next_attempt(now, failed).as_secs() - now.as_secs();
            let longest = (1_i64 << failed.min(20)).min(FARTHEST_JOB);
            assert!(pause >= longest / 2 && pause <= longest && pause > 0, "{failed}: {pause}");
        }
    }
}
