//! Answers the store, signs licenses and delivers them.

pub mod engine;
pub mod keystore;
pub mod storage;
