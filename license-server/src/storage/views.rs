//! What operators and workers read; nothing here changes anything.

use license_core::UnixTime;
use serde::Serialize;

use super::rfc3339;
use super::rows::rebased;
use super::{Database, Param, StorageError};
use crate::engine::seat::Rebase;

/// One line of a list of instances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InstanceRow {
    /// Its name.
    pub id: String,
    /// Order and line.
    pub order: String,
    /// `active`, `frozen`, `released`, `pending` or `problem`.
    pub state: &'static str,
    /// What is wrong, if something is.
    pub problem: Option<String>,
    /// The store's names for the product, as JSON.
    pub product: serde_json::Value,
    /// Units ordered, if the order told.
    pub quantity: Option<u32>,
    /// Seconds since 1970.
    #[serde(serialize_with = "rfc3339::time")]
    pub created_at: i64,
    /// Seconds since 1970, if known.
    #[serde(serialize_with = "rfc3339::option")]
    pub ends_at: Option<i64>,
    /// Seats taken now.
    pub seats_taken: u32,
}

/// One seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatRow {
    /// Its number.
    pub no: u32,
    /// `taken`, `free` or `freed`.
    pub state: &'static str,
    /// Seconds since 1970; absent when free or for ever.
    #[serde(serialize_with = "rfc3339::option")]
    pub taken_until: Option<i64>,
    /// Seconds since 1970.
    #[serde(serialize_with = "rfc3339::time")]
    pub created_at: i64,
    /// The kinds of parts it is recognised by, never their values.
    pub recognised_by: Vec<String>,
    /// The counted steps of its licenses to another binding.
    pub rebased: Vec<RebaseRow>,
    /// How many bindings its licenses had in 365 days.
    pub bindings: usize,
    /// What the buyer calls the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When its machine gave it back, seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rfc3339::option")]
    pub deactivated_at: Option<i64>,
    /// Its machine has a key: nobody else renews, moves or frees it without the activation code.
    pub device_key: bool,
}

/// A counted step of a seat's licenses to another binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RebaseRow {
    /// Seconds since 1970.
    #[serde(serialize_with = "rfc3339::time")]
    pub at: i64,
    /// Which kinds of parts were other ones than before.
    pub changed: Vec<String>,
    /// Which kinds of parts were seen first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
}

/// One license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LicenseRow {
    /// `jti`
    pub license_id: String,
    /// The event it was asked under.
    pub event: Option<String>,
    /// Its seat.
    pub seat: Option<u32>,
    /// `exp`, seconds since 1970; absent when perpetual.
    #[serde(serialize_with = "rfc3339::option")]
    pub expires_at: Option<i64>,
    /// `kid`
    pub key_id: String,
    /// `due`, `being sent`, `delivered`, `parked`, `cancelled`, `by hand`, or `to its machine`.
    pub delivery: &'static str,
    /// What went wrong, if something did.
    pub error: Option<String>,
}

/// An application without a license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenApplicationRow {
    /// The event.
    pub event: Option<String>,
    /// `waiting` or `parked`.
    pub state: &'static str,
    /// Why it was refused.
    pub detail: Option<String>,
}

/// One recorded happening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryRow {
    /// Seconds since 1970.
    #[serde(serialize_with = "rfc3339::time")]
    pub at: i64,
    /// One word.
    pub what: String,
    /// A sentence.
    pub detail: String,
}

/// An order to be delivered by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoticeRow {
    /// Order and line.
    pub order: String,
    /// Seconds since 1970.
    #[serde(serialize_with = "rfc3339::time")]
    pub received_at: i64,
}

pub(super) type View<T> = Result<Vec<T>, StorageError>;

impl dyn Database + '_ {
    /// Instances, the newest first; only `id`, or only those with a problem, where asked.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn instances(
        &self,
        now: UnixTime,
        id: Option<&str>,
        problems_only: bool,
        limit: u32,
    ) -> View<InstanceRow> {
        self.instances_after(now, id, problems_only, None, limit)
    }

    /// The same from behind the instance `after` on.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn instances_after(
        &self,
        now: UnixTime,
        id: Option<&str>,
        problems_only: bool,
        after: Option<&str>,
        limit: u32,
    ) -> View<InstanceRow> {
        let query = "SELECT id, order_id || '/' || line_id, lifecycle, standing, problem, product, quantity, created_at, \
             ends_at, (SELECT count(*) FROM seat s WHERE s.instance = i.n AND s.phase = i.seat_phase \
             AND s.taken_until > ?1) FROM instance i WHERE (?2 IS NULL OR id = ?2) \
             AND (?3 = 0 OR (lifecycle <> 2 AND (standing = 2 \
             OR EXISTS (SELECT 1 FROM inquiry q WHERE q.instance = i.n AND (q.status = 1 OR q.attempts >= 10)) \
             OR EXISTS (SELECT 1 FROM delivery d WHERE d.instance = i.n AND d.status = 2) \
             OR EXISTS (SELECT 1 FROM application a WHERE a.instance = i.n AND a.status = 2 AND NOT EXISTS \
                (SELECT 1 FROM application b WHERE b.instance = i.n AND b.n > a.n AND b.status = 1))))) \
             AND (?5 IS NULL OR n < (SELECT n FROM instance WHERE id = ?5)) \
             ORDER BY n DESC LIMIT ?4";
        self.view(
            query,
            &[
                now_param(now),
                Param::MaybeText(id),
                Param::Int(problems_only.into()),
                Param::Int(limit.into()),
                Param::MaybeText(after),
            ],
            |row| {
                let state = match (row.get::<i64>(2)?, row.get::<i64>(3)?) {
                    (2, _) => "released",
                    (1 | 3, _) => "frozen",
                    (_, 1) => "pending",
                    (_, 2) => "problem",
                    _ => "active",
                };
                Ok(InstanceRow {
                    id: row.get(0)?,
                    order: row.get(1)?,
                    state,
                    problem: row.get(4)?,
                    product: serde_json::from_str(&row.get::<String>(5)?).unwrap_or_default(),
                    quantity: row.get(6)?,
                    created_at: row.get(7)?,
                    ends_at: row.get(8)?,
                    seats_taken: row.get(9)?,
                })
            },
        )
    }

    /// The seats of an instance.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn seats(&self, now: UnixTime, instance: &str) -> View<SeatRow> {
        self.seats_after(now, instance, 0, u32::MAX)
    }

    /// The same from behind the seat `after` on.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn seats_after(&self, now: UnixTime, instance: &str, after: u32, limit: u32) -> View<SeatRow> {
        let query = "SELECT s.no, s.freed, s.taken_until, s.created_at, s.baseline, s.rebased_at, s.name, \
             s.deactivated_at, s.given, s.device_key FROM seat s \
             JOIN instance i ON i.n = s.instance WHERE i.id = ?1 AND s.no > ?2 ORDER BY s.no LIMIT ?3";
        let params = [Param::Text(instance), Param::Int(after.into()), Param::Int(limit.into())];
        self.view(query, &params, |row| {
            let until: i64 = row.get(2)?;
            let is_taken = until > now.as_secs();
            Ok(SeatRow {
                no: row.get(0)?,
                state: match (row.get(1)?, is_taken) {
                    (true, _) => "freed",
                    (false, true) => "taken",
                    (false, false) => "free",
                },
                taken_until: (is_taken && until != i64::MAX).then_some(until),
                created_at: row.get(3)?,
                recognised_by: kinds(row.get(4)?),
                rebased: moves(&row.get::<String>(5)?),
                name: row.get(6)?,
                deactivated_at: row.get(7)?,
                bindings: super::rows::given(&row.get::<String>(8)?)?.in_a_year(now),
                device_key: row.get::<Option<Vec<u8>>>(9)?.is_some(),
            })
        })
    }

    /// The licenses of an instance that are unexpired at `now`, the newest first.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn licenses(&self, now: UnixTime, instance: &str) -> View<LicenseRow> {
        let query = "SELECT a.license_id, a.event_id, a.seat, a.until, a.key_id, d.status, d.error, \
             a.terms IS NOT NULL FROM application a \
             JOIN instance i ON i.n = a.instance LEFT JOIN delivery d ON d.application = a.n \
             WHERE i.id = ?1 AND a.status = 1 AND a.until > ?2 ORDER BY a.n DESC";
        self.view(query, &[Param::Text(instance), now_param(now)], |row| {
            let event: Option<String> = row.get(1)?;
            let delivery = match (&event, row.get(7)?, row.get::<Option<i64>>(5)?) {
                (None, true, _) => "to its machine",
                (None, false, _) => "by hand",
                (_, _, status) => delivery_state(status.unwrap_or(1)),
            };
            let until: i64 = row.get(3)?;
            Ok(LicenseRow {
                license_id: row.get(0)?,
                event,
                seat: row.get(2)?,
                expires_at: (until != i64::MAX).then_some(until),
                key_id: row.get(4)?,
                delivery,
                error: row.get(6)?,
            })
        })
    }

    /// The applications of an instance that have no license.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn open_applications(&self, instance: &str) -> View<OpenApplicationRow> {
        let query = "SELECT a.event_id, a.status, a.detail FROM application a JOIN instance i ON i.n = a.instance \
             WHERE i.id = ?1 AND a.status IN (0, 2) ORDER BY a.n";
        self.view(query, &[Param::Text(instance)], |row| {
            let is_waiting = row.get::<i64>(1)? == 0;
            let detail: Option<String> = row.get(2)?;
            let refusal = |json: String| {
                serde_json::from_str::<crate::engine::request::Refusal>(&json)
                    .map(|refusal| refusal.to_string())
            };
            Ok(OpenApplicationRow {
                event: row.get(0)?,
                state: if is_waiting { "waiting" } else { "parked" },
                detail: if is_waiting { None } else { detail.and_then(|json| refusal(json).ok()) },
            })
        })
    }

    /// What was recorded of an instance, the newest first.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn history(&self, instance: &str, limit: u32) -> View<HistoryRow> {
        let query = "SELECT h.at, h.what, h.detail FROM history h JOIN instance i ON i.n = h.instance \
             WHERE i.id = ?1 ORDER BY h.n DESC LIMIT ?2";
        self.view(query, &[Param::Text(instance), Param::Int(limit.into())], |row| {
            Ok(HistoryRow { at: row.get(0)?, what: row.get(1)?, detail: row.get(2)? })
        })
    }

    /// Orders that were notified and are not delivered yet.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn open_notices(&self, limit: u32) -> View<NoticeRow> {
        let query = "SELECT order_id || '/' || line_id, received_at FROM notice WHERE handled_at IS NULL \
             ORDER BY n LIMIT ?1";
        self.view(query, &[Param::Int(limit.into())], |row| {
            Ok(NoticeRow { order: row.get(0)?, received_at: row.get(1)? })
        })
    }

    /// How many machines that renew by themselves were given a key set with this number or a later one, and how many
    /// such machines there are.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn machines_told(&self, now: UnixTime, sequence: u64) -> Result<(u64, u64), StorageError> {
        let query = "SELECT count(CASE WHEN keys_told >= ?2 THEN 1 END), count(*) FROM seat \
             WHERE taken_until > ?1 AND license IS NOT NULL";
        let params = [now_param(now), Param::Int(i64::try_from(sequence).unwrap_or(i64::MAX))];
        let count = |row: &dyn super::columns::Columns, column| row.get::<i64>(column).map(i64::unsigned_abs);
        let found = self.view(query, &params, |row| Ok((count(row, 0)?, count(row, 1)?)))?;
        Ok(found.first().copied().unwrap_or_default())
    }

    /// The bytes of a license that was issued.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn license_text(&self, license_id: &str) -> Result<Option<String>, StorageError> {
        let query = "SELECT token FROM application WHERE license_id = ?1 ORDER BY n LIMIT 1";
        Ok(self.view(query, &[Param::Text(license_id)], |row| row.get(0))?.into_iter().next())
    }

    /// How many licenses that are unexpired at `now` a key has signed.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn unexpired_licenses_of_key(&self, now: UnixTime, key_id: &str) -> Result<u64, StorageError> {
        let query = "SELECT count(*) FROM application WHERE status = 1 AND key_id = ?1 AND until > ?2";
        let params = [Param::Text(key_id), now_param(now)];
        let count: Vec<i64> = self.view(query, &params, |row| row.get(0))?;
        Ok(count.first().map_or(0, |count| count.unsigned_abs()))
    }
}

fn now_param(now: UnixTime) -> Param<'static> {
    Param::Int(now.as_secs())
}

fn moves(json: &str) -> Vec<RebaseRow> {
    let moves = rebased(json).unwrap_or_default().into_iter();
    moves.map(|Rebase { at, changed, added, .. }| RebaseRow { at: at.as_secs(), changed, added }).collect()
}

/// A delivery's status in words.
pub(super) fn delivery_state(status: i64) -> &'static str {
    match status {
        0 => "due",
        2 => "parked",
        3 => "cancelled",
        4 | 5 => "being sent",
        _ => "delivered",
    }
}

/// The kinds of parts in a stored baseline.
fn kinds(baseline: Option<Vec<u8>>) -> Vec<String> {
    let Some(bytes) = baseline else {
        return vec!["no device".into()];
    };
    match license_core::Fingerprint::from_bytes(&bytes) {
        Ok(found) if found.is_opaque() => vec!["the vendor's own text".into()],
        Ok(found) => found.components().iter().map(|part| part.kind.to_string()).collect(),
        Err(_) => vec!["unreadable".into()],
    }
}
