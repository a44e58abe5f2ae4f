//! What leaves, what is in doubt, and what that does to seats.

use super::*;

/// R74, R76
#[test]
fn a_license_that_was_delivered_just_as_another_took_its_place_keeps_its_seat() {
    for in_one_batch in [true, false] {
        let mut world = World::selling(|_, product| product.seats = 2);
        let end = Some(NOW + 30 * DAY);
        assert_eq!(world.apply("e", machine(1), end), Outcome::Done);
        let due = world.take();
        let newer = world.application("e", machine(2), end);
        let settled =
            Command::SettleDelivery { application: due[0].application, end: DeliveryEnd::Delivered };
        if in_one_batch {
            assert_eq!(world.batch(vec![newer, settled]), [Outcome::Done, Outcome::Done]);
        } else {
            assert_eq!(world.one(newer), Outcome::Done);
            assert_eq!(world.row().seats_taken, 2, "the first may be out");
            assert!(world.take().is_empty(), "one delivery of an event at a time");
            assert_eq!(world.one(settled), Outcome::Done);
        }
        assert_eq!(world.row().seats_taken, 2, "both licenses are out");
        assert_eq!(world.db.licenses(UnixTime::from_secs(NOW), "instance").expect("readable").len(), 2);
        assert!(is_full(&world.apply("f", machine(3), end)));
    }
}

/// R64, R66, R74
#[test]
fn a_delivery_of_a_frozen_or_released_instance_is_not_due() {
    let mut world = World::selling(|_, _| {});
    assert_eq!(world.apply("e", machine(1), Some(NOW + DAY)), Outcome::Done);
    let now = UnixTime::from_secs(NOW);
    let is_due = |world: &World| world.db.has_due_deliveries(now).expect("readable");
    assert!(is_due(&world));
    world.one(Command::Freeze { instance: instance() });
    assert!(!is_due(&world));
    assert!(world.take().is_empty());
    world.one(Command::Unfreeze { instance: instance(), by: license_server::engine::request::Actor::Store });
    assert!(is_due(&world));
    world.one(Command::Release { instance: instance() });
    assert!(!is_due(&world));
    assert!(world.take().is_empty());
}

/// R18, R73
#[test]
fn a_taken_delivery_is_left_alone_until_its_lease_ends() {
    let mut world = World::selling(|_, _| {});
    assert_eq!(world.apply("e", machine(1), Some(NOW + DAY)), Outcome::Done);
    let first = world.take();
    assert_eq!(first.len(), 1);
    assert!(world.take().is_empty());
    assert_eq!(
        world.apply("e", machine(1), Some(NOW + DAY)),
        Outcome::Done,
        "a repeat does not send it twice"
    );
    assert!(world.take().is_empty());
    world.now += LEASE;
    assert_eq!(world.take(), first, "whoever had it is gone: the same bytes again");
}

/// R20, R76
#[test]
fn a_license_that_may_be_out_keeps_its_seat_and_one_that_is_not_returns_it() {
    for (uncertain, taken) in [(true, 2), (false, 1)] {
        let mut world = World::selling(|_, product| product.seats = 2);
        assert_eq!(world.apply("e", machine(1), Some(NOW + DAY)), Outcome::Done);
        let application = world.take()[0].application;
        let end = DeliveryEnd::Retry { at: UnixTime::from_secs(NOW + 5), error: "x".into(), uncertain };
        assert_eq!(world.one(Command::SettleDelivery { application, end }), Outcome::Done);
        assert_eq!(world.apply("e", machine(2), Some(NOW + DAY)), Outcome::Done);
        assert_eq!(world.row().seats_taken, taken, "uncertain: {uncertain}");
    }
    // The same where the newer application comes while the first is being sent.
    for (uncertain, taken) in [(true, 2), (false, 1)] {
        let mut world = World::selling(|_, product| product.seats = 2);
        assert_eq!(world.apply("e", machine(1), Some(NOW + DAY)), Outcome::Done);
        let application = world.take()[0].application;
        assert_eq!(world.apply("e", machine(2), Some(NOW + DAY)), Outcome::Done);
        let end = DeliveryEnd::Retry { at: UnixTime::from_secs(NOW + 5), error: "x".into(), uncertain };
        assert_eq!(world.one(Command::SettleDelivery { application, end }), Outcome::Done);
        assert_eq!(world.row().seats_taken, taken, "uncertain: {uncertain}");
        world.now += 2 * LEASE;
        let now_sent: Vec<_> = world.take().into_iter().map(|delivery| delivery.application).collect();
        assert!(!now_sent.is_empty() && !now_sent.contains(&application), "only the newer one is sent");
    }
}

/// R76
#[test]
fn the_only_seat_is_another_machines_only_when_the_first_license_is_known_not_to_be_out() {
    let mut world = World::selling(|_, _| {});
    assert_eq!(world.apply("e", machine(1), Some(NOW + DAY)), Outcome::Done);
    let application = world.take()[0].application;
    assert!(is_full(&world.apply("e", machine(2), Some(NOW + DAY))), "it is being sent");
    let end =
        DeliveryEnd::Retry { at: UnixTime::from_secs(NOW + 5), error: "refused".into(), uncertain: false };
    assert_eq!(world.one(Command::SettleDelivery { application, end }), Outcome::Done);
    assert_eq!(world.apply("e", machine(2), Some(NOW + DAY)), Outcome::Done);
    assert_eq!(world.row().seats_taken, 1);
}

/// R73, R76
#[test]
fn after_a_crash_while_a_license_was_sent_it_counts_as_out() {
    let mut world = World::selling(|_, product| product.seats = 2);
    assert_eq!(world.apply("e", machine(1), Some(NOW + DAY)), Outcome::Done);
    let first = world.take()[0].application;
    assert_eq!(world.apply("e", machine(2), Some(NOW + DAY)), Outcome::Done);
    world.db.end_leases(UnixTime::from_secs(NOW)).expect("written");
    if world.db.is_shared() {
        assert!(world.take().is_empty(), "another server may be sending it");
        world.now += LEASE;
    }
    let mut sent: Vec<_> = world.take();
    sent.extend(world.take());
    assert_eq!(sent.len(), 1, "one live delivery per event");
    assert_ne!(sent[0].application, first);
    assert_eq!(world.row().seats_taken, 2);
    // The one in doubt may have had to wait for the other one's turn.
    let (application, end) = (sent[0].application, DeliveryEnd::Delivered);
    world.one(Command::SettleDelivery { application, end });
    assert!(world.take().is_empty());
    assert_eq!(world.row().seats_taken, 2);
    let history = world.db.history("instance", 9).expect("readable");
    assert!(history.iter().any(|entry| entry.what == "delivery-in-doubt"), "{history:?}");
}

/// R75, R77
#[test]
fn a_parked_delivery_is_tried_again_or_given_up_by_the_operator() {
    let mut world = World::selling(|_, _| {});
    let event = EventId::parse("e").expect("a name");
    let (retry, cancel) = (
        Command::RetryDelivery { event: event.clone() },
        Command::CancelDelivery { event: event.clone(), reason: "moved".into() },
    );
    let nothing = Outcome::Refused(Refusal::NoDelivery(event.clone()));
    assert_eq!(world.one(retry.clone()), nothing);
    assert_eq!(world.apply("e", machine(1), Some(NOW + DAY)), Outcome::Done);
    let taken = world.take();
    assert_eq!(world.one(cancel.clone()), Outcome::Refused(Refusal::BeingSent(event)));
    let end = DeliveryEnd::Parked { error: "final".into(), uncertain: false };
    world.one(Command::SettleDelivery { application: taken[0].application, end });
    assert!(world.take().is_empty());
    assert_eq!(world.one(retry.clone()), Outcome::Done);
    let again = world.take();
    assert_eq!(again[0].token, taken[0].token);
    let end = DeliveryEnd::Parked { error: "final".into(), uncertain: false };
    world.one(Command::SettleDelivery { application: again[0].application, end });
    assert_eq!(world.one(cancel), Outcome::Done);
    assert_eq!(world.row().seats_taken, 0);
    assert_eq!(world.one(retry), nothing);
    assert_eq!(world.apply("e", machine(1), Some(NOW + DAY)), Outcome::Done, "it may be asked for again");
    assert_eq!((world.row().seats_taken, &world.take()[0].token), (1, &taken[0].token));
}

/// R76
#[test]
fn a_license_in_doubt_stays_so_when_its_application_comes_again_and_is_overtaken_once_more() {
    let mut world = World::selling(|_, product| product.seats = 2);
    let end = Some(NOW + 30 * DAY);
    assert_eq!(world.apply("e", machine(1), end), Outcome::Done);
    let taken = world.take();
    assert_eq!(world.apply("e", machine(2), end), Outcome::Done);
    let (at, error) = (UnixTime::from_secs(NOW), "no answer".to_owned());
    let lost = DeliveryEnd::Retry { at, error, uncertain: true };
    world.one(Command::SettleDelivery { application: taken[0].application, end: lost });
    assert_eq!(world.apply("e", machine(1), end), Outcome::Done);
    assert_eq!(world.row().seats_taken, 1, "the second never left");
    assert_eq!(world.apply("e", machine(2), end), Outcome::Done);
    assert_eq!(world.row().seats_taken, 2, "the first may still be at the store");
}
