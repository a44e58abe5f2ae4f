//! The outbox: licenses leave it one way, are tried again until they have, and are the same bytes each time.

mod file_name;
mod folder;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub use file_name::file_name;
pub use folder::{Folder, FolderError};

use crate::backoff::{Pause, next_attempt};
use crate::clock::Clock;
use crate::engine::outbox::TakenDelivery;
use crate::engine::request::{Command, DeliveryEnd, Outcome, Request};
use crate::fault;
use crate::jobs::{Jobs, work};
use crate::koogallery::openapi::{CallError, CallErrorKind, OpenApi};
use crate::storage::{StorageError, Store};

/// How often what became of a delivery is written, with growing pauses, before the lease is left to end.
const SETTLED_WITHIN: u32 = 6;

/// Where licenses go.
#[derive(Clone, Debug)]
pub enum Way {
    /// To the store, under their events.
    Store(OpenApi),
    /// Into a folder, where there is no open API.
    Folder(Arc<Folder>),
}

/// Empties the outbox until it is stopped.
#[derive(Clone, Debug)]
pub struct Worker {
    store: Store,
    way: Way,
    clock: Clock,
    pause: Pause,
}

impl Worker {
    /// A worker for one way.
    #[must_use]
    pub(crate) fn new(store: Store, way: Way, clock: Clock, pause: Pause) -> Self {
        Self { store, way, clock, pause }
    }

    /// Runs until `stop` becomes true; attempts that are under way are finished first.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let commits = self.store.commits();
        work(self, commits, stop).await;
    }

    async fn attempt(&self, delivery: &TakenDelivery) -> DeliveryEnd {
        match &self.way {
            Way::Folder(folder) => self.write(folder, delivery).await,
            Way::Store(api) => {
                match api.upload(delivery.event.as_str(), &delivery.token, delivery.form).await {
                    Ok(()) => DeliveryEnd::Delivered,
                    Err(error) => self.after_a_failed_upload(delivery, &error),
                }
            }
        }
    }

    async fn write(&self, folder: &Arc<Folder>, delivery: &TakenDelivery) -> DeliveryEnd {
        let folder = Arc::clone(folder);
        let (event, token) = (delivery.event.clone(), delivery.token.clone());
        let written = tokio::task::spawn_blocking(move || folder.put(event.as_str(), &token)).await;
        let error = match written {
            Ok(Ok(())) => return DeliveryEnd::Delivered,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the attempt was interrupted".to_owned(),
        };
        let at = next_attempt(self.clock.now(), delivery.attempts);
        DeliveryEnd::Retry { at, error, uncertain: false }
    }

    fn after_a_failed_upload(&self, delivery: &TakenDelivery, error: &CallError) -> DeliveryEnd {
        match error.kind {
            // R75
            CallErrorKind::Final | CallErrorKind::Parameter | CallErrorKind::TooLong => {
                DeliveryEnd::Parked { error: error.to_string(), uncertain: error.may_have_arrived() }
            }
            _ => {
                let at = self.pause.after(&self.clock, error, delivery.attempts);
                DeliveryEnd::Retry { at, error: error.to_string(), uncertain: error.may_have_arrived() }
            }
        }
    }

    async fn settle(&self, delivery: &TakenDelivery, end: DeliveryEnd) {
        let TakenDelivery { event, instance, .. } = delivery;
        let word = match &end {
            DeliveryEnd::Delivered => "delivered",
            DeliveryEnd::Retry { .. } => "retry",
            DeliveryEnd::Parked { .. } => "parked",
        };
        match &end {
            DeliveryEnd::Delivered => tracing::info!(%event, %instance, end = word, "delivery"),
            DeliveryEnd::Retry { at, error, .. } => tracing::warn!(%event, %instance, %error, next = %at,
                "a license could not be delivered; it is tried again"),
            DeliveryEnd::Parked { error, .. } => tracing::error!(%event, %instance, %error,
                "a license cannot be delivered; mend the cause, then `license-server deliveries retry`"),
        }
        metrics::counter!("license_deliveries_total", "end" => word).increment(1);
        // Storage that is too busy now may not be in a moment; what was sent need not be sent again.
        for nth in 0..SETTLED_WITHIN {
            let command = Command::SettleDelivery { application: delivery.application, end: end.clone() };
            match self.store.submit(Request { replay: None, entropy: [0; 16], command }).await {
                Ok(_) => return,
                Err(error) => {
                    tracing::error!(%event, %instance, %error, "what became of a delivery is not written yet")
                }
            }
            tokio::time::sleep(Duration::from_millis(200 << nth)).await;
        }
        tracing::error!(%event, %instance, "what became of a delivery could not be written; the same license is sent again");
    }
}

impl Jobs for Worker {
    type Job = TakenDelivery;
    const NAME: &'static str = "deliveries";
    const AT_ONCE: usize = 64;

    async fn is_due(&self) -> Result<bool, StorageError> {
        if self.pause.is_on(&self.clock) {
            return Ok(false);
        }
        self.store.has_due_deliveries(self.clock.now()).await
    }

    async fn take(&self, limit: u32) -> Result<Vec<TakenDelivery>, StorageError> {
        let command = Command::TakeDeliveries { limit };
        match self.store.submit(Request { replay: None, entropy: [0; 16], command }).await? {
            Outcome::Deliveries(taken) => Ok(taken),
            _ => Ok(Vec::new()),
        }
    }

    async fn run(&self, delivery: TakenDelivery) {
        fault::reached("delivery-taken");
        let end = self.attempt(&delivery).await;
        fault::reached("delivery-attempted");
        self.settle(&delivery, end).await;
        fault::reached("delivery-settled");
    }
}
