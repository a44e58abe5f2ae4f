//! How the store misbehaves when it is asked to.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The two calls of the open API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// An order is asked for.
    Order,
    /// A license is uploaded.
    Upload,
}

/// Something that goes wrong with a call. Unless it says so the call is not carried out, and not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Carries the call out at once and answers after this time.
    Slow(Duration),
    /// Closes the connection without reading on.
    Drop,
    /// Carries the call out, then closes the connection without an answer.
    DropAfter,
    /// Answers with an HTTP status and no JSON.
    Status(u16),
    /// Answers with HTTP 200 and this code.
    Code(String),
    /// Answers with HTTP 406 and `MKT.0250`.
    RateLimited {
        /// The seconds of its `Retry-After`.
        retry_after: Option<u32>,
    },
    /// Answers with HTTP 200 and bytes that are neither JSON nor UTF-8.
    Garbage,
    /// Carries the call out and answers with the first half of the reply.
    HalfJson,
    /// Carries the call out and answers with the reply and spaces after it, this many bytes together. Its length is
    /// not announced.
    Huge(usize),
    /// Answers with HTTP 307 to this address.
    Redirect(String),
    /// Reads the call and never answers; the connection stays open until the client leaves or the store stops.
    Silence,
}

/// What goes wrong from now on; by default nothing.
///
/// ```
/// use license_server::simulator::store::{Behaviour, Fault};
/// let once = Behaviour::good().next([Fault::Drop]);
/// let seldom = Behaviour::good().percent(5, Fault::Status(502), 1).for_uploads();
/// let second = Behaviour::good().next([None, Some(Fault::Garbage)]).for_orders();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// Both calls if there is none.
    only: Option<Call>,
    next: VecDeque<Option<Fault>>,
    then: Then,
}

#[derive(Clone, Debug, Default)]
enum Then {
    #[default]
    Good,
    Always(Fault),
    Percent {
        percent: u8,
        fault: Fault,
        dice: Dice,
    },
}

impl Behaviour {
    /// Good and fast.
    #[must_use]
    pub fn good() -> Self {
        Self::default()
    }

    /// A fault for every call, after those of [`Behaviour::next`].
    #[must_use]
    pub fn always(mut self, fault: Fault) -> Self {
        self.then = Then::Always(fault);
        self
    }

    /// One fault, or `None` for a good answer, for each of the next calls.
    #[must_use]
    pub fn next<F: Into<Option<Fault>>>(mut self, faults: impl IntoIterator<Item = F>) -> Self {
        self.next.extend(faults.into_iter().map(Into::into));
        self
    }

    /// A fault for `percent` of 100 calls, after those of [`Behaviour::next`]. The same seed strikes the same calls.
    #[must_use]
    pub fn percent(mut self, percent: u8, fault: Fault, seed: u64) -> Self {
        self.then = Then::Percent { percent, fault, dice: Dice(seed) };
        self
    }

    /// For order queries only; uploads stay as they are.
    #[must_use]
    pub fn for_orders(mut self) -> Self {
        self.only = Some(Call::Order);
        self
    }

    /// For uploads only; order queries stay as they are.
    #[must_use]
    pub fn for_uploads(mut self) -> Self {
        self.only = Some(Call::Upload);
        self
    }

    fn take(&mut self) -> Option<Fault> {
        if let Some(planned) = self.next.pop_front() {
            return planned;
        }
        match &mut self.then {
            Then::Good => None,
            Then::Always(fault) => Some(fault.clone()),
            Then::Percent { percent, fault, dice } => (dice.of_100() < *percent).then(|| fault.clone()),
        }
    }
}

/// SplitMix64: the same numbers for the same seed, on every machine and in every version.
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    fn of_100(&mut self) -> u8 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u8::try_from((mixed ^ (mixed >> 31)) % 100).unwrap_or(0)
    }
}

/// The behaviours in force: at most one for each call.
#[derive(Debug, Default)]
pub(super) struct Stage(Mutex<Vec<Behaviour>>);

impl Stage {
    /// Replaces what was played for the same calls.
    pub(super) fn play(&self, behaviour: Behaviour) {
        let mut playing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match behaviour.only {
            None => playing.clear(),
            Some(call) => {
                playing.retain(|old| old.only != Some(call));
                let other = if call == Call::Order { Call::Upload } else { Call::Order };
                for old in playing.iter_mut() {
                    old.only = Some(other);
                }
            }
        }
        playing.push(behaviour);
    }

    /// What happens to this call.
    pub(super) fn next(&self, call: Call) -> Option<Fault> {
        let mut playing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        playing.iter_mut().find(|one| one.only.is_none_or(|only| only == call))?.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(stage: &Stage, call: Call, count: usize) -> Vec<Option<Fault>> {
        (0..count).map(|_| stage.next(call)).collect()
    }

    #[test]
    fn planned_faults_come_first_and_once_each() {
        let stage = Stage::default();
        assert_eq!(stage.next(Call::Order), None);
        stage.play(Behaviour::good().next([Some(Fault::Drop), None]).always(Fault::Garbage));
        assert_eq!(
            play(&stage, Call::Upload, 4),
            [Some(Fault::Drop), None, Some(Fault::Garbage), Some(Fault::Garbage)]
        );
        stage.play(Behaviour::good());
        assert_eq!(stage.next(Call::Upload), None);
    }

    #[test]
    fn each_call_can_have_its_own_behaviour() {
        let stage = Stage::default();
        stage.play(Behaviour::good().always(Fault::Drop));
        stage.play(Behaviour::good().always(Fault::Garbage).for_orders());
        assert_eq!(stage.next(Call::Order), Some(Fault::Garbage));
        assert_eq!(stage.next(Call::Upload), Some(Fault::Drop));
        stage.play(Behaviour::good().for_uploads());
        assert_eq!(stage.next(Call::Order), Some(Fault::Garbage));
        assert_eq!(stage.next(Call::Upload), None);
        stage.play(Behaviour::good().for_orders());
        assert_eq!(stage.next(Call::Order), None);
    }

    #[test]
    fn percent_faults_repeat_with_their_seed_and_keep_their_share() {
        let run = |percent, seed| {
            let stage = Stage::default();
            stage.play(Behaviour::good().percent(percent, Fault::Drop, seed));
            play(&stage, Call::Upload, 10_000)
        };
        let struck = |run: &[Option<Fault>]| run.iter().flatten().count();
        assert_eq!(run(5, 1), run(5, 1));
        assert_ne!(run(5, 1), run(5, 2));
        assert!((400..600).contains(&struck(&run(5, 1))));
        assert_eq!((struck(&run(0, 1)), struck(&run(100, 1)), struck(&run(255, 1))), (0, 10_000, 10_000));
    }
}
