//! All figures of one population under one policy, and the bounds they are held to.

use license_core::{Kind, Threshold, Weights};

use super::acceptances::{self, Acceptances};
use super::clones::{self, Clones};
use super::data::Data;
use super::forms::Form;
use super::generate::Population;
use super::refusals::{self, Refusals};

/// What a license counts, and how much of it must be there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// What each kind counts.
    pub weights: Weights,
    /// The least share that must match.
    pub threshold: Threshold,
}

impl Policy {
    /// In one line: `mac 10, disk 20, …, threshold 60`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let kinds = Kind::ALL.into_iter().filter(|kind| !matches!(kind, Kind::Cpu | Kind::Custom));
        let kinds: Vec<_> = kinds.map(|kind| format!("{kind} {}", self.weights.get(kind))).collect();
        format!("{}, threshold {}", kinds.join(", "), self.threshold.get())
    }
}

/// Everything that was counted.
pub struct Figures {
    pub(super) machines: usize,
    pub(super) fleets: usize,
    pub(super) kinds: Vec<String>,
    pub(super) refusals: Refusals,
    pub(super) acceptances: Acceptances,
    pub(super) clones: Clones,
}

/// One promise, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// What is promised.
    pub what: String,
    /// What was counted.
    pub found: String,
    /// Whether it holds.
    pub holds: bool,
}

/// Counts everything; `stage` is told what comes next.
pub fn measure(
    data: &Data,
    population: &Population,
    policy: Policy,
    seed: u64,
    stage: &mut dyn FnMut(&str),
) -> Figures {
    stage("parts that change");
    let refusals = refusals::count(data, population, policy, seed);
    stage("pairs of one fleet");
    let acceptances = acceptances::count(data, population, policy, seed);
    stage("clones and mixed texts");
    let clones = clones::count(data, population, policy, seed);
    Figures {
        machines: population.machines.len(),
        fleets: population.fleets().count(),
        kinds: data.machines.iter().map(|kind| kind.name.clone()).collect(),
        refusals,
        acceptances,
        clones,
    }
}

/// Part swaps may be refused this often where three independent anchors are left: 1 in 1000.
const ONE_IN: u64 = 1000;

impl Figures {
    /// The promises. `pairs` is how many pairs of one fleet there must be at least.
    #[must_use]
    pub fn bounds(&self, pairs: u64) -> Vec<Bound> {
        let mut bounds = Vec::new();
        let mut hold =
            |what: &str, found: String, holds| bounds.push(Bound { what: what.to_owned(), found, holds });
        let (all, worst) = self.refusals.promised();
        hold(
            "at least 3 independent anchors left after one swap or a reinstallation: at most 0.1 % refused, over all",
            format!("{} of {}", all.refused, all.total),
            all.total > 0 && all.refused * ONE_IN <= all.total,
        );
        hold(
            "the same for every swap and kind of machine by itself",
            format!("worst: {} of {}", worst.refused, worst.total),
            worst.refused * ONE_IN <= worst.total,
        );
        let kept = self.refusals.nothing_lost();
        hold(
            "cards, disks and volumes added, or a disk shown by another name: none refused, however much is left",
            format!("{} of {}", kept.refused, kept.total),
            kept.refused == 0,
        );
        let taken = &self.acceptances;
        hold(
            "different machines of one fleet, licenses and checks in every pair of forms: none accepted",
            format!("{} of {} pairs", taken.accepted, taken.pairs),
            taken.accepted == 0,
        );
        hold(&format!("counted over at least {pairs} pairs"), taken.pairs.to_string(), taken.pairs >= pairs);
        hold(
            "machines of one fleet that share nothing are never named as clones",
            format!("{} of {} pairs", taken.named_wrongly, taken.pairs),
            taken.named_wrongly == 0,
        );
        let clones = &self.clones;
        let (named, of) = clones.other_address;
        hold(
            "clones with only another address are named as clones",
            format!("{named} of {of}"),
            named == of && of > 0,
        );
        hold(
            "texts of many machines' parts open no machine that shares no weighted digest",
            format!("{} of {} checks", clones.strangers_opened, clones.strangers_checked),
            clones.strangers_opened == 0 && clones.strangers_checked > 0,
        );
        hold(
            "and never two machines that share nothing with each other",
            format!("{} of {} texts", clones.opened_two, clones.mixed),
            clones.opened_two == 0 && clones.mixed > 0,
        );
        let lost = self.refusals.change(Form::Rights, Form::User);
        hold(
            "licensed with rights, checked without: what is refused is named as missing rights",
            format!("{} of {} refused", lost.named, lost.refused),
            lost.named == lost.refused,
        );
        let gained = self.refusals.change(Form::User, Form::Rights);
        hold(
            "licensed without rights, checked with: none refused",
            format!("{} of {}", gained.refused, gained.total),
            gained.refused == 0 && gained.total > 0,
        );
        bounds
    }
}
