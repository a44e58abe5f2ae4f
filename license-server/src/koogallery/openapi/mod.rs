//! The store's open API: what a vendor's server asks the store.

pub mod percent;
pub mod signing;

pub use signing::{SignatureError, SignedRequest, authorization, check};
