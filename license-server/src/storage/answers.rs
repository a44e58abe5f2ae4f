//! A batch's answers, brought to their callers.

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::StorageError;

/// Where one answer goes.
pub(super) type Answer<T> = oneshot::Sender<Result<T, StorageError>>;

/// Answers of one batch.
type Batch<T> = Vec<(Answer<T>, Result<T, StorageError>)>;

/// Wakes the callers of a batch from inside the runtime they wait in: from outside each of them costs a system call,
/// which the writer has no time for.
#[derive(Debug)]
pub(super) struct Answers<T>(Option<mpsc::UnboundedSender<Batch<T>>>);

impl<T: Send + 'static> Answers<T> {
    /// Outside of a runtime answers are sent directly.
    pub(super) fn start() -> Self {
        let Ok(runtime) = Handle::try_current() else {
            return Self(None);
        };
        // No more than the calls that wait for an answer.
        let (batches, mut done) = mpsc::unbounded_channel();
        runtime.spawn(async move {
            while let Some(batch) = done.recv().await {
                send(batch);
            }
        });
        Self(Some(batches))
    }

    pub(super) fn give(&self, batch: Batch<T>) {
        let unsent = match &self.0 {
            Some(batches) => batches.send(batch).err().map(|unsent| unsent.0),
            None => Some(batch),
        };
        unsent.into_iter().for_each(send);
    }
}

impl<T> Clone for Answers<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

fn send<T>(batch: Batch<T>) {
    for (answer, outcome) in batch {
        // A caller that has gone away does not need the answer; what was decided stays.
        drop(answer.send(outcome));
    }
}
