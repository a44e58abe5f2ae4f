//! The store's open API: what a vendor's server asks the store.

mod json;
mod order;
pub mod percent;
pub mod signing;
mod stub;

pub use order::{Contradiction, Order, Purpose};
pub use signing::{SignatureError, SignedRequest, authorization, check};
pub use stub::*;
