//! What waits for the writers, and how they share it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

/// So many are worth another writer's while: a transaction costs much the same for few and for many.
const WORTH_IT: usize = 32;
/// For how long fewer are left to gather while another writer is at work, which may be waiting for somebody's lock.
const GATHERED: Duration = Duration::from_millis(5);
/// How often it is looked how many there are.
const LOOKED: Duration = Duration::from_micros(250);

/// A queue with several takers.
#[derive(Debug)]
pub(super) struct Jobs<T> {
    /// Held by the one taker whose turn it is.
    waiting: Mutex<Receiver<T>>,
    /// How many takers have a batch.
    at_work: Mutex<usize>,
    /// One of them is done with it.
    done: Condvar,
}

/// Somebody has taken a batch and is not done with it.
#[derive(Debug)]
pub(super) struct AtWork<'a, T>(&'a Jobs<T>);

impl<T> Jobs<T> {
    pub(super) fn new(waiting: Receiver<T>) -> Self {
        Self { waiting: Mutex::new(waiting), at_work: Mutex::new(0), done: Condvar::new() }
    }

    /// Waits for jobs and takes all, but no more than `limit`; `None` when nobody can bring any more.
    pub(super) fn take(&self, batch: &mut Vec<T>, limit: usize) -> Option<AtWork<'_, T>> {
        let mut waiting = lock(&self.waiting);
        if waiting.blocking_recv_many(batch, limit) == 0 {
            return None;
        }
        let mut at_work = lock(&self.at_work);
        for _ in 0..GATHERED.as_micros() / LOOKED.as_micros() {
            if *at_work == 0 || batch.len() >= WORTH_IT {
                break;
            }
            (at_work, _) = self.done.wait_timeout(at_work, LOOKED).unwrap_or_else(PoisonError::into_inner);
            while batch.len() < limit
                && let Ok(job) = waiting.try_recv()
            {
                batch.push(job);
            }
        }
        *at_work += 1;
        Some(AtWork(self))
    }
}

impl<T> Drop for AtWork<'_, T> {
    fn drop(&mut self) {
        *lock(&self.0.at_work) -= 1;
        self.0.done.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use tokio::sync::mpsc::{Sender, channel};

    use super::*;

    fn queue() -> (Sender<u32>, Arc<Jobs<u32>>) {
        let (sender, waiting) = channel(1024);
        (sender, Arc::new(Jobs::new(waiting)))
    }

    #[test]
    fn one_taker_has_what_there_is_at_once() {
        let (sender, jobs) = queue();
        sender.try_send(1).expect("room");
        let mut batch = Vec::new();
        assert!(jobs.take(&mut batch, 8).is_some());
        assert_eq!(batch, [1]);
        drop(sender);
        batch.clear();
        assert!(jobs.take(&mut batch, 8).is_none(), "nobody can bring any more");
    }

    #[test]
    fn a_second_taker_lets_a_batch_gather_and_does_not_wait_for_ever() {
        let (sender, jobs) = queue();
        sender.try_send(1).expect("room");
        let mut batch = Vec::new();
        let first = jobs.take(&mut batch, 512).expect("a batch");
        (2..40).for_each(|n| sender.try_send(n).expect("room"));
        let mut second = Vec::new();
        // The first one is never done.
        let at_work = jobs.take(&mut second, 512);
        assert!(at_work.is_some() && second.len() == 38, "{second:?}");
        drop(at_work);
        sender.try_send(40).expect("room");
        second.clear();
        assert!(jobs.take(&mut second, 512).is_some());
        assert_eq!(second, [40]);
        drop(first);
    }

    #[test]
    fn every_job_is_taken_once_while_more_may_come() {
        let (sender, jobs) = queue();
        let (done, taken) = std::sync::mpsc::channel();
        for _ in 0..3 {
            let (jobs, done) = (Arc::clone(&jobs), done.clone());
            thread::spawn(move || {
                let mut batch = Vec::new();
                while let Some(_at_work) = jobs.take(&mut batch, 7) {
                    batch.drain(..).for_each(|job| done.send(job).expect("somebody listens"));
                }
            });
        }
        for round in 0..500 {
            (0..9).for_each(|n| sender.blocking_send(round * 9 + n).expect("takers"));
            let mut of_round: Vec<_> = (0..9)
                .map(|_| taken.recv_timeout(Duration::from_secs(30)).expect("nothing is left behind"))
                .collect();
            of_round.sort_unstable();
            assert!(of_round.into_iter().eq(round * 9..round * 9 + 9));
        }
    }
}
