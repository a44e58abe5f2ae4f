//! Asks the store what was ordered: while a purchase waits for its answer, or as a durable job afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::backoff::Pause;
use crate::clock::Clock;
use crate::engine::ids::OrderLine;
use crate::engine::inquiry::TakenInquiry;
use crate::engine::instance::ChangeKind;
use crate::engine::request::{Command, InquiryEnd, OrderFacts, Outcome, Request};
use crate::fault;
use crate::jobs::{Jobs, work};
use crate::koogallery::openapi::{CallError, CallErrorKind, OpenApi, Purpose};
use crate::storage::{StorageError, Store};

/// How long a purchase waits for its order before it is answered without.
const WHILE_A_PURCHASE_WAITS: Duration = Duration::from_millis(1_500);
/// How many purchases may wait for their orders at the same time.
const WAITING_PURCHASES: usize = 32;
/// How long one attempt of a job may take.
const OF_A_JOB: Duration = Duration::from_secs(10);
/// After a failure purchases do not wait for so long; the job finds out when the store is there again.
const NO_WAITING_AFTER_FAILURE: i64 = 10_000;
/// An order that was just made may not be known everywhere in the store yet.
const UNKNOWN_TRIED: u32 = 3;
/// Asks about orders.
#[derive(Clone, Debug)]
pub struct Orders {
    store: Store,
    api: OpenApi,
    clock: Clock,
    places: Arc<Semaphore>,
    /// The running time in milliseconds until which purchases do not wait.
    no_waiting_until: Arc<AtomicI64>,
    pause: Pause,
}

impl Orders {
    /// What asks the open API.
    #[must_use]
    pub(crate) fn new(store: Store, api: OpenApi, clock: Clock, pause: Pause) -> Self {
        let places = Arc::new(Semaphore::new(WAITING_PURCHASES));
        let no_waiting_until = Arc::new(AtomicI64::new(i64::MIN));
        Self { store, api, clock, places, no_waiting_until, pause }
    }

    /// What the order of a purchase says, if it can be known while the caller waits. Whatever is wrong with it, the
    /// job finds out.
    pub async fn facts_now(&self, order: &OrderLine) -> Option<OrderFacts> {
        // R12
        if self.clock.running_ms() < self.no_waiting_until.load(Ordering::Relaxed)
            || self.pause.is_on(&self.clock)
        {
            return None;
        }
        let _place = self.places.try_acquire().ok()?;
        match self.api.order(&order.order, &order.line, WHILE_A_PURCHASE_WAITS).await {
            Ok(found) => {
                fault::reached("order-read");
                found.facts(order, Purpose::Purchase).ok()
            }
            Err(error) => {
                tracing::warn!(%order, %error, "an order could not be read while its purchase waited; it is read later");
                let _ = self.note(&error, 0);
                None
            }
        }
    }

    /// Reads orders until `stop` becomes true; attempts that are under way are finished first.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let commits = self.store.commits();
        work(self, commits, stop).await;
    }

    /// Remembers that the store does not answer, and when the next attempt may be.
    fn note(&self, error: &CallError, failed: u32) -> license_core::UnixTime {
        if matches!(error.kind, CallErrorKind::Unreachable | CallErrorKind::TimedOut) {
            let until = self.clock.running_ms() + NO_WAITING_AFTER_FAILURE;
            self.no_waiting_until.fetch_max(until, Ordering::Relaxed);
        }
        self.pause.after(&self.clock, error, failed)
    }

    async fn attempt(&self, inquiry: &TakenInquiry) -> InquiryEnd {
        let purpose = match inquiry.kind {
            ChangeKind::Purchase => Purpose::Purchase,
            ChangeKind::Scene(_) | ChangeKind::Upgrade => Purpose::Change,
        };
        let order = &inquiry.order;
        match self.api.order(&order.order, &order.line, OF_A_JOB).await {
            Ok(found) => match found.facts(order, purpose) {
                Ok(facts) => InquiryEnd::Known(facts),
                // R69
                Err(contradiction) => InquiryEnd::Parked { error: contradiction.to_string() },
            },
            Err(error) => {
                let at = self.note(&error, inquiry.attempts);
                // R69
                if error.kind == CallErrorKind::Parameter && inquiry.attempts + 1 >= UNKNOWN_TRIED {
                    let error = format!("the store does not know the order: {error}");
                    return InquiryEnd::Parked { error };
                }
                InquiryEnd::Retry { at, error: error.to_string() }
            }
        }
    }

    async fn settle(&self, inquiry: TakenInquiry, end: InquiryEnd) {
        let TakenInquiry { instance, order, kind, .. } = inquiry;
        let word = match &end {
            InquiryEnd::Known(_) => "known",
            InquiryEnd::Retry { .. } => "retry",
            InquiryEnd::Parked { .. } => "parked",
        };
        match &end {
            InquiryEnd::Known(_) => tracing::info!(%order, %instance, "order read"),
            InquiryEnd::Retry { at, error } => tracing::warn!(%order, %instance, %error, next = %at,
                "an order could not be read; it is tried again"),
            InquiryEnd::Parked { error } => tracing::error!(%order, %instance, %error,
                "an order does not fit; see `license-server instances list --problems`"),
        }
        let command = Command::SettleInquiry { instance: instance.clone(), order: order.clone(), kind, end };
        match self.store.submit(Request { replay: None, entropy: rand::random(), command }).await {
            Ok(outcome) => {
                metrics::counter!("license_order_queries_total", "end" => word).increment(1);
                if let Outcome::Refused(refusal) = outcome {
                    tracing::error!(%order, %instance, %refusal,
                        "the order is known, but cannot be served; see `license-server instances list --problems`");
                }
            }
            Err(error) => {
                tracing::error!(%order, %instance, %error, "what an order says could not be written; it is read again");
            }
        }
    }
}

impl Jobs for Orders {
    type Job = TakenInquiry;
    const NAME: &'static str = "order queries";
    const AT_ONCE: usize = 16;

    async fn is_due(&self) -> Result<bool, StorageError> {
        if self.pause.is_on(&self.clock) {
            return Ok(false);
        }
        self.store.has_due_inquiries(self.clock.now()).await
    }

    async fn take(&self, limit: u32) -> Result<Vec<TakenInquiry>, StorageError> {
        let command = Command::TakeInquiries { limit };
        match self.store.submit(Request { replay: None, entropy: [0; 16], command }).await? {
            Outcome::Inquiries(taken) => Ok(taken),
            _ => Ok(Vec::new()),
        }
    }

    async fn run(&self, inquiry: TakenInquiry) {
        fault::reached("inquiry-taken");
        let end = self.attempt(&inquiry).await;
        fault::reached("inquiry-answered");
        self.settle(inquiry, end).await;
        fault::reached("inquiry-settled");
    }
}
