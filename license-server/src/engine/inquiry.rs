//! Orders that are to be read, and what comes of it.
//!
//! An inquiry is written with the change that needs it, so that none is forgotten, and is gone when its order is
//! known. Whoever takes it has it for [`LEASE`](super::LEASE); a second taker, or the same one after a crash, goes on after that.

use license_core::UnixTime;

use super::ids::{InstanceId, InstanceKey, OrderLine};
use super::instance::{ChangeKind, Standing};
use super::judging::judge_waiting;
use super::ledger::{Ledger, Tracked};
use super::request::{InquiryEnd, OrderFacts, Outcome, Refusal};
use super::{FARTHEST_JOB, Rules, live};

/// Whose order, which, and what it did.
pub type InquiryKey = (InstanceKey, OrderLine, ChangeKind);

/// An order that is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inquiry {
    /// How far it is.
    pub status: InquiryStatus,
    /// Attempts that failed.
    pub attempts: u32,
    /// What the last failure was.
    pub error: Option<String>,
}

/// How far an inquiry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InquiryStatus {
    /// To be asked, not before a time.
    Due(UnixTime),
    /// Not asked again by itself.
    Parked(UnixTime),
    /// The order is known; storage forgets it.
    Done,
}

/// An inquiry for whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenInquiry {
    /// Whose order.
    pub instance: InstanceId,
    /// Which.
    pub order: OrderLine,
    /// What it did to the instance.
    pub kind: ChangeKind,
    /// Attempts that failed.
    pub attempts: u32,
}

/// Has an order read from now on.
pub(super) fn ask(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    key: InstanceKey,
    order: OrderLine,
    kind: ChangeKind,
) {
    let inquiry = Inquiry { status: InquiryStatus::Due(rules.now), attempts: 0, error: None };
    match ledger.inquiries.get_mut(&(key, order.clone(), kind)) {
        Some(known) => *known.edit() = inquiry,
        None => {
            ledger.inquiries.insert((key, order, kind), Tracked::new(inquiry));
        }
    }
    count_unread(ledger, key);
}

/// Those that are due, each now left to the caller for a while.
pub(super) fn take(ledger: &mut Ledger, rules: &Rules<'_>, limit: u32) -> Outcome {
    let mut due: Vec<(UnixTime, InquiryKey)> = ledger
        .inquiries
        .iter()
        .filter_map(|(key, inquiry)| match inquiry.status {
            InquiryStatus::Due(at) if at <= rules.now => Some((at, key.clone())),
            _ => None,
        })
        .collect();
    due.sort_unstable();
    let mut taken = Vec::new();
    for (_, key) in due.into_iter().take(limit as usize) {
        let Some(instance) = ledger.instances.get(&key.0).map(|found| found.id.clone()) else {
            continue;
        };
        if let Some(inquiry) = ledger.inquiries.get_mut(&key) {
            // R68
            inquiry.edit().status = InquiryStatus::Due(rules.now.plus(rules.lease));
            taken.push(TakenInquiry { instance, order: key.1, kind: key.2, attempts: inquiry.attempts });
        }
    }
    Outcome::Inquiries(taken)
}

/// What came of an inquiry. What waited for the order is judged, once, in the order in which it came.
pub(super) fn settle(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    id: &InstanceId,
    (order, kind): (&OrderLine, ChangeKind),
    end: &InquiryEnd,
    entropy: [u8; 16],
) -> Outcome {
    // R13
    let Ok((key, _)) = live(ledger, id) else {
        return Outcome::Refused(Refusal::NoInstance);
    };
    let Some(inquiry) = ledger.inquiries.get_mut(&(key, order.clone(), kind)) else {
        return Outcome::Done;
    };
    // Another taker was faster.
    if inquiry.status == InquiryStatus::Done {
        return Outcome::Done;
    }
    match end {
        InquiryEnd::Known(facts) => {
            let inquiry = inquiry.edit();
            (inquiry.status, inquiry.error) = (InquiryStatus::Done, None);
            learn(ledger, rules, key, (order, kind), facts);
        }
        InquiryEnd::Retry { at, error } => {
            let inquiry = inquiry.edit();
            // R69
            inquiry.status = InquiryStatus::Due((*at).min(rules.now.plus(FARTHEST_JOB)));
            inquiry.attempts = inquiry.attempts.saturating_add(1);
            inquiry.error = Some(error.clone());
        }
        InquiryEnd::Parked { error } => {
            let inquiry = inquiry.edit();
            inquiry.status = InquiryStatus::Parked(rules.now);
            inquiry.error = Some(error.clone());
            park(ledger, rules, key, (order, kind), error);
        }
    }
    count_unread(ledger, key);
    if matches!(end, InquiryEnd::Retry { .. }) {
        return Outcome::Done;
    }
    match ledger.instances.get(&key).map(|found| &found.standing) {
        Some(Standing::Known) => {
            // R70
            let goes_on_after = judge_waiting(ledger, rules, key, entropy);
            if let Some(pause) = goes_on_after
                && let Some(inquiry) = ledger.inquiries.get_mut(&(key, order.clone(), kind))
            {
                let inquiry = inquiry.edit();
                inquiry.status = InquiryStatus::Due(rules.now.plus(pause));
                inquiry.error = Some("some of its applications could not be judged yet".into());
            }
            Outcome::Done
        }
        Some(Standing::Problem(_)) if matches!(end, InquiryEnd::Known(_)) => {
            // R71
            Outcome::Refused(Refusal::NoProduct)
        }
        _ => Outcome::Done,
    }
}

/// Orders that a cancellation names are not read any more.
pub(super) fn forget(ledger: &mut Ledger, key: InstanceKey, order: &OrderLine) {
    let of_order =
        |known: &&InquiryKey| known.0 == key && known.1 == *order && known.2 != ChangeKind::Purchase;
    let keys: Vec<InquiryKey> = ledger.inquiries.keys().filter(of_order).cloned().collect();
    for known in keys {
        if let Some(inquiry) = ledger.inquiries.get_mut(&known) {
            inquiry.edit().status = InquiryStatus::Done;
        }
    }
    count_unread(ledger, key);
}

/// Takes in what an order says.
fn learn(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    key: InstanceKey,
    (order, kind): (&OrderLine, ChangeKind),
    facts: &OrderFacts,
) {
    let mut orders = ledger.orders.get(&key).map(|orders| (**orders).clone()).unwrap_or_default();
    let Some(instance) = ledger.edit_instance(key) else {
        return;
    };
    instance.learn(order, kind, facts, &mut orders, rules.catalog);
    // R71
    if kind != ChangeKind::Purchase && rules.catalog.named(&facts.product).is_none() {
        let detail = format!("{order}: the ordered product is not in the catalog; the product stays");
        ledger.record(key, rules.now, "product-unknown", detail);
    }
    if let Some(stored) = ledger.orders.get_mut(&key) {
        *stored.edit() = orders;
    }
    if let Some(buyer) = &facts.buyer {
        ledger.buyers.insert(key, buyer.clone());
    }
}

fn park(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    key: InstanceKey,
    (order, kind): (&OrderLine, ChangeKind),
    why: &str,
) {
    if kind == ChangeKind::Purchase
        && let Some(instance) = ledger.edit_instance(key)
        // An order that was read before and is asked about again keeps what it said.
        && instance.standing != Standing::Known
    {
        instance.standing = Standing::Problem(why.to_owned());
    }
    ledger.record(key, rules.now, "order-parked", format!("{} {order}: {why}", kind.as_str()));
}

/// The operator has all orders of an instance read again.
pub(super) fn requery(ledger: &mut Ledger, rules: &Rules<'_>, id: &InstanceId) -> Outcome {
    let (key, purchase) = match live(ledger, id) {
        // R72: The operator named the product of what was issued by hand; no order does.
        Ok((_, found)) if found.bought.code.is_some() => return Outcome::Refused(Refusal::NoOrder),
        Ok((key, found)) => (key, found.order.clone()),
        Err(refusal) => return Outcome::Refused(refusal),
    };
    let changes = ledger.orders.get(&key).into_iter().flat_map(|orders| orders.iter());
    let changed: Vec<_> = changes
        .filter(|known| !known.cancelled && known.kind != ChangeKind::Purchase)
        .map(|known| (known.order.clone(), known.kind))
        .collect();
    ask(ledger, rules, key, purchase, ChangeKind::Purchase);
    for (order, kind) in changed {
        ask(ledger, rules, key, order, kind);
    }
    ledger.record(key, rules.now, "requeried", "by the operator".into());
    Outcome::Done
}

/// How many orders that changed the instance are still to be read.
fn count_unread(ledger: &mut Ledger, key: InstanceKey) {
    let is_unread = |((of, _, kind), inquiry): &(&InquiryKey, &Tracked<Inquiry>)| {
        *of == key && *kind != ChangeKind::Purchase && matches!(inquiry.status, InquiryStatus::Due(_))
    };
    let unread = u32::try_from(ledger.inquiries.iter().filter(is_unread).count()).unwrap_or(u32::MAX);
    if ledger.instances.get(&key).is_some_and(|found| found.unread_orders != unread)
        && let Some(instance) = ledger.edit_instance(key)
    {
        instance.unread_orders = unread;
    }
}
