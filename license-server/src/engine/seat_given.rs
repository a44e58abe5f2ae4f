//! What the licenses of a seat have named: the bindings, when each was given last, and how many were new today.

use license_core::{Component, Fingerprint, UnixTime};
use serde::{Deserialize, Serialize};

use super::ids::ApplicationKey;
use super::leaving::YEAR;

const DAY: i64 = 86_400;
/// The same license that is given again is noted once in this time, in seconds.
const NOTED: i64 = DAY;
/// For how long a binding counts after it was noted, in seconds: 365 days from the last time it was given.
const COUNTED: i64 = YEAR + NOTED;

/// The bindings that a seat's licenses had, and what is counted of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Those of the last 365 days and some before, the one that was given last at the end. Empty: all licenses named the baseline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bindings: Vec<GivenBinding>,
    /// The day, since 1970, in which machines' own licenses are counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    day: i64,
    /// How many were signed on that day.
    #[serde(default, skip_serializing_if = "is_zero")]
    on_day: i64,
    /// When it was last noted that another device asks than the limit allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suspected_at: Option<UnixTime>,
}

/// What licenses of a seat named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenBinding {
    /// The parts.
    #[serde(with = "in_hex")]
    pub parts: Fingerprint,
    /// When a license with it was noted last.
    pub at: UnixTime,
    /// The last license that a machine with it asked for by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<ApplicationKey>,
}

impl Given {
    /// The bindings that may be given again without being counted: those of the last 365 days, and in any case the
    /// latest. The one that was given last comes first; none when all licenses named the baseline.
    pub fn countless(&self, now: UnixTime) -> impl Iterator<Item = &Fingerprint> {
        // R46
        let may = move |(nth, given): &(usize, &GivenBinding)| *nth == 0 || given.counts(now);
        self.bindings.iter().rev().enumerate().filter(may).map(|(_, given)| &given.parts)
    }

    /// Those of them that whoever has only a file may get: the one that was given last, and what was noted within a day.
    ///
    /// What such a caller gets is not noted, so that it keeps nothing counted. One that is given no more stops being
    /// counted later than that.
    pub fn bound_now(&self, now: UnixTime) -> impl Iterator<Item = &Fingerprint> {
        // R96
        let may = move |(nth, given): &(usize, &GivenBinding)| *nth == 0 || given.at.plus(NOTED) > now;
        self.bindings.iter().rev().enumerate().filter(may).map(|(_, given)| &given.parts)
    }

    /// The bindings that are remembered, those of the last 365 days among them; none when all licenses named the baseline.
    pub fn parts(&self) -> impl Iterator<Item = &Fingerprint> {
        self.bindings.iter().map(|given| &given.parts)
    }

    /// Whether all licenses named the baseline.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bindings.is_empty()
    }

    /// The license that a machine with this binding asked for last by itself.
    #[must_use]
    pub fn license(&self, parts: &Fingerprint) -> Option<ApplicationKey> {
        self.bindings.iter().find(|given| same(&given.parts, parts)).and_then(|given| given.license)
    }

    /// The licenses that machines asked for by themselves.
    pub fn licenses(&self) -> impl Iterator<Item = ApplicationKey> {
        self.bindings.iter().filter_map(|given| given.license)
    }

    /// How many bindings other than `parts` licenses had in the last 365 days.
    #[must_use]
    pub fn others(&self, parts: &Fingerprint, now: UnixTime) -> usize {
        let counts = |given: &&GivenBinding| given.counts(now) && !same(&given.parts, parts);
        self.bindings.iter().filter(counts).count()
    }

    /// How many bindings licenses had in the last 365 days; 1 for a seat that only ever named its baseline.
    #[must_use]
    pub fn in_a_year(&self, now: UnixTime) -> usize {
        self.bindings.iter().filter(|given| given.counts(now)).count().max(1)
    }

    /// Whether it is time to note once more that a binding is given.
    #[must_use]
    pub fn is_due(&self, parts: &Fingerprint, now: UnixTime) -> bool {
        self.bindings.iter().any(|given| same(&given.parts, parts) && given.at.plus(NOTED) <= now)
            || self.bindings.iter().any(|given| given.at > now.plus(NOTED))
    }

    /// Whatever was noted under a clock that was ahead was noted now at the latest.
    pub fn set_right(&mut self, now: UnixTime) {
        // R53
        self.bindings.iter_mut().for_each(|given| given.at = given.at.min(now));
        self.suspected_at = self.suspected_at.filter(|at| *at <= now);
    }

    /// Notes that a license names `parts`.
    ///
    /// A seat of which every license named the baseline keeps no list.
    pub fn give(&mut self, parts: &Fingerprint, license: Option<ApplicationKey>, now: UnixTime) {
        let Some(at) = self.bindings.iter().position(|given| same(&given.parts, parts)) else {
            return;
        };
        let mut given = self.bindings.remove(at);
        self.no_longer_last(now);
        given.at = now;
        given.license = license.or(given.license);
        self.bindings.push(given);
    }

    /// Remembers the newest license that names `parts`, for a caller who has shown no right to move the seat: it keeps
    /// nothing counted for longer.
    pub fn renew(&mut self, parts: &Fingerprint, license: ApplicationKey) {
        if let Some(given) = self.bindings.iter_mut().find(|given| same(&given.parts, parts)) {
            given.license = Some(license);
        }
    }

    /// Begins to name `parts`, and remembers at most `kept` others, where licenses named `baseline` until now if there is no list yet.
    pub fn add(
        &mut self,
        parts: Fingerprint,
        baseline: Option<(Fingerprint, Option<ApplicationKey>)>,
        kept: usize,
        now: UnixTime,
    ) {
        if let Some((parts, license)) = baseline.filter(|_| self.bindings.is_empty()) {
            self.bindings.push(GivenBinding { parts, at: now, license });
        }
        // By number, not by age: a clock that is ahead for a day would make it forget those that count.
        let too_many = self.bindings.len().saturating_sub(kept);
        self.bindings.drain(..too_many);
        if !self.bindings.iter().any(|given| same(&given.parts, &parts)) {
            self.no_longer_last(now);
            self.bindings.push(GivenBinding { parts, at: now, license: None });
        }
    }

    /// Until now the last one was given to whoever had a file of it, without being noted.
    fn no_longer_last(&mut self, now: UnixTime) {
        if let Some(last) = self.bindings.last_mut() {
            last.at = last.at.max(now);
        }
    }

    /// How many licenses machines asked for by themselves on the day of `now`.
    #[must_use]
    pub fn today(&self, now: UnixTime) -> u32 {
        let is_today = self.day == now.as_secs().div_euclid(DAY);
        if is_today { u32::try_from(self.on_day).unwrap_or(u32::MAX) } else { 0 }
    }

    /// Counts a license that a machine asked for by itself.
    pub fn count(&mut self, now: UnixTime) {
        self.on_day = i64::from(self.today(now)) + 1;
        self.day = now.as_secs().div_euclid(DAY);
    }

    /// Whether a suspicion was noted within a day.
    #[must_use]
    pub fn was_suspected(&self, now: UnixTime) -> bool {
        // R52
        self.suspected_at.is_some_and(|at| at <= now && at.plus(DAY) > now)
    }

    /// Notes a suspicion.
    pub const fn suspect(&mut self, now: UnixTime) {
        self.suspected_at = Some(now);
    }
}

impl GivenBinding {
    fn counts(&self, now: UnixTime) -> bool {
        self.at.plus(COUNTED) > now
    }
}

/// Whether two bindings name the same parts; with which rights they were read plays no part.
#[must_use]
pub fn same(one: &Fingerprint, other: &Fingerprint) -> bool {
    let named = |of: &Component| (of.kind, of.digest);
    one == other
        || (!one.is_opaque() && one.components().iter().map(named).eq(other.components().iter().map(named)))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// A fingerprint's storage form as text.
mod in_hex {
    use data_encoding::HEXLOWER;
    use license_core::Fingerprint;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(of: &Fingerprint, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&HEXLOWER.encode(&of.to_bytes()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Fingerprint, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(D::Error::custom)?;
        Fingerprint::from_bytes(&bytes).map_err(D::Error::custom)
    }
}
