//! Answers the store, signs licenses and delivers them.

pub mod app;
mod backoff;
pub mod backup;
pub mod clock;
mod clones;
pub mod commands;
pub mod config;
pub mod delivery;
pub mod engine;
mod fault;
pub mod http;
mod jobs;
pub mod keystore;
pub mod koogallery;
pub mod launch;
mod log_sampler;
mod members;
pub mod orders;
mod pruning;
pub mod simulator;
pub mod storage;
pub mod telemetry;
mod whole_file;
