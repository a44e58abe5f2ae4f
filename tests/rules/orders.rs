//! What orders do to an instance, and what an instance does to its orders, where no store can be asked.

use license_server::engine::ids::{ProductRef, SeatName};
use license_server::engine::instance::ChangeKind;
use license_server::engine::request::{Activate, ActivateBy, InquiryEnd, OrderFacts};

use super::*;

impl World {
    fn recorded(&self, what: &str) -> usize {
        let history = self.db.history(instance().as_str(), 99).expect("readable");
        history.iter().filter(|entry| entry.what == what).count()
    }

    fn inquiries(&mut self) -> usize {
        match self.one(Command::TakeInquiries { limit: 9 }) {
            Outcome::Inquiries(taken) => taken.len(),
            other => unreachable!("{other:?}"),
        }
    }
}

/// A purchase besides the one that every world has; it waits for its order.
fn pending() -> InstanceId {
    InstanceId::parse("pending").expect("a name")
}

fn open_pending(world: &mut World) {
    let open = Open { order: line("p"), proposed: pending(), facts: FactsSource::Awaited };
    assert_eq!(world.one(Command::Open(open)), Outcome::Opened(pending()));
}

fn waits(world: &mut World, event: &str) -> Outcome {
    let Command::Apply(apply) = world.application(event, machine(1), Some(NOW + DAY)) else { unreachable!() };
    world.one(Command::Apply(Apply { instance: pending(), ..apply }))
}

fn by_hand(of: &str) -> Command {
    let ApplyDevice::Named(fingerprint) = machine(1) else { unreachable!("named") };
    Command::IssueByHand(IssueByHand {
        instance: InstanceId::parse(of).expect("a name"),
        product: "product".into(),
        device: Some(fingerprint),
        starts_at: UnixTime::from_secs(NOW),
        ends_at: Some(UnixTime::from_secs(NOW + 300 * DAY)),
        quantity: 1,
        test: false,
        order: None,
    })
}

/// R10: the name that is proposed is another's, and each order line keeps its own.
#[test]
fn a_proposed_name_that_another_instance_has_is_not_given_twice() {
    let mut world = World::selling(|_, _| {});
    let open = Command::Open(Open { order: line("q"), proposed: instance(), facts: FactsSource::Catalog });
    let Outcome::Opened(second) = world.one(open.clone()) else { unreachable!("opened") };
    assert_ne!(second, instance());
    assert_eq!(world.one(open), Outcome::Opened(second), "and for ever");
    let first = Command::Open(Open { order: line("o"), proposed: pending(), facts: FactsSource::Catalog });
    assert_eq!(world.one(first), Outcome::Opened(instance()));
}

/// R9: also after the release.
#[test]
fn an_order_line_has_its_instance_also_after_the_release() {
    let mut world = World::selling(|_, _| {});
    assert_eq!(world.one(Command::Release { instance: instance() }), Outcome::Done);
    let open = Open { order: line("o"), proposed: pending(), facts: FactsSource::Catalog };
    assert_eq!(world.one(Command::Open(open)), Outcome::Opened(instance()));
}

/// R58: what the catalog does not know is recorded, and nothing else of the product changes.
#[test]
fn a_product_that_the_catalog_does_not_know_is_recorded() {
    let mut world = World::selling(|_, _| {});
    let before = world.row().product;
    world.one(refresh(Scene::RenewalChange, "a", NOW + 30 * DAY, Some("unknown")));
    assert_eq!((world.row().product, world.recorded("product-unknown")), (before, 1));
    assert_eq!(world.row().ends_at, Some(NOW + 30 * DAY), "the period is renewed all the same");
}

/// R60: without the open API.
#[test]
fn an_upgrade_that_nobody_can_read_is_recorded_once_and_changes_no_number() {
    let mut world = World::selling(|_, _| {});
    let end = Some(NOW + 30 * DAY);
    assert_eq!(world.apply("e1", machine(1), end), Outcome::Done);
    for _ in 0..2 {
        let upgrade = Command::Upgrade { instance: instance(), order: line("u") };
        assert_eq!(world.one(upgrade), Outcome::Done);
    }
    assert_eq!(world.recorded("upgrade-ordered"), 1);
    assert!(is_full(&world.apply("e2", machine(2), end)));
}

/// R62
#[test]
fn an_instance_may_become_what_the_catalog_serves_and_nothing_else() {
    let mut world = World::selling(|catalog, _| {
        let skus = vec!["known".into()];
        catalog.products.push(Product { code: "pro".into(), skus, ..Product::ordinary() });
    });
    let may_become = |world: &mut World, sku: &str| {
        let sku = Some(ProductName::parse(sku).expect("a name"));
        let product = ProductRef { sku, ..ProductRef::default() };
        world.one(Command::CheckChange { instance: instance(), product })
    };
    assert_eq!(may_become(&mut world, "other"), Outcome::Done, "the default serves it");
    world.catalog.default = None;
    assert_eq!(may_become(&mut world, "known"), Outcome::Done);
    assert_eq!(may_become(&mut world, "other"), Outcome::Refused(Refusal::NoSuchChange));
}

/// R66: an application that waited gets nothing, and nobody asks about the order any more.
#[test]
fn a_release_ends_what_waits_for_an_order() {
    let mut world = World::selling(|_, _| {});
    open_pending(&mut world);
    assert_eq!(waits(&mut world, "e"), Outcome::InProgress);
    assert_eq!(world.inquiries(), 1);
    world.now += LEASE;
    assert_eq!(world.one(Command::Release { instance: pending() }), Outcome::Done);
    assert_eq!(world.inquiries(), 0);
    let facts = InquiryEnd::Known(OrderFacts::default());
    let settle = Command::SettleInquiry {
        instance: pending(),
        order: line("p"),
        kind: ChangeKind::Purchase,
        end: facts,
    };
    assert_eq!(world.one(settle), Outcome::Refused(Refusal::NoInstance), "an answer that comes too late");
    assert_eq!(waits(&mut world, "e"), Outcome::Refused(Refusal::NoInstance));
    assert!(world.take().is_empty());
}

/// R72: no order says what was issued by hand.
#[test]
fn what_was_issued_by_hand_has_no_order_to_read_again() {
    let mut world = World::selling(|_, _| {});
    assert!(matches!(world.one(by_hand("hand")), Outcome::Issued { .. }));
    let hand = InstanceId::parse("hand").expect("a name");
    let requery = Command::Requery { instance: hand };
    assert_eq!(world.one(requery), Outcome::Refused(Refusal::NoOrder));
    assert_eq!(world.inquiries(), 0);
}

/// R23: no order is to be read for what was issued by hand, so the catalog alone says when it is served again.
#[test]
fn what_was_issued_by_hand_is_served_again_once_its_entry_is_back() {
    let mut world = World::selling(|_, _| {});
    let hand = InstanceId::parse("hand").expect("a name");
    assert!(matches!(world.one(by_hand("hand")), Outcome::Issued { .. }));
    let by = ActivateBy::Instance(hand);
    let activate = Command::Activate(Activate { by, device: machine(1), name: None, device_key: None });
    let entry = world.catalog.default.take();
    for _ in 0..2 {
        assert_eq!(world.one(activate.clone()), Outcome::Refused(Refusal::Pending));
    }
    world.catalog.default = entry;
    let again = world.one(activate);
    assert!(matches!(again, Outcome::Activated(_)), "{again:?}");
}

/// R66: what the buyer called a machine.
#[test]
fn a_release_erases_the_machines_names() {
    let mut world = World::selling(|_, product| product.term = Term::Perpetual);
    let (by, name) = (ActivateBy::Instance(instance()), Some(SeatName::parse("workshop 3").expect("a name")));
    let activated = world.one(Command::Activate(Activate { by, device: machine(1), name, device_key: None }));
    assert!(matches!(activated, Outcome::Activated(_)), "{activated:?}");
    let names = |world: &World| {
        let seats = world.db.seats(UnixTime::from_secs(NOW), instance().as_str()).expect("readable");
        seats.into_iter().filter_map(|seat| seat.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&world), ["workshop 3"]);
    world.one(Command::Release { instance: instance() });
    assert!(names(&world).is_empty());
}
