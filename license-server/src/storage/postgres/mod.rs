//! PostgreSQL, which any number of servers share.
//!
//! A batch locks the rows of its instances in the order of their keys, then reads what it needs, so that two servers
//! decide about one instance one after the other. What is not there yet is kept unique by the database's indexes; a
//! batch that loses such a race is done again and finds what the other one wrote.

mod absorb;
mod address;
mod attempt;
mod fault;
mod fetch;
mod forget;
mod load;
mod migrate;
mod plan;
mod row;
mod session;
mod tls;
mod wants;
mod write;
mod write_rows;

use std::fmt;
use std::sync::atomic::AtomicI64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use license_core::UnixTime;
use tokio::runtime::{Handle, Runtime};
use tokio::time::timeout;
use tokio_postgres::Row;

pub use address::PostgresAddress;
use forget::Forgotten;
use session::{Session, Use};
use tls::Tls;

use super::columns::Columns;
use super::{Database, Param, Statement, StorageError};
use crate::engine::Rules;
use crate::engine::request::{Outcome, Request};

/// For how long a batch is tried again; callers wait for 3.5 seconds.
const BUDGET: Duration = crate::fault::patience(Duration::from_millis(2_500));
/// How long the last attempt may take beyond that.
const LAST: Duration = crate::fault::patience(Duration::from_millis(500));
/// How long a look may take, once again after the connection was lost.
const LOOK: Duration = Duration::from_secs(35);
/// How long anything may take while another database is copied: it may be large, and the way to it long.
const COPYING: Duration = Duration::from_secs(600);
/// The pause before the second attempt; it doubles from there.
const PAUSE: Duration = Duration::from_millis(5);

/// One connection to PostgreSQL, made again when it is lost.
pub struct Postgres {
    address: PostgresAddress,
    tls: Tls,
    of: Use,
    /// Taken for the time of a use: one that was broken off does not come back.
    session: Mutex<Option<Session>>,
    /// The last batch found nobody there: the next one is not kept waiting.
    is_away: bool,
    /// Under which its batches are noted.
    id: [u8; 16],
    /// The number of its next batch.
    batches: AtomicI64,
    forgotten: Forgotten,
    runtime: Option<Runtime>,
}

impl Postgres {
    /// Connects, and brings the schema up to date.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn open(address: &PostgresAddress) -> Result<Self, StorageError> {
        let this = Self::new(address, Use::Writing)?;
        let mut session = this.block_on(Session::connect(&this.address, &this.tls, this.of))?;
        this.block_on(migrate::migrate(&mut session))?;
        this.block_on(session.introduce(&this.id))?;
        this.keep(session);
        Ok(this)
    }

    /// Connects for copying another database into it, and makes the tables if there are none.
    ///
    /// # Errors
    /// [`StorageError::Older`] when it was made by an earlier version: it is left as it is.
    pub(super) fn open_for_copying(address: &PostgresAddress) -> Result<Self, StorageError> {
        let this = Self::new(address, Use::Copying)?;
        let mut session = this.block_on(Session::connect(&this.address, &this.tls, this.of))?;
        let (found, known) = (this.block_on(migrate::check_version(&mut session))?, migrate::known());
        if (1..known).contains(&found) {
            return Err(StorageError::Older { found, known });
        }
        this.block_on(migrate::migrate(&mut session))?;
        this.keep(session);
        Ok(this)
    }

    /// Connects for reading.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn open_for_reading(address: &PostgresAddress) -> Result<Self, StorageError> {
        let this = Self::new(address, Use::Reading)?;
        let mut session = this.block_on(Session::connect(&this.address, &this.tls, this.of))?;
        let found = this.block_on(migrate::check_version(&mut session))?;
        if found < migrate::known() {
            return Err(StorageError::Older { found, known: migrate::known() });
        }
        this.keep(session);
        Ok(this)
    }

    fn new(address: &PostgresAddress, of: Use) -> Result<Self, StorageError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| StorageError::Other(e.to_string()))?;
        let (address, tls) = (address.clone(), Tls::trusting(&address.trust)?);
        let (session, runtime) = (Mutex::new(None), Some(runtime));
        let (id, batches) = (rand::random(), AtomicI64::new(1));
        let forgotten = Forgotten::default();
        Ok(Self { address, tls, of, session, is_away: false, id, batches, forgotten, runtime })
    }

    /// Drives this connection until the work is done, wherever it is called from.
    fn block_on<T: Send>(
        &self,
        work: impl Future<Output = Result<T, StorageError>> + Send,
    ) -> Result<T, StorageError> {
        let Some(runtime) = &self.runtime else {
            return Err(StorageError::Closed);
        };
        if Handle::try_current().is_err() {
            return runtime.block_on(work);
        }
        // A thread that drives tasks may not drive another runtime.
        std::thread::scope(|scope| {
            let driven = scope.spawn(|| runtime.block_on(work));
            driven.join().unwrap_or_else(|_| Err(StorageError::Other("a fault of the program".into())))
        })
    }

    /// How long a use of the connection may take that usually has so much.
    fn time(&self, usual: Duration) -> Duration {
        if self.of == Use::Copying { COPYING } else { usual }
    }

    fn keep(&self, session: Session) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }

    /// The connection that there is, or a new one.
    async fn session(&self) -> Result<Session, StorageError> {
        let kept = self.session.lock().unwrap_or_else(PoisonError::into_inner).take();
        match kept.filter(|session| !session.is_closed()) {
            Some(session) => Ok(session),
            None => {
                let mut session = Session::connect(&self.address, &self.tls, self.of).await?;
                if self.of == Use::Writing {
                    session.introduce(&self.id).await?;
                }
                Ok(session)
            }
        }
    }

    async fn look(&self, query: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StorageError> {
        let mut session = self.session().await?;
        let found = session.query(query, params).await;
        self.keep_unless_lost(session, &found);
        found
    }

    async fn change(&self, statement: &str, sets: &[&[Param<'_>]]) -> Result<(), StorageError> {
        let mut session = self.session().await?;
        let changed = session.execute(statement, sets).await;
        self.keep_unless_lost(session, &changed);
        changed
    }

    async fn carry_all_out(&self, statements: &[Statement<'_>]) -> Result<Vec<u64>, StorageError> {
        let mut session = self.session().await?;
        let changed = session.carry_out(statements).await;
        self.keep_unless_lost(session, &changed);
        changed
    }

    fn keep_unless_lost<T>(&self, session: Session, result: &Result<T, StorageError>) {
        if !matches!(result, Err(StorageError::Unreachable(_) | StorageError::ReadOnly)) {
            self.keep(session);
        }
    }
}

impl Database for Postgres {
    fn decide(&mut self, rules: &Rules<'_>, requests: &[&Request]) -> Result<Vec<Outcome>, StorageError> {
        let Some(runtime) = &self.runtime else {
            return Err(StorageError::Closed);
        };
        let decided = runtime.block_on(self.decide_in_time(rules, requests));
        self.is_away = matches!(decided, Err(StorageError::Unreachable(_)));
        decided
    }

    fn select(
        &self,
        query: &str,
        params: &[Param<'_>],
        read: &mut dyn FnMut(&dyn Columns) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let found = self.block_on(async {
            match within(self.time(LOOK), self.look(query, params)).await {
                Err(error) if error.passes() => within(self.time(LOOK), self.look(query, params)).await,
                other => other,
            }
        })?;
        found.iter().try_for_each(|row| read(row))
    }

    fn execute(&mut self, statement: &str, sets: &[&[Param<'_>]]) -> Result<(), StorageError> {
        let this = &*self;
        this.block_on(async {
            match within(this.time(LOOK), this.change(statement, sets)).await {
                Err(error) if error.passes() => within(this.time(LOOK), this.change(statement, sets)).await,
                other => other,
            }
        })
    }

    fn carry_out(&mut self, statements: &[Statement<'_>]) -> Result<Vec<u64>, StorageError> {
        let this = &*self;
        this.block_on(within(this.time(BUDGET), this.carry_all_out(statements)))
    }

    fn check_writable(&mut self) -> Result<(), StorageError> {
        let write = "INSERT INTO setting (name, value) VALUES ('checked', '') \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        let this = &*self;
        this.block_on(within(BUDGET, this.change(write, &[&[]])))
    }

    /// The database server knows, and says so by itself.
    fn check_whole(&self) -> Result<(), StorageError> {
        Ok(())
    }

    /// What becomes of old rows is in the hands of the database server.
    fn erase_for_good(&mut self) -> Result<(), StorageError> {
        Ok(())
    }

    /// Another server may be at work: its leases hold until they are over.
    fn end_leases(&mut self, _now: UnixTime) -> Result<(), StorageError> {
        Ok(())
    }

    /// The server does that by itself.
    fn checkpoint_apart(&mut self) -> Result<(), StorageError> {
        Ok(())
    }

    fn is_shared(&self) -> bool {
        true
    }
}

async fn within<T>(
    time: Duration,
    work: impl Future<Output = Result<T, StorageError>>,
) -> Result<T, StorageError> {
    let late = |_| Err(StorageError::Slow("no answer in time".into()));
    timeout(time, work).await.unwrap_or_else(late)
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The connection belongs to the runtime; a runtime must not be waited for by a task.
        drop(self.session.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("address", &self.address)
            .field("of", &self.of)
            .finish_non_exhaustive()
    }
}
