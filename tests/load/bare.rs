//! The limit: the rows of applications that a server stored, inserted by nothing but the database.

mod batches;
mod postgres;
mod rows;
mod sqlite;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use license_server::config::values;
use license_server::storage::Address;
use serde::Serialize;

use crate::place::{check_is_here, postgres_config};
use crate::telling::Telling;
use batches::batches;
pub(crate) use rows::Sample;

/// Inserts the rows of stored applications into an empty database of the same schema
#[derive(Clone, Debug, Args)]
pub struct BareArgs {
    /// The database of an earlier run: a file of SQLite, or postgres://…
    #[arg(long, value_name = "DATABASE")]
    from: String,
    /// How many applications at most; all of them are held in memory, some 4 KiB each
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// How many applications each transaction has
    #[arg(
        long,
        default_value = "64",
        value_delimiter = ',',
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    batch: Vec<u32>,
    /// Use a PostgreSQL that is not on this machine
    #[arg(long)]
    anywhere: bool,
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

/// Does it, once for each batch size.
///
/// # Errors
/// A sentence.
pub fn bare_inserts(args: &BareArgs) -> Result<Vec<Bare>, String> {
    let source = Source::new(&args.from, args.anywhere)?;
    let sample = source.sample(0, args.count)?;
    args.batch.iter().map(|batch| source.insert(&sample, *batch)).collect()
}

/// A database that has applications, and beside which others are inserted: in a folder next to its file, or in another
/// schema of the same PostgreSQL.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    url: String,
    address: Address,
}

impl Source {
    /// A file's path, `sqlite://…` or `postgres://…`.
    pub(crate) fn new(from: &str, anywhere: bool) -> Result<Self, String> {
        let address = if from.contains("://") {
            values::database(from).map_err(|e| e.to_string())?
        } else {
            Address::Sqlite(PathBuf::from(from))
        };
        if let (Address::Postgres(_), false) = (&address, anywhere) {
            check_is_here(&postgres_config(from)?)?;
        }
        Ok(Self { url: from.to_owned(), address })
    }

    /// Whether it is a file of this machine.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.address, Address::Sqlite(_))
    }

    /// The number of the newest application, 0 where there is none. Blocks.
    pub(crate) fn newest(&self) -> Result<i64, String> {
        self.read(rows::newest)
    }

    /// Reads at most so many applications that came after the one with that number. Blocks.
    pub(crate) fn sample(&self, after: i64, count: u32) -> Result<Sample, String> {
        let telling = Telling::of("reading rows");
        let sample = self.read(|db| {
            let columns = match &self.address {
                Address::Sqlite(_) => rows::COLUMNS_OF_SQLITE,
                Address::Postgres(_) => rows::COLUMNS_OF_POSTGRES,
            };
            Sample::read(db, columns, after, count)
        });
        drop(telling);
        match sample {
            Ok(sample) if sample.is_empty() => Err(format!("{}: there is no application", self.address)),
            other => other,
        }
    }

    /// Inserts them, so many a transaction. Blocks.
    pub(crate) fn insert(&self, sample: &Sample, batch: u32) -> Result<Bare, String> {
        let batch = usize::try_from(batch).unwrap_or(usize::MAX).max(1);
        let batches = batches(sample, batch);
        let telling = Telling::of_count("bare inserts", sample.len());
        let took = match &self.address {
            Address::Sqlite(path) => sqlite::insert(path, sample, &batches, &telling),
            Address::Postgres(_) => postgres::insert(&self.url, sample, &batches, &telling),
        }?;
        let rows = batches.iter().map(batches::Batch::len).sum();
        Ok(Bare::new(batch, sample.len(), rows, took))
    }

    fn read<T>(
        &self,
        read: impl FnOnce(
            &dyn license_server::storage::Database,
        ) -> Result<T, license_server::storage::StorageError>,
    ) -> Result<T, String> {
        let said = |e| format!("{}: {e}", self.address);
        let db = self.address.open_for_reading().map_err(said)?;
        read(&*db).map_err(said)
    }
}

impl Bare {
    fn new(batch: usize, applications: usize, rows: usize, took: Duration) -> Self {
        let seconds = took.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a count of rows, far below 2⁵³")]
        let rate = applications as f64 / seconds;
        Self { batch, applications, rows, seconds, rate }
    }
}

impl std::fmt::Display for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:>5} applications a transaction: {:>8.0} applications/s ({} of them, {} rows, {:.2} s)",
            self.batch, self.rate, self.applications, self.rows, self.seconds
        )
    }
}
