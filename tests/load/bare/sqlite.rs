//! Inserts rows into a new SQLite file, one statement for each row.

use std::path::Path;
use std::time::Duration;

use license_server::clock::Clock;
use license_server::storage::Sqlite;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::batches::Batch;
use super::rows::{Cell, Row, Sample, Table};
use crate::telling::Telling;

/// As much of the file is kept in memory as the server keeps.
const CACHE_KIB: i64 = 16 * 1024;

/// Inserts the batches beside the file that they were read from, on the same disk; how long that took.
pub(super) fn insert(
    beside: &Path,
    sample: &Sample,
    batches: &[Batch<'_>],
    telling: &Telling,
) -> Result<Duration, String> {
    let parent = beside.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = tempfile::tempdir_in(parent.unwrap_or(Path::new("."))).map_err(|e| e.to_string())?;
    let path = folder.path().join("bare.db");
    // The server's own schema and kind of log.
    drop(Sqlite::open(&path).map_err(|e| e.to_string())?);
    write(&path, sample, batches, telling).map_err(|e| e.to_string())
}

fn write(
    path: &Path,
    sample: &Sample,
    batches: &[Batch<'_>],
    telling: &Telling,
) -> rusqlite::Result<Duration> {
    let mut db = Connection::open(path)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let transaction = db.transaction()?;
    let instance = insertion(&sample.instance);
    insert_all(&transaction, &instance, &sample.instances.iter().collect::<Vec<_>>())?;
    transaction.commit()?;
    let inserts: Vec<_> = sample.tables.iter().map(insertion).collect();
    let counts = update(&sample.counts);
    let clock = Clock::system();
    let started = clock.instant();
    for batch in batches {
        let transaction = db.transaction()?;
        insert_all(&transaction, &counts, &batch.counts)?;
        for (statement, rows) in inserts.iter().zip(&batch.inserts) {
            insert_all(&transaction, statement, rows)?;
        }
        transaction.commit()?;
        telling.done(batch.applications);
    }
    Ok(clock.instant().duration_since(started))
}

fn insert_all(db: &Connection, statement: &str, rows: &[&Row]) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(statement)?;
    for row in rows {
        statement.execute(params_from_iter(*row))?;
    }
    Ok(())
}

fn insertion(table: &Table) -> String {
    let names: Vec<_> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    let places = vec!["?"; names.len()].join(", ");
    format!("INSERT INTO {} ({}) VALUES ({places})", table.name, names.join(", "))
}

/// Its first column is the key.
fn update(table: &Table) -> String {
    let set: Vec<_> =
        (1..).zip(&table.columns).skip(1).map(|(at, (name, _))| format!("{name} = ?{at}")).collect();
    format!("UPDATE {} SET {} WHERE n = ?1", table.name, set.join(", "))
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Int(value) => value.map_or(ValueRef::Null, ValueRef::Integer),
            Self::Text(value) => {
                value.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()))
            }
            Self::Bytes(value) => value.as_ref().map_or(ValueRef::Null, |bytes| ValueRef::Blob(bytes)),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}
