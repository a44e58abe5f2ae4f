//! What happens to machines.

use license_core::{Kind, Realm};

use super::data::{Repairs, share};
use super::generate::spare;
use super::machine::{Machine, Part, Value};
use super::random::Random;

/// One thing that happens to a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Swap {
    Memory,
    Processor,
    Card,
    OnboardNetwork,
    DataDisk,
    SystemDisk,
    Board,
    BoardUuidKept,
    Reinstallation,
    /// Two things at once: the new system disk got a new installation.
    SystemDiskFresh,
    /// Cards and disks beside the others, all with lower values.
    PartsAdded,
    /// A kernel or a driver shows another world-wide name of each disk.
    DiskRenamed,
    /// The machine stands in another dock.
    OtherDock,
}

impl Swap {
    pub(super) const ALL: [Self; 13] = [
        Self::Memory,
        Self::Processor,
        Self::Card,
        Self::OnboardNetwork,
        Self::DataDisk,
        Self::SystemDisk,
        Self::Board,
        Self::BoardUuidKept,
        Self::Reinstallation,
        Self::SystemDiskFresh,
        Self::PartsAdded,
        Self::DiskRenamed,
        Self::OtherDock,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Processor => "processor",
            Self::Card => "network card",
            Self::OnboardNetwork => "onboard network dead, a card instead",
            Self::DataDisk => "data disk",
            Self::SystemDisk => "system disk, system copied",
            Self::Board => "board",
            Self::BoardUuidKept => "board, UUID written back",
            Self::Reinstallation => "reinstallation",
            Self::SystemDiskFresh => "system disk and reinstallation",
            Self::PartsAdded => "parts added",
            Self::DiskRenamed => "disks shown by another name",
            Self::OtherDock => "another dock",
        }
    }

    /// Whether it is one part or a reinstallation; the last is two changes.
    pub(super) const fn is_single(self) -> bool {
        !matches!(self, Self::SystemDiskFresh)
    }

    /// How often it happens, a year and machine.
    pub(super) fn yearly(self, repairs: &Repairs) -> f64 {
        let disk = repairs.disk.value;
        let (board, kept) = (repairs.board.value, repairs.uuid_written_back.value);
        match self {
            Self::Memory => repairs.memory.value,
            Self::Processor => repairs.processor.value,
            Self::Card => repairs.card.value,
            Self::OnboardNetwork => repairs.onboard_network.value,
            Self::DataDisk => disk,
            Self::SystemDisk => disk * repairs.system_copied.value,
            Self::SystemDiskFresh => disk * (1.0 - repairs.system_copied.value),
            Self::Board => board * (1.0 - kept),
            Self::BoardUuidKept => board * kept,
            Self::Reinstallation => repairs.reinstallation.value,
            Self::PartsAdded => share(&repairs.parts_added),
            Self::DiskRenamed => share(&repairs.disk_renamed),
            Self::OtherDock => share(&repairs.other_dock),
        }
    }

    /// The machine afterwards, or none if it has no such part. A docked station stays where it was.
    pub(super) fn of(self, machine: &Machine, realm: &Realm, random: &mut Random) -> Option<Machine> {
        let virtual_or_none = |part: Part| !machine.has(|p| p == part);
        match self {
            Self::Memory => Some(machine.clone()),
            Self::Processor => Some(machine.with_new(realm, random, |part, _| part == Part::Processor)),
            Self::Card => {
                let cards = machine.cards();
                (cards > 0).then(|| {
                    let dead = Part::Card(random.below(cards) as u8);
                    machine.with_new(realm, random, |part, _| part == dead)
                })
            }
            Self::OnboardNetwork => {
                let onboard = |part, kind| part == Part::Board && kind == Kind::Mac;
                machine.values.iter().any(|v| onboard(v.part, v.kind)).then(|| {
                    let mut after = machine.with_new(realm, random, onboard);
                    let mut added = false;
                    after.values.retain_mut(|value| {
                        if !onboard(value.part, value.kind) {
                            return true;
                        }
                        value.part = Part::Card(u8::MAX);
                        !std::mem::replace(&mut added, true)
                    });
                    after
                })
            }
            Self::DataDisk if machine.raid || virtual_or_none(Part::Disk(1)) => None,
            Self::DataDisk => Some(machine.with_new(realm, random, |part, _| part == Part::Disk(1))),
            Self::SystemDisk | Self::SystemDiskFresh if virtual_or_none(Part::Disk(0)) => None,
            Self::SystemDisk => {
                Some(machine.with_new(realm, random, |part, _| part == Part::Disk(0) && !machine.raid))
            }
            // One disk behind a controller is rebuilt from the others, and nothing is installed again.
            Self::SystemDiskFresh if machine.raid => None,
            Self::SystemDiskFresh => {
                let gone = |part, _| matches!(part, Part::Disk(0) | Part::Installation);
                Some(machine.with_new(realm, random, gone))
            }
            Self::Board => Some(machine.with_new(realm, random, |part, _| part == Part::Board)),
            Self::BoardUuidKept => Some(
                machine.with_new(realm, random, |part, kind| part == Part::Board && kind != Kind::System),
            ),
            Self::Reinstallation => {
                Some(machine.with_new(realm, random, |part, _| part == Part::Installation))
            }
            Self::PartsAdded => Some(machine.with_more(realm, random)),
            Self::DiskRenamed => {
                let renamed = |value: &Value| value.kind == Kind::Disk && value.wish > 0;
                machine.values.iter().any(renamed).then(|| {
                    let mut after = machine.clone();
                    let names = after.values.iter_mut().filter(|value| renamed(value));
                    names.for_each(|value| *value = spare(value, realm, random));
                    after
                })
            }
            Self::OtherDock => machine
                .has(|part| part == Part::Dock)
                .then(|| machine.with_new(realm, random, |part, _| part == Part::Dock)),
        }
    }
}

impl Machine {
    fn cards(&self) -> usize {
        (0..u8::MAX).take_while(|card| self.has(|part| part == Part::Card(*card))).count()
    }

    /// With as many cards, disks and volumes again as a text holds, whose values are lower than all others'.
    fn with_more(&self, realm: &Realm, random: &mut Random) -> Self {
        let mut after = self.clone();
        for at in 200..204 {
            let card = format!("00:01:05:{:02X}:{:02X}:{:02X}", random.below(256), random.below(256), at);
            let serial = format!("0A{}{at}", random.serial(8));
            let volume = format!("naa.6000{}", random.hex(28));
            for (kind, raw, part) in [
                (Kind::Mac, card, Part::Card(at)),
                (Kind::Disk, serial, Part::Disk(at)),
                (Kind::Disk, volume, Part::Volume(at)),
            ] {
                after.values.push(Value::new(realm, kind, raw, part));
            }
        }
        after
    }

    /// With spare parts for what is gone. A new part's values are its own, even where the old one's were not.
    pub(super) fn with_new(
        &self,
        realm: &Realm,
        random: &mut Random,
        gone: impl Fn(Part, Kind) -> bool,
    ) -> Self {
        let values = self.values.iter().map(|value| {
            // A value that names no machine is the maker's habit, and the spare part is the same maker's.
            if gone(value.part, value.kind) && value.digest.is_some() {
                spare(value, realm, random)
            } else {
                value.clone()
            }
        });
        Self { values: values.collect(), ..self.clone() }
    }
}
