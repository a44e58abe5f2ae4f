//! The store, played: what a vendor tries everything against before the store is asked.

pub mod store;
