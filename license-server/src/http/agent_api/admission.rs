//! How many machines' calls are decided at one time, so that they never fill the writer's queue.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::problem::Problem;
use crate::http::places::one_address;

/// How long a call may wait for its turn.
const PATIENCE: Duration = crate::fault::patience(Duration::from_millis(1_500));
/// How many may wait in each lane, and how many of them for one address; more are told at once to come again.
const WAITING: usize = 256;
const WAITING_EACH: usize = 64;
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
    queue: Mutex<Queue>,
    patience: Duration,
}

/// How many wait, in all and of each address.
#[derive(Debug, Default)]
struct Queue {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A call's place; the next one has it when this is dropped.
#[derive(Debug)]
pub(super) struct Admitted<'a> {
    admission: &'a Admission,
    address: IpAddr,
    permit: Option<SemaphorePermit<'a>>,
    is_slow: bool,
}

impl Admission {
    /// So many calls of everybody's at one time.
    #[must_use]
    pub fn new(calls: usize) -> Self {
        Self { usual: Lane::of(calls), slow: Lane::of(SLOW_PLACES) }
    }

    /// A place in one of the lanes for a call from `address`, at once or soon.
    pub(super) async fn enter(&self, address: IpAddr, is_slow: bool) -> Result<Admitted<'_>, Problem> {
        let address = one_address(address);
        let lane = if is_slow { &self.slow } else { &self.usual };
        let permit = Some(lane.enter(address).await?);
        Ok(Admitted { admission: self, address, permit, is_slow })
    }
}

impl Lane {
    fn of(places: usize) -> Self {
        Self { places: Semaphore::new(places), queue: Mutex::default(), patience: PATIENCE }
    }

    async fn enter(&self, address: IpAddr) -> Result<SemaphorePermit<'_>, Problem> {
        if let Ok(permit) = self.places.try_acquire() {
            return Ok(permit);
        }
        // R89
        let _waiting = self.wait(address).ok_or(Problem::Busy)?;
        // R89
        match tokio::time::timeout(self.patience, self.places.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            // Nobody closes a lane.
            Ok(Err(_)) | Err(_) => Err(Problem::Busy),
        }
    }

    fn wait(&self, address: IpAddr) -> Option<Waiting<'_>> {
        let mut queue = self.queue();
        let own = queue.by_address.get(&address).copied().unwrap_or(0);
        if queue.all >= WAITING || own >= WAITING_EACH {
            return None;
        }
        queue.all += 1;
        queue.by_address.insert(address, own + 1);
        Some(Waiting { lane: self, address })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that waits, until it is dropped.
struct Waiting<'a> {
    lane: &'a Lane,
    address: IpAddr,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut queue = self.lane.queue();
        queue.all -= 1;
        if let Some(own) = queue.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                queue.by_address.remove(&self.address);
            }
        }
    }
}

impl Admitted<'_> {
    /// Goes on in the slow lane: who asks failed too often.
    pub(super) async fn slow_down(&mut self) -> Result<(), Problem> {
        if !self.is_slow {
            // Somebody else has the place meanwhile.
            self.permit = None;
            self.permit = Some(self.admission.slow.enter(self.address).await?);
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

    fn address(n: u8) -> IpAddr {
        [192, 0, 2, n].into()
    }

    /// R88, R89
    #[tokio::test]
    async fn a_call_waits_for_its_turn_and_the_slow_lane_keeps_nobody_up() {
        let admission = Admission::new(2);
        let enter = |is_slow| admission.enter(address(1), is_slow);
        let mut one = enter(false).await.unwrap();
        let _other = enter(false).await.unwrap();
        assert!(now(enter(false)).await.is_none());
        one.slow_down().await.unwrap();
        assert!(now(enter(false)).await.is_some(), "it left its place");
        let slow: Vec<_> = futures_util::future::join_all((1..SLOW_PLACES).map(|_| enter(true))).await;
        assert!(now(enter(true)).await.is_none());
        assert!(now(enter(false)).await.is_some());
        drop(slow);
        assert!(now(enter(true)).await.is_some());
        for lane in [&admission.usual, &admission.slow] {
            assert!(lane.queue().all == 0 && lane.queue().by_address.is_empty());
        }
    }

    /// R89
    #[tokio::test]
    async fn whoever_waits_too_long_is_told_to_come_again() {
        let mut admission = Admission::new(1);
        admission.usual.patience = Duration::ZERO;
        let held = admission.enter(address(1), false).await.unwrap();
        assert_eq!(admission.enter(address(2), false).await.err(), Some(Problem::Busy));
        drop(held);
        assert!(admission.enter(address(2), false).await.is_ok());
    }

    #[tokio::test]
    async fn one_address_leaves_room_for_others_to_wait() {
        let lane = Lane::of(0);
        let mut waiting: Vec<_> = (0..WAITING_EACH).map(|_| lane.wait(address(1)).unwrap()).collect();
        assert!(lane.wait(address(1)).is_none());
        for n in 2..=4 {
            waiting.extend((0..WAITING_EACH).map(|_| lane.wait(address(n)).unwrap()));
        }
        assert!(lane.wait(address(9)).is_none(), "there is no room for anybody");
        waiting.pop();
        assert!(lane.wait(address(9)).is_some());
    }
}
