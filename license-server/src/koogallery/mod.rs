//! The store's words: its calls, its signature, its replies.

pub mod canonical;
mod query;
pub mod signature;
pub mod times;

pub use query::QueryError;
