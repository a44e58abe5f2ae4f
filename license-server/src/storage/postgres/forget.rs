//! Answers that no call can ask for again are forgotten, by one server at a time.

use std::sync::atomic::{AtomicI64, Ordering};

use license_core::UnixTime;
use tokio_postgres::Row;

use super::session::Step;
use crate::storage::replays_until;

/// Held by the one server that forgets at this moment.
const FORGETS: &str = "7809653424151160066";
/// Servers of another schema in the same database forget on their own.
const TABLE: &str = "'replay'::regclass::oid::bigint";
/// Every so many batches forget.
const EVERY: i64 = 8;
/// How many answers more are forgotten than are added.
const MORE: usize = 4;
/// And at least so many.
const SOME: usize = 512;
/// For how long a call may have waited before its answer was stored, in milliseconds.
const WAITED: i64 = 5_000;

/// How far answers were forgotten, by the times at which their calls were signed, in milliseconds.
///
/// What is deleted stays in the index until the next vacuum; a look that began at the first row would step over all of
/// it each time.
#[derive(Debug, Default)]
pub(super) struct Forgotten(AtomicI64);

impl Forgotten {
    /// What some batches carry out besides. Batches have odd numbers.
    pub(super) fn step(&self, batch: i64, now: UnixTime, calls: usize) -> Option<Step> {
        if batch / 2 % EVERY != 0 {
            return None;
        }
        let forget = format!(
            "WITH gone AS (DELETE FROM replay WHERE (SELECT pg_try_advisory_xact_lock({FORGETS} # {TABLE})) AND until < ?1::bigint \
             AND (signed_at, signature) IN (SELECT signed_at, signature FROM replay \
              WHERE signed_at >= ?2::bigint AND signed_at < ?3::bigint ORDER BY signed_at LIMIT ?4::bigint) \
             RETURNING signed_at), kept AS (INSERT INTO setting (name, value) \
              SELECT 'replays-forgotten', max(signed_at)::text FROM gone HAVING count(*) > 0 ON CONFLICT (name) \
              DO UPDATE SET value = greatest(setting.value::bigint, excluded.value::bigint)::text) \
             SELECT signed_at FROM gone"
        );
        let every = usize::try_from(EVERY).unwrap_or(1);
        let limit = i64::try_from(calls.saturating_mul(MORE * every).max(SOME)).unwrap_or(i64::MAX);
        let (from, until) = (self.0.load(Ordering::Relaxed), replays_until(now));
        Some(Step::new(
            forget,
            vec![Box::new(now.as_secs()), Box::new(from), Box::new(until), Box::new(limit)],
        ))
    }

    /// Takes in what was forgotten.
    pub(super) fn note(&self, rows: Option<&Vec<Row>>) {
        let times = rows.into_iter().flatten().filter_map(|row| row.try_get::<_, i64>(0).ok());
        if let Some(last) = times.max() {
            self.0.fetch_max(last.saturating_sub(WAITED), Ordering::Relaxed);
        }
    }
}
