//! From everything that was read to what a text names, and to what counts when a license is checked.

use std::collections::HashSet;

use super::fact::{Fact, FactStatus, LeftOut};
use super::part::{self, Part};
use crate::fingerprint::{Kind, normalise};

/// A value as a source gave it: one name of one part.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) kind: Kind,
    pub(super) source: String,
    pub(super) value: Result<String, LeftOut>,
    pub(super) privileged: bool,
    pub(super) rank: Rank,
    /// The part that it names, where there are several names of one.
    pub(super) part: Option<String>,
    /// Of a part's names a text has the one with the lowest number.
    pub(super) wish: u8,
}

/// How much a part belongs to the machine; the lowest are named first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Built in.
    Physical,
    /// Made by a hypervisor or by software.
    Virtual,
    /// A disk that others may see as well. Named only where there is no local one.
    Remote,
    /// It goes with its owner or its desk. Named only where nothing else is.
    Removable,
    /// It belongs to the system around this one. Named only where a license named it already.
    Borrowed,
}

impl Candidate {
    pub(super) fn new(kind: Kind, source: impl Into<String>, value: Result<String, LeftOut>) -> Self {
        let (rank, part) = (Rank::Physical, None);
        Self { kind, source: source.into(), value, privileged: false, rank, part, wish: 0 }
    }

    /// Left out because it names a container's host or image; what could not be used anyway keeps its reason.
    pub(super) fn of_a_container(self) -> Self {
        let value = match self.value {
            Ok(_) if self.normalised().is_ok() => Err(LeftOut::Container),
            Err(LeftOut::NeedsPrivileges) => Err(LeftOut::Container),
            value => value,
        };
        Self { value, ..self }
    }

    /// The one spelling of its value, or why it names no machine.
    pub(super) fn normalised(&self) -> Result<String, LeftOut> {
        let value = self.value.as_ref().map_err(|why| *why)?;
        normalise(self.kind, value).map_err(LeftOut::from)
    }
}

/// Judges every candidate, in the order of a report: by kind, then source.
///
/// A text first names the values that `is_licensed` says are in a license, then one name of each part, by rank, then by
/// value: whatever order they were found in, and whatever the system calls them.
pub(super) fn choose(mut candidates: Vec<Candidate>, is_licensed: &dyn Fn(Kind, &str) -> bool) -> Vec<Fact> {
    candidates.sort_by(|a, b| (a.kind, &a.source).cmp(&(b.kind, &b.source)));
    let judged: Vec<_> = candidates.iter().map(Candidate::normalised).collect();
    let usable = judged.iter().map(Result::is_ok).collect::<Vec<_>>();
    let mut fates: Vec<_> = judged
        .iter()
        .map(|value| value.as_ref().err().copied().map_or(UNDECIDED, FactStatus::LeftOut))
        .collect();
    for kind in Kind::ALL {
        let names =
            candidates.iter().zip(&judged).enumerate().filter(|(_, (candidate, _))| candidate.kind == kind);
        let names =
            names.filter_map(|(at, (candidate, value))| Some((at, candidate, value.as_deref().ok()?)));
        let parts = part::of(names);
        let named = named(kind, &parts, is_licensed);
        for (part, named) in parts.iter().zip(named) {
            let mut seen = HashSet::new();
            for name in &part.names {
                let is_first = seen.is_empty();
                fates[name.at] = match &named {
                    _ if !seen.insert(name.value) => FactStatus::LeftOut(LeftOut::Repeated),
                    Ok(values) if values.contains(&name.value) => FactStatus::Used,
                    Err(why) if is_first => FactStatus::LeftOut(*why),
                    _ => FactStatus::LeftOut(LeftOut::OtherName),
                };
            }
        }
    }
    let facts = candidates.into_iter().zip(usable).zip(fates).map(|((candidate, counts), status)| Fact {
        kind: candidate.kind,
        source: candidate.source,
        status,
        counts,
        privileged: candidate.privileged,
        value: candidate.value.unwrap_or_default(),
    });
    facts.collect()
}

/// Every usable value is a name of some part, so none keeps this.
const UNDECIDED: FactStatus = FactStatus::LeftOut(LeftOut::OtherName);

/// By which values each part is named in a text, or why it is not.
fn named<'a>(
    kind: Kind,
    parts: &[Part<'a>],
    is_licensed: &dyn Fn(Kind, &str) -> bool,
) -> Vec<Result<Vec<&'a str>, LeftOut>> {
    let mut left = kind.limit();
    let mut named: Vec<_> = parts
        .iter()
        .map(|part| {
            let mut values = part.values();
            values.retain(|value| is_licensed(kind, value));
            values.truncate(left);
            left -= values.len();
            Ok(values)
        })
        .collect();
    let best = parts.iter().map(|part| part.rank).min();
    for (part, named) in parts.iter().zip(&mut named) {
        if !named.as_ref().is_ok_and(Vec::is_empty) {
            continue;
        }
        let stands_back = match part.rank {
            Rank::Physical | Rank::Virtual => None,
            Rank::Borrowed => Some(LeftOut::VirtualAdapter),
            _ if best == Some(part.rank) => None,
            Rank::Remote => Some(LeftOut::RemoteDisk),
            Rank::Removable if kind == Kind::Disk => Some(LeftOut::RemovableDisk),
            Rank::Removable => Some(LeftOut::RemovableAdapter),
        };
        *named = match (stands_back, left) {
            (Some(why), _) => Err(why),
            (None, 0) => Err(LeftOut::OverTheLimit),
            (None, _) => {
                left -= 1;
                Ok(part.names.iter().take(1).map(|name| name.value).collect())
            }
        };
    }
    named
}

#[cfg(test)]
mod tests;
