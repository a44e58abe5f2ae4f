//! Applications that waited for their order.

use super::Rules;
use super::applying::{Asked, give_back, grant, hold_and_deliver, license_id, take_back};
use super::ids::{ApplicationKey, InstanceKey};
use super::ledger::{ApplicationStatus, Ledger, Waiting};
use super::request::{ApplyDevice, Refusal};
use super::terms::Window;

/// How many waiting applications are judged at once; storage loads no more.
pub const JUDGED_AT_ONCE: u32 = 512;

/// Judges, once and in the order they came, the applications that waited for an instance's order. Those that an order
/// which is still to be read may help go on waiting, and so do those that nobody can sign for now. After how many seconds
/// there is more to judge, if there is.
pub(super) fn judge_waiting(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    instance: InstanceKey,
    entropy: [u8; 16],
) -> Option<i64> {
    let mut waiting: Vec<(ApplicationKey, Waiting, bool)> = ledger
        .applications
        .iter()
        .filter(|(_, known)| known.instance == instance)
        .filter_map(|(key, known)| match &known.status {
            ApplicationStatus::Waiting(waiting) => Some((*key, waiting.clone(), known.identity.is_empty())),
            _ => None,
        })
        .collect();
    waiting.sort_unstable_by_key(|(key, ..)| *key);
    // Every reservation is given up first: how many seats there are is only known now.
    let reserved: Vec<_> =
        waiting.iter().map(|(application, ..)| take_back(ledger, *application, rules.now)).collect();
    let are_more = waiting.len() >= JUDGED_AT_ONCE as usize;
    let mut cannot_be_signed = false;
    let mut left = Vec::new();
    for (nth, ((application, waiting, absent), reserved)) in waiting.into_iter().zip(reserved).enumerate() {
        let judged =
            judge_one(ledger, rules, instance, (application, waiting, absent), distinct(entropy, nth));
        if judged == Judged::Later {
            left.push(reserved);
        }
        cannot_be_signed |= judged == Judged::Later && !has_unread_orders(ledger, instance);
    }
    for reserved in left {
        give_back(ledger, instance, reserved, rules.now);
    }
    match (are_more, cannot_be_signed) {
        (_, true) => Some(60),
        (true, false) => Some(1),
        (false, false) => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    Now,
    Later,
}

fn has_unread_orders(ledger: &Ledger, instance: InstanceKey) -> bool {
    ledger.instances.get(&instance).is_some_and(|found| found.unread_orders > 0)
}

fn judge_one(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    instance: InstanceKey,
    (application, waiting, absent): (ApplicationKey, Waiting, bool),
    entropy: [u8; 16],
) -> Judged {
    let Some(product) = ledger.instances.get(&instance).and_then(|found| rules.catalog.find(&found.product))
    else {
        return Judged::Later;
    };
    let device = match (waiting.device, absent) {
        (Some(fingerprint), _) => ApplyDevice::Named(fingerprint),
        (None, true) => ApplyDevice::Absent,
        (None, false) => {
            let why = license_core::FingerprintError::NoAnchor;
            ApplyDevice::Unusable { identity: [0; 32], why }
        }
    };
    let window = Window { effective: waiting.effective, expires: waiting.expires };
    let license_id = license_id(rules.now, entropy);
    // R70
    let judged = grant(ledger, rules, product, &Asked { instance, window, device: &device, license_id });
    match &judged {
        Err(Refusal::Unsignable(_)) => return Judged::Later,
        // R22
        Err(Refusal::SeatsTaken { .. }) if has_unread_orders(ledger, instance) => return Judged::Later,
        _ => {}
    }
    let Some(known) = ledger.applications.get_mut(&application) else {
        return Judged::Now;
    };
    match judged {
        Ok(granted) => {
            let known = known.edit();
            known.status = ApplicationStatus::Granted;
            known.seat = Some(granted.seat);
            hold_and_deliver(ledger, application, instance, granted, rules.now);
        }
        Err(refusal) => {
            let known = known.edit();
            known.seat = None;
            known.status = ApplicationStatus::Parked(refusal.clone());
            ledger.record(instance, rules.now, "application-parked", refusal.to_string());
        }
    }
    Judged::Now
}

/// One request's randomness serves several licenses: their ids differ in the counter.
fn distinct(mut entropy: [u8; 16], nth: usize) -> [u8; 16] {
    let nth = u32::try_from(nth).unwrap_or(u32::MAX).to_be_bytes();
    for (byte, count) in entropy[6..10].iter_mut().zip(nth) {
        *byte ^= count;
    }
    entropy
}
