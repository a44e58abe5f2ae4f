//! The embedded database.

mod checkpoints;
mod due;
mod load;
mod load_jobs;
mod rows;
mod suspects;
#[cfg(test)]
mod tests;
mod write;

pub(in crate::storage) use rows::{change_kind, rebased};

use std::path::Path;
use std::time::Duration;

use license_core::UnixTime;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior};

use super::StorageError;
use crate::engine::request::{Outcome, Request};
use crate::engine::{Rules, decide};
use checkpoints::Checkpoints;

/// Forward only; the number of the last one is the schema's version.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_orders.sql"),
    include_str!("migrations/0003_suspects.sql"),
];

/// How long a write waits for another process.
const BUSY: Duration = Duration::from_secs(3);

/// One connection to an SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    // Behind the connection, whose end is also its own.
    checkpoints: Option<Checkpoints>,
    /// What was erased must not be readable in the files any more.
    erases_for_good: bool,
    /// The log still holds what was erased.
    log_to_empty: bool,
}

impl Sqlite {
    /// Opens or makes the file and brings its schema up to date.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        create_for_owner(path);
        let mut this = Self::connect(path, OpenFlags::default())?;
        this.migrate()?;
        Ok(this)
    }

    /// Opens an existing file for reading.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn open_for_reading(path: &Path) -> Result<Self, StorageError> {
        let this = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        this.check_version()?;
        Ok(this)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, StorageError> {
        let open_error = |e: rusqlite::Error| match StorageError::from(e) {
            StorageError::Other(why) => StorageError::Open { path: path.display().to_string(), why },
            clear => clear,
        };
        let connection = Connection::open_with_flags(path, flags).map_err(open_error)?;
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(64);
        // Plans do not depend on bound values: otherwise every statement with a bound LIMIT is planned anew each time.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(open_error)?;
        if !flags.contains(OpenFlags::SQLITE_OPEN_READ_ONLY) {
            connection.pragma_update(None, "journal_mode", "WAL").map_err(open_error)?;
            connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
        }
        Ok(Self { connection, checkpoints: None, erases_for_good: false, log_to_empty: false })
    }

    /// From now on a thread of its own folds the log into the file.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn checkpoint_apart(&mut self) -> Result<(), StorageError> {
        if self.checkpoints.is_none() {
            self.checkpoints = Some(Checkpoints::start(&mut self.connection)?);
        }
        Ok(())
    }

    fn version(&self) -> Result<i64, StorageError> {
        Ok(self.connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
    }

    fn check_version(&self) -> Result<i64, StorageError> {
        let (found, known) = (self.version()?, i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX));
        if found > known { Err(StorageError::Newer { found, known }) } else { Ok(found) }
    }

    fn migrate(&mut self) -> Result<(), StorageError> {
        self.check_version()?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again under the write lock: another process may have migrated meanwhile.
        let applied: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        for (number, migration) in (1_i64..).zip(MIGRATIONS).filter(|(number, _)| *number > applied) {
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "user_version", number)?;
        }
        Ok(transaction.commit()?)
    }

    /// Keeps a setting's first value for ever.
    ///
    /// # Errors
    /// [`StorageError::Differs`] when another value is kept.
    pub fn keep_setting(&mut self, name: &'static str, given: &str) -> Result<(), StorageError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("INSERT OR IGNORE INTO setting (name, value) VALUES (?1, ?2)", (name, given))?;
        let kept: String =
            transaction.query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0))?;
        transaction.commit()?;
        if kept == given {
            Ok(())
        } else {
            Err(StorageError::Differs { name, given: given.to_owned(), kept })
        }
    }

    /// A setting that was kept.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn kept_setting(&self, name: &str) -> Result<Option<String>, StorageError> {
        let query = "SELECT value FROM setting WHERE name = ?1";
        Ok(self.connection.query_row(query, [name], |row| row.get(0)).optional()?)
    }

    /// Decides a batch of requests and commits what they changed, in one transaction.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing of the batch is written.
    pub fn decide(&mut self, rules: &Rules<'_>, requests: &[&Request]) -> Result<Vec<Outcome>, StorageError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut ledger = load::load(&transaction, rules.now, requests)?;
        let outcomes = requests.iter().map(|request| decide(&mut ledger, rules, request)).collect();
        write::write(&transaction, rules.now, &ledger)?;
        // At least as many answers are forgotten as are added, and no commit of its own is needed for it.
        prune_replays(&transaction, rules.now, requests.len() * 2)?;
        transaction.commit()?;
        self.log_to_empty |= self.erases_for_good && !ledger.ended.is_empty();
        self.empty_log()?;
        Ok(outcomes)
    }

    /// Whether buyers' data is kept.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn has_buyers(&self) -> Result<bool, StorageError> {
        Ok(self.connection.prepare_cached("SELECT 1 FROM buyer LIMIT 1")?.exists(())?)
    }

    /// From now on what is erased is overwritten, in the file and in its log.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn erase_for_good(&mut self) -> Result<(), StorageError> {
        self.connection.pragma_update(None, "secure_delete", "ON")?;
        self.erases_for_good = true;
        self.log_to_empty = true;
        self.empty_log()
    }

    /// Folds the log into the file and empties it; a reader at work puts that off to the next time.
    fn empty_log(&mut self) -> Result<(), StorageError> {
        if self.log_to_empty {
            self.connection.busy_timeout(Duration::ZERO)?;
            let busy =
                self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, bool>(0));
            self.connection.busy_timeout(BUSY)?;
            self.log_to_empty = busy.unwrap_or(true);
        }
        Ok(())
    }

    /// Whether the file can be read and written.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn check_writable(&mut self) -> Result<(), StorageError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("INSERT OR REPLACE INTO setting (name, value) VALUES ('checked', '')", ())?;
        transaction.commit()?;
        self.empty_log()
    }

    /// Whether the file is whole; reads all of it.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`]
    pub fn check_whole(&self) -> Result<(), StorageError> {
        let said: String = self.connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
        if said == "ok" { Ok(()) } else { Err(StorageError::Corrupt(said)) }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// Forgets answers that no call can ask for again, at most `limit` of them.
fn prune_replays(db: &Connection, now: UnixTime, limit: usize) -> Result<usize, StorageError> {
    // The oldest rows come first, so the scan ends where unexpired ones begin.
    let prune = "DELETE FROM replay WHERE n IN (SELECT n FROM replay ORDER BY n LIMIT ?2) AND until < ?1";
    Ok(db.prepare_cached(prune)?.execute((now.as_secs(), i64::try_from(limit).unwrap_or(i64::MAX)))?)
}

/// Digests and licenses are nobody else's business; SQLite gives its other files the mode of this one.
#[cfg(unix)]
fn create_for_owner(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;
    // What cannot be made here is named when it is opened.
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

#[cfg(not(unix))]
fn create_for_owner(_path: &Path) {}
