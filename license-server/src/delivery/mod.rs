//! The outbox: licenses leave it one way, are tried again until they have, and are the same bytes each time.

mod file_name;
mod folder;

use std::sync::Arc;

use license_core::UnixTime;
use rand::Rng as _;
use tokio::sync::watch;

pub use file_name::file_name;
pub use folder::{Folder, FolderError};

use crate::clock::Clock;
use crate::engine::request::{Command, DeliveryEnd, Request};
use crate::storage::views::DueDelivery;
use crate::storage::{StorageError, Store};

/// How many deliveries are taken at once.
const TAKEN: u32 = 64;
/// How long an idle worker sleeps at most: a retry may have become due.
const IDLE: std::time::Duration = std::time::Duration::from_secs(1);
/// The longest pause between two attempts, in seconds.
const LONGEST_PAUSE: i64 = 15 * 60;

/// Empties the outbox into the folder until it is stopped.
#[derive(Debug)]
pub struct Worker {
    store: Store,
    folder: Arc<Folder>,
    clock: Clock,
}

impl Worker {
    /// A worker for a folder.
    #[must_use]
    pub fn new(store: Store, folder: Folder, clock: Clock) -> Self {
        Self { store, folder: Arc::new(folder), clock }
    }

    /// Runs until `stop` becomes true; an attempt that is under way is finished first.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.deliver_due(&stop).await {
                Ok(0) => tokio::select! {
                    _ = stop.changed() => {}
                    () = self.store.committed() => {}
                    () = tokio::time::sleep(IDLE) => {}
                },
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "deliveries cannot be read or settled; they wait");
                    tokio::select! {
                        _ = stop.changed() => {}
                        () = tokio::time::sleep(IDLE) => {}
                    }
                }
            }
        }
    }

    /// One round; says how many were due.
    async fn deliver_due(&self, stop: &watch::Receiver<bool>) -> Result<usize, StorageError> {
        let due = self.store.due_deliveries(self.clock.now(), TAKEN).await?;
        for delivery in &due {
            if *stop.borrow() {
                break;
            }
            // Frozen, released or superseded since the round began: it waits, or is not wanted any more.
            if self.store.is_still_due(delivery.application).await? {
                let end = self.attempt(delivery).await;
                self.settle(delivery, end).await?;
            }
        }
        Ok(due.len())
    }

    async fn attempt(&self, delivery: &DueDelivery) -> DeliveryEnd {
        let folder = Arc::clone(&self.folder);
        let (event, token) = (delivery.event.clone(), delivery.token.clone());
        let written = tokio::task::spawn_blocking(move || folder.put(&event, &token)).await;
        let error = match written {
            Ok(Ok(())) => return DeliveryEnd::Delivered,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the attempt was interrupted".to_owned(),
        };
        let at = next_attempt(self.clock.now(), delivery.attempts);
        tracing::warn!(event = %delivery.event, instance = %delivery.instance, %error, next = %at,
            "a license could not be delivered; it is tried again");
        DeliveryEnd::Retry { at, error }
    }

    async fn settle(&self, delivery: &DueDelivery, end: DeliveryEnd) -> Result<(), StorageError> {
        let word = if end == DeliveryEnd::Delivered { "delivered" } else { "retry" };
        let command = Command::SettleDelivery { application: delivery.application, end };
        self.store.submit(Request { replay: None, entropy: [0; 16], command }).await?;
        metrics::counter!("license_deliveries_total", "end" => word).increment(1);
        tracing::info!(event = %delivery.event, instance = %delivery.instance, end = word, "delivery");
        Ok(())
    }
}

/// Twice as long after each failure, at most a quarter of an hour, each between half and all of that, so that many
/// deliveries that failed together do not come back together.
fn next_attempt(now: UnixTime, failed: u32) -> UnixTime {
    let pause = (1_i64 << failed.min(20)).min(LONGEST_PAUSE);
    let jitter = i64::from(rand::rng().next_u32()) % (pause / 2 + 1);
    now.plus(pause - jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_below_a_quarter_of_an_hour() {
        let now = UnixTime::from_secs(1_000);
        for failed in 0..100 {
            let pause = next_attempt(now, failed).as_secs() - now.as_secs();
            let longest = (1_i64 << failed.min(20)).min(LONGEST_PAUSE);
            assert!(pause >= longest / 2 && pause <= longest && pause > 0, "{failed}: {pause}");
        }
    }
}
