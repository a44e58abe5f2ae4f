//! What the engine is asked. No word here is the store's.

use license_core::{Fingerprint, UnixTime};
use serde::{Deserialize, Serialize};

pub use super::asking::{Activate, ActivateBy, Apply, ApplyDevice, Deactivate, Renew};
use super::ids::{ApplicationKey, EventId, InstanceId, OrderLine, ProductRef, SeatNo};
use super::instance::ChangeKind;
pub use super::outcome::{Activated, InstanceView, Outcome, Refusal, WeakBinding};

/// One call, ready to be decided.
#[derive(Clone, Debug)]
pub struct Request {
    /// Set for calls whose answer is kept and given again.
    pub replay: Option<ReplayKey>,
    /// Fresh randomness for whatever id the call needs.
    pub entropy: [u8; 16],
    /// What is asked.
    pub command: Command,
}

/// A signed call by its signature, and until when a copy of it would still be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayKey {
    /// The 32 bytes of the signature: another access key or another call has another one.
    pub signature: [u8; 32],
    /// When the answer may be forgotten.
    pub until: UnixTime,
    /// When it was signed, in milliseconds since 1970, as it says itself: what is signed at another time has another
    /// signature.
    pub signed_at_ms: i64,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Command {
    /// Somebody bought: one instance per order line, for ever.
    Open(Open),
    /// A renewal, its cancellation, or a trial that was paid.
    Refresh(Refresh),
    /// Blocks issuing.
    Freeze {
        /// Which instance.
        instance: InstanceId,
    },
    /// Lets it be issued again.
    Unfreeze {
        /// Which instance.
        instance: InstanceId,
        /// Who says so.
        by: Actor,
    },
    /// The end of an instance.
    Release {
        /// Which instance.
        instance: InstanceId,
    },
    /// A device wants a license.
    Apply(Apply),
    /// A machine wants a license for an activation code.
    Activate(Activate),
    /// A machine that has a license wants to know what became of it.
    Renew(Renew),
    /// A machine gives its seat back.
    Deactivate(Deactivate),
    /// The operator gives an instance another activation code.
    ReplaceCode {
        /// Which instance.
        instance: InstanceId,
    },
    /// What is known of instances.
    Look {
        /// Which instances, at most 100.
        instances: Vec<InstanceId>,
    },
    /// Another quantity or specification was ordered.
    Upgrade {
        /// Which instance.
        instance: InstanceId,
        /// The order that says what.
        order: OrderLine,
    },
    /// May the instance become that product?
    CheckChange {
        /// Which instance.
        instance: InstanceId,
        /// The product it would become.
        product: ProductRef,
    },
    /// An order that is delivered by hand.
    Notice {
        /// The order.
        order: OrderLine,
    },
    /// Which orders are to be asked about now? They are the caller's for [`LEASE`](super::LEASE).
    TakeInquiries {
        /// At most so many.
        limit: u32,
    },
    /// An order was asked about.
    SettleInquiry {
        /// Whose order.
        instance: InstanceId,
        /// Which.
        order: OrderLine,
        /// What it did to the instance.
        kind: ChangeKind,
        /// What came of it.
        end: InquiryEnd,
    },
    /// The operator has an instance's orders asked about again.
    Requery {
        /// Which instance.
        instance: InstanceId,
    },
    /// The operator issues a license by hand.
    IssueByHand(IssueByHand),
    /// The operator frees the seat of a lost machine.
    FreeSeat {
        /// Which instance.
        instance: InstanceId,
        /// Which seat.
        seat: SeatNo,
        /// Why; recorded.
        reason: String,
    },
    /// Which licenses are to be delivered now? They are the caller's for [`LEASE`](super::LEASE).
    TakeDeliveries {
        /// At most so many.
        limit: u32,
    },
    /// An attempt to deliver has ended.
    SettleDelivery {
        /// Whose license.
        application: ApplicationKey,
        /// How it ended.
        end: DeliveryEnd,
    },
    /// The operator has a delivery tried again at once.
    RetryDelivery {
        /// Of which event.
        event: EventId,
    },
    /// The operator gives a delivery up.
    CancelDelivery {
        /// Of which event.
        event: EventId,
        /// Why; recorded.
        reason: String,
    },
}

/// A purchase.
#[derive(Clone, Debug)]
pub struct Open {
    /// The order line that was bought.
    pub order: OrderLine,
    /// The id that the store proposes.
    pub proposed: InstanceId,
    /// Whether order facts are known, will come, or never come.
    pub facts: FactsSource,
}

/// Where an instance's order facts come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactsSource {
    /// Nobody can be asked: the catalog's default entry says everything.
    Catalog,
    /// They were asked for and follow; until then the instance is pending.
    Awaited,
    /// They are here.
    Known(OrderFacts),
}

/// What an order says about an instance. `None`: it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// Which product.
    pub product: ProductRef,
    /// How many units.
    pub quantity: Option<u32>,
    /// From when: the moment of the order.
    pub starts_at: Option<UnixTime>,
    /// Until when.
    pub ends_at: Option<UnixTime>,
    /// Paid per period, or once for ever.
    pub term: Option<Term>,
    /// For trying out.
    pub trial: bool,
    /// Who bought; only where the vendor keeps that.
    pub buyer: Option<Box<Buyer>>,
}

/// Who bought, as far as the order says. Personal data: kept only where the vendor asked for it, erased on release,
/// and never printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// The customer's id in the store.
    pub customer: Option<String>,
    /// A name of a company or a person.
    pub name: Option<String>,
    /// A telephone number.
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
}

impl std::fmt::Debug for Buyer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Buyer(***)")
    }
}

/// How long a purchase lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Term {
    /// Until an end that is named.
    #[default]
    Periodic,
    /// For ever, unless an end is named.
    Perpetual,
}

/// A change of an instance's period.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// Which instance.
    pub instance: InstanceId,
    /// What happened.
    pub scene: Scene,
    /// The order that says so.
    pub order: OrderLine,
    /// The product it is from now on, if it changed.
    pub product_id: Option<super::ids::ProductName>,
    /// The instance's end from now on.
    pub ends_at: UnixTime,
}

/// Why a period changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scene {
    /// A trial was paid.
    TrialToFormal,
    /// Renewed.
    Renewal,
    /// Renewed with another product, quantity or period.
    RenewalChange,
    /// A renewal was cancelled.
    CancelRenewal,
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The store.
    Store,
    /// The vendor's operator.
    Operator,
}

/// A license that the operator issues for an order delivered offline.
#[derive(Clone, Debug)]
pub struct IssueByHand {
    /// The instance it is recorded under; made when it is new.
    pub instance: InstanceId,
    /// The catalog entry, by its code.
    pub product: String,
    /// The device; `None` for none in particular.
    pub device: Option<Fingerprint>,
    /// From when.
    pub starts_at: UnixTime,
    /// Until when; `None` for ever.
    pub ends_at: Option<UnixTime>,
    /// How many units this one license grants.
    pub quantity: u32,
    /// A test license.
    pub test: bool,
    /// The order it answers, if one was notified.
    pub order: Option<OrderLine>,
}

/// How an attempt to deliver ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryEnd {
    /// It is there.
    Delivered,
    /// Try again.
    Retry {
        /// Not before.
        at: UnixTime,
        /// What went wrong, for the operator.
        error: String,
        /// It may be there all the same: the answer was lost.
        uncertain: bool,
    },
    /// Never try again by itself.
    Parked {
        /// What went wrong, for the operator.
        error: String,
        /// It may be there all the same: an earlier answer was lost.
        uncertain: bool,
    },
}

impl DeliveryEnd {
    /// It may be there, though nobody said so.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        match self {
            Self::Delivered => false,
            Self::Retry { uncertain, .. } | Self::Parked { uncertain, .. } => *uncertain,
        }
    }
}

/// What came of asking about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InquiryEnd {
    /// It is known.
    Known(OrderFacts),
    /// Ask again.
    Retry {
        /// Not before.
        at: UnixTime,
        /// What went wrong, for the operator.
        error: String,
    },
    /// It contradicts the call, or nobody knows it. Never ask again by itself.
    Parked {
        /// What is wrong, for the operator.
        error: String,
    },
}
