//! One server at a time works on an SQLite file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::storage::StorageError;

/// The right to serve from an SQLite file. The system takes it back when the process ends, however that is.
#[derive(Debug)]
pub struct OnlyServer {
    // A file beside the database: SQLite loses its own locks when another handle of its file is closed. It stays there,
    // for one that is taken away while somebody opens it would be locked by both.
    file: File,
}

impl OnlyServer {
    /// Takes the right, at once or not at all. Operators' commands do without it. Where the file cannot be made or the
    /// file system has no locks there is none: what is wrong with the folder is named when the database is opened.
    ///
    /// # Errors
    /// [`StorageError::Served`], [`StorageError::Linked`]
    pub fn take(database: &Path) -> Result<Option<Self>, StorageError> {
        if has_two_names(database) {
            return Err(StorageError::Linked(database.display().to_string()));
        }
        let Ok(file) = open(&lock_file(database)) else { return Ok(None) };
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Err(StorageError::Served(database.display().to_string())),
            Err(TryLockError::Error(error)) => {
                if error.kind() == ErrorKind::Unsupported {
                    tracing::warn!("the file system has no locks; start no second server on this database");
                } else {
                    tracing::warn!(%error, "whether another server works on this database cannot be told");
                }
                Ok(None)
            }
        }
    }
}

impl Drop for OnlyServer {
    /// Closing alone would keep it for as long as a process that was just started here holds a copy of the file.
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the lock of the database goes when this process ends");
        }
    }
}

/// Whether the file has several hard links: SQLite names its log, and this its lock, by the name.
fn has_two_names(database: &Path) -> bool {
    #[cfg(unix)]
    return std::fs::metadata(database).is_ok_and(|file| std::os::unix::fs::MetadataExt::nlink(&file) > 1);
    #[cfg(not(unix))]
    {
        let _ = database;
        false
    }
}

/// `license.db-server` for `license.db`. Another path to the same file leads to the same lock.
fn lock_file(database: &Path) -> PathBuf {
    let real = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    let mut name = real.into_os_string();
    name.push("-server");
    name.into()
}

/// Nothing is ever written to it.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_refused_until_the_first_has_ended() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("license.db");
        let first = OnlyServer::take(&path).unwrap();
        assert!(first.is_some());
        assert!(matches!(OnlyServer::take(&path), Err(StorageError::Served(_))));
        drop(first);
        assert!(OnlyServer::take(&path).unwrap().is_some());
        assert!(OnlyServer::take(Path::new("nowhere/at/all.db")).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_database_with_two_names_is_not_served_under_either() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("license.db"), dir.path().join("other.db"));
        std::fs::write(&path, "").unwrap();
        let first = OnlyServer::take(&path).unwrap();
        std::fs::hard_link(&path, &other).unwrap();
        assert!(matches!(OnlyServer::take(&other), Err(StorageError::Linked(_))));
        drop(first);
        assert!(matches!(OnlyServer::take(&path), Err(StorageError::Linked(_))));
        std::fs::remove_file(&other).unwrap();
        assert!(OnlyServer::take(&path).unwrap().is_some());
    }
}
