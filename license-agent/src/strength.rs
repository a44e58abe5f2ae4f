//! How well a fingerprint tells this machine from others, and how much change it bears.

use license_core::collect::Collected;
use license_core::{Fingerprint, Kind, Threshold};
use serde::Serialize;

use crate::machine::hides_something;

/// How strong a fingerprint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// One kind of component only.
    Weak,
    /// Several, but one that changes can end a license.
    Fair,
    /// Any one kind may change.
    Strong,
}

/// A judgement with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Strength {
    pub(crate) level: Level,
    pub(crate) why: String,
    pub(crate) advice: Vec<String>,
}

impl Level {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Fair => "fair",
            Self::Strong => "strong",
        }
    }
}

/// Judges by the usual weights and threshold; a product may set others.
pub(crate) fn judge(fingerprint: &Fingerprint, collected: &Collected) -> Strength {
    let mut kinds: Vec<Kind> =
        fingerprint.components().iter().map(|c| c.kind).filter(|k| k.is_anchor()).collect();
    kinds.dedup();
    let (level, why) = weigh(&kinds);
    Strength { level, why, advice: advice(level, hides_something(collected)) }
}

fn weigh(kinds: &[Kind]) -> (Level, String) {
    if let [only] = kinds {
        return (Level::Weak, format!("only {}, {}", name(*only), doubt(*only)));
    }
    let total: u32 = kinds.iter().map(|kind| u32::from(kind.default_weight())).sum();
    let least = u32::from(Threshold::default().get());
    let ends_it = |kind: &&Kind| (total - u32::from(kind.default_weight())) * 100 < least * total;
    let fragile: Vec<_> = kinds.iter().filter(ends_it).map(|kind| name(*kind)).collect();
    if fragile.is_empty() {
        return (Level::Strong, format!("{} kinds of components, any one of which may change", kinds.len()));
    }
    let why = format!(
        "{} kinds of components; a license with the usual weights ends with a change of {}",
        kinds.len(),
        fragile.join(" or of ")
    );
    (Level::Fair, why)
}

fn advice(level: Level, hidden: bool) -> Vec<String> {
    let mut steps = Vec::new();
    if hidden && level != Level::Strong {
        steps.push(
            "as administrator, add the firmware's facts with --privileged; such a license can be checked only with \
             the same rights"
                .to_owned(),
        );
    }
    if level == Level::Weak {
        steps.push("agree with your vendor on an identifier of your own for this machine".to_owned());
    }
    steps
}

/// The kind in words.
const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Mac => "the network cards",
        Kind::Disk => "the disks",
        Kind::Board => "the main board's serial number",
        Kind::Cpu => "the processor's model",
        Kind::System => "the system's id in the firmware",
        Kind::Os => "the OS installation id",
        Kind::Cloud => "the cloud's instance id",
        Kind::Tpm => "the security chip",
        Kind::Custom => "the identifier that was set",
    }
}

/// Why it is little on its own.
const fn doubt(kind: Kind) -> &'static str {
    match kind {
        Kind::Os => "which copies of a disk image share and a new installation changes",
        Kind::Mac => "which can be exchanged and whose addresses can be imitated",
        Kind::Disk => "which can be exchanged",
        Kind::Cloud => "which a rebuilt machine changes",
        Kind::Board | Kind::System | Kind::Tpm => "which a repair can change",
        Kind::Cpu | Kind::Custom => "which nothing else backs up",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_is_what_a_change_leaves() {
        for (kinds, expected) in [
            (
                &[Kind::Os][..],
                "only the OS installation id, which copies of a disk image share and a new installation changes",
            ),
            (
                &[Kind::Mac, Kind::Os],
                "2 kinds of components; a license with the usual weights ends with a change of the OS installation id",
            ),
            (
                &[Kind::Disk, Kind::Os],
                "2 kinds of components; a license with the usual weights ends with a change of the disks or of the OS installation id",
            ),
            (
                &[Kind::Mac, Kind::Disk, Kind::Board, Kind::System, Kind::Os],
                "5 kinds of components, any one of which may change",
            ),
        ] {
            assert_eq!(weigh(kinds).1, expected);
        }
        assert_eq!(weigh(&[Kind::Mac, Kind::Disk, Kind::Os]).0, Level::Fair);
        assert_eq!(weigh(&[Kind::Mac, Kind::Disk, Kind::Board]).0, Level::Fair);
        assert_eq!(weigh(&[Kind::Disk, Kind::Board, Kind::System]).0, Level::Strong);
    }
}
