//! Applications that waited for their order.

use super::Rules;
use super::applying::{Asked, grant, hold_and_deliver, license_id, take_back};
use super::ids::{ApplicationKey, InstanceKey};
use super::ledger::{ApplicationStatus, Ledger, Waiting};
use super::request::ApplyDevice;
use super::terms::Window;

/// Judges, once and in the order they came, the applications that waited for an instance's order.
pub(super) fn judge_waiting(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    instance: InstanceKey,
    entropy: [u8; 16],
) {
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
    for (application, ..) in &waiting {
        take_back(ledger, *application, rules.now);
    }
    for (nth, (application, waiting, absent)) in waiting.into_iter().enumerate() {
        judge_one(ledger, rules, instance, (application, waiting, absent), distinct(entropy, nth));
    }
}

fn judge_one(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    instance: InstanceKey,
    (application, waiting, absent): (ApplicationKey, Waiting, bool),
    entropy: [u8; 16],
) {
    let Some(product) = ledger.instances.get(&instance).and_then(|found| rules.catalog.find(&found.product))
    else {
        return;
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
    let judged = grant(ledger, rules, product, &Asked { instance, window, device: &device, license_id });
    let Some(known) = ledger.applications.get_mut(&application) else {
        return;
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
}

/// One request's randomness serves several licenses: their ids differ in the counter.
fn distinct(mut entropy: [u8; 16], nth: usize) -> [u8; 16] {
    let nth = u32::try_from(nth).unwrap_or(u32::MAX).to_be_bytes();
    for (byte, count) in entropy[6..10].iter_mut().zip(nth) {
        *byte ^= count;
    }
    entropy
}
