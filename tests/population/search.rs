//! Looks for weights and a threshold that keep the promises, over what was counted once.

use std::collections::BTreeMap;

use license_core::{Kind, Part, Threshold, Weights};

use super::data::Data;
use super::measure::{Figures, Policy};
use super::refusals::{Cell, Shape, is_promised};
use super::swaps::Swap;

/// What is left of machines after each swap, and what different machines have in common; without weights.
pub struct Samples {
    left: Vec<(Cell, Shape, u64)>,
    apart: Vec<Shape>,
    yearly: BTreeMap<Swap, f64>,
}

/// A policy, and what it costs.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was tried.
    pub policy: Policy,
    /// Refusals under the promise, in a million, of the worst swap and kind of machine.
    pub worst: u64,
    /// All other refusals, in a million a year and machine.
    pub others: u64,
    /// Kinds of pairs of different machines that would be accepted.
    pub accepted: usize,
}

const SEARCHED: [Kind; 5] = [Kind::Mac, Kind::Disk, Kind::Board, Kind::System, Kind::Os];

impl Samples {
    /// From figures that were counted with every kind weighted.
    #[must_use]
    pub fn new(data: &Data, figures: &Figures) -> Self {
        use super::forms::Form;
        let counted = |cell: &Cell| cell.2 != Form::Whole;
        let left = figures.refusals.shapes.iter().filter(|((cell, _), _)| counted(cell));
        Self {
            left: left.map(|((cell, shape), count)| (*cell, *shape, *count)).collect(),
            apart: figures.acceptances.shapes.iter().copied().chain(one_of_two()).collect(),
            yearly: Swap::ALL.into_iter().map(|swap| (swap, swap.yearly(&data.repairs))).collect(),
        }
    }

    /// What a policy costs here.
    #[must_use]
    pub fn judge(&self, policy: Policy) -> Found {
        let table = Table::new(policy);
        let accepted = self.apart.iter().filter(|shape| table.passes(shape)).count();
        let mut rows: BTreeMap<(Swap, usize), (u64, u64)> = BTreeMap::new();
        let (mut others, mut machines) = (0.0, 0.0);
        for (cell, shape, count) in &self.left {
            let refused = if table.passes(shape) { 0 } else { *count };
            if is_promised(cell) {
                let row = rows.entry((cell.0, cell.1)).or_default();
                row.0 += refused;
                row.1 += count;
            } else {
                others += refused as f64 * self.yearly[&cell.0];
            }
            machines += if cell.0 == Swap::Memory { *count as f64 } else { 0.0 };
        }
        let worst = rows.values().map(|(refused, of)| refused * 1_000_000 / of.max(&1)).max().unwrap_or(0);
        Found { policy, worst, others: (others / f64::max(machines, 1.0) * 1e6) as u64, accepted }
    }
}

/// One part of a license of two is another machine, whether or not this population holds such a pair.
fn one_of_two() -> impl Iterator<Item = Shape> {
    let pairs = SEARCHED.into_iter().flat_map(|same| SEARCHED.map(|other| (same, other)));
    pairs.filter(|(same, other)| Part::of(*same) != Part::of(*other)).map(|(same, other)| {
        let mut shape = [u8::MAX; 10];
        shape[usize::from(same.as_byte())] = 12;
        shape[usize::from(other.as_byte())] = 0;
        shape
    })
}

/// Tries a grid of weights and thresholds, then every step of 1 around the best; best first, at most ten.
#[must_use]
pub fn search(samples: &Samples, stage: &mut dyn FnMut(&str)) -> Vec<Found> {
    let steps = [2, 5, 10, 15, 20, 25, 30, 35, 40];
    let mut found = Vec::new();
    for percent in [51, 52, 53, 54, 55, 56, 57, 58, 60, 62, 65] {
        stage(&format!("weights for threshold {percent}"));
        for code in 0..steps.len().pow(SEARCHED.len() as u32) {
            let weights =
                (0..SEARCHED.len()).map(|at| steps[code / steps.len().pow(at as u32) % steps.len()]);
            let Some(policy) = policy(weights, percent) else { continue };
            keep(&mut found, samples, policy);
        }
    }
    for _ in 0..20 {
        let before = found.first().map(rank);
        for start in found.clone() {
            for kind in SEARCHED {
                for step in [-1i16, 1] {
                    let weight = i16::from(start.policy.weights.get(kind)) + step;
                    let weight = u8::try_from(weight).unwrap_or(0).max(1);
                    if let Ok(weights) = start.policy.weights.with(kind, weight) {
                        keep(&mut found, samples, Policy { weights, ..start.policy });
                    }
                }
            }
        }
        if found.first().map(rank) == before {
            break;
        }
    }
    found
}

fn policy(weights: impl Iterator<Item = u8>, percent: u8) -> Option<Policy> {
    let mut table = Weights::default();
    for (kind, weight) in SEARCHED.into_iter().zip(weights) {
        table = table.with(kind, weight).ok()?;
    }
    Some(Policy { weights: table, threshold: Threshold::try_from(percent).ok()? })
}

/// Acceptances first, then the promise, then what else is refused; of equals the higher threshold.
fn rank(found: &Found) -> (bool, bool, u64, u64, u8) {
    (found.accepted > 0, found.worst > 1000, found.others, found.worst, 100 - found.policy.threshold.get())
}

fn keep(found: &mut Vec<Found>, samples: &Samples, policy: Policy) {
    let table = Table::new(policy);
    // Most are ruled out by a pair that they accept; the rest are counted.
    if samples.apart.iter().any(|shape| table.passes(shape)) {
        return;
    }
    let new = samples.judge(policy);
    let same = |other: &Found| other.policy.in_words() == policy.in_words();
    if !found.iter().any(same) {
        found.push(new);
        found.sort_by_key(rank);
        found.truncate(16);
    }
}

/// Matching without digests: the same sum as the binding's.
struct Table {
    weights: Weights,
    min: u32,
}

impl Table {
    fn new(policy: Policy) -> Self {
        Self { weights: policy.weights, min: u32::from(policy.threshold.get()) }
    }

    fn passes(&self, shape: &Shape) -> bool {
        let (mut total, mut score) = (0, 0);
        let twelfths = |kind: Kind| shape[usize::from(kind.as_byte())];
        let weights = self.weights.shared(|kind| twelfths(kind) != u8::MAX);
        for kind in Kind::ALL.into_iter().filter(|kind| twelfths(*kind) != u8::MAX) {
            let weight = u32::from(weights.get(kind));
            total += 12 * weight;
            score += weight * u32::from(twelfths(kind));
        }
        score > 0 && score * 100 >= self.min * total
    }
}
