//! The store's words: its calls, its signature, its replies.
//!
//! Nothing here decides about instances or licenses: a call is authenticated, read, and handed to the engine.

pub mod activity;
pub mod canonical;
mod desk;
mod device;
mod members;
mod nonces;
pub mod openapi;
mod query;
pub mod reply;
pub mod signature;
pub mod times;

use bytes::Bytes;

pub use activity::Activity;
use desk::Desk;
pub use members::{Fault, ParameterError};
pub use nonces::NonceLog;
pub use query::QueryError;
pub use reply::{Reply, ResultCode};
pub use signature::sign;

use crate::app::App;

/// Answers one call: its raw query string and its body. Always answers, and within 4 seconds.
pub async fn produce(app: &App, query: &str, body: Bytes) -> Reply {
    let App { clock, realm, access_keys, nonces, .. } = app;
    let desk = Desk { clock, realm, keys: access_keys, nonces, budget: desk::BUDGET };
    desk.answer(query, &body, |request| app.store.submit(request)).await
}
