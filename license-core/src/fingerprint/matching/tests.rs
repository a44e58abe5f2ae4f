use super::*;
use crate::fingerprint::{Threshold, Weights};
use proptest::prelude::*;

type Value = (Kind, String, bool);

fn fingerprint(values: &[Value]) -> Result<Fingerprint, FingerprintError> {
    let readings = values.iter().map(|(kind, value, privileged)| (*kind, value.as_str(), *privileged));
    Fingerprint::from_readings(&Realm::new("r"), readings)
}

fn bound(values: &[Value], min: u8) -> Binding {
    let min = Threshold::try_from(min).unwrap();
    Binding::new(&fingerprint(values).unwrap(), &Weights::default(), min).unwrap()
}

fn of(kind: Kind, value: &str) -> Value {
    (kind, value.to_owned(), false)
}

fn laptop() -> [Value; 4] {
    [
        of(Kind::Mac, "047C165EE35D"),
        of(Kind::Disk, "S4EWNX0M1"),
        (Kind::Board, "PF2QX7R9".to_owned(), true),
        of(Kind::Cpu, "BFEBFBFF00090672"),
    ]
}

#[test]
fn facts_that_take_rights_are_named_as_missing_rights() {
    let binding = bound(&laptop(), 70);
    let [mac, disk, board, cpu] = laptop();
    let seen = [mac, disk.clone(), cpu.clone()];
    let verdict = binding.check(&Device::new(fingerprint(&seen).unwrap(), Reading::Unprivileged));
    assert_eq!((verdict.passes(), verdict.score_percent()), (false, 65));
    assert!(verdict.needs_privileges());
    let complete = binding.check(&Device::new(fingerprint(&seen).unwrap(), Reading::Privileged));
    assert!(!complete.needs_privileges());
    let foreign = [of(Kind::Mac, "047C16AABBCC"), of(Kind::Disk, "OTHER0001"), cpu.clone()];
    let foreign = binding.check(&Device::new(fingerprint(&foreign).unwrap(), Reading::Unprivileged));
    assert!(!foreign.needs_privileges(), "no rights would help on another machine");
    let whole = binding.check(&Device::new(fingerprint(&[disk, board, cpu]).unwrap(), Reading::Privileged));
    assert!(whole.passes() && !whole.needs_privileges());
    assert!(binding.check(&Device::none()).needs_privileges());
}

#[test]
fn the_threshold_is_exact() {
    // Two of three addresses are 9.33 of 14; with a disk of 20 that is 86.27 per cent.
    let macs = ["047C160000A1", "047C160000A2", "047C160000A3"].map(|mac| of(Kind::Mac, mac));
    let disk = of(Kind::Disk, "S4EWNX0M1");
    let licensed = [macs.as_slice(), std::slice::from_ref(&disk)].concat();
    let seen = [macs[0].clone(), macs[1].clone(), disk];
    let device = Device::new(fingerprint(&seen).unwrap(), Reading::Unprivileged);
    for (min, passes) in [(86, true), (87, false)] {
        let verdict = bound(&licensed, min).check(&device);
        assert_eq!((verdict.passes(), verdict.score_percent()), (passes, 86));
    }
}

#[test]
fn another_realms_digests_and_opaque_ids_match_nothing() {
    let binding = bound(&laptop(), 60);
    let values = laptop();
    let values = values.iter().map(|(kind, value, _)| (*kind, value.as_str()));
    let other = Fingerprint::from_values(&Realm::new("other"), values).unwrap();
    let verdict = binding.check(&Device::new(other, Reading::Privileged));
    assert_eq!((verdict.passes(), verdict.score_percent()), (false, 0));
    assert!(verdict.components().iter().all(|c| c.outcome == Outcome::Changed));
    let opaque = Device::from_text("vendor-id 7F3A-99", &Realm::new("r")).unwrap();
    assert!(binding.check(&opaque).components().iter().all(|c| c.outcome == Outcome::Missing));
    let id = Binding::new(opaque.fingerprint().unwrap(), &Weights::default(), Threshold::default()).unwrap();
    assert!(id.check(&opaque).passes() && id.check(&opaque).is_opaque());
    assert!(!id.check(&Device::from_text("vendor-id 7F3A-98", &Realm::new("r")).unwrap()).passes());
    assert!(!id.check(&Device::from_text("vendor-id 7F3A-99", &Realm::new("s")).unwrap()).passes());
    assert!(!id.check(&Device::none()).passes());
}

#[test]
fn what_the_system_does_not_show_is_told_from_what_is_not_there() {
    let [mac, disk, ..] = laptop();
    let os = of(Kind::Os, "9f1c2b3a4d5e6f708192a3b4c5d6e7f8");
    let binding = bound(&[mac.clone(), disk.clone(), os.clone()], 60);
    let user = Device::new(fingerprint(std::slice::from_ref(&os)).unwrap(), Reading::Unprivileged);
    let verdict = binding.check(&user);
    assert!(!verdict.passes() && !verdict.needs_privileges(), "they are gone");
    let closed = user.with_unreadable([Kind::Mac, Kind::Disk]);
    let verdict = binding.check(&closed);
    let outcomes: Vec<_> = verdict.components().iter().map(|c| c.outcome).collect();
    assert_eq!(outcomes, [Outcome::Unreadable, Outcome::Unreadable, Outcome::Matched]);
    assert!(!verdict.passes() && verdict.needs_privileges());
    let other = of(Kind::Os, "5b1e9c0d7a3f4e28b6c4d1f0a9e8b7c6");
    let foreign = bound(&[mac, disk, other], 70).check(&closed);
    assert!(!foreign.needs_privileges(), "no rights would help on another machine: {foreign:?}");
    assert!(
        binding.check(&Device::none().with_unreadable([Kind::Mac, Kind::Disk, Kind::Os])).needs_privileges()
    );
}

#[test]
fn of_thousands_of_values_the_licensed_ones_are_found() {
    let disks: Vec<_> = (0..4096).map(|n| of(Kind::Disk, &format!("SER7A{n:04}X"))).collect();
    let realm = Realm::new("r");
    let found = disks.iter().map(|(kind, value, _)| (*kind, realm.digest(*kind, value)));
    let device = Device::new(fingerprint(&disks[..4]).unwrap(), Reading::Unprivileged).with_others(found);
    for licensed in [&disks[..1], &disks[4000..4004], &disks[77..79]] {
        assert_eq!(bound(licensed, 100).check(&device).score_percent(), 100);
    }
    assert!(!bound(&[of(Kind::Disk, "SER7A9999X")], 60).check(&device).passes());
}

#[test]
fn a_verdict_reads_as_one_line_for_each_kind() {
    let licensed =
        [of(Kind::Mac, "047C160000A1"), of(Kind::Mac, "047C160000A2"), of(Kind::Disk, "S4EWNX0M1")];
    let seen = fingerprint(&licensed[1..2]).unwrap();
    let verdict = bound(&licensed, 60).check(&Device::new(seen, Reading::Unprivileged));
    let lines = "mac     partly   weight 14, 1 of 2\ndisk    missing  weight 20";
    assert_eq!(verdict.to_string(), lines);
}

/// Values of a few kinds out of a small stock, so that machines often share some.
fn machine() -> impl Strategy<Value = Vec<Value>> {
    let value = (prop::sample::select(vec![Kind::Mac, Kind::Disk, Kind::Board, Kind::Os, Kind::Cpu]), 0u8..6);
    let value = value.prop_map(|(kind, n)| match kind {
        Kind::Mac => of(kind, &format!("047C1600A0{n:02X}")),
        Kind::Cpu => of(kind, "BFEBFBFF00090672"),
        Kind::Os => of(kind, &format!("9f1c2b3a4d5e6f708192a3b4c5d6e7{n:02x}")),
        _ => of(kind, &format!("SER7A1{n}X")),
    });
    prop::collection::vec(value, 1..9)
}

/// Something else that was found.
fn other() -> impl Strategy<Value = (Kind, Digest)> {
    machine().prop_filter_map("an anchor", |values| {
        let found = fingerprint(&values).ok()?;
        found.components().first().map(|c| (c.kind, c.digest))
    })
}

proptest! {
    #[test]
    fn parts_that_are_added_never_lower_a_score(
        licensed in machine(), seen in machine(), others in prop::collection::vec(other(), 0..40), min in 51u8..=100,
    ) {
        let (Ok(l), Ok(seen)) = (fingerprint(&licensed), fingerprint(&seen)) else { return Ok(()) };
        let binding = Binding::new(&l, &Weights::default(), Threshold::try_from(min).unwrap()).unwrap();
        let before = Device::new(seen, Reading::Unprivileged);
        let after = before.clone().with_others(others);
        let [before, after] = [before, after].map(|device| binding.check(&device));
        prop_assert!(after.score_percent() >= before.score_percent());
        prop_assert!(after.passes() || !before.passes());
    }

    #[test]
    fn where_values_stand_does_not_matter(licensed in machine(), found in machine()) {
        let (Ok(l), Ok(all)) = (fingerprint(&licensed), fingerprint(&found)) else { return Ok(()) };
        let binding = Binding::new(&l, &Weights::default(), Threshold::default()).unwrap();
        let beside = all.components().iter().map(|c| (c.kind, c.digest));
        let first = Fingerprint::from_components(all.realm(), all.components()[..1].to_vec());
        let Ok(first) = first else { return Ok(()) };
        let spread = Device::new(first, Reading::Unprivileged).with_others(beside);
        prop_assert_eq!(binding.check(&spread), binding.check(&Device::new(all, Reading::Unprivileged)));
    }

    #[test]
    fn other_names_let_no_two_machines_pass_that_share_nothing(
        named in prop::collection::vec((0u8..8, 0usize..3), 1..=4), os in 0u8..8, min in 51u8..=100,
    ) {
        // A liar's license may name any name of any disk; each machine has every other disk, by all its names.
        let realm = Realm::new("r");
        let name = |disk: u8, of: usize| (Kind::Disk, format!("SER7A1{disk}X{of}"));
        let id = |n: u8| (Kind::Os, format!("9f1c2b3a4d5e6f708192a3b4c5d6e7{n:02x}"));
        let licensed: Vec<_> = named.iter().map(|(disk, of)| name(*disk, *of)).chain([id(os)]).collect();
        let licensed = licensed.iter().map(|(kind, value)| (*kind, value.as_str(), false));
        let licensed = Fingerprint::from_readings(&realm, licensed).unwrap();
        let binding = Binding::new(&licensed, &Weights::default(), Threshold::try_from(min).unwrap()).unwrap();
        let machine = |odd: u8| {
            let disks = (0..8).filter(|disk| disk % 2 == odd).flat_map(|disk| (0..3).map(move |of| name(disk, of)));
            let others = disks.map(|(kind, value)| (kind, realm.digest(kind, &value)));
            let (kind, value) = id(odd);
            let own = Fingerprint::from_values(&realm, [(kind, value.as_str())]).unwrap();
            binding.check(&Device::new(own, Reading::Unprivileged).with_others(others))
        };
        prop_assert!(!(machine(0).passes() && machine(1).passes()));
    }

    #[test]
    fn machines_that_share_no_weighted_digest_never_both_pass(
        licensed in machine(), one in machine(), other in machine(), min in 51u8..=100,
    ) {
        let (Ok(l), Ok(a), Ok(b)) = (fingerprint(&licensed), fingerprint(&one), fingerprint(&other)) else {
            return Ok(());
        };
        let binding = Binding::new(&l, &Weights::default(), Threshold::try_from(min).unwrap()).unwrap();
        let weighted = |c: &&super::super::Component| c.kind != Kind::Cpu;
        let share = a.components().iter().filter(weighted).any(|c| b.components().contains(c));
        let [a, b] = [a, b].map(|f| binding.check(&Device::new(f, Reading::Unprivileged)));
        prop_assert!(share || !(a.passes() && b.passes()));
    }

    #[test]
    fn a_machine_scores_full_on_its_own_license_and_a_passing_one_reaches_the_threshold(
        licensed in machine(), other in machine(), min in 51u8..=100,
    ) {
        let (Ok(l), Ok(o)) = (fingerprint(&licensed), fingerprint(&other)) else { return Ok(()) };
        let binding = Binding::new(&l, &Weights::default(), Threshold::try_from(min).unwrap()).unwrap();
        let own = binding.check(&Device::new(l.clone(), Reading::Unprivileged));
        prop_assert!(own.passes() && own.score_percent() == 100);
        let verdict = binding.check(&Device::new(o.clone(), Reading::Unprivileged));
        prop_assert_eq!(verdict.passes(), verdict.score_percent() >= min);
        let matched = |c: &ComponentVerdict| !matches!(c.outcome, Outcome::Changed | Outcome::Missing);
        prop_assert_eq!(verdict.components().iter().any(matched), verdict.score_percent() > 0);
        let weights = Weights::default();
        let back = Binding::new(&o, &weights, Threshold::default()).unwrap();
        let back = back.check(&Device::new(l, Reading::Unprivileged));
        prop_assert_eq!(back.score_percent() > 0, verdict.score_percent() > 0);
        let json = serde_json::to_string(&binding).unwrap();
        prop_assert_eq!(serde_json::from_str::<Binding>(&json).unwrap(), binding);
    }
}
