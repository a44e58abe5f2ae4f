//! The embedded database.

mod backup;
mod checkpoints;
mod load;
mod load_activations;
mod load_jobs;
mod only_server;
mod suspects;
#[cfg(test)]
mod tests;
mod write;

use std::path::Path;
use std::time::Duration;

use license_core::UnixTime;
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params_from_iter};

use super::columns::{Columns, fault};
use super::{Database, Param, Statement, StorageError, replays_until};
use crate::engine::request::{Outcome, Request};
use crate::engine::{Rules, decide};
use crate::private_file;
pub use backup::Stored;
use checkpoints::Checkpoints;
pub use only_server::OnlyServer;

/// Forward only; the number of the last one is the schema's version.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_orders.sql"),
    include_str!("migrations/0003_suspects.sql"),
    include_str!("migrations/0004_activation.sql"),
    include_str!("migrations/0005_narrow.sql"),
    include_str!("migrations/0006_clones.sql"),
    include_str!("migrations/0007_bytes.sql"),
    include_str!("migrations/0008_keys.sql"),
    include_str!("migrations/0009_given.sql"),
    include_str!("migrations/0010_device_key.sql"),
];

/// How long a write waits for another process.
const BUSY: Duration = crate::fault::patience(Duration::from_secs(3));

/// Every so many batches old answers are forgotten.
const FORGETS_EVERY: usize = 8;
/// How many of them where a batch has few calls, at most.
const FORGOTTEN: usize = 512;

/// How much of the file a connection keeps in memory, at most.
const CACHE_KIB: i64 = 16 * 1024;

/// Whether other connections may have the file open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Allowed,
    ShutOut,
}

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
    /// What a batch met with: damage does not go away, though other pages can still be written.
    damage: Option<StorageError>,
    /// How many batches were decided.
    batches: usize,
    /// The log still holds rows that were old; that need not end before the next call is answered.
    log_holds_old: bool,
}

impl Sqlite {
    /// Opens or makes the file and brings its schema up to date.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        create_for_owner(path);
        private_file::close_database(path)?;
        // SQLite would give its other files the same mode, which then outlives the mode of this one.
        if std::fs::metadata(path).is_ok_and(|file| file.permissions().readonly()) {
            return Err(StorageError::ReadOnly);
        }
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

    /// Opens an existing file that nobody else has open, and leaves it as it is; nobody else can open it until this one
    /// is closed.
    ///
    /// # Errors
    /// [`StorageError::Locked`] when somebody has, [`StorageError::Older`] when a server has to bring it up to date.
    pub fn open_alone(path: &Path) -> Result<Self, StorageError> {
        let this = Self::connect_as(path, OpenFlags::SQLITE_OPEN_READ_WRITE, Others::ShutOut)?;
        let known = known();
        let found = this.check_version()?;
        if found < known {
            return Err(StorageError::Older { found, known });
        }
        // The lock stays when the transaction has ended.
        this.connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
        Ok(this)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, StorageError> {
        Self::connect_as(path, flags, Others::Allowed)
    }

    fn connect_as(path: &Path, flags: OpenFlags, others: Others) -> Result<Self, StorageError> {
        let open_error = |e: rusqlite::Error| match StorageError::from(e) {
            StorageError::Other(why) => StorageError::Open { path: path.display().to_string(), why },
            clear => clear,
        };
        let connection = Connection::open_with_flags(path, flags).map_err(open_error)?;
        connection.busy_timeout(BUSY)?;
        if others == Others::ShutOut {
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        }
        connection.set_prepared_statement_cache_capacity(64);
        // Plans do not depend on bound values: otherwise every statement with a bound LIMIT is planned anew each time.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(open_error)?;
        if !flags.contains(OpenFlags::SQLITE_OPEN_READ_ONLY) && others == Others::Allowed {
            connection.pragma_update(None, "journal_mode", "WAL").map_err(open_error)?;
            connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
            connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        }
        Ok(Self {
            connection,
            checkpoints: None,
            erases_for_good: false,
            log_to_empty: false,
            damage: None,
            batches: 0,
            log_holds_old: false,
        })
    }

    fn version(&self) -> Result<i64, StorageError> {
        Ok(self.connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
    }

    fn check_version(&self) -> Result<i64, StorageError> {
        let (found, known) = (self.version()?, known());
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

    fn decide_at_once(
        &mut self,
        rules: &Rules<'_>,
        requests: &[&Request],
    ) -> Result<Vec<Outcome>, StorageError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut ledger = load::load(&transaction, rules.now, requests)?;
        let outcomes = requests.iter().map(|request| decide(&mut ledger, rules, request)).collect();
        write::write(&transaction, rules.now, &ledger)?;
        // More answers are forgotten than are added, and no commit of its own is needed for it.
        if rules.forgets_answers && self.batches.is_multiple_of(FORGETS_EVERY) {
            prune_replays(&transaction, rules.now, (requests.len() * 2 * FORGETS_EVERY).max(FORGOTTEN))?;
        }
        transaction.commit()?;
        self.batches = self.batches.wrapping_add(1);
        if !self.erases_for_good && ledger.names_a_machine() {
            self.erase_for_good()?;
        }
        self.log_to_empty |= self.erases_for_good && (ledger.erased_name || !ledger.ended.is_empty());
        self.empty_log()?;
        Ok(outcomes)
    }
}

impl Database for Sqlite {
    fn decide(&mut self, rules: &Rules<'_>, requests: &[&Request]) -> Result<Vec<Outcome>, StorageError> {
        let decided = self.decide_at_once(rules, requests);
        if let Err(damage @ StorageError::Corrupt(_)) = &decided {
            self.damage = Some(damage.clone());
        }
        decided
    }

    fn select(
        &self,
        query: &str,
        params: &[Param<'_>],
        read: &mut dyn FnMut(&dyn Columns) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let mut statement = self.connection.prepare_cached(query)?;
        let mut found = statement.query(params_from_iter(params))?;
        while let Some(row) = found.next()? {
            read(row)?;
        }
        Ok(())
    }

    fn execute(&mut self, statement: &str, sets: &[&[Param<'_>]]) -> Result<(), StorageError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for params in sets {
            transaction.prepare_cached(statement)?.execute(params_from_iter(*params))?;
        }
        Ok(transaction.commit()?)
    }

    fn carry_out(&mut self, statements: &[Statement<'_>]) -> Result<Vec<u64>, StorageError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut changed = Vec::with_capacity(statements.len());
        for Statement { text, params } in statements {
            let rows = transaction.prepare_cached(text)?.execute(params_from_iter(*params))?;
            changed.push(u64::try_from(rows).unwrap_or(u64::MAX));
        }
        transaction.commit()?;
        self.log_holds_old |= self.erases_for_good;
        Ok(changed)
    }

    fn check_writable(&mut self) -> Result<(), StorageError> {
        if let Some(damage) = &self.damage {
            return Err(damage.clone());
        }
        self.log_to_empty |= std::mem::take(&mut self.log_holds_old);
        self.execute("INSERT OR REPLACE INTO setting (name, value) VALUES ('checked', '')", &[&[]])?;
        self.empty_log()
    }

    fn check_whole(&self) -> Result<(), StorageError> {
        let said: String = self.connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
        if said == "ok" { Ok(()) } else { Err(StorageError::Corrupt(said)) }
    }

    fn erase_for_good(&mut self) -> Result<(), StorageError> {
        self.connection.pragma_update(None, "secure_delete", "ON")?;
        self.erases_for_good = true;
        self.log_to_empty = true;
        self.empty_log()
    }

    fn finish_erasing(&mut self) -> Result<bool, StorageError> {
        self.log_to_empty |= std::mem::take(&mut self.log_holds_old);
        self.empty_log()?;
        Ok(!self.log_to_empty)
    }

    /// Nobody else works on this file, so whoever had a lease is gone.
    fn end_leases(&mut self, now: UnixTime) -> Result<(), StorageError> {
        let now: &[&[Param<'_>]] = &[&[Param::Int(now.as_secs())]];
        self.execute(
            "UPDATE delivery SET at = ?1 WHERE status IN (0, 4, 5) AND status <> 0 AND at > ?1",
            now,
        )?;
        self.execute("UPDATE inquiry SET at = ?1 WHERE status = 0", now)
    }

    /// A thread of its own folds the log into the file.
    fn checkpoint_apart(&mut self) -> Result<(), StorageError> {
        if self.checkpoints.is_none() {
            self.checkpoints = Some(Checkpoints::start(&mut self.connection)?);
        }
        Ok(())
    }

    fn is_shared(&self) -> bool {
        false
    }
}

impl Columns for rusqlite::Row<'_> {
    fn int(&self, column: usize) -> Result<Option<i64>, StorageError> {
        self.get_ref(column)?.as_i64_or_null().map_err(|e| fault(column, &e.to_string()))
    }

    fn text(&self, column: usize) -> Result<Option<&str>, StorageError> {
        self.get_ref(column)?.as_str_or_null().map_err(|e| fault(column, &e.to_string()))
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StorageError> {
        self.get_ref(column)?.as_blob_or_null().map_err(|e| fault(column, &e.to_string()))
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match *self {
            Self::Int(number) | Self::MaybeInt(Some(number)) => ValueRef::Integer(number),
            Self::Text(text) | Self::MaybeText(Some(text)) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Self::MaybeInt(None) | Self::MaybeText(None) | Self::Bytes(None) => ValueRef::Null,
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

/// The schema of this program.
fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Forgets answers that no call can ask for again, at most `limit` of them.
fn prune_replays(db: &Connection, now: UnixTime, limit: usize) -> Result<usize, StorageError> {
    // The oldest rows come first, and no younger one is looked at.
    let prune = "DELETE FROM replay WHERE (signed_at, signature) IN \
         (SELECT signed_at, signature FROM replay WHERE signed_at < ?3 ORDER BY signed_at LIMIT ?2) AND until < ?1 \
         RETURNING signed_at";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(prune)?;
    let gone = statement.query_map((now.as_secs(), limit, replays_until(now)), |row| row.get::<_, i64>(0))?;
    let gone = gone.collect::<rusqlite::Result<Vec<_>>>()?;
    if let Some(last) = gone.iter().max() {
        let keep = "INSERT INTO setting (name, value) VALUES ('replays-forgotten', CAST(?1 AS TEXT)) ON CONFLICT (name) \
             DO UPDATE SET value = CAST(max(CAST(setting.value AS INTEGER), ?1) AS TEXT)";
        db.prepare_cached(keep)?.execute([last])?;
    }
    Ok(gone.len())
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
