//! Seats: one device's claim on an instance's quantity.

use license_core::{Binding, Device, Fingerprint, Reading, UnixTime};
use serde::{Deserialize, Serialize};

use super::catalog::Product;
use super::ids::{ApplicationKey, SeatNo};

/// Later than every end: a perpetual license, or a reservation without one.
pub const FOREVER: UnixTime = UnixTime::from_secs(i64::MAX);

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
    /// When its baseline moved, the newest last.
    pub rebased_at: Vec<UnixTime>,
    /// The operator took it away; its device is no longer recognised.
    pub freed: bool,
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

    /// How well a device fits this seat's baseline, per cent; `None` when it is another device.
    #[must_use]
    pub fn fits(&self, device: Option<&Fingerprint>, product: &Product) -> Option<Fit> {
        if self.freed {
            return None;
        }
        let (Some(baseline), Some(device)) = (&self.baseline, device) else {
            return None;
        };
        let verdict = Binding::new(baseline, &product.weights, product.threshold)
            .ok()?
            .check(&Device::new(device.clone(), Reading::Privileged));
        verdict.passes().then(|| Fit { score: verdict.score_percent(), moved: has_moved(baseline, device) })
    }

    /// Whether a license for no device in particular may go on this seat: nothing tells one such license from another,
    /// so each takes a seat of its own, unless one has ended or the instance was renewed since.
    #[must_use]
    pub fn takes_another_without_device(&self, now: UnixTime, ends_at: Option<UnixTime>) -> bool {
        let renewed_since = ends_at.is_some_and(|end| self.holds.until() < end);
        self.baseline.is_none() && !self.freed && (!self.is_taken(now) || renewed_since)
    }

    /// Moves the baseline to the device, if it may move once more.
    pub fn rebase(&mut self, device: &Fingerprint, limit: u32, now: UnixTime) -> bool {
        const YEAR: i64 = 365 * 86_400;
        self.rebased_at.retain(|at| at.plus(YEAR) > now);
        if self.rebased_at.len() >= limit as usize {
            return false;
        }
        self.rebased_at.push(now);
        self.baseline = Some(device.clone());
        true
    }
}

/// A device that fits a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Per cent of the baseline's weight.
    pub score: u8,
    /// A part of the baseline was replaced by another of its kind.
    pub moved: bool,
}

/// A part is gone and another of its kind is there. A part that is only missing may come back.
fn has_moved(baseline: &Fingerprint, device: &Fingerprint) -> bool {
    let lacks = |from: &Fingerprint, kind, digest| {
        !from.components().iter().any(|other| other.kind == kind && other.digest == digest)
    };
    baseline.components().iter().any(|gone| {
        lacks(device, gone.kind, gone.digest)
            && device
                .components()
                .iter()
                .any(|new| new.kind == gone.kind && lacks(baseline, new.kind, new.digest))
    })
}

/// How many seats of an instance are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeatUse {
    /// In the instance's phase.
    pub taken: u32,
    /// In its phase and its epoch.
    pub renewed: u32,
}
