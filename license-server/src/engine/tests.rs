//! The rules over a ledger in memory: what a store cannot be made to show without an open API, and what is quick here.

use license_core::{Claims, Fingerprint, Kind, Realm, SigningKey, UnixTime};

use super::catalog::{Catalog, Product};
use super::ids::{EventId, InstanceId, LineId, OrderId, OrderLine, SeatNo};
use super::instance::ChangeKind;
use super::ledger::{ApplicationStatus, DeliveryStatus, Ledger};
use super::request::{
    Apply, ApplyDevice, Command, FactsSource, InquiryEnd, Open, OrderFacts, Outcome, Refusal, Request, Term,
};
use super::seat::{FOREVER, SeatUse};
use super::{Rules, decide};

const NOW: i64 = 1_790_000_000;
const DAY: i64 = 86_400;

struct World {
    ledger: Ledger,
    catalog: Catalog,
    now: UnixTime,
    calls: u8,
    key_id: Option<String>,
    /// How many licenses were signed.
    signed: u32,
    /// What they say.
    claims: Vec<Claims>,
}

/// Sells a product whose licenses do not end, one purchase of it.
fn shop(change: impl FnOnce(&mut Product)) -> World {
    let mut world = World::new(|product| {
        product.term = Term::Perpetual;
        change(product);
    });
    world.open(FactsSource::Catalog);
    world
}

impl World {
    fn new(change: impl FnOnce(&mut Product)) -> Self {
        let mut product = Product::ordinary();
        change(&mut product);
        let catalog = Catalog { default: Some(product), products: Vec::new() };
        let ledger = Ledger { next_instance: 1, next_application: 1, ..Ledger::default() };
        Self {
            ledger,
            catalog,
            now: UnixTime::from_secs(NOW),
            calls: 0,
            key_id: None,
            signed: 0,
            claims: Vec::new(),
        }
    }

    fn decide(&mut self, command: Command) -> Outcome {
        let key = SigningKey::from_seed(&[7; 32]);
        let said = std::cell::RefCell::new(Vec::new());
        let sign = |claims: &Claims| {
            said.borrow_mut().push(claims.clone());
            key.issue(claims).map(|token| (token.into(), key.id().to_string())).map_err(|e| e.to_string())
        };
        self.count_seats();
        let rules = Rules {
            lease: crate::engine::LEASE,
            forgets_answers: true,
            now: self.now,
            catalog: &self.catalog,
            issuer: "https://vendor.example",
            test: false,
            validity_slack: DAY,
            max_start_ahead: 31 * DAY,
            front_end_url: None,
            asks_orders: true,
            codes: &super::codes::Codes::new(&[5; 32]),
            key_id: self.key_id.as_deref(),
            keys_told: None,
            sign: &sign,
        };
        self.calls += 1;
        let request = Request { replay: None, entropy: [self.calls; 16], command };
        let outcome = decide(&mut self.ledger, &rules, &request);
        self.signed += u32::try_from(said.borrow().len()).expect("few");
        self.claims.extend(said.take());
        outcome
    }

    /// What storage does when it loads: count the seats that are taken now, unless that is known.
    fn count_seats(&mut self) {
        for (key, instance) in &mut self.ledger.instances {
            let seats = self.ledger.seats.iter().filter(|((of, _), seat)| {
                of == key && seat.phase == instance.seat_phase && seat.is_taken(self.now)
            });
            let taken = u32::try_from(seats.clone().count()).expect("few");
            let renewed = seats.clone().filter(|(_, seat)| seat.epoch == instance.counts.epoch).count();
            let renewed = u32::try_from(renewed).expect("few");
            let until = seats.map(|(_, seat)| seat.holds.until()).min().unwrap_or(FOREVER);
            let known = instance.counts.used;
            if known.holds_at(self.now) {
                assert_eq!((known.taken, known.renewed), (taken, renewed), "the count that was kept is true");
                assert!(known.until <= until, "it is counted again when a seat ends");
            } else {
                instance.count().used = SeatUse { taken, renewed, from: self.now, until };
            }
        }
    }

    fn open(&mut self, facts: FactsSource) -> Outcome {
        self.decide(Command::Open(Open { order: purchase(), proposed: instance(), facts }))
    }

    fn apply(&mut self, event: &str, device: &ApplyDevice) -> Outcome {
        let now = self.now;
        self.decide(Command::Apply(Apply {
            instance: instance(),
            event: EventId::parse(event).expect("a name"),
            effective: now,
            expires: Some(now.plus(30 * DAY)),
            device: device.clone(),
        }))
    }

    fn learn(&mut self, facts: OrderFacts) -> Outcome {
        self.decide(Command::Requery { instance: instance() });
        self.settle_order(InquiryEnd::Known(facts))
    }

    fn settle_order(&mut self, end: InquiryEnd) -> Outcome {
        let kind = ChangeKind::Purchase;
        self.decide(Command::SettleInquiry { instance: instance(), order: purchase(), kind, end })
    }

    fn token(&self, event: &str) -> Option<&str> {
        let keys = self.ledger.by_event.get(&EventId::parse(event).expect("a name"))?;
        keys.iter()
            .filter(|key| self.ledger.applications[key].status == ApplicationStatus::Granted)
            .find_map(|key| self.ledger.applications[key].grant.as_ref().map(|grant| grant.token.as_str()))
    }
}

fn purchase() -> OrderLine {
    order("o")
}

fn order(name: &str) -> OrderLine {
    OrderLine {
        order: OrderId::parse(name).expect("a name"),
        line: LineId::parse(&format!("{name}-1")).expect("a name"),
    }
}

fn instance() -> InstanceId {
    InstanceId::parse("instance").expect("a name")
}

fn device(n: u8) -> ApplyDevice {
    let (disk, board) = (format!("DISK-{n:04}-X"), format!("BOARD-{n:04}-X"));
    let values = [(Kind::Disk, disk.as_str()), (Kind::Board, board.as_str())];
    ApplyDevice::Named(Fingerprint::from_values(&Realm::new("r"), values).expect("two anchors"))
}

fn seats(quantity: u32) -> OrderFacts {
    OrderFacts { quantity: Some(quantity), ..OrderFacts::default() }
}

/// R21, R70
#[test]
fn applications_of_a_pending_instance_reserve_seats_and_are_judged_once_in_their_order() {
    let mut world = World::new(|_| {});
    assert_eq!(world.open(FactsSource::Awaited), Outcome::Opened(instance()));
    for n in 1..=3 {
        assert_eq!(world.apply(&format!("e{n}"), &device(n)), Outcome::InProgress);
        assert_eq!(world.apply(&format!("e{n}"), &device(n)), Outcome::InProgress, "a repeat waits too");
    }
    world.count_seats();
    assert_eq!(world.ledger.instances.values().next().map(|found| found.counts.used.taken), Some(3));
    assert_eq!(world.learn(seats(2)), Outcome::Done);
    assert_eq!(world.apply("e1", &device(1)), Outcome::Done);
    assert_eq!(world.apply("e2", &device(2)), Outcome::Done);
    let full = Outcome::Refused(Refusal::SeatsTaken { quantity: 2 });
    assert_eq!(world.apply("e3", &device(3)), full, "parked with its code");
    assert_eq!(world.learn(seats(9)), Outcome::Done);
    assert_eq!(world.apply("e3", &device(3)), full, "it was judged once");
    assert_eq!(world.apply("e4", &device(3)), Outcome::Done, "a new application is judged anew");
    let ids: std::collections::HashSet<_> =
        ["e1", "e2", "e4"].map(|e| world.token(e).expect("granted").to_owned()).into();
    assert_eq!(ids.len(), 3);
}

/// R21, R26
#[test]
fn a_pending_instance_answers_as_the_order_will_say_for_an_unusable_device() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Awaited);
    let junk = ApplyDevice::Unusable { identity: [9; 32], why: license_core::FingerprintError::Junk };
    assert_eq!(world.apply("e", &junk), Outcome::InProgress);
    assert_eq!(world.learn(seats(1)), Outcome::Done);
    assert!(matches!(world.apply("e", &junk), Outcome::Refused(Refusal::FingerprintNeeded(_))));
    assert_eq!(world.apply("f", &device(1)), Outcome::Done, "it had reserved nothing");
}

/// R11
#[test]
fn an_unknown_product_refuses_a_purchase_only_when_the_order_is_known() {
    let mut world = World::new(|_| {});
    world.catalog.default = None;
    let known = FactsSource::Known(seats(1));
    assert_eq!(world.open(known.clone()), Outcome::Refused(Refusal::NoProduct));
    assert!(world.ledger.instances.is_empty(), "nothing is stored");
    world.catalog.default = Some(Product::ordinary());
    assert_eq!(world.open(known), Outcome::Opened(instance()), "the catalog was mended");
}

/// R71
#[test]
fn an_order_that_no_entry_fits_parks_the_instance_until_the_catalog_is_mended() {
    let mut world = World::new(|_| {});
    world.catalog.default = None;
    assert_eq!(world.open(FactsSource::Awaited), Outcome::Opened(instance()));
    assert_eq!(world.apply("e", &device(1)), Outcome::InProgress);
    assert_eq!(world.learn(seats(1)), Outcome::Refused(Refusal::NoProduct));
    assert_eq!(world.apply("e", &device(1)), Outcome::InProgress, "still waiting");
    world.catalog.default = Some(Product::ordinary());
    assert_eq!(world.learn(seats(1)), Outcome::Done);
    assert_eq!(world.apply("e", &device(1)), Outcome::Done);
}

/// R22, R38, R41
#[test]
fn a_trial_says_so_and_has_no_grace_and_takes_no_seat_of_the_paid_order() {
    let mut world = World::new(|product| product.grace = 3600);
    world.open(FactsSource::Known(OrderFacts { trial: true, ..seats(1) }));
    assert_eq!(world.apply("e1", &device(1)), Outcome::Done);
    let key = SigningKey::from_seed(&[7; 32]).verifying_key().clone();
    let trust =
        license_core::Trust::new("https://vendor.example", "product", "r", [key].into_iter().collect());
    let ApplyDevice::Named(fingerprint) = device(1) else { unreachable!("named") };
    let machine = license_core::Device::new(fingerprint, license_core::Reading::Privileged);
    let license: license_core::UnverifiedLicense =
        world.token("e1").expect("granted").parse().expect("a license");
    let license = license.verify(&trust, &machine, world.now).expect("valid");
    assert!(license.is_trial());
    assert_eq!(license.grace(), 0);
    world.decide(Command::Refresh(super::request::Refresh {
        instance: instance(),
        scene: super::request::Scene::TrialToFormal,
        order: order("p"),
        product_id: None,
        ends_at: UnixTime::from_secs(NOW + 100 * DAY),
    }));
    assert_eq!(world.apply("e2", &device(2)), Outcome::Done, "the trial's machine does not count");
    assert_eq!(world.apply("e3", &device(1)), Outcome::InProgress, "the paid order may bring more seats");
    let kind = ChangeKind::Scene(super::request::Scene::TrialToFormal);
    let end = InquiryEnd::Known(seats(1));
    world.decide(Command::SettleInquiry { instance: instance(), order: order("p"), kind, end });
    assert_eq!(world.apply("e3", &device(1)), Outcome::Refused(Refusal::SeatsTaken { quantity: 1 }));
}

/// R18, R20
#[test]
fn another_fingerprint_under_an_event_takes_its_place_only_when_it_is_accepted() {
    let mut world = World::new(|product| product.seats = 1);
    world.open(FactsSource::Catalog);
    assert_eq!(world.apply("e", &device(1)), Outcome::Done);
    let first = world.token("e").expect("granted").to_owned();
    assert!(matches!(
        world.apply("e", &ApplyDevice::Absent),
        Outcome::Refused(Refusal::FingerprintNeeded(_))
    ));
    assert_eq!(world.token("e"), Some(first.as_str()), "a refused one changes nothing");
    assert_eq!(world.apply("e", &device(2)), Outcome::Done, "the undelivered one's seat is returned");
    assert_ne!(world.token("e"), Some(first.as_str()));
    let live =
        world.ledger.deliveries.values().filter(|d| matches!(d.status, DeliveryStatus::Due(_))).count();
    assert_eq!(live, 1, "one live delivery per event");
    assert_eq!(world.apply("e", &device(1)), Outcome::Done, "and back again");
    assert_eq!(world.token("e"), Some(first.as_str()), "with the bytes it had");
}

/// R54, R103
#[test]
fn a_freed_seat_is_free_and_its_device_is_a_new_one() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Catalog);
    assert_eq!(world.apply("e1", &device(1)), Outcome::Done);
    assert!(matches!(world.apply("e2", &device(2)), Outcome::Refused(Refusal::SeatsTaken { .. })));
    let free = |seat| Command::FreeSeat { instance: instance(), seat: SeatNo(seat), reason: "lost".into() };
    assert_eq!(world.decide(free(2)), Outcome::Refused(Refusal::NoSeat(SeatNo(2))));
    assert_eq!(world.decide(free(1)), Outcome::Done);
    assert_eq!(world.decide(free(1)), Outcome::Refused(Refusal::NoSeat(SeatNo(1))));
    assert_eq!(world.apply("e2", &device(2)), Outcome::Done);
    assert!(matches!(world.apply("e3", &device(1)), Outcome::Refused(Refusal::SeatsTaken { .. })));
}

/// R16, R35
#[test]
fn a_beginning_before_the_order_is_accepted_within_the_slack_and_refused_beyond() {
    let mut world = World::new(|_| {});
    let start = UnixTime::from_secs(NOW - 10 * DAY);
    let facts =
        OrderFacts { starts_at: Some(start), ends_at: Some(UnixTime::from_secs(NOW + 60 * DAY)), ..seats(9) };
    world.open(FactsSource::Known(facts));
    let mut apply = |event: &str, effective: UnixTime| {
        world.decide(Command::Apply(Apply {
            instance: instance(),
            event: EventId::parse(event).expect("a name"),
            effective,
            expires: Some(UnixTime::from_secs(NOW + 30 * DAY)),
            device: device(1),
        }))
    };
    assert_eq!(apply("in-time", start), Outcome::Done);
    assert_eq!(apply("at-the-slack", start.minus(DAY)), Outcome::Done);
    assert!(matches!(apply("beyond", start.minus(DAY + 1)), Outcome::Refused(Refusal::OutsideValidity(_))));
    assert!(matches!(
        apply("after-the-end", UnixTime::from_secs(NOW + 61 * DAY)),
        Outcome::Refused(Refusal::EmptyWindow)
    ));
}

/// R22, R60
#[test]
fn an_upgrade_that_is_not_read_yet_makes_applications_wait_instead_of_refusing_them() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Known(seats(1)));
    assert_eq!(world.apply("e1", &device(1)), Outcome::Done);
    let full = Outcome::Refused(Refusal::SeatsTaken { quantity: 1 });
    assert_eq!(world.apply("e2", &device(2)), full);
    let upgrade = Command::Upgrade { instance: instance(), order: order("u") };
    assert_eq!(world.decide(upgrade.clone()), Outcome::Done);
    assert_eq!(world.decide(upgrade), Outcome::Done, "once per order line");
    for n in 2..=3 {
        assert_eq!(world.apply(&format!("f{n}"), &device(n)), Outcome::InProgress);
    }
    let settle = |end| Command::SettleInquiry {
        instance: instance(),
        order: order("u"),
        kind: ChangeKind::Upgrade,
        end,
    };
    let retry = InquiryEnd::Retry { at: world.now.plus(1), error: "down".into() };
    assert_eq!(world.decide(settle(retry)), Outcome::Done);
    assert_eq!(world.apply("f2", &device(2)), Outcome::InProgress, "it still waits");
    let facts = OrderFacts { starts_at: Some(world.now), ..seats(2) };
    assert_eq!(world.decide(settle(InquiryEnd::Known(facts))), Outcome::Done);
    assert_eq!(world.apply("f2", &device(2)), Outcome::Done);
    assert_eq!(world.apply("f3", &device(3)), Outcome::Refused(Refusal::SeatsTaken { quantity: 2 }));
}

/// R69, R72
#[test]
fn an_order_that_contradicts_the_call_parks_the_instance_and_asking_again_mends_it() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Awaited);
    assert_eq!(world.apply("e", &device(1)), Outcome::InProgress);
    let why = "the order has no such line".to_owned();
    assert_eq!(world.settle_order(InquiryEnd::Parked { error: why.clone() }), Outcome::Done);
    let standing = |world: &World| world.ledger.instances.values().next().map(|found| found.standing.clone());
    assert_eq!(standing(&world), Some(super::instance::Standing::Problem(why)));
    assert_eq!(world.apply("e", &device(1)), Outcome::InProgress);
    assert_eq!(world.learn(seats(1)), Outcome::Done);
    assert_eq!(world.apply("e", &device(1)), Outcome::Done);
}

/// R68
#[test]
fn inquiries_are_taken_once_until_their_lease_ends() {
    let mut world = World::new(|_| {});
    world.open(FactsSource::Awaited);
    let take = |world: &mut World| match world.decide(Command::TakeInquiries { limit: 9 }) {
        Outcome::Inquiries(taken) => taken,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(take(&mut world).len(), 1);
    assert!(take(&mut world).is_empty());
    world.now = world.now.plus(super::LEASE);
    let again = take(&mut world);
    assert_eq!((again.len(), &again[0].order, again[0].kind), (1, &purchase(), ChangeKind::Purchase));
    world.settle_order(InquiryEnd::Known(seats(1)));
    world.now = world.now.plus(super::LEASE);
    assert!(take(&mut world).is_empty(), "it is known");
}

/// R59
#[test]
fn a_freeze_that_came_before_the_order_was_read_is_lifted_by_a_renewal_if_it_was_for_the_end() {
    for (ended, is_lifted) in [(true, true), (false, false)] {
        let mut world = World::new(|_| {});
        world.open(FactsSource::Awaited);
        world.decide(Command::Freeze { instance: instance() });
        let end = if ended { NOW - DAY } else { NOW + DAY };
        world.learn(OrderFacts { ends_at: Some(UnixTime::from_secs(end)), ..seats(1) });
        world.decide(Command::Refresh(super::request::Refresh {
            instance: instance(),
            scene: super::request::Scene::Renewal,
            order: order("r"),
            product_id: None,
            ends_at: UnixTime::from_secs(NOW + 100 * DAY),
        }));
        let expected = if is_lifted { Outcome::Done } else { Outcome::Refused(Refusal::Frozen) };
        assert_eq!(world.apply("e", &device(1)), expected);
    }
}

mod activating;
mod attack;
mod checks;
mod device_key;
mod first;
mod mixed;
mod overlaps;
mod search;
mod seats;
