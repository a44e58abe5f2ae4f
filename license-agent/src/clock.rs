//! The only place that reads the time.

use std::time::SystemTime;

use license_core::UnixTime;

/// What this machine's clock says.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn now() -> UnixTime {
    SystemTime::now().into()
}
