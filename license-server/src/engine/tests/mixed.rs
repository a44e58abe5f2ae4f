//! All ways to a license on one seat in turn, by whoever has its key and by whoever has only a file, while the catalog
//! changes in between.

use std::collections::{BTreeMap, BTreeSet};

use license_core::{Binding, Device, KeyId, Reading, UnverifiedLicense};

use super::search::{KINDS, Random, fact, fingerprint, product};
use super::*;
use crate::engine::YEAR;
use crate::engine::catalog::BindingRule;
use crate::engine::request::{Activate, ActivateBy, Activated, Actor, Deactivate, IssueByHand, Renew};

const KEY: KeyId = KeyId::from_bytes([1; 32]);

/// A machine's facts: of each kind the one with this number.
fn shows(list: &[(Kind, u8)]) -> ApplyDevice {
    let facts = list.iter().map(|(kind, n)| fact(*kind, *n, 0)).collect();
    ApplyDevice::Named(fingerprint(facts).expect("a machine"))
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

/// R109
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

/// R47, R96
#[test]
fn what_a_file_alone_was_given_counts_among_a_seats_bindings_once_another_one_is_given() {
    let mut world = shop(|product| product.rebase_limit = 1);
    let whole = shows(&[(Kind::Mac, 1), (Kind::Disk, 1), (Kind::Board, 1), (Kind::Os, 1)]);
    let other = shows(&[(Kind::Disk, 1), (Kind::Board, 1), (Kind::Cloud, 2)]);
    let third = shows(&[(Kind::Mac, 1), (Kind::Os, 1), (Kind::Tpm, 3)]);
    let file = of(world.asks_by_code(&whole, None)).license_id;
    of(world.asks_by_code(&other, None));
    world.now = UnixTime::from_secs(NOW + 400 * DAY);
    of(world.asks_by_code(&whole, None));
    world.now = UnixTime::from_secs(NOW + 430 * DAY);
    of(world.asks_with(&file, &whole, None));
    world.now = UnixTime::from_secs(NOW + 700 * DAY);
    of(world.asks_by_code(&other, None));
    // From day 405 on the seat had two bindings already.
    world.now = UnixTime::from_secs(NOW + 770 * DAY);
    assert!(matches!(world.asks_by_code(&third, None), Outcome::Refused(_)));
}

/// R96
#[test]
fn a_file_alone_brings_back_no_binding_that_counts_no_more() {
    let mut world = shop(|product| product.rebase_limit = 1);
    let whole = shows(&[(Kind::Mac, 1), (Kind::Disk, 1), (Kind::Board, 1), (Kind::Os, 1)]);
    let other = shows(&[(Kind::Mac, 1), (Kind::Board, 1), (Kind::Cloud, 2), (Kind::System, 2)]);
    let file = of(world.asks_by_code(&whole, None)).license_id;
    of(world.asks_by_code(&other, None));
    of(world.asks_with(&file, &whole, None));
    world.now = UnixTime::from_secs(NOW + 2 * DAY);
    assert_eq!(world.asks_with(&file, &whole, None), Outcome::Refused(Refusal::CodeNeeded));
    of(world.asks_by_code(&whole, None));
    world.now = UnixTime::from_secs(NOW + 200 * DAY);
    of(world.asks_with(&file, &whole, None));
}

/// R108
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

/// One instance that everything is tried on.
struct Tried {
    world: World,
    random: Random,
    limit: usize,
    /// When the catalog was changed: licenses that name the same parts open other machines from then on.
    changed: Vec<UnixTime>,
    licenses: Vec<String>,
    /// By seat: when, and what was named.
    given: BTreeMap<u32, Vec<(UnixTime, String)>>,
}

impl Tried {
    fn change_catalog(&mut self) {
        let fresh = product(&mut self.random);
        let entry = self.world.product();
        match self.random.below(4) {
            0 => entry.threshold = fresh.threshold,
            1 => entry.weights = fresh.weights,
            2 => entry.least_strength = fresh.least_strength,
            _ => {
                entry.binding = match entry.binding {
                    BindingRule::None => BindingRule::Hardware,
                    BindingRule::Hardware => BindingRule::None,
                }
            }
        }
        self.changed.push(self.world.now);
    }

    fn one_license(&mut self) -> Option<String> {
        let many = self.licenses.len();
        (many > 0).then(|| self.licenses[self.random.below(many)].clone())
    }

    /// Asks by one of the ways; the license that machines are given, if that is not a new one.
    fn ask(&mut self, device: &ApplyDevice, key: Option<KeyId>, nth: u32) -> Option<String> {
        self.world.calls %= 250;
        let given = |outcome| match outcome {
            Outcome::Activated(license) => Some(license.license_id),
            _ => None,
        };
        match self.random.below(9) {
            0 | 1 => {
                // Under the same events, too.
                let nth = usize::try_from(nth).expect("small");
                let n = if self.random.one_in(2) { self.random.below(6) } else { 100 + nth };
                self.world.apply(&format!("e{n}"), device);
                None
            }
            2 | 3 => given(self.world.asks_by_code(device, key)),
            4..=6 => {
                let which = self.one_license()?;
                given(self.world.asks_with(&which, device, key))
            }
            7 => {
                let command = match self.random.below(4) {
                    0 => Command::Freeze { instance: instance() },
                    1 => {
                        let license = self.one_license()?;
                        Command::Deactivate(Deactivate { license, proven: key })
                    }
                    _ => Command::Unfreeze { instance: instance(), by: Actor::Store },
                };
                self.world.decide(command);
                None
            }
            _ => {
                let by_hand = IssueByHand {
                    instance: instance(),
                    product: self.world.product().code.clone(),
                    device: device.named().cloned(),
                    starts_at: self.world.now,
                    ends_at: None,
                    quantity: 1,
                    test: false,
                    order: None,
                };
                self.world.decide(Command::IssueByHand(by_hand));
                None
            }
        }
    }

    /// Notes every license that is out now, and counts what its seat named in a year.
    fn count(&mut self, device: &ApplyDevice, again: Option<&String>, before: usize, what: &str) -> u32 {
        let now = self.world.now;
        let mut ids: Vec<&String> =
            self.world.claims[before..].iter().map(|claims| &claims.license_id).collect();
        ids.extend(again.filter(|id| !ids.contains(id)).into_iter().collect::<Vec<_>>());
        let grants = self.world.ledger.applications.values();
        let out: Vec<(String, Option<Binding>, u32)> = grants
            .filter_map(|known| Some((known.grant.as_ref()?, known.seat?)))
            .filter(|(grant, _)| ids.contains(&&grant.license_id))
            .map(|(grant, seat)| (grant.license_id.clone(), bound(grant.token.as_str()), seat.0))
            .collect();
        let mut counted = 0;
        for (id, binding, seat) in out {
            self.licenses.push(id);
            let Some(binding) = binding else { continue };
            counted += 1;
            assert!(opens(&binding, device), "{what}: it opens where it was asked for");
            let list = self.given.entry(seat).or_default();
            list.push((now, named(&binding)));
            let year: BTreeSet<&String> =
                list.iter().filter(|(at, _)| at.plus(YEAR) > now).map(|(_, named)| named).collect();
            let changes = self.changed.iter().filter(|at| at.plus(YEAR) > now).count();
            let most = self.limit + 1 + changes;
            assert!(year.len() <= most, "{what}: seat {seat} has {} bindings of {most}", year.len());
        }
        counted
    }
}

/// Whether the catalog changes while machines ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Catalogs {
    Stay,
    Change,
}

fn try_one(seed: u64, catalogs: Catalogs) -> u32 {
    let mut random = Random(seed + 991_000_000);
    let mut entry = product(&mut random);
    entry.seats = random.one_of(&[1, 1, 1, 2]);
    entry.deactivation_limit = 100;
    entry.daily_license_limit = random.one_of(&[2, 8, 100]);
    let limit = entry.rebase_limit as usize;
    let machines = random.one_of(&[2_usize, 3, 5, 9]);
    // Agents without a key, with the seat's, or both.
    let keys: &[Option<KeyId>] = match random.below(3) {
        0 => &[None],
        1 => &[Some(KEY)],
        _ => &[None, Some(KEY), Some(KeyId::from_bytes([2; 32]))],
    };
    let stock: Vec<Fingerprint> = (0..6).filter_map(|_| text(&mut random, machines)).collect();
    let pace: &[i64] = random.one_of(&[
        &[0, 1, 60, DAY, 20 * DAY, 90 * DAY, 364 * DAY, 367 * DAY][..],
        &[0, DAY / 2, DAY, 30 * DAY, 60 * DAY, 120 * DAY, 180 * DAY],
    ]);
    let world = shop(|product| *product = entry);
    let (changed, licenses, given) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut tried = Tried { world, random, limit, changed, licenses, given };
    let mut counted = 0;
    for nth in 0..60 {
        tried.world.now = tried.world.now.plus(tried.random.one_of(pace));
        let again = if tried.random.one_in(3) || stock.is_empty() { None } else { Some(&stock) };
        let shown = match again {
            Some(stock) => Some(stock[tried.random.below(stock.len())].clone()),
            None => text(&mut tried.random, machines),
        };
        let Some(shown) = shown else { continue };
        if catalogs == Catalogs::Change && tried.random.one_in(10) {
            tried.change_catalog();
        }
        let (device, key) = (ApplyDevice::Named(shown), tried.random.one_of(keys));
        let before = tried.world.claims.len();
        let again = tried.ask(&device, key, nth);
        counted += tried.count(&device, again.as_ref(), before, &format!("{catalogs:?} {seed}.{nth}"));
    }
    counted
}

/// R47: `LICENSE_TESTS_ATTACK` says how many instances are tried, with 60 texts each.
#[test]
fn whatever_way_a_seat_is_asked_for_it_gives_no_more_bindings_in_a_year_than_its_limit() {
    let rounds: u64 =
        std::env::var("LICENSE_TESTS_ATTACK").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    for catalogs in [Catalogs::Stay, Catalogs::Change] {
        let counted: u32 = (0..rounds).map(|seed| try_one(seed, catalogs)).sum();
        println!("{catalogs:?}: {} texts shown, {counted} licenses out", rounds * 60);
    }
}
