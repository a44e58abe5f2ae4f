//! How strong this machine's fingerprint is: the core's judgement, and what only reading the machine tells.

use std::fmt::Write as _;

use license_core::collect::{Collected, Environment, FactStatus, LeftOut, Platform};
use license_core::{Binding, Fingerprint, Kind, Strength as Level, Threshold, Weights};
use serde::Serialize;

use crate::machine::{hides_something, unreadable};

/// A judgement by the usual weights and threshold; a product may set others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Strength {
    pub(crate) level: Level,
    /// `weak binding: only the OS installation id`.
    pub(crate) summary: String,
    /// The deciding reason, as a sentence.
    pub(crate) why: String,
    /// What identifies the machine and can be exchanged without each other.
    parts: Vec<String>,
    reasons: Vec<ReasonView>,
    /// Swaps that a license for it would not survive.
    not_survived: Vec<SwapView>,
    pub(crate) advice: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ReasonView {
    code: &'static str,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct SwapView {
    code: &'static str,
    text: String,
}

/// What kind of machine it is, for programs; `null` where there is none or nothing tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct EnvironmentView {
    /// All of it in words.
    pub(crate) text: String,
    platform: &'static str,
    hypervisor: Option<String>,
    container: Option<String>,
    cloud: Option<String>,
}

/// Judges; nothing for a fingerprint that no license could be bound to.
pub(crate) fn judge(fingerprint: &Fingerprint, collected: &Collected) -> Option<Strength> {
    let quality = Binding::new(fingerprint, &Weights::default(), Threshold::default()).ok()?.quality();
    let own =
        quality.reasons().iter().map(|reason| ReasonView { code: reason.name(), text: reason.to_string() });
    let swaps =
        quality.not_survived().iter().map(|swap| SwapView { code: swap.name(), text: swap.to_string() });
    Some(Strength {
        level: quality.strength(),
        summary: quality.to_string(),
        why: quality.reasons().first().map(ToString::to_string).unwrap_or_default(),
        parts: quality.parts().iter().map(ToString::to_string).collect(),
        reasons: own.chain(seen(collected)).collect(),
        not_survived: swaps.collect(),
        advice: advice(quality.strength(), collected),
    })
}

impl Strength {
    /// The lines of the explanation, without the advice.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("Strength: {}.\n", self.summary);
        for ReasonView { text: reason, .. } in &self.reasons {
            _ = writeln!(text, "  - {reason}");
        }
        if !self.parts.is_empty() {
            _ = writeln!(text, "Rests on: {}.", self.parts.join(", "));
        }
        let swaps: Vec<_> = self.not_survived.iter().map(|swap| swap.text.as_str()).collect();
        let swaps = if swaps.is_empty() { "nothing of the usual".into() } else { swaps.join("; ") };
        _ = writeln!(text, "By the usual weights, what would end a license: {swaps}.");
        text
    }
}

impl EnvironmentView {
    pub(crate) fn is_known(&self) -> bool {
        self.platform != "unknown" || self.container.is_some() || self.cloud.is_some()
    }
}

impl From<Environment> for EnvironmentView {
    fn from(environment: Environment) -> Self {
        let (platform, hypervisor) = match environment.platform {
            Platform::Unknown => ("unknown", None),
            Platform::BareMetal => ("bare-metal", None),
            Platform::Virtual(hypervisor) => ("virtual", Some(hypervisor.to_string())),
            Platform::Wsl1 => ("wsl1", None),
            Platform::Wsl2 => ("wsl2", None),
        };
        Self {
            text: environment.to_string(),
            platform,
            hypervisor,
            container: environment.container.map(|container| container.to_string()),
            cloud: environment.cloud.map(|cloud| cloud.to_string()),
        }
    }
}

/// What was dropped on the way, and what the environment means for what was not.
fn seen(collected: &Collected) -> Vec<ReasonView> {
    let mut seen = Vec::new();
    let mut add = |code, text: String| seen.push(ReasonView { code, text });
    let count = |wanted: &[LeftOut]| {
        let is_one = |status| matches!(status, FactStatus::LeftOut(why) if wanted.contains(&why));
        collected.facts().iter().filter(|fact| is_one(fact.status)).count()
    };
    let placeholders = count(&[LeftOut::Placeholder]);
    if placeholders > 0 {
        add("placeholders", format!("{} left out", values(placeholders, "that many machines share")));
    }
    let local = count(&[LeftOut::LocallyAdministered, LeftOut::SetBySoftware]);
    if local > 0 {
        add("local-addresses", format!("{} left out", values(local, "that software gave a network card")));
    }
    let virtual_ones = count(&[LeftOut::VirtualAdapter]);
    if virtual_ones > 0 {
        add("virtual-adapters", format!("{} left out", values(virtual_ones, "of a virtual network card")));
    }
    if let Some(kinds) = unreadable(collected) {
        add("unreadable", format!("the system does not show {kinds} to this user"));
    }
    if count(&[LeftOut::Transient]) > 0 {
        add(
            "transient-id",
            "the installation id lies in memory, new at each start; to count it, keep /etc/machine-id on a disk"
                .to_owned(),
        );
    }
    let is_set = collected.facts().iter().any(|fact| fact.kind == Kind::Custom);
    let environment = collected.environment();
    if is_set {
        return seen;
    }
    let mut add = |code, text: &str| seen.push(ReasonView { code, text: text.to_owned() });
    if environment.container.is_some() {
        add("container", "in a container: what it sees of hardware is its host's");
    }
    if environment.from_image {
        add(
            "image",
            "started from a container image: other machines started from it have the same installation id",
        );
    }
    match environment.platform {
        Platform::Virtual(_) => add("virtual-machine", "a virtual machine: a copy of it may look the same"),
        Platform::Wsl1 | Platform::Wsl2 => {
            add("wsl", "inside Windows, which shows it no hardware of its own")
        }
        Platform::BareMetal | Platform::Unknown => {}
    }
    seen
}

/// `1 value that …`, `2 values that …`.
fn values(count: usize, which: &str) -> String {
    match count {
        1 => format!("1 value {which} was"),
        several => format!("{several} values {which} were"),
    }
}

fn advice(level: Level, collected: &Collected) -> Vec<String> {
    let mut steps = Vec::new();
    if unreadable(collected).is_some() {
        steps.push(crate::machine::LET_IT_BE_READ.to_owned());
    }
    if hides_something(collected) && level != Level::Strong {
        steps.push(
            "as administrator, add the firmware's facts with --privileged; such a license can be checked only with \
             the same rights"
                .to_owned(),
        );
    }
    if level == Level::Weak {
        steps.push(crate::machine::SET_AN_ID.to_owned());
    }
    steps
}
