//! What goes after its time, what stays however old it is, and what a repeat gets then.

use license_server::engine::instance::ChangeKind;
use license_server::engine::request::{ActivateBy, InquiryEnd, OrderFacts, Renew};
use license_server::storage::Param;
use license_server::storage::retention::{DELETED_AT_ONCE, Prunable, Retention};

use super::*;

/// A license that never ends here.
const LONG: i64 = NOW + 3000 * DAY;

impl World {
    /// Deletes what may go now, step by step; how many rows were there in each step.
    fn prune(&mut self, table: Prunable) -> Vec<usize> {
        let kept = Retention::default().of(table).expect("not for ever");
        let (before, mut next, mut steps) =
            (UnixTime::from_secs(self.now - kept), Some(i64::MIN), Vec::new());
        while let Some(after) = next {
            let found = self.db.find_old(table, before, after).expect("readable");
            let gone = self.db.prune(table, before, &found.keys).expect("written");
            assert_eq!(gone, found.keys.len() as u64);
            steps.extend(Some(found.keys.len()).filter(|keys| *keys > 0));
            next = found.next;
        }
        steps
    }

    fn deliver_all(&mut self) {
        for taken in self.take() {
            let settled =
                Command::SettleDelivery { application: taken.application, end: DeliveryEnd::Delivered };
            assert_eq!(self.one(settled), Outcome::Done);
        }
    }

    /// The texts of a query's first column.
    fn texts(&self, query: &str) -> Vec<String> {
        let mut found = Vec::new();
        let read = self.db.select(query, &[], &mut |row| {
            found.push(row.text(0)?.unwrap_or_default().to_owned());
            Ok(())
        });
        read.expect("readable");
        found
    }

    fn applications(&self) -> Vec<String> {
        self.texts("SELECT event_id FROM application ORDER BY n")
    }

    fn token(&self, event: &str) -> String {
        self.texts(&format!("SELECT token FROM application WHERE event_id = '{event}'")).remove(0)
    }

    fn license_id(&self, event: &str) -> String {
        self.texts(&format!("SELECT license_id FROM application WHERE event_id = '{event}'")).remove(0)
    }
}

/// R107
#[test]
fn a_license_that_ended_goes_unless_its_seat_has_no_newer_one() {
    let mut world = World::selling(|_, product| {
        (product.seats, product.max_license_days) = (9, Some(365));
    });
    let end = NOW + 30 * DAY;
    for (event, n) in [("replaced", 1), ("last of its seat", 2)] {
        assert_eq!(world.apply(event, machine(n), Some(end)), Outcome::Done);
    }
    world.deliver_all();
    world.now = end + DAY;
    assert_eq!(world.apply("newer", machine(1), Some(end + 30 * DAY)), Outcome::Done);
    assert_eq!(world.apply("still valid", machine(3), Some(end + 364 * DAY)), Outcome::Done);
    assert_eq!(world.apply("newest", machine(4), Some(end + 30 * DAY)), Outcome::Done);
    world.deliver_all();

    world.now = end + 400 * DAY;
    assert_eq!(world.prune(Prunable::Applications), [0; 0], "not a second too early");
    world.now += 1;
    assert_eq!(world.prune(Prunable::Applications), [1]);
    let left = ["last of its seat", "newer", "still valid", "newest"];
    assert_eq!(world.applications(), left);
    assert_eq!(world.texts("SELECT 'x' FROM delivery").len(), 4, "a delivery goes with its application");

    let license = world.license_id("last of its seat");
    let renewed = world.one(Command::Renew(Renew { license, device: machine(2), proven: None }));
    assert!(matches!(renewed, Outcome::Activated(_)), "a machine that was away for long: {renewed:?}");
    assert_eq!(world.prune(Prunable::Applications), [1], "its seat has another now");
    assert_eq!(world.one(Command::Release { instance: instance() }), Outcome::Done);
    world.now += 30 * DAY;
    assert_eq!(world.prune(Prunable::Applications), [2], "nobody can ask of a released purchase");
    assert_eq!(world.applications(), ["still valid", ""]);
}

/// R18, R107
#[test]
fn a_repeat_of_a_license_that_is_valid_gets_the_same_bytes_after_everything_else_went() {
    let mut world = World::selling(|_, _| {});
    assert_eq!(world.apply("e", machine(1), Some(LONG)), Outcome::Done);
    let first = world.take();
    world.one(Command::SettleDelivery { application: first[0].application, end: DeliveryEnd::Delivered });
    let token = world.token("e");
    world.now += 2000 * DAY;
    for (table, steps) in Prunable::ALL.into_iter().zip([vec![], vec![1], vec![], vec![]]) {
        assert_eq!(world.prune(table), steps, "{table:?}");
    }
    assert_eq!(world.apply("e", machine(1), Some(LONG)), Outcome::Done);
    assert!(world.take().is_empty(), "it was delivered");
    assert_eq!((world.token("e"), &first[0].token), (token.clone(), &token));
    let rows = world.db.licenses(UnixTime::from_secs(world.now), "instance").expect("readable");
    assert_eq!(rows.iter().map(|row| row.delivery).collect::<Vec<_>>(), ["delivered"]);
}

#[test]
fn superseded_and_refused_applications_go_and_those_that_wait_stay() {
    let mut world = World::selling(|_, product| product.seats = 9);
    let batch =
        vec![world.application("e", machine(1), Some(LONG)), world.application("e", machine(2), Some(LONG))];
    assert_eq!(world.batch(batch), [Outcome::Done, Outcome::Done]);
    world.deliver_all();
    let pending = |name: &str| Open {
        order: line(name),
        proposed: InstanceId::parse(name).expect("a name"),
        facts: FactsSource::Awaited,
    };
    let apply_to =
        |world: &World, name: &str, event: &str, n| match world.application(event, machine(n), Some(LONG)) {
            Command::Apply(apply) => {
                Command::Apply(Apply { instance: InstanceId::parse(name).expect("a name"), ..apply })
            }
            other => unreachable!("{other:?}"),
        };
    for name in ["small", "unread"] {
        world.one(Command::Open(pending(name)));
        for n in 1..3 {
            let command = apply_to(&world, name, &format!("{name} {n}"), n);
            assert_eq!(world.one(command), Outcome::InProgress);
        }
    }
    let known = OrderFacts { quantity: Some(1), ..OrderFacts::default() };
    world.one(Command::SettleInquiry {
        instance: InstanceId::parse("small").expect("a name"),
        order: line("small"),
        kind: ChangeKind::Purchase,
        end: InquiryEnd::Known(known),
    });
    let refused = Outcome::Refused(Refusal::SeatsTaken { quantity: 1 });
    world.now += 400 * DAY;
    assert_eq!(world.prune(Prunable::Applications), [0; 0]);
    let repeated = apply_to(&world, "small", "small 2", 2);
    assert_eq!(world.one(repeated), refused, "the answer it got");
    world.now += 1;
    assert_eq!(world.prune(Prunable::Applications), [2]);
    assert_eq!(world.applications(), ["e", "small 1", "unread 1", "unread 2"]);
    assert_eq!(world.apply("e", machine(1), Some(LONG)), Outcome::Done, "it may come again");
}

/// R76
#[test]
fn a_superseded_license_that_may_be_at_the_store_stays_while_its_seat_is_taken() {
    let mut world = World::selling(|_, product| product.seats = 9);
    assert_eq!(world.apply("e", machine(1), Some(LONG)), Outcome::Done);
    let taken = world.take();
    assert_eq!(world.apply("e", machine(2), Some(LONG)), Outcome::Done);
    let (at, error) = (UnixTime::from_secs(NOW), "no answer".to_owned());
    let end = DeliveryEnd::Retry { at, error, uncertain: true };
    world.one(Command::SettleDelivery { application: taken[0].application, end });
    world.deliver_all();
    world.now += 1000 * DAY;
    assert_eq!(world.prune(Prunable::Applications), [0; 0]);
    assert_eq!(world.prune(Prunable::Deliveries), [1], "that of the other one");
    let freed = Command::FreeSeat {
        instance: instance(),
        seat: license_server::engine::ids::SeatNo(1),
        reason: "lost".into(),
    };
    assert_eq!(world.one(freed), Outcome::Done);
    assert_eq!(world.prune(Prunable::Applications), [1]);
}

#[test]
fn finished_deliveries_go_and_what_is_shown_stays_true() {
    let mut world = World::selling(|_, product| product.seats = 9);
    for (event, n) in [("cancelled", 1), ("done", 2)] {
        assert_eq!(world.apply(event, machine(n), Some(LONG)), Outcome::Done);
        if event == "cancelled" {
            let event = EventId::parse(event).expect("a name");
            assert_eq!(
                world.one(Command::CancelDelivery { event, reason: "not wanted".into() }),
                Outcome::Done
            );
        }
    }
    world.deliver_all();
    for (event, n) in [("parked", 3), ("due", 4)] {
        assert_eq!(world.apply(event, machine(n), Some(LONG)), Outcome::Done);
        if event == "parked" {
            let taken = world.take();
            let end = DeliveryEnd::Parked { error: "refused".into(), uncertain: false };
            world.one(Command::SettleDelivery { application: taken[0].application, end });
        }
    }
    let shown = |world: &World| -> Vec<&str> {
        let rows = world.db.licenses(UnixTime::from_secs(world.now), "instance").expect("readable");
        rows.iter().map(|row| row.delivery).collect()
    };
    let before = shown(&world);
    assert_eq!(before, ["due", "parked", "delivered"]);
    world.now += 90 * DAY;
    assert_eq!(world.prune(Prunable::Deliveries), [0; 0]);
    world.now += 1;
    assert_eq!(world.prune(Prunable::Deliveries), [2]);
    assert_eq!(shown(&world), before);
    assert_eq!(world.apply("cancelled", machine(1), Some(LONG)), Outcome::Done, "it may come again");
    assert_eq!(world.take().len(), 2, "it and the one that was due");

    world.one(Command::Release { instance: instance() });
    world.now += 90 * DAY + 1;
    assert_eq!(world.prune(Prunable::Deliveries), [0; 0]);
    assert_eq!(shown(&world), ["cancelled", "cancelled", "delivered", "cancelled"], "they never arrived");
}

#[test]
fn history_goes_and_notices_once_they_are_handled() {
    let mut world = World::selling(|_, product| product.seats = 9);
    for order in ["open", "handled"] {
        assert_eq!(world.one(Command::Notice { order: line(order) }), Outcome::Done);
    }
    world.now += 200 * DAY;
    let ApplyDevice::Named(fingerprint) = machine(1) else { unreachable!("named") };
    let issued = world.one(Command::IssueByHand(IssueByHand {
        instance: InstanceId::parse("by-hand").expect("a name"),
        product: "product".into(),
        device: Some(fingerprint),
        starts_at: UnixTime::from_secs(world.now),
        ends_at: None,
        quantity: 1,
        test: false,
        order: Some(line("handled")),
    }));
    assert!(matches!(issued, Outcome::Issued { .. }), "{issued:?}");
    assert_eq!(world.prune(Prunable::Notices), [0; 0]);
    world.now += 90 * DAY + 1;
    assert_eq!(world.prune(Prunable::Notices), [1]);
    assert_eq!(world.db.open_notices(9).expect("readable").len(), 1);
    assert_eq!(world.prune(Prunable::History), [0; 0]);
    world.now += 640 * DAY;
    assert_eq!(world.prune(Prunable::History), [1]);
    assert_eq!(world.prune(Prunable::Applications), [0; 0], "its license never ends");
}

#[test]
fn ten_thousand_old_rows_go_in_many_steps_and_calls_in_between_are_answered() {
    let mut world = World::selling(|_, product| product.seats = 99);
    let rows: Vec<_> = (0..=10_000_i64).map(|n| (1_000_000 + n, format!("old {n}"))).collect();
    let applications: Vec<_> = rows
        .iter()
        .map(|(n, event)| {
            // The last one is young: the highest key stays in any case.
            let made_at = if *n == 1_010_000 { LONG } else { NOW };
            [Param::Int(*n), Param::Text(event), Param::Bytes(Some(b"")), Param::Int(made_at)]
        })
        .collect();
    let sets: Vec<&[Param<'_>]> = applications.iter().map(|params| &params[..]).collect();
    let insert = "INSERT INTO application (n, instance, event_id, identity, created_at, status) \
         VALUES (?1, (SELECT max(n) FROM instance), ?2, ?3, ?4, 3)";
    world.db.execute(insert, &sets).expect("written");
    let sets: Vec<&[Param<'_>]> = applications.iter().map(|params| &params[..1]).collect();
    let insert = "INSERT INTO delivery (application, instance, status, at, attempts) \
         VALUES (?1, (SELECT max(n) FROM instance), 3, 0, 0)";
    world.db.execute(insert, &sets).expect("written");

    world.now += 401 * DAY;
    let before = UnixTime::from_secs(world.now - 400 * DAY);
    let (mut next, mut steps, mut gone) = (Some(i64::MIN), 0, 0);
    while let Some(after) = next {
        let found = world.db.find_old(Prunable::Applications, before, after).expect("readable");
        assert!(found.keys.len() <= DELETED_AT_ONCE);
        gone += world.db.prune(Prunable::Applications, before, &found.keys).expect("written");
        (next, steps) = (found.next, steps + 1);
        assert_eq!(
            world.apply(&format!("young {}", steps % 30), machine(steps % 30), Some(LONG)),
            Outcome::Done
        );
    }
    assert!(steps >= 50, "{steps}");
    assert_eq!(gone, 10_000);
    assert_eq!(world.texts("SELECT 'x' FROM application WHERE event_id LIKE 'old%'").len(), 1);
    assert_eq!(world.texts("SELECT 'x' FROM delivery WHERE status = 3").len(), 1);
    assert_eq!(world.texts("SELECT 'x' FROM application WHERE event_id LIKE 'young%'").len(), 30);
}

#[test]
fn a_key_is_never_given_twice() {
    let mut world = World::selling(|_, _| {});
    let end = Some(NOW + DAY);
    assert_eq!(world.apply("e", machine(1), end), Outcome::Done);
    let event = EventId::parse("e").expect("a name");
    world.one(Command::CancelDelivery { event, reason: "not wanted".into() });
    world.now += 401 * DAY;
    assert_eq!(world.prune(Prunable::Applications), [0; 0], "SQLite would give its key to the next one");
    assert_eq!(world.apply("f", machine(1), Some(LONG)), Outcome::Done);
    assert_eq!(world.prune(Prunable::Applications), [1]);
    assert_eq!(world.applications(), ["f"]);
}

#[test]
fn a_row_that_is_needed_again_after_it_was_found_stays() {
    let mut world = World::selling(|_, product| product.seats = 9);
    let batch = vec![
        world.application("e", machine(1), Some(LONG)),
        world.application("e", machine(2), Some(LONG)),
        world.application("f", machine(2), Some(LONG)),
    ];
    world.batch(batch);
    world.deliver_all();
    world.now += 401 * DAY;
    let before = UnixTime::from_secs(world.now - 400 * DAY);
    let found = world.db.find_old(Prunable::Applications, before, i64::MIN).expect("readable");
    assert_eq!(found.keys.len(), 1);
    assert_eq!(world.apply("e", machine(1), Some(LONG)), Outcome::Done);
    assert_eq!(world.db.prune(Prunable::Applications, before, &found.keys), Ok(0));
    assert_eq!(world.applications(), ["e", "e", "f"]);
}

#[test]
fn of_two_servers_one_prunes_until_its_lease_ends_or_it_says_when_the_next_pass_is() {
    let mut world = World::selling(|_, _| {});
    let mut other = database_of(world.dir.path()).open().expect("opens");
    let at = |seconds: i64| UnixTime::from_secs(NOW + seconds);
    for round in 0..20 {
        let now = at(round * 100);
        assert_eq!(world.db.is_pruning_due(now), Ok(true));
        let race = std::sync::Barrier::new(2);
        let take = |db: &mut Box<dyn Database>, who: &str| {
            race.wait();
            db.lease_pruning(who, now, now.plus(60)).expect("written")
        };
        let (one, two) = std::thread::scope(|scope| {
            let (one, two) =
                (scope.spawn(|| take(&mut world.db, "a")), scope.spawn(|| take(&mut other, "b")));
            (one.join().expect("no panic"), two.join().expect("no panic"))
        });
        assert!(one ^ two, "round {round}: {one} {two}");
        assert_eq!(other.is_pruning_due(now.plus(59)), Ok(false));
        let (winner, loser) = if one { (&mut world.db, &mut other) } else { (&mut other, &mut world.db) };
        let names = if one { ("a", "b") } else { ("b", "a") };
        assert_eq!(winner.lease_pruning(names.0, now.plus(30), now.plus(90)), Ok(true), "it goes on");
        assert_eq!(loser.lease_pruning(names.1, now.plus(89), now.plus(200)), Ok(false));
    }
    let now = at(10_000);
    assert_eq!(other.lease_pruning("gone", now, now.plus(DAY)), Ok(true));
    assert_eq!(world.db.is_pruning_due(now.plus(-2 * DAY)), Ok(true), "its clock was wrong");
    assert_eq!(world.db.lease_pruning("a", now.plus(-2 * DAY), now), Ok(true));
}

#[test]
fn a_time_far_in_the_future_among_the_rows_does_not_end_the_walk() {
    let mut world = World::selling(|_, _| {});
    let at = |n: i64| if n == 2 { LONG * 2 } else { NOW };
    let rows: Vec<_> = (1..=3).map(|n| [Param::Int(at(n))]).collect();
    let sets: Vec<&[Param<'_>]> = rows.iter().map(|params| &params[..]).collect();
    let insert = "INSERT INTO history (instance, at, what, detail) VALUES (1, ?1, 'x', '')";
    world.db.execute(insert, &sets).expect("written");
    world.now += 731 * DAY;
    assert_eq!(world.prune(Prunable::History), [2]);
}

/// R107
#[test]
fn the_license_that_a_machine_asked_for_last_stays() {
    let mut world = World::selling(|_, product| product.max_license_days = Some(10));
    let activate = Command::Activate(license_server::engine::request::Activate {
        by: ActivateBy::Instance(instance()),
        device: machine(1),
        name: None,
        device_key: None,
    });
    let Outcome::Activated(first) = world.one(activate) else { unreachable!("activated") };
    world.now += 20 * DAY;
    let renew =
        |license: &str| Command::Renew(Renew { license: license.into(), device: machine(1), proven: None });
    let Outcome::Activated(second) = world.one(renew(&first.license_id)) else { unreachable!("renewed") };
    assert_ne!(first.token, second.token);
    world.now += 1000 * DAY;
    assert_eq!(world.prune(Prunable::Applications), [1]);
    assert_eq!(world.one(renew(&first.license_id)), Outcome::Refused(Refusal::UnknownLicense));
    assert!(matches!(world.one(renew(&second.license_id)), Outcome::Activated(_)));
}
