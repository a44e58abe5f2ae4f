//! Loads what machines' own requests need, by indexed look-ups only.

use license_core::UnixTime;

use super::load::{Load, Loader, numbered_application};
use crate::engine::YEAR;
use crate::engine::codes::CodeDigest;
use crate::engine::ids::{InstanceKey, SeatNo};
use crate::engine::request::{Activate, ActivateBy, ApplyDevice};
use crate::storage::columns::Columns;
use crate::storage::rows;

const OF_CODE: &str = "code_sha256 = ?1";
const OF_LICENSE: &str = "application WHERE license_id = ?1 ORDER BY n LIMIT 1";
const OF_KEY: &str = "application WHERE n = ?1";
const GIVEN_BACK: &str = "seat WHERE instance = ?1 AND deactivated_at > ?2";

/// Where these are looked up, and by which index.
#[cfg(test)]
pub(super) const LOOK_UPS: [(&str, &str); 4] = [
    ("instance WHERE code_sha256 = ?1", "instance_code"),
    (OF_LICENSE, "application_license"),
    (OF_KEY, "INTEGER PRIMARY KEY"),
    (GIVEN_BACK, "seat_deactivated"),
];

impl Loader<'_> {
    /// The instance, the seats that share a part with the device, and the licenses that machines have on them.
    pub(super) fn activation(&mut self, asked: &Activate) -> Load {
        let key = match &asked.by {
            ActivateBy::Code(digest) => self.instance_of_code(*digest)?,
            ActivateBy::Instance(id) => self.instance(id)?,
        };
        let Some(key) = key else {
            return Ok(());
        };
        let device = match &asked.device {
            ApplyDevice::Named(fingerprint) => Some(fingerprint),
            ApplyDevice::Absent | ApplyDevice::Unusable { .. } => None,
        };
        self.with_seats(Some(key), device)?;
        let of_instance = |(of, no): &(InstanceKey, SeatNo)| (*of == key).then_some(*no);
        let seats: Vec<SeatNo> = self.ledger.seats.keys().filter_map(of_instance).collect();
        seats.into_iter().try_for_each(|no| self.licenses_on(key, no))
    }

    /// A license, its instance and its seat.
    pub(super) fn license(&mut self, id: &str) -> Load {
        if !self.ledger.by_license.contains_key(id) {
            let query = format!("SELECT {} FROM {OF_LICENSE}", rows::APPLICATION);
            let found = self.rows(&query, [id], numbered_application)?;
            self.ledger.by_license.extend(found.first().map(|(key, _)| (id.to_owned(), *key)));
            self.applications(found)?;
        }
        let Some((key, seat)) = self.ledger.license(id).map(|known| (known.instance, known.seat)) else {
            return Ok(());
        };
        self.find_instance("n = ?1", [key.0])?;
        self.seat_use(key)?;
        seat.map_or(Ok(()), |no| self.licenses_on(key, no))
    }

    /// The same, and how often its instance gave seats back.
    pub(super) fn deactivation(&mut self, id: &str) -> Load {
        self.license(id)?;
        let Some(key) = self.ledger.license(id).map(|known| known.instance) else {
            return Ok(());
        };
        if !self.ledger.deactivations.contains_key(&key) {
            let query = format!("SELECT deactivated_at FROM {GIVEN_BACK}");
            let since = self.now.minus(YEAR).as_secs();
            let read = |row: &dyn Columns| Ok(UnixTime::from_secs(row.get(0)?));
            let times = self.rows(&query, (key.0, since), read)?;
            self.ledger.deactivations.insert(key, times);
        }
        Ok(())
    }

    fn instance_of_code(&mut self, digest: CodeDigest) -> Load<Option<InstanceKey>> {
        if let Some(known) = self.ledger.by_code.get(&digest) {
            return Ok(Some(*known));
        }
        self.find_instance(OF_CODE, [digest.0])
    }

    /// The licenses that a seat's machine asked for last, one for each binding.
    fn licenses_on(&mut self, key: InstanceKey, no: SeatNo) -> Load {
        let licenses: Vec<_> =
            self.ledger.seats.get(&(key, no)).into_iter().flat_map(|seat| seat.licenses()).collect();
        for license in licenses {
            if self.ledger.applications.contains_key(&license) {
                continue;
            }
            let query = format!("SELECT {} FROM {OF_KEY}", rows::APPLICATION);
            let found = self.rows(&query, [license.0], numbered_application)?;
            self.applications(found)?;
        }
        Ok(())
    }
}
