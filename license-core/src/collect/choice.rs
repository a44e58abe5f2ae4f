//! From everything that was read to what a fingerprint may hold.

use super::fact::{Fact, FactStatus, LeftOut};
use crate::fingerprint::{Kind, normalise};

/// A value as a source gave it.
pub(super) struct Candidate {
    pub(super) kind: Kind,
    pub(super) source: String,
    pub(super) value: Result<String, LeftOut>,
    pub(super) privileged: bool,
    /// Only used if no other one of its kind is usable.
    pub(super) spare: bool,
}

impl Candidate {
    pub(super) fn new(kind: Kind, source: impl Into<String>, value: Result<String, LeftOut>) -> Self {
        Self { kind, source: source.into(), value, privileged: false, spare: false }
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

/// Judges every candidate; of too many good ones the lowest values stay, whatever order they were found in.
pub(super) fn choose(mut candidates: Vec<Candidate>) -> Vec<Fact> {
    candidates.sort_by(|a, b| (a.kind, &a.source).cmp(&(b.kind, &b.source)));
    let mut judged: Vec<_> = candidates.iter().map(Candidate::normalised).collect();
    for kind in Kind::ALL {
        let mut good: Vec<_> = (0..judged.len())
            .filter(|&at| candidates[at].kind == kind)
            .filter_map(|at| judged[at].clone().ok().map(|value| (candidates[at].spare, value, at)))
            .collect();
        good.sort();
        let fixed = good.iter().any(|(spare, ..)| !spare);
        let (mut taken, mut last) = (0, None);
        for (spare, value, at) in good {
            let left_out = if spare && fixed {
                Some(LeftOut::RemovableAdapter)
            } else if last.as_ref() == Some(&value) {
                Some(LeftOut::Repeated)
            } else if taken == kind.limit() {
                Some(LeftOut::OverTheLimit)
            } else {
                taken += 1;
                last = Some(value);
                None
            };
            if let Some(why) = left_out {
                judged[at] = Err(why);
            }
        }
    }
    let facts = candidates.into_iter().zip(judged).map(|(candidate, judged)| Fact {
        kind: candidate.kind,
        source: candidate.source,
        status: judged.map_or_else(FactStatus::LeftOut, |_| FactStatus::Used),
        privileged: candidate.privileged,
        value: candidate.value.unwrap_or_default(),
    });
    facts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(source: &str, value: &str, spare: bool) -> Candidate {
        Candidate { spare, ..Candidate::new(Kind::Mac, source, Ok(value.to_owned())) }
    }

    fn outcome(candidates: Vec<Candidate>) -> Vec<(String, String)> {
        choose(candidates).into_iter().map(|fact| (fact.source, fact.status.to_string())).collect()
    }

    #[test]
    fn the_lowest_values_stay_whatever_the_order() {
        let cards =
            |order: [u8; 6]| order.map(|n| mac(&format!("card{n}"), &format!("047C1600000{n}"), false));
        let one = outcome(cards([1, 2, 3, 4, 5, 6]).into());
        assert_eq!(one, outcome(cards([6, 3, 5, 1, 2, 4]).into()));
        assert_eq!(one[3].1, "used");
        assert_eq!(one[4].1, "over the limit");
    }

    #[test]
    fn a_removable_card_counts_only_where_nothing_else_does() {
        let usb = || mac("usb", "00E04C36A177", true);
        assert_eq!(outcome(vec![usb()])[0].1, "used");
        let beside = outcome(vec![usb(), mac("built in", "047C16000001", false)]);
        assert_eq!(
            beside,
            [("built in", "used"), ("usb", "removable adapter")].map(|(a, b)| (a.into(), b.into()))
        );
        let beside_junk = outcome(vec![usb(), mac("built in", "02FC00000001", false)]);
        assert_eq!(beside_junk[1].1, "used");
    }

    #[test]
    fn a_value_counts_once() {
        let twice = vec![mac("a", "04:7C:16:00:00:01", false), mac("b", "047c16000001", false)];
        assert_eq!(outcome(twice)[1].1, "the same as another");
    }
}
