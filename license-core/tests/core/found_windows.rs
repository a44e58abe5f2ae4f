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

/// As drivers before Windows 8 told it: in hex, of each two bytes the second first, padded to 20.
fn as_sent(serial: &str) -> String {
    let padded = format!("{serial:>20}");
    let turned = padded.as_bytes().chunks(2).flat_map(|pair| pair.iter().rev());
    turned.map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_serial_number_in_hex_is_the_disk_that_tells_it_as_text() {
    let own = card("Ethernet", "D47C165EE35D", ONBOARD, false);
    for serial in ["WD-WXA1A40R5521", "S2R6NB0F401288", "ZQ7X1234"] {
        let straight: String = format!("{serial:<20}").bytes().map(|byte| format!("{byte:02x}")).collect();
        let text = machine(std::slice::from_ref(&own), &[drive(0, SATA, serial)]);
        for hex in [as_sent(serial), as_sent(serial).to_uppercase(), straight] {
            let in_hex = machine(std::slice::from_ref(&own), &[drive(0, SATA, &hex)]);
            assert_eq!(score(&bound(&fingerprint(&text)), &in_hex), 100, "{serial}: {hex}");
        }
        let in_hex = machine(std::slice::from_ref(&own), &[drive(0, SATA, &as_sent(serial))]);
        assert_eq!(score(&bound(&fingerprint(&in_hex)), &text), 100, "{serial}: a driver that tells text");
        // Licenses from the time when a text named it in hex.
        let realm = Realm::new(VENDOR);
        let former = Fingerprint::from_values(&realm, [(Kind::Disk, as_sent(serial).as_str())]).unwrap();
        assert_eq!(score(&bound(&former), &in_hex), 100, "{serial}: named in hex");
    }
}

#[test]
fn an_nvme_disk_is_the_same_with_and_without_the_stop_behind_its_name() {
    let own = card("Ethernet", "D47C165EE35D", ONBOARD, false);
    let [one, other] = ["0026_B768_2A41_7C35.", "0026B7682A417C35"]
        .map(|name| machine(std::slice::from_ref(&own), &[drive(0, NVME, name)]));
    assert_eq!(fingerprint(&one), fingerprint(&other));
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
