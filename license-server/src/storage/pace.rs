//! How fast calls are decided, and so how many may wait.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// For how long a call may have to wait for its turn. Who would wait longer is told at once to come again: the store
/// gives up after five seconds, and waiting does not make the others faster.
const PATIENCE: Duration = Duration::from_millis(500);
/// So many may always wait: a lone call takes far longer than one among others, so a quiet hour says nothing of a rush.
const ALWAYS: usize = 1024;
/// How many batches it takes to believe in another pace.
const BATCHES: u64 = 8;

/// The time that a call takes on average, in nanoseconds; 0 until it is known.
#[derive(Debug, Default)]
pub(super) struct Pace(AtomicU64);

impl Pace {
    /// Takes in that so many calls were decided in that time, beside the batches of other writers.
    pub(super) fn note(&self, calls: usize, took: Duration, writers: usize) {
        let (calls, writers) = (calls.max(1), writers.max(1));
        let each = took.as_nanos() / (calls * writers) as u128;
        let each = u64::try_from(each).unwrap_or(u64::MAX / 2 / BATCHES);
        let known = self.0.load(Ordering::Relaxed);
        let new = if known == 0 { each } else { (known * (BATCHES - 1) + each) / BATCHES };
        // Of two that note at the same time one is lost, and the next one comes soon.
        self.0.store(new, Ordering::Relaxed);
    }

    /// Whether one more may wait behind so many others.
    pub(super) fn allows(&self, waiting: usize) -> bool {
        let wait = u128::from(self.0.load(Ordering::Relaxed)) * waiting as u128;
        waiting < ALWAYS || wait < PATIENCE.as_nanos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_may_wait_as_are_decided_in_half_a_second() {
        let pace = Pace::default();
        assert!(pace.allows(1_000_000), "nothing is known yet");
        pace.note(100, Duration::from_millis(20), 1);
        assert!(pace.allows(2_499) && !pace.allows(2_500), "200 µs each");
        for _ in 0..100 {
            pace.note(100, Duration::from_millis(20), 2);
        }
        assert!(pace.allows(4_900) && !pace.allows(5_100), "two writers, 100 µs each");
        for _ in 0..100 {
            pace.note(1, Duration::from_secs(1), 1);
        }
        assert!(pace.allows(1_023) && !pace.allows(1_024), "however slow it is");
    }

    #[test]
    fn one_slow_batch_is_not_the_pace() {
        let pace = Pace::default();
        pace.note(10, Duration::from_millis(1), 1);
        pace.note(10, Duration::from_millis(9), 1);
        assert!(pace.allows(2_400), "it doubled, and did not grow to the ninefold");
        pace.note(0, Duration::MAX, 0);
        pace.note(1, Duration::MAX, 1);
        assert!(pace.allows(1) && !pace.allows(1_024));
    }
}
