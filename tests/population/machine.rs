//! A machine: values, and the part that each of them goes away with.

use license_core::{Digest, Fingerprint, Kind, Part as Independent, Realm};

/// What can be exchanged as one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The board with all that is soldered to it or stored in its firmware.
    Board,
    Processor,
    Card(u8),
    Disk(u8),
    Installation,
    Instance,
    Dock,
    /// A volume of a storage network, which other machines see as well.
    Volume(u8),
}

impl Part {
    /// How much it belongs to the machine: a text names the lowest of a kind only, and the first of two.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Volume(_) => 1,
            Self::Dock => 2,
            _ => 0,
        }
    }
}

/// Who sees a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Everybody,
    Collector,
    StoreClient,
}

/// One value of a machine.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) kind: Kind,
    pub(super) raw: String,
    pub(super) part: Part,
    pub(super) seen: Seen,
    /// Whether our collector needs rights to read it.
    pub(super) rights: bool,
    /// Of a part's names, a text has the one with the lowest.
    pub(super) wish: u8,
    /// None for a value that names no machine.
    pub(super) digest: Option<Digest>,
}

impl Value {
    pub(super) fn new(realm: &Realm, kind: Kind, raw: String, part: Part) -> Self {
        let alone = Fingerprint::from_values(realm, [(kind, raw.as_str())]).ok();
        let digest = alone.and_then(|alone| alone.components().first().map(|c| c.digest));
        Self { kind, raw, part, seen: Seen::Everybody, rights: false, wish: 0, digest }
    }

    pub(super) fn seen(self, seen: Seen) -> Self {
        Self { seen, ..self }
    }
}

/// One machine of a fleet.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    /// Which of the data file's kinds.
    pub(super) kind: usize,
    pub(super) fleet: usize,
    pub(super) values: Vec<Value>,
    /// Whether its disks hide behind a controller, so that one may change unseen.
    pub(super) raid: bool,
    /// Whether the agent reads only addresses and the installation id on it.
    pub(super) two_facts: bool,
    /// Whether the store's client lists every card and disk here.
    pub(super) lists_all: bool,
}

impl Machine {
    /// Independent parts of which a licensed digest is still found, in the core's sense: all network cards are one,
    /// so are all disks, and so are the board with the system's id and the security chip.
    pub(super) fn surviving(&self, licensed: &Fingerprint, found: &[(Kind, Digest)]) -> usize {
        let is_licensed = |value: &Value| {
            let same = |c: &license_core::Component| c.kind == value.kind && Some(c.digest) == value.digest;
            value.kind.is_anchor() && licensed.components().iter().any(same)
        };
        let is_found =
            |value: &Value| value.digest.is_some_and(|digest| found.contains(&(value.kind, digest)));
        let mut parts: Vec<_> = self
            .values
            .iter()
            .filter(|v| is_licensed(v) && is_found(v))
            .map(|v| Independent::of(v.kind))
            .collect();
        parts.sort_unstable();
        parts.dedup();
        parts.len()
    }

    pub(super) fn has(&self, part: impl Fn(Part) -> bool) -> bool {
        self.values.iter().any(|value| part(value.part))
    }
}
