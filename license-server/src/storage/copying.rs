//! An SQLite database, copied into a PostgreSQL.
//!
//! Table by table: one that is the same on both sides already stays, every other one is emptied and copied. So a copy
//! that was interrupted goes on, and what changed in the source meanwhile is found. A row of `setting` marks the target
//! until everything is there; servers refuse it as long.

use super::tables::{Contents, Row, TABLES, Table, Value};
use super::{Database, Param, Postgres, PostgresAddress, Sqlite, Statement, StorageError};
use crate::fault;

/// How many rows one statement inserts.
const ROWS: usize = 100;

/// Marks a copy that is under way, with a name of its own.
pub(super) const COPYING: &str = "copying";

/// Begins the name of a copy that does not know yet whether servers wrote to its target meanwhile.
const UNSURE: &str = "unsure-";

/// Why a copy is not there.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Somebody has the file open.
    #[error(
        "the SQLite database is in use; stop its server, and whatever else has it open, and run `migrate-to` again. \
         Nothing was changed"
    )]
    InUse,
    /// The target was made by another version.
    #[error(
        "the PostgreSQL database was made by an earlier version of this program (schema {found}, this one needs \
         {known}); nothing was changed. Make a new one, as with `createdb`, and name that"
    )]
    OlderTarget {
        /// The target's schema.
        found: i64,
        /// This program's.
        known: i64,
    },
    /// The database that is copied.
    #[error("the database that is copied: {0}")]
    Source(StorageError),
    /// The database that is written.
    #[error("the database that is written: {0}")]
    Target(StorageError),
    /// There is something else in it.
    #[error(
        "the PostgreSQL database is not empty: table {0} has rows; nothing was changed. Make a new one, as with \
         `createdb`, and name that"
    )]
    NotEmpty(&'static str),
    /// Another copy is under way.
    #[error(
        "another `migrate-to` is copying into the same database; let one of them finish, and run it again"
    )]
    Overtaken,
    /// The two sides are not the same.
    #[error(
        "table {table} was copied and is not the same: {source_rows} rows here, {target_rows} there; run it again"
    )]
    Differs {
        /// Which table.
        table: &'static str,
        /// Rows in the source.
        source_rows: u64,
        /// Rows in the target.
        target_rows: u64,
    },
}

/// A table that is the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Copied {
    /// Its name.
    pub table: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// The SHA-256 of each row, added up, in hexadecimal digits.
    pub checksum: String,
    /// It was there already.
    pub was_there: bool,
}

/// Told while it is copied.
pub trait Progress {
    /// How many rows there are to be copied and compared.
    fn of(&self, rows: u64);
    /// The table that is worked on.
    fn table(&self, name: &str);
    /// Rows that are done.
    fn done(&self, rows: u64);
}

/// Copies the file's rows and compares both sides. Nobody else may have the file open; it stays as it is.
///
/// # Errors
/// [`CopyError`]; then the target is refused by servers until a copy has finished.
pub fn copy(
    from: &std::path::Path,
    to: &PostgresAddress,
    progress: &dyn Progress,
) -> Result<Vec<Copied>, CopyError> {
    let source = Sqlite::open_alone(from).map_err(|error| match error {
        StorageError::Locked => CopyError::InUse,
        other => CopyError::Source(other),
    })?;
    let mut target = Postgres::open_for_copying(to).map_err(|error| match error {
        StorageError::Older { found, known } => CopyError::OlderTarget { found, known },
        other => CopyError::Target(other),
    })?;
    let name = match mark(&mut target)? {
        Marked::As(name) => name,
        Marked::NotEmpty(table) => {
            return there_already(&source, &target, progress)?.ok_or(CopyError::NotEmpty(table));
        }
    };
    let mut copy = Copy { source: &source, target: &mut target, name, progress };
    let rows = TABLES.iter().map(|table| table.count(&source)).sum::<Result<u64, _>>();
    // Each row is copied and then compared.
    progress.of(rows.map_err(CopyError::Source)? * 2);
    let copied = TABLES.iter().map(|table| copy.bring(table)).collect::<Result<Vec<_>, _>>()?;
    fault::reached("copy-compared");
    copy.finish()?;
    Ok(copied)
}

/// Whether a copy into this database was begun and not finished.
pub(super) fn is_unfinished(db: &dyn Database) -> Result<bool, StorageError> {
    Ok(db.kept_setting(COPYING)?.is_some())
}

/// What a target was found to be.
enum Marked {
    /// This copy's, under this name.
    As(String),
    /// A table has rows, and nothing says that a copy left them.
    NotEmpty(&'static str),
}

/// Takes a target that is empty, or that a copy has left unfinished.
fn mark(target: &mut Postgres) -> Result<Marked, CopyError> {
    let db: &mut dyn Database = target;
    let kept = db.kept_setting(COPYING).map_err(CopyError::Target)?;
    let goes_on = kept.as_ref().is_some_and(|mark| !mark.starts_with(UNSURE));
    if let Some(table) = filled(db)?.filter(|_| !goes_on) {
        // A copy was cut off before it was sure: what is there is not its own.
        kept.map_or(Ok(()), |mark| unmark(db, &mark))?;
        return Ok(Marked::NotEmpty(table));
    }
    let name = format!("{:032x}", rand::random::<u128>());
    let unsure = if goes_on { name.clone() } else { format!("{UNSURE}{name}") };
    let keep = "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    db.execute(keep, &[&[Param::Text(COPYING), Param::Text(&unsure)]]).map_err(CopyError::Target)?;
    fault::reached("copy-marked");
    // A server that is at work here writes no more from now on; what it wrote until now is not lost.
    db.execute("DELETE FROM writer", &[&[]]).map_err(CopyError::Target)?;
    if let Some(table) = filled(db)?.filter(|_| !goes_on) {
        unmark(db, &unsure)?;
        return Ok(Marked::NotEmpty(table));
    }
    let sure = "UPDATE setting SET value = ?3 WHERE name = ?1 AND value = ?2";
    let names = [Param::Text(COPYING), Param::Text(&unsure), Param::Text(&name)];
    db.execute(sure, &[&names]).map_err(CopyError::Target)?;
    Ok(Marked::As(name))
}

fn unmark(db: &mut dyn Database, mark: &str) -> Result<(), CopyError> {
    let unmark = "DELETE FROM setting WHERE name = ?1 AND value = ?2";
    db.execute(unmark, &[&[Param::Text(COPYING), Param::Text(mark)]]).map_err(CopyError::Target)
}

/// A table with rows. What `check` or a first start keeps of settings is replaced.
fn filled(db: &dyn Database) -> Result<Option<&'static str>, CopyError> {
    for table in TABLES.iter().filter(|table| table.name != "setting") {
        if table.has_rows(db).map_err(CopyError::Target)? {
            return Ok(Some(table.name));
        }
    }
    Ok(None)
}

/// The tables of a target that has everything already, as after a copy whose last word was not heard; none where
/// anything differs. Nothing is changed.
fn there_already(
    source: &Sqlite,
    target: &Postgres,
    progress: &dyn Progress,
) -> Result<Option<Vec<Copied>>, CopyError> {
    let mut found = Vec::new();
    for table in TABLES {
        progress.table(table.name);
        let rows = table.count(source).map_err(CopyError::Source)?;
        if rows != table.count(target).map_err(CopyError::Target)? {
            return Ok(None);
        }
    }
    for table in TABLES {
        progress.table(table.name);
        let ours = table.contents(source, |_| ()).map_err(CopyError::Source)?;
        if ours != table.contents(target, |_| ()).map_err(CopyError::Target)? {
            return Ok(None);
        }
        found.push(copied(table, &ours, true));
    }
    Ok(Some(found))
}

struct Copy<'a> {
    source: &'a Sqlite,
    target: &'a mut Postgres,
    /// Of this copy.
    name: String,
    progress: &'a dyn Progress,
}

impl Copy<'_> {
    /// Makes one table the same on both sides.
    fn bring(&mut self, table: &'static Table) -> Result<Copied, CopyError> {
        self.progress.table(table.name);
        let rows = table.count(self.source).map_err(CopyError::Source)?;
        let there = table.count(self.target).map_err(CopyError::Target)?;
        if rows == there {
            let ours = table.contents(self.source, |_| ()).map_err(CopyError::Source)?;
            if table.contents(self.target, |_| ()).map_err(CopyError::Target)? == ours {
                self.progress.done(rows * 2);
                return Ok(copied(table, &ours, rows > 0));
            }
        }
        self.empty(table)?;
        let ours = self.copy_rows(table)?;
        let progress = self.progress;
        let done = |rows: usize| progress.done(u64::try_from(rows).unwrap_or(0));
        let theirs = table.contents(self.target, done).map_err(CopyError::Target)?;
        if theirs == ours {
            return Ok(copied(table, &ours, false));
        }
        Err(CopyError::Differs { table: table.name, source_rows: ours.rows, target_rows: theirs.rows })
    }

    fn copy_rows(&mut self, table: &'static Table) -> Result<Contents, CopyError> {
        let (mut ours, mut failed) = (Contents::default(), None);
        let source = self.source;
        let read = table.read(source, |rows| {
            rows.iter().for_each(|row| ours.add(row));
            if let Err(error) = self.insert(table, &rows) {
                failed = Some(error);
                return Err(StorageError::Closed);
            }
            self.progress.done(u64::try_from(rows.len()).unwrap_or(0));
            if table.name == "application" {
                fault::reached("copy-of-applications");
            }
            Ok(())
        });
        match (failed, read) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(CopyError::Source(error)),
            (None, Ok(())) => Ok(ours),
        }
    }

    fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<(), CopyError> {
        let inserts: Vec<(String, Vec<Param<'_>>)> = rows
            .chunks(ROWS)
            .map(|rows| {
                (insert_statement(table, rows.len()), rows.iter().flatten().map(Value::param).collect())
            })
            .collect();
        let inserts: Vec<_> = inserts.iter().map(|(text, params)| Statement { text, params }).collect();
        self.change(&inserts)
    }

    fn empty(&mut self, table: &Table) -> Result<(), CopyError> {
        let all = match table.name {
            "setting" => format!("DELETE FROM setting WHERE {}", table.belongs()),
            name => format!("TRUNCATE {name}"),
        };
        self.change(&[Statement { text: &all, params: &[] }])
    }

    /// New keys come after the copied ones; then servers may work on it.
    fn finish(mut self) -> Result<(), CopyError> {
        let mut ends = Vec::new();
        for name in ["instance", "application"] {
            ends.push(format!("SELECT setval('{name}_n', max(n)) FROM {name} HAVING max(n) > 0"));
        }
        for name in ["order_change", "seat_moved", "suspect", "inquiry", "notice", "history"] {
            let sequence = format!("pg_get_serial_sequence('{name}', 'n')");
            ends.push(format!("SELECT setval({sequence}, max(n)) FROM {name} HAVING max(n) > 0"));
        }
        let mut ends: Vec<_> = ends.iter().map(|text| Statement { text, params: &[] }).collect();
        let unmark = [Param::Text(COPYING)];
        ends.push(Statement { text: "DELETE FROM setting WHERE name = ?1", params: &unmark });
        self.change(&ends)
    }

    /// Changes the target as long as it is this copy's.
    fn change(&mut self, statements: &[Statement<'_>]) -> Result<(), CopyError> {
        let mine = [Param::Text(COPYING), Param::Text(&self.name)];
        let still = "UPDATE setting SET value = ?2 WHERE name = ?1 AND value = ?2";
        let mut all = vec![Statement { text: still, params: &mine }];
        all.extend_from_slice(statements);
        let changed = self.target.carry_out(&all).map_err(CopyError::Target)?;
        if changed.first() == Some(&1) { Ok(()) } else { Err(CopyError::Overtaken) }
    }
}

fn copied(table: &Table, contents: &Contents, was_there: bool) -> Copied {
    Copied { table: table.name, rows: contents.rows, checksum: contents.checksum(), was_there }
}

/// Numbers that the target would give itself are given by the source.
fn insert_statement(table: &Table, rows: usize) -> String {
    let width = table.columns.len();
    let row = |row: usize| {
        let marks: Vec<_> = (row * width + 1..=(row + 1) * width).map(|n| format!("?{n}")).collect();
        format!("({})", marks.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    let (name, columns) = (table.name, table.column_list());
    format!("INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE VALUES {}", rows.join(", "))
}
