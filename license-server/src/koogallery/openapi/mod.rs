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
