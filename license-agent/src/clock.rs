//! The only place that reads the time.

use std::time::{Duration, Instant, SystemTime};

use license_core::{UnixTime, Uptime, collect};

use crate::fault;

/// What this machine's clock says.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn now() -> UnixTime {
    fault::clock().map_or_else(|| SystemTime::now().into(), UnixTime::from_secs)
}

/// How long the machine has been running. Where a test sets the clock, that stands still like the clock.
pub(crate) fn uptime() -> Option<Uptime> {
    if fault::clock().is_some() { Some(Uptime::new(Duration::from_secs(3_600))) } else { collect::uptime() }
}

/// Time that passes while this process runs, whatever the clock is set to. It may stand still while the machine sleeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago it was started.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
