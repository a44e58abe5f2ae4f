//! Calls a license server as the store does, as often as it can bear, checks every answer, and measures.

pub mod args;
pub mod bare;
pub mod calls;
pub mod compare;
pub mod drive;
pub mod failure;
mod place;
pub mod plan;
pub mod population;
pub mod report;
pub mod run;
pub mod server;
mod stage;
pub mod tally;
mod telling;
pub mod watch;
pub mod wire;
