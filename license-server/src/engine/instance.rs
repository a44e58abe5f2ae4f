//! What was bought, and how its period changes.

use license_core::UnixTime;

use super::catalog::{Catalog, Product, Units};
use super::codes::InstanceCode;
use super::ids::{InstanceId, OrderLine, ProductRef};
use super::order_change::Description;
pub use super::order_change::{ChangeFacts, ChangeKind, OrderChange};
use super::request::{OrderFacts, Scene, Term};
use super::seat::{SeatCounts, SeatUse};

/// How far the store's clock may be from this one, in seconds.
const CLOCK_SKEW: i64 = 60;
/// What is wrong with an instance whose order is read, but not in the catalog.
pub const NO_ENTRY: &str = "the catalog has no entry for the ordered product";

/// One purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name.
    pub id: InstanceId,
    /// The order line that was bought.
    pub order: OrderLine,
    /// When the store told of it.
    pub created_at: UnixTime,
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// What is known of the order.
    pub standing: Standing,
    /// Which product it is.
    pub product: ProductRef,
    /// Which product was bought at first; it is that again when a change is cancelled.
    pub bought: ProductRef,
    /// Units ordered, if the order told.
    pub quantity: Option<u32>,
    /// From when, if known.
    pub starts_at: Option<UnixTime>,
    /// Until when, if known.
    pub ends_at: Option<UnixTime>,
    /// What the order says of its term.
    pub term: Option<Term>,
    /// For trying out.
    pub trial: bool,
    /// It was for trying out when it was bought.
    pub bought_as_trial: bool,
    /// How many orders that changed it are still to be read; until then there may be more seats than are known.
    pub unread_orders: u32,
    /// Which stretch of the purchase its seats belong to: a trial's seats are not the paid order's.
    pub seat_phase: u32,
    /// What is counted of its seats.
    pub counts: SeatCounts,
    /// Its activation code.
    pub code: InstanceCode,
}

/// Whether an instance may be issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// It may.
    Active,
    /// Issuing is blocked.
    Frozen {
        /// Since when.
        since: UnixTime,
        /// The period was over then, so a renewal lifts it; any other freeze is lifted by UNFREEZE only.
        for_the_end: bool,
    },
    /// It is over.
    Released {
        /// Since when.
        at: UnixTime,
    },
}

/// What is known of an instance's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Everything that will be known.
    Known,
    /// Order facts are awaited.
    Pending,
    /// The order is known, but cannot be served; the text says why.
    Problem(String),
}

/// A step that is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LifecycleError {
    /// Nothing follows a release.
    #[error("the instance was released at {at}")]
    Released {
        /// When.
        at: UnixTime,
    },
}

impl Lifecycle {
    /// Blocks issuing until [`unfreeze`](Self::unfreeze). A freeze keeps its first moment and what it was for.
    ///
    /// # Errors
    /// After a release.
    pub fn freeze(self, now: UnixTime, ends_at: Option<UnixTime>) -> Result<Self, LifecycleError> {
        match self {
            // R59
            Self::Active => Ok(Self::Frozen { since: now, for_the_end: is_over(now, ends_at) }),
            // R64
            frozen @ Self::Frozen { .. } => Ok(frozen),
            Self::Released { at } => Err(LifecycleError::Released { at }),
        }
    }

    /// Lets it be issued again.
    ///
    /// # Errors
    /// After a release.
    pub fn unfreeze(self) -> Result<Self, LifecycleError> {
        match self {
            Self::Active | Self::Frozen { .. } => Ok(Self::Active),
            Self::Released { at } => Err(LifecycleError::Released { at }),
        }
    }

    /// Ends it; a second release changes nothing.
    #[must_use]
    pub fn release(self, now: UnixTime) -> Self {
        match self {
            Self::Released { at } => Self::Released { at },
            Self::Active | Self::Frozen { .. } => Self::Released { at: now },
        }
    }
}

impl Instance {
    /// A new instance of an order line.
    #[must_use]
    pub fn new(id: InstanceId, order: OrderLine, now: UnixTime) -> Self {
        Self {
            id,
            order,
            created_at: now,
            lifecycle: Lifecycle::Active,
            standing: Standing::Known,
            product: ProductRef::default(),
            bought: ProductRef::default(),
            quantity: None,
            starts_at: None,
            ends_at: None,
            term: None,
            trial: false,
            bought_as_trial: false,
            unread_orders: 0,
            seat_phase: 0,
            counts: SeatCounts::NEW,
            code: InstanceCode::default(),
        }
    }

    /// Takes in what an order says, and what all of them say together from now on.
    ///
    /// The purchase also says from when and until when; the periods of later orders came with the store's calls.
    pub fn learn(
        &mut self,
        order: &OrderLine,
        kind: ChangeKind,
        facts: &OrderFacts,
        orders: &mut Vec<OrderChange>,
        catalog: &Catalog,
    ) {
        if kind == ChangeKind::Purchase {
            self.learn_purchase(facts, orders);
        } else if let Some(known) =
            orders.iter_mut().find(|known| known.order == *order && known.kind == kind)
        {
            known.facts = Some(facts.into());
        }
        self.describe(orders, catalog);
        if kind == ChangeKind::Purchase {
            self.standing = match catalog.find(&self.product) {
                Some(_) => Standing::Known,
                // R71
                None => Standing::Problem(NO_ENTRY.into()),
            };
        } else if self.standing == Standing::Problem(NO_ENTRY.into()) && catalog.find(&self.product).is_some()
        {
            self.standing = Standing::Known;
        }
    }

    fn learn_purchase(&mut self, facts: &OrderFacts, orders: &mut Vec<OrderChange>) {
        let end_was_known = self.ends_at.is_some();
        let is_cancelled = orders.iter().any(|known| known.order == self.order && known.cancelled);
        orders.retain(|known| known.kind != ChangeKind::Purchase);
        // R57: What a cancellation already cut stays cut.
        let cut = orders.iter().filter(|known| known.cancelled).filter_map(|known| known.ends_at).min();
        let ends_at = facts.ends_at.map(|end| cut.map_or(end, |cut| cut.min(end)));
        orders.push(OrderChange {
            order: self.order.clone(),
            kind: ChangeKind::Purchase,
            ends_at,
            product_id: None,
            cancelled: is_cancelled,
            facts: Some(facts.into()),
        });
        if facts.ends_at.is_some() {
            self.ends_at = orders.iter().filter_map(OrderChange::floor).max();
        }
        self.bought = facts.product.clone();
        self.starts_at = facts.starts_at;
        self.bought_as_trial = facts.trial;
        let is_paid = |known: &OrderChange| known.kind == ChangeKind::Scene(Scene::TrialToFormal);
        self.trial = facts.trial && !orders.iter().any(is_paid);
        // Whose freeze it was could not be told before the end was known.
        if let Lifecycle::Frozen { since, for_the_end: false } = self.lifecycle
            && !end_was_known
        {
            self.lifecycle = Lifecycle::Frozen { since, for_the_end: is_over(since, self.ends_at) };
        }
    }

    /// Product, quantity and term of the orders that hold.
    fn describe(&mut self, orders: &[OrderChange], catalog: &Catalog) {
        let described = Description::of(orders, self.bought_as_trial && !self.trial, catalog);
        self.product = described.product.unwrap_or_else(|| self.bought.clone());
        self.quantity = described.quantity;
        self.term = described.term;
    }

    /// How many seats there are for a product.
    #[must_use]
    pub fn seats(&self, product: &Product) -> u32 {
        // R39
        match (product.units, self.quantity) {
            (Units::All, _) => 1,
            (Units::One, Some(quantity)) => quantity.saturating_mul(product.seats_per_unit),
            (Units::One, None) => product.seats,
        }
    }

    /// What one license grants.
    #[must_use]
    pub fn units_per_license(&self, product: &Product) -> u32 {
        // R39
        match (product.units, self.quantity) {
            (Units::One, _) => 1,
            (Units::All, Some(quantity)) => quantity.saturating_mul(product.seats_per_unit).max(1),
            (Units::All, None) => product.seats.max(1),
        }
    }

    /// Applies a change of the period to the instance and to the orders that changed it before.
    ///
    /// Renewals may come in any order: the end is never before that of another order that holds, and the product is
    /// that of the order that ends last. A cancellation sets the given end, and its order holds no more, even when
    /// its renewal arrives later.
    pub fn refresh(
        &mut self,
        orders: &mut Vec<OrderChange>,
        change: OrderChange,
        catalog: &Catalog,
        now: UnixTime,
    ) {
        let Some(end) = change.ends_at else {
            return;
        };
        if change.kind.extends() {
            let cancelled = orders.iter().any(|known| known.order == change.order && known.cancelled);
            let is_first = !orders.iter().any(|known| known.holds() && known.kind != ChangeKind::Purchase);
            orders.push(OrderChange { cancelled, ..change.clone() });
            // R57
            if cancelled {
                return;
            }
            // R56
            self.ends_at = orders.iter().filter_map(OrderChange::floor).max();
            if change.kind == ChangeKind::Scene(Scene::TrialToFormal) {
                self.trial = false;
                // R41: Seats that were taken after another paid order are not the trial's.
                if is_first {
                    self.seat_phase += 1;
                    self.counts.used = SeatUse::NONE;
                }
            }
        } else {
            for known in orders.iter_mut() {
                known.cancelled |= known.order == change.order;
                known.ends_at = known.ends_at.map(|known_end| known_end.min(end));
            }
            self.ends_at = Some(end);
            orders.push(OrderChange { cancelled: true, ..change });
        }
        self.describe(orders, catalog);
        self.thaw_if_the_end_moved_on(now);
    }

    /// A freeze because the period was over ends when the period goes on; any other stays.
    fn thaw_if_the_end_moved_on(&mut self, now: UnixTime) {
        // R59
        if let Lifecycle::Frozen { for_the_end: true, .. } = self.lifecycle
            && self.ends_at.is_some_and(|end| end > now)
        {
            self.lifecycle = Lifecycle::Active;
        }
    }
}

/// The store's clock and this one agree to the minute that its signatures allow.
fn is_over(now: UnixTime, ends_at: Option<UnixTime>) -> bool {
    ends_at.is_some_and(|end| now >= end.minus(CLOCK_SKEW))
}

#[cfg(test)]
mod tests;
