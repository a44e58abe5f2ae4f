//! Notes where one part of a machine is on two seats at once.

use license_core::UnixTime;
use rusqlite::{Connection, Row};

use crate::engine::ids::{InstanceKey, SeatNo};
use crate::storage::StorageError;

/// How many other seats with one part are noted. A part that more machines share names none of them.
const NOTED: u32 = 8;

type Place = (i64, u32);

/// Notes the other seats that are taken now and have a part which a seat has from now on.
pub(super) fn note_shared_part(
    db: &Connection,
    now: UnixTime,
    (instance, no): (InstanceKey, SeatNo),
    part: &[u8],
) -> Result<(), StorageError> {
    let query = "SELECT p.instance, p.no FROM seat_part p JOIN seat s ON s.instance = p.instance AND s.no = p.no \
         WHERE p.part = ?1 AND (p.instance <> ?2 OR p.no <> ?3) AND s.taken_until > ?4 LIMIT ?5";
    let mut statement = db.prepare_cached(query)?;
    let place = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let others = statement.query_map((part, instance.0, no.0, now.as_secs(), NOTED), place)?;
    for other in others.collect::<rusqlite::Result<Vec<Place>>>()? {
        note(db, now, (instance.0, no.0), other)?;
    }
    Ok(())
}

/// Notes two seats, or one on which two machines take turns.
pub(super) fn note(db: &Connection, now: UnixTime, a: Place, b: Place) -> Result<(), StorageError> {
    let (first, second) = (a.min(b), a.max(b));
    db.prepare_cached(
        "INSERT INTO suspect (instance, no, other_instance, other_no, first_seen, last_seen) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (instance, no, other_instance, other_no) \
         DO UPDATE SET last_seen = excluded.last_seen",
    )?
    .execute((first.0, first.1, second.0, second.1, now.as_secs()))?;
    Ok(())
}
