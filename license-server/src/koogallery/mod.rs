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
use crate::engine::request::{Command, FactsSource, Outcome, Request};
use crate::fault;
use crate::storage::StorageError;

/// Answers one call: its raw query string and its body. Always answers, and within 4 seconds.
pub async fn produce(app: &App, query: &str, body: Bytes) -> Reply {
    let App { clock, realm, access_keys, nonces, .. } = app;
    let desk = Desk { clock, realm, keys: access_keys, nonces, budget: desk::BUDGET };
    let reply = desk.answer(query, &body, |request| submit(app, request)).await;
    fault::reached("call-decided");
    reply
}

/// A purchase waits a little for what its order says; everything else goes to storage at once.
async fn submit(app: &App, mut request: Request) -> Result<Outcome, StorageError> {
    if let (Some(orders), Command::Open(open)) = (&app.orders, &mut request.command) {
        // A purchase that is known is answered from storage, whatever its order says by now.
        // R12
        let known = app.store.is_open(open.order.clone()).await?;
        let facts = if known { None } else { orders.facts_now(&open.order).await };
        open.facts = facts.map_or(FactsSource::Awaited, FactsSource::Known);
    }
    app.store.submit(request).await
}
