//! Keys of machines: who may move a seat, and how often a key may be another one.

use license_core::{Binding, Device, DeviceKey, KeyId, Reading, UnverifiedLicense};

use super::activating::{activated, seats};
use super::*;
use crate::engine::request::{Activate, ActivateBy, Activated, Deactivate, Renew};

fn key(n: u8) -> KeyId {
    DeviceKey::from_seed(&[n; 32]).thumbprint()
}

/// What a license names: the key, and what it is bound to.
fn said(license: &Activated) -> (Option<KeyId>, Option<Binding>) {
    let issued = license.token.parse::<UnverifiedLicense>().and_then(|token| token.of_own_records());
    let issued = issued.expect("a license");
    (issued.device_key(), issued.binding().cloned())
}

fn opens(license: &Activated, on: &ApplyDevice) -> bool {
    let ApplyDevice::Named(fingerprint) = on else { return false };
    let device = Device::new(fingerprint.clone(), Reading::Privileged);
    said(license).1.is_some_and(|binding| binding.check(&device).passes())
}

/// A machine of parts that are named by their numbers.
fn parts(disk: u8, board: u8, os: u8) -> ApplyDevice {
    let values = [
        (Kind::Disk, format!("DISK-{disk:04}-X")),
        (Kind::Board, format!("BOARD-{board:04}-X")),
        (Kind::Os, format!("9f1c2b3a4d5e6f708192a3b4c5d6{os:02x}ab")),
    ];
    let values = values.iter().map(|(kind, value)| (*kind, value.as_str()));
    ApplyDevice::Named(Fingerprint::from_values(&Realm::new("r"), values).expect("anchors"))
}

impl World {
    fn with_seats(count: u32, change: impl FnOnce(&mut Product)) -> Self {
        let mut world = Self::new(change);
        world.open(FactsSource::Known(seats(count)));
        world
    }

    fn by_code(&mut self, device: &ApplyDevice, device_key: Option<KeyId>) -> Outcome {
        let by = ActivateBy::Instance(instance());
        self.decide(Command::Activate(Activate { by, device: device.clone(), name: None, device_key }))
    }

    fn renew(&mut self, license: &Activated, device: &ApplyDevice, proven: Option<KeyId>) -> Outcome {
        let license = license.license_id.clone();
        self.decide(Command::Renew(Renew { license, device: device.clone(), proven }))
    }

    fn deactivate(&mut self, license: &Activated, proven: Option<KeyId>) -> Outcome {
        self.decide(Command::Deactivate(Deactivate { license: license.license_id.clone(), proven }))
    }

    fn moves(&self) -> Vec<String> {
        let seat = self.ledger.seats.values().next().expect("a seat");
        seat.rebased.iter().map(|rebase| rebase.changed.join("+")).collect()
    }

    fn key_of_seat(&self) -> Option<KeyId> {
        self.ledger.seats.values().next().expect("a seat").device_key
    }
}

/// R95, R99
#[test]
fn only_the_seats_key_renews_moves_and_frees_it() {
    let mut world = World::with_seats(1, |_| {});
    let first = activated(world.by_code(&parts(1, 1, 1), Some(key(1))));
    assert_eq!(said(&first).0, Some(key(1)));
    let padded = parts(9, 1, 1);
    for (proven, refusal) in [(None, Refusal::ProofMissing), (Some(key(2)), Refusal::OtherKey)] {
        for device in [&parts(1, 1, 1), &padded, &parts(9, 9, 9)] {
            assert_eq!(world.renew(&first, device, proven), Outcome::Refused(refusal.clone()));
        }
        assert_eq!(world.deactivate(&first, proven), Outcome::Refused(refusal));
    }
    assert!(world.moves().is_empty());
    let moved = activated(world.renew(&first, &padded, Some(key(1))));
    assert!(opens(&moved, &padded) && world.moves() == ["disk"]);
    assert_eq!(world.deactivate(&first, Some(key(1))), Outcome::Deactivated(instance()));
    assert_eq!(world.deactivate(&first, None), Outcome::Deactivated(instance()), "it is nobody's any more");
}

/// R96
#[test]
fn a_seat_without_a_key_is_renewed_exactly_as_it_is_bound_whatever_is_shown() {
    let mut world = World::with_seats(1, |_| {});
    let own = parts(1, 1, 1);
    let first = activated(world.by_code(&own, None));
    let (key_of_thief, thiefs) = (Some(key(9)), parts(9, 9, 9));
    for proven in [None, key_of_thief] {
        for drifted in [parts(1, 1, 2), parts(1, 2, 1), parts(2, 1, 1)] {
            let again = activated(world.renew(&first, &drifted, proven));
            assert_eq!(again.token, first.token, "the same bytes");
        }
        assert_eq!(world.renew(&first, &thiefs, proven), Outcome::Refused(Refusal::OtherDevice));
        assert_eq!(world.deactivate(&first, proven), Outcome::Refused(Refusal::CodeNeeded));
    }
    assert!(world.moves().is_empty() && world.key_of_seat().is_none());
    // A newer license says the same of the device.
    world.catalog.default.as_mut().expect("an entry").features = vec!["mesh".into()];
    let newer = activated(world.renew(&first, &parts(1, 1, 2), None));
    assert_ne!(newer.token, first.token);
    assert_eq!(said(&newer), said(&first));
    assert!(opens(&newer, &own) && !opens(&newer, &thiefs));
}

/// R93, R96
#[test]
fn an_old_license_of_a_seat_without_a_key_leads_to_what_the_newest_is_bound_to() {
    let mut world = World::with_seats(1, |_| {});
    let first = activated(world.by_code(&parts(1, 1, 1), None));
    let second = activated(world.by_code(&parts(1, 2, 1), None));
    assert_eq!(world.moves(), ["board"]);
    assert_eq!(activated(world.renew(&first, &parts(1, 1, 1), None)).token, second.token);
    assert_eq!(activated(world.renew(&first, &parts(1, 2, 1), None)).token, second.token);
}

/// R96
#[test]
fn what_a_license_for_any_machine_becomes_bound_to_only_the_code_says() {
    let mut world =
        World::with_seats(1, |product| product.binding = crate::engine::catalog::BindingRule::None);
    let first = activated(world.by_code(&ApplyDevice::Absent, None));
    world.catalog.default.as_mut().expect("an entry").binding = crate::engine::catalog::BindingRule::Hardware;
    assert_eq!(world.renew(&first, &parts(9, 9, 9), None), Outcome::Refused(Refusal::CodeNeeded));
}

/// R97
#[test]
fn the_code_gives_a_seat_its_first_key_and_that_is_no_move() {
    let mut world = World::with_seats(1, |product| product.rebase_limit = 0);
    let before = activated(world.by_code(&parts(1, 1, 1), None));
    let after = activated(world.by_code(&parts(1, 1, 1), Some(key(1))));
    assert_eq!((said(&before).0, said(&after).0), (None, Some(key(1))));
    assert!(world.moves().is_empty());
    // The old file is worth nothing without the key from now on.
    assert_eq!(world.renew(&before, &parts(1, 1, 1), None), Outcome::Refused(Refusal::ProofMissing));
    assert_eq!(activated(world.renew(&before, &parts(1, 1, 1), Some(key(1)))).token, after.token);
}

/// R97
#[test]
fn another_key_by_the_code_is_a_move_and_so_is_counted_and_limited() {
    let mut world = World::with_seats(1, |product| product.rebase_limit = 2);
    let device = parts(1, 1, 1);
    activated(world.by_code(&device, Some(key(1))));
    for n in 2..=3 {
        let license = activated(world.by_code(&device, Some(key(n))));
        assert_eq!((said(&license).0, world.key_of_seat()), (Some(key(n)), Some(key(n))));
    }
    assert_eq!(world.moves(), ["device key", "device key"]);
    // One more gets the license that there is, which names the key that stays.
    let kept = activated(world.by_code(&device, Some(key(4))));
    assert_eq!((said(&kept).0, world.key_of_seat()), (Some(key(3)), Some(key(3))));
    assert_eq!(world.renew(&kept, &device, Some(key(4))), Outcome::Refused(Refusal::OtherKey));
    assert_eq!(activated(world.by_code(&device, None)).token, kept.token, "as does an agent without one");
    assert_eq!(activated(world.by_code(&device, Some(key(3)))).token, kept.token);
    world.now = world.now.plus(366 * DAY);
    world.learn(OrderFacts { ends_at: Some(world.now.plus(300 * DAY)), ..seats(1) });
    assert_eq!(said(&activated(world.by_code(&device, Some(key(4))))).0, Some(key(4)), "a year later");
}

/// R97
#[test]
fn a_new_board_and_a_lost_key_are_one_move() {
    let mut world = World::with_seats(1, |product| product.rebase_limit = 1);
    activated(world.by_code(&parts(1, 1, 1), Some(key(1))));
    let license = activated(world.by_code(&parts(1, 2, 1), Some(key(2))));
    assert_eq!(world.moves(), ["board+device key"]);
    assert_eq!(said(&license).0, Some(key(2)));
}

/// R98
#[test]
fn licenses_that_others_ask_for_on_a_seat_name_its_key() {
    let mut world = World::with_seats(1, |_| {});
    activated(world.by_code(&parts(1, 1, 1), Some(key(1))));
    assert_eq!(world.apply("store", &parts(1, 1, 1)), Outcome::Done);
    let of_store = world.token("store").expect("a license").parse::<UnverifiedLicense>().expect("a token");
    assert_eq!(of_store.of_own_records().expect("claims").device_key(), Some(key(1)));
}
