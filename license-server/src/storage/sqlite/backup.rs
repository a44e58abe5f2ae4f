//! A copy of the file as it is at one moment, while others read and write it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::{Sqlite, create_for_owner};
use crate::storage::StorageError;

/// How many pages are copied before progress is told.
const STEP: i32 = 2_048;
/// How long a lock of somebody else's is waited for, and how often in one backup.
const WAIT: Duration = Duration::from_millis(10);
const WAITS: u32 = 300;

/// What an SQLite file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The number of the last migration.
    pub schema_version: i64,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
}

impl Sqlite {
    /// Copies the database into a new file, which is whole and needs no other file beside it. Calls go on meanwhile.
    ///
    /// # Errors
    /// [`StorageError`], [`StorageError::Locked`] when somebody holds a lock for seconds.
    pub fn back_up(&self, to: &Path, mut progress: impl FnMut(u64, u64)) -> Result<(), StorageError> {
        create_for_owner(to);
        let mut copy = Connection::open(to)?;
        // One moment of the source, whatever is written to it meanwhile.
        let moment = self.connection.unchecked_transaction()?;
        moment.query_row("SELECT count(*) FROM sqlite_master", (), |_| Ok(()))?;
        let backup = Backup::new(&self.connection, &mut copy)?;
        let mut waits = 0;
        loop {
            let step = backup.step(STEP)?;
            let pages = backup.progress();
            let all = u64::try_from(pages.pagecount).unwrap_or(0);
            progress(all.saturating_sub(u64::try_from(pages.remaining).unwrap_or(0)), all);
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                // Of a moment that is held nobody can keep us for long.
                _ if waits < WAITS => {
                    waits += 1;
                    std::thread::sleep(WAIT);
                }
                _ => return Err(StorageError::Locked),
            }
        }
        drop(backup);
        drop(moment);
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        drop(copy);
        Ok(())
    }

    /// Looks at every page and every index.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] with the first fault.
    pub fn check_every_page(&self) -> Result<(), StorageError> {
        let said: String = self.connection.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
        if said == "ok" { Ok(()) } else { Err(StorageError::Corrupt(said)) }
    }

    /// The ids of the keys that its licenses were signed with.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn signing_keys(&self) -> Result<Vec<String>, StorageError> {
        let distinct = "SELECT DISTINCT key_id FROM application WHERE key_id IS NOT NULL ORDER BY key_id";
        let mut statement = self.connection.prepare(distinct)?;
        let found = statement.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// What is in it.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn stored(&self) -> Result<Stored, StorageError> {
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let mut tables = self.connection.prepare(tables)?;
        let names = tables.query_map((), |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        let mut rows = BTreeMap::new();
        for name in names {
            // A name that the file itself gave; quoted, since a damaged one may hold anything.
            let count = format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\""));
            let found: i64 = self.connection.query_row(&count, (), |row| row.get(0))?;
            rows.insert(name, u64::try_from(found).unwrap_or(0));
        }
        Ok(Stored { schema_version: self.version()?, rows })
    }
}
