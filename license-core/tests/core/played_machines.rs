//! The machines of `tests/vectors/machines`, played from folders: the way an agent reads them.

use std::fs;
use std::path::Path;

use license_core::collect::{CollectOptions, FactStatus, OperatorId, collect};
use license_core::{Binding, Fingerprint, FingerprintError, Kind, Reading, Realm, Threshold, Weights};

use crate::play;

fn build(text: &str, root: &Path) {
    play::build(&play::parse(text), root);
}

fn options(privileged: bool, root: &Path) -> CollectOptions {
    CollectOptions { privileged, root: root.into(), ..CollectOptions::default() }
}

/// Without its links, which only its USB devices need, where there are none.
fn laptop(root: &Path) {
    for mut machine in play::machines().into_iter().filter(|machine| machine.name == "laptop") {
        machine.files.retain(|path, entry| play::fits(path, entry));
        play::build(&machine, root);
    }
}

#[test]
fn every_machine_shows_what_its_file_lists() {
    for machine in play::playable() {
        let name = &machine.name;
        let folder = tempfile::tempdir().unwrap();
        play::build(&machine, folder.path());
        let options = options(machine.privileged, folder.path());
        let collected = collect(&options);
        let facts: Vec<_> =
            collected.facts().iter().map(|f| format!("{} {} : {}", f.kind, f.source, f.status)).collect();
        assert_eq!(facts, machine.facts, "{name}");
        assert_eq!(collected.environment().to_string(), machine.environment, "{name}");
        let realm = Realm::new("https://vendor.example");
        let device = collected.device(&realm).unwrap();
        assert_eq!(device.fingerprint().is_none(), machine.nothing, "{name}");
        assert_eq!(device.reading() == Reading::Privileged, machine.privileged, "{name}");
        let binding = device.fingerprint().map(|found| {
            Binding::new(found, &Weights::default(), Threshold::default()).unwrap().quality().to_string()
        });
        assert_eq!(binding, machine.quality, "{name}");
        if machine.nothing {
            assert_eq!(collected.fingerprint(&realm), Err(FingerprintError::Missing), "{name}");
        }
        assert_eq!(collect(&options).fingerprint(&realm), collected.fingerprint(&realm), "{name}");
        assert_eq!(collected.system(), None, "{name}: a played machine has no system of its own");
    }
}

#[test]
fn an_id_that_the_operator_set_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    laptop(folder.path());
    let id = folder.path().join("id");
    fs::write(&id, "rack-7/slot-3\n").unwrap();
    let id = OperatorId::from_file(&id).unwrap();
    let collected =
        collect(&CollectOptions { operator_id: Some(id.clone()), ..options(true, folder.path()) });
    let realm = Realm::new("https://vendor.example");
    let expected = Fingerprint::from_values(&realm, [(Kind::Custom, "rack-7/slot-3")]);
    assert_eq!(collected.fingerprint(&realm), expected);
    for fact in collected.facts() {
        let is_it = fact.kind == Kind::Custom;
        assert_eq!(fact.status == FactStatus::Used, is_it, "{fact:?}");
        assert!(is_it || fact.raw().is_empty(), "nothing else is kept");
    }
    let named = collected.facts().last().unwrap();
    assert_eq!(named.source, id.source(), "where it came from is told");
}

#[test]
fn facts_read_with_rights_are_marked() {
    let folder = tempfile::tempdir().unwrap();
    laptop(folder.path());
    let realm = Realm::new("https://vendor.example");
    let read = |privileged| collect(&options(privileged, folder.path()));
    let (plain, rights) = (read(false), read(true));
    assert!(plain.facts().iter().all(|f| f.raw() != "PF2QX7R9 001"), "not even read");
    let marked: Vec<_> = rights.fingerprint(&realm).unwrap().components().to_vec();
    let marked: Vec<_> = marked.iter().filter(|c| c.privileged).map(|c| c.kind).collect();
    assert_eq!(marked, [Kind::Board, Kind::System]);
    assert!(plain.fingerprint(&realm).unwrap().components().iter().all(|c| !c.privileged));
}

#[test]
fn no_value_is_printed_for_debugging() {
    let folder = tempfile::tempdir().unwrap();
    laptop(folder.path());
    let collected = collect(&options(true, folder.path()));
    let printed = format!("{collected:?}").to_lowercase();
    for fact in collected.facts().iter().filter(|f| !f.raw().is_empty()) {
        assert!(!printed.contains(&fact.raw().to_lowercase()), "{fact:?}");
    }
}

#[test]
#[cfg_attr(windows, ignore = "links take rights on Windows")]
fn odd_files_are_read_in_bounded_bites_or_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    build("/etc/machine-id = x\n/sys/block/sda/device/model = x\n/sys/class/net/eth0/type = 1", root);
    fs::write(root.join("etc/machine-id"), "9f1c2b3a4d5e6f70\n".repeat(100_000)).unwrap();
    fs::write(root.join("sys/block/sda/serial"), [0xff, 0xfe, b'A', b'1', b'7', b'7']).unwrap();
    fs::create_dir(root.join("sys/block/sda/wwid")).unwrap();
    play::link("device", &root.join("sys/class/net/eth0/device"));
    play::link("/sys/class/net/eth0/address", &root.join("sys/class/net/eth0/address"));
    for card in 0..300 {
        build(&format!("/sys/class/net/veth{card}/type = 1"), root);
    }
    let collected = collect(&options(false, root));
    assert!(collected.facts().iter().all(|f| f.raw().len() <= 4096));
    assert!(collected.facts().len() < 40);
    let serial = collected.facts().iter().find(|f| f.source == "/sys/block/sda/serial").unwrap();
    assert_eq!(serial.status.to_string(), "used", "stray bytes of a serial number are no part of it");
}
