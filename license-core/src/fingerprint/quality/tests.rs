use proptest::prelude::*;

use super::*;
use crate::fingerprint::{Fingerprint, Realm, Threshold, Weights};

/// A usable value of a kind, one of four.
fn value(kind: Kind, n: usize) -> String {
    match kind {
        Kind::Mac => format!("047C165EE3{n}7"),
        Kind::System | Kind::Os => format!("9f1c2b3a4d5e6f708192a3b4c5d6e7f{n}"),
        Kind::Cpu => format!("BFEBFBFF0009067{n}"),
        Kind::Tpm => format!("9f1c2b3a4d5e6f70{n}").repeat(4)[..64].to_owned(),
        _ => format!("S4EW-NX0M-7{n}"),
    }
}

fn binding_of(kinds: &[(Kind, usize)], weights: &Weights) -> Binding {
    let values: Vec<_> =
        kinds.iter().flat_map(|(kind, n)| (0..*n).map(|n| (*kind, value(*kind, n)))).collect();
    let values = values.iter().map(|(kind, value)| (*kind, value.as_str()));
    let fingerprint = Fingerprint::from_values(&Realm::new("r"), values).unwrap();
    Binding::new(&fingerprint, weights, Threshold::default()).unwrap()
}

fn judge(kinds: &[Kind]) -> Quality {
    let kinds: Vec<_> = kinds.iter().map(|kind| (*kind, 1)).collect();
    binding_of(&kinds, &Weights::default()).quality()
}

#[test]
fn a_judgement_is_a_sentence() {
    for (kinds, expected) in [
        (&[Kind::Os][..], "weak binding: only the OS installation id"),
        (&[Kind::Cpu, Kind::Mac], "weak binding: only the network cards"),
        (&[Kind::Board, Kind::System, Kind::Tpm], "weak binding: only the main board"),
        (&[Kind::Mac, Kind::Os], "fair binding: 2 parts, ended by a change of the network cards"),
        (&[Kind::Disk, Kind::Board, Kind::System], "fair binding: 2 parts, ended by a change of the disks"),
        (&[Kind::Mac, Kind::Disk, Kind::Os], "strong binding: 3 independent parts"),
        (
            &[Kind::Mac, Kind::Disk, Kind::Board, Kind::System, Kind::Os],
            "strong binding: 4 independent parts",
        ),
        (&[Kind::Disk, Kind::Os, Kind::Cloud], "strong binding: 3 independent parts"),
        (&[Kind::Custom], "strong binding: an id set by the operator, who answers for it"),
    ] {
        assert_eq!(judge(kinds).to_string(), expected);
    }
    let realm = Realm::new("r");
    let opaque = Fingerprint::parse("rack-7/slot-3", &realm).unwrap();
    let opaque = Binding::new(&opaque, &Weights::default(), Threshold::default()).unwrap().quality();
    assert_eq!(opaque.to_string(), "weak binding: an identifier of which nothing is known");
    assert_eq!(opaque.not_survived(), Swap::ALL, "nothing is promised");
}

#[test]
fn reasons_are_whole_sentences_and_the_first_one_decides() {
    let words = |kinds: &[Kind]| judge(kinds).reasons().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        words(&[Kind::Os]),
        ["only the OS installation id, which copies of a disk image share and a new installation changes"]
    );
    assert_eq!(
        words(&[Kind::Disk, Kind::Os]),
        [
            "2 independent parts",
            "a change of the disks ends a license",
            "a change of the OS installation id ends a license",
            "a license follows the disks into another machine",
        ]
    );
    let realm = Realm::new("r");
    let values = [
        (Kind::Board, "PF2QX7R9", true),
        (Kind::Disk, "S4EWNX0M1", false),
        (Kind::Mac, "047C165EE35D", false),
    ];
    let fingerprint = Fingerprint::from_readings(&realm, values).unwrap();
    let quality = Binding::new(&fingerprint, &Weights::default(), Threshold::default()).unwrap().quality();
    assert!(quality.is_privileged());
    assert_eq!(quality.reasons().last(), Some(&Reason::NeedsRights));
}

#[test]
fn swaps_cost_what_they_change() {
    let all = [Kind::Mac, Kind::Disk, Kind::Board, Kind::System, Kind::Os];
    assert_eq!(judge(&all).not_survived(), [Swap::MainBoard, Swap::MovedDisks]);
    assert_eq!(judge(&[Kind::Mac, Kind::Disk, Kind::Os]).not_survived(), []);
    assert_eq!(judge(&[Kind::Disk, Kind::Os, Kind::Board]).not_survived(), []);
    assert_eq!(judge(&[Kind::Os]).not_survived(), [Swap::Reinstall]);
    assert_eq!(
        judge(&[Kind::Mac]).not_survived(),
        [Swap::NetworkCard, Swap::MainBoard, Swap::MovedDisks],
        "a card may sit on the board"
    );
    assert_eq!(
        judge(&[Kind::Tpm, Kind::Os]).not_survived(),
        [Swap::MainBoard, Swap::Processor, Swap::Reinstall, Swap::MovedDisks]
    );
    assert_eq!(judge(&[Kind::Custom]).not_survived(), []);
    let disks = binding_of(&[(Kind::Disk, 2), (Kind::Mac, 1), (Kind::Os, 1)], &Weights::default()).quality();
    assert_eq!(disks.not_survived(), [], "one of two disks is half of their weight");
    let disks = binding_of(&[(Kind::Disk, 2)], &Weights::default()).quality();
    assert_eq!(disks.not_survived(), [Swap::Disk], "half is not 60 per cent");
}

#[test]
fn a_products_weights_decide_what_counts() {
    let kinds = [(Kind::Mac, 1), (Kind::Disk, 1), (Kind::Os, 1)];
    let only_os =
        Weights::default().with(Kind::Mac, 0).and_then(|weights| weights.with(Kind::Disk, 0)).unwrap();
    assert_eq!(
        binding_of(&kinds, &only_os).quality().to_string(),
        "weak binding: only the OS installation id"
    );
    let even = Weights::default().with(Kind::Mac, 20).and_then(|weights| weights.with(Kind::Os, 20)).unwrap();
    assert_eq!(binding_of(&kinds, &even).quality().strength(), Strength::Strong);
}

#[test]
fn too_weak_says_what_to_do() {
    let weak = judge(&[Kind::Os]);
    assert_eq!(weak.at_least(Strength::Weak), Ok(()));
    let refused = weak.at_least(Strength::Fair).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "at least fair is asked; weak binding: only the OS installation id. To do: run license-agent fingerprint \
         --privileged as administrator, or set LICENSE_DEVICE_ID"
    );
    assert_eq!(refused.clone().without(Remedy::DeviceId).remedies(), [Remedy::AgentWithRights]);
    let nothing = refused.clone().without(Remedy::DeviceId).without(Remedy::AgentWithRights);
    assert!(nothing.to_string().ends_with("To do: ask the vendor how to license this machine"));
    assert_eq!(
        serde_json::to_value(&refused).unwrap(),
        serde_json::json!({
            "type": "urn:license:problem:weak-fingerprint",
            "title": "the device fingerprint is too weak for this product",
            "detail": refused.to_string(),
            "strength": "weak",
            "least_strength": "fair",
            "reasons":
                ["only the OS installation id, which copies of a disk image share and a new installation changes"],
            "advice": ["run license-agent fingerprint --privileged as administrator", "set LICENSE_DEVICE_ID"],
        })
    );
}

#[test]
fn strengths_are_ordered_and_named() {
    assert!(Strength::ALL.is_sorted());
    for strength in Strength::ALL {
        assert_eq!(strength.as_str().parse(), Ok(strength));
        assert_eq!(serde_json::to_value(strength).unwrap(), strength.as_str());
    }
    assert!("Strong".parse::<Strength>().is_err());
}

prop_compose! {
    fn any_kinds()(counts in prop::array::uniform8(0usize..=4)) -> Vec<(Kind, usize)> {
        Kind::ALL.into_iter().zip(counts).map(|(kind, n)| (kind, n.min(kind.limit()))).collect()
    }
}

proptest! {
    #[test]
    fn a_listed_swap_is_one_that_the_license_does_not_bear(kinds in any_kinds(), min in 51u8..=100) {
        prop_assume!(kinds.iter().any(|(kind, n)| *n > 0 && kind.is_anchor()));
        let values = |kinds: &[(Kind, usize)]| {
            kinds.iter().flat_map(|(kind, n)| (0..*n).map(|n| (*kind, value(*kind, n)))).collect::<Vec<_>>()
        };
        let realm = Realm::new("r");
        let fingerprint = |values: &[(Kind, String)]| {
            Fingerprint::from_values(&realm, values.iter().map(|(kind, value)| (*kind, value.as_str())))
        };
        let licensed = values(&kinds);
        let min = Threshold::try_from(min).unwrap();
        let binding = Binding::new(&fingerprint(&licensed).unwrap(), &Weights::default(), min).unwrap();
        let not_survived = binding.quality().not_survived().to_vec();
        for (swap, gone) in [
            (Swap::Reinstall, &[Kind::Os][..]),
            (Swap::MainBoard, &[Kind::Mac, Kind::Board, Kind::System, Kind::Tpm]),
            (Swap::Processor, &[Kind::Tpm]),
            (Swap::Memory, &[]),
            (Swap::MovedDisks, &[Kind::Mac, Kind::Board, Kind::System, Kind::Cloud, Kind::Tpm]),
        ] {
            let left: Vec<_> = licensed.iter().filter(|(kind, _)| !gone.contains(kind)).cloned().collect();
            let passes = fingerprint(&left).is_ok_and(|left| {
                binding.check(&crate::fingerprint::Device::new(left, crate::fingerprint::Reading::Privileged)).passes()
            });
            prop_assert_eq!(passes, !not_survived.contains(&swap), "{:?}", swap);
        }
        for (swap, kind) in [(Swap::Disk, Kind::Disk), (Swap::NetworkCard, Kind::Mac)] {
            let mut left = licensed.clone();
            if let Some(at) = left.iter().position(|(of, _)| *of == kind) {
                left.remove(at);
            }
            let passes = fingerprint(&left).is_ok_and(|left| {
                binding.check(&crate::fingerprint::Device::new(left, crate::fingerprint::Reading::Privileged)).passes()
            });
            prop_assert_eq!(passes, !not_survived.contains(&swap), "{:?}", swap);
        }
    }

    #[test]
    fn every_refusal_fits_a_result_message(kinds in any_kinds()) {
        prop_assume!(kinds.iter().any(|(kind, n)| *n > 0 && kind.is_anchor()));
        let quality = binding_of(&kinds, &Weights::default()).quality();
        for least in Strength::ALL {
            if let Err(refused) = quality.at_least(least) {
                prop_assert!(refused.to_string().len() <= 200, "{}", refused);
                prop_assert!(refused.without(Remedy::DeviceId).to_string().len() <= 200);
            }
        }
    }
}
