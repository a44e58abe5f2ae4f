//! What storage asks of a database. There are two: SQLite in the process, and PostgreSQL for any number of servers.

use std::fmt::Debug;

use license_core::UnixTime;

use super::columns::Columns;
use super::{OnlyServer, Postgres, PostgresAddress, Sqlite, StorageError, copying};
use crate::engine::Rules;
use crate::engine::request::{Outcome, Request};

/// Where durable state lies.
#[derive(Clone, Debug)]
pub enum Address {
    /// A file of this machine.
    Sqlite(std::path::PathBuf),
    /// A server, or several that stand in for each other.
    Postgres(PostgresAddress),
}

/// One connection to durable state.
///
/// Queries that both databases understand number their parameters `?1`, `?2`, …
pub trait Database: Debug + Send {
    /// Decides a batch of requests and commits what they changed, in one transaction.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing of the batch is written, unless it is [`StorageError::Unknown`].
    fn decide(&mut self, rules: &Rules<'_>, requests: &[&Request]) -> Result<Vec<Outcome>, StorageError>;

    /// Reads rows, each given to `read`.
    ///
    /// # Errors
    /// [`StorageError`], or what `read` says.
    fn select(
        &self,
        query: &str,
        params: &[Param<'_>],
        read: &mut dyn FnMut(&dyn Columns) -> Result<(), StorageError>,
    ) -> Result<(), StorageError>;

    /// Runs a statement once with each set of parameters, in one transaction.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing of it is written.
    fn execute(&mut self, statement: &str, sets: &[&[Param<'_>]]) -> Result<(), StorageError>;

    /// Carries statements out in one transaction between two batches, within the time that a call has, and says how
    /// many rows each of them changed.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing of it is written.
    fn carry_out(&mut self, statements: &[Statement<'_>]) -> Result<Vec<u64>, StorageError>;

    /// Whether it can be read and written now.
    ///
    /// # Errors
    /// [`StorageError`]
    fn check_writable(&mut self) -> Result<(), StorageError>;

    /// Whether it is whole, as far as a program can tell from outside.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`]
    fn check_whole(&self) -> Result<(), StorageError>;

    /// From now on what is erased is overwritten, where that is in the program's hands.
    ///
    /// # Errors
    /// [`StorageError`]
    fn erase_for_good(&mut self) -> Result<(), StorageError>;

    /// Takes out of the log what was erased while a reader was in the way. False while one still is.
    ///
    /// # Errors
    /// [`StorageError`]
    fn finish_erasing(&mut self) -> Result<bool, StorageError> {
        Ok(true)
    }

    /// Ends every lease at `now` where nobody else can have one. Orders that were to be read later are read now.
    ///
    /// # Errors
    /// [`StorageError`]
    fn end_leases(&mut self, now: UnixTime) -> Result<(), StorageError>;

    /// From now on what keeps it in order happens beside the calls, where it would otherwise be done between them.
    ///
    /// # Errors
    /// [`StorageError`]
    fn checkpoint_apart(&mut self) -> Result<(), StorageError>;

    /// Whether other servers may work on it at the same time.
    fn is_shared(&self) -> bool;
}

/// A value in a query.
#[derive(Clone, Copy, Debug)]
pub enum Param<'a> {
    /// A number.
    Int(i64),
    /// A number or NULL.
    MaybeInt(Option<i64>),
    /// A text.
    Text(&'a str),
    /// A text or NULL.
    MaybeText(Option<&'a str>),
    /// Bytes or NULL.
    Bytes(Option<&'a [u8]>),
}

/// A statement and its values.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// What is to be done.
    pub text: &'a str,
    /// `?1`, `?2`, …
    pub params: &'a [Param<'a>],
}

impl Address {
    /// Opens the database for writing, makes it if it is an SQLite file that is not there, and brings its schema up to
    /// date. Blocks.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn open(&self) -> Result<Box<dyn Database>, StorageError> {
        let db: Box<dyn Database> = match self {
            Self::Sqlite(path) => Box::new(Sqlite::open(path)?),
            Self::Postgres(address) => Box::new(Postgres::open(address)?),
        };
        self.refuse_unfinished(&*db)?;
        Ok(db)
    }

    /// Opens a database that is there, for reading. Blocks.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn open_for_reading(&self) -> Result<Box<dyn Database>, StorageError> {
        let db: Box<dyn Database> = match self {
            Self::Sqlite(path) => Box::new(Sqlite::open_for_reading(path)?),
            Self::Postgres(address) => Box::new(Postgres::open_for_reading(address)?),
        };
        self.refuse_unfinished(&*db)?;
        Ok(db)
    }

    /// The right to serve from it, which one server at a time has where the database cannot be shared.
    ///
    /// # Errors
    /// [`StorageError::Served`], [`StorageError::Linked`]
    pub fn serve_alone(&self) -> Result<Option<OnlyServer>, StorageError> {
        match self {
            Self::Sqlite(path) => OnlyServer::take(path),
            Self::Postgres(_) => Ok(None),
        }
    }

    /// Only PostgreSQL is ever copied to.
    fn refuse_unfinished(&self, db: &dyn Database) -> Result<(), StorageError> {
        let may_be = matches!(self, Self::Postgres(_));
        if may_be && copying::is_unfinished(db)? { Err(StorageError::HalfCopied) } else { Ok(()) }
    }

    /// Whether there is a database; one that has to be asked over a connection counts as there.
    #[must_use]
    pub fn exists(&self) -> bool {
        match self {
            Self::Sqlite(path) => path.exists(),
            Self::Postgres(_) => true,
        }
    }

    /// How many batches it decides at the same time.
    #[must_use]
    pub fn writers(&self) -> usize {
        match self {
            Self::Sqlite(_) => 1,
            Self::Postgres(_) => 2,
        }
    }
}

/// Without a password.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(address) => write!(f, "{address}"),
        }
    }
}

impl From<std::path::PathBuf> for Address {
    fn from(path: std::path::PathBuf) -> Self {
        Self::Sqlite(path)
    }
}

impl dyn Database + '_ {
    /// All rows of a query.
    pub(super) fn view<T>(
        &self,
        query: &str,
        params: &[Param<'_>],
        mut read: impl FnMut(&dyn Columns) -> Result<T, StorageError>,
    ) -> Result<Vec<T>, StorageError> {
        let mut found = Vec::new();
        self.select(query, params, &mut |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Whether a query finds anything.
    pub(super) fn finds(&self, query: &str, params: &[Param<'_>]) -> Result<bool, StorageError> {
        Ok(!self.view(query, params, |_| Ok(()))?.is_empty())
    }

    /// Keeps a setting's first value for ever.
    ///
    /// # Errors
    /// [`StorageError::Differs`] when another value is kept.
    pub fn keep_setting(&mut self, name: &'static str, given: &str) -> Result<(), StorageError> {
        let insert = "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
        if self.kept_setting(name)?.is_none() {
            self.execute(insert, &[&[Param::Text(name), Param::Text(given)]])?;
        }
        match self.kept_setting(name)? {
            Some(kept) if kept == given => Ok(()),
            kept => {
                Err(StorageError::Differs { name, given: given.to_owned(), kept: kept.unwrap_or_default() })
            }
        }
    }

    /// A setting that was kept.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn kept_setting(&self, name: &str) -> Result<Option<String>, StorageError> {
        let query = "SELECT value FROM setting WHERE name = ?1";
        Ok(self.view(query, &[Param::Text(name)], |row| row.get(0))?.into_iter().next())
    }

    /// Whether buyers' data is kept, or what they call their machines.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn has_personal_data(&self) -> Result<bool, StorageError> {
        self.finds("SELECT 1 FROM buyer UNION ALL SELECT 1 FROM seat WHERE name IS NOT NULL LIMIT 1", &[])
    }
}
