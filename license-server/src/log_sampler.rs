//! Lines of the log that strangers can cause: a few of each kind, then one a minute that says how many.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::{info, warn};

use crate::clock::Clock;

/// For how long lines of a kind are counted together.
const WINDOW: Duration = Duration::from_secs(60);

/// A kind of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    about: &'static str,
    what: &'static str,
    at_most: u32,
    is_fault: bool,
}

impl Line {
    /// Of a fault of the server's or its surroundings; ten in a minute are written.
    pub(crate) fn fault(about: &'static str, what: &'static str) -> Self {
        Self { about, what, at_most: 10, is_fault: true }
    }

    /// Of a fault that says nothing new the second time; one in a minute is written.
    pub(crate) fn notice(about: &'static str, what: &'static str) -> Self {
        Self { about, what, at_most: 1, is_fault: true }
    }

    /// Of a call that was refused; ten in a minute are written.
    pub(crate) fn refused(about: &'static str, what: &'static str) -> Self {
        Self { about, what, at_most: 10, is_fault: false }
    }

    /// Of a call that was answered well; six hundred in a minute are written.
    pub(crate) fn served(about: &'static str, what: &'static str) -> Self {
        Self { about, what, at_most: 600, is_fault: false }
    }
}

/// Whether a line of this kind is to be written now; otherwise it is counted, and [`report`] tells how many were.
pub(crate) fn admits(line: Line) -> bool {
    SAMPLER.admits(line, since_start())
}

/// Writes a line for each kind of which some were left out in the last minute; to be called every few seconds.
pub(crate) fn report() {
    for (line, left_out) in SAMPLER.due(since_start()) {
        metrics::counter!("license_log_lines_left_out_total", "about" => line.about).increment(left_out);
        if line.is_fault {
            warn!(about = line.about, what = line.what, left_out, "so many like it in the last minute");
        } else {
            info!(about = line.about, what = line.what, left_out, "so many like it in the last minute");
        }
    }
}

/// All servers of one process write one log.
static SAMPLER: LazyLock<Sampler> = LazyLock::new(Sampler::default);

fn since_start() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(|| Clock::system().instant());
    let start = *START;
    Clock::system().instant().saturating_duration_since(start)
}

/// What was written and left out of each kind. There are as many kinds as the program has words for.
#[derive(Debug, Default)]
struct Sampler(Mutex<BTreeMap<Line, Minute>>);

#[derive(Debug)]
struct Minute {
    began: Duration,
    /// How many more may be written.
    left: u32,
    left_out: u64,
}

impl Sampler {
    fn admits(&self, line: Line, now: Duration) -> bool {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Minute { began: now, left: line.at_most, left_out: 0 };
        let minute = kinds.entry(line).or_insert(fresh);
        // What was left out is told first.
        if minute.left_out == 0 && now.saturating_sub(minute.began) >= WINDOW {
            *minute = Minute { began: now, left: line.at_most, left_out: 0 };
        }
        let Some(left) = minute.left.checked_sub(1) else {
            minute.left_out += 1;
            return false;
        };
        minute.left = left;
        true
    }

    /// The kinds whose minute is over and of which some were left out. As long as there are too many of a kind, none of
    /// its own lines is written.
    fn due(&self, now: Duration) -> Vec<(Line, u64)> {
        let mut due = Vec::new();
        for (line, minute) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            if minute.left_out == 0 || now.saturating_sub(minute.began) < WINDOW {
                continue;
            }
            due.push((*line, minute.left_out));
            let is_flood = minute.left_out > u64::from(line.at_most);
            let left = if is_flood { 0 } else { line.at_most };
            *minute = Minute { began: now, left, left_out: 0 };
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Line = Line { about: "test", what: "kind", at_most: 3, is_fault: false };

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// How many of so many lines are written.
    fn written(sampler: &Sampler, many: usize, now: u64) -> usize {
        (0..many).filter(|_| sampler.admits(KIND, secs(now))).count()
    }

    #[test]
    fn a_flood_is_a_few_lines_and_then_one_a_minute() {
        let sampler = Sampler::default();
        assert_eq!(written(&sampler, 1_000, 0), 3);
        assert_eq!(sampler.due(secs(59)), []);
        assert_eq!(sampler.due(secs(60)), [(KIND, 997)]);
        for minute in 1..10 {
            assert_eq!(written(&sampler, 1_000, minute * 60 + 30), 0, "it goes on");
            assert_eq!(sampler.due(secs(minute * 60 + 60)), [(KIND, 1_000)]);
        }
    }

    #[test]
    fn when_it_is_over_lines_are_written_again() {
        let sampler = Sampler::default();
        written(&sampler, 1_000, 0);
        assert_eq!(sampler.due(secs(60)).len(), 1);
        assert_eq!(written(&sampler, 2, 90), 0);
        assert_eq!(sampler.due(secs(120)), [(KIND, 2)], "nothing is lost");
        assert_eq!(written(&sampler, 3, 130), 3);
        assert_eq!(sampler.due(secs(600)), []);
    }

    #[test]
    fn a_quiet_minute_ends_a_flood_also_where_nothing_is_left_to_tell() {
        let sampler = Sampler::default();
        written(&sampler, 1_000, 0);
        assert_eq!(sampler.due(secs(60)).len(), 1);
        assert_eq!(written(&sampler, 3, 200), 3);
    }

    #[test]
    fn a_few_lines_a_minute_are_all_written_and_kinds_do_not_share() {
        let sampler = Sampler::default();
        for minute in 0..10 {
            assert_eq!(written(&sampler, 3, minute * 60), 3);
        }
        let other = Line { what: "other", ..KIND };
        assert!(!sampler.admits(KIND, secs(540)) && sampler.admits(other, secs(540)));
    }
}
