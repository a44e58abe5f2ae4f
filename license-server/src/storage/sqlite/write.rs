//! Writes what a batch of requests changed.

use license_core::{Fingerprint, KeyId, UnixTime};
use rusqlite::Connection;

use super::suspects;
use crate::engine::ids::{ApplicationKey, InstanceKey, SeatNo};
use crate::engine::inquiry::{Inquiry, InquiryKey, InquiryStatus};
use crate::engine::instance::{Instance, OrderChange};
use crate::engine::ledger::{Application, Change, Delivery, Ledger, Tracked};
use crate::engine::lookup_keys;
use crate::engine::seat::{Seat, SeatCounts};
use crate::storage::StorageError;
use crate::storage::clones::gone_parts;
use crate::storage::rows::{
    InstanceColumns, bad, change_number, delivery_columns, instance_columns, status_columns, to_json,
};

type Written = Result<(), StorageError>;

pub(super) fn write(db: &Connection, now: UnixTime, ledger: &Ledger) -> Written {
    for (key, instance) in changed(&ledger.instances) {
        write_instance(db, key.0, instance)?;
    }
    for (key, orders) in changed(&ledger.orders) {
        orders.iter().try_for_each(|change| write_order(db, *key, change))?;
    }
    for ((key, _), seat) in changed(&ledger.seats) {
        write_seat(db, *key, seat)?;
    }
    for (seat, before) in &ledger.moved_seats {
        write_parts(db, *seat, before, ledger)?;
    }
    for (key, no) in &ledger.turns {
        suspects::note(db, now, (key.0, no.0), (key.0, no.0))?;
    }
    for (key, delivery) in changed(&ledger.deliveries) {
        write_delivery(db, *key, delivery)?;
    }
    for (key, inquiry) in changed(&ledger.inquiries) {
        write_inquiry(db, key, inquiry)?;
    }
    for (instance, buyer) in &ledger.buyers {
        db.prepare_cached("INSERT OR REPLACE INTO buyer (instance, data) VALUES (?1, ?2)")?
            .execute((instance.0, to_json(buyer)?))?;
    }
    for (signature, replay) in changed(&ledger.replays) {
        db.prepare_cached(
            "INSERT INTO replay (signed_at, signature, until, outcome) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((
            replay.signed_at_ms,
            signature,
            replay.until.as_secs(),
            to_json(&replay.outcome)?,
        ))?;
    }
    for (order, handled_at) in changed(&ledger.notices) {
        db.prepare_cached(
            "INSERT INTO notice (order_id, line_id, received_at, handled_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (order_id, line_id) DO UPDATE SET handled_at = excluded.handled_at",
        )?
        .execute((
            order.order.as_str(),
            order.line.as_str(),
            now.as_secs(),
            handled_at.map(UnixTime::as_secs),
        ))?;
    }
    for entry in &ledger.history {
        db.prepare_cached("INSERT INTO history (instance, at, what, detail) VALUES (?1, ?2, ?3, ?4)")?
            .execute((entry.instance.0, entry.at.as_secs(), entry.what, &entry.detail))?;
    }
    // Late: their licenses are being signed meanwhile.
    let mut applications: Vec<_> = changed(&ledger.applications).collect();
    applications.sort_unstable_by_key(|(key, _)| **key);
    for (key, application) in applications {
        write_application(db, key.0, application)?;
    }
    // R66
    ledger.ended.iter().try_for_each(|key| end(db, *key, now))
}

fn write_delivery(db: &Connection, key: ApplicationKey, delivery: &Delivery) -> Written {
    let (status, at) = delivery_columns(delivery.status);
    db.prepare_cached(
        "INSERT INTO delivery (application, instance, status, at, attempts, error, uncertain) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (application) DO UPDATE SET status = excluded.status, \
         at = excluded.at, attempts = excluded.attempts, error = excluded.error, uncertain = excluded.uncertain",
    )?
    .execute((
        key.0,
        delivery.instance.0,
        status,
        at,
        delivery.attempts,
        &delivery.error,
        delivery.uncertain,
    ))?;
    Ok(())
}

fn write_inquiry(db: &Connection, (instance, order, kind): &InquiryKey, inquiry: &Inquiry) -> Written {
    let key = (instance.0, order.order.as_str(), order.line.as_str(), change_number(*kind));
    let (status, at) = match inquiry.status {
        InquiryStatus::Due(at) => (0, at),
        InquiryStatus::Parked(at) => (1, at),
        InquiryStatus::Done => {
            db.prepare_cached(
                "DELETE FROM inquiry WHERE instance = ?1 AND order_id = ?2 AND line_id = ?3 AND kind = ?4",
            )?
            .execute(key)?;
            return Ok(());
        }
    };
    let (instance, order, line, kind) = key;
    db.prepare_cached(
        "INSERT INTO inquiry (instance, order_id, line_id, kind, status, at, attempts, error) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (instance, order_id, line_id, kind) \
         DO UPDATE SET status = excluded.status, at = excluded.at, attempts = excluded.attempts, error = excluded.error",
    )?
    .execute((instance, order, line, kind, status, at.as_secs(), inquiry.attempts, &inquiry.error))?;
    Ok(())
}

fn changed<K, V>(rows: &std::collections::HashMap<K, Tracked<V>>) -> impl Iterator<Item = (&K, &Tracked<V>)> {
    rows.iter().filter(|(_, row)| row.change() != Change::None)
}

fn write_instance(db: &Connection, key: i64, instance: &Tracked<Instance>) -> Written {
    if instance.change() == Change::Counted {
        return write_counts(db, key, &instance.counts);
    }
    let InstanceColumns { lifecycle, lifecycle_at, standing, problem, term } = instance_columns(instance);
    let statement = match instance.change() {
        Change::New => {
            "INSERT INTO instance (n, id, order_id, line_id, created_at, lifecycle, lifecycle_at, standing, problem, \
             product, bought, quantity, starts_at, ends_at, term, trial, seat_phase, seat_epoch, seats_seen, next_seat, \
             bought_as_trial, unread_orders, code_counter, code_sha256, seats_taken, seats_renewed, counted_from, \
             counted_until) VALUES (?1, ?21, ?22, ?23, ?24, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
             ?15, ?16, ?17, ?18, ?19, ?20, ?25, ?26, ?27, ?28)"
        }
        Change::None | Change::Counted | Change::Changed => {
            "UPDATE instance SET lifecycle = ?2, lifecycle_at = ?3, standing = ?4, problem = ?5, product = ?6, \
             bought = ?7, quantity = ?8, starts_at = ?9, ends_at = ?10, term = ?11, trial = ?12, seat_phase = ?13, \
             seat_epoch = ?14, seats_seen = ?15, next_seat = ?16, bought_as_trial = ?17, unread_orders = ?18, \
             code_counter = ?19, code_sha256 = ?20, seats_taken = ?25, seats_renewed = ?26, counted_from = ?27, \
             counted_until = ?28 WHERE n = ?1 AND id = ?21 AND order_id = ?22 AND line_id = ?23 AND created_at = ?24"
        }
    };
    let written = db.prepare_cached(statement)?.execute(rusqlite::params![
        key,
        lifecycle,
        lifecycle_at.as_secs(),
        standing,
        problem,
        to_json(&instance.product)?,
        to_json(&instance.bought)?,
        instance.quantity,
        instance.starts_at.map(UnixTime::as_secs),
        instance.ends_at.map(UnixTime::as_secs),
        term,
        instance.trial,
        instance.seat_phase,
        instance.counts.epoch,
        instance.counts.seen,
        instance.counts.next,
        instance.bought_as_trial,
        instance.unread_orders,
        instance.code.counter,
        instance.code.digest.map(|digest| digest.0),
        instance.id.as_str(),
        instance.order.order.as_str(),
        instance.order.line.as_str(),
        instance.created_at.as_secs(),
        instance.counts.used.taken,
        instance.counts.used.renewed,
        instance.counts.used.from.as_secs(),
        instance.counts.used.until.as_secs(),
    ])?;
    one("instance", written)
}

fn write_counts(db: &Connection, key: i64, counts: &SeatCounts) -> Written {
    let written = db
        .prepare_cached(
            "UPDATE instance SET seat_epoch = ?2, seats_seen = ?3, next_seat = ?4, seats_taken = ?5, \
             seats_renewed = ?6, counted_from = ?7, counted_until = ?8 WHERE n = ?1",
        )?
        .execute((
            key,
            counts.epoch,
            counts.seen,
            counts.next,
            counts.used.taken,
            counts.used.renewed,
            counts.used.from.as_secs(),
            counts.used.until.as_secs(),
        ))?;
    one("instance", written)
}

/// What was loaded in this transaction is there.
fn one(table: &'static str, written: usize) -> Written {
    if written == 1 { Ok(()) } else { Err(bad(table, "a row that was loaded is not there")) }
}

fn write_order(db: &Connection, instance: InstanceKey, change: &OrderChange) -> Written {
    db.prepare_cached(
        "INSERT INTO order_change (instance, order_id, line_id, kind, ends_at, product_id, cancelled, facts) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (instance, order_id, line_id, kind) \
         DO UPDATE SET ends_at = excluded.ends_at, cancelled = excluded.cancelled, facts = excluded.facts",
    )?
    .execute((
        instance.0,
        change.order.order.as_str(),
        change.order.line.as_str(),
        change_number(change.kind),
        change.ends_at.map(UnixTime::as_secs),
        change.product_id.as_ref().map(crate::engine::ids::ProductName::as_str),
        change.cancelled,
        change.facts.as_ref().map(to_json).transpose()?,
    ))?;
    Ok(())
}

fn write_seat(db: &Connection, instance: InstanceKey, seat: &Tracked<Seat>) -> Written {
    let taken_until = if seat.freed { 0 } else { seat.holds.until().as_secs() };
    let statement = match seat.change() {
        Change::New => {
            "INSERT INTO seat (instance, no, created_at, baseline, phase, epoch, taken_until, holds, rebased_at, freed, \
             deactivated_at, license, name, keys_told, given, device_key) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        }
        Change::None | Change::Counted | Change::Changed => {
            "UPDATE seat SET baseline = ?4, phase = ?5, epoch = ?6, taken_until = ?7, holds = ?8, rebased_at = ?9, \
             freed = ?10, deactivated_at = ?11, license = ?12, name = ?13, keys_told = ?14, given = ?15, device_key = ?16 \
             WHERE instance = ?1 AND no = ?2 AND created_at = ?3"
        }
    };
    let written = db.prepare_cached(statement)?.execute((
        instance.0,
        seat.no.0,
        seat.created_at.as_secs(),
        seat.baseline.as_ref().map(Fingerprint::to_bytes),
        seat.phase,
        seat.epoch,
        taken_until,
        to_json(&seat.holds)?,
        to_json(&seat.rebased)?,
        seat.freed,
        seat.deactivated_at.map(UnixTime::as_secs),
        seat.license.map(|key| key.0),
        seat.name.as_ref().map(crate::engine::ids::SeatName::as_str),
        seat.keys_told,
        to_json(&seat.given)?,
        seat.device_key.as_ref().map(KeyId::as_bytes),
    ))?;
    one("seat", written)
}

/// The look-up keys of a seat, of which a freed one has none; whose they are besides is looked for later.
fn write_parts(
    db: &Connection,
    (instance, no): (InstanceKey, SeatNo),
    before: &[[u8; 11]],
    ledger: &Ledger,
) -> Written {
    let Some(seat) = ledger.seats.get(&(instance, no)) else {
        return Ok(());
    };
    let there = if seat.freed { Vec::new() } else { lookup_keys(seat.baseline.as_ref()) };
    for part in before.iter().filter(|part| !there.contains(part)) {
        db.prepare_cached("DELETE FROM seat_part WHERE instance = ?1 AND part = ?2 AND no = ?3")?
            .execute((instance.0, part, no.0))?;
    }
    for part in there.iter().filter(|part| !before.contains(part)) {
        db.prepare_cached("INSERT INTO seat_part (instance, part, no) VALUES (?1, ?2, ?3)")?
            .execute((instance.0, part, no.0))?;
    }
    if let Some(gone) = gone_parts(before, &there) {
        db.prepare_cached("INSERT INTO seat_moved (instance, no, gone) VALUES (?1, ?2, ?3)")?
            .execute((instance.0, no.0, gone))?;
    }
    Ok(())
}

fn write_application(db: &Connection, key: i64, application: &Tracked<Application>) -> Written {
    let (status, detail, device) = status_columns(&application.status)?;
    let grant = application.grant.as_ref();
    let statement = match application.change() {
        Change::New => {
            "INSERT INTO application (n, instance, event_id, identity, created_at, status, detail, device, seat, \
             license_id, token, until, key_id, terms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
        }
        Change::None | Change::Counted | Change::Changed => {
            "UPDATE application SET status = ?6, detail = ?7, device = ?8, seat = ?9, license_id = ?10, token = ?11, \
             until = ?12, key_id = ?13, terms = ?14 \
             WHERE n = ?1 AND instance = ?2 AND event_id IS ?3 AND identity = ?4 AND created_at = ?5"
        }
    };
    let written = db.prepare_cached(statement)?.execute((
        key,
        application.instance.0,
        application.event.as_ref().map(crate::engine::ids::EventId::as_str),
        &application.identity,
        application.created_at.as_secs(),
        status,
        detail,
        device,
        application.seat.map(|seat| seat.0),
        grant.map(|grant| &grant.license_id),
        grant.map(|grant| grant.token.as_str()),
        grant.map(|grant| grant.until.as_secs()),
        grant.map(|grant| &grant.key),
        application.terms,
    ))?;
    one("application", written)
}

/// Nothing that waits for a released instance goes on.
fn end(db: &Connection, instance: InstanceKey, now: UnixTime) -> Written {
    db.prepare_cached(
        "UPDATE application SET status = 3, detail = NULL, device = NULL WHERE instance = ?1 AND status = 0",
    )?
    .execute([instance.0])?;
    db.prepare_cached(
        "UPDATE delivery SET status = 3, at = ?2 WHERE application IN (SELECT n FROM application WHERE instance = ?1) AND status IN (0, 2, 4, 5)",
    )?
    .execute((instance.0, now.as_secs()))?;
    db.prepare_cached("DELETE FROM inquiry WHERE instance = ?1")?.execute([instance.0])?;
    db.prepare_cached("UPDATE seat SET name = NULL WHERE instance = ?1 AND name IS NOT NULL")?
        .execute([instance.0])?;
    db.prepare_cached("DELETE FROM buyer WHERE instance = ?1")?.execute([instance.0])?;
    Ok(())
}
