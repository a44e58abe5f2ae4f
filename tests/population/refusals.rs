//! How often the rightful machine is refused: after something changed, and when it is told in another form.

use std::collections::BTreeMap;

use license_core::{Binding, Digest, Fingerprint, Kind, Outcome, Realm, Verdict};

use super::data::Data;
use super::forms::Form;
use super::generate::Population;
use super::machine::Machine;
use super::measure::Policy;
use super::random::Random;
use super::swaps::Swap;

/// How many of how many were refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) total: u64,
    pub(super) refused: u64,
    /// Of the refused: named as missing rights.
    pub(super) named: u64,
}

impl Rate {
    pub(super) fn add(&mut self, other: Self) {
        self.total += other.total;
        self.refused += other.refused;
        self.named += other.named;
    }

    fn count(&mut self, verdict: &Verdict) {
        self.total += 1;
        self.refused += u64::from(!verdict.passes());
        self.named += u64::from(verdict.needs_privileges());
    }
}

/// Which swap, kind of machine and form, and whether at least three independent anchors were left.
pub(super) type Cell = (Swap, usize, Form, bool);

/// What matched of each kind in twelfths, by kind byte; 255 if it is not licensed.
pub(super) type Shape = [u8; 10];

/// All refusals.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusals {
    pub(super) swaps: BTreeMap<Cell, Rate>,
    /// For another policy: what was left, how often.
    pub(super) shapes: BTreeMap<(Cell, Shape), u64>,
    changes: BTreeMap<(usize, Form, Form), Rate>,
    /// How many machines have no fingerprint in a form.
    pub(super) untold: BTreeMap<Form, Rate>,
    /// Refusals a year and machine by form.
    pub(super) yearly: BTreeMap<Form, f64>,
}

/// Independent anchors that must be left for the promise to hold.
const ENOUGH: usize = 3;

impl Refusals {
    /// All cells under the promise, and the worst row of one swap and kind of machine.
    pub(super) fn promised(&self) -> (Rate, Rate) {
        let mut rows: BTreeMap<(Swap, usize), Rate> = BTreeMap::new();
        let mut all = Rate::default();
        for (&(swap, kind, form, enough), rate) in &self.swaps {
            if is_promised(&(swap, kind, form, enough)) {
                rows.entry((swap, kind)).or_default().add(*rate);
                all.add(*rate);
            }
        }
        let share = |rate: &Rate| rate.refused * 1_000_000 / rate.total.max(1);
        let worst = rows.into_values().max_by_key(|rate| (share(rate), rate.total)).unwrap_or_default();
        (all, worst)
    }

    /// What was refused where nothing was taken away: a part was added, or a disk goes by another name.
    pub(super) fn nothing_lost(&self) -> Rate {
        let mut all = Rate::default();
        for ((swap, _, form, _), rate) in &self.swaps {
            if matches!(swap, Swap::PartsAdded | Swap::DiskRenamed) && Form::COLLECTED.contains(form) {
                all.add(*rate);
            }
        }
        all
    }

    /// Licensed in one form and checked in another, nothing else changed.
    pub(super) fn change(&self, from: Form, to: Form) -> Rate {
        let mut all = Rate::default();
        let of_forms = self.changes.iter().filter(|((_, ours, theirs), _)| (*ours, *theirs) == (from, to));
        of_forms.for_each(|(_, rate)| all.add(*rate));
        all
    }

    /// The same for one kind of machine.
    pub(super) fn change_of(&self, kind: usize, from: Form, to: Form) -> Rate {
        self.changes.get(&(kind, from, to)).copied().unwrap_or_default()
    }
}

/// Whether a cell is one that the promise speaks of.
pub(super) fn is_promised((swap, _, form, enough): &Cell) -> bool {
    *enough && swap.is_single() && Form::COLLECTED.contains(form)
}

/// What is left of one machine's licenses.
struct Licensed {
    form: Form,
    fingerprint: Fingerprint,
    binding: Binding,
}

pub(super) fn count(data: &Data, population: &Population, policy: Policy, seed: u64) -> Refusals {
    let mut random = Random::new(seed ^ 0x5A5A);
    let realm = &population.realm;
    let mut refusals = Refusals::default();
    let mut yearly: BTreeMap<Form, (f64, u64)> = BTreeMap::new();
    for machine in &population.machines {
        let docked = random.chance(data.client.docked.value);
        let licenses = licenses(machine, docked, policy, realm, &mut refusals);
        for swap in Swap::ALL {
            let Some(after) = swap.of(machine, realm, &mut random) else { continue };
            let docked = random.chance(data.client.docked.value);
            for Licensed { form, fingerprint, binding } in &licenses {
                let device = after.device(*form, docked, realm);
                let found = match form {
                    Form::FourPart => device.fingerprint().map(digests).unwrap_or_default(),
                    _ => after.found(*form, docked),
                };
                let left = device.fingerprint().map_or(0, |_| machine.surviving(fingerprint, &found));
                let verdict = binding.check(&device);
                let cell = (swap, machine.kind, *form, left >= ENOUGH);
                refusals.swaps.entry(cell).or_default().count(&verdict);
                *refusals.shapes.entry((cell, shape(&verdict))).or_default() += 1;
                let entry = yearly.entry(*form).or_default();
                entry.0 += if verdict.passes() { 0.0 } else { swap.yearly(&data.repairs) };
            }
        }
        for Licensed { form, binding, .. } in &licenses {
            yearly.entry(*form).or_default().1 += 1;
            for to in machine.forms() {
                let device = machine.device(to, docked, realm);
                refusals.changes.entry((machine.kind, *form, to)).or_default().count(&binding.check(&device));
            }
        }
    }
    refusals.yearly = yearly.into_iter().map(|(form, (sum, of))| (form, sum / of.max(1) as f64)).collect();
    refusals
}

fn licenses(
    machine: &Machine,
    docked: bool,
    policy: Policy,
    realm: &Realm,
    into: &mut Refusals,
) -> Vec<Licensed> {
    let mut licenses = Vec::new();
    for form in machine.forms() {
        let told = machine.told(form, docked, realm).ok().and_then(|fingerprint| {
            let binding = Binding::new(&fingerprint, &policy.weights, policy.threshold).ok()?;
            Some(Licensed { form, fingerprint, binding })
        });
        let untold = into.untold.entry(form).or_default();
        untold.total += 1;
        untold.refused += u64::from(told.is_none());
        licenses.extend(told);
    }
    licenses
}

fn digests(fingerprint: &Fingerprint) -> Vec<(Kind, Digest)> {
    fingerprint.components().iter().map(|c| (c.kind, c.digest)).collect()
}

/// What a verdict says, without the weights.
pub(super) fn shape(verdict: &Verdict) -> Shape {
    let mut shape = [u8::MAX; 10];
    for part in verdict.components() {
        shape[usize::from(part.kind.as_byte())] = match part.outcome {
            Outcome::Matched => 12,
            Outcome::Partly { matched, of } => 12 / of * matched,
            Outcome::Changed | Outcome::Missing | Outcome::Unreadable => 0,
        };
    }
    shape
}
