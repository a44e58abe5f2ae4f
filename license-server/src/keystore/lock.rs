//! One command at a time changes a folder of keys.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use super::{KeyStoreError, Result};

/// Its file in the folder. It stays there: one that is taken away while another command waits would be locked by both.
const FILE: &str = "keys.lock";
/// How often it is tried, twenty times in a second.
const TRIES: u32 = 200;

/// The right to change the folder, until it is dropped; it ends with the process as well.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for at most ten seconds.
    pub(super) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let fault = |e: io::Error| KeyStoreError::File { path: path.clone(), why: e.to_string() };
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(fault)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(50)),
                // Some network file systems have no locks. The list is still replaced as a whole.
                Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Self { _file: file });
                }
                Err(TryLockError::Error(e)) => return Err(fault(e)),
            }
        }
        Err(KeyStoreError::Busy(folder.to_owned()))
    }
}
