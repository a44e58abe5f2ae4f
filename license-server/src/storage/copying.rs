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
const COPYING: &str = "copying";

/// Why a copy is not there.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
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
    let source = Sqlite::open_alone(from).map_err(CopyError::Source)?;
    let mut target = Postgres::open(to).map_err(CopyError::Target)?;
    let name = mark(&mut target)?;
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

/// Takes a target that is empty, or that a copy has left unfinished.
fn mark(target: &mut Postgres) -> Result<String, CopyError> {
    let db: &mut dyn Database = target;
    if !is_unfinished(db).map_err(CopyError::Target)? {
        // What `check` or a first start keeps there is replaced.
        for table in TABLES.iter().filter(|table| table.name != "setting") {
            if table.count(db).map_err(CopyError::Target)? > 0 {
                return Err(CopyError::NotEmpty(table.name));
            }
        }
    }
    let name = format!("{:032x}", rand::random::<u128>());
    let keep = "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    db.execute(keep, &[&[Param::Text(COPYING), Param::Text(&name)]]).map_err(CopyError::Target)?;
    Ok(name)
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
