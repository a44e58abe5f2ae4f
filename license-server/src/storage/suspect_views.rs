//! What operators read of suspected clones.

use license_core::{Fingerprint, Kind, UnixTime};
use serde::Serialize;

use super::rfc3339;
use super::views::View;
use super::{Database, Param, StorageError};

/// Two seats that hold the same part at once, or one on which two machines take turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SuspectRow {
    /// One side.
    pub one: Side,
    /// The other side.
    pub other: Side,
    /// The kinds of parts that both have, never their values.
    pub same: Vec<String>,
    /// The kinds of which each has another one.
    pub different: Vec<String>,
    /// What that looks like.
    pub looks_like: &'static str,
    /// Seconds since 1970.
    #[serde(serialize_with = "rfc3339::time")]
    pub first_seen: i64,
    /// Seconds since 1970.
    #[serde(serialize_with = "rfc3339::time")]
    pub last_seen: i64,
}

/// A seat of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The instance.
    pub instance: String,
    /// Its seat.
    pub seat: u32,
    /// Whether a license holds it now.
    pub taken: bool,
}

impl dyn Database + '_ {
    /// Suspected clones, those seen last first.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn suspects(&self, now: UnixTime, limit: u32) -> View<SuspectRow> {
        let query = "SELECT i.id, s.no, s.taken_until, s.baseline, j.id, t.no, t.taken_until, t.baseline, \
             x.first_seen, x.last_seen FROM suspect x \
             JOIN instance i ON i.n = x.instance JOIN instance j ON j.n = x.other_instance \
             JOIN seat s ON s.instance = x.instance AND s.no = x.no \
             JOIN seat t ON t.instance = x.other_instance AND t.no = x.other_no \
             ORDER BY x.last_seen DESC, x.n DESC LIMIT ?1";
        self.view(query, &[Param::Int(limit.into())], |row| {
            let side = |at: usize| -> Result<Side, StorageError> {
                let taken = row.get::<i64>(at + 2)? > now.as_secs();
                Ok(Side { instance: row.get(at)?, seat: row.get(at + 1)?, taken })
            };
            let (one, other) = (side(0)?, side(4)?);
            let baseline = |at: usize| -> Result<Option<Fingerprint>, StorageError> {
                Ok(row.get::<Option<Vec<u8>>>(at)?.and_then(|bytes| Fingerprint::from_bytes(&bytes).ok()))
            };
            let (same, different) = compare(baseline(3)?.as_ref(), baseline(7)?.as_ref());
            let looks_like = match (one == other, different.as_slice()) {
                (true, _) => "two machines that take turns on one seat, or more of them than its limit",
                (false, []) => "one machine on both, or a perfect copy",
                (false, [only]) if only == Kind::Mac.as_str() => {
                    "a clone with another network address, or the machine with another card"
                }
                (false, _) => "a copied system, or a part that moved",
            };
            let (first_seen, last_seen) = (row.get(8)?, row.get(9)?);
            Ok(SuspectRow { one, other, same, different, looks_like, first_seen, last_seen })
        })
    }
}

/// The kinds that are the same, and those that both show and that are not.
fn compare(one: Option<&Fingerprint>, other: Option<&Fingerprint>) -> (Vec<String>, Vec<String>) {
    let (Some(one), Some(other)) = (one, other) else {
        return (Vec::new(), Vec::new());
    };
    let (mut same, mut different) = (Vec::new(), Vec::new());
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_anchor()) {
        let of = |from: &Fingerprint| -> Vec<_> {
            from.components().iter().filter(|part| part.kind == kind).map(|part| part.digest).collect()
        };
        let (here, there) = (of(one), of(other));
        if here.is_empty() || there.is_empty() {
            continue;
        }
        let list = if here.iter().any(|part| there.contains(part)) { &mut same } else { &mut different };
        list.push(kind.to_string());
    }
    (same, different)
}
