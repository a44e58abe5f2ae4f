//! What the engine answers. No word here is the store's.

use license_core::UnixTime;
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
    /// A machine has its license.
    #[serde(skip)]
    Activated(Box<Activated>),
    /// A machine has given its seat back.
    #[serde(skip)]
    Deactivated(InstanceId),
    /// How often an instance's code was replaced.
    #[serde(skip)]
    Code(u32),
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
    /// How often its activation code was replaced, if it has one. The code itself is kept nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
}

/// A license that goes out in the answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Activated {
    /// Of which instance.
    pub instance: InstanceId,
    /// `jti`
    pub license_id: String,
    /// The license.
    pub token: String,
    /// `exp`
    pub expires_at: Option<UnixTime>,
    /// Seats that are still free.
    pub seats_left: u32,
    /// The device had its seat before.
    pub had_seat: bool,
}

impl std::fmt::Debug for Activated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Activated").field(&self.license_id).finish()
    }
}

/// What is too weak about a fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeakBinding {
    /// How strong it is.
    pub strength: String,
    /// How strong it must be.
    pub least: String,
    /// What can be done, a sentence each.
    pub remedies: Vec<String>,
    /// What it rests on.
    pub why: String,
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
    /// No instance has that activation code.
    #[error("no purchase has this activation code")]
    UnknownCode,
    /// The instance was released; only those who know its code are told so.
    #[error("the purchase was ended for good")]
    Released,
    /// The instance's period is over.
    #[error("the purchase ended at {at}")]
    Ended {
        /// When.
        at: UnixTime,
    },
    /// The order is not known yet.
    #[error("the order is not known yet")]
    Pending,
    /// A periodic product, and nobody knows until when.
    #[error("it is not known when the purchase ends; connect the store's open API or set max_license_days")]
    EndUnknown,
    /// The fingerprint is weaker than the product accepts.
    #[error("the fingerprint is too weak: at least {} is asked, {}", .0.least, .0.why)]
    WeakBinding(Box<WeakBinding>),
    /// An id set by the operator where the product takes none.
    #[error("this product does not accept an id set by the operator")]
    CustomIdNotAccepted,
    /// No license of that id is known here.
    #[error("the license is not known here")]
    UnknownLicense,
    /// The license's seat belongs to another device.
    #[error("the license belongs to another machine")]
    OtherDevice,
    /// The license's seat was given back or taken away.
    #[error("the license's seat was given back")]
    SeatGone,
    /// The seat has a key, and the call came without a proof by it.
    #[error("the seat's machine has a key, and nothing was signed with it")]
    ProofMissing,
    /// The seat has another key than the one that signed.
    #[error("the seat's machine has another key")]
    OtherKey,
    /// The seat has no key: what is asked is for whoever knows the activation code, and for the operator.
    #[error("the seat's machine has no key, so the activation code is needed")]
    CodeNeeded,
    /// Seats were given back too often.
    #[error("seats were given back {limit} times in 365 days already")]
    TooManyDeactivations {
        /// How often it may be.
        limit: u32,
        /// When it may be done again; `None` for never.
        again_at: Option<UnixTime>,
    },
    /// The call was signed before others whose answers are forgotten; whether it was answered is not known any more.
    #[error("it was signed before calls that are forgotten already; sign it anew")]
    Forgotten,
    /// The claims could not be signed; the text says which.
    #[error("the license cannot be signed: {0}")]
    Unsignable(String),
}
