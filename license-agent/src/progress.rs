//! What moves on a terminal while the agent waits; nothing on a pipe, in a file, or beside JSON.

use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::report::Form;

/// A line that is taken away when it is dropped.
#[derive(Debug)]
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Nothing is shown until [`says`](Self::says).
    pub(crate) fn new(form: Form) -> Self {
        let is_seen = form == Form::Text && stderr().is_terminal();
        Self(is_seen.then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
            ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        }))
    }

    /// What is waited for.
    pub(crate) fn says(&self, what: impl Into<String>) {
        if let Some(bar) = &self.0 {
            bar.set_message(what.into());
            bar.enable_steady_tick(Duration::from_millis(120));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
