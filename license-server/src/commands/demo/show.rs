//! Numbered steps with the time each took.

use std::time::Instant;

use super::super::{Done, output};
use crate::clock::Clock;

/// Prints the steps.
pub(super) struct Show {
    clock: Clock,
    since: Instant,
    number: u32,
}

impl Show {
    pub(super) fn begin(clock: Clock) -> Self {
        Self { since: clock.instant(), clock, number: 0 }
    }

    /// A step that was taken; the time counts from the last one.
    pub(super) fn step(&mut self, name: &str, result: &str) -> Done {
        self.number += 1;
        let took = self.clock.instant().duration_since(self.since).as_secs_f64() * 1000.0;
        output::line(format!("{:>2}  {name:<16} {result}  [{took:.1} ms]", self.number))?;
        self.since = self.clock.instant();
        Ok(())
    }

    /// A line below a step.
    pub(super) fn detail(&self, text: &str) -> Done {
        output::line(format!("    {:<16} {text}", ""))
    }

    /// A line of its own.
    pub(super) fn say(&self, text: &str) -> Done {
        output::line(text)
    }
}
