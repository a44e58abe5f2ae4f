//! What can go wrong with storage, in words an operator can act on.

use rusqlite::ErrorCode;

/// Why storage did not do what was asked. Nothing was half-written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The file cannot be opened.
    #[error("the database {path} cannot be opened: {why}")]
    Open {
        /// Where.
        path: String,
        /// What the system says.
        why: String,
    },
    /// Another server works on it.
    #[error(
        "another server is at work on {0}, and only one can be: end it first. Operators' commands work beside it; for \
         several servers there is PostgreSQL"
    )]
    Served(String),
    /// The database's file has two names.
    #[error(
        "{0} has another name as well (a hard link), and under each a server would write a log of its own: copy it, and \
         take the other name away"
    )]
    Linked(String),
    /// Others have a right to the file, and it cannot be taken from them.
    #[error(transparent)]
    Exposed(#[from] crate::private_file::Exposed),
    /// Another process holds the write lock.
    #[error("the database is locked by another process; end it, or wait until it is done")]
    Locked,
    /// The file or its folder cannot be written.
    #[error("the database is read-only; give the server's user the right to write the file and its folder")]
    ReadOnly,
    /// No space.
    #[error("the disk is full; the database cannot grow")]
    Full,
    /// The file is damaged or no database.
    #[error("the database is damaged, or the file is no SQLite database; restore a backup: {0}")]
    Corrupt(String),
    /// Written by a later version of this program.
    #[error("the database has schema version {found}, this program knows {known}; install a newer program")]
    Newer {
        /// The database's.
        found: i64,
        /// This program's.
        known: i64,
    },
    /// Made by an earlier version of this program.
    #[error(
        "the database has schema version {found}, this program needs {known}; the server brings it up to date when it starts"
    )]
    Older {
        /// The database's.
        found: i64,
        /// This program's.
        known: i64,
    },
    /// A copy that was interrupted.
    #[error(
        "the database is an unfinished copy of another one; run `license-server migrate-to` with it again until it \
         says that everything is there"
    )]
    HalfCopied,
    /// A setting that is kept in the database has another value there.
    #[error(
        "the setting {name} is `{given}`, but this database was made with `{kept}`; fingerprints of one cannot be \
         compared with those of the other, so keep it, or begin with an empty database"
    )]
    Differs {
        /// Which setting.
        name: &'static str,
        /// The setting's value now.
        given: String,
        /// The database's value.
        kept: String,
    },
    /// Activation codes of another secret.
    #[error(
        "the secret that activation codes are made from is another one than this database's codes were made from; \
         restore it (SECRET_FILE, or server.secret in the folder of keys), or give every instance a new code with \
         `license-server instances code --all --replace`"
    )]
    OtherSecret,
    /// A row that this program did not write.
    #[error("a row of table {table} cannot be read: {why}")]
    Row {
        /// Where.
        table: &'static str,
        /// What is wrong.
        why: String,
    },
    /// More calls are waiting than can be answered in time.
    #[error("too many calls are waiting")]
    Busy,
    /// The database server cannot be reached, is starting, stopping, or takes no more connections.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// Another server was at the same rows.
    #[error("another server changed the same rows: {0}")]
    Conflict(String),
    /// Somebody holds a lock for too long, or the database is too slow.
    #[error("the database took too long: {0}")]
    Slow(String),
    /// The connection was lost while it was committed.
    #[error("the connection to the database was lost during a commit; whether it was written is not known")]
    Unknown,
    /// The writer has ended.
    #[error("storage was closed")]
    Closed,
    /// Anything else the database says.
    #[error("database: {0}")]
    Other(String),
}

impl StorageError {
    /// Whether one request of a batch can have caused it, so that the others may succeed without it.
    #[must_use]
    pub fn may_be_of_one_request(&self) -> bool {
        matches!(self, Self::Row { .. } | Self::Other(_) | Self::Conflict(_) | Self::Slow(_))
    }

    /// Whether the same may succeed on a new attempt.
    #[must_use]
    pub(super) fn passes(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Conflict(_) | Self::ReadOnly)
    }
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}
