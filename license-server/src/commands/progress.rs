//! How far a command is, for whoever waits at the terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::storage::copying;

/// A line on the terminal; nothing where the standard error is none.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {percent:>3} % {elapsed}, {eta} to go  {msg}")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// So much of so much.
    pub(super) fn at(&self, done: u64, of: u64) {
        self.0.set_length(of);
        self.0.set_position(done);
    }

    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl copying::Progress for Bar {
    fn of(&self, rows: u64) {
        self.0.set_length(rows);
    }

    fn table(&self, name: &str) {
        self.0.set_message(name.to_owned());
    }

    fn done(&self, rows: u64) {
        self.0.inc(rows);
    }
}
