//! The orders that made an instance what it is, and what they say together.

use license_core::UnixTime;
use serde::{Deserialize, Serialize};

use super::catalog::Catalog;
use super::ids::{OrderLine, ProductName, ProductRef};
use super::request::{OrderFacts, Scene, Term};

/// An order that changed an instance: at most one for each order line and kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderChange {
    /// The order.
    pub order: OrderLine,
    /// What it did.
    pub kind: ChangeKind,
    /// The end it set; a later cancellation may have cut it.
    pub ends_at: Option<UnixTime>,
    /// The product that the call named, if the catalog knows it.
    pub product_id: Option<ProductName>,
    /// Its renewal was cancelled.
    pub cancelled: bool,
    /// What the order itself says, once it was read.
    pub facts: Option<ChangeFacts>,
}

/// What an order did to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// The purchase itself, once its order is known.
    Purchase,
    /// Changed the period.
    Scene(Scene),
    /// Changed quantity or specification.
    Upgrade,
}

/// What an order says of the product; its period came with the call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeFacts {
    /// When it was made.
    pub created_at: Option<UnixTime>,
    /// Which product.
    pub product: ProductRef,
    /// How many units.
    pub quantity: Option<u32>,
    /// Paid per period, or once for ever.
    pub term: Option<Term>,
}

impl From<&OrderFacts> for ChangeFacts {
    fn from(facts: &OrderFacts) -> Self {
        Self {
            created_at: facts.starts_at,
            product: facts.product.clone(),
            quantity: facts.quantity,
            term: facts.term,
        }
    }
}

impl ChangeKind {
    /// One word for the operator.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Scene(Scene::TrialToFormal) => "trial to paid",
            Self::Scene(Scene::Renewal) => "renewal",
            Self::Scene(Scene::RenewalChange) => "changed renewal",
            Self::Scene(Scene::CancelRenewal) => "cancelled renewal",
            Self::Upgrade => "upgrade",
        }
    }

    pub(super) fn extends(self) -> bool {
        match self {
            Self::Purchase | Self::Scene(Scene::Renewal | Scene::RenewalChange | Scene::TrialToFormal) => {
                true
            }
            Self::Scene(Scene::CancelRenewal) | Self::Upgrade => false,
        }
    }
}

impl OrderChange {
    /// It still extends the period.
    pub(super) fn holds(&self) -> bool {
        self.kind.extends() && !self.cancelled
    }

    /// The instance ends no earlier than this: what holds, and what a cancellation said remains.
    pub(super) fn floor(&self) -> Option<UnixTime> {
        (self.holds() || self.kind == ChangeKind::Scene(Scene::CancelRenewal))
            .then_some(self.ends_at)
            .flatten()
    }

    /// It still says what the instance is.
    fn describes(&self) -> bool {
        !self.cancelled && (self.kind.extends() || self.kind == ChangeKind::Upgrade)
    }

    /// Later orders say what the instance is now. One whose time is not known came after the purchase and after those
    /// that were read; among such those that end later.
    fn recency(&self) -> (bool, bool, Option<UnixTime>, Option<UnixTime>) {
        let created_at = self.facts.as_ref().and_then(|facts| facts.created_at);
        // R61
        (self.kind != ChangeKind::Purchase, created_at.is_none(), created_at, self.ends_at)
    }

    /// The product that it made of the instance, if it named one that the catalog knows.
    fn product(&self, catalog: &Catalog) -> Option<ProductRef> {
        let read = self.facts.as_ref().map(|facts| &facts.product);
        let named = |id: &ProductName| ProductRef { product_id: Some(id.clone()), ..ProductRef::default() };
        read.filter(|product| catalog.named(product).is_some())
            .cloned()
            .or_else(|| self.product_id.as_ref().map(named))
    }
}

/// What the orders of an instance say of it together, besides its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Description {
    /// The product, if an order after the purchase changed it.
    pub(super) product: Option<ProductRef>,
    pub(super) quantity: Option<u32>,
    pub(super) term: Option<Term>,
}

impl Description {
    /// Each from the latest order that is not cancelled and says it. What a trial says ends with the trial.
    pub(super) fn of(orders: &[OrderChange], trial_is_over: bool, catalog: &Catalog) -> Self {
        let mut orders: Vec<&OrderChange> = orders.iter().filter(|known| known.describes()).collect();
        // R61
        orders.retain(|known| known.kind != ChangeKind::Purchase || !trial_is_over);
        orders.sort_by_key(|known| known.recency());
        let latest = |says: &dyn Fn(&ChangeFacts) -> bool| {
            orders.iter().rev().filter_map(|known| known.facts.as_ref()).find(|facts| says(facts))
        };
        Self {
            product: orders
                .iter()
                .rev()
                .filter(|known| known.kind != ChangeKind::Purchase)
                .find_map(|known| known.product(catalog)),
            quantity: latest(&|facts| facts.quantity.is_some()).and_then(|facts| facts.quantity),
            term: latest(&|facts| facts.term.is_some()).and_then(|facts| facts.term),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ids::{LineId, OrderId};

    fn order(name: &str, kind: ChangeKind, created_at: Option<i64>, quantity: Option<u32>) -> OrderChange {
        let facts = created_at.map(|at| ChangeFacts {
            created_at: Some(UnixTime::from_secs(at)),
            quantity,
            ..ChangeFacts::default()
        });
        OrderChange {
            order: OrderLine {
                order: OrderId::parse(name).expect("a name"),
                line: LineId::parse(name).expect("a name"),
            },
            kind,
            ends_at: None,
            product_id: None,
            cancelled: false,
            facts,
        }
    }

    fn quantity(orders: &[OrderChange]) -> Option<u32> {
        Description::of(orders, false, &Catalog::default()).quantity
    }

    /// R61
    #[test]
    fn the_latest_order_says_how_many_whatever_order_they_come_in() {
        let purchase = order("a", ChangeKind::Purchase, Some(1), Some(10));
        let upgrade = order("b", ChangeKind::Upgrade, Some(2), Some(20));
        let renewal = order("c", ChangeKind::Scene(Scene::Renewal), Some(3), None);
        let unread = order("d", ChangeKind::Scene(Scene::RenewalChange), None, None);
        let mut orders = vec![unread, upgrade, renewal, purchase];
        for _ in 0..4 {
            orders.rotate_left(1);
            assert_eq!(quantity(&orders), Some(20));
        }
        orders.iter_mut().for_each(|known| known.cancelled = known.kind == ChangeKind::Upgrade);
        assert_eq!(quantity(&orders), Some(10), "a cancelled order says nothing");
    }

    /// R61
    #[test]
    fn a_trials_quantity_ends_with_the_trial() {
        let orders = [order("a", ChangeKind::Purchase, Some(1), Some(1))];
        assert_eq!(Description::of(&orders, true, &Catalog::default()).quantity, None);
        assert_eq!(quantity(&orders), Some(1));
    }
}
