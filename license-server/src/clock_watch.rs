//! Whether the wall clock can be believed.
//!
//! It is compared with the running time, which nobody can set, and with the newest time that the database has seen. A
//! clock that jumped is named, and what deletes by age waits until it is right again or the operator has confirmed it.
//! Calls are answered all the same.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use license_core::UnixTime;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::storage::newest_time::SeenTime;
use crate::storage::{StorageError, Store};

/// How far the two clocks may run apart, in seconds, and by which part of the time since they were compared.
const APART: i64 = 10 * 60;
const DRIFT: i64 = 1_000;
/// How long a server may have been away without being asked whether its clock is right, in seconds.
pub const AWAY: i64 = 7 * 86_400;
/// How often the clock is looked at.
const LOOKED: Duration = Duration::from_secs(2);
/// How often the database is told what time it is, in seconds.
const NOTED: i64 = 60;

/// How the wall clock contradicts what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockDoubt {
    /// It is further ahead than time can have passed.
    Ahead {
        /// By how many seconds.
        by: i64,
    },
    /// It is behind a time that has been.
    Behind {
        /// By how many seconds.
        by: i64,
    },
}

impl ClockDoubt {
    /// Seconds, negative for a clock that is behind.
    #[must_use]
    pub fn seconds(self) -> i64 {
        match self {
            Self::Ahead { by } => by,
            Self::Behind { by } => -by,
        }
    }
}

/// "20 d ahead of".
impl fmt::Display for ClockDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (by, side) = match *self {
            Self::Ahead { by } => (by, "ahead of"),
            Self::Behind { by } => (by, "behind"),
        };
        match by {
            ..7_200 => write!(f, "{} min {side}", by / 60),
            7_200..172_800 => write!(f, "{} h {side}", by / 3_600),
            _ => write!(f, "{} d {side}", by / 86_400),
        }
    }
}

/// Compares the clocks. Cheap to clone; clones share what they know.
#[derive(Clone, Debug)]
pub struct ClockWatch {
    clock: Clock,
    known: Arc<Mutex<Known>>,
}

/// What the wall clock is compared with.
#[derive(Debug)]
struct Known {
    /// A time that was right, or may be what the clock showed when nothing else was known.
    right: i64,
    /// The running time then, in milliseconds.
    at_ms: i64,
    /// How much further the clock may be, in seconds: a server that starts may have been away.
    away: i64,
    /// The newest time that any server has seen.
    newest: i64,
    /// Which of the operator's confirmations counts.
    confirmation: String,
}

impl ClockWatch {
    /// Compares a clock with what the database has seen; with no time at all, the clock is believed.
    #[must_use]
    pub fn new(clock: Clock, seen: Option<&SeenTime>) -> Self {
        let at_ms = clock.running_ms();
        let known = match seen {
            Some(SeenTime { newest, confirmation, is_noted }) => Known {
                right: newest.as_secs(),
                at_ms,
                // Rows tell that it was that late, and not when somebody last looked.
                away: if *is_noted { AWAY } else { i64::MAX },
                newest: newest.as_secs(),
                confirmation: confirmation.clone(),
            },
            None => Known {
                right: clock.now().as_secs(),
                at_ms,
                away: 0,
                newest: i64::MIN,
                confirmation: String::new(),
            },
        };
        Self { clock, known: Arc::new(Mutex::new(known)) }
    }

    /// The clock itself.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What time it is, if the clock can be believed.
    ///
    /// # Errors
    /// [`ClockDoubt`]
    pub fn believed(&self) -> Result<UnixTime, ClockDoubt> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall, running_ms) = (self.clock.now().as_secs(), self.clock.running_ms());
        let passed = running_ms.saturating_sub(known.at_ms) / 1000;
        let apart = APART.saturating_add(passed / DRIFT);
        let by = wall.saturating_sub(known.right.saturating_add(passed));
        let behind = by.min(wall.saturating_sub(known.newest));
        if behind < -apart {
            return Err(ClockDoubt::Behind { by: behind.saturating_neg() });
        }
        if by > apart.saturating_add(known.away) {
            return Err(ClockDoubt::Ahead { by });
        }
        // From here on only the running time counts: many small jumps add up to a large one.
        if known.away > 0 {
            (known.right, known.at_ms, known.away) = (wall, running_ms, 0);
        }
        Ok(UnixTime::from_secs(wall))
    }

    /// Takes in what the database has seen meanwhile. A time that the operator confirmed is right.
    fn take_in(&self, seen: SeenTime) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.newest = seen.newest.as_secs();
        if known.confirmation != seen.confirmation {
            (known.right, known.at_ms, known.away) = (known.newest, self.clock.running_ms(), 0);
            known.confirmation = seen.confirmation;
        }
    }

    fn confirmation(&self) -> String {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).confirmation.clone()
    }

    /// Looks after the clock until `stop` becomes true, and keeps in the database how late it is.
    pub(crate) async fn run(self, store: Store, mut stop: watch::Receiver<bool>) {
        let mut told = Told::default();
        loop {
            let stopping = *stop.borrow();
            match self.look(&store, &mut told, stopping).await {
                Ok(()) | Err(StorageError::Busy) => {}
                Err(error) => tracing::debug!(%error, "the time could not be compared with the database's"),
            }
            if stopping {
                return;
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => {}
                () = tokio::time::sleep(LOOKED) => {}
            }
        }
    }

    async fn look(&self, store: &Store, told: &mut Told, stopping: bool) -> Result<(), StorageError> {
        if let Some(seen) = store.read(|reader| reader.newest_time()).await? {
            self.take_in(seen);
        }
        let believed = self.believed();
        told.tell(believed);
        if let Ok(now) = believed
            && (stopping || told.is_to_be_noted(now))
        {
            let confirmation = self.confirmation();
            store.write(move |db| db.note_time(now, &confirmation)).await?;
            told.noted = Some(now);
        }
        // Whatever the clock was when they were written: nothing waits longer than the longest pause.
        let now = self.clock.now();
        if store.read(move |reader| reader.has_far_jobs(now)).await? {
            store.write(move |db| db.pull_far_jobs(now)).await?;
        }
        Ok(())
    }
}

/// What was said of the clock, so that it is said once.
#[derive(Debug, Default)]
struct Told {
    doubt: Option<ClockDoubt>,
    noted: Option<UnixTime>,
}

impl Told {
    fn is_to_be_noted(&self, now: UnixTime) -> bool {
        self.noted.is_none_or(|noted| (now.as_secs() - noted.as_secs()).abs() >= NOTED)
    }

    fn tell(&mut self, believed: Result<UnixTime, ClockDoubt>) {
        let doubt = believed.err();
        metrics::gauge!("license_clock_off_seconds").set(doubt.map_or(0, ClockDoubt::seconds) as f64);
        let is_same = match (self.doubt, doubt) {
            // It runs on; another jump is another matter.
            (Some(before), Some(now)) => (before.seconds() - now.seconds()).abs() <= APART,
            (None, None) => true,
            _ => false,
        };
        if is_same {
            return;
        }
        match doubt {
            Some(doubt) => tracing::error!(
                seconds = doubt.seconds(),
                "the clock is {doubt} what it should be; nothing is deleted for its age until it is set right, or, if \
                 it is right, until `license-server clock confirm`"
            ),
            None => tracing::warn!("the clock agrees with the running time again; old rows are pruned again"),
        }
        self.doubt = doubt;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_790_000_000_000;
    const DAY: i64 = 86_400;

    fn seen(at: i64) -> SeenTime {
        SeenTime { newest: UnixTime::from_secs(NOW_MS / 1000 + at), confirmation: "a".into(), is_noted: true }
    }

    #[test]
    fn a_jump_in_either_direction_is_noticed_and_time_that_passes_is_not_one() {
        let (clock, hand) = Clock::settable(NOW_MS);
        let watch = ClockWatch::new(clock, None);
        hand.advance_ms(900 * DAY * 1000);
        assert!(watch.believed().is_ok());
        for days in [20, -20, 1_095, -10_000] {
            hand.jump_ms(days * DAY * 1000);
            let doubt = watch.believed().expect_err("a jump");
            assert_eq!(doubt.seconds(), days * DAY);
            hand.advance_ms(3_600_000);
            assert_eq!(watch.believed(), Err(doubt), "it stays one while time passes");
            hand.jump_ms(-days * DAY * 1000);
            assert!(watch.believed().is_ok(), "set right again");
        }
    }

    #[test]
    fn many_small_jumps_are_a_large_one_and_a_clock_that_drifts_is_believed() {
        let (clock, hand) = Clock::settable(NOW_MS);
        let watch = ClockWatch::new(clock, None);
        for _ in 0..365 {
            hand.advance_ms(DAY * 1000);
            hand.jump_ms(40_000);
            assert!(watch.believed().is_ok());
        }
        for _ in 0..20_000 {
            hand.jump_ms(1_000);
            if watch.believed().is_err() {
                return;
            }
        }
        unreachable!("it was never noticed");
    }

    #[test]
    fn a_server_that_starts_may_have_been_away_for_a_week_and_not_for_longer() {
        for (away, is_believed) in
            [(0, true), (6 * DAY, true), (20 * DAY, false), (-3600, false), (-300, true)]
        {
            let (clock, hand) = Clock::settable(NOW_MS + away * 1000);
            let watch = ClockWatch::new(clock, Some(&seen(0)));
            assert_eq!(watch.believed().is_ok(), is_believed, "{away}");
            hand.jump_ms(2 * DAY * 1000);
            assert!(watch.believed().is_err() || !is_believed && away < 0, "a second excursion: {away}");
        }
    }

    #[test]
    fn a_machine_whose_clock_is_set_after_the_start_is_believed_then() {
        let (clock, hand) = Clock::settable(0);
        let watch = ClockWatch::new(clock, Some(&seen(0)));
        assert!(watch.believed().is_err());
        hand.set_ms(NOW_MS + 5_000);
        assert!(watch.believed().is_ok());
    }

    #[test]
    fn what_another_server_saw_and_what_the_operator_confirms_count() {
        let (clock, hand) = Clock::settable(NOW_MS);
        let watch = ClockWatch::new(clock, Some(&seen(0)));
        assert!(watch.believed().is_ok());
        watch.take_in(seen(20 * DAY));
        assert_eq!(watch.believed(), Err(ClockDoubt::Behind { by: 20 * DAY }));
        watch.take_in(SeenTime { confirmation: "b".into(), ..seen(0) });
        assert!(watch.believed().is_ok(), "the other one was wrong");
        hand.jump_ms(20 * DAY * 1000);
        assert!(watch.believed().is_err());
        watch.take_in(SeenTime { confirmation: "c".into(), ..seen(20 * DAY) });
        assert!(watch.believed().is_ok(), "this one is right");
        watch.take_in(SeenTime { confirmation: "d".into(), ..seen(0) });
        assert!(watch.believed().is_err(), "the operator confirmed another time than this one's");
    }
}
