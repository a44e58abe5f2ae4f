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
mod tests {
    use super::*;
    use crate::fingerprint::{Threshold, Weights};
    use proptest::prelude::*;

    type Value = (Kind, String, bool);

    fn fingerprint(values: &[Value]) -> Result<Fingerprint, FingerprintError> {
        let readings = values.iter().map(|(kind, value, privileged)| (*kind, value.as_str(), *privileged));
        Fingerprint::from_readings(&Realm::new("r"), readings)
    }

    fn bound(values: &[Value], min: u8) -> Binding {
        let min = Threshold::try_from(min).unwrap();
        Binding::new(&fingerprint(values).unwrap(), &Weights::default(), min).unwrap()
    }

    fn of(kind: Kind, value: &str) -> Value {
        (kind, value.to_owned(), false)
    }

    fn laptop() -> [Value; 4] {
        [
            of(Kind::Mac, "047C165EE35D"),
            of(Kind::Disk, "S4EWNX0M1"),
            (Kind::Board, "PF2QX7R9".to_owned(), true),
            of(Kind::Cpu, "BFEBFBFF00090672"),
        ]
    }

    #[test]
    fn facts_that_take_rights_are_named_as_missing_rights() {
        let binding = bound(&laptop(), 70);
        let [mac, disk, board, cpu] = laptop();
        let seen = [mac, disk.clone(), cpu.clone()];
        let verdict = binding.check(&Device::new(fingerprint(&seen).unwrap(), Reading::Unprivileged));
        assert_eq!((verdict.passes(), verdict.score_percent()), (false, 65));
        assert!(verdict.needs_privileges());
        let complete = binding.check(&Device::new(fingerprint(&seen).unwrap(), Reading::Privileged));
        assert!(!complete.needs_privileges());
        let foreign = [of(Kind::Mac, "047C16AABBCC"), of(Kind::Disk, "OTHER0001"), cpu.clone()];
        let foreign = binding.check(&Device::new(fingerprint(&foreign).unwrap(), Reading::Unprivileged));
        assert!(!foreign.needs_privileges(), "no rights would help on another machine");
        let whole =
            binding.check(&Device::new(fingerprint(&[disk, board, cpu]).unwrap(), Reading::Privileged));
        assert!(whole.passes() && !whole.needs_privileges());
        assert!(binding.check(&Device::none()).needs_privileges());
    }

    #[test]
    fn the_threshold_is_exact() {
        // Two of three addresses are 9.33 of 14; with a disk of 20 that is 86.27 per cent.
        let macs = ["047C160000A1", "047C160000A2", "047C160000A3"].map(|mac| of(Kind::Mac, mac));
        let disk = of(Kind::Disk, "S4EWNX0M1");
        let licensed = [macs.as_slice(), std::slice::from_ref(&disk)].concat();
        let seen = [macs[0].clone(), macs[1].clone(), disk];
        let device = Device::new(fingerprint(&seen).unwrap(), Reading::Unprivileged);
        for (min, passes) in [(86, true), (87, false)] {
            let verdict = bound(&licensed, min).check(&device);
            assert_eq!((verdict.passes(), verdict.score_percent()), (passes, 86));
        }
    }

    #[test]
    fn another_realms_digests_and_opaque_ids_match_nothing() {
        let binding = bound(&laptop(), 60);
        let values = laptop();
        let values = values.iter().map(|(kind, value, _)| (*kind, value.as_str()));
        let other = Fingerprint::from_values(&Realm::new("other"), values).unwrap();
        let verdict = binding.check(&Device::new(other, Reading::Privileged));
        assert_eq!((verdict.passes(), verdict.score_percent()), (false, 0));
        assert!(verdict.components().iter().all(|c| c.outcome == Outcome::Changed));
        let opaque = Device::from_text("vendor-id 7F3A-99", &Realm::new("r")).unwrap();
        assert!(binding.check(&opaque).components().iter().all(|c| c.outcome == Outcome::Missing));
        let id =
            Binding::new(opaque.fingerprint().unwrap(), &Weights::default(), Threshold::default()).unwrap();
        assert!(id.check(&opaque).passes() && id.check(&opaque).is_opaque());
        assert!(!id.check(&Device::from_text("vendor-id 7F3A-98", &Realm::new("r")).unwrap()).passes());
        assert!(!id.check(&Device::from_text("vendor-id 7F3A-99", &Realm::new("s")).unwrap()).passes());
        assert!(!id.check(&Device::none()).passes());
    }

    #[test]
    fn a_verdict_reads_as_one_line_for_each_kind() {
        let licensed =
            [of(Kind::Mac, "047C160000A1"), of(Kind::Mac, "047C160000A2"), of(Kind::Disk, "S4EWNX0M1")];
        let seen = fingerprint(&licensed[1..2]).unwrap();
        let verdict = bound(&licensed, 60).check(&Device::new(seen, Reading::Unprivileged));
        let lines = "mac     partly   weight 14, 1 of 2\ndisk    missing  weight 20";
        assert_eq!(verdict.to_string(), lines);
    }

    /// Values of a few kinds out of a small stock, so that machines often share some.
    fn machine() -> impl Strategy<Value = Vec<Value>> {
        let value =
            (prop::sample::select(vec![Kind::Mac, Kind::Disk, Kind::Board, Kind::Os, Kind::Cpu]), 0u8..6);
        let value = value.prop_map(|(kind, n)| match kind {
            Kind::Mac => of(kind, &format!("047C1600A0{n:02X}")),
            Kind::Cpu => of(kind, "BFEBFBFF00090672"),
            Kind::Os => of(kind, &format!("9f1c2b3a4d5e6f708192a3b4c5d6e7{n:02x}")),
            _ => of(kind, &format!("SER7A1{n}X")),
        });
        prop::collection::vec(value, 1..9)
    }

    proptest! {
        #[test]
        fn machines_that_share_no_weighted_digest_never_both_pass(
            licensed in machine(), one in machine(), other in machine(), min in 51u8..=100,
        ) {
            let (Ok(l), Ok(a), Ok(b)) = (fingerprint(&licensed), fingerprint(&one), fingerprint(&other)) else {
                return Ok(());
            };
            let binding = Binding::new(&l, &Weights::default(), Threshold::try_from(min).unwrap()).unwrap();
            let weighted = |c: &&super::super::Component| c.kind != Kind::Cpu;
            let share = a.components().iter().filter(weighted).any(|c| b.components().contains(c));
            let [a, b] = [a, b].map(|f| binding.check(&Device::new(f, Reading::Unprivileged)));
            prop_assert!(share || !(a.passes() && b.passes()));
        }

        #[test]
        fn a_machine_scores_full_on_its_own_license_and_a_passing_one_reaches_the_threshold(
            licensed in machine(), other in machine(), min in 51u8..=100,
        ) {
            let (Ok(l), Ok(o)) = (fingerprint(&licensed), fingerprint(&other)) else { return Ok(()) };
            let binding = Binding::new(&l, &Weights::default(), Threshold::try_from(min).unwrap()).unwrap();
            let own = binding.check(&Device::new(l.clone(), Reading::Unprivileged));
            prop_assert!(own.passes() && own.score_percent() == 100);
            let verdict = binding.check(&Device::new(o.clone(), Reading::Unprivileged));
            prop_assert_eq!(verdict.passes(), verdict.score_percent() >= min);
            let matched = |c: &ComponentVerdict| !matches!(c.outcome, Outcome::Changed | Outcome::Missing);
            prop_assert_eq!(verdict.components().iter().any(matched), verdict.score_percent() > 0);
            let weights = Weights::default();
            let back = Binding::new(&o, &weights, Threshold::default()).unwrap();
            let back = back.check(&Device::new(l, Reading::Unprivileged));
            prop_assert_eq!(back.score_percent() > 0, verdict.score_percent() > 0);
            let json = serde_json::to_string(&binding).unwrap();
            prop_assert_eq!(serde_json::from_str::<Binding>(&json).unwrap(), binding);
        }
    }
}
