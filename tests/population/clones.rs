//! Copies of one machine, and texts that were put together on purpose.

use license_core::{Binding, Device, Fingerprint, Kind, Reading, Realm, Resemblance};

use super::data::{CloneKind, Data, Fact};
use super::forms::Form;
use super::generate::Population;
use super::machine::{Machine, Part, Seen, Value};
use super::measure::Policy;
use super::random::Random;

/// What was counted of copies and mixed texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Clones {
    pub(super) copies: Vec<CopyRow>,
    /// Machines whose twin differs in addresses only: named as clones, of.
    pub(super) other_address: (u64, u64),
    pub(super) mixed: u64,
    pub(super) opened_two: u64,
    pub(super) strangers_opened: u64,
    pub(super) strangers_checked: u64,
    /// A part of the licensed machine in another one: name, form, accepted, of.
    pub(super) moved: Vec<(&'static str, Form, u64, u64)>,
}

/// One way of copying in one form.
#[derive(Clone, Debug)]
pub(super) struct CopyRow {
    pub(super) name: String,
    pub(super) form: Form,
    pub(super) of: u64,
    pub(super) accepted: u64,
    pub(super) named: u64,
}

const COPIES: u64 = 200;
const MIXED: u64 = 3000;
const MOVED: usize = 3000;

pub(super) fn count(data: &Data, population: &Population, policy: Policy, seed: u64) -> Clones {
    let mut random = Random::new(seed ^ 0xC10E);
    let mut clones = Clones::default();
    let realm = &population.realm;
    for kind in &data.clones {
        for form in [Form::User, Form::Rights, Form::Whole, Form::FourPart] {
            clones.copies.extend(copies(kind, form, policy, realm, &mut random));
        }
    }
    for machine in population.machines.iter().step_by(7) {
        clones.with_another_address(machine, realm, &mut random);
    }
    clones.mix(population, policy, &mut random);
    clones.move_parts(population, policy, &mut random);
    clones
}

fn copies(
    kind: &CloneKind,
    form: Form,
    policy: Policy,
    realm: &Realm,
    random: &mut Random,
) -> Option<CopyRow> {
    let mut row = CopyRow { name: kind.name.clone(), form, of: 0, accepted: 0, named: 0 };
    for _ in 0..COPIES {
        let original = virtual_machine(&kind.shows, realm, random);
        let copy =
            original.with_new(realm, random, |_, value| !kind.keeps.iter().any(|fact| fact.kind() == value));
        let licensed = original.told(form, false, realm).ok()?;
        let binding = Binding::new(&licensed, &policy.weights, policy.threshold).ok()?;
        let device = copy.device(form, false, realm);
        row.of += 1;
        row.accepted += u64::from(binding.check(&device).passes());
        row.named +=
            u64::from(device.fingerprint().is_some_and(|seen| licensed.resemblance(seen).suggests_clone()));
    }
    Some(row)
}

impl Fact {
    const fn kind(self) -> Kind {
        match self {
            Self::Mac => Kind::Mac,
            Self::Disk => Kind::Disk,
            Self::Board => Kind::Board,
            Self::System => Kind::System,
            Self::Os => Kind::Os,
            Self::Cloud => Kind::Cloud,
        }
    }
}

fn virtual_machine(shows: &[Fact], realm: &Realm, random: &mut Random) -> Machine {
    let values = shows.iter().map(|fact| {
        let (raw, part) = match fact {
            Fact::Mac => (format!("000D3A{}", random.hex(6)), Part::Board),
            Fact::Disk => (format!("naa.6{}", random.hex(31)), Part::Disk(0)),
            Fact::Board => (random.serial(14), Part::Board),
            Fact::System => (random.hex(32), Part::Board),
            Fact::Os => (random.hex(32), Part::Installation),
            Fact::Cloud => (format!("i-{}", random.hex(17)), Part::Instance),
        };
        let rights = matches!(fact, Fact::Board | Fact::System);
        Value { rights, ..Value::new(realm, fact.kind(), raw, part).seen(Seen::Everybody) }
    });
    let processor = Value::new(realm, Kind::Cpu, "BFEBFBFF00050657".to_owned(), Part::Processor);
    let values = values.chain([processor]).collect();
    Machine { kind: 0, fleet: 0, values, raid: false, two_facts: false, lists_all: true }
}

impl Clones {
    fn with_another_address(&mut self, machine: &Machine, realm: &Realm, random: &mut Random) {
        let twin = machine.with_new(realm, random, |_, kind| kind == Kind::Mac);
        for form in machine.forms() {
            let (Ok(one), Ok(other)) = (machine.told(form, false, realm), twin.told(form, false, realm))
            else {
                continue;
            };
            let shows = |mac: bool| {
                one.components().iter().any(|c| c.kind.is_anchor() && (c.kind == Kind::Mac) == mac)
            };
            if shows(true) && shows(false) {
                self.other_address.0 += u64::from(one.resemblance(&other) == Resemblance::ExceptMac);
                self.other_address.1 += 1;
            }
        }
    }

    /// As many values as a text may hold, each of another machine.
    fn mix(&mut self, population: &Population, policy: Policy, random: &mut Random) {
        let realm = &population.realm;
        for at in 0..MIXED {
            let four_part = at % 2 == 0;
            let kinds: &[(Kind, usize)] = if four_part {
                &[(Kind::Mac, 4), (Kind::Disk, 4), (Kind::Board, 1)]
            } else {
                &[(Kind::Mac, 4), (Kind::Disk, 4), (Kind::Board, 1), (Kind::System, 1), (Kind::Os, 1)]
            };
            let donors: Vec<_> =
                (0..11).map(|_| random.pick(&population.machines)).filter(|d| !d.two_facts).collect();
            let mut from = donors.iter();
            let mut values = Vec::new();
            for &(kind, most) in kinds {
                for donor in from.by_ref().take(most) {
                    values.extend(donor.values.iter().find(|v| v.kind == kind && v.digest.is_some()));
                }
            }
            let raw = values.iter().map(|v| (v.kind, v.raw.as_str()));
            let Ok(text) = Fingerprint::from_values(realm, raw) else { continue };
            let Ok(binding) = Binding::new(&text, &policy.weights, policy.threshold) else { continue };
            self.mixed += 1;
            let form = if four_part { Form::FourPart } else { Form::Rights };
            let seen: Vec<_> =
                donors.iter().filter_map(|donor| donor.told(form, false, realm).ok()).collect();
            let opened: Vec<_> = seen.iter().filter(|seen| opens(&binding, seen)).collect();
            let apart =
                |one: &&&Fingerprint| opened.iter().any(|other| one.resemblance(other) == Resemblance::None);
            self.opened_two += u64::from(opened.iter().any(|one| apart(&one)));
            for _ in 0..20 {
                let Ok(stranger) = random.pick(&population.machines).told(form, false, realm) else {
                    continue;
                };
                if text.resemblance(&stranger) == Resemblance::None {
                    self.strangers_checked += 1;
                    self.strangers_opened += u64::from(opens(&binding, &stranger));
                }
            }
        }
    }

    /// One part of the licensed machine, built into another.
    fn move_parts(&mut self, population: &Population, policy: Policy, random: &mut Random) {
        let realm = &population.realm;
        type Moves = fn(Part) -> bool;
        let moves: [(&str, Moves); 4] = [
            ("disk without its system", |part| part == Part::Disk(0)),
            ("disk with its system", |part| matches!(part, Part::Disk(0) | Part::Installation)),
            ("network card", |part| part == Part::Card(0)),
            ("board", |part| part == Part::Board),
        ];
        for (name, moved) in moves {
            for form in [Form::User, Form::Rights, Form::FourPart] {
                let (mut accepted, mut of) = (0, 0);
                for _ in 0..MOVED {
                    let (one, other) = (random.pick(&population.machines), random.pick(&population.machines));
                    if one.fleet == other.fleet || !one.has(moved) || !one.tells(form) || !other.tells(form) {
                        continue;
                    }
                    let Ok(licensed) = one.told(form, false, realm) else { continue };
                    let Ok(binding) = Binding::new(&licensed, &policy.weights, policy.threshold) else {
                        continue;
                    };
                    let kept = other.values.iter().filter(|v| !moved(v.part));
                    let built_in = one.values.iter().filter(|v| moved(v.part));
                    let values = kept.chain(built_in).cloned().collect();
                    let device = Machine { values, ..other.clone() }.device(form, false, realm);
                    of += 1;
                    accepted += u64::from(binding.check(&device).passes());
                }
                self.moved.push((name, form, accepted, of));
            }
        }
    }
}

fn opens(binding: &Binding, seen: &Fingerprint) -> bool {
    binding.check(&Device::new(seen.clone(), Reading::Privileged)).passes()
}
