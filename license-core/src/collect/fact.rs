//! A fact, where it came from and what became of it.

use std::fmt;

use crate::fingerprint::{Dropped, Kind};

/// One value that was found, or that was looked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it says about the machine.
    pub kind: Kind,
    /// The file or the call that it came from.
    pub source: String,
    /// Whether it is in the fingerprint's text.
    pub status: FactStatus,
    /// Whether it counts when a license is checked here. What is in the text does; so do values that the text has no
    /// room for, removable parts, and further names of a disk.
    pub counts: bool,
    /// Whether it takes rights that an ordinary user lacks.
    pub privileged: bool,
    pub(super) value: String,
}

impl Fact {
    /// The value as read, empty if it was not read or not permanent. Personal data: to be shown to the machine's user only.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fact({}, {}, {})", self.kind, self.source, self.status)
    }
}

/// Whether a fact is in the fingerprint's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactStatus {
    /// It is.
    Used,
    /// It is not, for this reason.
    LeftOut(LeftOut),
}

impl fmt::Display for FactStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Used => f.pad("used"),
            Self::LeftOut(why) => why.fmt(f),
        }
    }
}

/// Why a fact is not in the fingerprint's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeftOut {
    /// Empty.
    Empty,
    /// Many machines have it.
    Placeholder,
    /// Not what a value of its kind looks like.
    WrongForm,
    /// A network address that is not from the card's maker.
    LocallyAdministered,
    /// A group address.
    Multicast,
    /// A card that exists in software only, or a range that hypervisors use.
    VirtualAdapter,
    /// A network address that differs from the permanent one.
    SetBySoftware,
    /// A network card that can be unplugged, at USB or in a dock, beside built-in ones.
    RemovableAdapter,
    /// A disk that can be pulled out.
    RemovableDisk,
    /// A disk of a storage network beside local ones.
    RemoteDisk,
    /// A disk of a virtual machine whose name other machines have too, or that is made anew at each start.
    VirtualDisk,
    /// Inside a container: it names the host or the image, and others see it too.
    Container,
    /// An installation id that is made anew at each start: its file lies in memory.
    Transient,
    /// An instance id where no cloud is known to have given it.
    NoCloud,
    /// An id that the operator set stands in its place.
    ReplacedByOperator,
    /// Only read when asked for.
    NeedsPrivileges,
    /// The system denied or failed to read it.
    Unreadable,
    /// This kind of machine has no such fact.
    NotAvailable,
    /// The same value came from another source.
    Repeated,
    /// Its part goes by another name in the text.
    OtherName,
    /// More than a fingerprint may hold.
    OverTheLimit,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Empty => "empty",
            Self::Placeholder => "a placeholder that many machines share",
            Self::WrongForm => "not of the right form",
            Self::LocallyAdministered => "locally administered address",
            Self::Multicast => "group address",
            Self::VirtualAdapter => "virtual adapter",
            Self::SetBySoftware => "address set by software",
            Self::RemovableAdapter => "removable adapter",
            Self::RemovableDisk => "removable disk",
            Self::RemoteDisk => "disk of a storage network",
            Self::VirtualDisk => "virtual disk",
            Self::Container => "inside a container, it names its host or its image",
            Self::Transient => "in memory, new at each start",
            Self::NoCloud => "not given by a known cloud",
            Self::ReplacedByOperator => "the id that the operator set stands in its place",
            Self::NeedsPrivileges => "needs --privileged",
            Self::Unreadable => "unreadable",
            Self::NotAvailable => "not available here",
            Self::Repeated => "the same as another",
            Self::OtherName => "another name of the same part",
            Self::OverTheLimit => "over the limit",
        })
    }
}

impl From<Dropped> for LeftOut {
    fn from(dropped: Dropped) -> Self {
        match dropped {
            Dropped::Empty => Self::Empty,
            Dropped::Placeholder => Self::Placeholder,
            Dropped::LocallyAdministered => Self::LocallyAdministered,
            Dropped::Multicast => Self::Multicast,
            Dropped::VirtualAdapter => Self::VirtualAdapter,
            Dropped::WrongForm => Self::WrongForm,
        }
    }
}
