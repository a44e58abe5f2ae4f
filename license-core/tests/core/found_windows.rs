//! The same on Windows, played by what its calls answer: parts that are added, docks, storage networks, and names that
//! hold more than a serial number.

#![expect(clippy::unwrap_used, reason = "a machine that cannot be played fails its test")]

use license_core::collect::{CollectOptions, Collected, collect};
use license_core::{Binding, Fingerprint, Kind, Realm, Threshold, Weights};
use serde_json::{Value, json};

const VENDOR: &str = "https://vendor.example";
/// `STORAGE_BUS_TYPE`s.
const NVME: u8 = 17;
const SATA: u8 = 11;
const ISCSI: u8 = 9;
const MEMORY_CARD: u8 = 12;

/// A `STORAGE_DEVICE_DESCRIPTOR` in hex.
fn drive(number: u32, bus: u8, serial: &str) -> Value {
    let mut bytes = vec![0; 36];
    (bytes[24], bytes[28]) = (36, bus);
    bytes.extend(serial.bytes());
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    json!([number, hex])
}

fn card(name: &str, address: &str, instance: &str, removable: bool) -> Value {
    json!({
        "name": name, "interface_type": 6, "physical_medium": 14, "hardware": true, "permanent": address,
        "instance": instance, "removable": removable,
    })
}

const ONBOARD: &str = r"PCI\VEN_8086&DEV_15BB&SUBSYS_06A41028&REV_10\3&11583659&0&FE";

fn machine(adapters: &[Value], drives: &[Value]) -> Collected {
    let folder = tempfile::tempdir().unwrap();
    let answers = json!({
        "machine_guid": "9a8b7c6d-5e4f-4321-8fed-cba987654321", "firmware": null, "adapters": adapters, "drives": drives,
    });
    std::fs::write(folder.path().join("windows.json"), answers.to_string()).unwrap();
    collect(&CollectOptions { root: folder.path().into(), ..CollectOptions::default() })
}

fn fingerprint(of: &Collected) -> Fingerprint {
    of.fingerprint(&Realm::new(VENDOR)).unwrap()
}

fn bound(fingerprint: &Fingerprint) -> Binding {
    Binding::new(fingerprint, &Weights::default(), Threshold::default()).unwrap()
}

fn score(binding: &Binding, on: &Collected) -> u8 {
    binding.check(&on.device(&Realm::new(VENDOR)).unwrap()).score_percent()
}

#[test]
fn parts_that_are_added_end_no_license_and_the_text_begins_with_what_it_names() {
    let own = card("Ethernet", "D47C165EE35D", ONBOARD, false);
    let disk = drive(0, SATA, "ZQ7X1234");
    let before = machine(std::slice::from_ref(&own), std::slice::from_ref(&disk));
    let cards = (0..5).map(|n| card(&format!("Ethernet {n}"), &format!("047C1600001{n}"), ONBOARD, false));
    let drives = (0..200).map(|n| drive(n + 1, SATA, &format!("A7Q{n:05}")));
    let after = machine(&cards.chain([own]).collect::<Vec<_>>(), &drives.chain([disk]).collect::<Vec<_>>());
    let license = bound(&fingerprint(&before));
    assert_eq!(score(&license, &after), 100);
    let known = |of: &Fingerprint| of.components().iter().filter(|c| license.names(c.kind, c.digest)).count();
    assert_eq!(known(&fingerprint(&after)), 1, "the installation's id");
    assert_eq!(known(&fingerprint(&after.licensed_by(&license, &Realm::new(VENDOR)))), 3);
}

#[test]
fn docks_memory_cards_and_disks_of_a_storage_network_are_in_no_text_and_count() {
    let own = [card("Ethernet", "D47C165EE35D", ONBOARD, false)];
    let dock = [card("Dock", "047C16000011", ONBOARD, true), own[0].clone()];
    let disks = [drive(0, ISCSI, "A7Q00001"), drive(1, MEMORY_CARD, "A7Q00002"), drive(2, NVME, "ZQ7X1234")];
    let (alone, all) = (machine(&own, &disks[2..]), machine(&dock, &disks));
    assert_eq!(fingerprint(&alone), fingerprint(&all));
    let values = [
        (Kind::Mac, "047C16000011"),
        (Kind::Mac, "D47C165EE35D"),
        (Kind::Disk, "A7Q00001"),
        (Kind::Disk, "A7Q00002"),
    ];
    let former = bound(&Fingerprint::from_values(&Realm::new(VENDOR), values).unwrap());
    assert_eq!(score(&former, &all), 100);
    let reasons = |of: &Collected| {
        of.facts().iter().map(|f| format!("{} : {}", f.source, f.status)).collect::<Vec<_>>()
    };
    let reasons = reasons(&all);
    for said in [
        "network card Dock : removable adapter",
        "PhysicalDrive0 serial number : disk of a storage network",
        "PhysicalDrive1 serial number : removable disk",
        "PhysicalDrive2 serial number : used",
    ] {
        assert!(reasons.iter().any(|reason| reason == said), "{said}: {reasons:?}");
    }
}

#[test]
fn the_number_of_a_namespace_is_no_part_of_the_text_and_licenses_that_name_it_hold() {
    let found = machine(&[], &[drive(0, NVME, "S6PTNZ0T512345_00000001.")]);
    let plain = machine(&[], &[drive(0, NVME, "S6PTNZ0T512345")]);
    assert_eq!(fingerprint(&found), fingerprint(&plain), "whichever driver tells it");
    let former =
        [(Kind::Disk, "S6PTNZ0T512345_00000001."), (Kind::Os, "9a8b7c6d-5e4f-4321-8fed-cba987654321")];
    let former = bound(&Fingerprint::from_values(&Realm::new(VENDOR), former).unwrap());
    assert_eq!(score(&former, &found), 100);
    let world_wide = machine(&[], &[drive(0, NVME, "0025_3844_5150_8E1F.")]);
    let linux =
        Fingerprint::from_values(&Realm::new(VENDOR), [(Kind::Disk, "eui.0025384451508e1f")]).unwrap();
    assert_eq!(score(&bound(&linux), &world_wide), 100);
}
