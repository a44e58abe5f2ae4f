//! Which of the values that were read name one and the same part.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::choice::{Candidate, Rank};

/// A part of the machine: a disk, a network card.
pub(super) struct Part<'a> {
    pub(super) rank: Rank,
    /// The one that a text names first; at least one.
    pub(super) names: Vec<Name<'a>>,
}

/// A usable value.
pub(super) struct Name<'a> {
    wish: u8,
    rank: Rank,
    pub(super) value: &'a str,
    /// Which candidate it is.
    pub(super) at: usize,
}

impl<'a> Part<'a> {
    /// Its different values, the one for a text first.
    pub(super) fn values(&self) -> Vec<&'a str> {
        let mut seen = HashSet::new();
        self.names.iter().map(|name| name.value).filter(|value| seen.insert(*value)).collect()
    }
}

/// The parts that values of one kind name, by rank, then by the value for a text.
///
/// Values are of one part if their source says so, and parts that have a value in common are one: a disk that is seen
/// on two paths.
pub(super) fn of<'a>(names: impl Iterator<Item = (usize, &'a Candidate, &'a str)>) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    let mut by_source: HashMap<&str, usize> = HashMap::new();
    for (at, candidate, value) in names {
        let name = Name { wish: candidate.wish, rank: candidate.rank, value, at };
        let known = candidate.part.as_deref().map(|source| by_source.entry(source));
        match known {
            Some(Entry::Occupied(known)) => {
                let part = &mut parts[*known.get()];
                part.rank = part.rank.min(candidate.rank);
                part.names.push(name);
            }
            other => {
                if let Some(Entry::Vacant(new)) = other {
                    new.insert(parts.len());
                }
                parts.push(Part { rank: candidate.rank, names: vec![name] });
            }
        }
    }
    let mut parts = merged(parts);
    for part in &mut parts {
        part.names.sort_by(|a, b| (a.wish, a.value, a.rank, a.at).cmp(&(b.wish, b.value, b.rank, b.at)));
    }
    parts.sort_by(|a, b| {
        (a.rank, a.names.first().map(|n| n.value)).cmp(&(b.rank, b.names.first().map(|n| n.value)))
    });
    parts
}

/// Makes one of parts that have a value in common, also by way of a third.
fn merged(parts: Vec<Part<'_>>) -> Vec<Part<'_>> {
    // Each part points to an earlier one that it is the same as, or to itself.
    let mut same: Vec<usize> = (0..parts.len()).collect();
    let mut by_value: HashMap<&str, usize> = HashMap::new();
    for (at, part) in parts.iter().enumerate() {
        for name in &part.names {
            match by_value.entry(name.value) {
                Entry::Vacant(new) => _ = new.insert(at),
                Entry::Occupied(known) => {
                    let (one, other) = (first(&mut same, *known.get()), first(&mut same, at));
                    same[one.max(other)] = one.min(other);
                }
            }
        }
    }
    let mut whole: Vec<Part<'_>> = Vec::with_capacity(parts.len());
    let mut places: HashMap<usize, usize> = HashMap::new();
    for (at, part) in parts.into_iter().enumerate() {
        match places.entry(first(&mut same, at)) {
            Entry::Vacant(new) => {
                new.insert(whole.len());
                whole.push(part);
            }
            Entry::Occupied(known) => {
                let kept = &mut whole[*known.get()];
                kept.rank = kept.rank.min(part.rank);
                kept.names.extend(part.names);
            }
        }
    }
    whole
}

/// The first of the parts that this one is the same as; the way there is made short for the next time.
fn first(same: &mut [usize], part: usize) -> usize {
    let mut at = part;
    while same[at] != at {
        same[at] = same[same[at]];
        at = same[at];
    }
    at
}
