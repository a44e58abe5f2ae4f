//! One seat, one machine: texts that were padded, copied or shown in turn.

use license_core::{Binding, Device, License, Reading, Strength, Trust, UnverifiedLicense};

use super::*;
use crate::engine::request::{Activate, ActivateBy, IssueByHand, Renew};

/// The machine's key: with it a license may do the most.
const KEY: license_core::KeyId = license_core::KeyId::from_bytes([1; 32]);

fn values(list: &[(Kind, &str)]) -> Fingerprint {
    Fingerprint::from_values(&Realm::new("r"), list.iter().copied()).expect("an anchor")
}

/// Facts of a machine: `of("3", &[Kind::Mac])`.
fn facts(machine: u32, kinds: &[Kind]) -> Vec<(Kind, String)> {
    let value = |kind: Kind| match kind {
        Kind::Mac => format!("047C16{machine:06X}"),
        Kind::Os | Kind::System => format!("9f1c2b3a4d5e6f708192a3b4{machine:08x}"),
        _ => format!("SERIAL-{machine:06}-X"),
    };
    kinds.iter().map(|kind| (*kind, value(*kind))).collect()
}

fn of(lists: &[Vec<(Kind, String)>]) -> Fingerprint {
    let all: Vec<(Kind, &str)> =
        lists.iter().flatten().map(|(kind, value)| (*kind, value.as_str())).collect();
    values(&all)
}

const USER: [Kind; 3] = [Kind::Mac, Kind::Disk, Kind::Os];

fn activate(world: &mut World, device: &Fingerprint) -> Outcome {
    let device = ApplyDevice::Named(device.clone());
    world.decide(Command::Activate(Activate {
        by: ActivateBy::Instance(instance()),
        device,
        name: None,
        device_key: Some(KEY),
    }))
}

fn renew(world: &mut World, license: &str, device: &Fingerprint) -> Outcome {
    let device = ApplyDevice::Named(device.clone());
    world.decide(Command::Renew(Renew { license: license.to_owned(), device, proven: Some(KEY) }))
}

/// The license, and its id.
fn given(outcome: Outcome) -> (String, String) {
    match outcome {
        Outcome::Activated(activated) => (activated.token, activated.license_id),
        other => panic!("{other:?}"),
    }
}

fn verified(token: &str, on: &Fingerprint) -> Option<License> {
    let key = SigningKey::from_seed(&[7; 32]).verifying_key().clone();
    let trust = Trust::new("https://vendor.example", "product", "r", [key].into_iter().collect());
    let device = Device::new(on.clone(), Reading::Privileged);
    let license: UnverifiedLicense = token.parse().ok()?;
    license.verify(&trust, &device, UnixTime::from_secs(NOW)).ok()
}

fn opens(token: &str, on: &Fingerprint) -> bool {
    verified(token, on).is_some()
}

/// R48
#[test]
fn two_hundred_padded_texts_open_no_machine_that_shares_nothing() {
    for (least, limit) in
        [(Strength::Weak, 2), (Strength::Strong, 2), (Strength::Weak, 0), (Strength::Strong, 0)]
    {
        let mut world = shop(|product| (product.least_strength, product.rebase_limit) = (least, limit));
        let (token, mut license) = given(activate(&mut world, &of(&[facts(0, &USER)])));
        let mut tokens = vec![token];
        for other in 1..=200 {
            let padded =
                of(&[facts(0, &[Kind::Mac, Kind::Disk]), facts(other, &[Kind::Mac, Kind::Disk, Kind::Os])]);
            if let Outcome::Activated(newer) = renew(&mut world, &license, &padded)
                && !tokens.contains(&newer.token)
            {
                (license, _) = (newer.license_id, tokens.push(newer.token));
            }
            world.calls = 9;
            world.now = world.now.plus(1);
            let machine = of(&[facts(other, &USER)]);
            assert!(!tokens.iter().any(|token| opens(token, &machine)), "{least} {limit}: machine {other}");
        }
    }
}

/// R46, R48
#[test]
fn a_machine_that_gained_four_disks_is_served_with_what_its_seat_knows() {
    let mut world = shop(|_| {});
    let (first, license) = given(activate(&mut world, &of(&[facts(0, &USER)])));
    let disks = (1..4).flat_map(|n| facts(n, &[Kind::Disk])).collect();
    let grown = of(&[facts(0, &USER), disks]);
    assert_eq!(given(renew(&mut world, &license, &grown)).0, first, "the same bytes open it");
    assert_eq!(given(activate(&mut world, &grown)).0, first);
    assert!(opens(&first, &grown));
    // Its network card fails as well: that is counted, and the new disks are still not in it.
    let repaired = of(&[
        facts(0, &[Kind::Disk, Kind::Os]),
        facts(9, &[Kind::Mac]),
        (1..4).flat_map(|n| facts(n, &[Kind::Disk])).collect(),
    ]);
    let (second, _) = given(renew(&mut world, &license, &repaired));
    let score = verified(&second, &repaired).and_then(|license| license.verdict().copied());
    assert_eq!(score.map(|verdict| verdict.score_percent()), Some(100));
    let strange = of(&[facts(9, &[Kind::Mac]), facts(1, &[Kind::Disk]), facts(77, &[Kind::Os])]);
    assert!(!opens(&second, &strange), "its new disks name nothing");
}

/// R49
#[test]
fn one_copied_file_is_not_a_seat() {
    let mut world = shop(|product| product.least_strength = Strength::Fair);
    let (_, license) = given(activate(&mut world, &of(&[facts(0, &USER)])));
    let mut served = 0;
    for other in 1..=100 {
        world.calls = 9;
        let copied = of(&[facts(0, &[Kind::Os]), facts(other, &[Kind::Cloud])]);
        served += u32::from(!matches!(renew(&mut world, &license, &copied), Outcome::Refused(_)));
        served += u32::from(!matches!(activate(&mut world, &copied), Outcome::Refused(_)));
    }
    assert_eq!(served, 0);
}

/// R47, R51, R52
#[test]
fn what_is_seen_first_is_counted_kept_and_compared_from_then_on() {
    let mut world = shop(|product| product.least_strength = Strength::Fair);
    let (owners, license) = given(activate(&mut world, &of(&[facts(0, &USER)])));
    let on_cloud = |n: u32| of(&[facts(0, &USER), facts(n, &[Kind::Cloud])]);
    let (first, _) = given(renew(&mut world, &license, &on_cloud(1)));
    let grown = world.ledger.seats.values().next().expect("a seat").rebased[0].added.clone();
    assert_eq!(grown, ["cloud"]);
    let (second, _) = given(renew(&mut world, &license, &on_cloud(2)));
    assert_ne!(first, second, "another one of it is a change");
    let third = given(renew(&mut world, &license, &on_cloud(3))).0;
    assert_eq!(third, owners, "the limit is reached: what opens there anyway is given again");
    assert_eq!(world.ledger.turns.len(), 1, "and that is suspect");
    assert_eq!(
        given(activate(&mut world, &of(&[facts(0, &USER)]))).0,
        owners,
        "the owner is served as before"
    );
}

/// R46, R86
#[test]
fn two_texts_in_turn_store_nothing_after_the_first_of_each() {
    let mut world = shop(|_| {});
    let with_rights = [Kind::Mac, Kind::Disk, Kind::Os, Kind::Board, Kind::System];
    let texts = [
        of(&[facts(0, &with_rights)]),
        of(&[facts(0, &[Kind::Mac, Kind::Disk, Kind::Board])]),
        of(&[facts(0, &USER)]),
    ];
    for text in &texts {
        given(activate(&mut world, text));
    }
    let seats = format!("{:?}", world.ledger.seats);
    let (rows, history) = (world.ledger.applications.len(), world.ledger.history.len());
    for _ in 0..40 {
        for text in &texts {
            world.calls = 9;
            let (token, _) = given(activate(&mut world, text));
            assert!(opens(&token, text));
        }
    }
    assert_eq!((world.ledger.applications.len(), world.ledger.history.len()), (rows, history));
    assert_eq!(format!("{:?}", world.ledger.seats), seats);
}

/// R85
#[test]
fn a_seat_gets_so_many_new_licenses_a_day_and_then_the_last_one_again() {
    let mut world = shop(|product| product.daily_license_limit = 3);
    let device = of(&[facts(0, &USER)]);
    let mut ids = Vec::new();
    for n in 0..6 {
        world.catalog.default.as_mut().expect("one").features = vec![format!("f{n}")];
        ids.push(given(activate(&mut world, &device)).1);
    }
    assert_eq!((ids[3] == ids[2], ids[5] == ids[2]), (true, true), "{ids:?}");
    assert_ne!(ids[1], ids[2]);
    world.now = world.now.plus(DAY);
    assert_ne!(given(activate(&mut world, &device)).1, ids[2], "a day later it says what it should");
}

/// R25
#[test]
fn what_is_refused_costs_no_signature() {
    let mut world = shop(|_| {});
    assert_eq!(world.apply("e1", &device(1)), Outcome::Done);
    let signed = world.signed;
    assert_eq!(world.apply("e2", &device(2)), Outcome::Refused(Refusal::SeatsTaken { quantity: 1 }));
    let other = ApplyDevice::Named(of(&[facts(0, &USER)]));
    let by = ActivateBy::Instance(instance());
    let asked = Command::Activate(Activate { by, device: other, name: None, device_key: Some(KEY) });
    assert_eq!(world.decide(asked), Outcome::Refused(Refusal::SeatsTaken { quantity: 1 }));
    assert_eq!(world.signed, signed);
}

/// R35, R36, R37
#[test]
fn a_license_begins_near_its_signing_and_its_longest_time_counts_from_now() {
    let mut world = World::new(|product| product.max_license_days = Some(400));
    world.open(FactsSource::Catalog);
    let mut ask = |event: &str, from: i64, until: i64| {
        let outcome = world.decide(Command::Apply(Apply {
            instance: instance(),
            event: EventId::parse(event).expect("a name"),
            effective: UnixTime::from_secs(from),
            expires: Some(UnixTime::from_secs(until)),
            device: device(1),
        }));
        (outcome, world.claims.last().cloned())
    };
    let (done, claims) = ask("e1", 0, NOW + 30 * DAY);
    assert_eq!(done, Outcome::Done);
    assert_eq!(claims.expect("signed").not_before.as_secs(), NOW - DAY, "1970 is long ago");
    let (refused, _) = ask("e2", 4_070_908_800, 4_080_000_000);
    assert!(matches!(refused, Outcome::Refused(Refusal::OutsideValidity(_))), "{refused:?}");
    let (refused, _) = ask("e3", NOW + 31 * DAY + 1, NOW + 500 * DAY);
    assert!(matches!(refused, Outcome::Refused(Refusal::OutsideValidity(_))), "{refused:?}");
    let (done, claims) = ask("e4", NOW + 31 * DAY, NOW + 500 * DAY);
    let claims = claims.expect("signed");
    assert_eq!((done, claims.not_before.as_secs()), (Outcome::Done, NOW + 31 * DAY));
    assert_eq!(
        claims.expires_at.map(UnixTime::as_secs),
        Some(NOW + 400 * DAY),
        "from now, not from its beginning"
    );
    let (outcome, _) = ask("e5", i64::MIN, i64::MAX);
    assert_eq!(outcome, Outcome::Done);
    let (refused, _) = ask("e6", i64::MAX - 1, i64::MAX);
    assert!(matches!(refused, Outcome::Refused(_)), "{refused:?}");
}

/// R101
#[test]
fn the_end_that_is_given_by_hand_is_that_of_the_purchase() {
    for term in [Term::Periodic, Term::Perpetual] {
        let mut world = World::new(|product| (product.term, product.max_license_days) = (term, Some(30)));
        let device = of(&[facts(0, &USER)]);
        let issue = |ends_at: Option<i64>| {
            Command::IssueByHand(IssueByHand {
                instance: instance(),
                product: "product".into(),
                device: Some(device.clone()),
                starts_at: UnixTime::from_secs(NOW),
                ends_at: ends_at.map(UnixTime::from_secs),
                quantity: 1,
                test: false,
                order: None,
            })
        };
        assert!(matches!(world.decide(issue(Some(NOW + 7 * DAY))), Outcome::Issued { .. }));
        world.now = world.now.plus(5 * DAY);
        match activate(&mut world, &device) {
            Outcome::Activated(renewed) => {
                assert_eq!(renewed.expires_at.map(UnixTime::as_secs), Some(NOW + 7 * DAY), "{term:?}");
                world.now = world.now.plus(2 * DAY);
                let ended = Refusal::Ended { at: UnixTime::from_secs(NOW + 7 * DAY) };
                assert_eq!(renew(&mut world, &renewed.license_id, &device), Outcome::Refused(ended));
            }
            other => panic!("{other:?}"),
        }
        // A shorter license of it does not shorten it, a longer one lets it last, one without an end for ever.
        world.now = UnixTime::from_secs(NOW + 8 * DAY);
        for (given, expected) in
            [(Some(9), Some(9)), (Some(20), Some(20)), (Some(10), Some(20)), (None, None)]
        {
            world.decide(issue(given.map(|days| NOW + days * DAY)));
            let found = world.ledger.instances.values().next().expect("one");
            assert_eq!(
                found.ends_at.map(UnixTime::as_secs),
                expected.map(|days| NOW + days * DAY),
                "{term:?}"
            );
        }
    }
}

/// R48
#[test]
fn a_binding_is_of_the_parts_that_the_seat_knows() {
    let mut world = shop(|_| {});
    let (token, _) = given(activate(&mut world, &of(&[facts(0, &USER)])));
    let license = verified(&token, &of(&[facts(0, &USER)])).expect("valid");
    let kinds: Vec<_> = license.verdict().expect("bound").components().iter().map(|part| part.kind).collect();
    assert_eq!(kinds, USER);
    let weights = Product::ordinary().weights;
    let whole =
        Binding::new(&of(&[facts(0, &USER)]), &weights, Product::ordinary().threshold).expect("bound");
    assert_eq!(whole.kinds().count(), 3);
}
