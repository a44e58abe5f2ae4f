//! From figures to fleets: machines bought together, with neighbouring numbers.

use license_core::{Kind, Realm};

use super::data::{Client, Counts, Data, Figure, MachineKind, Placeholders, share};
use super::machine::{Machine, Part, Seen, Value};
use super::random::Random;

/// An installation id that everybody has who took the image.
const SHIPPED: &str = "b08dfa6083e7567a1921a715000001fb";
/// A world-wide name of a maker's number and zeros.
const BLANK: &str = "naa.5000000000000000";
/// A disk's number and name that all guests of a hypervisor show.
const JUNK: [&str; 2] = [
    "VMware NVME_0000",
    "nvme.15ad-564d77617265204e564d455f30303030-564d77617265205669727475616c204e564d65204469736b-00000001",
];

/// The machines, fleet by fleet.
pub struct Population {
    pub(super) realm: Realm,
    pub(super) machines: Vec<Machine>,
}

impl Population {
    /// The fleets, each a run of machines.
    pub(super) fn fleets(&self) -> impl Iterator<Item = &[Machine]> {
        self.machines.chunk_by(|a, b| a.fleet == b.fleet)
    }
}

/// Makes at least `machines` machines; the same for the same seed and file.
#[must_use]
pub fn generate(data: &Data, seed: u64, machines: usize) -> Population {
    let realm = Realm::new("https://population.example");
    let mut random = Random::new(seed);
    let mut made = Vec::new();
    let mut fleet = 0;
    for (at, kind) in data.machines.iter().enumerate() {
        // Every kind is there, however rare, so that its rates rest on something.
        let wanted = ((machines as f64 * kind.share.value) as usize).max(machines / 50).max(1);
        let goal = made.len() + wanted;
        while made.len() < goal {
            let size = count(&kind.fleet, &mut random);
            let plan = Plan::draw(kind, data, &realm, &mut random);
            made.extend((0..size).map(|number| plan.machine(at, fleet, number, &mut random)));
            fleet += 1;
        }
    }
    Population { realm, machines: made }
}

fn count(counts: &Counts, random: &mut Random) -> usize {
    let total: f64 = counts.of.iter().map(|(_, weight)| weight).sum();
    let mut rest = total * (random.below(1 << 30) as f64 / f64::from(1 << 30));
    for (number, weight) in &counts.of {
        if rest < *weight {
            return *number;
        }
        rest -= weight;
    }
    counts.of.iter().rev().find(|(_, weight)| *weight > 0.0).map_or(0, |(number, _)| *number)
}

/// What the machines of a fleet have in common, and where their numbers begin.
struct Plan<'a> {
    realm: &'a Realm,
    onboard: Port,
    onboard_ports: usize,
    cards: Vec<(Port, usize)>,
    disks: Vec<DiskLine>,
    raid: bool,
    disk_named: bool,
    disk_shared: bool,
    board: Line,
    board_for_all: bool,
    firmware_for_all: bool,
    client_sees_board: bool,
    system: Line,
    image: Option<String>,
    volumes: Vec<String>,
    disk_blank: bool,
    disk_junk: bool,
    dock: Option<Vec<String>>,
    vpn: Option<String>,
    processor: String,
    tpm: Option<Part>,
    instance: bool,
    two_facts: bool,
    lists_all: bool,
}

/// Addresses of one model of card, counted on from a first one.
struct Port {
    prefix: String,
    first: u64,
    usable: bool,
}

/// A number of the maker's, different for each machine or not.
enum Line {
    Own { model: String, first: usize },
    SameForAll(String),
}

struct DiskLine {
    maker: String,
    first: u64,
    serial: String,
    same_name: bool,
}

impl<'a> Plan<'a> {
    fn draw(kind: &MachineKind, data: &Data, realm: &'a Realm, random: &mut Random) -> Self {
        let MachineKind { board_placeholder, board_shared, system_placeholder, system_shared, .. } = kind;
        let Placeholders { board, system, mac } = &data.placeholders;
        let mut happens = |figure: &Figure| random.chance(figure.value);
        let usable = !happens(&kind.mac_unusable);
        let raid = happens(&kind.raid);
        let (disk_named, disk_shared) = (!happens(&kind.disk_unnamed), happens(&kind.disk_shared));
        let board_is = (happens(board_placeholder), happens(board_shared));
        let system_is = (happens(system_placeholder), happens(system_shared));
        let (board_for_all, imaged) = (happens(&kind.board_for_all), happens(&kind.imaged));
        let firmware_for_all = happens(&kind.firmware_for_all);
        let (docks, vpn) = (happens(&kind.docks), happens(&kind.vpn));
        let (tpm, tpm_in_processor) = (happens(&kind.tpm), happens(&kind.tpm_in_processor));
        let instance = happens(&kind.instance_id);
        let Client { lists_all, same_disk_name, board_missing, .. } = &data.client;
        let (lists_all, same_name) = (happens(lists_all), happens(same_disk_name));
        let client_sees_board = !happens(board_missing);
        let line = |(placeholder, shared), of: &[String], random: &mut Random| match (placeholder, shared) {
            (true, _) => Line::SameForAll(random.pick(of).clone()),
            (_, true) => Line::SameForAll(String::new()),
            _ => Line::Own { model: random.serial(8), first: random.below(800_000) },
        };
        let (board, system) = (line(board_is, &board.of, random), line(system_is, &system.of, random));
        let board = match board {
            Line::SameForAll(text) if text.is_empty() => Line::SameForAll(random.serial(12)),
            line => line,
        };
        let system = match system {
            Line::Own { first, .. } => Line::Own { model: random.hex(24), first },
            Line::SameForAll(text) if text.is_empty() => Line::SameForAll(random.hex(32)),
            line => line,
        };
        let port = |random: &mut Random| {
            let prefix = if usable { random.pick(&kind.mac_prefixes.of) } else { random.pick(&mac.of) };
            Port { prefix: prefix.to_ascii_uppercase(), first: random.next(), usable }
        };
        let onboard = port(random);
        let cards = (0..count(&kind.cards, random))
            .map(|_| (port(random), count(&kind.ports_per_card, random)))
            .collect();
        let disks = (0..count(&kind.disks, random).min(if raid { 1 } else { usize::MAX }))
            .map(|_| DiskLine {
                maker: random.hex(6),
                first: random.next() >> 24,
                serial: random.serial(6),
                same_name,
            })
            .collect();
        // Drawn last, so that a file without these figures makes the machines that it always made.
        let mut draw = |figure: &Option<Figure>| figure.is_some() && random.chance(share(figure));
        let (disk_blank, disk_junk) = (draw(&kind.disk_blank), draw(&kind.disk_junk));
        let (os_shipped, volumes) = (draw(&kind.os_shipped), draw(&kind.shared_volumes));
        let dock = docks.then(|| {
            let (prefix, first) = (random.pick(&kind.mac_prefixes.of).clone(), random.next());
            (0..10).map(|dock| address(&prefix, first.wrapping_add(dock))).collect()
        });
        Plan {
            realm,
            onboard,
            onboard_ports: count(&kind.onboard_network, random),
            cards,
            disks,
            raid,
            disk_named,
            disk_shared,
            board,
            board_for_all,
            firmware_for_all,
            client_sees_board,
            system,
            image: if os_shipped { Some(SHIPPED.to_owned()) } else { imaged.then(|| random.hex(32)) },
            volumes: if volumes {
                (0..4).map(|_| format!("naa.6000{}", random.hex(28))).collect()
            } else {
                Vec::new()
            },
            disk_blank,
            disk_junk,
            dock,
            vpn: vpn.then(|| address("00059A3C", 0x7A00)),
            processor: format!("BFEBFBFF{}", random.hex(8)),
            tpm: tpm.then_some(if tpm_in_processor { Part::Processor } else { Part::Board }),
            instance,
            two_facts: kind.two_facts,
            lists_all,
        }
    }

    fn machine(&self, kind: usize, fleet: usize, number: usize, random: &mut Random) -> Machine {
        let mut values = Vec::new();
        let mut add = |kind, raw: String, part, seen, rights| {
            values.push(Value { rights, ..Value::new(self.realm, kind, raw, part).seen(seen) });
        };
        for (part, port, ports) in self.ports() {
            let start = port.first.wrapping_add((number * ports) as u64);
            for at in 0..ports {
                add(Kind::Mac, port.address(start.wrapping_add(at as u64)), part, Seen::Everybody, false);
            }
        }
        for (at, line) in self.disks.iter().enumerate() {
            let part = Part::Disk(at as u8);
            let number = if self.disk_shared { 0 } else { number };
            let names = line.names(self.disk_named, number, at, random.below(4));
            for (wish, (raw, seen)) in names.into_iter().enumerate() {
                let raw = match wish {
                    _ if self.disk_junk => JUNK[wish].to_owned(),
                    1 if self.disk_blank => BLANK.to_owned(),
                    _ => raw,
                };
                let value = Value::new(self.realm, Kind::Disk, raw, part).seen(seen);
                values.push(Value { wish: wish as u8, ..value });
            }
        }
        for (at, name) in self.volumes.iter().enumerate() {
            values.push(Value::new(self.realm, Kind::Disk, name.clone(), Part::Volume(at as u8)));
        }
        let mut add = |kind, raw: String, part, seen, rights| {
            values.push(Value { rights, ..Value::new(self.realm, kind, raw, part).seen(seen) });
        };
        let seen = if self.client_sees_board { Seen::Everybody } else { Seen::Collector };
        add(
            Kind::Board,
            self.board.text(number, 6),
            Part::Board,
            seen,
            !self.board_for_all && !self.firmware_for_all,
        );
        add(Kind::System, self.system.text(number, 8), Part::Board, Seen::Collector, !self.firmware_for_all);
        let os = self.image.clone().unwrap_or_else(|| random.hex(32));
        let belongs_to = if self.two_facts { Part::Board } else { Part::Installation };
        add(Kind::Os, os.to_ascii_lowercase(), belongs_to, Seen::Collector, false);
        add(Kind::Cpu, self.processor.clone(), Part::Processor, Seen::Everybody, false);
        if let Some(dock) = &self.dock {
            add(Kind::Mac, random.pick(dock).clone(), Part::Dock, Seen::Everybody, false);
        }
        if let Some(vpn) = &self.vpn {
            add(Kind::Mac, vpn.clone(), Part::Installation, Seen::StoreClient, false);
        }
        if let Some(part) = self.tpm {
            add(Kind::Tpm, random.hex(64), part, Seen::Collector, false);
        }
        if self.instance {
            add(Kind::Cloud, format!("i-{}", random.hex(17)), Part::Instance, Seen::Collector, false);
        }
        Machine { kind, fleet, values, raid: self.raid, two_facts: self.two_facts, lists_all: self.lists_all }
    }

    fn ports(&self) -> impl Iterator<Item = (Part, &Port, usize)> {
        let cards =
            self.cards.iter().enumerate().map(|(at, (port, ports))| (Part::Card(at as u8), port, *ports));
        [(Part::Board, &self.onboard, self.onboard_ports)].into_iter().chain(cards)
    }
}

impl Port {
    fn address(&self, number: u64) -> String {
        // A list of unusable ones holds prefixes, and whole addresses that every card of a model has.
        if !self.usable && self.prefix.len() == 12 {
            self.prefix.clone()
        } else {
            address(&self.prefix, number)
        }
    }
}

fn address(prefix: &str, number: u64) -> String {
    let left = 12usize.saturating_sub(prefix.len());
    let digits = format!("{number:016X}");
    let whole = format!("{prefix}{}", &digits[16 - left..]);
    whole.as_bytes().chunks(2).map(String::from_utf8_lossy).collect::<Vec<_>>().join(":")
}

impl Line {
    fn text(&self, number: usize, digits: usize) -> String {
        match self {
            Self::SameForAll(text) => text.clone(),
            Self::Own { model, first } => format!("{model}{:0digits$}", first + number),
        }
    }
}

impl DiskLine {
    /// The serial number and the world-wide name. The collector reads both, and names the first in a text; the client
    /// knows one of them.
    fn names(&self, named: bool, machine: usize, at: usize, gap: usize) -> Vec<(String, Seen)> {
        if !named {
            return vec![(String::new(), Seen::Everybody)];
        }
        let number = self.first.wrapping_add((machine * 4 + gap) as u64) & 0xFF_FFFF_FFFF;
        let name = format!("eui.{}{number:010X}", self.maker);
        let serial = format!("{}{:07}{at}", self.serial, number % 10_000_000);
        if self.same_name {
            vec![(serial, Seen::Everybody), (name, Seen::Collector)]
        } else {
            vec![(serial, Seen::Collector), (name, Seen::Everybody)]
        }
    }
}

/// A part's value as the same maker would give it to a spare part.
pub(super) fn spare(value: &Value, realm: &Realm, random: &mut Random) -> Value {
    let raw = match value.kind {
        Kind::Mac => address("A0CEC8", random.next()),
        Kind::Disk if value.raw.starts_with("eui.") => format!("eui.{}", random.hex(16)),
        Kind::System | Kind::Os => random.hex(32),
        Kind::Tpm => random.hex(64),
        Kind::Cpu => format!("BFEBFBFF{}", random.hex(8)),
        _ => random.serial(14),
    };
    Value {
        seen: value.seen,
        rights: value.rights,
        wish: value.wish,
        ..Value::new(realm, value.kind, raw, value.part)
    }
}
