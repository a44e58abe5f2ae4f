//! One part on two seats at once: the same machine twice, or a clone. That is looked for behind the calls.

use license_core::{Fingerprint, UnixTime};

use super::{Database, Param, Statement, StorageError};
use crate::engine::{NO_DEVICE, lookup_keys};

/// How many seats are looked at in one step.
pub const LOOKED_AT: usize = 64;

/// A look-up key.
type Part = [u8; 11];

/// Seats whose parts are not known yet, in the order in which they got them.
const MOVED: &str = "SELECT m.n, m.instance, m.no, m.gone, s.baseline, s.freed FROM seat_moved m \
     JOIN seat s ON s.instance = m.instance AND s.no = m.no ORDER BY m.n LIMIT ?1";
const FORGET: &str = "DELETE FROM known_part WHERE part = ?1 AND instance = ?2 AND no = ?3";
const KNOW: &str = "INSERT INTO known_part (part, instance, no) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
/// A part that more machines share names none of them: eight others that are taken are noted.
const NOTE: &str = "INSERT INTO suspect (instance, no, other_instance, other_no, first_seen, last_seen) \
     SELECT CASE WHEN o.first THEN o.instance ELSE ?2 END, CASE WHEN o.first THEN o.no ELSE ?3 END, \
     CASE WHEN o.first THEN ?2 ELSE o.instance END, CASE WHEN o.first THEN ?3 ELSE o.no END, ?4, ?4 \
     FROM (SELECT p.instance, p.no, p.instance < ?2 OR (p.instance = ?2 AND p.no < ?3) AS first FROM known_part p \
      JOIN seat s ON s.instance = p.instance AND s.no = p.no \
      WHERE p.part = ?1 AND (p.instance <> ?2 OR p.no <> ?3) AND s.taken_until > ?4 LIMIT 8) o WHERE 1 = 1 \
     ON CONFLICT (instance, no, other_instance, other_no) DO UPDATE SET last_seen = excluded.last_seen";
const DONE: &str = "DELETE FROM seat_moved WHERE n = ?1";

/// The parts that left a seat, one after the other; nothing when there is nothing to look for.
pub(super) fn gone_parts(before: &[Part], there: &[Part]) -> Option<Vec<u8>> {
    let gone = before.iter().filter(|part| **part != NO_DEVICE && !there.contains(part));
    let gone: Vec<u8> = gone.flatten().copied().collect();
    let names_a_machine = there.iter().any(|part| *part != NO_DEVICE);
    (names_a_machine || !gone.is_empty()).then_some(gone)
}

/// A seat that got its parts.
struct Moved {
    n: i64,
    instance: i64,
    no: i64,
    gone: Vec<u8>,
    there: Vec<Part>,
}

impl dyn Database + '_ {
    /// Whether there are seats to look at.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn has_moved_seats(&self) -> Result<bool, StorageError> {
        self.finds("SELECT 1 FROM seat_moved LIMIT 1", &[])
    }

    /// Looks at the next seats that got other parts, notes who has the same, and says how many seats that were.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing of it is written.
    pub fn note_clones(&mut self, now: UnixTime) -> Result<usize, StorageError> {
        // R52
        let limit = i64::try_from(LOOKED_AT).unwrap_or(i64::MAX);
        let moved = self.view(MOVED, &[Param::Int(limit)], |row| {
            let baseline = row.get::<Option<Vec<u8>>>(4)?;
            let baseline = baseline.and_then(|bytes| Fingerprint::from_bytes(&bytes).ok());
            let mut there = if row.get::<bool>(5)? { Vec::new() } else { lookup_keys(baseline.as_ref()) };
            there.retain(|part| *part != NO_DEVICE);
            Ok(Moved { n: row.get(0)?, instance: row.get(1)?, no: row.get(2)?, gone: row.get(3)?, there })
        })?;
        let mut asked: Vec<(&str, Vec<Param<'_>>)> = Vec::new();
        for Moved { n, instance, no, gone, there } in &moved {
            let place = |part| vec![Param::Bytes(Some(part)), Param::Int(*instance), Param::Int(*no)];
            let gone = gone.chunks(NO_DEVICE.len()).filter(|part| !there.iter().any(|other| other == part));
            asked.extend(gone.map(|part| (FORGET, place(part))));
            for part in there {
                asked.push((KNOW, place(part)));
                asked.push((NOTE, place(part).into_iter().chain([Param::Int(now.as_secs())]).collect()));
            }
            asked.push((DONE, vec![Param::Int(*n)]));
        }
        if !asked.is_empty() {
            let statements: Vec<_> = asked.iter().map(|(text, params)| Statement { text, params }).collect();
            self.carry_out(&statements)?;
        }
        Ok(moved.len())
    }
}
