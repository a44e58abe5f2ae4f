//! How long the machine has been running.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// How long the machine has been running since it was started, by a count that nobody sets: not the difference of two
/// readings of the clock. Time asleep may count or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uptime {
    /// Milliseconds.
    pub(super) ran: i64,
    /// Which start of which machine.
    pub(super) start: Option<[u8; 8]>,
}

impl Uptime {
    /// Counted from a start that has no name.
    #[must_use]
    pub fn new(ran: Duration) -> Self {
        Self { ran: i64::try_from(ran.as_millis()).unwrap_or(i64::MAX), start: None }
    }

    /// Names the start, by the boot id that the system made for it: two machines that share a mark are told apart.
    #[must_use]
    pub fn of_start(self, boot_id: &str) -> Self {
        let hash: [u8; 32] = Sha256::digest(boot_id.trim()).into();
        let [a, b, c, d, e, f, g, h, ..] = hash;
        Self { start: Some([a, b, c, d, e, f, g, h]), ..self }
    }

    /// Milliseconds since an earlier reading; none where the count began anew in between.
    pub(crate) fn since(self, before: Self) -> Option<i64> {
        (self.start == before.start && self.ran >= before.ran).then(|| self.ran.saturating_sub(before.ran))
    }
}
