//! The questions for what is wanted, one for each kind of row.

use std::sync::LazyLock;

use license_core::UnixTime;
use tokio_postgres::Row;

use super::absorb::{
    absorb_application, absorb_deactivation, absorb_delivery, absorb_due, absorb_forgotten, absorb_inquiry,
    absorb_instance, absorb_licensed, absorb_notice, absorb_of_event, absorb_order, absorb_replay,
    absorb_seat, absorb_seat_use,
};
use super::plan::Plan;
use super::session::{Step, Value};
use super::wants::Wants;
use crate::engine::{JUDGED_AT_ONCE, YEAR};
use crate::storage::{FORGOTTEN_UNTIL, StorageError, rows};

/// How many seats that share one part are compared with a device. Parts that more machines share name none of them.
const SEATS_PER_PART: u32 = 256;

/// Takes one row of an answer in.
pub(super) type Reader = fn(&mut Plan, &Row) -> Result<(), StorageError>;

/// A question, and what is done with each row of its answer.
pub(super) struct Fetch {
    pub(super) step: Step,
    pub(super) read: Reader,
}

/// Columns of one table among others.
fn of(table: &str, columns: &str) -> String {
    let named: Vec<String> = columns.split(',').map(|column| format!("{table}.{}", column.trim())).collect();
    named.join(", ")
}

const DELIVERY: &str = "instance, status, at, attempts, error, uncertain";
const INQUIRY: &str = "instance, order_id, line_id, kind, status, at, attempts, error";
const ORDER: &str = "order_id, line_id, kind, ends_at, product_id, cancelled, facts";

/// Where an application's delivery and its seat begin in a row of both.
pub(super) static WITH_DELIVERY: LazyLock<usize> = LazyLock::new(|| rows::APPLICATION.split(',').count());
pub(super) static WITH_SEAT: LazyLock<usize> = LazyLock::new(|| *WITH_DELIVERY + DELIVERY.split(',').count());

/// Applications, each with its delivery and its seat, where it has them.
static APPLICATIONS: LazyLock<String> = LazyLock::new(|| {
    let columns = [of("a", rows::APPLICATION), of("d", DELIVERY), of("s", rows::SEAT)].join(", ");
    format!(
        "SELECT {columns} FROM # LEFT JOIN delivery d ON d.application = a.n \
         LEFT JOIN seat s ON s.instance = a.instance AND s.no = a.seat ORDER BY a.n"
    )
});

fn applications(from: &str) -> String {
    APPLICATIONS.replace('#', from)
}

pub(super) fn fetches(wants: &Wants, now: UnixTime) -> Vec<Fetch> {
    let mut all = Vec::new();
    let mut ask = |statement: String, values: Vec<Value>, read: Reader| {
        all.push(Fetch { step: Step::new(statement, values), read });
    };
    let now = now.as_secs();
    if !wants.instances.is_empty() {
        let query = format!(
            "SELECT {} FROM instance WHERE n = ANY(?1::bigint[]) ORDER BY n FOR UPDATE",
            rows::INSTANCE
        );
        ask(query, vec![Box::new(wants.instances.clone())], absorb_instance);
    }
    if !wants.seen.is_empty() {
        let query = format!("SELECT {} FROM instance WHERE id = ANY(?1::text[])", rows::INSTANCE);
        ask(query, vec![Box::new(wants.seen.clone())], absorb_instance);
    }
    if !wants.replays.0.is_empty() {
        let query = "SELECT r.outcome, r.until, r.signed_at, r.signature FROM unnest(?1::bigint[], ?2::bytea[]) AS w(at, signature) \
             JOIN replay r ON r.signed_at = w.at AND r.signature = w.signature";
        let (times, signatures) = wants.replays.clone();
        ask(query.into(), vec![Box::new(times), Box::new(signatures)], absorb_replay);
        // After the answers: one that is forgotten in between was still found.
        ask(FORGOTTEN_UNTIL.into(), Vec::new(), absorb_forgotten);
    }
    if !wants.licenses.is_empty() {
        let from = "(SELECT * FROM application WHERE license_id = ANY(?1::text[])) a";
        ask(applications(from), vec![Box::new(wants.licenses.clone())], absorb_licensed);
    }
    if !wants.events.is_empty() {
        let from = "(SELECT * FROM application WHERE event_id = ANY(?1::text[])) a";
        ask(applications(from), vec![Box::new(wants.events.clone())], absorb_of_event);
    }
    if !wants.applications.is_empty() {
        let from = "(SELECT * FROM application WHERE n = ANY(?1::bigint[])) a";
        ask(applications(from), vec![Box::new(wants.applications.clone())], absorb_application);
    }
    if !wants.waiting.is_empty() {
        let from = format!(
            "(SELECT x.* FROM unnest(?1::bigint[]) AS w(i) CROSS JOIN LATERAL (SELECT * FROM application \
             WHERE instance = w.i AND status = 0 ORDER BY n LIMIT {JUDGED_AT_ONCE}) x) a"
        );
        ask(applications(&from), vec![Box::new(wants.waiting.clone())], absorb_application);
    }
    if !wants.deliveries.is_empty() {
        let query =
            format!("SELECT application, {DELIVERY} FROM delivery WHERE application = ANY(?1::bigint[])");
        ask(query, vec![Box::new(wants.deliveries.clone())], absorb_delivery);
    }
    if !wants.orders.is_empty() {
        let query = format!(
            "SELECT instance, {ORDER} FROM order_change WHERE instance = ANY(?1::bigint[]) ORDER BY n"
        );
        ask(query, vec![Box::new(wants.orders.clone())], absorb_order);
    }
    if !wants.inquiries.is_empty() {
        let query = format!("SELECT {INQUIRY} FROM inquiry WHERE instance = ANY(?1::bigint[])");
        ask(query, vec![Box::new(wants.inquiries.clone())], absorb_inquiry);
    }
    if !wants.seat_use.is_empty() {
        let query = "SELECT i.n, count(s.no), count(s.no) FILTER (WHERE s.epoch = i.seat_epoch), min(s.taken_until) \
             FROM instance i LEFT JOIN seat s ON s.instance = i.n AND s.phase = i.seat_phase AND s.taken_until > ?2::bigint \
             WHERE i.n = ANY(?1::bigint[]) GROUP BY i.n";
        ask(query.into(), vec![Box::new(wants.seat_use.clone()), Box::new(now)], absorb_seat_use);
    }
    if !wants.seats.0.is_empty() {
        let query = format!(
            "SELECT {} FROM unnest(?1::bigint[], ?2::bigint[]) AS w(i, no) \
             JOIN seat s ON s.instance = w.i AND s.no = w.no",
            of("s", rows::SEAT)
        );
        ask(query, vec![Box::new(wants.seats.0.clone()), Box::new(wants.seats.1.clone())], absorb_seat);
    }
    if !wants.parts.0.is_empty() {
        let query = format!(
            "SELECT {} FROM unnest(?1::bigint[], ?2::bytea[]) AS w(i, part) CROSS JOIN LATERAL \
             (SELECT p.no FROM seat_part p WHERE p.part = w.part AND p.instance = w.i ORDER BY p.no \
              LIMIT {SEATS_PER_PART}) p JOIN seat s ON s.instance = w.i AND s.no = p.no",
            of("s", rows::SEAT)
        );
        ask(query, vec![Box::new(wants.parts.0.clone()), Box::new(wants.parts.1.clone())], absorb_seat);
    }
    if !wants.deactivations.is_empty() {
        let query = "SELECT instance, deactivated_at FROM seat WHERE instance = ANY(?1::bigint[]) AND deactivated_at > ?2::bigint";
        let since = now.saturating_sub(YEAR);
        ask(query.into(), vec![Box::new(wants.deactivations.clone()), Box::new(since)], absorb_deactivation);
    }
    if !wants.notices.0.is_empty() {
        let query = "SELECT n.order_id, n.line_id, n.handled_at FROM unnest(?1::text[], ?2::text[]) AS w(o, l) \
             JOIN notice n ON n.order_id = w.o AND n.line_id = w.l";
        let (orders, lines) = wants.notices.clone();
        ask(query.into(), vec![Box::new(orders), Box::new(lines)], absorb_notice);
    }
    // Whoever holds one of these rows is at work on it: the next one, please.
    if wants.due_deliveries > 0 {
        let query = "SELECT a.event_id FROM delivery d JOIN application a ON a.n = d.application \
             JOIN instance i ON i.n = d.instance \
             WHERE d.status IN (0, 4, 5) AND d.at <= ?1::bigint AND i.lifecycle = 0 AND a.event_id IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM application o JOIN delivery x ON x.application = o.n \
              WHERE o.event_id = a.event_id AND o.n <> a.n AND x.status IN (4, 5) AND x.at > ?1::bigint) \
             ORDER BY d.at LIMIT ?2::bigint FOR UPDATE OF d, i SKIP LOCKED";
        ask(query.into(), vec![Box::new(now), Box::new(wants.due_deliveries)], absorb_due);
    }
    if wants.due_inquiries > 0 {
        let query = format!(
            "SELECT {} FROM inquiry q JOIN instance i ON i.n = q.instance \
             WHERE q.status = 0 AND q.at <= ?1::bigint AND i.lifecycle <> 2 ORDER BY q.at LIMIT ?2::bigint \
             FOR UPDATE OF q, i SKIP LOCKED",
            of("q", INQUIRY)
        );
        ask(query, vec![Box::new(now), Box::new(wants.due_inquiries)], absorb_inquiry);
    }
    all
}
