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
mod jobs;
pub mod newest_time;
mod pace;
mod postgres;
mod repeats;
pub mod retention;
pub(crate) mod rfc3339;
mod rows;
mod signer;
mod sqlite;
mod store;
pub mod suspect_views;
mod tables;
pub mod views;

use license_core::UnixTime;

pub use columns::Columns;
pub use database::{Address, Database, Param, Statement};
pub use error::StorageError;
pub use postgres::{Postgres, PostgresAddress};
pub use retention::Retention;
pub use sqlite::{OnlyServer, Sqlite, Stored};
pub use store::{SharedPolicy, Store, StoreSettings};

/// The greatest time, in milliseconds, at which a call was signed whose answer is forgotten. No call that was signed
/// earlier is carried out any more, wherever the clock stands.
const FORGOTTEN_UNTIL: &str = "SELECT value FROM setting WHERE name = 'replays-forgotten'";

fn forgotten_until(kept: Option<&str>) -> i64 {
    kept.and_then(|text| text.parse().ok()).unwrap_or(i64::MIN)
}

/// A call that was signed before this time, in milliseconds, cannot be answered as a repeat any more. Clocks of callers
/// may differ by a minute.
fn replays_until(now: UnixTime) -> i64 {
    now.as_secs().saturating_sub(61).saturating_mul(1000)
}
