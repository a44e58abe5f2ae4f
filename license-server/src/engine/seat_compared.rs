//! A device beside the baseline of a seat, kind by kind: what is the same, what was replaced, what one of them does not
//! show.

use license_core::{Component, Digest, Fingerprint, Kind};

use super::catalog::Product;

/// What became of a kind, between a baseline and a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// The device does not show it.
    NotShown,
    /// The baseline does not have it.
    SeenFirst,
    /// Some parts are the same; of the others none took another's place.
    Same,
    /// Some parts are the same, others were replaced.
    PartlyReplaced,
    /// No part is the same.
    Replaced,
}

impl Became {
    pub(super) fn is_replaced(&self) -> bool {
        matches!(self, Self::PartlyReplaced | Self::Replaced)
    }
}

/// What both tell of: a kind that one of them does not show says nothing, for a text of the store's client shows less
/// than the agent's, and a user less than an administrator.
pub(super) struct Comparison {
    pub(super) matched: u32,
    pub(super) score: u8,
    /// At least the threshold of what both tell of is the same, and something that names one machine.
    pub(super) passes: bool,
    /// What is the same weighs more of the device than the threshold leaves to others.
    pub(super) is_mostly_known: bool,
    pub(super) of: Vec<(Kind, Became)>,
}

impl Comparison {
    /// That of two opaque ids that are one.
    pub(super) const WHOLE: Self =
        Self { matched: u32::MAX, score: 100, passes: true, is_mostly_known: true, of: Vec::new() };

    pub(super) fn of(baseline: &Fingerprint, device: &Fingerprint, product: &Product) -> Self {
        let shows = |of: &Fingerprint, kind| of.components().iter().any(|part| part.kind == kind);
        let of_both = product.weights.shared(|kind| shows(baseline, kind) && shows(device, kind));
        let of_device = product.weights.shared(|kind| shows(device, kind));
        let (mut common, mut matched, mut anchored, mut of) = (0, 0, false, Vec::new());
        let (mut shown, mut kept) = (0, 0);
        for kind in Kind::ALL.into_iter().filter(|kind| product.weights.get(*kind) > 0) {
            let (before, now) = (digests(baseline, kind), digests(device, kind));
            let same = before.iter().filter(|digest| now.contains(digest)).count();
            let is_one_for_another = same < before.len() && same < now.len();
            of.push((
                kind,
                match (before.len(), now.len(), same) {
                    (0, 0, _) => continue,
                    (_, 0, _) => Became::NotShown,
                    (0, ..) => Became::SeenFirst,
                    (_, _, 0) => Became::Replaced,
                    _ if is_one_for_another => Became::PartlyReplaced,
                    _ => Became::Same,
                },
            ));
            let all = 12 * u32::from(of_device.get(kind));
            shown += all;
            if before.is_empty() || now.is_empty() {
                continue;
            }
            // A text may show fewer of them than there are; what it shows is what can be compared.
            let compared = before.len().min(now.len());
            let weight = 12 * u32::from(of_both.get(kind));
            common += weight;
            // Of at most four of a kind each counts the same, in whole numbers.
            matched += weight * small(same) / small(compared);
            kept += all * small(same) / small(compared);
            anchored |= same > 0 && kind.is_anchor() && weight > 0;
        }
        let threshold = u32::from(product.threshold.get());
        // R45
        let passes = anchored && matched * 100 >= threshold * common;
        let is_mostly_known = kept * 100 > (100 - threshold) * shown;
        let score = u8::try_from(matched * 100 / common.max(1)).unwrap_or(100);
        Self { matched, score, passes, is_mostly_known, of }
    }

    pub(super) fn became(&self, kind: Kind) -> Option<Became> {
        self.of.iter().find(|(of, _)| *of == kind).map(|(_, became)| *became)
    }

    pub(super) fn kinds(&self, which: impl Fn(&Became) -> bool) -> Vec<Kind> {
        self.of.iter().filter(|(_, became)| which(became)).map(|(kind, _)| *kind).collect()
    }
}

pub(super) fn has(of: &Fingerprint, part: &Component) -> bool {
    of.components().iter().any(|known| known.kind == part.kind && known.digest == part.digest)
}

pub(super) fn digests(of: &Fingerprint, kind: Kind) -> Vec<Digest> {
    of.components().iter().filter(|part| part.kind == kind).map(|part| part.digest).collect()
}

/// A count within a kind's limit.
pub(super) fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
