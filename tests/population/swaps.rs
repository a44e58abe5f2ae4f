//! What happens to machines.

use license_core::{Kind, Realm};

use super::data::Repairs;
use super::generate::spare;
use super::machine::{Machine, Part};
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
}

impl Swap {
    pub(super) const ALL: [Self; 10] = [
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
        }
    }
}

impl Machine {
    fn cards(&self) -> usize {
        (0..u8::MAX).take_while(|card| self.has(|part| part == Part::Card(*card))).count()
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
