//! How much each kind counts, and how much must match.

use super::kind::{Kind, TABLE};
use super::quality::Part;

/// How much each kind counts in a license: 0 (left out) to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights([u8; TABLE]);

/// A weight that cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightError {
    /// A processor model never counts, and a custom id always counts alone.
    #[error("the weight of {0} is fixed")]
    Fixed(Kind),
    /// Over 100.
    #[error("the weight {weight} of {kind} is over 100")]
    TooHigh {
        /// Which kind.
        kind: Kind,
        /// The weight asked for.
        weight: u8,
    },
}

impl Default for Weights {
    fn default() -> Self {
        let mut table = [0; TABLE];
        Kind::ALL.into_iter().for_each(|kind| table[at(kind)] = kind.default_weight());
        Self(table)
    }
}

impl Weights {
    /// With another weight for one kind.
    ///
    /// # Errors
    /// For `cpu`, `custom` and weights over 100.
    pub fn with(mut self, kind: Kind, weight: u8) -> Result<Self, WeightError> {
        if matches!(kind, Kind::Cpu | Kind::Custom) {
            return Err(WeightError::Fixed(kind));
        }
        if weight > 100 {
            return Err(WeightError::TooHigh { kind, weight });
        }
        self.0[at(kind)] = weight;
        Ok(self)
    }

    /// The weight of a kind.
    #[must_use]
    pub fn get(&self, kind: Kind) -> u8 {
        self.0[at(kind)]
    }

    /// The weights in a license that holds these kinds; 0 for all others.
    ///
    /// One repair changes all that sits on a main board, so `board`, `system` and `tpm` together weigh as much as the
    /// heaviest of them, divided in proportion to their weights. A kind that counts at all counts at least 1.
    #[must_use]
    pub fn shared(&self, holds: impl Fn(Kind) -> bool) -> Self {
        let mut shared = Self([0; TABLE]);
        let counted = |kind: &Kind| holds(*kind) && self.get(*kind) > 0;
        Kind::ALL.into_iter().filter(counted).for_each(|kind| shared.0[at(kind)] = self.get(kind));
        let board =
            || Kind::ALL.into_iter().filter(|kind| Part::of(*kind) == Part::MainBoard).filter(counted);
        let sum: u16 = board().map(|kind| u16::from(self.get(kind))).sum();
        let Some(heaviest) = board().max_by_key(|kind| (self.get(*kind), kind.as_byte())) else {
            return shared;
        };
        let whole = self.get(heaviest);
        let mut left = whole;
        for kind in board().filter(|kind| *kind != heaviest) {
            // Not over `whole`, as the share of a sum that holds `whole`.
            let share = u16::from(whole) * u16::from(self.get(kind)) / sum;
            let share = u8::try_from(share).unwrap_or(whole).max(1);
            shared.0[at(kind)] = share;
            left = left.saturating_sub(share);
        }
        shared.0[at(heaviest)] = left.max(1);
        shared
    }
}

fn at(kind: Kind) -> usize {
    usize::from(kind.as_byte())
}

/// The least share of the licensed weight that must match, in per cent: 51 to 100, 60 unless set.
///
/// Over half, so that two machines that share nothing can never both pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Threshold(u8);

/// The threshold is not between 51 and 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the threshold {0} is not between 51 and 100")]
pub struct ThresholdError(pub u8);

impl Threshold {
    /// In per cent.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for Threshold {
    fn default() -> Self {
        Self(60)
    }
}

impl TryFrom<u8> for Threshold {
    type Error = ThresholdError;

    fn try_from(percent: u8) -> Result<Self, ThresholdError> {
        if (51..=100).contains(&percent) { Ok(Self(percent)) } else { Err(ThresholdError(percent)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_weights_that_mean_something_can_be_set() {
        let weights = Weights::default().with(Kind::Disk, 0).unwrap().with(Kind::Tpm, 100).unwrap();
        assert_eq!((weights.get(Kind::Disk), weights.get(Kind::Tpm), weights.get(Kind::Os)), (0, 100, 20));
        assert_eq!(weights.with(Kind::Cpu, 1), Err(WeightError::Fixed(Kind::Cpu)));
        assert_eq!(weights.with(Kind::Custom, 100), Err(WeightError::Fixed(Kind::Custom)));
        assert_eq!(weights.with(Kind::Os, 101), Err(WeightError::TooHigh { kind: Kind::Os, weight: 101 }));
    }

    #[test]
    fn what_sits_on_one_main_board_shares_one_weight() {
        let shared = |weights: &Weights, kinds: &[Kind]| {
            let shared = weights.shared(|kind| kinds.contains(&kind));
            [Kind::Disk, Kind::Board, Kind::System, Kind::Tpm].map(|kind| shared.get(kind))
        };
        let usual = Weights::default();
        assert_eq!(shared(&usual, &[Kind::Disk, Kind::Board]), [20, 18, 0, 0]);
        assert_eq!(shared(&usual, &[Kind::Disk, Kind::Board, Kind::System]), [20, 9, 9, 0]);
        assert_eq!(shared(&usual, &[Kind::Board, Kind::System, Kind::Tpm]), [0, 6, 6, 6]);
        let set = usual.with(Kind::Board, 40).unwrap().with(Kind::System, 10).unwrap();
        assert_eq!(shared(&set, &[Kind::Board, Kind::System]), [0, 32, 8, 0]);
        let tiny =
            usual.with(Kind::Board, 1).unwrap().with(Kind::System, 1).unwrap().with(Kind::Tpm, 1).unwrap();
        assert_eq!(shared(&tiny, &[Kind::Board, Kind::System, Kind::Tpm]), [0, 1, 1, 1]);
        let without = usual.with(Kind::System, 0).unwrap();
        assert_eq!(shared(&without, &[Kind::Board, Kind::System]), [0, 18, 0, 0]);
    }

    #[test]
    fn a_threshold_is_always_over_half() {
        for percent in [0, 50, 101, 255] {
            assert_eq!(Threshold::try_from(percent), Err(ThresholdError(percent)));
        }
        assert_eq!(Threshold::try_from(51).map(Threshold::get), Ok(51));
        assert_eq!(Threshold::try_from(100).map(Threshold::get), Ok(100));
    }
}
