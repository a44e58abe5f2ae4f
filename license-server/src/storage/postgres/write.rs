//! Writes what a batch changed: one statement for each table.

use std::collections::HashMap;

use license_core::{Fingerprint, UnixTime};

use super::session::Step;
use super::write_rows::{Rows, bytes, int, maybe, number, text};
use crate::engine::ids::{EventId, ProductName, SeatName};
use crate::engine::inquiry::InquiryStatus;
use crate::engine::ledger::{Application, Change, Ledger, Tracked};
use crate::engine::{NO_DEVICE, lookup_keys};
use crate::storage::StorageError;
use crate::storage::rows::{change_number, delivery_columns, instance_columns, status_columns, to_json};

/// Held by the one server that forgets old answers at this moment.
const PRUNES: &str = "7809653424151160066";

/// What is to be carried out to keep the ledger's changes.
pub(super) fn steps(now: UnixTime, ledger: &Ledger, calls: usize) -> Result<Vec<Step>, StorageError> {
    let mut steps: Vec<Step> = Vec::new();
    steps.extend(instances(ledger)?);
    steps.extend(orders(ledger)?);
    steps.extend(seats(ledger)?);
    steps.extend(parts(now, ledger));
    steps.extend(applications(ledger)?);
    steps.extend(deliveries(ledger));
    steps.extend(inquiries(ledger));
    steps.extend(buyers(ledger)?);
    steps.extend(replays(now, ledger, calls)?);
    steps.extend(notices(now, ledger));
    steps.extend(history(ledger));
    steps.extend(ended(now, ledger));
    Ok(steps)
}

type Steps = Result<Option<Step>, StorageError>;

/// What changed, in the order of the keys: everywhere the same.
fn changed<K: Ord, V>(rows: &HashMap<K, Tracked<V>>) -> Vec<(&K, &Tracked<V>)> {
    let mut changed: Vec<_> = rows.iter().filter(|(_, row)| row.change() != Change::None).collect();
    changed.sort_unstable_by_key(|(key, _)| *key);
    changed
}

fn instances(ledger: &Ledger) -> Steps {
    let mut rows = Rows::of(
        "INSERT INTO instance (n, id, order_id, line_id, created_at, lifecycle, lifecycle_at, standing, problem, \
         product, bought, quantity, starts_at, ends_at, term, trial, seat_phase, seat_epoch, seats_seen, next_seat, \
         bought_as_trial, unread_orders, code_counter, code_sha256) SELECT * FROM # \
         ON CONFLICT (n) DO UPDATE SET lifecycle = excluded.lifecycle, lifecycle_at = excluded.lifecycle_at, \
         standing = excluded.standing, problem = excluded.problem, product = excluded.product, \
         bought = excluded.bought, quantity = excluded.quantity, starts_at = excluded.starts_at, \
         ends_at = excluded.ends_at, term = excluded.term, trial = excluded.trial, \
         seat_phase = excluded.seat_phase, seat_epoch = excluded.seat_epoch, seats_seen = excluded.seats_seen, \
         next_seat = excluded.next_seat, bought_as_trial = excluded.bought_as_trial, \
         unread_orders = excluded.unread_orders, code_counter = excluded.code_counter, \
         code_sha256 = excluded.code_sha256",
    );
    for (key, found) in changed(&ledger.instances) {
        let numbers = instance_columns(found);
        rows.push([
            int(key.0),
            text(found.id.as_str()),
            text(found.order.order.as_str()),
            text(found.order.line.as_str()),
            int(found.created_at.as_secs()),
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
            number(found.seat_epoch),
            maybe(found.seats_seen),
            number(found.next_seat),
            number(found.bought_as_trial),
            number(found.unread_orders),
            number(found.code.counter),
            bytes(found.code.digest.as_ref().map(|digest| &digest.0[..])),
        ]);
    }
    Ok(rows.step())
}

fn orders(ledger: &Ledger) -> Steps {
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
    Ok(rows.step())
}

fn seats(ledger: &Ledger) -> Steps {
    let mut rows = Rows::of(
        "INSERT INTO seat (instance, no, created_at, baseline, phase, epoch, taken_until, holds, rebased_at, freed, \
         deactivated_at, license, name) SELECT * FROM # ON CONFLICT (instance, no) DO UPDATE SET \
         baseline = excluded.baseline, phase = excluded.phase, epoch = excluded.epoch, \
         taken_until = excluded.taken_until, holds = excluded.holds, rebased_at = excluded.rebased_at, \
         freed = excluded.freed, deactivated_at = excluded.deactivated_at, license = excluded.license, \
         name = excluded.name",
    );
    for ((key, no), seat) in changed(&ledger.seats) {
        let taken_until = if seat.freed { 0 } else { seat.holds.until().as_secs() };
        rows.push([
            int(key.0),
            number(no.0),
            int(seat.created_at.as_secs()),
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
        ]);
    }
    Ok(rows.step())
}

/// The look-up keys of seats, and the other seats that have one of them at the same time. A freed seat has none.
fn parts(now: UnixTime, ledger: &Ledger) -> Vec<Step> {
    let mut gone =
        Rows::of("DELETE FROM seat_part p USING # AS w(i, no) WHERE p.instance = w.i AND p.no = w.no");
    let mut there = Rows::of("INSERT INTO seat_part (instance, no, part) SELECT * FROM #");
    // A part that more machines share names none of them: eight others are noted.
    let mut shared = Rows::of(
        "INSERT INTO suspect (instance, no, other_instance, other_no, first_seen, last_seen) \
         SELECT DISTINCT ON (1, 2, 3, 4) CASE WHEN b.first THEN w.i ELSE o.instance END, CASE WHEN b.first THEN w.no ELSE o.no END, \
         CASE WHEN b.first THEN o.instance ELSE w.i END, CASE WHEN b.first THEN o.no ELSE w.no END, w.now, w.now \
         FROM # AS w(i, no, part, now) CROSS JOIN LATERAL \
         (SELECT p.instance, p.no FROM seat_part p JOIN seat s ON s.instance = p.instance AND s.no = p.no \
          WHERE p.part = w.part AND (p.instance <> w.i OR p.no <> w.no) AND s.taken_until > w.now LIMIT 8) o \
         CROSS JOIN LATERAL (SELECT (w.i, w.no) < (o.instance, o.no) AS first) b ORDER BY 1, 2, 3, 4 \
         ON CONFLICT (instance, no, other_instance, other_no) DO UPDATE SET last_seen = excluded.last_seen",
    );
    let mut moved: Vec<_> = ledger.moved_seats.iter().collect();
    moved.sort_unstable();
    for (key, no) in moved {
        let Some(seat) = ledger.seats.get(&(*key, *no)) else {
            continue;
        };
        if seat.change() != Change::New {
            gone.push([int(key.0), number(no.0)]);
        }
        if seat.freed {
            continue;
        }
        for part in lookup_keys(seat.baseline.as_ref()) {
            there.push([int(key.0), number(no.0), bytes(&part[..])]);
            if part != NO_DEVICE {
                shared.push([int(key.0), number(no.0), bytes(&part[..]), int(now.as_secs())]);
            }
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
    [gone, there, shared, turns].into_iter().filter_map(Rows::step).collect()
}

fn applications(ledger: &Ledger) -> Steps {
    let mut rows = Rows::of(
        "INSERT INTO application (n, instance, event_id, identity, created_at, status, detail, device, seat, \
         license_id, token, until, key_id, terms) SELECT * FROM # \
         ON CONFLICT (n) DO UPDATE SET status = excluded.status, detail = excluded.detail, \
         device = excluded.device, seat = excluded.seat, license_id = excluded.license_id, \
         token = excluded.token, until = excluded.until, key_id = excluded.key_id",
    );
    for (key, application) in changed(&ledger.applications) {
        let application: &Application = application;
        let (status, detail, device) = status_columns(&application.status)?;
        let grant = application.grant.as_ref();
        rows.push([
            int(key.0),
            int(application.instance.0),
            text(application.event.as_ref().map(EventId::as_str)),
            bytes(&application.identity[..]),
            int(application.created_at.as_secs()),
            int(status),
            text(detail.as_deref()),
            bytes(device.as_deref()),
            maybe(application.seat.map(|seat| seat.0)),
            text(grant.map(|grant| &*grant.license_id)),
            text(grant.map(|grant| &*grant.token)),
            int(grant.map(|grant| grant.until.as_secs())),
            text(grant.map(|grant| &*grant.key)),
            bytes(application.terms.as_ref().map(|terms| &terms[..])),
        ]);
    }
    Ok(rows.step())
}

fn deliveries(ledger: &Ledger) -> Option<Step> {
    let mut rows = Rows::of(
        "INSERT INTO delivery (application, instance, status, at, attempts, error, uncertain) SELECT * FROM # \
         ON CONFLICT (application) DO UPDATE SET status = excluded.status, at = excluded.at, \
         attempts = excluded.attempts, error = excluded.error, uncertain = excluded.uncertain",
    );
    for (key, delivery) in changed(&ledger.deliveries) {
        let (status, at) = delivery_columns(delivery.status);
        rows.push([
            int(key.0),
            int(delivery.instance.0),
            int(status),
            int(at),
            number(delivery.attempts),
            text(delivery.error.as_deref()),
            number(delivery.uncertain),
        ]);
    }
    rows.step()
}

fn inquiries(ledger: &Ledger) -> Vec<Step> {
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
    [done, open].into_iter().filter_map(Rows::step).collect()
}

fn buyers(ledger: &Ledger) -> Steps {
    let mut rows = Rows::of(
        "INSERT INTO buyer (instance, data) SELECT * FROM # \
         ON CONFLICT (instance) DO UPDATE SET data = excluded.data",
    );
    for (instance, buyer) in &ledger.buyers {
        rows.push([int(instance.0), text(&*to_json(buyer)?)]);
    }
    Ok(rows.step())
}

/// New answers; more old ones are forgotten than are added, by one server at a time.
fn replays(now: UnixTime, ledger: &Ledger, calls: usize) -> Result<Vec<Step>, StorageError> {
    let mut rows = Rows::of("INSERT INTO replay (signature, until, outcome) SELECT * FROM #");
    let mut new: Vec<_> = changed(&ledger.replays);
    new.sort_by_key(|(_, replay)| replay.until);
    for (signature, replay) in new {
        rows.push([bytes(&signature[..]), int(replay.until.as_secs()), text(&*to_json(&replay.outcome)?)]);
    }
    let prune = format!(
        "DELETE FROM replay WHERE (SELECT pg_try_advisory_xact_lock({PRUNES})) AND until < ?1::bigint \
         AND n IN (SELECT n FROM replay ORDER BY n LIMIT ?2::bigint)"
    );
    let limit = i64::try_from(calls.saturating_mul(4)).unwrap_or(i64::MAX);
    let prune = Step::new(prune, vec![Box::new(now.as_secs()), Box::new(limit)]);
    Ok(rows.step().into_iter().chain([prune]).collect())
}

fn notices(now: UnixTime, ledger: &Ledger) -> Option<Step> {
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
    rows.step()
}

fn history(ledger: &Ledger) -> Option<Step> {
    let mut rows = Rows::of("INSERT INTO history (instance, at, what, detail) SELECT * FROM #");
    for entry in &ledger.history {
        rows.push([int(entry.instance.0), int(entry.at.as_secs()), text(entry.what), text(&*entry.detail)]);
    }
    rows.step()
}

/// Nothing that waits for a released instance goes on.
fn ended(now: UnixTime, ledger: &Ledger) -> Vec<Step> {
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
