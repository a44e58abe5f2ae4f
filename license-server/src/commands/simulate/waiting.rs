//! What a run waits for, for whoever waits with it.

use std::convert::Infallible;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::simulator::{Plan, cases};

/// A case that takes longer is named.
const SOON: Duration = Duration::from_secs(2);
/// How often after that.
const AGAIN: Duration = Duration::from_secs(10);

/// A bar on a terminal; elsewhere a line for each case that takes long.
pub(super) struct Waiting {
    bar: ProgressBar,
    names: Vec<&'static str>,
    ended: AtomicUsize,
    patience: Duration,
}

impl Waiting {
    pub(super) fn new(plan: &Plan) -> Self {
        let names: Vec<_> = cases::all().filter(|case| plan.asks_for(case)).map(|case| case.name).collect();
        let bar = ProgressBar::new(u64::try_from(names.len()).unwrap_or(0));
        if let Ok(style) = ProgressStyle::with_template("{pos:>3}/{len} {bar:30} {elapsed} {msg}") {
            bar.set_style(style);
        }
        bar.set_message(names.first().copied().unwrap_or_default());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, names, ended: AtomicUsize::new(0), patience: plan.patience }
    }

    /// A case has ended; those that are left out come here as well.
    pub(super) fn ended(&self, name: &str) {
        if let Some(at) = self.names.iter().position(|known| *known == name) {
            self.ended.store(at + 1, Ordering::Relaxed);
            self.bar.inc(1);
            self.bar.set_message(self.now().unwrap_or_default());
        }
    }

    /// The case that is played.
    fn now(&self) -> Option<&'static str> {
        self.names.get(self.ended.load(Ordering::Relaxed)).copied()
    }

    /// Says what takes long, as long as the run lasts.
    pub(super) async fn tell(&self) -> Infallible {
        let patience = self.patience.as_secs();
        let (mut since, mut case, mut said) = (Duration::ZERO, self.now(), Duration::ZERO);
        loop {
            tokio::time::sleep(SOON / 4).await;
            since += SOON / 4;
            if self.now() != case {
                (since, case, said) = (Duration::ZERO, self.now(), Duration::ZERO);
            }
            let is_due = if said.is_zero() { since >= SOON } else { since >= said + AGAIN };
            let Some(name) = case.filter(|_| is_due) else { continue };
            said = since;
            let secs = since.as_secs();
            let text = format!(
                "{name}: {secs} s so far; the upload of a license may take {patience} s (--patience)"
            );
            if std::io::stderr().is_terminal() {
                self.bar.set_message(text);
            } else {
                eprintln!("{text}");
            }
        }
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
