//! A run beside what bounds it: the same calls without storage, and the same rows without a server.

use serde::Serialize;

use crate::bare::Bare;
use crate::report::Report;

/// What was measured in turn, once.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) run: Report,
    /// The same calls with testFlag 1.
    pub(crate) test_flag: Option<Report>,
    /// The rows that the run stored.
    pub(crate) bare: Option<Bare>,
}

/// How a run compares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// How often everything was measured, in turns.
    pub rounds: usize,
    /// Right answers a second of the run.
    pub run: Spread,
    /// The same calls with testFlag 1, which store nothing.
    pub test_flag: Option<Against>,
    /// Bare inserts of the rows that were stored; the ratio is that of applications.
    pub bare_inserts: Option<Against>,
}

/// One figure of several rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Half of them are smaller.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

/// What a run is compared with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Against {
    /// In words.
    pub name: String,
    /// A second.
    pub rate: Spread,
    /// The run's median by this one's.
    pub ratio: f64,
    /// The smallest ratio of a round.
    pub ratio_min: f64,
    /// The largest ratio of a round.
    pub ratio_max: f64,
}

/// The round in the middle, with what was wrong in any of them and how they compare; `None` of no round.
pub(crate) fn merged(mut rounds: Vec<Round>) -> Option<Report> {
    let comparison = Comparison::of(&rounds)?;
    rounds.sort_by(|a, b| a.run.all().total_cmp(&b.run.all()));
    let reports = || rounds.iter().flat_map(|round| std::iter::once(&round.run).chain(&round.test_flag));
    let wrong = reports().map(|report| report.wrong).sum();
    let faults = reports().flat_map(|report| report.faults.iter().cloned()).take(10).collect();
    let is_alone = comparison.rounds == 1 && comparison.test_flag.is_none();
    let middle = rounds.swap_remove((rounds.len() - 1) / 2).run;
    Some(Report { wrong, faults, comparison: (!is_alone).then_some(comparison), ..middle })
}

impl Comparison {
    fn of(rounds: &[Round]) -> Option<Self> {
        let pair = |ours: f64, theirs: Option<f64>| theirs.map(|theirs| (ours, theirs));
        let flagged = rounds
            .iter()
            .filter_map(|round| pair(round.run.all(), round.test_flag.as_ref().map(Report::all)));
        let bare = rounds
            .iter()
            .filter_map(|round| pair(round.run.granted_rate, round.bare.as_ref().map(|b| b.rate)));
        let batch = rounds.iter().find_map(|round| Some(round.bare.as_ref()?.batch)).unwrap_or_default();
        Some(Self {
            rounds: rounds.len(),
            run: Spread::of(rounds.iter().map(|round| round.run.all()))?,
            test_flag: Against::of("with testFlag 1".into(), flagged),
            bare_inserts: Against::of(format!("bare inserts, {batch} a transaction"), bare),
        })
    }
}

impl Spread {
    fn of(figures: impl Iterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<_> = figures.collect();
        figures.sort_by(f64::total_cmp);
        let (min, max) = (*figures.first()?, *figures.last()?);
        let (low, high) = (figures[(figures.len() - 1) / 2], figures[figures.len() / 2]);
        Some(Self { median: f64::midpoint(low, high), min, max })
    }
}

impl Against {
    /// Of pairs of the run's rate and the other one.
    fn of(name: String, rounds: impl Iterator<Item = (f64, f64)>) -> Option<Self> {
        let rounds: Vec<_> = rounds.collect();
        let ours = Spread::of(rounds.iter().map(|(ours, _)| *ours))?;
        let rate = Spread::of(rounds.iter().map(|(_, theirs)| *theirs))?;
        let ratios = Spread::of(rounds.iter().map(|(ours, theirs)| ours / theirs))?;
        Some(Self {
            name,
            rate,
            ratio: ours.median / rate.median,
            ratio_min: ratios.min,
            ratio_max: ratios.max,
        })
    }
}

impl std::fmt::Display for Comparison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let many = self.rounds > 1;
        if many {
            let Spread { median, min, max } = self.run;
            writeln!(
                f,
                "{} rounds, the one in the middle above: {median:.0}/s ({min:.0} to {max:.0})",
                self.rounds
            )?;
        }
        for Against { name, rate, ratio, ratio_min, ratio_max } in
            self.test_flag.iter().chain(&self.bare_inserts)
        {
            let Spread { median, min, max } = rate;
            if many {
                writeln!(
                    f,
                    "{name}: {median:.0}/s ({min:.0} to {max:.0}), ratio {ratio:.2} ({ratio_min:.2} to {ratio_max:.2})"
                )?;
            } else {
                writeln!(f, "{name}: {median:.0}/s, ratio {ratio:.2}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_the_medians() {
        let rounds = [(10.0, 100.0), (30.0, 50.0), (20.0, 80.0)];
        let against = Against::of("x".into(), rounds.into_iter()).unwrap();
        assert_eq!(against.rate, Spread { median: 80.0, min: 50.0, max: 100.0 });
        assert_eq!((against.ratio, against.ratio_min, against.ratio_max), (0.25, 0.1, 0.6));
        assert_eq!(Against::of("x".into(), [].into_iter()), None);
    }

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0].into_iter()).map(|spread| spread.median), Some(2.5));
    }

    #[test]
    fn a_comparison_is_a_line_each() {
        let one = |median| Spread { median, min: median, max: median };
        let against = |name: &str, rate, ratio| {
            let rate = one(rate);
            Some(Against { name: name.into(), rate, ratio, ratio_min: ratio, ratio_max: ratio })
        };
        let mut comparison = Comparison {
            rounds: 1,
            run: one(14_281.0),
            test_flag: against("with testFlag 1", 68_007.0, 0.21),
            bare_inserts: against("bare inserts, 64 a transaction", 41_000.0, 0.348),
        };
        let text =
            "with testFlag 1: 68007/s, ratio 0.21\nbare inserts, 64 a transaction: 41000/s, ratio 0.35\n";
        assert_eq!(comparison.to_string(), text);
        comparison.rounds = 3;
        comparison.bare_inserts = None;
        assert_eq!(
            comparison.to_string(),
            "3 rounds, the one in the middle above: 14281/s (14281 to 14281)\n\
             with testFlag 1: 68007/s (68007 to 68007), ratio 0.21 (0.21 to 0.21)\n"
        );
    }
}
