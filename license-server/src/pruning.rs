//! Old rows are deleted a few at a time, between the calls and by one server.

use std::collections::BTreeMap;
use std::time::Duration;

use license_core::UnixTime;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::clock_watch::ClockWatch;
use crate::storage::retention::{Found, Prunable, Retention};
use crate::storage::{StorageError, Store};

/// How often it is looked whether it is time.
const LOOKED: Duration = Duration::from_secs(5);
/// How long after a pass the next one begins, in seconds.
const PASS: i64 = 6 * 3600;
/// For how long a server that prunes is left to it, in seconds; another one goes on where it does not say that it still
/// does.
const LEASE: i64 = 20;
/// A step is followed by a pause this many times as long, so that pruning takes a twentieth of a writer's time, and
/// less while calls wait.
const PAUSE: u32 = 19;
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long nothing is pruned when more calls wait than can be answered in time.
const WHEN_BUSY: Duration = Duration::from_secs(1);

/// Deletes what nobody needs any more.
#[derive(Clone, Debug)]
pub(crate) struct Pruner {
    store: Store,
    watch: ClockWatch,
    clock: Clock,
    retention: Retention,
    /// Which server this is.
    who: String,
}

/// How many rows of each table are gone.
pub(crate) type Pruned = BTreeMap<Prunable, u64>;

impl Pruner {
    pub(crate) fn new(store: Store, watch: ClockWatch, retention: Retention) -> Self {
        let clock = watch.clock().clone();
        Self { store, watch, clock, retention, who: format!("{:032x}", rand::random::<u128>()) }
    }

    /// Runs until `stop` becomes true.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            let mut pruned = Pruned::new();
            let ended = tokio::select! {
                // A step under way is carried out all the same.
                _ = stop.wait_for(|stop| *stop) => None,
                ended = self.pass(&mut pruned) => Some(ended),
            };
            tell(&pruned);
            match ended {
                None => return,
                Some(Err(error)) => {
                    tracing::warn!(%error, "old rows were not all pruned; that goes on later")
                }
                Some(Ok(())) => {}
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(LOOKED) => {}
            }
        }
    }

    /// Walks all tables, if it is time to and no other server does.
    pub(crate) async fn pass(&self, pruned: &mut Pruned) -> Result<(), StorageError> {
        // By a clock that jumped everything is old.
        let Ok(began) = self.watch.believed() else { return Ok(()) };
        let is_due = self.store.read(move |reader| reader.is_pruning_due(began)).await?;
        if !is_due || !self.lease(LEASE).await? {
            return Ok(());
        }
        let mut leased = began;
        for table in Prunable::ALL {
            let Some(kept) = self.retention.of(table) else { continue };
            let (before, mut next) = (began.minus(kept), Some(i64::MIN));
            while let Some(after) = next {
                let from = self.clock.instant();
                match self.step(table, before, after, pruned).await {
                    Ok(found) => next = found.next,
                    Err(StorageError::Busy) => tokio::time::sleep(WHEN_BUSY).await,
                    Err(error) => return Err(error),
                }
                let took = self.clock.instant().saturating_duration_since(from);
                tokio::time::sleep((took * PAUSE).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)).await;
                if self.clock.now() >= leased.plus(LEASE / 2) {
                    leased = self.clock.now();
                    if !self.lease(LEASE).await? {
                        return Ok(());
                    }
                }
            }
        }
        if !pruned.is_empty() {
            // What was personal of it leaves SQLite's log as well.
            self.store.ready().await?;
        }
        self.lease(PASS).await.map(drop)
    }

    async fn step(
        &self,
        table: Prunable,
        before: UnixTime,
        after: i64,
        pruned: &mut Pruned,
    ) -> Result<Found, StorageError> {
        let found = self.store.read(move |reader| reader.find_old(table, before, after)).await?;
        if !found.keys.is_empty() {
            let keys = found.keys.clone();
            let gone = self.store.write(move |db| db.prune(table, before, &keys)).await?;
            *pruned.entry(table).or_default() += gone;
            metrics::counter!("license_rows_pruned_total", "table" => table.name()).increment(gone);
        }
        Ok(found)
    }

    /// Whether pruning is this server's for so many seconds from now.
    async fn lease(&self, seconds: i64) -> Result<bool, StorageError> {
        let (who, now) = (self.who.clone(), self.clock.now());
        self.store.write(move |db| db.lease_pruning(&who, now, now.plus(seconds))).await
    }
}

fn tell(pruned: &Pruned) {
    let count = |table| pruned.get(&table).copied().unwrap_or_default();
    if pruned.values().any(|count| *count > 0) {
        tracing::info!(
            applications = count(Prunable::Applications),
            deliveries = count(Prunable::Deliveries),
            history = count(Prunable::History),
            notices = count(Prunable::Notices),
            "old rows were pruned"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::engine::ids::{LineId, OrderId, OrderLine};
    use crate::engine::request::{Command, Outcome, Request};
    use crate::storage::{Address, Database, Param};

    const NOW: i64 = 1_790_000_000;
    const DAY: i64 = 86_400;

    fn notice(n: usize) -> Request {
        let line = LineId::parse(&format!("line-{n}")).unwrap();
        let order = OrderLine { order: OrderId::parse("order").unwrap(), line };
        Request { replay: None, entropy: [0; 16], command: Command::Notice { order } }
    }

    /// A server's storage with as many old rows of history.
    fn old(rows: i64) -> (tempfile::TempDir, App, Pruner) {
        let dir = tempfile::tempdir().unwrap();
        let app = App::in_folder(dir.path(), NOW * 1000);
        let mut db = Address::Sqlite(dir.path().join("license.db")).open().unwrap();
        let params: Vec<_> = (0..rows).map(|n| [Param::Int(NOW - 731 * DAY - n % 9)]).collect();
        let sets: Vec<&[Param<'_>]> = params.iter().map(|params| &params[..]).collect();
        let insert = "INSERT INTO history (instance, at, what, detail) VALUES (1, ?1, 'x', '')";
        db.execute(insert, &sets).unwrap();
        let pruner = Pruner::new(app.store.clone(), app.clock_watch.clone(), Retention::default());
        (dir, app, pruner)
    }

    async fn left(app: &App) -> usize {
        let count = |db: &dyn Database| {
            let mut rows = 0;
            db.select("SELECT n FROM history", &[], &mut |_| {
                rows += 1;
                Ok(())
            })?;
            Ok(rows)
        };
        app.store.read(count).await.unwrap()
    }

    #[tokio::test]
    async fn calls_are_answered_while_rows_go_step_by_step() {
        let (_dir, app, pruner) = old(2_000);
        let mut answered = 0;
        let mut pass = std::pin::pin!(async {
            let mut pruned = Pruned::new();
            pruner.pass(&mut pruned).await.map(|()| pruned)
        });
        let pruned = loop {
            tokio::select! {
                biased;
                outcome = app.store.submit(notice(answered)) => {
                    assert_eq!(outcome, Ok(Outcome::Done));
                    answered += 1;
                }
                ended = &mut pass => {
                    break ended;
                }
            }
        };
        assert!(answered > 10, "{answered}");
        assert_eq!(pruned, Ok(Pruned::from([(Prunable::History, 2_000)])));
        assert_eq!(left(&app).await, 0);
    }

    #[tokio::test]
    async fn a_second_server_and_a_second_pass_find_that_it_is_not_their_turn() {
        let (_dir, app, pruner) = old(1);
        let other = Pruner::new(app.store.clone(), app.clock_watch.clone(), Retention::default());
        assert_eq!(other.lease(LEASE).await, Ok(true));
        let mut pruned = Pruned::new();
        assert_eq!(pruner.pass(&mut pruned).await, Ok(()));
        assert_eq!((pruned.len(), left(&app).await), (0, 1));
        assert_eq!(other.pass(&mut pruned).await, Ok(()), "it looks like any other");
        assert_eq!((pruned.len(), left(&app).await), (0, 1));
    }

    #[tokio::test]
    async fn a_clock_that_jumped_deletes_nothing_until_it_is_right_again() {
        let (_dir, app, pruner) = old(1);
        let hand = app.clock.hand().unwrap();
        for ms in [3 * 365 * DAY * 1000, -3 * 365 * DAY * 1000] {
            hand.jump_ms(ms);
            let mut pruned = Pruned::new();
            assert_eq!(pruner.pass(&mut pruned).await, Ok(()));
            assert_eq!((pruned.len(), left(&app).await), (0, 1));
            hand.jump_ms(-ms);
        }
        assert_eq!(pruner.pass(&mut Pruned::new()).await, Ok(()));
        assert_eq!(left(&app).await, 0);
    }

    #[tokio::test]
    async fn what_is_kept_for_ever_stays() {
        let (_dir, app, pruner) = old(1);
        let retention = Retention { history: None, ..Retention::default() };
        let mut pruned = Pruned::new();
        assert_eq!(Pruner { retention, ..pruner }.pass(&mut pruned).await, Ok(()));
        assert_eq!((pruned.len(), left(&app).await), (0, 1));
    }
}
