//! Which rows nobody needs any more, and their end.
//!
//! Rows are found by a walk in the order of their keys, which grow with time: that costs nothing when they are written.
//! The walk reads beside the writers; what it found is deleted a few rows at a time, each looked at once more.

use license_core::UnixTime;

use super::{Database, Param, Statement, StorageError};

/// How many rows a step of the walk looks at.
pub const LOOKED_AT: i64 = 500;
/// How many rows are deleted at once.
pub const DELETED_AT_ONCE: usize = 200;

const DAY: i64 = 86_400;

/// For how long what nobody needs any more is kept, in seconds; `None` for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Deliveries that are done or cancelled, from then on.
    pub deliveries: Option<i64>,
    /// Applications that were superseded or refused, from when they came; granted ones from the end of their licenses.
    pub applications: Option<i64>,
    /// What was recorded for the operator.
    pub history: Option<i64>,
    /// Orders that were delivered by hand, from then on.
    pub notices: Option<i64>,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days: i64| Some(days * DAY);
        Self { deliveries: days(90), applications: days(400), history: days(730), notices: days(90) }
    }
}

impl Retention {
    /// For how long a table's rows are kept.
    #[must_use]
    pub fn of(&self, table: Prunable) -> Option<i64> {
        match table {
            Prunable::Applications => self.applications,
            Prunable::Deliveries => self.deliveries,
            Prunable::History => self.history,
            Prunable::Notices => self.notices,
        }
    }
}

/// A table whose rows have an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Prunable {
    /// `application`, and the `delivery` of each.
    Applications,
    /// `delivery`
    Deliveries,
    /// `history`
    History,
    /// `notice`
    Notices,
}

/// What a step of the walk found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Rows that may go, at most [`DELETED_AT_ONCE`].
    pub keys: Vec<i64>,
    /// Behind which key to go on; `None` at the end.
    pub next: Option<i64>,
}

impl Prunable {
    /// All of them. Applications go first, and take their deliveries along.
    pub const ALL: [Self; 4] = [Self::Applications, Self::Deliveries, Self::History, Self::Notices];

    /// One word, for logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Applications => "applications",
            Self::Deliveries => "deliveries",
            Self::History => "history",
            Self::Notices => "notices",
        }
    }

    /// Table, key, the columns that say whether a row may go, and when the row was made.
    fn shape(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Applications => {
                ("application", "n", "n, instance, created_at, status, seat, until", "r.created_at")
            }
            Self::Deliveries => (
                "delivery",
                "application",
                "application, status, at, uncertain",
                "coalesce((SELECT a.created_at FROM application a WHERE a.n = r.application), r.at)",
            ),
            Self::History => ("history", "n", "n, at", "r.at"),
            Self::Notices => ("notice", "n", "n, received_at, handled_at", "r.received_at"),
        }
    }

    /// Whether a row `r` may go that is older than `?2`.
    fn may_go(self) -> &'static str {
        match self {
            // R107: What a seat remembers is its machine's way to the next license, however long it was away. The last
            // key stays, for SQLite gives the next row the key after it.
            Self::Applications => {
                "r.created_at < ?2 AND r.status <> 0 AND NOT (r.status = 1 AND r.until >= ?2) \
                 AND r.n < (SELECT max(n) FROM application) \
                 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.application = r.n AND d.status NOT IN (1, 3)) \
                 AND NOT EXISTS (SELECT 1 FROM seat s JOIN instance i ON i.n = s.instance \
                  WHERE s.instance = r.instance AND s.no = r.seat AND s.freed = 0 AND i.lifecycle <> 2 \
                  AND (s.license = r.n OR s.holds LIKE '%[' || r.n || ',%' \
                  OR s.given LIKE '%\"license\":' || r.n || '}%'))"
            }
            // A delivery that is not recorded counts as done, so one that was cancelled stays while its license counts,
            // and one that may have arrived while its application may come again.
            Self::Deliveries => {
                "r.at < ?2 AND (r.status = 1 OR (r.status = 3 AND r.uncertain = 0 AND NOT EXISTS \
                 (SELECT 1 FROM application a WHERE a.n = r.application AND a.status <> 3)))"
            }
            Self::History => "r.at < ?2",
            // What is still to be delivered is the operator's to do.
            Self::Notices => "r.handled_at < ?2",
        }
    }

    /// Rows behind the key `?1`: the key, whether it is older than `?2`, whether it may go.
    fn look(self) -> String {
        let (name, key, columns, made_at) = self.shape();
        format!(
            "SELECT r.{key}, CASE WHEN {made_at} < ?2 THEN 1 ELSE 0 END, CASE WHEN {} THEN 1 ELSE 0 END \
             FROM (SELECT {columns} FROM {name} WHERE {key} > ?1 ORDER BY {key} LIMIT {LOOKED_AT}) r ORDER BY 1",
            self.may_go()
        )
    }

    /// The row with the key `?1`, if it still may go.
    fn delete(self) -> String {
        let (name, key, ..) = self.shape();
        format!("DELETE FROM {name} AS r WHERE r.{key} = ?1 AND {}", self.may_go())
    }
}

/// The deliveries of applications that are gone.
const WITHOUT_APPLICATION: &str = "DELETE FROM delivery WHERE application = ?1 AND NOT EXISTS \
     (SELECT 1 FROM application a WHERE a.n = ?1)";

/// Who prunes and until when, and after that when it is next done: twelve digits of the time, then who.
const LEASE: &str = "INSERT INTO setting (name, value) VALUES (?5, ?1) ON CONFLICT (name) \
     DO UPDATE SET value = excluded.value WHERE substr(setting.value, 14) = ?4 \
     OR substr(setting.value, 1, 12) <= ?2 OR substr(setting.value, 1, 12) > ?3";
const NOT_DUE: &str = "SELECT 1 FROM setting WHERE name = 'pruning' \
     AND substr(value, 1, 12) > ?1 AND substr(value, 1, 12) <= ?2";
/// A time that is further away was written under a wrong clock.
const FAR: i64 = 2 * DAY;

impl dyn Database + '_ {
    /// Whether nobody prunes at `now`, and it is time to.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn is_pruning_due(&self, now: UnixTime) -> Result<bool, StorageError> {
        let (now, far) = (digits(now), digits(now.plus(FAR)));
        Ok(!self.finds(NOT_DUE, &[Param::Text(&now), Param::Text(&far)])?)
    }

    /// Leaves pruning to `who` until a time, at most two days away; `false` when it is somebody else's. Whoever has it
    /// may so take longer, or say when it is next to be done.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn lease_pruning(&mut self, who: &str, now: UnixTime, until: UnixTime) -> Result<bool, StorageError> {
        self.lease("pruning", who, now, until)
    }

    /// Leaves a job to `who` until a time, at most two days away; `false` when it is somebody else's.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn lease(
        &mut self,
        job: &str,
        who: &str,
        now: UnixTime,
        until: UnixTime,
    ) -> Result<bool, StorageError> {
        let value = format!("{} {who}", digits(until));
        let (now, far) = (digits(now), digits(now.plus(FAR)));
        let params =
            [Param::Text(&value), Param::Text(&now), Param::Text(&far), Param::Text(who), Param::Text(job)];
        let changed = self.carry_out(&[Statement { text: LEASE, params: &params }])?;
        Ok(changed.iter().sum::<u64>() > 0)
    }

    /// The next rows behind a key that may go at a time: older than `before`, and needed by no rule.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn find_old(&self, table: Prunable, before: UnixTime, after: i64) -> Result<Found, StorageError> {
        let params = [Param::Int(after), Param::Int(before.as_secs())];
        let rows = self.view(&table.look(), &params, |row| {
            Ok((row.get::<i64>(0)?, row.get::<bool>(1)?, row.get::<bool>(2)?))
        })?;
        let mut found = Found::default();
        for (key, _, may_go) in &rows {
            if *may_go {
                found.keys.push(*key);
            }
            if found.keys.len() == DELETED_AT_ONCE {
                found.next = Some(*key);
                return Ok(found);
            }
        }
        // Keys and times grow together, but for servers whose clocks differ, or one that was wrong for a while.
        let goes_on = rows.len() as i64 == LOOKED_AT && rows.iter().any(|(_, is_old, _)| *is_old);
        found.next = rows.last().map(|(key, ..)| *key).filter(|_| goes_on);
        Ok(found)
    }

    /// Deletes those of the rows that still may go, in one transaction, and says how many that were. The deliveries
    /// that go with their applications are not counted.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing of it is written.
    pub fn prune(&mut self, table: Prunable, before: UnixTime, keys: &[i64]) -> Result<u64, StorageError> {
        let delete = table.delete();
        let of_rows: Vec<_> =
            keys.iter().map(|key| [Param::Int(*key), Param::Int(before.as_secs())]).collect();
        let rows = of_rows.iter().map(|params| Statement { text: &delete, params });
        let takes_along = table == Prunable::Applications;
        // Rows are locked in the order in which calls lock them: first all applications, then deliveries.
        let along = of_rows.iter().filter(|_| takes_along);
        let along = along.map(|params| Statement { text: WITHOUT_APPLICATION, params: &params[..1] });
        let changed = self.carry_out(&rows.chain(along).collect::<Vec<_>>())?;
        Ok(changed.iter().take(keys.len()).sum())
    }
}

/// A time whose text sorts like it.
pub(super) fn digits(time: UnixTime) -> String {
    format!("{:012}", time.as_secs().clamp(0, 999_999_999_999))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Address;

    #[test]
    fn no_table_is_read_whole() {
        let dir = tempfile::tempdir().unwrap();
        let db = Address::Sqlite(dir.path().join("license.db")).open().unwrap();
        for table in Prunable::ALL {
            for query in [table.look(), table.delete()] {
                let params = [Param::Int(1), Param::Int(2)];
                let explain = format!("EXPLAIN QUERY PLAN {query}");
                let plan = db.view(&explain, &params, |row| row.get::<String>(3)).unwrap();
                let scans: Vec<_> = plan.iter().filter(|step| step.starts_with("SCAN")).collect();
                assert!(scans.iter().all(|step| *step == "SCAN r"), "{table:?}: {plan:?}");
                assert!(plan.iter().any(|step| step.contains("INTEGER PRIMARY KEY")), "{table:?}: {plan:?}");
            }
        }
    }
}
