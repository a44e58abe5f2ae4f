//! Seats: one device's claim on an instance's quantity.

use license_core::{Fingerprint, KeyId, Kind, UnixTime};
use serde::{Deserialize, Serialize};

use super::catalog::Product;
use super::ids::{ApplicationKey, SeatName, SeatNo};
use super::leaving::YEAR;
use super::seat_fit::{self, Fit, Recognition, Step};
use super::seat_given::Given;

/// Later than every end: a perpetual license, or a reservation without one.
pub const FOREVER: UnixTime = UnixTime::from_secs(i64::MAX);

/// How many counted steps a seat remembers at least, however old.
const STEPS_KEPT: usize = 8;

/// How many grants a seat remembers one by one.
const GRANTS_KEPT: usize = 32;

/// One device's claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its number in the instance.
    pub no: SeatNo,
    /// When it was first taken.
    pub created_at: UnixTime,
    /// The fingerprint it is recognised by; `None` for licenses of no device in particular.
    pub baseline: Option<Fingerprint>,
    /// The instance's phase when it was last taken.
    pub phase: u32,
    /// The instance's epoch when it was last taken.
    pub epoch: u32,
    /// What holds it.
    pub holds: Holds,
    /// The counted steps to a new binding, the newest last.
    pub rebased: Vec<Rebase>,
    /// What its licenses named.
    pub given: Given,
    /// It was taken away or given back; its device is no longer recognised.
    pub freed: bool,
    /// When its device gave it back.
    pub deactivated_at: Option<UnixTime>,
    /// The license that its device asked for last by itself.
    pub license: Option<ApplicationKey>,
    /// What the buyer calls the machine.
    pub name: Option<SeatName>,
    /// The number of the newest key set that its machine was given.
    pub keys_told: Option<i64>,
    /// The thumbprint of its machine's key; `None` where the store, the operator or an older agent took the seat.
    pub device_key: Option<KeyId>,
}

/// The licenses that hold a seat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holds {
    /// The latest end of licenses that are no longer told apart.
    settled: UnixTime,
    /// Single licenses and their ends, so that one can be taken back.
    grants: Vec<(ApplicationKey, UnixTime)>,
}

impl Holds {
    /// Adds a license that holds the seat until `until`.
    pub fn add(&mut self, application: ApplicationKey, until: UnixTime, now: UnixTime) {
        self.grants.retain(|(known, end)| *known != application && *end > now);
        self.grants.push((application, until));
        if self.grants.len() > GRANTS_KEPT {
            let (_, end) = self.grants.remove(0);
            self.settled = self.settled.max(end);
        }
    }

    /// Takes a license back.
    pub fn remove(&mut self, application: ApplicationKey) {
        self.grants.retain(|(known, _)| *known != application);
    }

    /// Until when the seat is taken.
    #[must_use]
    pub fn until(&self) -> UnixTime {
        self.grants.iter().map(|(_, end)| *end).fold(self.settled, UnixTime::max)
    }
}

impl Seat {
    /// Whether one of its licenses is unexpired.
    #[must_use]
    pub fn is_taken(&self, now: UnixTime) -> bool {
        // R40
        !self.freed && self.holds.until() > now
    }

    /// Whether a device is that of this seat.
    #[must_use]
    pub fn recognise(&self, device: Option<&Fingerprint>, product: &Product, now: UnixTime) -> Recognition {
        device.map_or(Recognition::Other, |device| seat_fit::fit(self, device, product, now))
    }

    /// How a device fits that may not move this seat: by a binding that was given of late, without any step.
    #[must_use]
    pub fn recognise_as_bound(
        &self,
        device: Option<&Fingerprint>,
        product: &Product,
        now: UnixTime,
    ) -> Option<Fit> {
        // R96
        seat_fit::fit_as_bound(self, device?, product, now)
    }

    /// The license that a machine with this binding asked for last by itself.
    #[must_use]
    pub fn license_with(&self, binding: Option<&Fingerprint>) -> Option<ApplicationKey> {
        match binding {
            Some(parts) if !self.given.is_empty() => self.given.license(parts),
            _ => self.license,
        }
    }

    /// The licenses that machines asked for last by themselves, one for each binding.
    pub fn licenses(&self) -> impl Iterator<Item = ApplicationKey> {
        self.license.into_iter().chain(self.given.licenses())
    }

    /// Whether a part that left this seat is back on a device that has another one's place: one machine does not
    /// change to and fro.
    #[must_use]
    pub fn takes_turns(&self, device: &Fingerprint) -> bool {
        let shown = device.lookup_digests();
        self.rebased
            .iter()
            .flat_map(|rebase| &rebase.left)
            .any(|left| shown.iter().any(|part| part[..] == left[..]))
    }

    /// Whether a license for no device in particular may go on this seat: nothing tells one such license from another,
    /// so each takes a seat of its own, unless one has ended or the instance was renewed since.
    #[must_use]
    pub fn takes_another_without_device(&self, now: UnixTime, ends_at: Option<UnixTime>) -> bool {
        // R43
        let renewed_since = ends_at.is_some_and(|end| self.holds.until() < end);
        self.baseline.is_none() && !self.freed && (!self.is_taken(now) || renewed_since)
    }

    /// How often its baseline or its key has moved in the last 365 days.
    #[must_use]
    pub fn moves(&self, now: UnixTime) -> usize {
        self.rebased.iter().filter(|rebase| rebase.at.plus(YEAR) > now).count()
    }

    /// What was noted under a clock that was ahead was noted now at the latest: it counts for a year from now on, not
    /// until a year after that clock.
    pub fn set_right(&mut self, now: UnixTime) {
        // R53
        self.rebased.iter_mut().for_each(|rebase| rebase.at = rebase.at.min(now));
        self.given.set_right(now);
    }

    /// Takes a counted step: another binding, and a baseline that knows it.
    pub fn take_step(&mut self, step: &Step, binding: &Fingerprint, product: &Product, now: UnixTime) {
        self.set_right(now);
        // By number, not by age: a clock that is ahead for a day would make it forget this year's.
        let kept = STEPS_KEPT.max(2 * product.rebase_limit as usize);
        let too_many = self.rebased.len().saturating_sub(kept.saturating_sub(1));
        self.rebased.drain(..too_many);
        let there = step.baseline.lookup_digests();
        let before = self.baseline.iter().flat_map(Fingerprint::lookup_digests);
        self.rebased.push(Rebase {
            at: now,
            changed: step.changed.iter().map(Kind::to_string).collect(),
            added: step.added.iter().map(Kind::to_string).collect(),
            left: before.filter(|part| !there.contains(part)).map(|part| part.to_vec()).collect(),
        });
        let named = self.baseline.as_ref().and_then(|baseline| seat_fit::weighted(baseline, product));
        self.given.add(binding.clone(), named.map(|parts| (parts, self.license)), kept, now);
        // R51
        self.baseline = Some(step.baseline.clone());
    }
}

/// A counted step of a seat to another binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebase {
    /// When.
    pub at: UnixTime,
    /// Which kinds of parts were other ones than before.
    pub changed: Vec<String>,
    /// Which kinds of parts were seen first. Neither these nor those: it showed less of itself than before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
    /// The parts that left, as the look-up keys have them; nobody is shown them.
    #[serde(default)]
    pub left: Vec<Vec<u8>>,
}

/// What changes with nearly every license: it is written without the rest of its instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatCounts {
    /// How many seats of the instance's phase are taken.
    pub used: SeatUse,
    /// Raised whenever the number of seats was lowered: seats are then renewed in the order they ask.
    pub epoch: u32,
    /// The number of seats when a license was last asked for.
    pub seen: Option<u32>,
    /// The number of the next new seat.
    pub next: u32,
}

impl SeatCounts {
    /// Those of a new instance.
    pub const NEW: Self = Self { used: SeatUse::NONE, epoch: 0, seen: None, next: 1 };
}

/// How many seats of an instance are taken, at every time from one to another: until the first of them ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatUse {
    /// In the instance's phase.
    pub taken: u32,
    /// In its phase and its epoch.
    pub renewed: u32,
    /// Since when this is true.
    pub from: UnixTime,
    /// When it has to be counted again.
    pub until: UnixTime,
}

impl SeatUse {
    /// No seat is taken.
    pub const NONE: Self = Self { taken: 0, renewed: 0, from: UnixTime::from_secs(0), until: FOREVER };
    /// To be counted.
    pub const UNKNOWN: Self = Self { taken: 0, renewed: 0, from: FOREVER, until: UnixTime::from_secs(0) };

    /// Whether it is true at a time.
    #[must_use]
    pub fn holds_at(&self, now: UnixTime) -> bool {
        self.from <= now && now < self.until
    }
}
