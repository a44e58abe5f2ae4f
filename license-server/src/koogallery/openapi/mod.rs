//! The store's open API: what a vendor's server asks the store.
//!
//! Orders are queried and licenses are uploaded; each request is signed with the vendor's access key.

mod client;
mod error;
mod exchange;
mod host;
mod json;
mod order;
pub mod percent;
mod reply;
pub mod signing;
mod upload;

pub use client::{OpenApi, OpenApiSettings};
pub use error::{CallError, CallErrorKind, OpenApiError};
pub use order::{Contradiction, Order, Purpose};
pub use signing::{SignatureError, SignedRequest, authorization, check};

/// Reads an answer to an order query, and what its order says of the first line.
#[cfg(fuzzing)]
pub(crate) fn fuzz_order_reply(bytes: &[u8]) {
    let body = bytes::Bytes::copy_from_slice(bytes);
    let answer = reply::Answer { status: 200, retry_after: None, body, earlier: None };
    let secrets = [crate::config::Secret::from("ak"), crate::config::Secret::from("sk-of-the-fuzzer")];
    let Ok(wire) = answer.accept(&["MKT.0000", "CBC.0000"], [&secrets[0], &secrets[1]]) else { return };
    let Some(order) = wire.order_info.and_then(|info| Order::read(info, true)) else { return };
    let order_id = crate::engine::ids::OrderId::parse("o").ok();
    let Some((order_id, line)) = order_id.zip(crate::engine::ids::LineId::parse("o-000001").ok()) else {
        return;
    };
    let line = crate::engine::ids::OrderLine { order: order_id, line };
    for purpose in [Purpose::Purchase, Purpose::Change] {
        drop(order.facts(&line, purpose));
    }
}
