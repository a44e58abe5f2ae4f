//! A random search for texts that make one seat serve more machines than it may, through the rules as they are.
//!
//! Baselines and texts are drawn at random: honest machines, machines that share nothing, machines that share one file,
//! texts padded with the parts of several. `LICENSE_TESTS_SEARCH` says how many pairs of a seat and a text are tried.

use std::cell::RefCell;

use license_core::{
    Binding, Claims, Component, Device, Fingerprint, KeyId, Kind, Reading, Strength, Threshold, UnixTime,
};

use super::{DAY, NOW, instance, purchase};
use crate::engine::catalog::{Catalog, Product};
use crate::engine::codes::Codes;
use crate::engine::ids::EventId;
use crate::engine::request::{
    Activate, ActivateBy, Apply, ApplyDevice, Command, FactsSource, Open, Outcome, Renew, Request, Term,
};
use crate::engine::{Ledger, Rules, YEAR, decide};

/// Whoever asks has the key of the seat, once it has one: the most that somebody can have.
const KEY: KeyId = KeyId::from_bytes([1; 32]);
/// How many pairs are tried unless the environment says.
const PAIRS: u64 = 20_000;
/// Texts that are shown to one seat.
const TEXTS: u64 = 16;
/// Machines besides the one that took the seat.
const STRANGERS: usize = 8;

/// SplitMix64: the same seed gives the same search.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).expect("small")).expect("small")
    }

    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(super) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

pub(super) const KINDS: [Kind; 7] =
    [Kind::Mac, Kind::Disk, Kind::Board, Kind::System, Kind::Os, Kind::Cloud, Kind::Tpm];

/// A fact of a machine, as a record of the storage form.
pub(super) fn fact(kind: Kind, machine: u8, nth: u8) -> [u8; 11] {
    [kind.as_byte(), machine, nth, 1, 2, 3, 4, 5, 6, 7, 8]
}

pub(super) fn fingerprint(mut facts: Vec<[u8; 11]>) -> Option<Fingerprint> {
    facts.sort_unstable();
    facts.dedup();
    let mut bytes = vec![1, 9, 9, 9, 9];
    bytes.extend(facts.concat());
    Fingerprint::from_bytes(&bytes).ok()
}

/// The facts of a machine: those of a kind are at most as many as its limit, and never too few kinds.
fn machine(random: &mut Random, name: u8) -> Vec<[u8; 11]> {
    let mut facts = Vec::new();
    let least = random.one_of(&[1, 2, 2, 3]);
    while facts.len() < least {
        for kind in KINDS {
            if random.one_in(2) {
                let many = if kind.limit() > 1 { 1 + random.below(kind.limit()) } else { 1 };
                facts.extend((0..many).map(|nth| fact(kind, name, u8::try_from(nth).expect("small"))));
            }
        }
        facts.sort_unstable();
        facts.dedup();
    }
    facts
}

/// A text of some facts of some machines, within the limits of the kinds.
fn text(random: &mut Random, machines: &[Vec<[u8; 11]>]) -> Option<Fingerprint> {
    let sources: Vec<usize> = match random.below(6) {
        0 => vec![0],
        1 => vec![random.below(machines.len())],
        2 | 3 => vec![0, random.below(machines.len())],
        4 => vec![0, random.below(machines.len()), random.below(machines.len())],
        _ => (0..machines.len()).collect(),
    };
    let keep = random.one_of(&[1, 2, 4, 100]);
    let mut facts: Vec<[u8; 11]> = sources.iter().flat_map(|of| machines[*of].iter().copied()).collect();
    facts.retain(|_| keep == 100 || !random.one_in(keep + 1));
    // Which come first is chance, for a kind has a limit.
    for at in (1..facts.len()).rev() {
        facts.swap(at, random.below(at + 1));
    }
    let mut kept: Vec<[u8; 11]> = Vec::new();
    for one in facts {
        let limit = Kind::from_byte(one[0]).map_or(0, Kind::limit);
        if !kept.contains(&one) && kept.iter().filter(|known| known[0] == one[0]).count() < limit {
            kept.push(one);
        }
    }
    fingerprint(kept)
}

/// A seat of one instance, the licenses that were given on it, and when.
struct Searched {
    ledger: Ledger,
    catalog: Catalog,
    now: UnixTime,
    calls: u32,
    codes: Codes,
    /// By the license's id.
    bindings: RefCell<Vec<(String, Binding)>>,
    given: Vec<(UnixTime, usize)>,
}

impl Searched {
    fn new(product: Product) -> Self {
        let catalog = Catalog { default: Some(product), products: Vec::new() };
        let ledger = Ledger { next_instance: 1, next_application: 1, ..Ledger::default() };
        let codes = Codes::new(&[5; 32]);
        let (bindings, given) = (RefCell::default(), Vec::new());
        let now = UnixTime::from_secs(NOW);
        let mut this = Self { ledger, catalog, now, calls: 0, codes, bindings, given };
        let open = Open { order: purchase(), proposed: instance(), facts: FactsSource::Catalog };
        this.decide(Command::Open(open));
        this
    }

    fn decide(&mut self, command: Command) -> Outcome {
        let sign = |claims: &Claims| {
            let bound = claims.binding.clone().expect("bound");
            self.bindings.borrow_mut().push((claims.license_id.clone(), bound));
            Ok((claims.license_id.clone().into(), "key".to_owned()))
        };
        let rules = Rules {
            now: self.now,
            catalog: &self.catalog,
            issuer: "i",
            test: false,
            validity_slack: DAY,
            max_start_ahead: 31 * DAY,
            front_end_url: None,
            asks_orders: false,
            lease: crate::engine::LEASE,
            forgets_answers: true,
            codes: &self.codes,
            key_id: None,
            keys_told: None,
            sign: &sign,
        };
        self.calls += 1;
        let mut entropy = [0; 16];
        entropy[..4].copy_from_slice(&self.calls.to_be_bytes());
        decide(&mut self.ledger, &rules, &Request { replay: None, entropy, command })
    }

    /// Asks by one of the three ways; the license that is given, by its place among the bindings.
    fn ask(&mut self, random: &mut Random, device: Fingerprint) -> Option<usize> {
        let device = ApplyDevice::Named(device);
        let id = match random.below(3) {
            0 => {
                let event = EventId::parse(&format!("e{}", self.calls)).expect("a name");
                let (effective, before) = (self.now, self.bindings.borrow().len());
                let instance = instance();
                let apply = Apply { instance, event, effective, expires: None, device };
                if self.decide(Command::Apply(apply)) != Outcome::Done {
                    assert_eq!(self.bindings.borrow().len(), before, "what is refused costs no signature");
                    return None;
                }
                self.bindings.borrow().last()?.0.clone()
            }
            1 => {
                let digest = self.codes.of(&instance(), 0).digest.expect("a code");
                let by = ActivateBy::Code(digest);
                given(self.decide(Command::Activate(Activate {
                    by,
                    device,
                    name: None,
                    device_key: Some(KEY),
                })))?
            }
            _ => {
                let known = self.bindings.borrow().len();
                let license = self.bindings.borrow()[random.below(known)].0.clone();
                given(self.decide(Command::Renew(Renew { license, device, proven: Some(KEY) })))?
            }
        };
        let at = self.bindings.borrow().iter().position(|(known, _)| *known == id)?;
        self.given.push((self.now, at));
        Some(at)
    }

    fn baseline(&self) -> Fingerprint {
        let seat = self.ledger.seats.values().next().expect("a seat");
        assert_eq!(self.ledger.seats.len(), 1);
        seat.baseline.clone().expect("a device")
    }
}

fn given(outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Activated(activated) => Some(activated.license_id),
        _ => None,
    }
}

fn opens(binding: &Binding, on: &Fingerprint) -> bool {
    binding.check(&Device::new(on.clone(), Reading::Privileged)).passes()
}

pub(super) fn product(random: &mut Random) -> Product {
    let mut product = Product::ordinary();
    product.term = Term::Perpetual;
    product.threshold =
        Threshold::try_from(random.one_of(&[51, 55, 60, 60, 60, 60, 67, 75, 100])).expect("one");
    product.least_strength =
        random.one_of(&[Strength::Weak, Strength::Weak, Strength::Fair, Strength::Strong]);
    product.rebase_limit = random.one_of(&[0, 1, 2, 2, 2, 3]);
    if random.one_in(4) {
        for kind in KINDS {
            let weight = random.one_of(&[0, 1, 5, 14, 20, 40, 100]);
            product.weights = product.weights.with(kind, weight).expect("a weight");
        }
    }
    product
}

/// One seat and the texts that are shown to it; how many pairs were tried.
fn search_one(seed: u64) -> u64 {
    let mut random = Random(seed);
    let product = product(&mut random);
    let (weights, limit) = (product.weights, product.rebase_limit as usize);
    let mut machines: Vec<_> =
        (0..=STRANGERS).map(|name| machine(&mut random, u8::try_from(name).expect("small"))).collect();
    // One file of the first machine on all others, in the place of their own.
    let shared = random.one_in(2).then(|| {
        let facts = machines[0].clone();
        let file = random.one_of(&facts);
        for facts in &mut machines[1..] {
            let limit = Kind::from_byte(file[0]).map_or(0, Kind::limit);
            let of_kind = |known: &&[u8; 11]| known[0] == file[0];
            if facts.iter().filter(of_kind).count() >= limit {
                let at = facts.iter().position(|known| known[0] == file[0]).expect("one");
                facts.remove(at);
            }
            facts.push(file);
        }
        file
    });
    let whole: Vec<Fingerprint> =
        machines.iter().map(|facts| fingerprint(facts.clone()).expect("a machine")).collect();
    let mut world = Searched::new(product);
    // The first text is believed, whatever it lists.
    let padded = random.one_in(3).then(|| text(&mut random, &machines)).flatten();
    let is_padded = padded.is_some();
    let first = ApplyDevice::Named(padded.unwrap_or_else(|| whole[0].clone()));
    let by = ActivateBy::Code(world.codes.of(&instance(), 0).digest.expect("a code"));
    let taken =
        world.decide(Command::Activate(Activate { by, device: first, name: None, device_key: Some(KEY) }));
    if given(taken).is_none() {
        return 1;
    }
    world.given.push((world.now, 0));
    // A license that one file opens is shared with whoever has the file, whatever the server does.
    let is_open = shared.is_some_and(|file| {
        fingerprint(vec![file]).is_some_and(|file| opens(&world.bindings.borrow()[0].1, &file))
    });
    let mut tried = 1;
    for _ in 1..TEXTS {
        tried += 1;
        world.now =
            world.now.plus(random.one_of(&[0, 1, 60, DAY, 30 * DAY, 100 * DAY, 200 * DAY, 366 * DAY]));
        let Some(shown) = text(&mut random, &machines) else { continue };
        let before = world.baseline();
        let Some(at) = world.ask(&mut random, shown.clone()) else { continue };
        let binding = world.bindings.borrow()[at].1.clone();
        assert!(opens(&binding, &shown), "seed {seed}: a license that does not open where it was asked for");
        // The machine that shares nothing with the seat and has all else that anybody has.
        let knows = |part: &Component| {
            before.components().iter().any(|known| known.kind == part.kind && known.digest == part.digest)
        };
        let strange: Vec<Component> = (whole.iter().flat_map(|of| of.components().iter().copied()))
            .filter(|part| weights.get(part.kind) == 0 || !knows(part))
            .collect();
        for kind_by_kind in strangers(&strange, &before) {
            assert!(!opens(&binding, &kind_by_kind), "seed {seed}: it opens a machine that shares nothing");
        }
        if shared.is_some() && is_open {
            continue;
        }
        let in_a_year = |(at, _): &&(UnixTime, usize)| at.plus(YEAR) > world.now;
        let bindings = world.bindings.borrow();
        let served = whole.iter().filter(|machine| {
            world.given.iter().filter(in_a_year).any(|(_, nth)| opens(&bindings[*nth].1, machine))
        });
        // One license alone opens two machines that share a fact, where each has a part more of it than the other: the
        // one that a new binding was for and the one before. The one before counts once more when its year is over.
        let is_later = world.now >= UnixTime::from_secs(NOW).plus(YEAR);
        // A first license that lists parts of several machines opens two of them at once.
        let more = usize::from(is_later) + usize::from(is_padded);
        let most = limit + 1 + if shared.is_some() { more } else { 0 };
        assert!(
            served.count() <= most,
            "seed {seed}: more machines than {most} on one seat that has {:?}; {shared:?}, {:?}",
            bindings.iter().map(|(_, binding)| binding).collect::<Vec<_>>(),
            world.catalog.default
        );
    }
    tried
}

/// Machines of nothing but strange parts: everything that fits into the limits, and the same the other way round.
fn strangers(parts: &[Component], like: &Fingerprint) -> Vec<Fingerprint> {
    let mut all = Vec::new();
    for reversed in [false, true] {
        let mut kept: Vec<Component> = Vec::new();
        let mut take = |part: &Component| {
            let known = kept.iter().filter(|known| known.kind == part.kind).count();
            if known < part.kind.limit() && !kept.contains(part) {
                kept.push(*part);
            }
        };
        if reversed {
            parts.iter().rev().for_each(&mut take)
        } else {
            parts.iter().for_each(&mut take)
        }
        all.extend(Fingerprint::from_components(like.realm(), kept));
    }
    all
}

#[test]
fn no_texts_in_any_order_serve_more_machines_on_a_seat_than_its_limit() {
    let pairs =
        std::env::var("LICENSE_TESTS_SEARCH").ok().and_then(|text| text.parse().ok()).unwrap_or(PAIRS);
    let (mut tried, mut seed) = (0, 0);
    while tried < pairs {
        seed += 1;
        tried += search_one(seed);
    }
    println!("{tried} pairs of a seat and a text, {seed} seats");
}
