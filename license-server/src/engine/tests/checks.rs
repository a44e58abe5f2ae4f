//! Which check speaks first, and the edges of those that look at times.

use license_core::{DeviceKey, KeyId};

use super::activating::{activated, seats};
use super::*;
use crate::engine::catalog::BindingRule;
use crate::engine::ids::SeatName;
use crate::engine::request::{Activate, ActivateBy, Activated, Deactivate, Renew, Term};

impl World {
    fn ask(&mut self, event: &str, from: i64, until: Option<i64>) -> Outcome {
        self.decide(Command::Apply(Apply {
            instance: instance(),
            event: EventId::parse(event).expect("a name"),
            effective: UnixTime::from_secs(from),
            expires: until.map(UnixTime::from_secs),
            device: device(1),
        }))
    }

    fn activate_named(&mut self, device: &ApplyDevice, name: &str) -> Outcome {
        let by = ActivateBy::Instance(instance());
        let name = Some(SeatName::parse(name).expect("a name"));
        self.decide(Command::Activate(Activate {
            by,
            device: device.clone(),
            name,
            device_key: Some(key(1)),
        }))
    }

    fn renew_with(&mut self, license: &Activated, device: &ApplyDevice, proven: KeyId) -> Outcome {
        let license = license.license_id.clone();
        self.decide(Command::Renew(Renew { license, device: device.clone(), proven: Some(proven) }))
    }

    fn give_back(&mut self, license: &Activated) -> Outcome {
        let license = license.license_id.clone();
        self.decide(Command::Deactivate(Deactivate { license, proven: Some(key(1)) }))
    }
}

fn key(n: u8) -> KeyId {
    DeviceKey::from_seed(&[n; 32]).thumbprint()
}

fn says(outcome: &Outcome, words: &str) {
    let is_said = matches!(outcome, Outcome::Refused(Refusal::OutsideValidity(why)) if why.contains(words));
    assert!(is_said, "{words}: {outcome:?}");
}

/// R35: also where the end that is asked for is within the slack.
#[test]
fn a_license_begins_before_its_order_ends() {
    let mut world = World::new(|_| {});
    let end = NOW + 20 * DAY;
    world.open(FactsSource::Known(OrderFacts { ends_at: Some(UnixTime::from_secs(end)), ..seats(1) }));
    says(&world.ask("e1", end, Some(end + DAY)), "a beginning at");
    assert_eq!(world.ask("e2", end - 1, Some(end + DAY)), Outcome::Done);
}

/// R37: the longest time is over before the license begins.
#[test]
fn what_would_end_before_it_begins_is_refused() {
    let mut world = World::new(|product| product.max_license_days = Some(10));
    world.open(FactsSource::Catalog);
    says(&world.ask("e1", NOW + 10 * DAY, Some(NOW + 30 * DAY)), "before it begins");
    assert_eq!(world.ask("e2", NOW + 10 * DAY - 1, Some(NOW + 30 * DAY)), Outcome::Done);
}

/// R36: a license whose period is over begins where it was asked to.
#[test]
fn a_license_of_a_period_that_is_over_says_so() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Catalog);
    assert_eq!(world.ask("e", NOW - 90 * DAY, Some(NOW - 60 * DAY)), Outcome::Done);
    assert_eq!(world.claims[0].not_before.as_secs(), NOW - 90 * DAY);
}

/// R38: neither a trial nor a license without an end works beyond its end.
#[test]
fn a_license_without_an_end_has_no_grace() {
    let mut world = World::new(|product| (product.term, product.grace) = (Term::Perpetual, 3600));
    world.open(FactsSource::Catalog);
    assert_eq!(world.ask("e1", NOW, None), Outcome::Done);
    assert_eq!(world.ask("e2", NOW, Some(NOW + DAY)), Outcome::Done);
    let graces: Vec<_> = world.claims.iter().map(|claims| claims.grace).collect();
    assert_eq!(graces, [0, 3600]);
}

/// R79: everything is wrong at first, and what is mended lets the next check speak.
#[test]
fn a_machine_is_told_the_first_thing_that_is_wrong() {
    let mut world = World::new(|product| product.seats = 1);
    let end = NOW + 300 * DAY;
    world.open(FactsSource::Awaited);
    world.decide(Command::Freeze { instance: instance() });
    let absent = ApplyDevice::Absent;
    let refused = |world: &mut World, device: &ApplyDevice| match world.activate_named(device, "n") {
        Outcome::Refused(refusal) => refusal,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(refused(&mut world, &absent), Refusal::Frozen);
    world.decide(Command::Unfreeze { instance: instance(), by: crate::engine::request::Actor::Store });
    assert_eq!(refused(&mut world, &absent), Refusal::Pending);
    world.learn(OrderFacts { quantity: Some(1), ..OrderFacts::default() });
    assert!(matches!(refused(&mut world, &absent), Refusal::FingerprintNeeded(_)));
    assert_eq!(refused(&mut world, &device(1)), Refusal::EndUnknown);
    world.learn(seats(1));
    let first = activated(world.activate_named(&device(1), "n"));
    assert_eq!(refused(&mut world, &device(2)), Refusal::SeatsTaken { quantity: 1 });

    // A renewal: the seat, its key, its device.
    assert_eq!(world.renew_with(&first, &device(9), key(2)), Outcome::Refused(Refusal::OtherKey));
    assert_eq!(world.renew_with(&first, &device(9), key(1)), Outcome::Refused(Refusal::OtherDevice));
    let free = Command::FreeSeat { instance: instance(), seat: SeatNo(1), reason: "lost".into() };
    assert_eq!(world.decide(free), Outcome::Done);
    assert_eq!(world.renew_with(&first, &device(9), key(2)), Outcome::Refused(Refusal::SeatGone));

    // Ended before frozen, released before all.
    world.decide(Command::Freeze { instance: instance() });
    assert_eq!(world.renew_with(&first, &device(9), key(2)), Outcome::Refused(Refusal::Frozen));
    world.now = UnixTime::from_secs(end);
    assert_eq!(refused(&mut world, &absent), Refusal::Ended { at: UnixTime::from_secs(end) });
    world.decide(Command::Release { instance: instance() });
    assert_eq!(refused(&mut world, &absent), Refusal::Released);
    assert_eq!(world.renew_with(&first, &device(9), key(2)), Outcome::Refused(Refusal::Released));
}

/// R100: a seat that was given back years ahead of time leaves all of this year's.
#[test]
fn what_was_given_back_under_a_clock_that_was_ahead_is_not_counted() {
    let mut world = World::new(|product| (product.term, product.deactivation_limit) = (Term::Perpetual, 1));
    world.open(FactsSource::Catalog);
    world.now = UnixTime::from_secs(NOW + 1_000 * DAY);
    let ahead = activated(world.activate_named(&device(1), "n"));
    assert_eq!(world.give_back(&ahead), Outcome::Deactivated(instance()));
    world.now = UnixTime::from_secs(NOW);
    let first = activated(world.activate_named(&device(1), "n"));
    assert_eq!(world.give_back(&first), Outcome::Deactivated(instance()));
    let second = activated(world.activate_named(&device(1), "n"));
    let again_at = Some(UnixTime::from_secs(NOW + 365 * DAY));
    let too_many = Refusal::TooManyDeactivations { limit: 1, again_at };
    assert_eq!(world.give_back(&second), Outcome::Refused(too_many));
}

/// R54: the name goes with the seat.
#[test]
fn what_the_buyer_called_a_machine_goes_with_its_seat() {
    let mut world = World::new(|product| product.term = Term::Perpetual);
    world.open(FactsSource::Catalog);
    let license = activated(world.activate_named(&device(1), "workshop 3"));
    let names = |world: &World| world.ledger.seats.values().filter(|seat| seat.name.is_some()).count();
    assert_eq!(names(&world), 1);
    world.give_back(&license);
    assert_eq!((names(&world), world.ledger.erased_name), (0, true));
}

/// R26: a product that names no device asks for none, and takes one that nobody can use.
#[test]
fn a_product_that_binds_to_nothing_takes_any_device() {
    let mut world = World::new(|product| (product.binding, product.seats) = (BindingRule::None, 3));
    world.open(FactsSource::Catalog);
    let junk = ApplyDevice::Unusable { identity: [9; 32], why: license_core::FingerprintError::Junk };
    for (event, device) in [("e1", &ApplyDevice::Absent), ("e2", &junk), ("e3", &device(1))] {
        assert_eq!(world.apply(event, device), Outcome::Done, "{event}");
    }
    assert!(world.claims.iter().all(|claims| claims.binding.is_none()));
}
