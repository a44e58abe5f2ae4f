//! Machines from `tests/vectors/captures`, judged on whatever system the tests run.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::played::{answers, written};
use super::*;
use crate::collect::Collected;
use crate::collect::fact::FactStatus;
use crate::fingerprint::{Binding, Reading, Realm, Threshold, Weights, normalise};

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
    /// What the machine is, as far as these words tell.
    environment: String,
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

/// What must come of one Windows; all other members are its answers.
#[derive(Deserialize)]
struct Machine {
    #[serde(rename = "about")]
    _about: String,
    #[serde(rename = "origin")]
    _origin: Origin,
    environment: String,
    quality: Option<String>,
    facts: Vec<String>,
    #[serde(flatten)]
    answers: Map<String, Value>,
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
    assert_eq!(tables.len(), 22);
    for (name, table) in tables {
        let found = smbios::read(&bytes(&table.raw)).unwrap();
        let (system, board) = (judged(Kind::System, found.uuid), judged(Kind::Board, found.board_serial));
        assert_eq!((system.1, board.1), (table.system, table.board), "{name}");
        let linux = |kind, value: Option<String>| value.and_then(|value| normalise(kind, &value).ok());
        assert_eq!(system.0, linux(Kind::System, table.linux.product_uuid), "{name}");
        assert_eq!(board.0, linux(Kind::Board, table.linux.board_serial), "{name}");
        assert_eq!(environment(&found.strings, None, false).to_string(), table.environment, "{name}");
    }
}

#[test]
fn every_windows_shows_the_facts_that_its_file_lists() {
    let machines: Vec<(String, Machine)> = all("windows");
    let tables: Vec<(String, Table)> = all("smbios");
    assert_eq!(machines.len(), 23);
    for (name, mut machine) in machines {
        if let Some(Value::String(file)) = machine.answers.get_mut("firmware") {
            let table = tables.iter().find(|(path, _)| path.ends_with(&format!("{file}.json")));
            *file = table.unwrap_or_else(|| panic!("{name}: {file}")).1.raw.clone();
        }
        let (found, environment) = candidates(answers(&Value::Object(machine.answers).to_string()));
        assert_eq!(environment.to_string(), machine.environment, "{name}");
        let collected = Collected::of(found, Reading::Unprivileged, environment);
        assert!(collected.facts().iter().all(|fact| !fact.privileged), "{name}");
        let facts = collected.facts().iter();
        let facts: Vec<_> =
            facts.map(|fact| format!("{} {} : {}", fact.kind, fact.source, fact.status)).collect();
        assert_eq!(facts, machine.facts, "{name}");
        let fingerprint = collected.fingerprint(&Realm::new("https://vendor.example")).ok();
        let quality = fingerprint.map(|found| {
            Binding::new(&found, &Weights::default(), Threshold::default()).unwrap().quality().to_string()
        });
        assert_eq!(quality, machine.quality, "{name}");
    }
}

#[test]
fn what_a_windows_answered_is_written_as_it_is_read() {
    let machines: Vec<(String, Machine)> = all("windows");
    for (name, machine) in machines {
        let mut machine = machine.answers;
        machine.insert("firmware".into(), Value::Null);
        let once = written(answers(&Value::Object(machine).to_string()));
        assert_eq!(written(answers(&once)), once, "{name}");
        assert_eq!(once.matches("interface_type").count(), once.matches("permanent").count(), "{name}");
    }
}

#[test]
fn a_file_of_another_form_is_a_machine_that_answers_nothing() {
    for text in ["", "{}", r#"{"machine_guid":"x","firmware":null,"adapters":null,"drives":[],"more":1}"#] {
        let (found, environment) = candidates(answers(text));
        assert_eq!(environment, Environment::default());
        assert!(found.iter().all(|candidate| candidate.value.is_err()), "{text}");
    }
}
