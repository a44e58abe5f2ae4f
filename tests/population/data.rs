//! The data file: what machines are like, each figure with where it comes from.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole file, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    version: u32,
    /// Where figures come from, by short name.
    pub(super) sources: BTreeMap<String, Source>,
    pub(super) placeholders: Placeholders,
    pub(super) repairs: Repairs,
    pub(super) client: Client,
    #[serde(rename = "machine")]
    pub(super) machines: Vec<MachineKind>,
    #[serde(rename = "clone")]
    pub(super) clones: Vec<CloneKind>,
}

/// Where a figure comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) what: String,
    pub(super) url: Option<String>,
}

/// A number and its source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Figure {
    pub(super) value: f64,
    source: String,
}

/// How many of something, each number with its weight.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) of: Vec<(usize, f64)>,
    source: String,
}

/// Texts, each as likely as another.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    pub(super) of: Vec<String>,
    source: String,
}

/// What makers put where nothing was set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Placeholders {
    pub(super) board: Texts,
    pub(super) system: Texts,
    pub(super) mac: Texts,
}

/// How often parts change, in changes a year and machine, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repairs {
    pub(super) disk: Figure,
    pub(super) card: Figure,
    pub(super) onboard_network: Figure,
    pub(super) board: Figure,
    pub(super) processor: Figure,
    pub(super) memory: Figure,
    pub(super) reinstallation: Figure,
    /// Share of changed system disks whose system was copied over.
    pub(super) system_copied: Figure,
    /// Share of changed boards into which the service writes the old UUID.
    pub(super) uuid_written_back: Figure,
    /// Cards, disks or volumes are added and nothing is taken away.
    pub(super) parts_added: Option<Figure>,
    /// A new kernel or driver shows another world-wide name of a disk.
    pub(super) disk_renamed: Option<Figure>,
    /// Of machines that dock: another dock.
    pub(super) other_dock: Option<Figure>,
}

/// What the store's client puts into its four-part text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Client {
    /// Share of fleets whose client lists every card and disk, not the first only.
    pub(super) lists_all: Figure,
    /// Share of fleets whose client names a disk as our own collector does.
    pub(super) same_disk_name: Figure,
    /// Share of fleets whose client leaves the board out.
    pub(super) board_missing: Figure,
    /// Share of the time that a machine with a dock is docked.
    pub(super) docked: Figure,
}

/// One kind of machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MachineKind {
    pub(super) name: String,
    pub(super) share: Figure,
    /// The agent reads only addresses and the platform's UUID here, which belongs to the board: a Mac.
    #[serde(default)]
    pub(super) two_facts: bool,
    pub(super) fleet: Counts,
    pub(super) mac_prefixes: Texts,
    pub(super) onboard_network: Counts,
    pub(super) cards: Counts,
    pub(super) ports_per_card: Counts,
    pub(super) disks: Counts,
    /// Of fleets: disks hide behind a controller that shows one volume.
    pub(super) raid: Figure,
    /// Of fleets: no disk has a name of its own.
    pub(super) disk_unnamed: Figure,
    /// Of fleets: every machine shows the same name for its disk.
    pub(super) disk_shared: Figure,
    /// Of fleets: network addresses are made up by software or never set.
    pub(super) mac_unusable: Figure,
    /// Of fleets: the board's serial number is a placeholder.
    pub(super) board_placeholder: Figure,
    /// Of fleets: the board's serial number is one that all share and no list knows.
    pub(super) board_shared: Figure,
    pub(super) system_placeholder: Figure,
    pub(super) system_shared: Figure,
    /// Of fleets: any user can read the board's serial number, as boards with a device tree show it.
    pub(super) board_for_all: Figure,
    /// Of fleets: any user can read the board's serial number and the UUID, as on Windows.
    pub(super) firmware_for_all: Figure,
    /// Of fleets: installed from one image that kept its installation id.
    pub(super) imaged: Figure,
    /// Of fleets: docks or adapters go from machine to machine.
    pub(super) docks: Figure,
    /// Of fleets: a VPN's adapter is installed.
    pub(super) vpn: Figure,
    pub(super) tpm: Figure,
    /// Of those: the TPM lives in the processor.
    pub(super) tpm_in_processor: Figure,
    pub(super) instance_id: Figure,
    /// Of fleets: disks' world-wide names are blank, a maker's number and zeros.
    pub(super) disk_blank: Option<Figure>,
    /// Of fleets: disks show one number for all, also inside their composed names.
    pub(super) disk_junk: Option<Figure>,
    /// Of fleets: the installation id is one that a distribution or an image's maker gave to everybody.
    pub(super) os_shipped: Option<Figure>,
    /// Of fleets: all machines see the same volumes of a storage network.
    pub(super) shared_volumes: Option<Figure>,
}

/// A share that a file may leave out.
pub(super) fn share(figure: &Option<Figure>) -> f64 {
    figure.as_ref().map_or(0.0, |figure| figure.value)
}

/// One way in which virtual machines are copied.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CloneKind {
    pub(super) name: String,
    /// What the original shows.
    pub(super) shows: Vec<Fact>,
    /// What of that the copy keeps.
    pub(super) keeps: Vec<Fact>,
    source: String,
}

/// A fact that a copy keeps or loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Fact {
    Mac,
    Disk,
    Board,
    System,
    Os,
    Cloud,
}

/// Why a data file cannot be used.
#[derive(Debug)]
pub enum DataError {
    /// No TOML of this schema.
    Form(toml::de::Error),
    /// A value that cannot be, with its place.
    Value(String),
}

impl std::fmt::Display for DataError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Form(error) => write!(f, "{error}"),
            Self::Value(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for DataError {}

/// Largest fleet, count of parts, and list.
const FLEET: usize = 500;
const PARTS: usize = 16;
const LIST: usize = 1000;

impl Data {
    /// Reads and checks a data file.
    ///
    /// # Errors
    /// For unknown or missing keys, sources that are not listed, and numbers out of their range.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let data: Self = toml::from_str(text).map_err(DataError::Form)?;
        data.check().map_err(DataError::Value)?;
        Ok(data)
    }

    fn check(&self) -> Result<(), String> {
        if self.version != 1 {
            return Err(format!("version: {} is unknown; this program reads 1", self.version));
        }
        for (name, source) in &self.sources {
            if source.what.trim().is_empty()
                || source.url.as_deref().is_some_and(|url| !url.starts_with("http"))
            {
                return Err(format!("sources.{name}: says what it is, and its url begins with http"));
            }
        }
        let seen = Seen { sources: &self.sources };
        let Placeholders { board, system, mac } = &self.placeholders;
        for (name, texts) in [("board", board), ("system", system), ("mac", mac)] {
            seen.texts(&format!("placeholders.{name}"), texts)?;
        }
        let Repairs { disk, card, onboard_network, board, processor, memory, reinstallation, .. } =
            &self.repairs;
        let yearly = [
            ("disk", disk),
            ("card", card),
            ("onboard_network", onboard_network),
            ("board", board),
            ("processor", processor),
            ("memory", memory),
            ("reinstallation", reinstallation),
            ("system_copied", &self.repairs.system_copied),
            ("uuid_written_back", &self.repairs.uuid_written_back),
        ];
        let more = [
            ("parts_added", &self.repairs.parts_added),
            ("disk_renamed", &self.repairs.disk_renamed),
            ("other_dock", &self.repairs.other_dock),
        ];
        let more = more.into_iter().filter_map(|(name, figure)| Some((name, figure.as_ref()?)));
        yearly
            .into_iter()
            .chain(more)
            .try_for_each(|(name, figure)| seen.share(&format!("repairs.{name}"), figure))?;
        let Client { lists_all, same_disk_name, board_missing, docked } = &self.client;
        let client = [
            ("lists_all", lists_all),
            ("same_disk_name", same_disk_name),
            ("board_missing", board_missing),
            ("docked", docked),
        ];
        client.into_iter().try_for_each(|(name, figure)| seen.share(&format!("client.{name}"), figure))?;
        if !(1..=LIST).contains(&self.machines.len()) || !(1..=LIST).contains(&self.clones.len()) {
            return Err("machine and clone: 1 to 1000 of each".to_owned());
        }
        for kind in &self.machines {
            seen.machine(kind)?;
        }
        let total: f64 = self.machines.iter().map(|kind| kind.share.value).sum();
        if !(0.99..=1.01).contains(&total) {
            return Err(format!("machine: the shares add up to {total:.3}, not to 1"));
        }
        for clone in &self.clones {
            let place = format!("clone {:?}", clone.name);
            seen.source(&place, &clone.source)?;
            if clone.shows.is_empty() || !clone.keeps.iter().all(|fact| clone.shows.contains(fact)) {
                return Err(format!("{place}: shows something, and keeps nothing that it does not show"));
            }
        }
        Ok(())
    }
}

struct Seen<'a> {
    sources: &'a BTreeMap<String, Source>,
}

impl Seen<'_> {
    fn source(&self, place: &str, name: &str) -> Result<(), String> {
        if self.sources.contains_key(name) {
            Ok(())
        } else {
            Err(format!("{place}: no source {name:?} is listed"))
        }
    }

    fn share(&self, place: &str, figure: &Figure) -> Result<(), String> {
        if !(0.0..=1.0).contains(&figure.value) {
            return Err(format!("{place}: {} is not between 0 and 1", figure.value));
        }
        self.source(place, &figure.source)
    }

    fn texts(&self, place: &str, texts: &Texts) -> Result<(), String> {
        if !(1..=LIST).contains(&texts.of.len()) || texts.of.iter().any(|text| text.len() > 200) {
            return Err(format!("{place}: 1 to {LIST} texts of at most 200 bytes"));
        }
        self.source(place, &texts.source)
    }

    fn counts(&self, place: &str, counts: &Counts, low: usize, high: usize) -> Result<(), String> {
        let fits = |(count, weight): &(usize, f64)| {
            (low..=high).contains(count) && weight.is_finite() && (0.0..=1e9).contains(weight)
        };
        let any = counts.of.iter().any(|(_, weight)| *weight > 0.0);
        if counts.of.len() > LIST || !counts.of.iter().all(fits) || !any {
            return Err(format!(
                "{place}: pairs of a number from {low} to {high} and a weight, one of them over 0"
            ));
        }
        self.source(place, &counts.source)
    }

    fn machine(&self, kind: &MachineKind) -> Result<(), String> {
        let place = |key: &str| format!("machine {:?}, {key}", kind.name);
        let shares = [
            ("share", &kind.share),
            ("raid", &kind.raid),
            ("disk_unnamed", &kind.disk_unnamed),
            ("disk_shared", &kind.disk_shared),
            ("mac_unusable", &kind.mac_unusable),
            ("board_placeholder", &kind.board_placeholder),
            ("board_shared", &kind.board_shared),
            ("system_placeholder", &kind.system_placeholder),
            ("system_shared", &kind.system_shared),
            ("board_for_all", &kind.board_for_all),
            ("firmware_for_all", &kind.firmware_for_all),
            ("imaged", &kind.imaged),
            ("docks", &kind.docks),
            ("vpn", &kind.vpn),
            ("tpm", &kind.tpm),
            ("tpm_in_processor", &kind.tpm_in_processor),
            ("instance_id", &kind.instance_id),
        ];
        let more = [
            ("disk_blank", &kind.disk_blank),
            ("disk_junk", &kind.disk_junk),
            ("os_shipped", &kind.os_shipped),
            ("shared_volumes", &kind.shared_volumes),
        ];
        let more = more.into_iter().filter_map(|(key, figure)| Some((key, figure.as_ref()?)));
        let mut shares = shares.into_iter().chain(more);
        shares.try_for_each(|(key, figure)| self.share(&place(key), figure))?;
        self.counts(&place("fleet"), &kind.fleet, 1, FLEET)?;
        let parts =
            [("onboard_network", &kind.onboard_network), ("cards", &kind.cards), ("disks", &kind.disks)];
        parts.into_iter().try_for_each(|(key, counts)| self.counts(&place(key), counts, 0, PARTS))?;
        self.counts(&place("ports_per_card"), &kind.ports_per_card, 1, PARTS)?;
        self.texts(&place("mac_prefixes"), &kind.mac_prefixes)?;
        let hex =
            |text: &String| matches!(text.len(), 6 | 7 | 9) && text.bytes().all(|b| b.is_ascii_hexdigit());
        if !kind.mac_prefixes.of.iter().all(hex) {
            return Err(format!("{}: 6, 7 or 9 hex digits each", place("mac_prefixes")));
        }
        Ok(())
    }
}
