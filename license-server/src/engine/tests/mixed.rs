//! All ways to a license on one seat in turn, by whoever has its key and by whoever has only a file, while the catalog
//! changes in between.

use std::collections::BTreeMap;

use license_core::{Binding, Device, KeyId, Reading, Threshold, UnverifiedLicense};

use super::search::{KINDS, Random, fact, fingerprint, product};
use super::*;
use crate::engine::YEAR;
use crate::engine::catalog::BindingRule;
use crate::engine::request::{
    Activate, ActivateBy, Activated, Actor, Deactivate, IssueByHand, Renew, Term,
};

const KEY: KeyId = KeyId::from_bytes([1; 32]);

/// A machine's facts: of each kind the one with this number.
fn shows(list: &[(Kind, u8)]) -> ApplyDevice {
    let facts = list.iter().map(|(kind, n)| fact(*kind, *n, 0)).collect();
    ApplyDevice::Named(fingerprint(facts).expect("a machine"))
}

fn shop(change: impl FnOnce(&mut Product)) -> World {
    let mut world = World::new(|product| {
        product.term = Term::Perpetual;
        change(product);
    });
    world.open(FactsSource::Catalog);
    world
}

impl World {
    fn product(&mut self) -> &mut Product {
        self.catalog.default.as_mut().expect("one")
    }

    fn asks_by_code(&mut self, device: &ApplyDevice, device_key: Option<KeyId>) -> Outcome {
        self.calls %= 250;
        let by = ActivateBy::Instance(instance());
        self.decide(Command::Activate(Activate { by, device: device.clone(), name: None, device_key }))
    }

    fn asks_with(&mut self, license: &str, device: &ApplyDevice, proven: Option<KeyId>) -> Outcome {
        self.calls %= 250;
        self.decide(Command::Renew(Renew { license: license.to_owned(), device: device.clone(), proven }))
    }
}

fn of(outcome: Outcome) -> Activated {
    match outcome {
        Outcome::Activated(activated) => *activated,
        other => panic!("{other:?}"),
    }
}

fn bound(token: &str) -> Option<Binding> {
    let issued = token.parse::<UnverifiedLicense>().and_then(|token| token.of_own_records());
    issued.expect("a license").binding().cloned()
}

fn opens(binding: &Binding, on: &ApplyDevice) -> bool {
    let on = on.named().expect("a machine").clone();
    binding.check(&Device::new(on, Reading::Privileged)).passes()
}

#[test]
fn a_seat_of_no_device_in_particular_becomes_one_machines_when_its_product_binds() {
    let mut world = shop(|product| product.binding = BindingRule::None);
    let license = of(world.asks_by_code(&ApplyDevice::Absent, Some(KEY)));
    assert_eq!(bound(&license.token), None);
    world.product().binding = BindingRule::Hardware;
    let machine = |n| shows(&[(Kind::Disk, n), (Kind::Board, n), (Kind::Os, n)]);
    let served = (1..=6).filter(|n| {
        let outcome = world.asks_with(&license.license_id, &machine(*n), Some(KEY));
        matches!(outcome, Outcome::Activated(given) if opens(&bound(&given.token).expect("bound"), &machine(*n)))
    });
    assert_eq!(served.collect::<Vec<_>>(), [1], "the first machine has the seat from then on");
}

#[test]
fn files_that_are_renewed_without_a_key_count_among_a_seats_bindings_as_long_as_they_are_given() {
    let mut world = shop(|product| product.rebase_limit = 2);
    let machine = |disk, board, os| shows(&[(Kind::Disk, disk), (Kind::Board, board), (Kind::Os, os)]);
    // Year one: two counted steps by the code. Each machine goes on renewing with its file alone.
    let mut machines = vec![machine(1, 1, 1), machine(2, 1, 1), machine(2, 2, 1)];
    let mut files = Vec::new();
    let mut given: Vec<(UnixTime, Binding)> = Vec::new();
    for machine in &machines {
        let license = of(world.asks_by_code(machine, None));
        given.push((world.now, bound(&license.token).expect("bound")));
        files.push(license.license_id);
        world.now = world.now.plus(DAY);
    }
    for (nth, next) in [machine(2, 2, 2), machine(3, 2, 2), machine(3, 3, 2)].into_iter().enumerate() {
        // Up to the last moment.
        while world.now < UnixTime::from_secs(NOW + YEAR + DAY + i64::try_from(nth).expect("small") * DAY) {
            for (file, machine) in files.clone().iter().zip(machines.clone()) {
                if let Outcome::Activated(license) = world.asks_with(file, &machine, None) {
                    given.push((world.now, bound(&license.token).expect("bound")));
                }
            }
            world.now = world.now.plus(DAY / 2);
        }
        if let Outcome::Activated(license) = world.asks_by_code(&next, None) {
            given.push((world.now, bound(&license.token).expect("bound")));
            files.push(license.license_id);
            machines.push(next);
        }
        let mut year: Vec<&Binding> = Vec::new();
        for (at, binding) in &given {
            if at.plus(YEAR) > world.now && !year.contains(&binding) {
                year.push(binding);
            }
        }
        assert!(year.len() <= 3, "{} bindings of 3 in a year, after step {nth}", year.len());
    }
}

#[test]
fn a_part_that_had_no_weight_when_it_was_shown_lets_no_further_machine_in_once_it_has_one() {
    let weights = Product::ordinary().weights;
    let mut world = shop(|product| {
        product.rebase_limit = 0;
        for kind in [Kind::Disk, Kind::Board, Kind::Os] {
            product.weights = product.weights.with(kind, 0).expect("a weight");
        }
    });
    // Of the first machine only the address counts; what stands beside it is another machine's.
    let first = shows(&[(Kind::Mac, 1)]);
    let text = shows(&[(Kind::Mac, 1), (Kind::Disk, 2), (Kind::Board, 2), (Kind::Os, 2)]);
    let license = of(world.asks_by_code(&text, Some(KEY)));
    assert!(opens(&bound(&license.token).expect("bound"), &first));
    world.product().weights = weights;
    let second = shows(&[(Kind::Mac, 2), (Kind::Disk, 2), (Kind::Board, 2), (Kind::Os, 2)]);
    assert!(matches!(world.asks_by_code(&second, Some(KEY)), Outcome::Refused(_)));
}

fn short(of: &Fingerprint) -> String {
    of.components().iter().map(|c| format!("{}{}.{}", c.kind, c.digest.as_bytes()[0], c.digest.as_bytes()[1])).collect::<Vec<_>>().join(" ")
}

/// Parts that a binding names, with which rights they were read playing no part.
fn named(binding: &Binding) -> String {
    serde_json::to_string(binding).expect("json").replace(",\"priv\":true", "")
}

fn text(random: &mut Random, machines: usize) -> Option<Fingerprint> {
    let (mut facts, leading) = (Vec::new(), random.below(machines));
    let spread = random.one_of(&[2, 3, 6, 40]);
    for kind in KINDS {
        if random.one_in(4) {
            continue;
        }
        for _ in 0..=random.below(kind.limit()) {
            let of = if random.one_in(spread) { random.below(machines) } else { leading };
            let nth = if kind.limit() > 1 { random.below(2) } else { 0 };
            let mut one = fact(kind, u8::try_from(of).expect("few"), u8::try_from(nth).expect("few"));
            if random.one_in(3) {
                one[0] |= 0x80;
            }
            facts.push(one);
        }
    }
    fingerprint(facts)
}

#[test]
fn whatever_way_a_seat_is_asked_for_it_gives_no_more_bindings_in_a_year_than_its_limit() {
    let rounds: u64 =
        std::env::var("LICENSE_TESTS_ATTACK").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    let changes = std::env::var("ATTACK_CHANGES").is_ok();
    let (mut asked, mut answered) = (0, 0);
    let mut worst = Vec::new();
    let only: Option<u64> = std::env::var("ATTACK_SEED").ok().and_then(|text| text.parse().ok());
    for seed in only.map_or(0..rounds, |seed| seed..seed + 1) {
        let mut random = Random(seed + 991_000_000);
        let mut entry = product(&mut random);
        entry.seats = random.one_of(&[1, 1, 1, 2]);
        entry.deactivation_limit = 100;
        entry.daily_license_limit = random.one_of(&[2, 8, 100]);
        let mut limit = entry.rebase_limit as usize;
        let mut world = shop(|product| *product = entry);
        let mut licenses: Vec<String> = Vec::new();
        let mut given: BTreeMap<u32, Vec<(UnixTime, String)>> = BTreeMap::new();
        let machines = random.one_of(&[2_usize, 3, 5, 9]);
        // A fleet of old agents, of new ones, or of both.
        let keys: Vec<Option<KeyId>> = match random.below(3) {
            0 => vec![None],
            1 => vec![Some(KEY)],
            _ => vec![None, Some(KEY), Some(KeyId::from_bytes([2; 32]))],
        };
        let stock: Vec<Fingerprint> = (0..6).filter_map(|_| text(&mut random, machines)).collect();
        let pace = random.one_of(&[[0, 1, 60, DAY, 20 * DAY, 90 * DAY, 364 * DAY, 367 * DAY],
            [0, DAY / 2, DAY, DAY, 30 * DAY, 60 * DAY, 120 * DAY, 180 * DAY]]);
        for nth in 0..60_u32 {
            asked += 1;
            world.now = world.now.plus(random.one_of(&pace));
            let shown = if random.one_in(3) { text(&mut random, machines) } else { stock.get(random.below(stock.len().max(1))).cloned() };
            let Some(shown) = shown else { continue };
            let key = random.one_of(&keys);
            let before: Vec<String> = world.claims.iter().map(|known| known.license_id.clone()).collect();
            let device = ApplyDevice::Named(shown.clone());
            world.calls %= 250;
            if changes && random.one_in(10) {
                let fresh = product(&mut random);
                let entry = world.product();
                match random.below(4) {
                    0 => entry.threshold = fresh.threshold,
                    1 => entry.weights = fresh.weights,
                    2 => entry.least_strength = fresh.least_strength,
                    _ => entry.binding = if entry.binding == BindingRule::None { BindingRule::Hardware } else { BindingRule::None },
                }
                limit = limit.max(entry.rebase_limit as usize);
            }
            let way = random.below(8);
            let token = match way {
                0 | 1 => {
                    let n = if random.one_in(2) { random.below(6) } else { 100 + nth as usize };
                    let event = format!("e{n}");
                    if world.apply(&event, &device) != Outcome::Done {
                        continue;
                    }
                    // What is delivered under this event for this very text.
                    let identity = shown.identity().to_vec();
                    let of_event = world.ledger.by_event[&EventId::parse(&event).expect("a name")].clone();
                    of_event.iter().map(|key| &world.ledger.applications[key]).find(|known| known.identity == identity)
                        .filter(|_| world.claims.len() > before.len())
                        .and_then(|known| known.grant.as_ref().map(|grant| grant.token.as_str().to_owned()))
                }
                2 | 3 => match world.asks_by_code(&device, key) {
                    Outcome::Activated(license) => Some(license.token),
                    _ => None,
                },
                4..=6 if !licenses.is_empty() => {
                    let which = licenses[random.below(licenses.len())].clone();
                    match world.asks_with(&which, &device, key) {
                        Outcome::Activated(license) => Some(license.token),
                        _ => None,
                    }
                }
                _ => {
                    match random.below(6) {
                        0 => { world.decide(Command::Freeze { instance: instance() }); }
                        1 | 2 => { world.decide(Command::Unfreeze { instance: instance(), by: Actor::Store }); }
                        3 if !licenses.is_empty() => {
                            let license = licenses[random.below(licenses.len())].clone();
                            world.decide(Command::Deactivate(Deactivate { license, proven: key }));
                        }
                        _ => {
                            let product = world.product().code.clone();
                            let starts_at = world.now;
                            let by_hand = IssueByHand { instance: instance(), product, device: Some(shown.clone()), starts_at, ends_at: None, quantity: 1, test: false, order: None };
                            if let Outcome::Issued { token, .. } = world.decide(Command::IssueByHand(by_hand)) {
                                let _ = token;
                            }
                        }
                    }
                    None
                }
            };
            // By whatever way: what was signed is out.
            let fresh: Vec<String> = world.claims.iter().filter(|c| !before.contains(&c.license_id)).map(|c| c.license_id.clone()).collect();
            let mut out = Vec::new();
            for known in world.ledger.applications.values() {
                let Some(grant) = &known.grant else { continue };
                if fresh.contains(&grant.license_id) || token.as_deref() == Some(grant.token.as_str()) {
                    out.push((grant.license_id.clone(), grant.token.as_str().to_owned(), known.seat.expect("a seat").0));
                }
            }
            for (id, token, seat) in out {
                answered += 1;
                let Some(binding) = bound(&token) else { continue };
                if !opens(&binding, &device) {
                    worst.push(format!("seed {seed}.{nth}: does not open where it was asked for"));
                }
                licenses.push(id);
                given.entry(seat).or_default().push((world.now, named(&binding)));
                if only.is_some() {
                    let seat = world.ledger.seats.values().find(|s| s.no.0 == seat).unwrap();
                    println!("{nth} day {} seat {} way {way} key {:?} shows {} gives {}\n     given {:?}\n     steps {:?}", (world.now.as_secs() - NOW) as f64 / DAY as f64, seat.no, key.map(|k| k.as_bytes()[0]), short(&shown), named(&binding),
                        seat.given, seat.rebased.iter().map(|r| ((r.at.as_secs() - NOW) / DAY, r.changed.clone(), r.added.clone())).collect::<Vec<_>>());
                }
                let mut year: Vec<&String> = Vec::new();
                for (at, bound) in &given[&seat] {
                    if at.plus(YEAR) > world.now && !year.contains(&bound) {
                        year.push(bound);
                    }
                }
                if year.len() > limit + 1 {
                    worst.push(format!("seed {seed}.{nth}: seat {seat}: {} bindings of {limit} + 1", year.len()));
                }
            }
        }
    }
    println!("{asked} texts shown, {answered} answered; {} faults", worst.len());
    assert!(worst.is_empty(), "{:#?}", &worst[..worst.len().min(12)]);
}
