//! The newest time that servers of this database have seen, and jobs that were put off under a wrong clock.

use license_core::UnixTime;

use super::retention::digits;
use super::{Database, Param, Statement, StorageError};
use crate::engine::FARTHEST_JOB;

/// What the database knows of the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenTime {
    /// It has been that late.
    pub newest: UnixTime,
    /// Which of the operator's confirmations that follows.
    pub confirmation: String,
    /// A server noted it; otherwise it is the newest among the rows.
    pub is_noted: bool,
}

/// Twelve digits of the time, then the confirmation.
const NAME: &str = "clock";
const NOTE: &str = "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) \
     DO UPDATE SET value = excluded.value WHERE substr(setting.value, 14) = ?3 \
     AND substr(setting.value, 1, 12) < substr(excluded.value, 1, 12)";
const CONFIRM: &str = "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) \
     DO UPDATE SET value = excluded.value";
const NEWEST_ROW: &str = "SELECT max(t.at) FROM \
     (SELECT created_at AS at FROM application WHERE n = (SELECT max(n) FROM application) \
     UNION ALL SELECT at FROM history WHERE n = (SELECT max(n) FROM history)) t";

impl dyn Database + '_ {
    /// The newest time that was noted, else that of the newest rows; nothing for an empty database.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn newest_time(&self) -> Result<Option<SeenTime>, StorageError> {
        if let Some(kept) = self.kept_setting(NAME)? {
            let newest = kept.get(..12).and_then(|digits| digits.parse().ok()).map(UnixTime::from_secs);
            let confirmation = kept.get(13..).unwrap_or_default().to_owned();
            return Ok(newest.map(|newest| SeenTime { newest, confirmation, is_noted: true }));
        }
        let newest = self.view(NEWEST_ROW, &[], |row| row.int(0))?.into_iter().flatten().next();
        let of_rows =
            |at| SeenTime { newest: UnixTime::from_secs(at), confirmation: String::new(), is_noted: false };
        Ok(newest.map(of_rows))
    }

    /// Keeps that it is `now`, unless a later time is kept, or the operator confirmed another one than `confirmation`.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn note_time(&mut self, now: UnixTime, confirmation: &str) -> Result<(), StorageError> {
        let value = format!("{} {confirmation}", digits(now));
        let params = [Param::Text(NAME), Param::Text(&value), Param::Text(confirmation)];
        self.carry_out(&[Statement { text: NOTE, params: &params }]).map(drop)
    }

    /// Keeps that it is `now`, whatever was seen: servers whose clocks agree with it believe them from then on.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn confirm_time(&mut self, now: UnixTime) -> Result<(), StorageError> {
        let value = format!("{} {:016x}", digits(now), rand::random::<u64>());
        self.execute(CONFIRM, &[&[Param::Text(NAME), Param::Text(&value)]])
    }

    /// Whether a delivery or the reading of an order is put off for longer than there is a reason to.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn has_far_jobs(&self, now: UnixTime) -> Result<bool, StorageError> {
        let far = [Param::Int(now.plus(FARTHEST_JOB).as_secs())];
        Ok(self.finds("SELECT 1 FROM delivery WHERE status IN (0, 4, 5) AND at > ?1 LIMIT 1", &far)?
            || self.finds("SELECT 1 FROM inquiry WHERE status = 0 AND at > ?1 LIMIT 1", &far)?)
    }

    /// Makes those due now: they were put off, or taken, under a clock that was ahead.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn pull_far_jobs(&mut self, now: UnixTime) -> Result<(), StorageError> {
        let params = [Param::Int(now.as_secs()), Param::Int(now.plus(FARTHEST_JOB).as_secs())];
        let deliveries = "UPDATE delivery SET at = ?1 WHERE status IN (0, 4, 5) AND at > ?2";
        let inquiries = "UPDATE inquiry SET at = ?1 WHERE status = 0 AND at > ?2";
        let both = [deliveries, inquiries].map(|text| Statement { text, params: &params });
        self.carry_out(&both).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Address;

    #[test]
    fn the_newest_time_only_rises_until_the_operator_confirms_another() {
        let dir = tempfile::tempdir().unwrap();
        let mut db = Address::Sqlite(dir.path().join("license.db")).open().unwrap();
        let at = UnixTime::from_secs;
        assert_eq!(db.newest_time(), Ok(None));
        db.note_time(at(1_000), "").unwrap();
        db.note_time(at(900), "").unwrap();
        assert_eq!(db.newest_time().unwrap().unwrap().newest, at(1_000));
        db.confirm_time(at(500)).unwrap();
        let seen = db.newest_time().unwrap().unwrap();
        assert_eq!(seen.newest, at(500));
        db.note_time(at(2_000), "").unwrap();
        assert_eq!(db.newest_time(), Ok(Some(seen.clone())), "of a server that does not know of it yet");
        db.note_time(at(600), &seen.confirmation).unwrap();
        assert_eq!(db.newest_time().unwrap().unwrap().newest, at(600));
    }
}
