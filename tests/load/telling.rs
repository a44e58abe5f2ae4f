//! How far something is, on standard error, for whatever takes more than two seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two lines, and before the first.
const EVERY: Duration = Duration::from_secs(2);

/// Says how far it is until it is dropped.
#[derive(Debug)]
pub(crate) struct Telling {
    done: Arc<AtomicU64>,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone, Copy)]
enum Of {
    Nothing,
    Time(Duration),
    Count(u64),
}

impl Telling {
    /// Of something that takes as long as it takes.
    pub(crate) fn of(what: &str) -> Self {
        Self::start(what, Of::Nothing)
    }

    /// Of something whose end is known.
    pub(crate) fn of_time(what: &str, duration: Duration) -> Self {
        Self::start(what, Of::Time(duration))
    }

    /// Of so many things; each is told to [`Telling::done`].
    pub(crate) fn of_count(what: &str, count: usize) -> Self {
        Self::start(what, Of::Count(u64::try_from(count).unwrap_or(u64::MAX)))
    }

    /// So many more are done.
    pub(crate) fn done(&self, more: usize) {
        self.done.fetch_add(u64::try_from(more).unwrap_or(0), Ordering::Relaxed);
    }

    fn start(what: &str, of: Of) -> Self {
        let (end, ended) = channel::<()>();
        let (what, done) = (what.to_owned(), Arc::<AtomicU64>::default());
        let counted = Arc::clone(&done);
        // A thread of its own: what is told of may block its own.
        let thread = std::thread::spawn(move || {
            let mut passed = Duration::ZERO;
            while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                passed += EVERY;
                eprintln!("{}", line(&what, of, passed, counted.load(Ordering::Relaxed)));
            }
        });
        Self { done, end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        drop(self.end.take());
        // It has nothing to say about how it ended.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn line(what: &str, of: Of, passed: Duration, done: u64) -> String {
    let seconds = passed.as_secs();
    match of {
        Of::Nothing => format!("{what} … {seconds} s"),
        Of::Time(all) => format!("{what} … {seconds} of {} s", all.as_secs()),
        Of::Count(all) => format!("{what} … {done} of {all}, {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        let two = Duration::from_secs(2);
        assert_eq!(line("x", Of::Nothing, two, 0), "x … 2 s");
        assert_eq!(line("x", Of::Time(Duration::from_secs(10)), two, 0), "x … 2 of 10 s");
        assert_eq!(line("x", Of::Count(7), two, 3), "x … 3 of 7, 2 s");
    }

    #[test]
    fn it_ends_at_once() {
        let telling = Telling::of_count("x", 1);
        telling.done(1);
        drop(telling);
    }
}
