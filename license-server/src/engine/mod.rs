//! The rules: loaded state and a request in, a decision and changes out.

pub mod catalog;
pub mod ids;
pub mod request;
