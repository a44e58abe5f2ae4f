//! Answers the store, signs licenses and delivers them.

pub mod app;
mod backoff;
pub mod backup;
pub mod clock;
pub mod clock_watch;
mod clones;
pub mod commands;
pub mod config;
pub mod delivery;
pub mod engine;
mod fault;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod http;
mod jobs;
pub mod keystore;
pub mod koogallery;
pub mod launch;
mod log_lines;
mod log_sampler;
mod members;
pub mod orders;
pub mod private_file;
pub mod process;
mod pruning;
mod reloading;
pub mod simulator;
pub mod storage;
pub mod telemetry;
