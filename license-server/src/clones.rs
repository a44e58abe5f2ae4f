//! Suspected clones are looked for between the calls, by one server.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::storage::clones::LOOKED_AT;
use crate::storage::{StorageError, Store};

/// How often it is looked whether there is something to look at.
const LOOKED: Duration = Duration::from_secs(1);
/// For how long this is left to a server, in seconds; another one goes on where it does not say that it still does.
const LEASE: i64 = 20;
/// A step is followed by a pause this many times as long, so that it takes a tenth of a writer's time, and less while
/// calls wait.
const PAUSE: u32 = 9;
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Looks for clones.
#[derive(Clone, Debug)]
pub(crate) struct CloneFinder {
    store: Store,
    clock: Clock,
    /// Which server this is.
    who: String,
}

impl CloneFinder {
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, who: format!("{:032x}", rand::random::<u128>()) }
    }

    /// Runs until `stop` becomes true.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                // A step under way is carried out all the same.
                _ = stop.wait_for(|stop| *stop) => return,
                ended = self.pass() => match ended {
                    Ok(()) | Err(StorageError::Busy) => {}
                    Err(error) => tracing::warn!(%error, "suspected clones were not all noted; that goes on later"),
                },
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(LOOKED) => {}
            }
        }
    }

    /// Looks at all there is, if no other server does.
    async fn pass(&self) -> Result<(), StorageError> {
        if !self.store.read(|reader| reader.has_moved_seats()).await? {
            return Ok(());
        }
        loop {
            let (who, now) = (self.who.clone(), self.clock.now());
            let from = self.clock.instant();
            let step = self.store.write(move |db| {
                if !db.lease("clones", &who, now, now.plus(LEASE))? {
                    return Ok(0);
                }
                db.note_clones(now)
            });
            if step.await? < LOOKED_AT {
                return Ok(());
            }
            let took = self.clock.instant().saturating_duration_since(from);
            tokio::time::sleep((took * PAUSE).min(LONGEST_PAUSE)).await;
        }
    }
}
