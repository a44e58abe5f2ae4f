//! What PostgreSQL says, as storage says it.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::storage::StorageError;

impl From<Error> for StorageError {
    /// Never the detail of an error: it repeats values.
    fn from(error: Error) -> Self {
        let Some(said) = error.as_db_error() else {
            return not_said(&error);
        };
        let message = || format!("{} ({})", said.message(), said.code().code());
        match said.code() {
            &SqlState::T_R_SERIALIZATION_FAILURE
            | &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::UNIQUE_VIOLATION => Self::Conflict(message()),
            &SqlState::LOCK_NOT_AVAILABLE | &SqlState::QUERY_CANCELED => Self::Slow(message()),
            &SqlState::READ_ONLY_SQL_TRANSACTION => Self::ReadOnly,
            &SqlState::DISK_FULL => Self::Full,
            &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED => Self::Corrupt(message()),
            // A writer that was taken for gone, and a batch that was given up.
            &SqlState::DIVISION_BY_ZERO => Self::Unreachable("this writer was given up".into()),
            code if ends_the_connection(code) => Self::Unreachable(message()),
            _ => Self::Other(message()),
        }
    }
}

/// An error without an answer: the connection is gone, or the program spoke it wrongly.
fn not_said(error: &Error) -> StorageError {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(deeper) = source {
        words = format!("{words}: {deeper}");
        source = deeper.source();
    }
    // A value that does not convert is a fault of the program; it has nothing to do with the connection.
    let is_ours = words.contains("serializing parameter") || words.contains("deserializing column");
    if is_ours { StorageError::Other(words) } else { StorageError::Unreachable(words) }
}

/// Classes 08 (connection) and 57P (shut down, starting up), and too many connections.
fn ends_the_connection(code: &SqlState) -> bool {
    let code = code.code();
    code.starts_with("08")
        || code.starts_with("57P")
        || code == SqlState::TOO_MANY_CONNECTIONS.code()
        || code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT.code()
}
