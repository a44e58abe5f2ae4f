//! Durable state: one writer takes everything that is queued, decides it, commits once, then answers.

mod error;
pub mod job_views;
mod sqlite;
mod store;
pub mod suspect_views;
pub mod views;

pub use error::StorageError;
pub use sqlite::Sqlite;
pub use store::{Store, StoreSettings};
