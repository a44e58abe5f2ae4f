//! How strong a binding is, why, and what it would not survive: judged from the binding alone.

mod too_weak;
mod words;

use std::fmt;

use super::binding::Binding;
use super::kind::Kind;

pub use too_weak::{Remedy, TooWeak};
pub use words::{Part, Reason, Strength, Swap, UnknownStrength};

/// What a binding is worth.
///
/// *Weak*: an opaque id, or one independent [`Part`] only. *Strong*: three parts or more, of which any one kind of
/// component may change. *Fair*: anything between. An id set by the operator is strong: the operator answers for it,
/// and no hardware can contradict it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quality {
    strength: Strength,
    parts: Vec<Part>,
    reasons: Vec<Reason>,
    not_survived: Vec<Swap>,
    privileged: bool,
}

impl Binding {
    /// How strong it is, under its own weights and threshold.
    ///
    /// What only the machine itself knows, such as placeholders that were dropped or whether it is a container, plays
    /// no part: a server sees the binding alone.
    #[must_use]
    pub fn quality(&self) -> Quality {
        let kinds: Vec<Counted> = self.kinds().map(Counted::from).collect();
        let Some(threshold) = self.threshold() else {
            return Quality {
                strength: Strength::Weak,
                parts: Vec::new(),
                reasons: vec![Reason::Opaque],
                not_survived: Swap::ALL.to_vec(),
                privileged: false,
            };
        };
        let scale = Scale { least: u32::from(threshold.get()), total: kinds.iter().map(|k| k.points).sum() };
        let mut parts: Vec<Part> = kinds.iter().map(|k| Part::of(k.kind)).collect();
        parts.sort_unstable();
        parts.dedup();
        let ends_it = |k: &&Counted| !scale.survives(k.points);
        let fragile: Vec<Kind> = kinds.iter().filter(ends_it).map(|k| k.kind).collect();
        let survives = |swap: Swap| scale.survives(kinds.iter().map(|k| k.lost_to(swap)).sum());
        let (strength, mut reasons) = match parts.as_slice() {
            [Part::Operator] => (Strength::Strong, vec![Reason::SetByOperator]),
            [only] => (Strength::Weak, vec![Reason::OnlyPart(*only)]),
            several if fragile.is_empty() => {
                let strength = if several.len() >= STRONG_PARTS { Strength::Strong } else { Strength::Fair };
                (strength, vec![Reason::Parts(count(several)), Reason::AnyKindMayChange])
            }
            several => {
                let ends = fragile.into_iter().map(Reason::EndsWith);
                (Strength::Fair, std::iter::once(Reason::Parts(count(several))).chain(ends).collect())
            }
        };
        let has_disk = parts.contains(&Part::Disks);
        if has_disk && survives(Swap::MovedDisks) {
            reasons.push(Reason::FollowsDisks);
        }
        if self.is_privileged() {
            reasons.push(Reason::NeedsRights);
        }
        let not_survived = Swap::ALL.into_iter().filter(|swap| !survives(*swap)).collect();
        Quality { strength, parts, reasons, not_survived, privileged: self.is_privileged() }
    }
}

impl Quality {
    /// The judgement in one word.
    #[must_use]
    pub const fn strength(&self) -> Strength {
        self.strength
    }

    /// The parts that identify the machine and can be exchanged without each other; none for an opaque id.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Why it is judged so, the most important first.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// What would end a license on this machine. Judged for the worst: a main board takes the built-in network cards
    /// with it, and of an opaque id nothing is known.
    #[must_use]
    pub fn not_survived(&self) -> &[Swap] {
        &self.not_survived
    }

    /// Accepts it or says what is missing.
    ///
    /// # Errors
    /// [`TooWeak`], with what can be done about it.
    pub fn at_least(&self, least: Strength) -> Result<(), TooWeak> {
        if self.strength >= least { Ok(()) } else { Err(TooWeak::new(least, self.clone())) }
    }

    /// Whether facts are in it that an ordinary user cannot read.
    #[must_use]
    pub const fn is_privileged(&self) -> bool {
        self.privileged
    }
}

/// `weak binding: only the OS installation id`.
impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} binding: ", self.strength)?;
        match self.reasons.as_slice() {
            [Reason::OnlyPart(part), ..] => write!(f, "only {part}"),
            [Reason::Parts(parts), Reason::EndsWith(kind), ..] => {
                write!(f, "{parts} parts, ended by a change of {}", words::name(*kind))
            }
            [first, ..] => first.fmt(f),
            [] => f.write_str("nothing"),
        }
    }
}

/// From how many independent parts on a binding can be strong.
const STRONG_PARTS: usize = 3;
/// Points of one unit of weight: a kind's weight splits evenly over one to four values.
const POINTS: u32 = 12;

/// A licensed kind.
struct Counted {
    kind: Kind,
    points: u32,
    values: u32,
}

impl From<(Kind, u8, usize)> for Counted {
    fn from((kind, weight, values): (Kind, u8, usize)) -> Self {
        // A kind's limit is 4.
        Self { kind, points: u32::from(weight) * POINTS, values: u32::try_from(values).unwrap_or(1).max(1) }
    }
}

impl Counted {
    /// The points that a swap takes away at worst.
    fn lost_to(&self, swap: Swap) -> u32 {
        let (all, one) = (self.points, self.points / self.values);
        match (swap, self.kind) {
            (_, Kind::Custom | Kind::Cpu) => 0,
            (Swap::Disk, Kind::Disk) | (Swap::NetworkCard, Kind::Mac) => one,
            // Whether a card sits on the board cannot be told from its address.
            (Swap::MainBoard, Kind::Board | Kind::System | Kind::Tpm | Kind::Mac) => all,
            // Firmware keeps its security chip's keys in the processor or for it.
            (Swap::Processor, Kind::Tpm) | (Swap::Reinstall, Kind::Os) => all,
            (Swap::MovedDisks, Kind::Disk | Kind::Os) => 0,
            (Swap::MovedDisks, _) => all,
            _ => 0,
        }
    }
}

/// What is needed of what there is.
struct Scale {
    least: u32,
    total: u32,
}

impl Scale {
    fn survives(&self, lost: u32) -> bool {
        let left = self.total.saturating_sub(lost);
        left > 0 && left * 100 >= self.least * self.total
    }
}

fn count(parts: &[Part]) -> u8 {
    u8::try_from(parts.len()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests;
