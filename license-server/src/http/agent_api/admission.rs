//! How many machines' calls are decided at one time, so that they never fill the writer's queue.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::problem::Problem;

/// How long a call may wait for its turn.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How many may wait in each lane; more are told at once to come again.
const WAITING: usize = 256;
/// Calls at one time of those who failed too often, and how long each of these places is taken at least: together no
/// more than 100 calls in a second, however fast they are refused.
const SLOW_PLACES: usize = 4;
const SLOW_EACH: Duration = Duration::from_millis(40);

/// Places for machines' calls, in two lanes: one for everybody, a slow one for those who failed too often.
#[derive(Debug)]
pub struct Admission {
    usual: Lane,
    slow: Lane,
}

#[derive(Debug)]
struct Lane {
    places: Semaphore,
    waiting: AtomicUsize,
    patience: Duration,
}

/// A call's place; the next one has it when this is dropped.
#[derive(Debug)]
pub(super) struct Admitted<'a> {
    admission: &'a Admission,
    permit: Option<SemaphorePermit<'a>>,
    is_slow: bool,
}

impl Admission {
    /// So many calls of everybody's at one time.
    #[must_use]
    pub fn new(calls: usize) -> Self {
        Self { usual: Lane::of(calls), slow: Lane::of(SLOW_PLACES) }
    }

    /// A place in one of the lanes, at once or soon.
    pub(super) async fn enter(&self, is_slow: bool) -> Result<Admitted<'_>, Problem> {
        let lane = if is_slow { &self.slow } else { &self.usual };
        Ok(Admitted { admission: self, permit: Some(lane.enter().await?), is_slow })
    }
}

impl Lane {
    fn of(places: usize) -> Self {
        Self { places: Semaphore::new(places), waiting: AtomicUsize::new(0), patience: PATIENCE }
    }

    async fn enter(&self) -> Result<SemaphorePermit<'_>, Problem> {
        if let Ok(permit) = self.places.try_acquire() {
            return Ok(permit);
        }
        let waiting = Waiting(&self.waiting);
        if waiting.0.fetch_add(1, Ordering::Relaxed) >= WAITING {
            return Err(Problem::Busy);
        }
        match tokio::time::timeout(self.patience, self.places.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            // Nobody closes a lane.
            Ok(Err(_)) | Err(_) => Err(Problem::Busy),
        }
    }
}

/// Counts one that waits until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Admitted<'_> {
    /// Goes on in the slow lane: who asks failed too often.
    pub(super) async fn slow_down(&mut self) -> Result<(), Problem> {
        if !self.is_slow {
            // Somebody else has the place meanwhile.
            self.permit = None;
            self.permit = Some(self.admission.slow.enter().await?);
            self.is_slow = true;
        }
        Ok(())
    }

    /// Gives the place back, in the slow lane after a while.
    pub(super) async fn leave(self) {
        if self.is_slow {
            tokio::time::sleep(SLOW_EACH).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What there is at once.
    async fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = future => Some(done),
            () = std::future::ready(()) => None,
        }
    }

    #[tokio::test]
    async fn a_call_waits_for_its_turn_and_the_slow_lane_keeps_nobody_up() {
        let admission = Admission::new(2);
        let mut one = admission.enter(false).await.unwrap();
        let _other = admission.enter(false).await.unwrap();
        assert!(now(admission.enter(false)).await.is_none());
        one.slow_down().await.unwrap();
        assert!(now(admission.enter(false)).await.is_some(), "it left its place");
        let slow: Vec<_> =
            futures_util::future::join_all((1..SLOW_PLACES).map(|_| admission.enter(true))).await;
        assert!(now(admission.enter(true)).await.is_none());
        assert!(now(admission.enter(false)).await.is_some());
        drop(slow);
        assert!(now(admission.enter(true)).await.is_some());
        assert_eq!(admission.usual.waiting.load(Ordering::Relaxed), 0);
        assert_eq!(admission.slow.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn whoever_waits_too_long_or_behind_too_many_is_told_to_come_again() {
        let mut admission = Admission::new(1);
        admission.usual.patience = Duration::ZERO;
        let held = admission.enter(false).await.unwrap();
        assert_eq!(admission.enter(false).await.err(), Some(Problem::Busy));
        admission.usual.waiting.store(WAITING, Ordering::Relaxed);
        assert_eq!(now(admission.enter(false)).await.map(|entered| entered.err()), Some(Some(Problem::Busy)));
        assert_eq!(admission.usual.waiting.load(Ordering::Relaxed), WAITING);
        drop(held);
        assert!(admission.enter(false).await.is_ok());
    }
}
