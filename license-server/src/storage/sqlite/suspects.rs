//! Notes seats on which two machines take turns.

use license_core::UnixTime;
use rusqlite::Connection;

use crate::storage::StorageError;

type Place = (i64, u32);

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
