//! Applications that were made before: their answers need no seats.

use std::collections::HashMap;

use license_core::UnixTime;

use crate::engine::ids::EventId;
use crate::engine::is_answered;
use crate::engine::ledger::Ledger;
use crate::engine::request::{Apply, Command, Request};

/// How many applications of a batch each of its events has.
#[derive(Default)]
pub(super) struct Repeats<'r>(HashMap<&'r EventId, u32>);

impl<'r> Repeats<'r> {
    pub(super) fn of(requests: &[&'r Request]) -> Self {
        let mut events = HashMap::new();
        for request in requests {
            if let Command::Apply(apply) = &request.command {
                *events.entry(&apply.event).or_default() += 1;
            }
        }
        Self(events)
    }

    /// Whether a loaded event already has the answer to an application. Another application of the event in the same
    /// batch could take the place of the one that was made before.
    pub(super) fn has(&self, ledger: &Ledger, apply: &Apply, now: UnixTime) -> bool {
        self.0.get(&apply.event) == Some(&1) && is_answered(ledger, apply, now)
    }
}
