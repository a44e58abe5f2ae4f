//! The part of a license that names the device.

use super::kind::{Kind, TABLE};
use super::realm::{Digest, OpaqueId, RealmTag};
use super::set::Fingerprint;
use super::weights::{Threshold, Weights};

/// The `dev` claim: digests of the licensed device, how much each kind counts and how much must match.
///
/// In JSON `{"v":1,"r":"…","min":60,"c":{"disk":[20,"…"]}}`, with `"priv":true` where root-only facts are in it,
/// or `{"v":1,"r":"…","id":"…"}` for an opaque id. Read strictly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub(super) realm: RealmTag,
    pub(super) form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Weighted(Weighted),
    Opaque(OpaqueId),
}

/// At least one digest of an anchor; every kind's weight is 1 to 100; digests sorted without duplicates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Weighted {
    pub(super) min: Threshold,
    pub(super) weights: [u8; TABLE],
    pub(super) digests: Vec<(Kind, Digest)>,
    pub(super) privileged: bool,
}

/// A fingerprint that a license cannot be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// With these weights nothing that names one machine is left.
    #[error("no component that names one machine has a weight; give one of its kinds a weight over 0")]
    NoAnchor,
}

impl Binding {
    /// Binds to a device. Components whose kind has no weight are left out; the kinds of one main board share
    /// [one weight](Weights::shared).
    ///
    /// # Errors
    /// [`BindingError::NoAnchor`] if that leaves nothing which names one machine.
    pub fn new(fingerprint: &Fingerprint, weights: &Weights, min: Threshold) -> Result<Self, BindingError> {
        let realm = fingerprint.realm();
        if let Some(id) = fingerprint.opaque_id() {
            return Ok(Self { realm, form: Form::Opaque(id) });
        }
        let counted = || fingerprint.components().iter().filter(|c| weights.get(c.kind) > 0);
        if !counted().any(|c| c.kind.is_anchor()) {
            return Err(BindingError::NoAnchor);
        }
        let shared = weights.shared(|kind| fingerprint.components().iter().any(|c| c.kind == kind));
        let mut table = [0; TABLE];
        counted().for_each(|c| table[usize::from(c.kind.as_byte())] = shared.get(c.kind));
        let digests = counted().map(|c| (c.kind, c.digest)).collect();
        let privileged = counted().any(|c| c.privileged);
        Ok(Self { realm, form: Form::Weighted(Weighted { min, weights: table, digests, privileged }) })
    }

    /// Under whose name the digests were made.
    #[must_use]
    pub const fn realm(&self) -> RealmTag {
        self.realm
    }

    /// Whether it is an opaque id, which either matches as a whole or not at all.
    #[must_use]
    pub const fn is_opaque(&self) -> bool {
        matches!(self.form, Form::Opaque(_))
    }

    /// Whether it holds facts that an ordinary user of the machine cannot read.
    #[must_use]
    pub const fn is_privileged(&self) -> bool {
        matches!(self.form, Form::Weighted(Weighted { privileged: true, .. }))
    }

    /// The least share that must match; none for an opaque id.
    #[must_use]
    pub const fn threshold(&self) -> Option<Threshold> {
        match &self.form {
            Form::Weighted(weighted) => Some(weighted.min),
            Form::Opaque(_) => None,
        }
    }

    /// Whether this value is one of those that it is bound to, under its own realm.
    #[must_use]
    pub fn names(&self, kind: Kind, digest: Digest) -> bool {
        match &self.form {
            Form::Weighted(weighted) => weighted.digests.binary_search(&(kind, digest)).is_ok(),
            Form::Opaque(_) => false,
        }
    }

    /// Kind, weight and number of digests of every licensed kind, by kind byte; nothing for an opaque id.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, u8, usize)> {
        let weighted = match &self.form {
            Form::Weighted(weighted) => Some(weighted),
            Form::Opaque(_) => None,
        };
        weighted
            .into_iter()
            .flat_map(|w| w.kinds().map(|(kind, weight, digests)| (kind, weight, digests.len())))
    }
}

impl Weighted {
    /// Each licensed kind with its weight and digests, by kind byte.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (Kind, u8, &[(Kind, Digest)])> {
        self.digests
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| (same[0].0, self.weights[usize::from(same[0].0.as_byte())], same))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Realm;

    #[test]
    fn what_has_no_weight_is_left_out() {
        let realm = Realm::new("r");
        let values = [
            (Kind::Board, "PF2QX7R9", true),
            (Kind::Disk, "S4EWNX0M1", false),
            (Kind::Cpu, "BFEBFBFF00090672", false),
        ];
        let fingerprint = Fingerprint::from_readings(&realm, values).unwrap();
        let binding = Binding::new(&fingerprint, &Weights::default(), Threshold::default()).unwrap();
        assert!(binding.is_privileged());
        assert_eq!(binding.kinds().collect::<Vec<_>>(), [(Kind::Disk, 20, 1), (Kind::Board, 18, 1)]);
        let weights = Weights::default().with(Kind::Board, 0).unwrap();
        let binding = Binding::new(&fingerprint, &weights, Threshold::default()).unwrap();
        assert!(!binding.is_privileged());
        assert_eq!(binding.kinds().collect::<Vec<_>>(), [(Kind::Disk, 20, 1)]);
        let weights = weights.with(Kind::Disk, 0).unwrap();
        assert_eq!(Binding::new(&fingerprint, &weights, Threshold::default()), Err(BindingError::NoAnchor));
    }

    #[test]
    fn a_custom_id_counts_alone() {
        let realm = Realm::new("r");
        let fingerprint = Fingerprint::from_values(&realm, [(Kind::Custom, "rack-7")]).unwrap();
        let binding = Binding::new(&fingerprint, &Weights::default(), Threshold::default()).unwrap();
        assert_eq!(binding.kinds().collect::<Vec<_>>(), [(Kind::Custom, 100, 1)]);
    }
}
