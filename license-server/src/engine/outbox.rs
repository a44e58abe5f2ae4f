//! Deliveries: who may try them, and what becomes of them.
//!
//! A license that is being sent may be at the store before anybody here knows, so it is marked before it goes, and
//! from then on its seat stays its own until an attempt is known to have failed.

use license_core::UnixTime;

use super::catalog::DeliveryForm;
use super::ids::{ApplicationKey, EventId, InstanceId};
use super::instance::Lifecycle;
use super::ledger::{ApplicationStatus, Delivery, DeliveryStatus, Ledger};
use super::request::{DeliveryEnd, Outcome, Refusal};
use super::{FARTHEST_JOB, Rules, applying};

/// A license for whoever delivers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenDelivery {
    /// Whose license.
    pub application: ApplicationKey,
    /// The instance, for the log.
    pub instance: InstanceId,
    /// Under which event.
    pub event: EventId,
    /// The license.
    pub token: String,
    /// How the product wants it delivered.
    pub form: DeliveryForm,
    /// Attempts that failed.
    pub attempts: u32,
}

/// Those that are due, each now left to the caller for a while.
pub(super) fn take(ledger: &mut Ledger, rules: &Rules<'_>, limit: u32) -> Outcome {
    let mut due: Vec<(UnixTime, ApplicationKey)> = ledger
        .deliveries
        .iter()
        .filter_map(|(key, delivery)| due_since(delivery, rules.now).map(|since| (since, *key)))
        .collect();
    due.sort_unstable();
    let mut taken = Vec::new();
    for (_, key) in due {
        if taken.len() >= limit as usize {
            break;
        }
        if let Some(delivery) = take_one(ledger, rules, key) {
            taken.push(delivery);
        }
    }
    Outcome::Deliveries(taken)
}

/// Since when a delivery may be taken. One whose taker is gone is like one that failed without an answer.
fn due_since(delivery: &Delivery, now: UnixTime) -> Option<UnixTime> {
    let (DeliveryStatus::Due(at) | DeliveryStatus::Sending(at) | DeliveryStatus::Overtaken(at)) =
        delivery.status
    else {
        return None;
    };
    (at <= now).then_some(at)
}

fn take_one(ledger: &mut Ledger, rules: &Rules<'_>, key: ApplicationKey) -> Option<TakenDelivery> {
    let application = ledger.applications.get(&key)?;
    let instance = ledger.instances.get(&application.instance)?;
    // R74
    if instance.lifecycle != Lifecycle::Active {
        return None;
    }
    let (event, token) = (application.event.clone()?, application.grant.as_ref()?.token.as_str().to_owned());
    let form = rules.catalog.find(&instance.product).map_or(DeliveryForm::Auto, |product| product.delivery);
    let id = instance.id.clone();
    // R74
    if another_is_out(ledger, &event, key, rules.now) {
        return None;
    }
    let delivery = ledger.deliveries.get_mut(&key)?.edit();
    if matches!(delivery.status, DeliveryStatus::Overtaken(_)) {
        delivery.status = DeliveryStatus::Cancelled(rules.now);
        record_doubt(ledger, key, rules.now);
        return None;
    }
    delivery.uncertain |= matches!(delivery.status, DeliveryStatus::Sending(_));
    // R73
    delivery.status = DeliveryStatus::Sending(rules.now.plus(rules.lease));
    let attempts = delivery.attempts;
    Some(TakenDelivery { application: key, instance: id, event, token, form, attempts })
}

/// One delivery of an event at a time.
fn another_is_out(ledger: &Ledger, event: &EventId, key: ApplicationKey, now: UnixTime) -> bool {
    let is_out = |other: &ApplicationKey| {
        *other != key
            && ledger.deliveries.get(other).is_some_and(|delivery| {
                matches!(delivery.status, DeliveryStatus::Sending(until) | DeliveryStatus::Overtaken(until) if until > now)
            })
    };
    ledger.by_event.get(event).is_some_and(|all| all.iter().any(is_out))
}

/// What became of an attempt.
pub(super) fn settle(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    key: ApplicationKey,
    end: &DeliveryEnd,
) -> Outcome {
    let Some(delivery) = ledger.deliveries.get_mut(&key) else {
        return Outcome::Done;
    };
    match (delivery.status, end) {
        (DeliveryStatus::Done(_), _) => {}
        // R76
        (DeliveryStatus::Overtaken(_), DeliveryEnd::Delivered) => {
            delivery.edit().status = DeliveryStatus::Done(rules.now);
            delivered_late(ledger, rules, key);
        }
        (_, DeliveryEnd::Delivered) => {
            let delivery = delivery.edit();
            delivery.status = DeliveryStatus::Done(rules.now);
            delivery.error = None;
        }
        (DeliveryStatus::Overtaken(_), end) => {
            // R76
            let is_out = delivery.uncertain || end.is_uncertain();
            delivery.edit().status = DeliveryStatus::Cancelled(rules.now);
            if is_out {
                record_doubt(ledger, key, rules.now);
            } else {
                applying::take_back(ledger, key, rules.now);
            }
        }
        (
            DeliveryStatus::Sending(_) | DeliveryStatus::Due(_),
            DeliveryEnd::Retry { at, error, uncertain },
        ) => {
            let delivery = delivery.edit();
            // R75
            delivery.status = DeliveryStatus::Due((*at).min(rules.now.plus(FARTHEST_JOB)));
            delivery.attempts = delivery.attempts.saturating_add(1);
            delivery.error = Some(error.clone());
            delivery.uncertain |= uncertain;
        }
        (DeliveryStatus::Sending(_) | DeliveryStatus::Due(_), DeliveryEnd::Parked { error, uncertain }) => {
            let delivery = delivery.edit();
            // R75
            delivery.status = DeliveryStatus::Parked(rules.now);
            delivery.error = Some(error.clone());
            delivery.uncertain |= uncertain;
        }
        (DeliveryStatus::Parked(_) | DeliveryStatus::Cancelled(_), _) => {}
    }
    Outcome::Done
}

/// A license that arrived though a newer application had taken its place meanwhile is out, and has kept its seat.
fn delivered_late(ledger: &mut Ledger, rules: &Rules<'_>, key: ApplicationKey) {
    if let Some(application) = ledger.applications.get_mut(&key) {
        application.edit().status = ApplicationStatus::Granted;
        let instance = application.instance;
        let detail = "a license was delivered just as another took its place; both hold a seat".into();
        ledger.record(instance, rules.now, "delivered-late", detail);
    }
}

/// A license that may be at the store keeps its seat though nobody sends it any more.
pub(super) fn record_doubt(ledger: &mut Ledger, key: ApplicationKey, now: UnixTime) {
    if let Some(delivery) = ledger.deliveries.get_mut(&key) {
        delivery.edit().uncertain = true;
    }
    let Some(application) = ledger.applications.get(&key) else {
        return;
    };
    let instance = application.instance;
    let event = application.event.as_ref().map(ToString::to_string).unwrap_or_default();
    let detail =
        format!("event {event}: an attempt to deliver had no answer; the license's seat stays taken");
    ledger.record(instance, now, "delivery-in-doubt", detail);
}

/// The operator has a delivery tried at once.
pub(super) fn retry(ledger: &mut Ledger, rules: &Rules<'_>, event: &EventId) -> Outcome {
    let key = match open_of_event(ledger, event, rules.now) {
        Ok(key) => key,
        Err(refusal) => return Outcome::Refused(refusal),
    };
    if let Some(delivery) = ledger.deliveries.get_mut(&key) {
        let delivery = delivery.edit();
        delivery.uncertain |= matches!(delivery.status, DeliveryStatus::Sending(_));
        // R77
        delivery.status = DeliveryStatus::Due(rules.now);
    }
    Outcome::Done
}

/// The operator gives a delivery up. The same application may come again; it is judged anew then.
pub(super) fn cancel(ledger: &mut Ledger, rules: &Rules<'_>, event: &EventId, reason: &str) -> Outcome {
    let key = match open_of_event(ledger, event, rules.now) {
        Ok(key) => key,
        Err(refusal) => return Outcome::Refused(refusal),
    };
    let Some(delivery) = ledger.deliveries.get_mut(&key) else {
        return Outcome::Refused(Refusal::NoDelivery(event.clone()));
    };
    // R76, R77: One whose taker is gone may have arrived.
    let may_be_out = delivery.uncertain || matches!(delivery.status, DeliveryStatus::Sending(_));
    let instance = delivery.instance;
    delivery.edit().status = DeliveryStatus::Cancelled(rules.now);
    if let Some(application) = ledger.applications.get_mut(&key) {
        application.edit().status = ApplicationStatus::Superseded;
    }
    ledger.record(instance, rules.now, "delivery-cancelled", format!("event {event}: {reason}"));
    if may_be_out {
        record_doubt(ledger, key, rules.now);
    } else {
        applying::take_back(ledger, key, rules.now);
    }
    Outcome::Done
}

/// The delivery of an event that waits or is parked, or whose taker is gone.
fn open_of_event(ledger: &Ledger, event: &EventId, now: UnixTime) -> Result<ApplicationKey, Refusal> {
    let of_event = ledger.by_event.get(event).into_iter().flatten();
    let with_status =
        of_event.filter_map(|key| Some((*key, ledger.deliveries.get(key)?.status))).collect::<Vec<_>>();
    let is_open = |status: &DeliveryStatus| match status {
        DeliveryStatus::Due(_) | DeliveryStatus::Parked(_) => true,
        DeliveryStatus::Sending(until) => *until <= now,
        DeliveryStatus::Done(_) | DeliveryStatus::Cancelled(_) | DeliveryStatus::Overtaken(_) => false,
    };
    let open = with_status.iter().find(|(_, status)| is_open(status));
    match open {
        Some((key, _)) => Ok(*key),
        None if with_status.iter().any(|(_, status)| matches!(status, DeliveryStatus::Sending(_))) => {
            // R77
            Err(Refusal::BeingSent(event.clone()))
        }
        // R77
        None => Err(Refusal::NoDelivery(event.clone())),
    }
}
