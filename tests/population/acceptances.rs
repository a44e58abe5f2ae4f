//! How often another machine of the same fleet is taken for the licensed one.

use std::collections::{BTreeMap, BTreeSet};

use license_core::{Binding, Device, Fingerprint, Resemblance};

use super::data::Data;
use super::forms::Form;
use super::generate::Population;
use super::machine::Machine;
use super::measure::Policy;
use super::random::Random;
use super::refusals::{Shape, shape};

/// All pairs of neighbours in fleets.
#[derive(Clone, Debug, Default)]
pub(super) struct Acceptances {
    /// Pairs of two machines, each checked in both directions and in every pair of forms.
    pub(super) pairs: u64,
    pub(super) checks: u64,
    /// Pairs in which a license was accepted by the other machine, though more than an address tells them apart.
    pub(super) accepted: u64,
    /// Pairs in which it was accepted by a machine whose text differs in the network addresses only: clones, to all
    /// that can be told, or one machine with another card.
    pub(super) looks_cloned: u64,
    /// Of pairs whose texts in some form show no anchor that differs: nothing can tell them apart there.
    pub(super) alike: u64,
    /// Pairs that share nothing and yet resemble each other.
    pub(super) named_wrongly: u64,
    /// By what the two share: pairs, accepted.
    pub(super) shared: BTreeMap<String, (u64, u64)>,
    pub(super) by_kind: BTreeMap<usize, (u64, u64)>,
    /// For another policy: what two different machines have in common.
    pub(super) shapes: BTreeSet<Shape>,
}

/// A machine is compared with this many that follow it in its fleet.
const NEIGHBOURS: usize = 60;

struct Told {
    fingerprints: Vec<(Form, Fingerprint, Binding, Device)>,
}

pub(super) fn count(data: &Data, population: &Population, policy: Policy, seed: u64) -> Acceptances {
    let mut random = Random::new(seed ^ 0xA5A5);
    let mut all = Acceptances::default();
    for fleet in population.fleets() {
        let told: Vec<_> = fleet
            .iter()
            .map(|machine| tell(machine, random.chance(data.client.docked.value), population, policy))
            .collect();
        for (at, one) in fleet.iter().enumerate() {
            for to in at + 1..fleet.len().min(at + 1 + NEIGHBOURS) {
                all.compare((one, &told[at]), (&fleet[to], &told[to]));
            }
        }
    }
    all
}

fn tell(machine: &Machine, docked: bool, population: &Population, policy: Policy) -> Told {
    let forms = machine.forms().filter_map(|form| {
        let device = machine.device(form, docked, &population.realm);
        let fingerprint = device.fingerprint()?.clone();
        let binding = Binding::new(&fingerprint, &policy.weights, policy.threshold).ok()?;
        Some((form, fingerprint, binding, device))
    });
    Told { fingerprints: forms.collect() }
}

impl Acceptances {
    fn compare(&mut self, (one, ours): (&Machine, &Told), (other, theirs): (&Machine, &Told)) {
        let (mut accepted, mut looks_cloned, mut alike) = (false, false, false);
        for (from, to) in [(ours, theirs), (theirs, ours)] {
            for (form, licensed, binding, _) in &from.fingerprints {
                // A license for a text that is the other machine's as well, whatever that shows in another form.
                let is_its_text = || {
                    let mut same_form = to.fingerprints.iter().filter(|(other, ..)| other == form);
                    same_form.any(|(_, seen, ..)| licensed.resemblance(seen) == Resemblance::Same)
                };
                for (_, seen, _, device) in &to.fingerprints {
                    self.checks += 1;
                    let verdict = binding.check(device);
                    if verdict.score_percent() == 0 {
                        continue;
                    }
                    let resemblance = licensed.resemblance(seen);
                    if verdict.passes() {
                        match resemblance {
                            Resemblance::Same => alike = true,
                            Resemblance::ExceptMac => looks_cloned = true,
                            _ if is_its_text() => alike = true,
                            Resemblance::Partly | Resemblance::None => accepted = true,
                        }
                    }
                    let tells_them_apart = matches!(resemblance, Resemblance::Partly | Resemblance::None);
                    if tells_them_apart && !(verdict.passes() && is_its_text()) {
                        self.shapes.insert(shape(&verdict));
                    }
                }
            }
        }
        let shared = shared(one, other);
        if shared.is_empty() {
            let named = |(_, ours, ..): &(Form, Fingerprint, Binding, Device)| {
                theirs.fingerprints.iter().any(|(_, theirs, ..)| ours.resemblance(theirs).suggests_clone())
            };
            self.named_wrongly += u64::from(ours.fingerprints.iter().any(named));
        }
        self.pairs += 1;
        self.accepted += u64::from(accepted);
        self.looks_cloned += u64::from(looks_cloned);
        self.alike += u64::from(alike);
        let counts = [self.shared.entry(shared).or_default(), self.by_kind.entry(one.kind).or_default()];
        for (pairs, taken) in counts {
            *pairs += 1;
            *taken += u64::from(accepted);
        }
    }
}

/// The kinds of anchors of which two machines have a value in common, in words.
fn shared(one: &Machine, other: &Machine) -> String {
    let common = one.values.iter().filter(|v| {
        let same = |o: &&super::machine::Value| o.kind == v.kind && o.digest == v.digest;
        v.kind.is_anchor() && v.digest.is_some() && other.values.iter().any(|o| same(&o))
    });
    let kinds: BTreeSet<_> = common.map(|v| v.kind).collect();
    kinds.into_iter().map(license_core::Kind::as_str).collect::<Vec<_>>().join(" + ")
}
