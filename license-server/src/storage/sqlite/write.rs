//! Writes what a batch of requests changed.

use license_core::{Fingerprint, UnixTime};
use rusqlite::Connection;

use super::rows::{change_number, delivery_columns, status_columns, to_json};
use super::suspects;
use crate::engine::ids::{ApplicationKey, InstanceKey, SeatNo};
use crate::engine::inquiry::{Inquiry, InquiryKey, InquiryStatus};
use crate::engine::instance::{Instance, Lifecycle, OrderChange, Standing};
use crate::engine::ledger::{Application, Change, Delivery, Ledger, Tracked};
use crate::engine::request::Term;
use crate::engine::seat::Seat;
use crate::engine::{NO_DEVICE, lookup_keys};
use crate::storage::StorageError;

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
    for (key, no) in &ledger.moved_seats {
        write_parts(db, now, *key, *no, ledger)?;
    }
    for (key, no) in &ledger.turns {
        suspects::note(db, now, (key.0, no.0), (key.0, no.0))?;
    }
    let mut applications: Vec<_> = changed(&ledger.applications).collect();
    applications.sort_unstable_by_key(|(key, _)| **key);
    for (key, application) in applications {
        write_application(db, key.0, application)?;
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
    // In the order in which they end: pruning begins at the oldest row.
    let mut replays: Vec<_> = changed(&ledger.replays).collect();
    replays.sort_unstable_by_key(|(_, replay)| replay.until);
    for (signature, replay) in replays {
        db.prepare_cached("INSERT INTO replay (signature, until, outcome) VALUES (?1, ?2, ?3)")?
            .execute((signature, replay.until.as_secs(), to_json(&replay.outcome)?))?;
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

fn write_instance(db: &Connection, key: i64, instance: &Instance) -> Written {
    let (lifecycle, lifecycle_at) = match instance.lifecycle {
        Lifecycle::Active => (0, UnixTime::default()),
        Lifecycle::Frozen { since, for_the_end: false } => (1, since),
        Lifecycle::Frozen { since, for_the_end: true } => (3, since),
        Lifecycle::Released { at } => (2, at),
    };
    let (standing, problem) = match &instance.standing {
        Standing::Known => (0, None),
        Standing::Pending => (1, None),
        Standing::Problem(why) => (2, Some(why)),
    };
    let term = instance.term.map(|term| match term {
        Term::Periodic => 0,
        Term::Perpetual => 1,
    });
    db.prepare_cached(
        "INSERT INTO instance (n, id, order_id, line_id, created_at, lifecycle, lifecycle_at, standing, problem, \
         product, bought, quantity, starts_at, ends_at, term, trial, seat_phase, seat_epoch, seats_seen, next_seat, \
         bought_as_trial, unread_orders, code_counter, code_sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, \
         ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24) \
         ON CONFLICT (n) DO UPDATE SET lifecycle = excluded.lifecycle, lifecycle_at = excluded.lifecycle_at, \
         standing = excluded.standing, problem = excluded.problem, product = excluded.product, bought = excluded.bought, \
         quantity = excluded.quantity, starts_at = excluded.starts_at, ends_at = excluded.ends_at, \
         term = excluded.term, trial = excluded.trial, seat_phase = excluded.seat_phase, \
         seat_epoch = excluded.seat_epoch, seats_seen = excluded.seats_seen, next_seat = excluded.next_seat, \
         bought_as_trial = excluded.bought_as_trial, unread_orders = excluded.unread_orders, \
         code_counter = excluded.code_counter, code_sha256 = excluded.code_sha256",
    )?
    .execute(rusqlite::params![
        key,
        instance.id.as_str(),
        instance.order.order.as_str(),
        instance.order.line.as_str(),
        instance.created_at.as_secs(),
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
        instance.seat_epoch,
        instance.seats_seen,
        instance.next_seat,
        instance.bought_as_trial,
        instance.unread_orders,
        instance.code.counter,
        instance.code.digest.map(|digest| digest.0),
    ])?;
    Ok(())
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

fn write_seat(db: &Connection, instance: InstanceKey, seat: &Seat) -> Written {
    let taken_until = if seat.freed { 0 } else { seat.holds.until().as_secs() };
    db.prepare_cached(
        "INSERT INTO seat (instance, no, created_at, baseline, phase, epoch, taken_until, holds, rebased_at, freed, \
         deactivated_at, license, name) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (instance, no) DO UPDATE SET \
         baseline = excluded.baseline, phase = excluded.phase, epoch = excluded.epoch, \
         taken_until = excluded.taken_until, holds = excluded.holds, rebased_at = excluded.rebased_at, \
         freed = excluded.freed, deactivated_at = excluded.deactivated_at, license = excluded.license, name = excluded.name",
    )?
    .execute((
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
    ))?;
    Ok(())
}

/// The look-up keys of a seat; a freed one has none.
fn write_parts(
    db: &Connection,
    now: UnixTime,
    instance: InstanceKey,
    no: SeatNo,
    ledger: &Ledger,
) -> Written {
    let Some(seat) = ledger.seats.get(&(instance, no)) else {
        return Ok(());
    };
    if seat.change() != Change::New {
        db.prepare_cached("DELETE FROM seat_part WHERE instance = ?1 AND no = ?2")?
            .execute((instance.0, no.0))?;
    }
    if seat.freed {
        return Ok(());
    }
    for part in lookup_keys(seat.baseline.as_ref()) {
        if part != NO_DEVICE {
            suspects::note_shared_part(db, now, (instance, no), &part)?;
        }
        db.prepare_cached("INSERT INTO seat_part (instance, part, no) VALUES (?1, ?2, ?3)")?
            .execute((instance.0, part, no.0))?;
    }
    Ok(())
}

fn write_application(db: &Connection, key: i64, application: &Application) -> Written {
    let (status, detail, device) = status_columns(&application.status)?;
    let grant = application.grant.as_ref();
    db.prepare_cached(
        "INSERT INTO application (n, instance, event_id, identity, created_at, status, detail, device, seat, \
         license_id, token, until, key_id, terms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
         ON CONFLICT (n) DO UPDATE SET status = excluded.status, detail = excluded.detail, \
         device = excluded.device, seat = excluded.seat, license_id = excluded.license_id, \
         token = excluded.token, until = excluded.until, key_id = excluded.key_id",
    )?
    .execute((
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
        grant.map(|grant| &grant.token),
        grant.map(|grant| grant.until.as_secs()),
        grant.map(|grant| &grant.key),
        application.terms,
    ))?;
    Ok(())
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
