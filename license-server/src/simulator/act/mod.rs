//! Playing one case: calls, what was expected of them, what came.

mod applying;
mod goods;
mod hearing;

use license_core::UnixTime;
use std::fmt::Display;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(super) use applying::Application;
pub(super) use goods::Ends;
pub(super) use hearing::Heard;

use super::caller::{Caller, Members, SignedCall};
use super::chance::Chance;
use super::fault::Fault;
use super::report::Step;
use super::store::{Behaviour, SimulatedStore};

/// Success.
pub(super) const OK: &str = "000000";
/// Accepted, the result follows.
pub(super) const IN_PROGRESS: &str = "000004";
/// How long one waits for something that should not come.
pub(super) const SETTLE: Duration = Duration::from_secs(1);

/// What the cases share.
pub(super) struct World {
    pub(super) caller: Caller,
    pub(super) chance: Chance,
    /// The open API; `None` when it is not played.
    pub(super) store: Option<SimulatedStore>,
    /// What the orders name.
    pub(super) sku: String,
    pub(super) product_id: String,
    /// When the run began. All ends are counted from here, so that an end which was asked for twice is the same second.
    pub(super) begun: UnixTime,
    /// How many were made: each is a second younger than the one before.
    pub(super) orders: AtomicI64,
    /// How the open API behaves when no case asks for more.
    pub(super) base: Vec<Behaviour>,
    /// How long an upload may take.
    pub(super) patience: Duration,
    /// From reply to upload.
    pub(super) deliveries: Mutex<Vec<Duration>>,
}

/// The end of a case before its last step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) fault: Fault,
    pub(super) says: String,
}

/// How a case goes.
pub(super) type Done<T = ()> = Result<T, Stop>;

/// What must stay true of an event until the end of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Promise {
    pub(super) event: String,
    /// Nothing may be uploaded under it: this fault; `None`: all that is uploaded has the same bytes.
    pub(super) never: Option<Fault>,
}

/// One case being played.
pub(super) struct Act {
    pub(super) world: Arc<World>,
    pub(super) steps: Vec<Step>,
    pub(super) promises: Vec<Promise>,
}

impl World {
    /// Makes the open API behave as it does between cases.
    pub(super) fn calm(&self) {
        if let Some(store) = &self.store {
            store.behave(Behaviour::good());
            self.base.iter().for_each(|base| store.behave(base.clone()));
        }
    }

    /// Whether a promise is broken, and how.
    pub(super) fn broken(&self, promise: &Promise) -> Option<Stop> {
        let uploads = self.store.as_ref()?.uploads(&promise.event);
        let event = &promise.event;
        match (promise.never, uploads.as_slice()) {
            (_, []) => None,
            (Some(fault), _) => Some(stop(fault, format!("a license was uploaded under event {event}"))),
            (None, [first, rest @ ..]) => {
                let other = rest.iter().position(|upload| upload.license != first.license)?;
                let number = other + 2;
                let says = format!("upload {number} under event {event} has other bytes than the first");
                Some(stop(Fault::ReSignedRepeat, says))
            }
        }
    }
}

impl Act {
    pub(super) fn new(world: Arc<World>) -> Self {
        Self { world, steps: Vec::new(), promises: Vec::new() }
    }

    /// Notes a step that went well.
    pub(super) fn note(&mut self, sent: impl Display, expected: impl Display, came: impl Display) {
        let [sent, expected, came] = [sent.to_string(), expected.to_string(), came.to_string()];
        self.steps.push(Step { sent, expected, came });
    }

    /// Notes a step that went wrong; the case ends here.
    pub(super) fn wrong<T>(
        &mut self,
        fault: Fault,
        sent: impl Display,
        expected: impl Display,
        came: impl Display,
    ) -> Done<T> {
        let says = format!("{came}, where {expected} was due");
        self.note(sent, expected, came);
        Err(stop(fault, says))
    }

    /// Signs a call now.
    pub(super) fn sign(&self, members: &Members) -> SignedCall {
        self.world.caller.signed(members, &self.world.chance)
    }

    /// The open API; cases that need it are not played without.
    pub(super) fn store(&self) -> Option<SimulatedStore> {
        self.world.store.clone()
    }

    /// Makes the open API behave worse until the case ends.
    pub(super) fn behave(&self, behaviour: Behaviour) {
        if let Some(store) = &self.world.store {
            store.behave(behaviour);
        }
    }

    /// Checks what the case's events promise, once more after all steps.
    pub(super) fn keep_promises(&mut self) -> Done {
        let broken = self.promises.iter().find_map(|promise| self.world.broken(promise));
        match broken {
            None => Ok(()),
            Some(Stop { fault, says }) => {
                self.note("nothing more", "no other upload", &says);
                Err(Stop { fault, says })
            }
        }
    }

    /// Notes how long a license took from the reply to its upload.
    pub(super) fn delivered_after(&self, took: Duration) {
        self.world.deliveries.lock().unwrap_or_else(PoisonError::into_inner).push(took);
    }
}

pub(super) fn stop(fault: Fault, says: String) -> Stop {
    Stop { fault, says }
}
