//! What the engine answers. No word here is the store's.

use serde::{Deserialize, Serialize};

use super::ids::{InstanceId, SeatNo};
use super::inquiry::TakenInquiry;
use super::outbox::TakenDelivery;

/// What the engine answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Done.
    Done,
    /// The instance of the order line.
    Opened(InstanceId),
    /// What is known of instances that exist.
    Seen(Vec<InstanceView>),
    /// Accepted; the license follows when the order is known.
    InProgress,
    /// A license issued by hand.
    Issued {
        /// The instance it is recorded under.
        instance: InstanceId,
        /// The token.
        token: String,
        /// The seat, unless it is for no device in particular.
        seat: Option<SeatNo>,
    },
    /// Orders that are to be asked about now.
    #[serde(skip)]
    Inquiries(Vec<TakenInquiry>),
    /// Licenses that are to be delivered now.
    #[serde(skip)]
    Deliveries(Vec<TakenDelivery>),
    /// Refused; nothing changed.
    Refused(Refusal),
}

/// What the buyer may be told of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceView {
    /// Which.
    pub id: InstanceId,
    /// Where the product's pages are, if the product or the settings say.
    pub front_end_url: Option<String>,
}

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// No such instance, or it was released.
    #[error("no such instance")]
    NoInstance,
    /// The event already belongs to another instance.
    #[error("the event belongs to another instance")]
    EventOfAnotherInstance,
    /// The window ends before it begins.
    #[error("the end is not after the beginning")]
    EmptyWindow,
    /// The catalog has no entry for what was ordered.
    #[error("no product of the catalog fits")]
    NoProduct,
    /// The catalog has no entry for what the instance would become.
    #[error("no product of the catalog fits")]
    NoSuchChange,
    /// No fingerprint, one that names no machine, or one weaker than the product accepts. The text is at most 200
    /// bytes long and says what to do.
    #[error("a device fingerprint is needed: {0}")]
    FingerprintNeeded(String),
    /// A periodic license needs an end.
    #[error("a periodic license needs an end")]
    EndNeeded,
    /// The instance is frozen.
    #[error("the instance is frozen")]
    Frozen,
    /// The asked period is not inside the order's.
    #[error("the period is outside the order's validity: {0}")]
    OutsideValidity(String),
    /// All seats are taken.
    #[error("all {quantity} seats are taken")]
    SeatsTaken {
        /// How many there are.
        quantity: u32,
    },
    /// The operator named a seat that is not there.
    #[error("the instance has no seat {0}")]
    NoSeat(SeatNo),
    /// The operator asks about the order of an instance that was issued by hand.
    #[error("the instance was issued by hand; no order says what it is")]
    NoOrder,
    /// The operator named an event whose license is delivered, or that is not there.
    #[error("no delivery of event {0} is open")]
    NoDelivery(super::ids::EventId),
    /// The license is being sent at this moment.
    #[error("the license of event {0} is being sent right now; ask again in a minute")]
    BeingSent(super::ids::EventId),
    /// The claims could not be signed; the text says which.
    #[error("the license cannot be signed: {0}")]
    Unsignable(String),
}
