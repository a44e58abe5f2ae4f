//! Folding the log into the file, beside the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::storage::StorageError;

/// How long the log may grow before it is folded, in pages of 4 KiB. The longer, the more changes of one page are
/// folded as one, and the longer a start after a crash takes.
const PAGES: i32 = 8192;
/// How often the log is read for one fold, at most.
const PASSES: u32 = 5;
/// How many pages the writer may fold itself.
const FEW: i64 = 128;

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
        let own = Connection::open(path)?;
        let (wake, woken) = sync_channel::<()>(1);
        let nearly_all = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&nearly_all);
        let thread = std::thread::Builder::new()
            .name("checkpoints".into())
            .spawn(move || fold_when_woken(&own, &woken, &done))
            .map_err(|e| StorageError::Other(format!("the checkpoint thread cannot be started: {e}")))?;
        writer.wal_hook(Some(move |log: &mut Wal, pages| after_commit(log, pages, &wake, &nearly_all)))?;
        Ok(Self(Some(thread)))
    }
}

fn after_commit(
    log: &mut Wal,
    pages: i32,
    wake: &SyncSender<()>,
    nearly_all: &AtomicBool,
) -> rusqlite::Result<()> {
    if nearly_all.swap(false, Ordering::Acquire) {
        // The commit is done; what cannot be folded now is folded another time.
        let _ = log.checkpoint();
    } else if pages >= PAGES {
        // Full means that it is at work.
        let _ = wake.try_send(());
    }
    Ok(())
}

fn fold_when_woken(db: &Connection, woken: &Receiver<()>, nearly_all: &AtomicBool) {
    while woken.recv().is_ok() {
        // What is written meanwhile is folded in further passes, until little is left for the writer.
        let mut known = 0;
        for _ in 0..PASSES {
            match db.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |row| row.get::<_, i64>(1)) {
                Ok(frames) if frames - known <= FEW => break,
                Ok(frames) => known = frames,
                Err(error) => {
                    tracing::error!(%error, "the database's log was not folded into its file; it grows");
                    break;
                }
            }
        }
        nearly_all.store(true, Ordering::Release);
    }
    // Connections that are closed at the same moment each leave the log to the other.
    let folded = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, bool>(0));
    if let Err(error) = folded {
        tracing::error!(%error, "the database's log was not folded into its file; the next start does it");
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // A panic there is over and was printed.
            let _ = thread.join();
        }
    }
}
