//! Durable state: a writer takes everything that is queued, decides it, commits once, then answers.

mod answers;
pub mod clones;
mod codes;
mod columns;
pub mod copying;
mod database;
mod due;
mod error;
pub mod job_views;
mod postgres;
pub mod retention;
mod rows;
mod signer;
mod sqlite;
mod store;
pub mod suspect_views;
mod tables;
pub mod views;

pub use columns::Columns;
pub use database::{Address, Database, Param, Statement};
pub use error::StorageError;
pub use postgres::{Postgres, PostgresAddress};
pub use retention::Retention;
pub use sqlite::{Sqlite, Stored};
pub use store::{Store, StoreSettings};
