//! The outbox: licenses leave it one way, are tried again until they have, and are the same bytes each time.

mod file_name;
mod folder;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

pub use file_name::file_name;
pub use folder::{Folder, FolderError};

use crate::backoff::next_attempt;
use crate::clock::Clock;
use crate::engine::outbox::TakenDelivery;
use crate::engine::request::{Command, DeliveryEnd, Outcome, Request};
use crate::fault;
use crate::jobs::{Jobs, work};
use crate::koogallery::openapi::{CallError, CallErrorKind, OpenApi};
use crate::storage::{StorageError, Store};

/// How long the store is left alone when it says that it is asked too often and not for how long.
const PAUSE: Duration = Duration::from_secs(5);

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
    /// Milliseconds since 1970 until which nothing is sent.
    paused_until: Arc<AtomicI64>,
}

impl Worker {
    /// A worker for one way.
    #[must_use]
    pub fn new(store: Store, way: Way, clock: Clock) -> Self {
        Self { store, way, clock, paused_until: Arc::default() }
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
            CallErrorKind::Final | CallErrorKind::Parameter | CallErrorKind::TooLong => {
                DeliveryEnd::Parked { error: error.to_string() }
            }
            kind => {
                let asked = error.retry_after.or((kind == CallErrorKind::RateLimited).then_some(PAUSE));
                let pause = asked.map_or(0, |pause| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
                if kind == CallErrorKind::RateLimited {
                    self.paused_until.fetch_max(self.clock.now_ms().saturating_add(pause), Ordering::Relaxed);
                }
                let earliest = self.clock.now().plus(pause.saturating_add(999) / 1000);
                let at = next_attempt(self.clock.now(), delivery.attempts).max(earliest);
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
            DeliveryEnd::Parked { error } => tracing::error!(%event, %instance, %error,
                "a license cannot be delivered; mend the cause, then `license-server deliveries retry`"),
        }
        let command = Command::SettleDelivery { application: delivery.application, end };
        match self.store.submit(Request { replay: None, entropy: [0; 16], command }).await {
            Ok(_) => metrics::counter!("license_deliveries_total", "end" => word).increment(1),
            Err(error) => tracing::error!(%event, %instance, %error,
                "what became of a delivery could not be written; the same license is sent again"),
        }
    }
}

impl Jobs for Worker {
    type Job = TakenDelivery;
    const NAME: &'static str = "deliveries";
    const AT_ONCE: usize = 64;

    async fn is_due(&self) -> Result<bool, StorageError> {
        if self.clock.now_ms() < self.paused_until.load(Ordering::Relaxed) {
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
