//! What is done with the rows that were found.

use std::collections::hash_map::Entry;

use license_core::UnixTime;
use tokio_postgres::Row;

use super::fetch::{WITH_DELIVERY, WITH_SEAT};
use super::plan::Plan;
use super::row::From;
use crate::engine::ids::{ApplicationKey, EventId, InstanceKey};
use crate::engine::ledger::Tracked;
use crate::storage::columns::Columns;
use crate::storage::{StorageError, forgotten_until, rows};

type Read<T = ()> = Result<T, StorageError>;

pub(super) fn absorb_instance(plan: &mut Plan, row: &Row) -> Read {
    let (key, instance) = rows::instance(row)?;
    let ledger = &mut plan.ledger;
    ledger.by_id.insert(instance.id.clone(), key);
    ledger.by_line.insert(instance.order.clone(), key);
    ledger.by_code.extend(instance.code.digest.map(|digest| (digest, key)));
    ledger.instances.entry(key).or_insert_with(|| Tracked::loaded(instance));
    Ok(())
}

pub(super) fn absorb_replay(plan: &mut Plan, row: &Row) -> Read {
    let row: &dyn Columns = row;
    plan.ledger.replays.insert(row.get(3)?, Tracked::loaded(rows::replay(row)?));
    Ok(())
}

pub(super) fn absorb_forgotten(plan: &mut Plan, row: &Row) -> Read {
    let row: &dyn Columns = row;
    plan.ledger.forgotten_until_ms = forgotten_until(row.text(0)?);
    Ok(())
}

/// An application, its delivery and its seat.
pub(super) fn absorb_application(plan: &mut Plan, row: &Row) -> Read {
    read_application(plan, row).map(drop)
}

pub(super) fn absorb_of_event(plan: &mut Plan, row: &Row) -> Read {
    let (key, event) = read_application(plan, row)?;
    if let Some(event) = event {
        let of_event = plan.ledger.by_event.entry(event).or_default();
        if !of_event.contains(&key) {
            of_event.push(key);
        }
    }
    Ok(())
}

/// Of several with one license id, which there are not, the first counts.
pub(super) fn absorb_licensed(plan: &mut Plan, row: &Row) -> Read {
    let (key, _) = read_application(plan, row)?;
    let grant = plan.ledger.applications.get(&key).and_then(|known| known.grant.as_ref());
    let Some(license) = grant.map(|grant| grant.license_id.clone()) else {
        return Ok(());
    };
    plan.ledger.by_license.entry(license).or_insert(key);
    Ok(())
}

fn read_application(plan: &mut Plan, row: &Row) -> Read<(ApplicationKey, Option<EventId>)> {
    let columns: &dyn Columns = row;
    let key = ApplicationKey(columns.get(0)?);
    let application = rows::application(columns)?;
    let event = application.event.clone();
    let delivery = From { row, first: *WITH_DELIVERY };
    if delivery.int(0)?.is_some() {
        let delivery = rows::delivery(&delivery)?;
        plan.ledger.deliveries.entry(key).or_insert_with(|| Tracked::loaded(delivery));
    }
    let seat = From { row, first: *WITH_SEAT };
    if seat.int(0)?.is_some() {
        read_seat(plan, &seat)?;
    }
    plan.ledger.applications.entry(key).or_insert_with(|| Tracked::loaded(application));
    Ok((key, event))
}

pub(super) fn absorb_delivery(plan: &mut Plan, row: &Row) -> Read {
    let delivery = rows::delivery(&From { row, first: 1 })?;
    let columns: &dyn Columns = row;
    let key = ApplicationKey(columns.get(0)?);
    plan.ledger.deliveries.entry(key).or_insert_with(|| Tracked::loaded(delivery));
    Ok(())
}

pub(super) fn absorb_order(plan: &mut Plan, row: &Row) -> Read {
    let change = rows::order_change(&From { row, first: 1 })?;
    let columns: &dyn Columns = row;
    plan.orders.entry(InstanceKey(columns.get(0)?)).or_default().push(change);
    Ok(())
}

pub(super) fn absorb_inquiry(plan: &mut Plan, row: &Row) -> Read {
    let (key, inquiry) = rows::inquiry(row)?;
    if !plan.ledger.instances.contains_key(&key.0) {
        plan.asked.push(key.0);
    }
    plan.ledger.inquiries.entry(key).or_insert_with(|| Tracked::loaded(inquiry));
    Ok(())
}

pub(super) fn absorb_seat_use(plan: &mut Plan, row: &Row) -> Read {
    let row: &dyn Columns = row;
    let used = rows::seat_use(row, 1, plan.now)?;
    if let Some(counts) = plan.ledger.count_seats(InstanceKey(row.get(0)?)) {
        counts.used = used;
    }
    Ok(())
}

pub(super) fn absorb_seat(plan: &mut Plan, row: &Row) -> Read {
    read_seat(plan, row)
}

fn read_seat(plan: &mut Plan, row: &dyn Columns) -> Read {
    let (key, seat) = rows::seat(row)?;
    let no = seat.no;
    if let Entry::Vacant(new) = plan.ledger.seats.entry((key, no)) {
        new.insert(Tracked::loaded(seat));
        plan.ledger.find_seat_by_its_parts(key, no);
    }
    Ok(())
}

pub(super) fn absorb_deactivation(plan: &mut Plan, row: &Row) -> Read {
    let row: &dyn Columns = row;
    let times = plan.ledger.deactivations.entry(InstanceKey(row.get(0)?)).or_default();
    times.push(UnixTime::from_secs(row.get(1)?));
    Ok(())
}

pub(super) fn absorb_notice(plan: &mut Plan, row: &Row) -> Read {
    let row: &dyn Columns = row;
    let order = rows::order_line("notice", &row.get::<String>(0)?, &row.get::<String>(1)?)?;
    let handled_at = row.get::<Option<i64>>(2)?.map(UnixTime::from_secs);
    plan.ledger.notices.entry(order).or_insert_with(|| Tracked::loaded(handled_at));
    Ok(())
}

/// The event of a delivery that is due; its applications are read next.
pub(super) fn absorb_due(plan: &mut Plan, row: &Row) -> Read {
    let row: &dyn Columns = row;
    let event = EventId::parse(&row.get::<String>(0)?).map_err(|e| rows::bad("application", e))?;
    plan.due.push(event);
    Ok(())
}
