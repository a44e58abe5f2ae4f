//! Seats: one device's claim on an instance's quantity.

use license_core::{Digest, Fingerprint, KeyId, Kind, UnixTime};
use serde::{Deserialize, Serialize};

use super::catalog::Product;
use super::ids::{ApplicationKey, SeatName, SeatNo};

/// Later than every end: a perpetual license, or a reservation without one.
pub const FOREVER: UnixTime = UnixTime::from_secs(i64::MAX);

/// The time that moves are counted over, in seconds.
const YEAR: i64 = 365 * 86_400;

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
    /// The moves of its baseline, the newest last.
    pub rebased: Vec<Rebase>,
    /// It was taken away or given back; its device is no longer recognised.
    pub freed: bool,
    /// When its device gave it back.
    pub deactivated_at: Option<UnixTime>,
    /// The license that its device asked for last by itself.
    pub license: Option<ApplicationKey>,
    /// What the buyer calls the machine.
    pub name: Option<SeatName>,
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
        !self.freed && self.holds.until() > now
    }

    /// How well a device fits this seat's baseline; `None` when it is another device.
    #[must_use]
    pub fn fits(&self, device: Option<&Fingerprint>, product: &Product) -> Option<Fit> {
        match (&self.baseline, device) {
            (Some(baseline), Some(device)) if !self.freed => fit(baseline, device, product),
            _ => None,
        }
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
        let renewed_since = ends_at.is_some_and(|end| self.holds.until() < end);
        self.baseline.is_none() && !self.freed && (!self.is_taken(now) || renewed_since)
    }

    /// How often its baseline or its key has moved in the last 365 days.
    #[must_use]
    pub fn moves(&self, now: UnixTime) -> usize {
        self.rebased.iter().filter(|rebase| rebase.at.plus(YEAR) > now).count()
    }

    /// Moves the baseline to the device, if it may move once more.
    pub fn rebase(&mut self, device: &Fingerprint, limit: u32, now: UnixTime) -> bool {
        self.rebased.retain(|rebase| rebase.at.plus(YEAR) > now);
        if self.rebased.len() >= limit as usize {
            return false;
        }
        if let Some(baseline) = &self.baseline {
            let there = device.lookup_digests();
            let left = baseline.lookup_digests().into_iter().filter(|part| !there.contains(part));
            self.rebased.push(Rebase {
                at: now,
                changed: moved_kinds(baseline, device).iter().map(Kind::to_string).collect(),
                left: left.map(|part| part.to_vec()).collect(),
            });
        }
        self.baseline = Some(device.clone());
        true
    }
}

/// A move of a seat's baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebase {
    /// When.
    pub at: UnixTime,
    /// Which kinds of parts were other ones than before.
    pub changed: Vec<String>,
    /// The parts that left, as the look-up keys have them; nobody is shown them.
    #[serde(default)]
    pub left: Vec<Vec<u8>>,
}

/// A device that fits a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The weight that is the same, in twelfths.
    pub matched: u32,
    /// Per cent of the weight that both tell of.
    pub score: u8,
    /// A part of the baseline was replaced by another of its kind.
    pub moved: bool,
}

impl Fit {
    /// That of a license for no device in particular.
    pub const NO_DEVICE: Self = Self { matched: 0, score: 100, moved: false };
}

/// Compares what both tell of: a kind that one of them does not show says nothing, for a text of the store's client
/// shows less than the agent's, and a user less than an administrator.
///
/// The device's own license must not open a machine that has nothing of this seat's: what is the same has to be more
/// of the device than the threshold leaves to others.
fn fit(baseline: &Fingerprint, device: &Fingerprint, product: &Product) -> Option<Fit> {
    if baseline.is_opaque() || device.is_opaque() {
        return (baseline == device).then_some(Fit { matched: u32::MAX, score: 100, moved: false });
    }
    let shows = |of: &Fingerprint, kind| of.components().iter().any(|part| part.kind == kind);
    let of_both = product.weights.shared(|kind| shows(baseline, kind) && shows(device, kind));
    let of_license = product.weights.shared(|kind| shows(device, kind));
    let (mut common, mut matched, mut anchored) = (0, 0, false);
    let (mut shown, mut kept) = (0, 0);
    for kind in Kind::ALL {
        let (weight, licensed) = (12 * u32::from(of_both.get(kind)), 12 * u32::from(of_license.get(kind)));
        let (before, now) = (digests(baseline, kind), digests(device, kind));
        shown += licensed;
        if before.is_empty() || now.is_empty() {
            continue;
        }
        let same = before.iter().filter(|digest| now.contains(digest)).count();
        // Of at most four of a kind each counts the same, in whole numbers. A text may show fewer of them than there
        // are; what it shows is what can be compared.
        let compared = before.len().min(now.len().max(same));
        let (same_parts, of_parts) = (u32::try_from(same).ok()?, u32::try_from(compared).ok()?);
        common += weight;
        matched += weight * same_parts / of_parts;
        kept += licensed * same_parts / of_parts;
        anchored |= same > 0 && kind.is_anchor() && weight > 0;
    }
    let threshold = u32::from(product.threshold.get());
    let passes = matched * 100 >= threshold * common;
    let leaves_too_little = kept * 100 > (100 - threshold) * shown;
    let score = u8::try_from(matched * 100 / common.max(1)).unwrap_or(100);
    (anchored && passes && leaves_too_little).then(|| Fit {
        matched,
        score,
        moved: !moved_kinds(baseline, device).is_empty(),
    })
}

fn digests(of: &Fingerprint, kind: Kind) -> Vec<Digest> {
    of.components().iter().filter(|part| part.kind == kind).map(|part| part.digest).collect()
}

/// The kinds of which a part is gone and another is there. A part that is only missing may come back.
fn moved_kinds(baseline: &Fingerprint, device: &Fingerprint) -> Vec<Kind> {
    let moved = |kind: &Kind| {
        let (before, now) = (digests(baseline, *kind), digests(device, *kind));
        before.iter().any(|gone| !now.contains(gone)) && now.iter().any(|new| !before.contains(new))
    };
    Kind::ALL.into_iter().filter(moved).collect()
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
