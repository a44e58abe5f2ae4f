//! Which seat a device has, and whether there is one for it.

use license_core::{Fingerprint, Kind, UnixTime};

use super::catalog::{BindingRule, Product};
use super::ids::{InstanceKey, SeatNo};
use super::ledger::Ledger;
use super::request::Refusal;
use super::seat::{Holds, Seat};
use super::seat_first::first_parts;
use super::seat_fit::{Fit, Recognition, Step};
use super::seat_given::Given;

/// The look-up key of the seat for no device in particular.
pub const NO_DEVICE: [u8; 11] = [0xff; 11];

/// By what a seat is found: one key for each anchor of a fingerprint.
#[must_use]
pub fn lookup_keys(device: Option<&Fingerprint>) -> Vec<[u8; 11]> {
    device.map_or_else(|| vec![NO_DEVICE], Fingerprint::lookup_digests)
}

/// The seat that was found for a device, or a new one.
pub(super) type Found = Option<(SeatNo, Fit)>;

/// Whether the device may have the seat that was [found](find) for it, or a new one while fewer than `limit` are taken.
///
/// After the number of seats was lowered, seats are renewed in the order they ask until that number is reached.
///
/// # Errors
/// [`Refusal::SeatsTaken`]
pub(super) fn check(
    ledger: &mut Ledger,
    key: InstanceKey,
    found: &Found,
    limit: Option<u32>,
    now: UnixTime,
) -> Result<(), Refusal> {
    if let Some(limit) = limit {
        note_number_of_seats(ledger, key, limit);
    }
    let is_free = |used: u32| limit.is_none_or(|limit| used < limit);
    let full = Refusal::SeatsTaken { quantity: limit.unwrap_or(u32::MAX) };
    let instance = ledger.instances.get(&key).ok_or(Refusal::NoInstance)?;
    let (phase, epoch, seat_use) = (instance.seat_phase, instance.counts.epoch, instance.counts.used);
    let may_have_it = match found {
        // R40
        None => is_free(seat_use.taken),
        Some((no, _)) => {
            let seat = ledger.seats.get(&(key, *no)).ok_or(Refusal::NoSeat(*no))?;
            if seat.is_taken(now) && seat.phase == phase {
                // R42
                seat.epoch == epoch || is_free(seat_use.renewed)
            } else {
                is_free(seat_use.taken)
            }
        }
    };
    // R40, R42
    if may_have_it { Ok(()) } else { Err(full) }
}

/// Takes the seat that was [found](find) and [checked](check), or a new one.
///
/// # Errors
/// [`Refusal::NoInstance`], [`Refusal::NoSeat`] if there is none.
pub(super) fn take(
    ledger: &mut Ledger,
    key: InstanceKey,
    product: &Product,
    (device, found): (Option<&Fingerprint>, Found),
    now: UnixTime,
) -> Result<SeatNo, Refusal> {
    let Some((no, fit)) = found else {
        return new_seat(ledger, key, product, device, now);
    };
    let instance = ledger.instances.get(&key).ok_or(Refusal::NoInstance)?;
    let (phase, epoch) = (instance.seat_phase, instance.counts.epoch);
    let seat = ledger.seats.get(&(key, no)).ok_or(Refusal::NoSeat(no))?;
    let takes_turns = device.is_some_and(|device| seat.takes_turns(device));
    if (seat.phase, seat.epoch) != (phase, epoch) {
        ledger.edit_seat(key, no, now, |seat| {
            seat.phase = phase;
            seat.epoch = epoch;
        });
    }
    bind(ledger, (key, no), product, device, now);
    // R52
    let replaced = fit.held_back || fit.step.as_ref().is_some_and(|step| !step.changed.is_empty());
    if replaced && takes_turns {
        let why = "a part that had left it is back; two machines seem to take turns on it";
        suspect(ledger, (key, no), now, ("suspected-clone", why));
    }
    match (fit.step, fit.binding) {
        (Some(step), Some(binding)) => take_step(ledger, (key, no), product, (&step, &binding), now),
        // R47, R52
        _ if fit.held_back => {
            let limit = product.rebase_limit;
            let why = format!("its device changed, but its licenses moved {limit} times in 365 days already");
            suspect(ledger, (key, no), now, ("not-rebased", &why));
        }
        _ => {}
    }
    Ok(no)
}

/// Makes a seat that was for no device in particular the first device's that gets a license bound to it: its product
/// binds by now, and the next device is another one.
fn bind(
    ledger: &mut Ledger,
    (key, no): (InstanceKey, SeatNo),
    product: &Product,
    device: Option<&Fingerprint>,
    now: UnixTime,
) {
    // R109
    let is_unbound = ledger.seats.get(&(key, no)).is_some_and(|seat| seat.baseline.is_none());
    let Some(device) = device.filter(|_| is_unbound && product.binding == BindingRule::Hardware) else {
        return;
    };
    ledger.edit_seat(key, no, now, |seat| seat.baseline = Some(first_parts(device, product)));
    ledger.index_seat(key, no, lookup_keys(None));
    ledger.record(key, now, "seat-bound", format!("seat {no}: it was for no device in particular"));
}

/// Notes that more devices seem to use a seat than one, once a day.
fn suspect(
    ledger: &mut Ledger,
    (key, no): (InstanceKey, SeatNo),
    now: UnixTime,
    (what, why): (&'static str, &str),
) {
    if ledger.seats.get(&(key, no)).is_none_or(|seat| seat.given.was_suspected(now)) {
        return;
    }
    ledger.edit_seat(key, no, now, |seat| {
        seat.set_right(now);
        seat.given.suspect(now);
    });
    ledger.turns.push((key, no));
    ledger.record(key, now, what, format!("seat {no}: {why}"));
}

/// Notes that a device asks for a seat that had too many bindings in 365 days.
pub(super) fn suspect_limited(
    ledger: &mut Ledger,
    key: InstanceKey,
    no: SeatNo,
    product: &Product,
    now: UnixTime,
) {
    let limit = product.rebase_limit;
    let why = format!(
        "a device like its own asks for it, but its licenses moved {limit} times in 365 days already; the device is \
         not served on it"
    );
    suspect(ledger, (key, no), now, ("suspected-clone", &why));
}

/// The seat that a device would have, or a new one: how many there are is not known yet. Nothing else of a seat that is
/// there changes before it is taken.
pub(super) fn reserve(
    ledger: &mut Ledger,
    key: InstanceKey,
    product: &Product,
    device: Option<&Fingerprint>,
    now: UnixTime,
) -> Result<SeatNo, Refusal> {
    match find(ledger, key, product, device, now) {
        Some((no, _)) => Ok(no),
        None => new_seat(ledger, key, product, device, now),
    }
}

/// A lowered number of seats begins a new epoch, in which no seat has been renewed yet.
fn note_number_of_seats(ledger: &mut Ledger, key: InstanceKey, seats: u32) {
    let Some(seen) = ledger.instances.get(&key).map(|found| found.counts.seen) else {
        return;
    };
    if seen == Some(seats) {
        return;
    }
    if let Some(counts) = ledger.count_seats(key) {
        counts.seen = Some(seats);
        // R42
        if seen.is_some_and(|seen| seats < seen) {
            counts.epoch += 1;
            counts.used.renewed = 0;
        }
    }
}

/// The seat that a device has or had, and how it fits: the one whose baseline it fits best, then the one it holds, then
/// the oldest.
///
/// Where a seat could be the device's but had too many bindings, that is noted.
pub(super) fn find(
    ledger: &mut Ledger,
    key: InstanceKey,
    product: &Product,
    device: Option<&Fingerprint>,
    now: UnixTime,
) -> Found {
    let mut candidates: Vec<SeatNo> =
        lookup_keys(device).iter().flat_map(|part| ledger.seats_with_part(key, part)).collect();
    candidates.sort_unstable();
    candidates.dedup();
    let (instance, mut limited) = (ledger.instances.get(&key)?, None);
    let fits = candidates.into_iter().filter_map(|no| {
        let seat = ledger.seats.get(&(key, no))?;
        let recognition = match device {
            Some(_) => seat.recognise(device, product, now),
            // R43
            None if seat.takes_another_without_device(now, instance.ends_at) => {
                Recognition::Fits(Fit::NO_DEVICE)
            }
            None => Recognition::Other,
        };
        let fit = match recognition {
            Recognition::Fits(fit) => fit,
            // R47
            Recognition::Limited => {
                limited = Some(no);
                return None;
            }
            Recognition::Other => return None,
        };
        let is_held = seat.is_taken(now) && seat.phase == instance.seat_phase;
        Some((fit, is_held, no))
    });
    let better = |best: &(Fit, bool, SeatNo), next: &(Fit, bool, SeatNo)| {
        // R44
        (next.0.matched, next.0.score, next.1) > (best.0.matched, best.0.score, best.1)
    };
    let best = fits.reduce(|best, next| if better(&best, &next) { next } else { best });
    if let (None, Some(no)) = (&best, limited) {
        suspect_limited(ledger, key, no, product, now);
    }
    best.map(|(fit, _, no)| (no, fit))
}

fn new_seat(
    ledger: &mut Ledger,
    key: InstanceKey,
    product: &Product,
    device: Option<&Fingerprint>,
    now: UnixTime,
) -> Result<SeatNo, Refusal> {
    let phase = ledger.instances.get(&key).ok_or(Refusal::NoInstance)?.seat_phase;
    let counts = ledger.count_seats(key).ok_or(Refusal::NoInstance)?;
    let no = SeatNo(counts.next);
    counts.next += 1;
    let epoch = counts.epoch;
    let seat = Seat {
        no,
        created_at: now,
        // R50
        baseline: device.map(|device| first_parts(device, product)),
        phase,
        epoch,
        holds: Holds::default(),
        rebased: Vec::new(),
        given: Given::default(),
        freed: false,
        deactivated_at: None,
        license: None,
        name: None,
        keys_told: None,
        device_key: None,
    };
    Ok(ledger.add_seat(key, seat))
}

/// Takes the step to a new binding, which is counted and recorded.
fn take_step(
    ledger: &mut Ledger,
    (key, no): (InstanceKey, SeatNo),
    product: &Product,
    (step, binding): (&Step, &Fingerprint),
    now: UnixTime,
) {
    let mut before = Vec::new();
    ledger.edit_seat(key, no, now, |seat| {
        before = lookup_keys(seat.baseline.as_ref());
        seat.take_step(step, binding, product, now);
    });
    let parts = |kinds: &[Kind]| kinds.iter().map(Kind::to_string).collect::<Vec<_>>().join(", ");
    let (changed, added) = (parts(&step.changed), parts(&step.added));
    if changed.is_empty() && added.is_empty() {
        let detail =
            format!("seat {no}: its device shows less of itself; its licenses name that from now on");
        ledger.record(key, now, "rebased", detail);
        return;
    }
    ledger.index_seat(key, no, before);
    let what = match (changed.is_empty(), added.is_empty()) {
        (false, true) => format!("has another {changed}"),
        (true, _) => format!("also shows {added}"),
        (false, false) => format!("has another {changed} and also shows {added}"),
    };
    let detail = format!("seat {no}: its device {what}; what it is now is its baseline");
    ledger.record(key, now, "rebased", detail);
}
