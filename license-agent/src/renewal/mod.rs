//! Renewing: when it is due, one exchange with the server, and the service that does both for ever.

mod ask;
mod log;
mod plan;
mod watch;

pub(crate) use ask::{ask, look};
pub(crate) use plan::due;
pub(crate) use watch::watch;
