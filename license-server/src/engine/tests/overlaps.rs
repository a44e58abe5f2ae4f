//! What happens to each other: orders out of order, applications that overtake each other, keys that are missing.

use super::*;
use crate::engine::request::{DeliveryEnd, Refresh, Scene};

fn take(world: &mut World) -> Vec<crate::engine::outbox::TakenDelivery> {
    match world.decide(Command::TakeDeliveries { limit: 9 }) {
        Outcome::Deliveries(taken) => taken,
        other => unreachable!("{other:?}"),
    }
}

fn refresh(scene: Scene, name: &str, days: i64) -> Command {
    Command::Refresh(Refresh {
        instance: instance(),
        scene,
        order: order(name),
        product_id: None,
        ends_at: UnixTime::from_secs(NOW + days * DAY),
    })
}

/// R73, R74
#[test]
fn a_license_that_is_being_sent_is_not_taken_again_when_its_fingerprint_comes_back() {
    let mut world = World::new(|product| product.seats = 3);
    world.open(FactsSource::Catalog);
    assert_eq!(world.apply("e", &device(1)), Outcome::Done);
    assert_eq!(take(&mut world).len(), 1, "being sent");
    assert_eq!(world.apply("e", &device(2)), Outcome::Done, "overtaken");
    assert_eq!(world.apply("e", &device(1)), Outcome::Done, "and back again");
    assert_eq!(take(&mut world), [], "its first attempt is still under way");
}

/// R76
#[test]
fn a_license_that_is_being_sent_keeps_its_seat_whatever_comes_and_goes_under_its_event() {
    let mut world = World::new(|product| product.seats = 2);
    world.open(FactsSource::Catalog);
    world.apply("e", &device(1));
    let sent = take(&mut world);
    world.apply("e", &device(2));
    world.apply("e", &device(1));
    world.apply("e", &device(3));
    world.decide(Command::SettleDelivery { application: sent[0].application, end: DeliveryEnd::Delivered });
    world.count_seats();
    assert_eq!(
        world.ledger.instances.values().next().map(|found| found.counts.used.taken),
        Some(2),
        "1 is out, 3 is due"
    );
}

/// R61
#[test]
fn a_paid_trial_stays_paid_when_its_purchase_is_read_again() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Known(OrderFacts { trial: true, ..seats(1) }));
    world.decide(refresh(Scene::Renewal, "r", 400));
    world.decide(refresh(Scene::TrialToFormal, "p", 100));
    let trial = |world: &World| world.ledger.instances.values().next().map(|found| found.trial);
    assert_eq!(trial(&world), Some(false));
    world.learn(OrderFacts { trial: true, ..seats(1) });
    assert_eq!(trial(&world), Some(false));
}

/// R61
#[test]
fn an_upgrade_whose_order_names_no_time_counts() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Known(OrderFacts { starts_at: Some(world.now), ..seats(1) }));
    world.decide(Command::Upgrade { instance: instance(), order: order("u") });
    let (kind, end) = (ChangeKind::Upgrade, InquiryEnd::Known(seats(5)));
    world.decide(Command::SettleInquiry { instance: instance(), order: order("u"), kind, end });
    assert_eq!(world.ledger.instances.values().next().and_then(|found| found.quantity), Some(5));
}

/// R70
#[test]
fn what_waits_gets_its_seat_although_another_order_is_unread() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Awaited);
    assert_eq!(world.apply("e", &device(1)), Outcome::InProgress);
    world.decide(Command::Upgrade { instance: instance(), order: order("u") });
    world.settle_order(InquiryEnd::Known(seats(2)));
    assert_eq!(world.apply("f", &device(2)), Outcome::Done, "a later one is served");
    assert_eq!(world.apply("e", &device(1)), Outcome::Done, "and so is the one that waited");
}

/// R76, R77
#[test]
fn a_delivery_whose_sender_is_gone_can_be_cancelled_and_keeps_its_seat() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Catalog);
    world.apply("e", &device(1));
    take(&mut world);
    world.decide(Command::Freeze { instance: instance() });
    world.now = world.now.plus(10 * crate::engine::LEASE);
    let event = EventId::parse("e").expect("a name");
    assert_eq!(world.decide(Command::CancelDelivery { event, reason: "x".into() }), Outcome::Done);
}

/// R59
#[test]
fn a_freeze_for_another_reason_stays_when_the_order_is_read_again() {
    let mut world = World::new(|_| {});
    let ends = |days: i64| OrderFacts { ends_at: Some(UnixTime::from_secs(NOW + days * DAY)), ..seats(1) };
    world.open(FactsSource::Known(ends(10)));
    world.decide(refresh(Scene::Renewal, "r", 20));
    world.now = world.now.plus(15 * DAY);
    world.decide(Command::Freeze { instance: instance() });
    world.decide(refresh(Scene::CancelRenewal, "r", 10));
    world.learn(ends(10));
    world.decide(refresh(Scene::Renewal, "s", 40));
    let lifecycle = world.ledger.instances.values().next().map(|found| found.lifecycle);
    assert!(matches!(lifecycle, Some(crate::engine::instance::Lifecycle::Frozen { .. })), "{lifecycle:?}");
}

/// R57
#[test]
fn a_cancelled_orders_parked_inquiry_is_forgotten() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Known(seats(1)));
    world.decide(refresh(Scene::CancelRenewal, "r", 10));
    world.decide(refresh(Scene::Renewal, "r", 40));
    let asked = world
        .ledger
        .inquiries
        .values()
        .filter(|i| i.status != crate::engine::inquiry::InquiryStatus::Done)
        .count();
    assert_eq!(asked, 0);
}

/// R24, R70
#[test]
fn an_application_that_cannot_be_signed_for_lack_of_a_key_is_not_lost() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Awaited);
    assert_eq!(world.apply("e", &device(1)), Outcome::InProgress);
    world.decide(Command::Requery { instance: instance() });
    let no_key = |_: &Claims| Err("there is no signing key".to_owned());
    world.count_seats();
    let codes = crate::engine::codes::Codes::new(&[5; 32]);
    let rules = Rules {
        lease: crate::engine::LEASE,
        now: world.now,
        catalog: &world.catalog,
        issuer: "https://vendor.example",
        test: false,
        validity_slack: DAY,
        max_start_ahead: 31 * DAY,
        front_end_url: None,
        asks_orders: true,
        codes: &codes,
        forgets_answers: true,
        key_id: None,
        keys_told: None,
        sign: &no_key,
    };
    let command = Command::SettleInquiry {
        instance: instance(),
        order: purchase(),
        kind: ChangeKind::Purchase,
        end: InquiryEnd::Known(seats(1)),
    };
    decide(&mut world.ledger, &rules, &Request { replay: None, entropy: [77; 16], command });
    world.decide(Command::Requery { instance: instance() });
    world.learn(seats(1));
    assert_eq!(world.apply("e", &device(1)), Outcome::Done);
}

/// R58
#[test]
fn a_product_that_the_call_names_counts_while_its_order_is_unread() {
    let mut world = World::new(|_| {});
    let named = |id: &str, code: &str| Product {
        product_ids: vec![id.into()],
        code: code.into(),
        ..Product::ordinary()
    };
    world.catalog.products = vec![named("A", "a"), named("B", "b")];
    let product = |id: &str| crate::engine::ids::ProductRef {
        product_id: Some(crate::engine::ids::ProductName::parse(id).expect("a name")),
        ..Default::default()
    };
    let facts = |at: i64, id: &str| OrderFacts {
        starts_at: Some(UnixTime::from_secs(at)),
        product: product(id),
        ..seats(1)
    };
    world.open(FactsSource::Known(facts(NOW, "A")));
    world.decide(refresh(Scene::Renewal, "r", 100));
    let kind = ChangeKind::Scene(Scene::Renewal);
    let end = InquiryEnd::Known(facts(NOW + 1, "A"));
    world.decide(Command::SettleInquiry { instance: instance(), order: order("r"), kind, end });
    world.decide(Command::Refresh(Refresh {
        instance: instance(),
        scene: Scene::RenewalChange,
        order: order("s"),
        product_id: product("B").product_id,
        ends_at: UnixTime::from_secs(NOW + 200 * DAY),
    }));
    assert_eq!(world.ledger.instances.values().next().map(|i| i.product.clone()), Some(product("B")));
}

/// R74
#[test]
fn one_delivery_of_an_event_at_a_time_also_within_a_batch() {
    let folder = std::env::temp_dir().join(format!("rt-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("made");
    let mut db = crate::storage::Address::Sqlite(folder.join("l.db")).open().expect("opens");
    let key = SigningKey::from_seed(&[7; 32]);
    let sign = |claims: &Claims| {
        key.issue(claims).map(|t| (t.into(), key.id().to_string())).map_err(|e| e.to_string())
    };
    let catalog = Catalog { default: Some(Product::ordinary()), products: Vec::new() };
    let now = UnixTime::from_secs(NOW);
    let codes = crate::engine::codes::Codes::new(&[5; 32]);
    let rules = Rules {
        lease: crate::engine::LEASE,
        now,
        catalog: &catalog,
        issuer: "https://vendor.example",
        test: false,
        validity_slack: DAY,
        max_start_ahead: 31 * DAY,
        front_end_url: None,
        asks_orders: true,
        codes: &codes,
        forgets_answers: true,
        key_id: None,
        keys_told: None,
        sign: &sign,
    };
    let mut n = 0_u8;
    let mut batch = |commands: Vec<Command>| {
        let requests: Vec<_> = commands
            .into_iter()
            .map(|command| {
                n += 1;
                Request { replay: None, entropy: [n; 16], command }
            })
            .collect();
        db.decide(&rules, &requests.iter().collect::<Vec<_>>()).expect("written")
    };
    let apply = |d: u8| {
        Command::Apply(Apply {
            instance: instance(),
            event: EventId::parse("e").expect("a name"),
            effective: now,
            expires: Some(now.plus(30 * DAY)),
            device: device(d),
        })
    };
    let facts = FactsSource::Known(OrderFacts { starts_at: Some(now), ..seats(1) });
    batch(vec![Command::Open(Open { order: purchase(), proposed: instance(), facts })]);
    batch(vec![apply(1)]);
    let taken = batch(vec![Command::TakeDeliveries { limit: 9 }]);
    assert!(matches!(&taken[0], Outcome::Deliveries(t) if t.len() == 1));
    batch(vec![Command::Upgrade { instance: instance(), order: order("u") }]);
    assert_eq!(batch(vec![apply(2)]), [Outcome::InProgress]);
    let end = InquiryEnd::Known(OrderFacts { starts_at: Some(now.plus(1)), ..seats(2) });
    let settle =
        Command::SettleInquiry { instance: instance(), order: order("u"), kind: ChangeKind::Upgrade, end };
    let both = batch(vec![settle, Command::TakeDeliveries { limit: 9 }]);
    assert_eq!(both[1], Outcome::Deliveries(Vec::new()), "the first attempt is still under way");
}
