//! One agent at a time: a lock that ends with the process that holds it.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How often it is looked whether the other one is done.
const LOOKS_PER_SECOND: u64 = 20;

/// The right to change a product's files, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    // Closing it gives the lock back, also when the process is killed. The file stays: one that is taken away while
    // another agent waits for it would be locked by both.
    _file: File,
}

impl Lock {
    /// Waits for at most so many seconds; nothing if it was not to be had.
    pub(super) fn take(path: &Path, patience: u64, waiting: impl FnOnce()) -> io::Result<Option<Self>> {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut waiting = Some(waiting);
        for _ in 0..=patience.saturating_mul(LOOKS_PER_SECOND) {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    // Some network file systems have no locks. Files are still replaced as a whole.
                    return Ok(Some(Self { _file: file }));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            if let Some(tell) = waiting.take() {
                tell();
            }
            thread::sleep(Duration::from_millis(1_000 / LOOKS_PER_SECOND));
        }
        Ok(None)
    }
}
