//! When to try again.

use license_core::UnixTime;
use rand::Rng as _;

/// The longest pause between two attempts, in seconds.
const LONGEST_PAUSE: i64 = 15 * 60;

/// Twice as long after each failure, at most a quarter of an hour, each between half and all of that, so that many
/// that failed together do not come back together.
pub(crate) fn next_attempt(now: UnixTime, failed: u32) -> UnixTime {
    let pause = (1_i64 << failed.min(20)).min(LONGEST_PAUSE);
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
            let longest = (1_i64 << failed.min(20)).min(LONGEST_PAUSE);
            assert!(pause >= longest / 2 && pause <= longest && pause > 0, "{failed}: {pause}");
        }
    }
}
