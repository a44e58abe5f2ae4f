//! Folding the log into the file, beside the writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::clock::Clock;
use crate::fault;
use crate::storage::StorageError;

/// How long the log may grow before it is folded, in pages of 4 KiB. The longer, the more changes of one page are
/// folded as one, and the longer a start after a crash takes.
const PAGES: i32 = 8192;
/// How often the log is read for one fold, at most.
const PASSES: u32 = 5;
/// How many pages the writer may fold itself.
const FEW: i64 = 128;
/// How often the log's length is looked at, and a fold that a reader held up is tried again.
const LOOKED_AT: Duration = Duration::from_secs(1);
/// After how many seconds it is said that a reader holds the log, and after how many more again.
const SAID: (u64, u64) = (10, 60);

/// A thread with a connection of its own; it ends with the writer's connection.
#[derive(Debug)]
pub(super) struct Checkpoints(Option<JoinHandle<()>>);

impl Checkpoints {
    /// Takes the place of the writer's own checkpoints.
    ///
    /// While calls keep coming the other thread never catches up with the end of the log. So when it has folded nearly
    /// all, the writer folds what was added since, between two of its commits, and the log begins anew.
    pub(super) fn start(writer: &mut Connection) -> Result<Self, StorageError> {
        let Some(path) = writer.path().filter(|path| !path.is_empty()).map(str::to_owned) else {
            return Ok(Self(None));
        };
        let own = Connection::open(&path)?;
        let (wake, woken) = sync_channel::<()>(1);
        let state = Arc::new(State::default());
        let known = Arc::clone(&state);
        let log = PathBuf::from(path + "-wal");
        let thread = std::thread::Builder::new()
            .name("checkpoints".into())
            .spawn(move || fold_when_woken(&own, &log, &woken, &known))
            .map_err(|e| StorageError::Other(format!("the checkpoint thread cannot be started: {e}")))?;
        writer.wal_hook(Some(move |log: &mut Wal, pages| after_commit(log, pages, &wake, &state)))?;
        Ok(Self(Some(thread)))
    }
}

/// What the writer and the thread know of each other.
#[derive(Debug, Default)]
struct State {
    /// All but a few pages were folded: the writer folds the rest.
    nearly_all: AtomicBool,
    /// How long the log was after the last commit, in pages.
    pages: AtomicI32,
}

fn after_commit(log: &mut Wal, pages: i32, wake: &SyncSender<()>, state: &State) -> rusqlite::Result<()> {
    state.pages.store(pages, Ordering::Release);
    if state.nearly_all.swap(false, Ordering::Acquire) {
        // The commit is done; what cannot be folded now is folded another time.
        let _ = log.checkpoint();
    } else if pages >= longest() {
        // Full means that it is at work.
        let _ = wake.try_send(());
    }
    Ok(())
}

fn fold_when_woken(db: &Connection, log: &Path, woken: &Receiver<()>, state: &State) {
    let mut watch = Watch::default();
    loop {
        let is_held = match woken.recv_timeout(LOOKED_AT) {
            Ok(()) => fold(db, state),
            Err(RecvTimeoutError::Timeout) => watch.since.is_some() && fold(db, state),
            Err(RecvTimeoutError::Disconnected) => break,
        };
        // Calls wake it more often than it looks by itself.
        watch.report(log, is_held);
    }
    // Connections that are closed at the same moment each leave the log to the other.
    let folded = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, bool>(0));
    if let Err(error) = folded {
        tracing::error!(%error, "the database's log was not folded into its file; the next start does it");
    }
}

/// Folds what it can, and says whether a reader keeps the log from being folded as far as it went at the beginning.
fn fold(db: &Connection, state: &State) -> bool {
    // What is written meanwhile is folded in further passes, until little is left for the writer.
    let (mut known, mut is_held) = (0, false);
    for _ in 0..PASSES {
        let due = i64::from(state.pages.load(Ordering::Acquire));
        let pass = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |row| {
            Ok((row.get::<_, bool>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        });
        match pass {
            Ok((busy, frames, folded)) => {
                // A log that is shorter than it was has begun anew meanwhile.
                is_held = !busy && frames >= due && folded < due;
                if is_held || frames - known <= FEW {
                    break;
                }
                known = frames;
            }
            Err(error) => {
                tracing::error!(%error, "the database's log was not folded into its file; it grows");
                break;
            }
        }
    }
    state.nearly_all.store(!is_held, Ordering::Release);
    is_held
}

/// Since when a reader holds the log, and what was said of it.
#[derive(Debug, Default)]
struct Watch {
    since: Option<Instant>,
    /// At how many seconds it is to be said the next time; 0 while nothing was said.
    next: u64,
}

impl Watch {
    /// Tells of the log: always in the metrics, and in the program's log where a reader holds it for long.
    fn report(&mut self, log: &Path, is_held: bool) {
        let bytes = std::fs::metadata(log).map_or(0, |file| file.len());
        #[expect(clippy::cast_precision_loss, reason = "exact up to eight petabytes")]
        metrics::gauge!("license_database_log_bytes").set(bytes as f64);
        if !is_held {
            if std::mem::take(&mut self.next) > 0 {
                tracing::info!(bytes, "the database's log is emptied again");
            }
            self.since = None;
            metrics::gauge!("license_database_log_held_seconds").set(0.0);
            return;
        }
        let now = Clock::system().instant();
        let held = now.saturating_duration_since(*self.since.get_or_insert(now));
        metrics::gauge!("license_database_log_held_seconds").set(held.as_secs_f64());
        let first = fault::log_held().map_or(SAID.0, |(_, first)| first);
        if held.as_secs() >= self.next.max(first) {
            self.next = held.as_secs() + SAID.1;
            tracing::warn!(
                bytes,
                seconds = held.as_secs(),
                "the database's log cannot be emptied and grows, because somebody has been reading the database since \
                 before: end the other program that has it open, or its transaction"
            );
        }
    }
}

/// How long the log may grow before it is folded, in pages.
fn longest() -> i32 {
    fault::log_held().map_or(PAGES, |(pages, _)| pages)
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // A panic there is over and was printed.
            let _ = thread.join();
        }
    }
}
