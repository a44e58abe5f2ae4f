//! Rows and the types they become.

use license_core::{Fingerprint, KeyId, UnixTime};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StorageError;
use super::columns::Columns;
use crate::engine::codes::{CodeDigest, InstanceCode};
use crate::engine::ids::{
    ApplicationKey, EventId, InstanceId, InstanceKey, LineId, OrderId, OrderLine, ProductName, SeatName,
    SeatNo,
};
use crate::engine::inquiry::{Inquiry, InquiryKey, InquiryStatus};
use crate::engine::instance::{ChangeKind, Instance, Lifecycle, OrderChange, Standing};
use crate::engine::ledger::{
    Application, ApplicationStatus, Delivery, DeliveryStatus, Grant, Replay, Waiting,
};
use crate::engine::request::{Scene, Term};
use crate::engine::seat::{FOREVER, Rebase, Seat, SeatCounts, SeatUse};
use crate::engine::seat_given::Given;

pub(super) const INSTANCE: &str = "n, id, order_id, line_id, created_at, lifecycle, lifecycle_at, standing, problem, \
     product, bought, quantity, starts_at, ends_at, term, trial, seat_phase, seat_epoch, seats_seen, next_seat, \
     bought_as_trial, unread_orders, code_counter, code_sha256, seats_taken, seats_renewed, counted_from, counted_until";
pub(super) const SEAT: &str = "instance, no, created_at, baseline, phase, epoch, holds, rebased_at, freed, \
     deactivated_at, license, name, keys_told, given, device_key";
pub(super) const APPLICATION: &str = "n, instance, event_id, identity, created_at, status, detail, device, seat, license_id, token, until, key_id, terms";

type Read<T> = Result<T, StorageError>;

pub(super) fn bad(table: &'static str, why: impl ToString) -> StorageError {
    StorageError::Row { table, why: why.to_string() }
}

pub(super) fn to_json(value: &impl Serialize) -> Read<String> {
    serde_json::to_string(value).map_err(|e| StorageError::Other(e.to_string()))
}

pub(super) fn from_json<T: DeserializeOwned>(table: &'static str, json: &str) -> Read<T> {
    serde_json::from_str(json).map_err(|e| bad(table, e))
}

fn time(row: &dyn Columns, column: usize) -> Read<UnixTime> {
    Ok(UnixTime::from_secs(row.get(column)?))
}

fn maybe_time(row: &dyn Columns, column: usize) -> Read<Option<UnixTime>> {
    Ok(row.get::<Option<i64>>(column)?.map(UnixTime::from_secs))
}

fn fingerprint(table: &'static str, bytes: Option<Vec<u8>>) -> Read<Option<Fingerprint>> {
    bytes.map(|bytes| Fingerprint::from_bytes(&bytes)).transpose().map_err(|e| bad(table, e))
}

pub(super) fn order_line(table: &'static str, order: &str, line: &str) -> Read<OrderLine> {
    Ok(OrderLine {
        order: OrderId::parse(order).map_err(|e| bad(table, e))?,
        line: LineId::parse(line).map_err(|e| bad(table, e))?,
    })
}

pub(super) fn instance(row: &dyn Columns) -> Read<(InstanceKey, Instance)> {
    const TABLE: &str = "instance";
    let lifecycle_at = time(row, 6)?;
    let lifecycle = match row.get::<i64>(5)? {
        0 => Lifecycle::Active,
        1 => Lifecycle::Frozen { since: lifecycle_at, for_the_end: false },
        2 => Lifecycle::Released { at: lifecycle_at },
        3 => Lifecycle::Frozen { since: lifecycle_at, for_the_end: true },
        other => return Err(bad(TABLE, format!("lifecycle {other}"))),
    };
    let standing = match row.get::<i64>(7)? {
        0 => Standing::Known,
        1 => Standing::Pending,
        2 => Standing::Problem(row.get::<Option<String>>(8)?.unwrap_or_default()),
        other => return Err(bad(TABLE, format!("standing {other}"))),
    };
    let term = match row.get::<Option<i64>>(14)? {
        None => None,
        Some(0) => Some(Term::Periodic),
        Some(1) => Some(Term::Perpetual),
        Some(other) => return Err(bad(TABLE, format!("term {other}"))),
    };
    let instance = Instance {
        id: InstanceId::parse(&row.get::<String>(1)?).map_err(|e| bad(TABLE, e))?,
        order: order_line(TABLE, &row.get::<String>(2)?, &row.get::<String>(3)?)?,
        created_at: time(row, 4)?,
        lifecycle,
        standing,
        product: from_json(TABLE, &row.get::<String>(9)?)?,
        bought: from_json(TABLE, &row.get::<String>(10)?)?,
        quantity: row.get(11)?,
        starts_at: maybe_time(row, 12)?,
        ends_at: maybe_time(row, 13)?,
        term,
        trial: row.get(15)?,
        seat_phase: row.get(16)?,
        bought_as_trial: row.get(20)?,
        unread_orders: row.get(21)?,
        code: InstanceCode {
            counter: row.get(22)?,
            digest: row.get::<Option<[u8; 32]>>(23)?.map(CodeDigest),
        },
        counts: SeatCounts {
            used: SeatUse {
                taken: row.get(24)?,
                renewed: row.get(25)?,
                from: time(row, 26)?,
                until: time(row, 27)?,
            },
            epoch: row.get(17)?,
            seen: row.get(18)?,
            next: row.get(19)?,
        },
    };
    Ok((InstanceKey(row.get(0)?), instance))
}

/// What an instance's states are in its columns.
pub(super) struct InstanceColumns<'a> {
    pub(super) lifecycle: i64,
    pub(super) lifecycle_at: UnixTime,
    pub(super) standing: i64,
    pub(super) problem: Option<&'a str>,
    pub(super) term: Option<i64>,
}

pub(super) fn instance_columns(instance: &Instance) -> InstanceColumns<'_> {
    let (lifecycle, lifecycle_at) = match instance.lifecycle {
        Lifecycle::Active => (0, UnixTime::default()),
        Lifecycle::Frozen { since, for_the_end: false } => (1, since),
        Lifecycle::Frozen { since, for_the_end: true } => (3, since),
        Lifecycle::Released { at } => (2, at),
    };
    let (standing, problem) = match &instance.standing {
        Standing::Known => (0, None),
        Standing::Pending => (1, None),
        Standing::Problem(why) => (2, Some(why.as_str())),
    };
    let term = instance.term.map(|term| match term {
        Term::Periodic => 0,
        Term::Perpetual => 1,
    });
    InstanceColumns { lifecycle, lifecycle_at, standing, problem, term }
}

/// `outcome, until, signed_at, …`
pub(super) fn replay(row: &dyn Columns) -> Read<Replay> {
    let outcome = from_json("replay", &row.get::<String>(0)?)?;
    Ok(Replay { outcome, until: time(row, 1)?, signed_at_ms: row.get(2)? })
}

/// `count, renewed, first end` of the seats that are taken at a time.
pub(super) fn seat_use(row: &dyn Columns, first: usize, now: UnixTime) -> Read<SeatUse> {
    let ends = row.get::<Option<i64>>(first + 2)?;
    Ok(SeatUse {
        taken: row.get(first)?,
        renewed: row.get(first + 1)?,
        from: now,
        until: ends.map_or(FOREVER, UnixTime::from_secs),
    })
}

/// `order_id, line_id, kind, ends_at, product_id, cancelled, facts`
pub(super) fn order_change(row: &dyn Columns) -> Read<OrderChange> {
    const TABLE: &str = "order_change";
    let product_id = row.get::<Option<String>>(4)?;
    Ok(OrderChange {
        order: order_line(TABLE, &row.get::<String>(0)?, &row.get::<String>(1)?)?,
        kind: change_kind(TABLE, row.get(2)?)?,
        ends_at: maybe_time(row, 3)?,
        product_id: product_id.map(|id| ProductName::parse(&id)).transpose().map_err(|e| bad(TABLE, e))?,
        cancelled: row.get(5)?,
        facts: row.get::<Option<String>>(6)?.map(|json| from_json(TABLE, &json)).transpose()?,
    })
}

pub(super) fn change_kind(table: &'static str, number: i64) -> Read<ChangeKind> {
    Ok(match number {
        0 => ChangeKind::Purchase,
        1 => ChangeKind::Scene(Scene::TrialToFormal),
        2 => ChangeKind::Scene(Scene::Renewal),
        3 => ChangeKind::Scene(Scene::RenewalChange),
        4 => ChangeKind::Scene(Scene::CancelRenewal),
        5 => ChangeKind::Upgrade,
        other => return Err(bad(table, format!("kind {other}"))),
    })
}

pub(super) fn change_number(kind: ChangeKind) -> i64 {
    match kind {
        ChangeKind::Purchase => 0,
        ChangeKind::Scene(Scene::TrialToFormal) => 1,
        ChangeKind::Scene(Scene::Renewal) => 2,
        ChangeKind::Scene(Scene::RenewalChange) => 3,
        ChangeKind::Scene(Scene::CancelRenewal) => 4,
        ChangeKind::Upgrade => 5,
    }
}

pub(super) fn seat(row: &dyn Columns) -> Read<(InstanceKey, Seat)> {
    const TABLE: &str = "seat";
    let name = row.get::<Option<String>>(11)?;
    let seat = Seat {
        no: SeatNo(row.get(1)?),
        created_at: time(row, 2)?,
        baseline: fingerprint(TABLE, row.get(3)?)?,
        phase: row.get(4)?,
        epoch: row.get(5)?,
        holds: from_json(TABLE, &row.get::<String>(6)?)?,
        rebased: rebased(&row.get::<String>(7)?)?,
        given: given(&row.get::<String>(13)?)?,
        freed: row.get(8)?,
        deactivated_at: maybe_time(row, 9)?,
        license: row.get::<Option<i64>>(10)?.map(ApplicationKey),
        name: name.map(|name| SeatName::parse(&name)).transpose().map_err(|e| bad(TABLE, e))?,
        keys_told: row.get(12)?,
        device_key: row.get::<Option<[u8; 32]>>(14)?.map(KeyId::from_bytes),
    };
    Ok((InstanceKey(row.get(0)?), seat))
}

/// What a seat's licenses named.
pub(super) fn given(json: &str) -> Read<Given> {
    from_json("seat", json)
}

/// The counted steps of a seat. The first schema kept their times only.
pub(super) fn rebased(json: &str) -> Read<Vec<Rebase>> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Whole(Rebase),
        Time(UnixTime),
    }
    let kept: Vec<Kept> = from_json("seat", json)?;
    let whole = |kept| match kept {
        Kept::Whole(rebase) => rebase,
        Kept::Time(at) => Rebase { at, changed: Vec::new(), added: Vec::new(), left: Vec::new() },
    };
    Ok(kept.into_iter().map(whole).collect())
}

/// An application's window while it waits.
type WaitingJson = (UnixTime, Option<UnixTime>);

pub(super) fn application(row: &dyn Columns) -> Read<Application> {
    const TABLE: &str = "application";
    let detail = row.get::<Option<String>>(6)?.unwrap_or_default();
    let status = match row.get::<i64>(5)? {
        0 => {
            let (effective, expires): WaitingJson = from_json(TABLE, &detail)?;
            ApplicationStatus::Waiting(Waiting {
                effective,
                expires,
                device: fingerprint(TABLE, row.get(7)?)?,
            })
        }
        1 => ApplicationStatus::Granted,
        2 => ApplicationStatus::Parked(from_json(TABLE, &detail)?),
        3 => ApplicationStatus::Superseded,
        other => return Err(bad(TABLE, format!("status {other}"))),
    };
    let event = row.get::<Option<String>>(2)?;
    let grant = match row.get::<Option<String>>(9)? {
        None => None,
        Some(license_id) => Some(Grant {
            license_id,
            token: row.get::<String>(10)?.into(),
            until: time(row, 11)?,
            key: row.get(12)?,
        }),
    };
    Ok(Application {
        instance: InstanceKey(row.get(1)?),
        event: event.map(|id| EventId::parse(&id)).transpose().map_err(|e| bad(TABLE, e))?,
        identity: row.get(3)?,
        created_at: time(row, 4)?,
        status,
        seat: row.get::<Option<u32>>(8)?.map(SeatNo),
        grant,
        terms: row.get(13)?,
    })
}

/// The status number, the JSON detail and the device of an application.
pub(super) fn status_columns(status: &ApplicationStatus) -> Read<(i64, Option<String>, Option<Vec<u8>>)> {
    Ok(match status {
        ApplicationStatus::Waiting(waiting) => {
            let detail: WaitingJson = (waiting.effective, waiting.expires);
            (0, Some(to_json(&detail)?), waiting.device.as_ref().map(Fingerprint::to_bytes))
        }
        ApplicationStatus::Granted => (1, None, None),
        ApplicationStatus::Parked(refusal) => (2, Some(to_json(refusal)?), None),
        ApplicationStatus::Superseded => (3, None, None),
    })
}

/// `instance, order_id, line_id, kind, status, at, attempts, error`
pub(super) fn inquiry(row: &dyn Columns) -> Read<(InquiryKey, Inquiry)> {
    const TABLE: &str = "inquiry";
    let order = order_line(TABLE, &row.get::<String>(1)?, &row.get::<String>(2)?)?;
    let at = time(row, 5)?;
    let status = match row.get::<i64>(4)? {
        0 => InquiryStatus::Due(at),
        1 => InquiryStatus::Parked(at),
        other => return Err(bad(TABLE, format!("status {other}"))),
    };
    let key = (InstanceKey(row.get(0)?), order, change_kind(TABLE, row.get(3)?)?);
    Ok((key, Inquiry { status, attempts: row.get(6)?, error: row.get(7)? }))
}

/// `instance, status, at, attempts, error, uncertain`
pub(super) fn delivery(row: &dyn Columns) -> Read<Delivery> {
    let at = time(row, 2)?;
    let status = match row.get::<i64>(1)? {
        0 => DeliveryStatus::Due(at),
        1 => DeliveryStatus::Done(at),
        2 => DeliveryStatus::Parked(at),
        3 => DeliveryStatus::Cancelled(at),
        4 => DeliveryStatus::Sending(at),
        5 => DeliveryStatus::Overtaken(at),
        other => return Err(bad("delivery", format!("status {other}"))),
    };
    let instance = InstanceKey(row.get(0)?);
    Ok(Delivery { instance, status, attempts: row.get(3)?, error: row.get(4)?, uncertain: row.get(5)? })
}

pub(super) fn delivery_columns(status: DeliveryStatus) -> (i64, i64) {
    match status {
        DeliveryStatus::Due(at) => (0, at.as_secs()),
        DeliveryStatus::Done(at) => (1, at.as_secs()),
        DeliveryStatus::Parked(at) => (2, at.as_secs()),
        DeliveryStatus::Cancelled(at) => (3, at.as_secs()),
        DeliveryStatus::Sending(until) => (4, until.as_secs()),
        DeliveryStatus::Overtaken(until) => (5, until.as_secs()),
    }
}
