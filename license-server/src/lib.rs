//! Answers the store, signs licenses and delivers them.

pub mod app;
pub mod clock;
pub mod commands;
pub mod config;
pub mod delivery;
pub mod engine;
pub mod http;
pub mod keystore;
pub mod koogallery;
pub mod launch;
pub mod simulator;
pub mod storage;
pub mod telemetry;
mod whole_file;
