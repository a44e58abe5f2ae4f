//! Whether two fingerprints may come from copies of one machine.

use super::kind::{Kind, TABLE};
use super::set::{Component, Fingerprint};

/// What two fingerprints have in common, judged by the kinds that both show.
///
/// It tells what is equal, not why: one machine before and after a repair looks like a machine and its copy. Two
/// devices that are in use *at the same time* and resemble each other are what to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resemblance {
    /// Every kind of anchor that both show agrees: one machine, or a copy that nothing tells apart.
    Same,
    /// Everything but the network addresses agrees: a clone with a new address, or the machine with another card.
    ExceptMac,
    /// Some anchors agree and others do not: a copied image, a part that moved, a repaired machine.
    Partly,
    /// No anchor in common.
    None,
}

impl Resemblance {
    /// Whether two devices in use at the same time with this in common are probably one machine and its clone.
    #[must_use]
    pub const fn suggests_clone(self) -> bool {
        !matches!(self, Self::None)
    }
}

impl Fingerprint {
    /// What this fingerprint and another have in common. A kind agrees if they share one of its values.
    ///
    /// A kind that only one of them shows says nothing: the same machine read with and without rights is the
    /// [same](Resemblance::Same). Fingerprints of two realms have nothing in common.
    #[must_use]
    pub fn resemblance(&self, other: &Self) -> Resemblance {
        if self.realm() != other.realm() {
            return Resemblance::None;
        }
        if self.is_opaque() || other.is_opaque() {
            let same = self.opaque_id().is_some() && self.opaque_id() == other.opaque_id();
            return if same { Resemblance::Same } else { Resemblance::None };
        }
        let (ours, theirs) = (shown(self), shown(other));
        let mut equal = [false; TABLE];
        for component in anchors(self) {
            let same = |c: &&Component| c.kind == component.kind && c.digest == component.digest;
            equal[at(component.kind)] |= anchors(other).any(|c| same(&c));
        }
        let differs = |kind: &Kind| ours[at(*kind)] && theirs[at(*kind)] && !equal[at(*kind)];
        let mut differing = Kind::ALL.into_iter().filter(differs);
        match (equal.contains(&true), differing.next(), differing.next()) {
            (false, ..) => Resemblance::None,
            (true, None, _) => Resemblance::Same,
            (true, Some(Kind::Mac), None) => Resemblance::ExceptMac,
            (true, Some(_), _) => Resemblance::Partly,
        }
    }
}

fn anchors(fingerprint: &Fingerprint) -> impl Iterator<Item = &Component> {
    fingerprint.components().iter().filter(|c| c.kind.is_anchor())
}

fn shown(fingerprint: &Fingerprint) -> [bool; TABLE] {
    let mut kinds = [false; TABLE];
    anchors(fingerprint).for_each(|c| kinds[at(c.kind)] = true);
    kinds
}

fn at(kind: Kind) -> usize {
    usize::from(kind.as_byte())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Realm;
    use proptest::prelude::*;

    const MAC: (Kind, &str) = (Kind::Mac, "047C165EE35D");
    const DISK: (Kind, &str) = (Kind::Disk, "S4EWNX0M1");
    const OS: (Kind, &str) = (Kind::Os, "9f1c2b3a4d5e6f708192a3b4c5d6e7f8");
    const CPU: (Kind, &str) = (Kind::Cpu, "BFEBFBFF00090672");

    fn of(values: &[(Kind, &'static str)]) -> Fingerprint {
        Fingerprint::from_values(&Realm::new("r"), values.iter().copied()).unwrap()
    }

    #[test]
    fn a_clone_with_only_another_address_is_named() {
        let clone = of(&[(Kind::Mac, "047C16AABBCC"), DISK, OS, CPU]);
        let original = of(&[MAC, DISK, OS, CPU]);
        assert_eq!(original.resemblance(&clone), Resemblance::ExceptMac);
        assert!(original.resemblance(&clone).suggests_clone());
    }

    #[test]
    fn only_kinds_that_both_show_are_compared() {
        let user = of(&[MAC, DISK, OS]);
        let with_rights = of(&[MAC, DISK, OS, (Kind::Board, "PF2QX7R9"), CPU]);
        assert_eq!(user.resemblance(&with_rights), Resemblance::Same);
        let second_card = of(&[MAC, (Kind::Mac, "047C165EE35E"), DISK]);
        assert_eq!(user.resemblance(&second_card), Resemblance::Same);
    }

    #[test]
    fn a_copied_image_shares_its_installation_id_and_twins_share_nothing() {
        let image = of(&[(Kind::Mac, "047C16AABBCC"), (Kind::Disk, "S4EWNX0M2"), OS, CPU]);
        assert_eq!(of(&[MAC, DISK, OS, CPU]).resemblance(&image), Resemblance::Partly);
        let twin = of(&[(Kind::Mac, "047C16AABBCC"), (Kind::Disk, "S4EWNX0M2"), CPU]);
        assert_eq!(of(&[MAC, DISK, CPU]).resemblance(&twin), Resemblance::None);
    }

    #[test]
    fn realms_and_opaque_ids_are_equal_or_strangers() {
        let opaque = |text| Fingerprint::parse(text, &Realm::new("r")).unwrap();
        assert_eq!(opaque("vendor-id 7F3A-99").resemblance(&opaque("vendor-id 7F3A-99")), Resemblance::Same);
        assert_eq!(opaque("vendor-id 7F3A-99").resemblance(&opaque("vendor-id 7F3A-98")), Resemblance::None);
        assert_eq!(of(&[DISK]).resemblance(&opaque("vendor-id 7F3A-99")), Resemblance::None);
        let elsewhere = Fingerprint::from_values(&Realm::new("other"), [DISK]).unwrap();
        assert_eq!(of(&[DISK]).resemblance(&elsewhere), Resemblance::None);
    }

    proptest! {
        #[test]
        fn resemblance_works_both_ways(ours in machine(), theirs in machine()) {
            prop_assert_eq!(ours.resemblance(&theirs), theirs.resemblance(&ours));
            prop_assert_eq!(ours.resemblance(&ours), Resemblance::Same);
        }
    }

    fn machine() -> impl Strategy<Value = Fingerprint> {
        let value = (prop::sample::select(vec![Kind::Mac, Kind::Disk, Kind::Board]), 0u8..3);
        prop::collection::vec(value, 1..4).prop_filter_map("within the limits", |values| {
            let texts: Vec<_> = values
                .into_iter()
                .map(|(kind, n)| match kind {
                    Kind::Mac => (kind, format!("047C1600A0{n:02X}")),
                    _ => (kind, format!("SER7A1{n}X")),
                })
                .collect();
            Fingerprint::from_values(&Realm::new("r"), texts.iter().map(|(k, v)| (*k, v.as_str()))).ok()
        })
    }
}
