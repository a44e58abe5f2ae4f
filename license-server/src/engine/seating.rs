//! Which seat a device has, and whether there is one for it.

use license_core::{Fingerprint, UnixTime};

use super::catalog::Product;
use super::ids::{InstanceKey, SeatNo};
use super::ledger::Ledger;
use super::request::Refusal;
use super::seat::{Fit, Holds, Seat};

/// The look-up key of the seat for no device in particular.
pub const NO_DEVICE: [u8; 11] = [0xff; 11];

/// By what a seat is found: one key for each anchor of a fingerprint.
#[must_use]
pub fn lookup_keys(device: Option<&Fingerprint>) -> Vec<[u8; 11]> {
    device.map_or_else(|| vec![NO_DEVICE], Fingerprint::lookup_digests)
}

/// The seat for a device: the one that was [found](find) for it, or a new one while fewer than `limit` are taken.
///
/// After the number of seats was lowered, seats are renewed in the order they ask until that number is reached.
pub(super) fn settle(
    ledger: &mut Ledger,
    key: InstanceKey,
    product: &Product,
    (device, found): (Option<&Fingerprint>, Option<(SeatNo, Fit)>),
    limit: Option<u32>,
    now: UnixTime,
) -> Result<SeatNo, Refusal> {
    if let Some(limit) = limit {
        note_number_of_seats(ledger, key, limit);
    }
    let is_free = |used: u32| limit.is_none_or(|limit| used < limit);
    let full = Refusal::SeatsTaken { quantity: limit.unwrap_or(u32::MAX) };
    let instance = ledger.instances.get(&key).ok_or(Refusal::NoInstance)?;
    let (phase, epoch, seat_use) = (instance.seat_phase, instance.counts.epoch, instance.counts.used);
    let Some((no, fit)) = found else {
        return if is_free(seat_use.taken) { new_seat(ledger, key, device, now) } else { Err(full) };
    };
    let seat = ledger.seats.get(&(key, no)).ok_or(Refusal::NoSeat(no))?;
    let may_have_it = if seat.is_taken(now) && seat.phase == phase {
        seat.epoch == epoch || is_free(seat_use.renewed)
    } else {
        is_free(seat_use.taken)
    };
    if !may_have_it {
        return Err(full);
    }
    if (seat.phase, seat.epoch) != (phase, epoch) {
        ledger.edit_seat(key, no, now, |seat| {
            seat.phase = phase;
            seat.epoch = epoch;
        });
    }
    if let Some(device) = device.filter(|_| fit.moved) {
        if ledger.seats.get(&(key, no)).is_some_and(|seat| seat.takes_turns(device)) {
            ledger.turns.push((key, no));
            let detail =
                format!("seat {no}: a part that had left it is back; two machines seem to take turns on it");
            ledger.record(key, now, "suspected-clone", detail);
        }
        rebase(ledger, key, no, product, device, now);
    }
    Ok(no)
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
        None => new_seat(ledger, key, device, now),
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
        if seen.is_some_and(|seen| seats < seen) {
            counts.epoch += 1;
            counts.used.renewed = 0;
        }
    }
}

/// The seat that a device has or had, and how well it fits: the one whose baseline it fits best, then the one it holds,
/// then the oldest.
pub(super) fn find(
    ledger: &Ledger,
    key: InstanceKey,
    product: &Product,
    device: Option<&Fingerprint>,
    now: UnixTime,
) -> Option<(SeatNo, Fit)> {
    let mut candidates: Vec<SeatNo> =
        lookup_keys(device).iter().flat_map(|part| ledger.seats_with_part(key, part)).collect();
    candidates.sort_unstable();
    candidates.dedup();
    let instance = ledger.instances.get(&key)?;
    let fits = candidates.into_iter().filter_map(|no| {
        let seat = ledger.seats.get(&(key, no))?;
        let fit = match device {
            Some(_) => seat.fits(device, product)?,
            None if seat.takes_another_without_device(now, instance.ends_at) => Fit::NO_DEVICE,
            None => return None,
        };
        let is_held = seat.is_taken(now) && seat.phase == instance.seat_phase;
        Some((fit, is_held, no))
    });
    // The best fit; of equal ones the one it holds, then the oldest.
    let better = |best: &(Fit, bool, SeatNo), next: &(Fit, bool, SeatNo)| {
        (next.0.matched, next.0.score, next.1) > (best.0.matched, best.0.score, best.1)
    };
    fits.reduce(|best, next| if better(&best, &next) { next } else { best }).map(|(fit, _, no)| (no, fit))
}

fn new_seat(
    ledger: &mut Ledger,
    key: InstanceKey,
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
        baseline: device.cloned(),
        phase,
        epoch,
        holds: Holds::default(),
        rebased: Vec::new(),
        freed: false,
        deactivated_at: None,
        license: None,
        name: None,
        device_key: None,
    };
    Ok(ledger.add_seat(key, seat))
}

fn rebase(
    ledger: &mut Ledger,
    key: InstanceKey,
    no: SeatNo,
    product: &Product,
    device: &Fingerprint,
    now: UnixTime,
) {
    let limit = product.rebase_limit;
    let (mut moved, mut before) = (false, Vec::new());
    ledger.edit_seat(key, no, now, |seat| {
        before = lookup_keys(seat.baseline.as_ref());
        moved = seat.rebase(device, limit, now);
    });
    if moved {
        ledger.index_seat(key, no, before);
        let changed = ledger
            .seats
            .get(&(key, no))
            .and_then(|seat| seat.rebased.last())
            .map(|last| last.changed.join(", "));
        let detail = format!(
            "seat {no}: its device has another {}; what it is now is its baseline",
            changed.unwrap_or_default()
        );
        ledger.record(key, now, "rebased", detail);
    } else {
        let detail =
            format!("seat {no}: its device changed, but its baseline has moved {limit} times in 365 days");
        ledger.record(key, now, "not-rebased", detail);
    }
}
