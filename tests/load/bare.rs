//! The limit: the rows of applications that a server stored, inserted by nothing but SQLite.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use license_server::clock::Clock;
use license_server::storage::Sqlite;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use serde::Serialize;

/// Inserts the rows of stored applications into an empty database of the same schema
#[derive(Clone, Debug, Args)]
pub struct BareArgs {
    /// The database of an earlier run
    #[arg(long)]
    from: std::path::PathBuf,
    /// How many applications at most
    #[arg(long, default_value_t = 100_000)]
    count: usize,
    /// How many applications each transaction has
    #[arg(long, default_value = "64", value_delimiter = ',')]
    batch: Vec<usize>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Bare {
    /// Applications in one transaction.
    pub batch: usize,
    /// Applications.
    pub applications: usize,
    /// Rows, instances' updates among them.
    pub rows: usize,
    /// How long it took.
    pub seconds: f64,
    /// Applications in a second.
    pub rate: f64,
}

/// Statements with their values, those of one application together.
type Applied = Vec<(usize, Vec<Value>)>;

const STATEMENTS: [&str; 6] = [
    "INSERT INTO application SELECT ",
    "INSERT INTO delivery SELECT ",
    "INSERT INTO seat SELECT ",
    "INSERT INTO seat_part SELECT ",
    "INSERT INTO replay (signed_at, signature, until, outcome) SELECT ",
    "UPDATE instance SET next_seat = next_seat + 1 WHERE n = ",
];

/// Does it, once for each batch size.
///
/// # Errors
/// A sentence.
pub fn bare_inserts(args: &BareArgs) -> Result<Vec<Bare>, String> {
    let source = Connection::open_with_flags(&args.from, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|e| format!("{}: {e}", args.from.display()))?;
    let applications = read(&source, args.count).map_err(|e| e.to_string())?;
    let instances = rows(&source, "SELECT * FROM instance", &[]).map_err(|e| e.to_string())?;
    args.batch.iter().map(|batch| write(&instances, &applications, (*batch).max(1))).collect()
}

fn write(instances: &[Vec<Value>], applications: &[Applied], batch: usize) -> Result<Bare, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let path = folder.path().join("bare.db");
    drop(Sqlite::open(&path).map_err(|e| e.to_string())?);
    let took = insert(&path, instances, applications, batch).map_err(|e| e.to_string())?;
    let seconds = took.as_secs_f64();
    let rows = applications.iter().map(Vec::len).sum();
    #[expect(clippy::cast_precision_loss, reason = "a count of rows, far below 2⁵³")]
    let rate = applications.len() as f64 / seconds;
    Ok(Bare { batch, applications: applications.len(), rows, seconds, rate })
}

fn insert(
    path: &Path,
    instances: &[Vec<Value>],
    applications: &[Applied],
    batch: usize,
) -> rusqlite::Result<Duration> {
    let mut db = Connection::open(path)?;
    db.set_prepared_statement_cache_capacity(64);
    db.pragma_update(None, "synchronous", "FULL")?;
    let transaction = db.transaction()?;
    for row in instances {
        let statement = format!("INSERT INTO instance SELECT {}", places(row.len()));
        transaction.prepare_cached(&statement)?.execute(params_from_iter(row))?;
    }
    transaction.commit()?;
    let clock = Clock::system();
    let started = clock.instant();
    for applications in applications.chunks(batch) {
        let transaction = db.transaction()?;
        for (statement, row) in applications.iter().flatten() {
            let statement = format!("{}{}", STATEMENTS[*statement], places(row.len()));
            transaction.prepare_cached(&statement)?.execute(params_from_iter(row))?;
        }
        transaction.commit()?;
    }
    Ok(clock.instant().duration_since(started))
}

fn read(db: &Connection, count: usize) -> rusqlite::Result<Vec<Applied>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let mut seats = HashSet::new();
    let mut all = Vec::new();
    let applications = rows(db, "SELECT * FROM application ORDER BY n LIMIT ?1", &[count.into()])?;
    for application in applications {
        let (n, instance) = (application[0].clone(), application[1].clone());
        let seat = rows(db, "SELECT seat FROM application WHERE n = ?1", std::slice::from_ref(&n))?
            .remove(0)
            .remove(0);
        let mut of_one = Applied::new();
        if let (Value::Integer(n), Value::Integer(instance)) = (&n, &instance) {
            // As long as a signature, as scattered, and never the same.
            let scattered = n.wrapping_mul(0x1E37_79B9_7F4A_7C15).to_be_bytes().repeat(4);
            let until = Value::Integer(i64::MAX);
            let signed_at = Value::Integer(n / 15);
            of_one.push((4, vec![signed_at, Value::Blob(scattered), until, Value::Text("\"Done\"".into())]));
            if let Value::Integer(no) = &seat
                && seats.insert((*instance, *no))
            {
                let place = [Value::from(*instance), Value::from(*no)];
                let one = |query: &str| rows(db, query, &place);
                of_one.extend(
                    one("SELECT * FROM seat WHERE instance = ?1 AND no = ?2")?
                        .into_iter()
                        .map(|row| (2, row)),
                );
                let parts = one("SELECT * FROM seat_part WHERE instance = ?1 AND no = ?2")?;
                of_one.extend(parts.into_iter().map(|row| (3, row)));
                of_one.push((5, vec![Value::from(*instance)]));
            }
        }
        let deliveries = rows(db, "SELECT * FROM delivery WHERE application = ?1", &[n])?;
        of_one.extend(deliveries.into_iter().map(|row| (1, row)));
        of_one.push((0, application));
        all.push(of_one);
    }
    Ok(all)
}

fn rows(db: &Connection, query: &str, params: &[Value]) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut statement = db.prepare_cached(query)?;
    let columns = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    statement.query_map(params_from_iter(params), read)?.collect()
}

fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}
