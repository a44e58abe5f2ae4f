//! A machine gives its seat back, or an instance gets another code.

use super::device_key::{Caller, caller};
use super::ids::InstanceId;
use super::instance::Lifecycle;
use super::ledger::{ApplicationStatus, Ledger};
use super::request::{Deactivate, Outcome, Refusal};
use super::{Rules, live};

/// The time that a limit of deactivations counts over, in seconds.
pub const YEAR: i64 = 365 * 86_400;

/// Frees the seat of a license, which works offline until it ends all the same. Only the seat's own key may; a seat
/// without one is freed by the operator. Repeatable; how often an instance may do it in a year is limited, because a
/// seat that moves from machine to machine is shared by many.
pub(super) fn deactivate(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    asked: &Deactivate,
) -> Result<Outcome, Refusal> {
    // R91
    let known = ledger.license(&asked.license).ok_or(Refusal::UnknownLicense)?;
    let (key, no, is_granted) = (known.instance, known.seat, known.status == ApplicationStatus::Granted);
    let instance = ledger.instances.get(&key).ok_or(Refusal::UnknownLicense)?;
    let deactivated = Outcome::Deactivated(instance.id.clone());
    // R99
    if matches!(instance.lifecycle, Lifecycle::Released { .. }) {
        return Ok(deactivated);
    }
    let product = rules.catalog.find(&instance.product);
    let limit = product.map_or_else(
        || super::catalog::Product::ordinary().deactivation_limit,
        |found| found.deactivation_limit,
    );
    let seat = no.filter(|_| is_granted).and_then(|no| Some((no, ledger.seats.get(&(key, no))?)));
    let Some((no, seat)) = seat.filter(|(_, seat)| !seat.freed) else {
        return Ok(deactivated);
    };
    // R95, R96, R99
    if caller(seat, asked.proven)? == Caller::Bearer {
        return Err(Refusal::CodeNeeded);
    }
    let times = ledger.deactivations.entry(key).or_default();
    // What a clock that was ahead has noted does not count: it would for years.
    times.retain(|at| *at <= rules.now && at.plus(YEAR) > rules.now);
    // R100
    if times.len() >= limit as usize {
        times.sort_unstable();
        // When the oldest that are one too many have left the year.
        let leaves = times.get(times.len() - limit as usize).map(|at| at.plus(YEAR));
        return Err(Refusal::TooManyDeactivations { limit, again_at: leaves.filter(|_| limit > 0) });
    }
    times.push(rules.now);
    ledger.free_seat(key, no, rules.now);
    ledger.edit_seat(key, no, rules.now, |seat| seat.deactivated_at = Some(rules.now));
    ledger.record(key, rules.now, "deactivated", format!("seat {no}: by its machine"));
    Ok(deactivated)
}

/// Another code; the old one is worth nothing from now on. Seats and licenses stay.
pub(super) fn replace_code(ledger: &mut Ledger, rules: &Rules<'_>, id: &InstanceId) -> Outcome {
    let key = match live(ledger, id) {
        Ok((key, _)) => key,
        Err(refusal) => return Outcome::Refused(refusal),
    };
    let counter = ledger.instances.get(&key).map_or(0, |found| found.code.counter.wrapping_add(1));
    // R78, R104
    let code = rules.codes.of(id, counter);
    if let Some(instance) = ledger.edit_instance(key) {
        instance.code = code;
    }
    ledger.by_code.extend(code.digest.map(|digest| (digest, key)));
    ledger.record(key, rules.now, "code-replaced", "by the operator".into());
    Outcome::Code(counter)
}
