//! Machines from `tests/vectors/captures`, judged on whatever system the tests run.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::*;
use crate::collect::choice::choose;
use crate::collect::fact::FactStatus;
use crate::fingerprint::normalise;

/// A firmware's table, and what Linux prints on the same machine.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "about")]
    _about: String,
    #[serde(rename = "origin")]
    _origin: Origin,
    raw: String,
    linux: DmiFolder,
    system: String,
    board: String,
}

/// Files of `/sys/class/dmi/id`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DmiFolder {
    product_uuid: Option<String>,
    board_serial: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Origin {
    Captured,
    Rebuilt,
    Constructed,
}

/// What one Windows answers, `null` where it refuses, and the facts that must come out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    #[serde(rename = "about")]
    _about: String,
    #[serde(rename = "origin")]
    _origin: Origin,
    machine_guid: Option<String>,
    firmware: Option<String>,
    adapters: Option<Vec<Adapter>>,
    drives: Vec<(u32, Option<String>)>,
    #[serde(default)]
    hypervisor: Option<HypervisorLeaf>,
    #[serde(default)]
    in_container: bool,
    environment: String,
    facts: Vec<String>,
}

fn all<T: DeserializeOwned>(folder: &str) -> Vec<(String, T)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/captures").join(folder);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let parse = |text: String| serde_json::from_str(&text).map_err(|error| error.to_string());
    files
        .map(|path| (path.display().to_string(), parse(fs::read_to_string(&path).unwrap())))
        .map(|(name, read)| (name.clone(), read.unwrap_or_else(|error| panic!("{name}: {error}"))))
        .collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap()
}

/// A value as it would be digested, or why it would not be.
fn judged(kind: Kind, value: Option<String>) -> (Option<String>, String) {
    let candidate = Candidate::new(kind, "", value.ok_or(LeftOut::NotAvailable));
    match candidate.normalised() {
        Ok(value) => (Some(value), FactStatus::Used.to_string()),
        Err(why) => (None, why.to_string()),
    }
}

#[test]
fn every_firmware_gives_what_linux_shows_of_it() {
    let tables: Vec<(String, Table)> = all("smbios");
    assert_eq!(tables.len(), 19);
    for (name, table) in tables {
        let found = smbios::read(&bytes(&table.raw)).unwrap();
        let (system, board) = (judged(Kind::System, found.uuid), judged(Kind::Board, found.board_serial));
        assert_eq!((system.1, board.1), (table.system, table.board), "{name}");
        let linux = |kind, value: Option<String>| value.and_then(|value| normalise(kind, &value).ok());
        assert_eq!(system.0, linux(Kind::System, table.linux.product_uuid), "{name}");
        assert_eq!(board.0, linux(Kind::Board, table.linux.board_serial), "{name}");
    }
}

#[test]
fn every_windows_shows_the_facts_that_its_file_lists() {
    let machines: Vec<(String, Machine)> = all("windows");
    let tables: Vec<(String, Table)> = all("smbios");
    assert_eq!(machines.len(), 11);
    for (name, machine) in machines {
        let firmware = machine.firmware.map(|file| {
            let table = tables.iter().find(|(path, _)| path.ends_with(&format!("{file}.json")));
            bytes(&table.unwrap_or_else(|| panic!("{name}: {file}")).1.raw)
        });
        let drives = machine
            .drives
            .into_iter()
            .map(|(number, answer)| (number, answer.map(|answer| bytes(&answer)).ok_or(LeftOut::Unreadable)));
        let answers = Answers {
            machine_guid: machine.machine_guid.ok_or(LeftOut::Unreadable),
            firmware: firmware.ok_or(LeftOut::Unreadable),
            adapters: machine.adapters.ok_or(LeftOut::Unreadable),
            drives: drives.collect(),
            hypervisor: machine.hypervisor,
            in_container: machine.in_container,
        };
        assert_eq!(environment(&answers).to_string(), machine.environment, "{name}");
        let facts = choose(candidates(answers));
        assert!(facts.iter().all(|fact| !fact.privileged), "{name}");
        let facts: Vec<_> =
            facts.iter().map(|fact| format!("{} {} : {}", fact.kind, fact.source, fact.status)).collect();
        assert_eq!(facts, machine.facts, "{name}");
    }
}
