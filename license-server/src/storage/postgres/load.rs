//! Loads what a batch needs: first the locks, then everything else, as many questions at once as can be asked.

use license_core::UnixTime;
use tokio_postgres::Row;

use super::absorb::absorb_instance;
use super::fetch::{Fetch, Reader, fetches};
use super::plan::Plan;
use super::session::{Session, Step, Value};
use super::wants::Wants;
use crate::engine::Ledger;
use crate::engine::ledger::Tracked;
use crate::engine::request::{Command, Request};
use crate::storage::{StorageError, rows};

/// Begins a transaction and loads.
pub(super) async fn load(
    session: &mut Session,
    now: UnixTime,
    requests: &[&Request],
) -> Result<Ledger, StorageError> {
    let mut plan = Plan::of(requests, now);
    let wants = Wants::of(plan.next(requests));
    let mut first = vec![Step::new("BEGIN ISOLATION LEVEL READ COMMITTED", Vec::new())];
    first.extend(lock_events(requests));
    let before = first.len();
    let locking = lock_instances(&wants);
    let is_locking = locking.is_some();
    first.extend(locking);
    // After the locks: within one instance, later keys are later applications.
    first.push(Step::new("SELECT nextval('instance_n'), nextval('application_n')", Vec::new()));
    let fetched = fetches(&wants, now);
    let (steps, readers) = apart(fetched);
    first.extend(steps);
    let mut answers = session.run(&first).await?.into_iter().skip(before);
    if is_locking {
        for row in answers.next().unwrap_or_default() {
            absorb_instance(&mut plan, &row)?;
        }
    }
    let numbers = answers.next().unwrap_or_default();
    let numbers = numbers.first().ok_or_else(|| rows::bad("sequence", "no answer"))?;
    (plan.ledger.next_instance, plan.ledger.next_application) = (numbers.try_get(0)?, numbers.try_get(1)?);
    absorb(&mut plan, &wants, &readers, answers)?;
    loop {
        let wants = Wants::of(plan.next(requests));
        if wants.is_empty() {
            break;
        }
        let (steps, readers) = apart(fetches(&wants, now));
        let answers = session.run(&steps).await?.into_iter();
        absorb(&mut plan, &wants, &readers, answers)?;
    }
    let orders = plan.orders.into_iter().map(|(key, orders)| (key, Tracked::loaded(orders)));
    plan.ledger.orders.extend(orders);
    Ok(plan.ledger)
}

fn apart(fetches: Vec<Fetch>) -> (Vec<Step>, Vec<Reader>) {
    fetches.into_iter().map(|fetch| (fetch.step, fetch.read)).unzip()
}

fn absorb(
    plan: &mut Plan,
    wants: &Wants,
    readers: &[Reader],
    answers: impl Iterator<Item = Vec<Row>>,
) -> Result<(), StorageError> {
    for (read, found) in readers.iter().zip(answers) {
        found.iter().try_for_each(|row| read(plan, row))?;
    }
    wants.note_empty(plan);
    Ok(())
}

/// An event belongs to one instance: two servers never look for one event at once.
fn lock_events(requests: &[&Request]) -> Option<Step> {
    let mut keys: Vec<i64> = requests
        .iter()
        .filter_map(|request| match &request.command {
            Command::Apply(apply) => Some(key_of(apply.event.as_str())),
            _ => None,
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let lock = "SELECT pg_advisory_xact_lock(k) FROM unnest(?1::bigint[]) AS k";
    (!keys.is_empty()).then(|| Step::new(lock, vec![Box::new(keys)]))
}

/// Two texts with one key wait for each other without need, no more.
fn key_of(text: &str) -> i64 {
    use sha2::Digest as _;
    let digest: [u8; 32] = sha2::Sha256::digest(text).into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// All instances that the batch may change, locked in one order everywhere.
fn lock_instances(wants: &Wants) -> Option<Step> {
    let mut ways = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut way = |sql: &str, value: Value| {
        values.push(value);
        ways.push(sql.replace('#', &format!("?{}", values.len())));
    };
    if !wants.named.is_empty() {
        way("SELECT n FROM instance WHERE id = ANY(#::text[])", Box::new(wants.named.clone()));
    }
    if !wants.codes.is_empty() {
        way("SELECT n FROM instance WHERE code_sha256 = ANY(#::bytea[])", Box::new(wants.codes.clone()));
    }
    if !wants.licenses.is_empty() {
        way(
            "SELECT instance FROM application WHERE license_id = ANY(#::text[])",
            Box::new(wants.licenses.clone()),
        );
    }
    if !wants.owned_events.is_empty() {
        way(
            "SELECT instance FROM application WHERE event_id = ANY(#::text[])",
            Box::new(wants.owned_events.clone()),
        );
    }
    if !wants.deliveries.is_empty() {
        way(
            "SELECT instance FROM delivery WHERE application = ANY(#::bigint[])",
            Box::new(wants.deliveries.clone()),
        );
    }
    if !wants.lines.0.is_empty() {
        values.push(Box::new(wants.lines.0.clone()));
        values.push(Box::new(wants.lines.1.clone()));
        let (orders, lines) = (values.len() - 1, values.len());
        ways.push(format!(
            "SELECT i.n FROM unnest(?{orders}::text[], ?{lines}::text[]) AS w(o, l) \
             JOIN instance i ON i.order_id = w.o AND i.line_id = w.l"
        ));
    }
    let any_of = match &ways[..] {
        // Most batches: one look-up less for each instance.
        [_] if !wants.named.is_empty() => "id = ANY(?1::text[])".to_owned(),
        ways => format!("n IN ({})", ways.join(" UNION ")),
    };
    let lock = format!("SELECT {} FROM instance WHERE {any_of} ORDER BY n FOR UPDATE", rows::INSTANCE);
    (!ways.is_empty()).then(|| Step::new(lock, values))
}
