//! The words of a judgement.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::fingerprint::kind::Kind;

/// How well a binding tells its machine from others, and how much change it bears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// One independent part only, or an opaque id.
    #[default]
    Weak,
    /// Several parts.
    Fair,
    /// Three parts or more, and any one kind of component may change.
    Strong,
}

impl Strength {
    /// All of them, the weakest first.
    pub const ALL: [Self; 3] = [Self::Weak, Self::Fair, Self::Strong];

    /// One word in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Fair => "fair",
            Self::Strong => "strong",
        }
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a strength; one of weak, fair, strong")]
pub struct UnknownStrength;

impl FromStr for Strength {
    type Err = UnknownStrength;

    fn from_str(name: &str) -> Result<Self, UnknownStrength> {
        Self::ALL.into_iter().find(|strength| strength.as_str() == name).ok_or(UnknownStrength)
    }
}

/// What is exchanged as one piece: kinds of one part do not back each other up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// `mac`. A card on the main board goes with it, but its address does not tell where it sits.
    NetworkCards,
    /// `disk`.
    Disks,
    /// `board`, `system` and `tpm`: one repair changes all three.
    MainBoard,
    /// `os`.
    Installation,
    /// `cloud`.
    CloudInstance,
    /// `custom`.
    Operator,
}

impl Part {
    /// Which part a kind belongs to. A processor's model, which names no machine, is counted with its board.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Mac => Self::NetworkCards,
            Kind::Disk => Self::Disks,
            Kind::Board | Kind::System | Kind::Tpm | Kind::Cpu => Self::MainBoard,
            Kind::Os => Self::Installation,
            Kind::Cloud => Self::CloudInstance,
            Kind::Custom => Self::Operator,
        }
    }

    /// Why it is little on its own.
    const fn doubt(self) -> &'static str {
        match self {
            Self::NetworkCards => "which can be exchanged and whose addresses can be imitated",
            Self::Disks => "which can be exchanged",
            Self::MainBoard => "which a repair can change",
            Self::Installation => "which copies of a disk image share and a new installation changes",
            Self::CloudInstance => "which a rebuilt machine changes",
            Self::Operator => "which the operator answers for",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NetworkCards => "the network cards",
            Self::Disks => "the disks",
            Self::MainBoard => "the main board",
            Self::Installation => "the OS installation id",
            Self::CloudInstance => "the cloud's instance id",
            Self::Operator => "the id set by the operator",
        })
    }
}

/// Why a binding is judged as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It is an identifier of the vendor's own, of which nothing is known.
    Opaque,
    /// It is an id that the operator set.
    SetByOperator,
    /// Nothing backs this part up.
    OnlyPart(Part),
    /// So many parts can be exchanged without each other.
    Parts(u8),
    /// A license ends when this kind of component changes.
    EndsWith(Kind),
    /// A license bears the change of any one kind.
    AnyKindMayChange,
    /// The disks alone carry a license into another machine.
    FollowsDisks,
    /// An ordinary user cannot check a license that counts on it.
    NeedsRights,
}

impl Reason {
    /// A short fixed name, for programs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Opaque => "opaque",
            Self::SetByOperator => "set-by-operator",
            Self::OnlyPart(_) => "only-one-part",
            Self::Parts(_) => "independent-parts",
            Self::EndsWith(_) => "ends-with-a-change",
            Self::AnyKindMayChange => "any-kind-may-change",
            Self::FollowsDisks => "follows-the-disks",
            Self::NeedsRights => "needs-rights",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opaque => f.write_str("an identifier of which nothing is known"),
            Self::SetByOperator => f.write_str("an id set by the operator, who answers for it"),
            Self::OnlyPart(part) => write!(f, "only {part}, {}", part.doubt()),
            Self::Parts(parts) => write!(f, "{parts} independent parts"),
            Self::EndsWith(kind) => write!(f, "a change of {} ends a license", name(*kind)),
            Self::AnyKindMayChange => f.write_str("any one kind of component may change"),
            Self::FollowsDisks => f.write_str("a license follows the disks into another machine"),
            Self::NeedsRights => f.write_str("it counts on facts that only an administrator can read"),
        }
    }
}

/// A change of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Swap {
    /// One disk is exchanged, the installation is kept.
    Disk,
    /// One network card is exchanged.
    NetworkCard,
    /// The main board is exchanged, with what may sit on it.
    MainBoard,
    /// The processor is exchanged.
    Processor,
    /// Memory is exchanged.
    Memory,
    /// The operating system is installed anew on the same disk.
    Reinstall,
    /// All disks are put into another machine.
    MovedDisks,
}

impl Swap {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Disk,
        Self::NetworkCard,
        Self::MainBoard,
        Self::Processor,
        Self::Memory,
        Self::Reinstall,
        Self::MovedDisks,
    ];

    /// A short fixed name, for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::NetworkCard => "network-card",
            Self::MainBoard => "main-board",
            Self::Processor => "processor",
            Self::Memory => "memory",
            Self::Reinstall => "reinstall",
            Self::MovedDisks => "moved-disks",
        }
    }
}

impl fmt::Display for Swap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Disk => "another disk",
            Self::NetworkCard => "another network card",
            Self::MainBoard => "another main board",
            Self::Processor => "another processor",
            Self::Memory => "other memory",
            Self::Reinstall => "a new installation of the operating system",
            Self::MovedDisks => "moving the disks into another machine",
        })
    }
}

/// The kind in words.
pub(super) const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Mac => "the network cards",
        Kind::Disk => "the disks",
        Kind::Board => "the main board's serial number",
        Kind::Cpu => "the processor's model",
        Kind::System => "the system's id in the firmware",
        Kind::Os => "the OS installation id",
        Kind::Cloud => "the cloud's instance id",
        Kind::Tpm => "the security chip",
        Kind::Custom => "the id set by the operator",
    }
}
