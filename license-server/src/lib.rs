//! Answers the store, signs licenses and delivers them.

pub mod clock;
pub mod delivery;
pub mod engine;
pub mod keystore;
pub mod storage;
