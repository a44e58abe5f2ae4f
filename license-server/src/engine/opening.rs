//! From a purchase to its renewals: everything that concerns the order rather than a device.

use super::catalog::Catalog;
use super::ids::{InstanceId, OrderLine, ProductRef};
use super::instance::{ChangeKind, Instance, OrderChange, Standing};
use super::ledger::{Ledger, Tracked};
use super::request::{FactsSource, Open, Outcome, Refresh, Refusal};
use super::{Rules, inquiry, live};

/// One instance per order line, whatever else is asked, also after its release.
pub(super) fn open(ledger: &mut Ledger, rules: &Rules<'_>, open: &Open, entropy: [u8; 16]) -> Outcome {
    // R9
    if let Some(known) = ledger.by_line.get(&open.order).and_then(|key| ledger.instances.get(key)) {
        return Outcome::Opened(known.id.clone());
    }
    // R11
    if !is_served(rules.catalog, &open.facts) {
        return Outcome::Refused(Refusal::NoProduct);
    }
    // R10
    let id =
        if ledger.by_id.contains_key(&open.proposed) { fresh_id(entropy) } else { Ok(open.proposed.clone()) };
    let Ok(id) = id else {
        return Outcome::Refused(Refusal::NoInstance);
    };
    let mut instance = Instance::new(id.clone(), open.order.clone(), rules.now);
    instance.code = rules.codes.of(&instance.id, 0);
    let mut orders = Vec::new();
    match &open.facts {
        FactsSource::Catalog => {}
        // R12
        FactsSource::Awaited => instance.standing = Standing::Pending,
        FactsSource::Known(facts) => {
            instance.learn(&open.order, ChangeKind::Purchase, facts, &mut orders, rules.catalog);
        }
    }
    let key = ledger.add_instance(instance);
    ledger.orders.insert(key, Tracked::new(orders));
    match &open.facts {
        FactsSource::Catalog => {}
        // R68
        FactsSource::Awaited => inquiry::ask(ledger, rules, key, open.order.clone(), ChangeKind::Purchase),
        FactsSource::Known(facts) => {
            ledger.buyers.extend(facts.buyer.clone().map(|buyer| (key, buyer)));
        }
    }
    Outcome::Opened(id)
}

fn is_served(catalog: &Catalog, facts: &FactsSource) -> bool {
    match facts {
        FactsSource::Catalog => catalog.default.is_some(),
        FactsSource::Awaited => true,
        FactsSource::Known(facts) => catalog.find(&facts.product).is_some(),
    }
}

/// A UUIDv4, for the case that the proposed id already names another order line.
fn fresh_id(entropy: [u8; 16]) -> Result<InstanceId, super::ids::NameError> {
    InstanceId::parse(&uuid::Builder::from_random_bytes(entropy).into_uuid().to_string())
}

/// Once for each order line and scene.
pub(super) fn refresh(ledger: &mut Ledger, rules: &Rules<'_>, refresh: &Refresh) -> Outcome {
    let (key, instance) = match live(ledger, &refresh.instance) {
        Ok(found) => found,
        Err(refusal) => return Outcome::Refused(refusal),
    };
    let mut instance = instance.clone();
    let kind = ChangeKind::Scene(refresh.scene);
    let mut orders = ledger.orders.get(&key).map(|orders| (**orders).clone()).unwrap_or_default();
    // R55
    if orders.iter().any(|known| known.order == refresh.order && known.kind == kind) {
        return Outcome::Done;
    }
    let is_known = |id: &super::ids::ProductName| {
        let product = ProductRef { product_id: Some(id.clone()), ..ProductRef::default() };
        rules.catalog.named(&product).is_some()
    };
    let change = OrderChange {
        order: refresh.order.clone(),
        kind,
        ends_at: Some(refresh.ends_at),
        product_id: refresh.product_id.clone().filter(is_known),
        cancelled: false,
        facts: None,
    };
    instance.refresh(&mut orders, change, rules.catalog, rules.now);
    // R58
    if let Some(unknown) = refresh.product_id.as_ref().filter(|id| !is_known(id)) {
        let detail =
            format!("{}: product id {unknown} is not in the catalog; the product stays", refresh.order);
        ledger.record(key, rules.now, "product-unknown", detail);
    }
    if let Some(stored) = ledger.edit_instance(key) {
        *stored = instance;
    }
    if let Some(stored) = ledger.orders.get_mut(&key) {
        *stored.edit() = orders;
    }
    // R57: A cancellation names the order that it cancels: nothing new is to be read.
    if !kind.extends() {
        inquiry::forget(ledger, key, &refresh.order);
    } else if rules.asks_orders && !is_cancelled(ledger, key, refresh) {
        inquiry::ask(ledger, rules, key, refresh.order.clone(), kind);
    }
    Outcome::Done
}

fn is_cancelled(ledger: &Ledger, key: super::ids::InstanceKey, refresh: &Refresh) -> bool {
    let orders = ledger.orders.get(&key).into_iter().flat_map(|orders| orders.iter());
    orders.into_iter().any(|known| known.order == refresh.order && known.cancelled)
}

/// Once for each order line. What was ordered is read from the order; where no order can be read, it is recorded.
pub(super) fn upgrade(ledger: &mut Ledger, rules: &Rules<'_>, id: &InstanceId, order: &OrderLine) -> Outcome {
    let key = match live(ledger, id) {
        Ok((key, _)) => key,
        Err(refusal) => return Outcome::Refused(refusal),
    };
    let Some(orders) = ledger.orders.get_mut(&key) else {
        return Outcome::Done;
    };
    // R60
    if orders.iter().any(|known| known.order == *order && known.kind == ChangeKind::Upgrade) {
        return Outcome::Done;
    }
    orders.edit().push(OrderChange {
        order: order.clone(),
        kind: ChangeKind::Upgrade,
        ends_at: None,
        product_id: None,
        cancelled: false,
        facts: None,
    });
    if rules.asks_orders {
        inquiry::ask(ledger, rules, key, order.clone(), ChangeKind::Upgrade);
        return Outcome::Done;
    }
    let detail = format!("{order}: the new quantity is not known without the open API; the catalog's stays");
    ledger.record(key, rules.now, "upgrade-ordered", detail);
    Outcome::Done
}

/// The catalog decides.
pub(super) fn check_change(
    ledger: &Ledger,
    rules: &Rules<'_>,
    id: &InstanceId,
    product: &ProductRef,
) -> Outcome {
    match live(ledger, id) {
        // R62
        Ok(_) if rules.catalog.find(product).is_some() => Outcome::Done,
        Ok(_) => Outcome::Refused(Refusal::NoSuchChange),
        Err(refusal) => Outcome::Refused(refusal),
    }
}

/// Kept for the operator, once.
pub(super) fn notice(ledger: &mut Ledger, order: &OrderLine) -> Outcome {
    // R63
    ledger.notices.entry(order.clone()).or_insert_with(|| Tracked::new(None));
    Outcome::Done
}
