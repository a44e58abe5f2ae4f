//! Machines that ask by themselves: what only the rules can be made to show.

use super::*;
use crate::engine::codes::{CodeDigest, Codes};
use crate::engine::ids::SeatName;
use crate::engine::request::{Activate, ActivateBy, Activated, Refresh, Renew, Scene};

pub(super) fn seats(quantity: u32) -> OrderFacts {
    OrderFacts {
        quantity: Some(quantity),
        ends_at: Some(UnixTime::from_secs(NOW + 300 * DAY)),
        ..OrderFacts::default()
    }
}

impl World {
    fn activate(&mut self, device: &ApplyDevice) -> Outcome {
        let by = ActivateBy::Instance(instance());
        self.decide(Command::Activate(Activate { by, device: device.clone(), name: None, device_key: None }))
    }

    fn with_code(&mut self, counter: u32, device: &ApplyDevice) -> Outcome {
        let code = Codes::new(&[5; 32]).of(&instance(), counter).digest.expect("a code");
        let by = ActivateBy::Code(code);
        self.decide(Command::Activate(Activate { by, device: device.clone(), name: None, device_key: None }))
    }
}

#[track_caller]
pub(super) fn activated(outcome: Outcome) -> Activated {
    match outcome {
        Outcome::Activated(activated) => *activated,
        other => unreachable!("{other:?}"),
    }
}

/// R78, R104
#[test]
fn a_code_is_worth_nothing_from_the_moment_in_which_it_is_replaced() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Known(seats(2)));
    assert!(!activated(world.with_code(0, &device(1))).had_seat);
    assert_eq!(world.decide(Command::ReplaceCode { instance: instance() }), Outcome::Code(1));
    assert_eq!(world.with_code(0, &device(1)), Outcome::Refused(Refusal::UnknownCode));
    assert!(activated(world.with_code(1, &device(1))).had_seat, "seats stay");
    let unknown = ActivateBy::Code(CodeDigest([0; 32]));
    let asked = Activate { by: unknown, device: device(1), name: None, device_key: None };
    assert_eq!(world.decide(Command::Activate(asked)), Outcome::Refused(Refusal::UnknownCode));
}

/// R22
#[test]
fn an_order_that_is_still_to_be_read_may_have_brought_the_seat_that_is_missing() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Known(seats(1)));
    activated(world.activate(&device(1)));
    world.decide(Command::Upgrade { instance: instance(), order: order("u") });
    assert_eq!(world.activate(&device(2)), Outcome::Refused(Refusal::Pending));
    let (kind, facts) = (ChangeKind::Upgrade, OrderFacts { quantity: Some(2), ..OrderFacts::default() });
    let end = InquiryEnd::Known(facts);
    world.decide(Command::SettleInquiry { instance: instance(), order: order("u"), kind, end });
    assert_eq!(activated(world.activate(&device(2))).seats_left, 0);
    assert_eq!(world.activate(&device(3)), Outcome::Refused(Refusal::SeatsTaken { quantity: 2 }));
}

/// R84
#[test]
fn a_license_of_an_older_key_is_given_anew() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Known(seats(1)));
    let signed_with = SigningKey::from_seed(&[7; 32]).id().to_string();
    let first = activated(world.activate(&device(1)));
    world.key_id = Some(signed_with);
    assert_eq!(activated(world.activate(&device(1))).token, first.token);
    world.key_id = Some("another key".into());
    assert_ne!(activated(world.activate(&device(1))).token, first.token);
}

/// R84
#[test]
fn a_changed_product_is_a_newer_license() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Known(seats(1)));
    let first = activated(world.activate(&device(1)));
    let changes: [fn(&mut Product); 4] = [
        |product| product.features = vec!["mesh".into()],
        |product| product.grace = 60,
        |product| product.code = "other".into(),
        |product| product.threshold = 70.try_into().expect("a threshold"),
    ];
    let mut last = first.token;
    for change in changes {
        world.catalog.default.as_mut().map(change).expect("an entry");
        let next = activated(world.activate(&device(1))).token;
        assert_ne!(next, last);
        assert_eq!(activated(world.activate(&device(1))).token, next);
        last = next;
    }
    assert_eq!(world.ledger.seats.len(), 1);
}

/// R41
#[test]
fn a_trials_machine_takes_a_seat_of_the_paid_order_with_a_license_of_its_own() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Known(OrderFacts { trial: true, ..seats(1) }));
    let trial = activated(world.activate(&device(1)));
    world.decide(Command::Refresh(Refresh {
        instance: instance(),
        scene: Scene::TrialToFormal,
        order: order("paid"),
        product_id: None,
        ends_at: UnixTime::from_secs(NOW + 400 * DAY),
    }));
    let paid = activated(world.activate(&device(1)));
    assert_eq!((paid.had_seat, paid.expires_at), (false, Some(UnixTime::from_secs(NOW + 400 * DAY))));
    let renewed =
        world.decide(Command::Renew(Renew { license: trial.license_id, device: device(1), proven: None }));
    assert_eq!(activated(renewed).token, paid.token);
}

/// R24
#[test]
fn what_cannot_be_signed_takes_no_seat() {
    let mut world = World::new(|product| product.code = String::new());
    world.open(FactsSource::Known(seats(1)));
    assert!(matches!(world.activate(&device(1)), Outcome::Refused(Refusal::Unsignable(_))));
    assert!(world.ledger.seats.is_empty() && world.ledger.applications.is_empty());
}

#[test]
fn a_name_is_1_to_64_printable_characters_and_is_not_printed() {
    for bad in ["", " \t", "a\nb", "\u{7f}", "x\u{2066}y", "\u{feff}x", &"x".repeat(65)] {
        assert!(SeatName::parse(bad).is_err(), "{bad:?}");
    }
    for (text, name) in
        [("  workshop 3 ", "workshop 3"), ("三号机", "三号机"), (&"x".repeat(64), &"x".repeat(64))]
    {
        let parsed = SeatName::parse(text).expect("a name");
        assert_eq!((parsed.as_str(), format!("{parsed:?}").as_str()), (name, "SeatName(***)"));
    }
}
