//! How much of the licensed device a machine still is.

use std::fmt;

use super::binding::{Binding, Form, Weighted};
use super::error::FingerprintError;
use super::kind::{Kind, TABLE};
use super::realm::{Digest, Realm};
use super::set::Fingerprint;

/// With which rights a machine was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As any user: facts that only root can read are not there.
    Unprivileged,
    /// With the rights to read everything.
    Privileged,
}

/// This machine, or one that is spoken for, as far as it could be read.
///
/// A license is compared with everything that was found. A fingerprint holds few values of a kind and one name of each
/// part, since it is a text; what else was found stands [beside it](Device::with_others), so that a part that is added
/// never hides one that is licensed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    fingerprint: Option<Fingerprint>,
    /// Sorted, each once.
    others: Vec<(Kind, Digest)>,
    unreadable: KindSet,
    reading: Reading,
}

/// Some of the kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct KindSet([bool; TABLE]);

impl KindSet {
    const NONE: Self = Self([false; TABLE]);

    const fn has(self, kind: Kind) -> bool {
        self.0[kind.as_byte() as usize]
    }
}

impl Device {
    /// A machine with a fingerprint.
    #[must_use]
    pub const fn new(fingerprint: Fingerprint, reading: Reading) -> Self {
        Self { fingerprint: Some(fingerprint), others: Vec::new(), unreadable: KindSet::NONE, reading }
    }

    /// A machine on which nothing usable was found; only unbound licenses hold on it.
    #[must_use]
    pub const fn none() -> Self {
        Self::nothing(Reading::Unprivileged)
    }

    /// A machine that was read and on which nothing usable was found.
    pub(crate) const fn nothing(reading: Reading) -> Self {
        Self { fingerprint: None, others: Vec::new(), unreadable: KindSet::NONE, reading }
    }

    /// Adds what was found on the machine beside its fingerprint: values over a kind's limit, removable parts, further
    /// names of a disk. Digests of the fingerprint's realm, in any order; those that it holds may be among them.
    ///
    /// They count when a license is checked, and are in no text.
    #[must_use]
    pub fn with_others(mut self, others: impl IntoIterator<Item = (Kind, Digest)>) -> Self {
        self.others.extend(others);
        self.others.sort_unstable();
        self.others.dedup();
        self
    }

    /// Adds kinds that the system would not show, though a user of other rights may see them.
    #[must_use]
    pub fn with_unreadable(mut self, kinds: impl IntoIterator<Item = Kind>) -> Self {
        kinds.into_iter().for_each(|kind| self.unreadable.0[usize::from(kind.as_byte())] = true);
        self
    }

    /// A machine that a text speaks for; taken as complete.
    ///
    /// # Errors
    /// As [`Fingerprint::parse`].
    pub fn from_text(text: &str, realm: &Realm) -> Result<Self, FingerprintError> {
        Ok(Self::new(Fingerprint::parse(text, realm)?, Reading::Privileged))
    }

    /// What its text says: at most a few values of each kind.
    #[must_use]
    pub const fn fingerprint(&self) -> Option<&Fingerprint> {
        self.fingerprint.as_ref()
    }

    /// With which rights it was read.
    #[must_use]
    pub const fn reading(&self) -> Reading {
        self.reading
    }

    /// Whether a value of this kind was found, of whatever realm.
    fn shows(&self, kind: Kind) -> bool {
        let shown = self.fingerprint().map_or(&[][..], Fingerprint::components);
        let others = self.others.get(self.others.partition_point(|(other, _)| *other < kind));
        shown.iter().any(|c| c.kind == kind) || others.is_some_and(|(other, _)| *other == kind)
    }
}

/// What became of one licensed kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All its licensed values are there.
    Matched,
    /// Some of them are.
    Partly {
        /// How many are there.
        matched: u8,
        /// How many are licensed.
        of: u8,
    },
    /// The machine has other values of this kind.
    Changed,
    /// The machine shows no value of this kind.
    Missing,
    /// The system would not show values of this kind to this user.
    Unreadable,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Matched => "matched",
            Self::Partly { .. } => "partly",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
        })
    }
}

/// One licensed kind, its weight and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComponentVerdict {
    /// Which kind.
    pub kind: Kind,
    /// How much it counts in this license.
    pub weight: u8,
    /// What became of it.
    pub outcome: Outcome,
}

/// Whether a machine is the licensed one, and why.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    // Kept in place: a license is checked without any allocation.
    components: [ComponentVerdict; Kind::ALL.len()],
    len: u8,
    score_percent: u8,
    passes: bool,
    needs_privileges: bool,
}

impl Verdict {
    /// Whether the license holds on this machine.
    #[must_use]
    pub const fn passes(&self) -> bool {
        self.passes
    }

    /// The matched share of the licensed weight, rounded down; 0 or 100 for an opaque id.
    #[must_use]
    pub const fn score_percent(&self) -> u8 {
        self.score_percent
    }

    /// Every licensed kind by its byte; none for an opaque id.
    #[must_use]
    pub fn components(&self) -> &[ComponentVerdict] {
        self.components.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Whether the license is bound to an opaque id.
    #[must_use]
    pub const fn is_opaque(&self) -> bool {
        self.len == 0
    }

    /// Whether it failed only because facts are missing that take rights to read, or that the system would not show to
    /// this user: it would pass if they matched.
    #[must_use]
    pub const fn needs_privileges(&self) -> bool {
        self.needs_privileges
    }
}

/// Twelfths of a weight split evenly over one to four digests: whole numbers.
const PARTS: u32 = 12;

impl Binding {
    /// Compares the licensed device with a machine, in exact whole numbers.
    ///
    /// A kind's weight is split evenly over its licensed digests. It passes if the matched share reaches the
    /// threshold and at least one anchor matched; digests of another realm match nothing.
    #[must_use]
    pub fn check(&self, device: &Device) -> Verdict {
        let here = device.fingerprint().filter(|found| found.realm() == self.realm);
        match &self.form {
            Form::Weighted(weighted) => weighted.check(device, here),
            Form::Opaque(id) => {
                let passes = here.and_then(Fingerprint::opaque_id) == Some(*id);
                let score_percent = if passes { 100 } else { 0 };
                Verdict { components: [BLANK; _], len: 0, score_percent, passes, needs_privileges: false }
            }
        }
    }
}

impl Weighted {
    fn check(&self, device: &Device, here: Option<&Fingerprint>) -> Verdict {
        let named = here.map_or(&[][..], Fingerprint::components);
        let others = here.map_or(&[][..], |_| &device.others);
        let (mut components, mut len) = ([BLANK; _], 0);
        let (mut total, mut score, mut anchored) = (0, 0, false);
        let (mut missing, mut unreadable) = (0, 0);
        for ((kind, weight, licensed), slot) in self.kinds().zip(&mut components) {
            // A text names a few; of what else was found there may be thousands.
            let is_here = |one: &(Kind, Digest)| {
                named.iter().any(|c| (c.kind, c.digest) == *one) || others.binary_search(one).is_ok()
            };
            let matched = licensed.iter().filter(|one| is_here(one)).count();
            let outcome = match matched {
                0 if device.shows(kind) => Outcome::Changed,
                0 if device.unreadable.has(kind) => Outcome::Unreadable,
                0 => Outcome::Missing,
                n if n == licensed.len() => Outcome::Matched,
                n => Outcome::Partly { matched: small(n) as u8, of: small(licensed.len()) as u8 },
            };
            let full = u32::from(weight) * PARTS;
            total += full;
            score += full / small(licensed.len()) * small(matched);
            anchored |= matched > 0 && kind.is_anchor();
            missing += if outcome == Outcome::Missing { full } else { 0 };
            unreadable += if outcome == Outcome::Unreadable { full } else { 0 };
            *slot = ComponentVerdict { kind, weight, outcome };
            len += 1;
        }
        let enough = |points: u32| points * 100 >= u32::from(self.min.get()) * total;
        let passes = anchored && enough(score);
        // What is missing may be what was not read for want of rights.
        let is_unread = self.privileged && device.reading() == Reading::Unprivileged;
        let unread = unreadable + if is_unread { missing } else { 0 };
        let score_percent = (score * 100).checked_div(total).unwrap_or(0).min(100) as u8;
        Verdict {
            components,
            len,
            score_percent,
            passes,
            needs_privileges: unread > 0 && !passes && enough(score + unread),
        }
    }
}

/// A count within a kind's limit.
fn small(n: usize) -> u32 {
    n as u32
}

const BLANK: ComponentVerdict = ComponentVerdict { kind: Kind::Mac, weight: 0, outcome: Outcome::Missing };

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdict")
            .field("passes", &self.passes)
            .field("score_percent", &self.score_percent)
            .field("components", &self.components())
            .field("needs_privileges", &self.needs_privileges)
            .finish()
    }
}

impl fmt::Display for Verdict {
    /// One line for each licensed kind, or one for an opaque id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_opaque() {
            return write!(f, "device id  {}", if self.passes { "matched" } else { "another one" });
        }
        for (at, ComponentVerdict { kind, weight, outcome }) in self.components().iter().enumerate() {
            let line_end = if at == 0 { "" } else { "\n" };
            write!(f, "{line_end}{kind:<7} {outcome:<8} weight {weight}")?;
            if let Outcome::Partly { matched, of } = outcome {
                write!(f, ", {matched} of {of}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
