//! The rules over a real database, one story each: what a store, an operator and a delivery worker can do to each other.

mod orders;
mod outbox;
mod replays;
mod retention;

use license_core::{Claims, Fingerprint, Kind, Realm, SigningKey, UnixTime};
use license_server::engine::catalog::{BindingRule, Catalog, Product};
use license_server::engine::codes::Codes;
use license_server::engine::ids::{EventId, InstanceId, LineId, OrderId, OrderLine, ProductName};
use license_server::engine::outbox::TakenDelivery;
use license_server::engine::request::{
    Apply, ApplyDevice, Command, DeliveryEnd, FactsSource, IssueByHand, Open, Outcome, Refresh, Refusal,
    Request, Scene, Term,
};
use license_server::engine::{LEASE, Policy};
use license_server::storage::Database;
use license_tests::database_of;

const NOW: i64 = 1_790_000_000;
const DAY: i64 = 86_400;

struct World {
    db: Box<dyn Database>,
    catalog: Catalog,
    now: i64,
    calls: u8,
    dir: tempfile::TempDir,
}

impl World {
    fn selling(change: impl FnOnce(&mut Catalog, &mut Product)) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut catalog, mut product) = (Catalog::default(), Product::ordinary());
        change(&mut catalog, &mut product);
        catalog.default = Some(product);
        let db = database_of(dir.path()).open().expect("made");
        let mut world = Self { db, catalog, now: NOW, calls: 0, dir };
        let open = Open { order: line("o"), proposed: instance(), facts: FactsSource::Catalog };
        assert_eq!(world.one(Command::Open(open)), Outcome::Opened(instance()));
        world
    }

    /// Decides commands in one batch.
    fn batch(&mut self, commands: Vec<Command>) -> Vec<Outcome> {
        let requests = commands.into_iter().map(|command| {
            self.calls = self.calls.wrapping_add(1);
            Request { replay: None, entropy: [self.calls; 16], command }
        });
        let requests: Vec<_> = requests.collect();
        self.decide(&requests)
    }

    fn decide(&mut self, requests: &[Request]) -> Vec<Outcome> {
        let key = SigningKey::from_seed(&[7; 32]);
        let sign = |claims: &Claims| {
            key.issue(claims).map(|token| (token.into(), key.id().to_string())).map_err(|e| e.to_string())
        };
        let catalog = self.catalog.clone();
        let policy = Policy {
            catalog,
            issuer: "i".into(),
            validity_slack: DAY,
            max_start_ahead: 31 * DAY,
            front_end_url: None,
            asks_orders: false,
            lease: LEASE,
            codes: Codes::new(&[5; 32]),
        };
        let rules = policy.rules(UnixTime::from_secs(self.now), false, &sign);
        self.db.decide(&rules, &requests.iter().collect::<Vec<_>>()).expect("decided")
    }

    fn take(&mut self) -> Vec<TakenDelivery> {
        match self.one(Command::TakeDeliveries { limit: 9 }) {
            Outcome::Deliveries(taken) => taken,
            other => unreachable!("{other:?}"),
        }
    }

    fn one(&mut self, command: Command) -> Outcome {
        self.batch(vec![command]).remove(0)
    }

    fn apply(&mut self, event: &str, device: ApplyDevice, end: Option<i64>) -> Outcome {
        let command = self.application(event, device, end);
        self.one(command)
    }

    fn application(&self, event: &str, device: ApplyDevice, end: Option<i64>) -> Command {
        Command::Apply(Apply {
            instance: instance(),
            event: EventId::parse(event).expect("a name"),
            effective: UnixTime::from_secs(self.now),
            expires: end.map(UnixTime::from_secs),
            device,
        })
    }

    fn row(&self) -> license_server::storage::views::InstanceRow {
        let now = UnixTime::from_secs(self.now);
        self.db.instances(now, Some(instance().as_str()), false, 1).expect("readable").remove(0)
    }
}

fn line(order: &str) -> OrderLine {
    OrderLine {
        order: OrderId::parse(order).expect("a name"),
        line: LineId::parse(&format!("{order}-1")).expect("a name"),
    }
}

fn instance() -> InstanceId {
    InstanceId::parse("instance").expect("a name")
}

fn device(values: &[(Kind, &str)]) -> ApplyDevice {
    let found = Fingerprint::from_values(&Realm::new("r"), values.iter().copied());
    ApplyDevice::Named(found.expect("an anchor"))
}

fn machine(n: u8) -> ApplyDevice {
    let (disk, board) = (format!("DISK-{n:04}-X"), format!("BOARD-{n:04}-X"));
    device(&[(Kind::Disk, &disk), (Kind::Board, &board)])
}

fn refresh(scene: Scene, order: &str, ends_at: i64, product: Option<&str>) -> Command {
    Command::Refresh(Refresh {
        instance: instance(),
        scene,
        order: line(order),
        product_id: product.map(|id| ProductName::parse(id).expect("a name")),
        ends_at: UnixTime::from_secs(ends_at),
    })
}

fn is_full(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(Refusal::SeatsTaken { .. }))
}

/// R44, R102
#[test]
fn licenses_by_hand_for_a_known_order_renew_the_devices_seat() {
    let mut world = World::selling(|_, _| {});
    let ApplyDevice::Named(fingerprint) = machine(1) else { unreachable!("named") };
    for n in 0..2 {
        let issued = world.one(Command::IssueByHand(IssueByHand {
            instance: InstanceId::parse(&format!("proposed-{n}")).expect("a name"),
            product: "product".into(),
            device: Some(fingerprint.clone()),
            starts_at: UnixTime::from_secs(NOW),
            ends_at: Some(UnixTime::from_secs(NOW + 30 * DAY)),
            quantity: 1,
            test: false,
            order: Some(line("o")),
        }));
        assert!(matches!(issued, Outcome::Issued { instance: of, .. } if of == instance()));
    }
    assert_eq!(world.row().seats_taken, 1);
}

/// R33
#[test]
fn a_perpetual_license_does_not_outlive_an_order_whose_end_is_known() {
    let mut world = World::selling(|_, product| product.term = Term::Perpetual);
    assert_eq!(world.apply("e1", machine(1), None), Outcome::Done);
    let expires = |world: &World| {
        world.db.licenses(UnixTime::from_secs(NOW), "instance").expect("readable")[0].expires_at
    };
    assert_eq!(expires(&world), None, "nothing is known of an end");
    world.one(refresh(Scene::Renewal, "a", NOW + 9 * DAY, None));
    assert_eq!(world.apply("e2", machine(1), None), Outcome::Done);
    assert_eq!(expires(&world), Some(NOW + 9 * DAY));
    world.one(refresh(Scene::CancelRenewal, "a", NOW - DAY, None));
    let refused = world.apply("e3", machine(1), None);
    assert!(matches!(refused, Outcome::Refused(Refusal::OutsideValidity(_))), "{refused:?}");
}

/// R59
#[test]
fn a_freeze_long_before_the_end_stays_though_the_end_moves_past_it_and_on() {
    let mut world = World::selling(|_, _| {});
    world.one(refresh(Scene::Renewal, "a", NOW + 300 * DAY, None));
    world.now += 10 * DAY;
    world.one(Command::Freeze { instance: instance() });
    world.now += DAY;
    world.one(refresh(Scene::CancelRenewal, "a", NOW + 5 * DAY, None));
    world.one(refresh(Scene::Renewal, "b", NOW + 400 * DAY, None));
    assert_eq!(world.apply("e", machine(1), Some(NOW + 100 * DAY)), Outcome::Refused(Refusal::Frozen));
}

/// R59
#[test]
fn a_freeze_for_the_end_is_lifted_though_a_late_renewal_ended_before_now() {
    let mut world = World::selling(|_, _| {});
    world.one(refresh(Scene::Renewal, "a", NOW + 10 * DAY, None));
    world.now += 10 * DAY;
    world.one(Command::Freeze { instance: instance() });
    world.now += 5 * DAY;
    world.one(refresh(Scene::Renewal, "b", NOW + 12 * DAY, None));
    assert_eq!(world.row().state, "frozen");
    world.one(refresh(Scene::Renewal, "c", NOW + 40 * DAY, None));
    assert_eq!(world.row().state, "active");
}

/// R41
#[test]
fn a_second_line_of_the_paid_order_does_not_empty_the_paid_seats() {
    let mut world = World::selling(|_, _| {});
    let end = NOW + 100 * DAY;
    world.one(refresh(Scene::TrialToFormal, "a", end, None));
    assert_eq!(world.apply("e1", machine(1), Some(end)), Outcome::Done);
    world.one(refresh(Scene::TrialToFormal, "b", end, None));
    assert!(is_full(&world.apply("e2", machine(2), Some(end))));
}

/// R43
#[test]
fn licenses_for_no_device_take_a_seat_each_until_they_end_or_the_instance_is_renewed() {
    let mut world = World::selling(|_, product| product.binding = BindingRule::None);
    let end = NOW + 30 * DAY;
    world.one(refresh(Scene::Renewal, "a", end, None));
    assert_eq!(world.apply("e1", ApplyDevice::Absent, Some(end)), Outcome::Done);
    assert_eq!(world.apply("e1", ApplyDevice::Absent, Some(end)), Outcome::Done, "a repeat");
    assert!(is_full(&world.apply("e2", ApplyDevice::Absent, Some(end))));
    world.one(refresh(Scene::Renewal, "b", end + 30 * DAY, None));
    assert_eq!(world.apply("e3", ApplyDevice::Absent, Some(end + 30 * DAY)), Outcome::Done);
    assert!(is_full(&world.apply("e4", ApplyDevice::Absent, Some(end + 30 * DAY))));
    world.now = end + 30 * DAY;
    world.one(refresh(Scene::Renewal, "c", end + 90 * DAY, None));
    assert_eq!(world.apply("e5", ApplyDevice::Absent, Some(end + 60 * DAY)), Outcome::Done);
    assert_eq!(world.row().seats_taken, 1);
}

/// R58
#[test]
fn a_cancelled_change_gives_the_product_back_in_either_order() {
    let change = || refresh(Scene::RenewalChange, "b", NOW + 300 * DAY, Some("P2"));
    let cancel = || refresh(Scene::CancelRenewal, "b", NOW + 100 * DAY, None);
    for commands in [vec![change(), cancel()], vec![cancel(), change()]] {
        let mut world = World::selling(|catalog, _| {
            let product_ids = vec!["P2".into()];
            catalog.products.push(Product { code: "pro".into(), product_ids, ..Product::ordinary() });
        });
        for command in commands {
            world.one(command);
        }
        assert_eq!(world.row().product, serde_json::json!({ "sku": null, "product_id": null }));
    }
}

/// R20
#[test]
fn a_superseded_application_that_comes_again_does_not_get_what_has_ended() {
    let mut world = World::selling(|_, product| product.seats = 5);
    let (first, second) = (machine(1), machine(2));
    let end = Some(NOW + DAY);
    let batch = vec![world.application("e", first.clone(), end), world.application("e", second, end)];
    world.batch(batch);
    world.now += 10 * DAY;
    assert_eq!(world.apply("e", first, Some(world.now + 30 * DAY)), Outcome::Done);
    assert_eq!(world.row().seats_taken, 1, "it works");
}

/// R44
#[test]
fn a_device_keeps_the_seat_it_holds_when_an_older_one_that_has_ended_fits_as_well() {
    let mut world = World::selling(|_, _| {});
    let (old, new, board) =
        ((Kind::Disk, "DISK-AAAA-17"), (Kind::Disk, "DISK-BBBB-29"), (Kind::Board, "BOARD-XX-31"));
    assert_eq!(world.apply("e1", device(&[old, board]), Some(NOW + DAY)), Outcome::Done);
    world.now += 2 * DAY;
    let end = Some(world.now + 30 * DAY);
    assert_eq!(world.apply("e2", device(&[new, board]), end), Outcome::Done);
    assert_eq!(
        world.apply("e3", device(&[old, new, board]), end),
        Outcome::Done,
        "the old disk is back as well"
    );
}
