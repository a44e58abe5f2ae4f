//! What the vendor's operator does by hand.

use license_core::UnixTime;

use super::applying::{license_id, sign};
use super::device_key::key_of;
use super::ids::{InstanceId, InstanceKey, OrderLine, ProductRef, SeatNo};
use super::instance::{ChangeFacts, ChangeKind, Instance, OrderChange};
use super::ledger::{Application, ApplicationStatus, Ledger, Tracked};
use super::request::{Actor, ApplyDevice, IssueByHand, Outcome, Refusal, Term};
use super::{Rules, live, seating, terms};

/// Lifts a freeze; the operator's doing is recorded.
pub(super) fn unfreeze(ledger: &mut Ledger, rules: &Rules<'_>, id: &InstanceId, by: Actor) -> Outcome {
    let key = match live(ledger, id) {
        Ok((key, _)) => key,
        Err(refusal) => return Outcome::Refused(refusal),
    };
    // R64
    if let Some(instance) = ledger.edit_instance(key)
        && let Ok(lifecycle) = instance.lifecycle.unfreeze()
    {
        instance.lifecycle = lifecycle;
    }
    if by == Actor::Operator {
        ledger.record(key, rules.now, "unfrozen", "by the operator".into());
    }
    Outcome::Done
}

/// Takes a lost machine's seat away. Its license works offline until it ends.
pub(super) fn free_seat(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    id: &InstanceId,
    no: SeatNo,
    reason: &str,
) -> Outcome {
    let key = match live(ledger, id) {
        Ok((key, _)) => key,
        Err(refusal) => return Outcome::Refused(refusal),
    };
    match ledger.seats.get(&(key, no)) {
        // R103
        Some(seat) if !seat.freed => {}
        _ => return Outcome::Refused(Refusal::NoSeat(no)),
    }
    ledger.free_seat(key, no, rules.now);
    ledger.record(key, rules.now, "seat-freed", format!("seat {no}: {reason}"));
    Outcome::Done
}

/// Issues a license for an order that is delivered offline. The operator answers for period and quantity.
pub(super) fn issue(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    issue: &IssueByHand,
    entropy: [u8; 16],
) -> Outcome {
    match try_issue(ledger, rules, issue, entropy) {
        Ok(outcome) => outcome,
        Err(refusal) => Outcome::Refused(refusal),
    }
}

fn try_issue(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    issue: &IssueByHand,
    entropy: [u8; 16],
) -> Result<Outcome, Refusal> {
    // R101
    let product = rules.catalog.by_code(&issue.product).ok_or(Refusal::NoProduct)?;
    // R16
    if issue.ends_at.is_some_and(|end| end <= issue.starts_at) {
        return Err(Refusal::EmptyWindow);
    }
    let device = issue.device.clone().map_or(ApplyDevice::Absent, ApplyDevice::Named);
    let shown = terms::binding(product, &device)?;
    let known =
        ledger.by_id.get(&issue.instance).or_else(|| ledger.by_line.get(issue.order.as_ref()?)).copied();
    let mut found = match known.and_then(|key| ledger.instances.get(&key)) {
        Some(known) => live(ledger, &known.id)?.1.clone(),
        None => by_hand(issue, rules),
    };
    // R101
    let is_extended = known.is_some() && extend(&mut found, issue.ends_at);
    // R102
    let rules = Rules { test: rules.test || issue.test, ..*rules };
    let window = (issue.starts_at, issue.ends_at);
    let id = license_id(rules.now, entropy);
    let place = known.and_then(|key| seating::find(ledger, key, product, issue.device.as_ref(), rules.now));
    let named = place.as_ref().and_then(|(_, fit)| fit.binding.clone());
    let binding = terms::on_seat(product, shown, named.as_ref())?;
    let mut claims = terms::claims(&found, product, &rules, id, binding, window);
    claims.quantity = issue.quantity;
    let its_seat = place.as_ref().map(|(no, _)| *no);
    claims.device_key = known.and_then(|key| key_of(ledger, key, its_seat));
    let grant = sign(&rules, &claims)?;
    let key = match known {
        Some(key) => {
            if is_extended && let Some(instance) = ledger.edit_instance(key) {
                (instance.ends_at, instance.term) = (found.ends_at, found.term);
            }
            key
        }
        None => {
            let purchase = purchase(&found);
            let key = ledger.add_instance(found);
            ledger.orders.insert(key, Tracked::new(vec![purchase]));
            key
        }
    };
    // R102
    let seat = seating::take(ledger, key, product, (issue.device.as_ref(), place), rules.now)?;
    let instance =
        ledger.instances.get(&key).map_or_else(|| issue.instance.clone(), |found| found.id.clone());
    let seat_of_device = issue.device.as_ref().map(|_| seat);
    let outcome = Outcome::Issued { instance, token: grant.token.as_str().to_owned(), seat: seat_of_device };
    let (until, license_id) = (grant.until, grant.license_id.clone());
    let application = ledger.add_application(Application {
        instance: key,
        event: None,
        identity: Vec::new(),
        created_at: rules.now,
        status: ApplicationStatus::Granted,
        seat: Some(seat),
        grant: Some(grant),
        terms: None,
    });
    ledger.edit_seat(key, seat, rules.now, |seat| {
        seat.holds.add(application, until, rules.now);
        if let Some(binding) = &named {
            seat.given.give(binding, None, rules.now);
        }
    });
    record(ledger, key, rules.now, issue, &license_id);
    Ok(outcome)
}

fn record(ledger: &mut Ledger, key: InstanceKey, now: UnixTime, issue: &IssueByHand, license_id: &str) {
    ledger.record(key, now, "issued-by-hand", format!("license {license_id}"));
    if let Some(order) = &issue.order {
        // R63
        *ledger.notices.entry(order.clone()).or_insert_with(|| Tracked::new(None)).edit() = Some(now);
    }
}

/// An instance that no order of the store made: its order line is made of its own name, and the end of the first license
/// is that of the purchase.
fn by_hand(issue: &IssueByHand, rules: &Rules<'_>) -> Instance {
    let order = issue.order.clone().unwrap_or_else(|| OrderLine::by_hand(&issue.instance));
    let mut instance = Instance::new(issue.instance.clone(), order, rules.now);
    instance.code = rules.codes.of(&instance.id, 0);
    instance.bought = ProductRef { code: Some(issue.product.clone()), ..ProductRef::default() };
    instance.product = instance.bought.clone();
    instance.starts_at = Some(issue.starts_at);
    instance.ends_at = issue.ends_at;
    instance.term = Some(term(issue.ends_at));
    instance
}

/// What is known of a purchase by hand, in the place of what an order of the store would say.
fn purchase(of: &Instance) -> OrderChange {
    let facts = ChangeFacts {
        created_at: Some(of.created_at),
        product: of.bought.clone(),
        quantity: None,
        term: of.term,
    };
    OrderChange {
        order: of.order.clone(),
        kind: ChangeKind::Purchase,
        ends_at: of.ends_at,
        product_id: None,
        cancelled: false,
        facts: Some(facts),
    }
}

/// Lets a purchase by hand last as long as a further license of it. It is never shortened, and one of the store's ends
/// when its orders say.
fn extend(instance: &mut Instance, ends_at: Option<UnixTime>) -> bool {
    // R101
    let is_by_hand = instance.order == OrderLine::by_hand(&instance.id);
    let lasts = match (instance.term, instance.ends_at, ends_at) {
        (Some(Term::Perpetual), None, _) => true,
        (_, Some(known), Some(end)) => end <= known,
        (_, Some(_) | None, None) | (_, None, Some(_)) => false,
    };
    if !is_by_hand || lasts {
        return false;
    }
    (instance.ends_at, instance.term) = (ends_at, Some(term(ends_at)));
    true
}

const fn term(ends_at: Option<UnixTime>) -> Term {
    if ends_at.is_some() { Term::Periodic } else { Term::Perpetual }
}
