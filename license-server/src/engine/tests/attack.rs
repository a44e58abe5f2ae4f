//! What was tried against the rules of a seat: clocks that come back, files of others, several seats at once.

use std::collections::BTreeMap;

use license_core::{Binding, Device, Digest, Reading, UnverifiedLicense};

use super::search::{KINDS, Random, fact, fingerprint, product};
use super::*;
use crate::engine::YEAR;
use crate::engine::request::{Activate, ActivateBy, Activated, Renew};

const KEY: license_core::KeyId = license_core::KeyId::from_bytes([1; 32]);

/// A machine's facts: of each kind the one with this number.
fn shows(list: &[(Kind, u8)]) -> Fingerprint {
    fingerprint(list.iter().map(|(kind, n)| fact(*kind, *n, 0)).collect()).expect("a machine")
}

fn activate(world: &mut World, device: &Fingerprint, device_key: Option<license_core::KeyId>) -> Outcome {
    world.calls %= 250;
    let device = ApplyDevice::Named(device.clone());
    let by = ActivateBy::Instance(instance());
    world.decide(Command::Activate(Activate { by, device, name: None, device_key }))
}

fn renew(
    world: &mut World,
    license: &str,
    device: &Fingerprint,
    proven: Option<license_core::KeyId>,
) -> Outcome {
    world.calls %= 250;
    let device = ApplyDevice::Named(device.clone());
    world.decide(Command::Renew(Renew { license: license.to_owned(), device, proven }))
}

fn of(outcome: Outcome) -> Activated {
    match outcome {
        Outcome::Activated(activated) => *activated,
        other => panic!("{other:?}"),
    }
}

fn binding(token: &str) -> Binding {
    let issued = token.parse::<UnverifiedLicense>().and_then(|token| token.of_own_records());
    issued.expect("a license").binding().cloned().expect("bound")
}

fn opens(token: &str, on: &Fingerprint) -> bool {
    binding(token).check(&Device::new(on.clone(), Reading::Privileged)).passes()
}

/// R53
#[test]
fn a_clock_that_was_years_ahead_gives_a_seat_no_further_moves() {
    let mut world = shop(|product| product.rebase_limit = 2);
    let mut served = 0;
    let mut chain = |world: &mut World, n: u8| {
        // One part is replaced with each.
        let parts: Vec<(Kind, u8)> = [Kind::Disk, Kind::Board, Kind::Os]
            .iter()
            .enumerate()
            .map(|(at, kind)| (*kind, 1 + n / 3 + u8::from(usize::from(n % 3) > at)))
            .collect();
        let is_new = match activate(world, &shows(&parts), Some(KEY)) {
            Outcome::Activated(given) => !given.token.is_empty(),
            _ => false,
        };
        served += u32::from(is_new);
        is_new
    };
    for n in 0..3 {
        assert!(chain(&mut world, n), "step {n}");
    }
    // The clock goes three years ahead; one step is due then. It comes back.
    world.now = UnixTime::from_secs(NOW + 3 * YEAR);
    chain(&mut world, 3);
    world.now = UnixTime::from_secs(NOW + DAY);
    for n in 4..9 {
        chain(&mut world, n);
    }
    let seat = world.ledger.seats.values().next().expect("one");
    let times: Vec<_> = seat.rebased.iter().map(|step| (step.at.as_secs() - NOW) / DAY).collect();
    assert!(times.len() >= 3, "the steps of this year are remembered: {times:?}");
}

/// R53
#[test]
fn a_step_under_a_clock_that_was_ahead_keeps_no_machine_out_for_longer_than_a_year() {
    let mut world = shop(|product| product.rebase_limit = 1);
    of(activate(&mut world, &shows(&[(Kind::Disk, 1), (Kind::Board, 1), (Kind::Os, 1)]), Some(KEY)));
    world.now = UnixTime::from_secs(NOW + 10 * YEAR);
    of(activate(&mut world, &shows(&[(Kind::Disk, 2), (Kind::Board, 1), (Kind::Os, 1)]), Some(KEY)));
    // The clock is right again, the machine asks as ever, and a year and a half later the board fails.
    world.now = UnixTime::from_secs(NOW + DAY);
    of(activate(&mut world, &shows(&[(Kind::Disk, 2), (Kind::Board, 1), (Kind::Os, 1)]), Some(KEY)));
    world.now = UnixTime::from_secs(NOW + YEAR + YEAR / 2);
    let repaired = shows(&[(Kind::Disk, 2), (Kind::Board, 3), (Kind::Os, 1)]);
    let license = of(activate(&mut world, &repaired, Some(KEY)));
    let verdict = binding(&license.token).check(&Device::new(repaired, Reading::Privileged));
    assert_eq!(verdict.score_percent(), 100, "the repair is followed");
}

/// R52, R53
#[test]
fn a_suspicion_under_a_clock_that_was_ahead_does_not_hide_the_next() {
    let mut world = shop(|product| product.rebase_limit = 0);
    of(activate(&mut world, &shows(&[(Kind::Disk, 1), (Kind::Board, 1), (Kind::Os, 1)]), Some(KEY)));
    world.now = UnixTime::from_secs(NOW + 3 * YEAR);
    let other = shows(&[(Kind::Disk, 2), (Kind::Board, 1), (Kind::Os, 1)]);
    activate(&mut world, &other, Some(KEY));
    let noted = world.ledger.history.len();
    world.now = UnixTime::from_secs(NOW + 2 * DAY);
    activate(&mut world, &other, Some(KEY));
    assert!(world.ledger.history.len() > noted, "it is noted once a day");
}

/// R96
#[test]
fn whoever_has_a_file_of_a_seat_without_a_key_takes_no_repair_from_its_owner() {
    let whole = [(Kind::Mac, 1), (Kind::Disk, 1), (Kind::Os, 1), (Kind::Board, 1), (Kind::System, 1)];
    let as_store = shows(&[(Kind::Mac, 1), (Kind::Disk, 1), (Kind::Board, 1)]);
    for has_thief in [false, true] {
        let mut world = shop(|product| product.rebase_limit = 1);
        let first = of(activate(&mut world, &shows(&whole), None));
        let second = of(activate(&mut world, &as_store, None));
        assert_ne!(first.license_id, second.license_id);
        for _ in 0..400 {
            world.now = world.now.plus(DAY);
            of(renew(&mut world, &first.license_id, &shows(&whole), None));
            if has_thief {
                // It shows what the file says.
                renew(&mut world, &first.license_id, &as_store, None);
            }
        }
        let repaired =
            shows(&[(Kind::Mac, 2), (Kind::Disk, 1), (Kind::Os, 1), (Kind::Board, 1), (Kind::System, 1)]);
        let given = of(activate(&mut world, &repaired, None));
        let verdict = binding(&given.token).check(&Device::new(repaired, Reading::Privileged));
        assert_eq!(verdict.score_percent(), 100, "thief: {has_thief}");
    }
}

/// R47: Who asks on several seats, with keys of its own, with events that take each other's place.
#[test]
fn no_seat_of_several_gives_more_bindings_in_a_year_than_its_limit() {
    let rounds: u64 =
        std::env::var("LICENSE_TESTS_ATTACK").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let (mut asked, mut answered) = (0, 0);
    for seed in 0..rounds {
        let mut random = Random(seed + 77_000_000);
        let mut entry = product(&mut random);
        entry.seats = random.one_of(&[1, 1, 2, 3]);
        let limit = entry.rebase_limit as usize;
        let weights = entry.weights;
        let mut world = shop(|product| *product = entry);
        let mut licenses: Vec<String> = Vec::new();
        // By seat: when, and which binding.
        let mut given: BTreeMap<u32, Vec<(UnixTime, Binding)>> = BTreeMap::new();
        let machines = random.one_of(&[2_usize, 3, 5, 9]);
        for nth in 0..40_u32 {
            asked += 1;
            world.now =
                world.now.plus(random.one_of(&[0, 1, 60, DAY, 20 * DAY, 90 * DAY, 364 * DAY, 367 * DAY]));
            let mut facts = Vec::new();
            let leading = random.below(machines);
            for kind in KINDS {
                if random.one_in(4) {
                    continue;
                }
                for _ in 0..=random.below(kind.limit()) {
                    let of = if random.one_in(3) { random.below(machines) } else { leading };
                    let nth = if kind.limit() > 1 { random.below(2) } else { 0 };
                    facts.push(fact(kind, u8::try_from(of).expect("few"), u8::try_from(nth).expect("few")));
                }
            }
            let Some(shown) = fingerprint(facts) else { continue };
            let before: BTreeMap<u32, Fingerprint> = (world.ledger.seats.iter())
                .filter_map(|((_, no), seat)| Some((no.0, seat.baseline.clone()?)))
                .collect();
            let key = random.one_of(&[None, Some(KEY), Some(license_core::KeyId::from_bytes([2; 32]))]);
            let known = world.claims.len();
            let token = match random.below(3) {
                0 => {
                    let event = format!(
                        "e{}",
                        random.below(6) + if random.one_in(2) { 100 + nth as usize } else { 0 }
                    );
                    let device = ApplyDevice::Named(shown.clone());
                    if world.apply(&event, &device) != Outcome::Done || world.claims.len() == known {
                        continue;
                    }
                    world.ledger.applications.values().find_map(|known| {
                        let id = &world.claims.last()?.license_id;
                        known
                            .grant
                            .as_ref()
                            .filter(|grant| grant.license_id == *id)
                            .map(|grant| grant.token.as_str().to_owned())
                    })
                }
                1 => match activate(&mut world, &shown, key) {
                    Outcome::Activated(license) => Some(license.token),
                    _ => None,
                },
                _ if licenses.is_empty() => None,
                _ => {
                    let which = licenses[random.below(licenses.len())].clone();
                    match renew(&mut world, &which, &shown, key) {
                        Outcome::Activated(license) => Some(license.token),
                        _ => None,
                    }
                }
            };
            let Some(token) = token else { continue };
            answered += 1;
            let issued = token.parse::<UnverifiedLicense>().and_then(|t| t.of_own_records()).expect("one");
            let (id, seat) = (world.ledger.applications.values())
                .find_map(|known| {
                    Some((known.grant.as_ref().filter(|grant| grant.token.as_str() == token)?, known))
                })
                .map(|(grant, known)| (grant.license_id.clone(), known.seat.expect("a seat").0))
                .expect("kept");
            let bound = issued.binding().cloned().expect("bound");
            assert!(opens(&token, &shown), "seed {seed}.{nth}: opens where it was asked for");
            if let Some(baseline) = before.get(&seat) {
                let knows: Vec<(Kind, Digest)> =
                    baseline.components().iter().map(|c| (c.kind, c.digest)).collect();
                let strange: Vec<_> = (shown.components().iter().copied())
                    .filter(|c| weights.get(c.kind) == 0 || !knows.contains(&(c.kind, c.digest)))
                    .collect();
                if let Ok(strange) = Fingerprint::from_components(shown.realm(), strange) {
                    assert!(!opens(&token, &strange), "seed {seed}.{nth}: opens what shares nothing");
                }
            }
            licenses.push(id);
            let list = given.entry(seat).or_default();
            list.push((world.now, bound));
            let mut year: Vec<&Binding> = Vec::new();
            for (at, bound) in list.iter() {
                if at.plus(YEAR) > world.now && !year.contains(&bound) {
                    year.push(bound);
                }
            }
            assert!(year.len() <= limit + 1, "seed {seed}.{nth}: {} bindings of {limit} + 1", year.len());
        }
    }
    println!("{asked} texts shown, {answered} answered");
}
