//! The two ways of calling: as fast as answers come, or at a rate whatever the answers do.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use license_server::clock::Clock;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::calls::{Call, Caller};
use crate::plan::Plan;
use crate::tally::Tally;
use crate::wire::{Answer, Wire, WireError};

/// How long answers are waited for once nothing more is asked.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much is asked.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Calls.
    pub count: u64,
    /// Time.
    pub duration: Option<Duration>,
}

/// How calls are made.
#[derive(Clone, Copy, Debug)]
pub struct Driver {
    /// Where the server is.
    pub address: SocketAddr,
    /// How many connections.
    pub connections: usize,
    /// Calls a second; without it each connection calls again when it has its answer.
    pub rate: Option<f64>,
}

/// What is asked, by whom, and what came of it.
#[derive(Debug)]
pub struct Work {
    /// Spells the calls.
    pub caller: Caller,
    /// Chooses them.
    pub plan: Plan,
    /// Counts them.
    pub tally: Tally,
    asked: u64,
}

impl Work {
    /// Nothing was asked yet.
    #[must_use]
    pub fn new(caller: Caller, plan: Plan, tally: Tally) -> Self {
        Self { caller, plan, tally, asked: 0 }
    }
}

impl Driver {
    /// Calls until the plan ends or a limit is reached; how long that took.
    pub async fn run(&self, work: &mut Option<Work>, limit: Limit) -> Duration {
        let clock = Clock::system();
        let started = clock.instant();
        let Some(mut own) = work.take() else { return Duration::ZERO };
        own.asked = 0;
        let shared = Arc::new(Mutex::new(own));
        let tickets = self.rate.map(|rate| Tickets::issue(rate, limit, self.connections, started));
        let mut lanes = JoinSet::new();
        for _ in 0..self.connections {
            let (clock, tickets, shared) = (clock.clone(), tickets.clone(), Arc::clone(&shared));
            let lane = Lane { address: self.address, clock, limit, started, tickets, shared };
            lanes.spawn(lane.run());
        }
        let all = async { while lanes.join_next().await.is_some() {} };
        let in_time = match limit.duration {
            Some(duration) => timeout(duration.saturating_add(PATIENCE), all).await.is_ok(),
            None => while_answers_come(all, &shared).await,
        };
        let took = clock.instant().duration_since(started);
        lanes.shutdown().await;
        if let Some(shared) = Arc::into_inner(shared) {
            let mut own = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
            if !in_time {
                own.tally.fault("answers did not come in time".into());
            }
            *work = Some(own);
        }
        took
    }
}

/// Whether the work ends; not when nothing more is asked for as long as an answer is waited for.
async fn while_answers_come(all: impl Future<Output = ()>, shared: &Mutex<Work>) -> bool {
    let mut all = pin!(all);
    let mut before = None;
    while timeout(PATIENCE, &mut all).await.is_err() {
        let asked = shared.lock().unwrap_or_else(PoisonError::into_inner).asked;
        if before.replace(asked) == Some(asked) {
            return false;
        }
    }
    true
}

/// One connection.
struct Lane {
    address: SocketAddr,
    clock: Clock,
    limit: Limit,
    started: Instant,
    tickets: Option<Tickets>,
    shared: Arc<Mutex<Work>>,
}

impl Lane {
    async fn run(self) {
        let mut wire = None;
        let mut request = Vec::with_capacity(1024);
        while let Some(since) = self.turn().await {
            let Some((call, expected)) = self.take(&mut request) else { return };
            let since = since.unwrap_or_else(|| self.clock.instant());
            let answer = exchange(&mut wire, self.address, &request).await;
            let took = self.clock.instant().duration_since(since);
            let broken = answer.is_err();
            self.work().tally.answer(call, expected.as_deref(), took, answer);
            if broken {
                wire = None;
            }
        }
    }

    /// Since when the next call is measured: its place in the schedule, or `Some(None)` for the moment it is sent.
    async fn turn(&self) -> Option<Option<Instant>> {
        match &self.tickets {
            Some(tickets) => tickets.next(self.started).await.map(Some),
            None => {
                let over = |duration| self.clock.instant().duration_since(self.started) >= duration;
                (!self.limit.duration.is_some_and(over)).then_some(None)
            }
        }
    }

    fn take(&self, request: &mut Vec<u8>) -> Option<(Call, Option<String>)> {
        let work = &mut *self.work();
        if work.asked >= self.limit.count {
            return None;
        }
        let call = work.plan.draw()?;
        work.asked += 1;
        request.clear();
        work.caller.write(call, request);
        Some((call, work.caller.expected_instance(call)))
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn exchange<'w>(
    wire: &'w mut Option<Wire>,
    address: SocketAddr,
    request: &[u8],
) -> Result<Answer<'w>, WireError> {
    let wire = match wire {
        Some(open) => open,
        None => wire.insert(Wire::connect(address).await?),
    };
    wire.exchange(request).await
}

/// The schedule of an open loop: every call has its time, whether or not a connection is free then.
#[derive(Clone)]
struct Tickets {
    due: Arc<Semaphore>,
    issued: Arc<AtomicU64>,
    interval: Duration,
    total: u64,
}

impl Tickets {
    /// A thread of its own keeps the time: the runtime's timers know whole milliseconds only.
    fn issue(rate: f64, limit: Limit, connections: usize, started: Instant) -> Self {
        let interval = Duration::from_secs_f64(1.0 / rate);
        let by_time = limit.duration.map_or(u64::MAX, |duration| whole(duration.as_secs_f64() * rate));
        let total = limit.count.min(by_time);
        let due = Arc::new(Semaphore::new(0));
        let tickets = Self { due: Arc::clone(&due), issued: Arc::default(), interval, total };
        std::thread::spawn(move || {
            let clock = Clock::system();
            let mut out = 0;
            while out < total {
                let passed = clock.instant().duration_since(started);
                let now_due = (whole(passed.as_secs_f64() * rate) + 1).min(total);
                if now_due > out {
                    due.add_permits(usize::try_from(now_due - out).unwrap_or(usize::MAX));
                    out = now_due;
                } else {
                    std::thread::sleep(at(interval, out).saturating_sub(passed));
                }
            }
            // One more each, so that every connection learns that there is nothing left.
            due.add_permits(connections);
        });
        tickets
    }

    async fn next(&self, started: Instant) -> Option<Instant> {
        // The semaphore is never closed.
        self.due.acquire().await.ok()?.forget();
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        (number < self.total).then(|| started + at(self.interval, number))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of calls, far below 2⁵³")]
fn whole(number: f64) -> u64 {
    number as u64
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls, far below 2⁵³")]
fn at(interval: Duration, number: u64) -> Duration {
    interval.mul_f64(number as f64)
}
