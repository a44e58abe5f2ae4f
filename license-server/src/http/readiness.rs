//! Whether storage can be written, asked once for all who want to know.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::storage::{StorageError, Store};

const WITHIN: Duration = crate::fault::patience(Duration::from_secs(2));

/// Shares one check among all who asked before it began: however many ask, the writer is asked once at a time.
#[derive(Debug, Default)]
pub struct Readiness {
    asked: AtomicU64,
    last: Mutex<Checked>,
}

#[derive(Debug, Default)]
struct Checked {
    /// How many had asked when it began.
    asked: u64,
    failed: Option<StorageError>,
}

impl Readiness {
    /// # Errors
    /// Why storage cannot be written; it was looked after this was called.
    pub(super) async fn of(&self, store: &Store) -> Result<(), StorageError> {
        self.ask(|| async {
            let answered = tokio::time::timeout(WITHIN, store.ready()).await;
            answered.unwrap_or_else(|_| Err(StorageError::Slow("no answer in time".into())))
        })
        .await
    }

    async fn ask<F>(&self, check: impl FnOnce() -> F) -> Result<(), StorageError>
    where
        F: Future<Output = Result<(), StorageError>>,
    {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut last = self.last.lock().await;
        if last.asked < number {
            let asked = self.asked.load(Ordering::SeqCst);
            *last = Checked { failed: check().await.err(), asked };
        }
        last.failed.clone().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn all_who_ask_during_a_check_share_the_next_one() {
        let (readiness, checks, go) = (Readiness::default(), AtomicU64::new(0), Semaphore::new(0));
        let check = || async {
            checks.fetch_add(1, Ordering::SeqCst);
            go.acquire().await.expect("open").forget();
            Err(StorageError::Full)
        };
        let all = futures_util::future::join_all((0..100).map(|_| readiness.ask(check)));
        let (answers, ()) = tokio::join!(all, async { go.add_permits(100) });
        assert!(answers.iter().all(|answer| *answer == Err(StorageError::Full)));
        assert_eq!(checks.load(Ordering::SeqCst), 2, "the first's own, and one for all others");
        assert_eq!(
            readiness.ask(|| async { Ok(()) }).await,
            Ok(()),
            "who asks later is told what is so then"
        );
    }
}
