//! Writes what a batch changed.

use std::collections::HashMap;

use license_core::{Fingerprint, UnixTime};

use super::session::Step;
use super::write_rows::{Rows, bytes, int, maybe, number, text, together};
use crate::engine::ids::{EventId, ProductName, SeatName};
use crate::engine::inquiry::InquiryStatus;
use crate::engine::ledger::{Change, Ledger, Tracked};
use crate::engine::lookup_keys;
use crate::storage::StorageError;
use crate::storage::clones::gone_parts;
use crate::storage::rows::{change_number, delivery_columns, instance_columns, status_columns, to_json};

/// What is to be carried out to keep the ledger's changes: one statement, and a few more where an instance ends.
pub(super) fn steps(now: UnixTime, ledger: &Ledger) -> Result<Vec<Step>, StorageError> {
    let mut rows: Vec<Rows> = Vec::new();
    rows.extend(instances(ledger)?);
    rows.push(orders(ledger)?);
    rows.extend(seats(ledger)?);
    rows.extend(parts(now, ledger));
    rows.extend(applications(ledger)?);
    rows.extend(deliveries(ledger));
    rows.extend(inquiries(ledger));
    rows.push(buyers(ledger)?);
    rows.push(replays(ledger)?);
    rows.push(notices(now, ledger));
    rows.push(history(ledger));
    Ok(together(rows).into_iter().chain(ended(now, ledger)).collect())
}

type Written<T> = Result<T, StorageError>;

/// What changed, in the order of the keys: everywhere the same.
fn changed<K: Ord, V>(rows: &HashMap<K, Tracked<V>>) -> Vec<(&K, &Tracked<V>)> {
    let mut changed: Vec<_> = rows.iter().filter(|(_, row)| row.change() != Change::None).collect();
    changed.sort_unstable_by_key(|(key, _)| *key);
    changed
}

/// New instances, and what may have become of the others.
fn instances(ledger: &Ledger) -> Written<[Rows; 3]> {
    let mut new = Rows::of(
        "INSERT INTO instance (n, lifecycle, lifecycle_at, standing, problem, product, bought, quantity, starts_at, \
         ends_at, term, trial, seat_phase, seat_epoch, seats_seen, next_seat, bought_as_trial, unread_orders, \
         code_counter, code_sha256, seats_taken, seats_renewed, counted_from, counted_until, id, order_id, line_id, \
         created_at) SELECT * FROM #",
    );
    let mut others = Rows::of(
        "UPDATE instance i SET lifecycle = w.lifecycle, lifecycle_at = w.lifecycle_at, standing = w.standing, \
         problem = w.problem, product = w.product, bought = w.bought, quantity = w.quantity, \
         starts_at = w.starts_at, ends_at = w.ends_at, term = w.term, trial = w.trial, seat_phase = w.seat_phase, \
         seat_epoch = w.seat_epoch, seats_seen = w.seats_seen, next_seat = w.next_seat, \
         bought_as_trial = w.bought_as_trial, unread_orders = w.unread_orders, code_counter = w.code_counter, \
         code_sha256 = w.code_sha256, seats_taken = w.taken, seats_renewed = w.renewed, counted_from = w.since, \
         counted_until = w.until FROM # AS w(n, lifecycle, lifecycle_at, standing, problem, product, bought, quantity, \
         starts_at, ends_at, term, trial, seat_phase, seat_epoch, seats_seen, next_seat, bought_as_trial, \
         unread_orders, code_counter, code_sha256, taken, renewed, since, until) WHERE i.n = w.n",
    );
    let mut counted = Rows::of(
        "UPDATE instance i SET seat_epoch = w.epoch, seats_seen = w.seen, next_seat = w.next, seats_taken = w.taken, \
         seats_renewed = w.renewed, counted_from = w.since, counted_until = w.until \
         FROM # AS w(n, epoch, seen, next, taken, renewed, since, until) WHERE i.n = w.n",
    );
    for (key, found) in changed(&ledger.instances) {
        let counts = &found.counts;
        if found.change() == Change::Counted {
            counted.push([
                int(key.0),
                number(counts.epoch),
                maybe(counts.seen),
                number(counts.next),
                number(counts.used.taken),
                number(counts.used.renewed),
                int(counts.used.from.as_secs()),
                int(counts.used.until.as_secs()),
            ]);
            continue;
        }
        let numbers = instance_columns(found);
        let row = [
            int(key.0),
            int(numbers.lifecycle),
            int(numbers.lifecycle_at.as_secs()),
            int(numbers.standing),
            text(numbers.problem),
            text(&*to_json(&found.product)?),
            text(&*to_json(&found.bought)?),
            maybe(found.quantity),
            int(found.starts_at.map(UnixTime::as_secs)),
            int(found.ends_at.map(UnixTime::as_secs)),
            int(numbers.term),
            number(found.trial),
            number(found.seat_phase),
            number(counts.epoch),
            maybe(counts.seen),
            number(counts.next),
            number(found.bought_as_trial),
            number(found.unread_orders),
            number(found.code.counter),
            bytes(found.code.digest.as_ref().map(|digest| &digest.0[..])),
            number(counts.used.taken),
            number(counts.used.renewed),
            int(counts.used.from.as_secs()),
            int(counts.used.until.as_secs()),
        ];
        if found.change() != Change::New {
            others.push(row);
            continue;
        }
        new.push(row.into_iter().chain([
            text(found.id.as_str()),
            text(found.order.order.as_str()),
            text(found.order.line.as_str()),
            int(found.created_at.as_secs()),
        ]));
    }
    Ok([new, others, counted])
}

fn orders(ledger: &Ledger) -> Written<Rows> {
    let mut rows = Rows::of(
        "INSERT INTO order_change (instance, order_id, line_id, kind, ends_at, product_id, cancelled, facts) \
         SELECT * FROM # ON CONFLICT (instance, order_id, line_id, kind) \
         DO UPDATE SET ends_at = excluded.ends_at, cancelled = excluded.cancelled, facts = excluded.facts",
    );
    for (key, orders) in changed(&ledger.orders) {
        for change in orders.iter() {
            rows.push([
                int(key.0),
                text(change.order.order.as_str()),
                text(change.order.line.as_str()),
                int(change_number(change.kind)),
                int(change.ends_at.map(UnixTime::as_secs)),
                text(change.product_id.as_ref().map(ProductName::as_str)),
                number(change.cancelled),
                text(change.facts.as_ref().map(to_json).transpose()?.as_deref()),
            ]);
        }
    }
    Ok(rows)
}

fn seats(ledger: &Ledger) -> Written<[Rows; 2]> {
    let mut new = Rows::of(
        "INSERT INTO seat (instance, no, baseline, phase, epoch, taken_until, holds, rebased_at, freed, \
         deactivated_at, license, name, keys_told, given, device_key, created_at) SELECT * FROM #",
    );
    let mut others = Rows::of(
        "UPDATE seat s SET baseline = w.baseline, phase = w.phase, epoch = w.epoch, taken_until = w.taken_until, \
         holds = w.holds, rebased_at = w.rebased_at, freed = w.freed, deactivated_at = w.deactivated_at, \
         license = w.license, name = w.name, keys_told = w.keys_told, given = w.given, device_key = w.device_key \
         FROM # AS w(instance, no, baseline, phase, epoch, taken_until, holds, rebased_at, freed, deactivated_at, \
         license, name, keys_told, given, device_key) WHERE s.instance = w.instance AND s.no = w.no",
    );
    for ((key, no), seat) in changed(&ledger.seats) {
        let taken_until = if seat.freed { 0 } else { seat.holds.until().as_secs() };
        let row = [
            int(key.0),
            number(no.0),
            bytes(seat.baseline.as_ref().map(Fingerprint::to_bytes).as_deref()),
            number(seat.phase),
            number(seat.epoch),
            int(taken_until),
            text(&*to_json(&seat.holds)?),
            text(&*to_json(&seat.rebased)?),
            number(seat.freed),
            int(seat.deactivated_at.map(UnixTime::as_secs)),
            int(seat.license.map(|key| key.0)),
            text(seat.name.as_ref().map(SeatName::as_str)),
            int(seat.keys_told),
            text(&*to_json(&seat.given)?),
            bytes(seat.device_key.as_ref().map(|key| &key.as_bytes()[..])),
        ];
        if seat.change() == Change::New {
            new.push(row.into_iter().chain([int(seat.created_at.as_secs())]));
        } else {
            others.push(row);
        }
    }
    Ok([new, others])
}

/// The look-up keys of seats, of which a freed one has none; whose they are besides is looked for later.
fn parts(now: UnixTime, ledger: &Ledger) -> [Rows; 4] {
    let mut gone = Rows::of(
        "DELETE FROM seat_part p USING # AS w(i, no, part) \
         WHERE p.part = w.part AND p.instance = w.i AND p.no = w.no",
    );
    let mut new = Rows::of("INSERT INTO seat_part (instance, no, part) SELECT * FROM #");
    let mut later = Rows::of("INSERT INTO seat_moved (instance, no, gone) SELECT * FROM #");
    let mut moved: Vec<_> = ledger.moved_seats.iter().collect();
    moved.sort_unstable();
    for ((key, no), before) in moved {
        let Some(seat) = ledger.seats.get(&(*key, *no)) else {
            continue;
        };
        let row = |part: &[u8; 11]| [int(key.0), number(no.0), bytes(&part[..])];
        let there = if seat.freed { Vec::new() } else { lookup_keys(seat.baseline.as_ref()) };
        before.iter().filter(|part| !there.contains(part)).for_each(|part| gone.push(row(part)));
        there.iter().filter(|part| !before.contains(part)).for_each(|part| new.push(row(part)));
        if let Some(parts) = gone_parts(before, &there) {
            later.push([int(key.0), number(no.0), bytes(&parts[..])]);
        }
    }
    let mut turns = Rows::of(
        "INSERT INTO suspect (instance, no, other_instance, other_no, first_seen, last_seen) \
         SELECT DISTINCT w.i, w.no, w.i, w.no, w.now, w.now FROM # AS w(i, no, now) \
         ON CONFLICT (instance, no, other_instance, other_no) DO UPDATE SET last_seen = excluded.last_seen",
    );
    for (key, no) in &ledger.turns {
        turns.push([int(key.0), number(no.0), int(now.as_secs())]);
    }
    [gone, new, later, turns]
}

fn applications(ledger: &Ledger) -> Written<[Rows; 2]> {
    let mut new = Rows::of(
        "INSERT INTO application (n, status, detail, device, seat, license_id, token, until, key_id, instance, \
         event_id, identity, created_at, terms) SELECT * FROM #",
    );
    let mut others = Rows::of(
        "UPDATE application a SET status = w.status, detail = w.detail, device = w.device, seat = w.seat, \
         license_id = w.license_id, token = w.token, until = w.until, key_id = w.key_id \
         FROM # AS w(n, status, detail, device, seat, license_id, token, until, key_id) WHERE a.n = w.n",
    );
    for (key, application) in changed(&ledger.applications) {
        let (status, detail, device) = status_columns(&application.status)?;
        let grant = application.grant.as_ref();
        let row = [
            int(key.0),
            int(status),
            text(detail.as_deref()),
            bytes(device.as_deref()),
            maybe(application.seat.map(|seat| seat.0)),
            text(grant.map(|grant| &*grant.license_id)),
            text(grant.map(|grant| grant.token.as_str())),
            int(grant.map(|grant| grant.until.as_secs())),
            text(grant.map(|grant| &*grant.key)),
        ];
        if application.change() != Change::New {
            others.push(row);
            continue;
        }
        new.push(row.into_iter().chain([
            int(application.instance.0),
            text(application.event.as_ref().map(EventId::as_str)),
            bytes(&application.identity[..]),
            int(application.created_at.as_secs()),
            bytes(application.terms.as_ref().map(|terms| &terms[..])),
        ]));
    }
    Ok([new, others])
}

fn deliveries(ledger: &Ledger) -> [Rows; 2] {
    let mut new = Rows::of(
        "INSERT INTO delivery (application, status, at, attempts, error, uncertain, instance) SELECT * FROM #",
    );
    let mut others = Rows::of(
        "UPDATE delivery d SET status = w.status, at = w.at, attempts = w.attempts, error = w.error, \
         uncertain = w.uncertain FROM # AS w(n, status, at, attempts, error, uncertain) WHERE d.application = w.n",
    );
    for (key, delivery) in changed(&ledger.deliveries) {
        let (status, at) = delivery_columns(delivery.status);
        let row = [
            int(key.0),
            int(status),
            int(at),
            number(delivery.attempts),
            text(delivery.error.as_deref()),
            number(delivery.uncertain),
        ];
        if delivery.change() == Change::New {
            new.push(row.into_iter().chain([int(delivery.instance.0)]));
        } else {
            others.push(row);
        }
    }
    [new, others]
}

fn inquiries(ledger: &Ledger) -> [Rows; 2] {
    let mut done = Rows::of(
        "DELETE FROM inquiry q USING # AS w(i, o, l, k) \
         WHERE q.instance = w.i AND q.order_id = w.o AND q.line_id = w.l AND q.kind = w.k",
    );
    let mut open = Rows::of(
        "INSERT INTO inquiry (instance, order_id, line_id, kind, status, at, attempts, error) SELECT * FROM # \
         ON CONFLICT (instance, order_id, line_id, kind) DO UPDATE SET status = excluded.status, \
         at = excluded.at, attempts = excluded.attempts, error = excluded.error",
    );
    for ((instance, order, kind), inquiry) in changed(&ledger.inquiries) {
        let key = || {
            let (order, line) = (order.order.as_str(), order.line.as_str());
            [int(instance.0), text(order), text(line), int(change_number(*kind))]
        };
        let (status, at) = match inquiry.status {
            InquiryStatus::Due(at) => (0, at),
            InquiryStatus::Parked(at) => (1, at),
            InquiryStatus::Done => {
                done.push(key());
                continue;
            }
        };
        let [instance, order, line, kind] = key();
        let (attempts, error) = (number(inquiry.attempts), text(inquiry.error.as_deref()));
        open.push([instance, order, line, kind, int(status), int(at.as_secs()), attempts, error]);
    }
    [done, open]
}

fn buyers(ledger: &Ledger) -> Written<Rows> {
    let mut rows = Rows::of(
        "INSERT INTO buyer (instance, data) SELECT * FROM # \
         ON CONFLICT (instance) DO UPDATE SET data = excluded.data",
    );
    for (instance, buyer) in &ledger.buyers {
        rows.push([int(instance.0), text(&*to_json(buyer)?)]);
    }
    Ok(rows)
}

fn replays(ledger: &Ledger) -> Written<Rows> {
    let mut rows = Rows::of("INSERT INTO replay (signed_at, signature, until, outcome) SELECT * FROM #");
    for (signature, replay) in changed(&ledger.replays) {
        rows.push([
            int(replay.signed_at_ms),
            bytes(&signature[..]),
            int(replay.until.as_secs()),
            text(&*to_json(&replay.outcome)?),
        ]);
    }
    Ok(rows)
}

fn notices(now: UnixTime, ledger: &Ledger) -> Rows {
    let mut rows = Rows::of(
        "INSERT INTO notice (order_id, line_id, received_at, handled_at) SELECT * FROM # \
         ON CONFLICT (order_id, line_id) DO UPDATE SET handled_at = coalesce(excluded.handled_at, notice.handled_at)",
    );
    for (order, handled_at) in changed(&ledger.notices) {
        rows.push([
            text(order.order.as_str()),
            text(order.line.as_str()),
            int(now.as_secs()),
            int(handled_at.map(UnixTime::as_secs)),
        ]);
    }
    rows
}

fn history(ledger: &Ledger) -> Rows {
    let mut rows = Rows::of("INSERT INTO history (instance, at, what, detail) SELECT * FROM #");
    for entry in &ledger.history {
        rows.push([int(entry.instance.0), int(entry.at.as_secs()), text(entry.what), text(&*entry.detail)]);
    }
    rows
}

/// Nothing that waits for a released instance goes on.
fn ended(now: UnixTime, ledger: &Ledger) -> Vec<Step> {
    // R66
    if ledger.ended.is_empty() {
        return Vec::new();
    }
    let keys: Vec<i64> = ledger.ended.iter().map(|key| key.0).collect();
    let step = |statement: &str| Step::new(statement, vec![Box::new(keys.clone())]);
    let cancel = "UPDATE delivery SET status = 3, at = ?2::bigint WHERE status IN (0, 2, 4, 5) \
         AND application IN (SELECT n FROM application WHERE instance = ANY(?1::bigint[]))";
    vec![
        step(
            "UPDATE application SET status = 3, detail = NULL, device = NULL \
             WHERE instance = ANY(?1::bigint[]) AND status = 0",
        ),
        Step::new(cancel, vec![Box::new(keys.clone()), Box::new(now.as_secs())]),
        step("DELETE FROM inquiry WHERE instance = ANY(?1::bigint[])"),
        step("UPDATE seat SET name = NULL WHERE instance = ANY(?1::bigint[]) AND name IS NOT NULL"),
        step("DELETE FROM buyer WHERE instance = ANY(?1::bigint[])"),
    ]
}
