//! Machines played from folders: `tests/captured/*.txt` lists their files and which facts must come out.
//!
//! `path = text` is a file, `path -> target` a link, `? kind source : status` a fact, in order; `! privileged`
//! reads with rights, `! nothing` says that nothing usable is there. Anything else fails.
#![cfg(all(target_os = "linux", feature = "collect"))]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use license_core::collect::{CollectOptions, collect};
use license_core::{FingerprintError, Kind, Reading, Realm};

#[derive(Default)]
struct Played {
    privileged: bool,
    nothing: bool,
    facts: Vec<String>,
}

fn captured() -> impl Iterator<Item = (String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captured");
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| {
        Some((file.file_name().into_string().ok()?, fs::read_to_string(file.path()).ok()?))
    })
}

fn build(text: &str, root: &Path) -> std::io::Result<Played> {
    let mut played = Played::default();
    for line in text.lines().map(str::trim_end) {
        let place = |path: &str| root.join(path.trim().trim_start_matches('/'));
        if line.is_empty() || line.starts_with('#') {
        } else if let Some(fact) = line.strip_prefix("? ") {
            played.facts.push(fact.split_whitespace().collect::<Vec<_>>().join(" "));
        } else if line == "! privileged" {
            played.privileged = true;
        } else if line == "! nothing" {
            played.nothing = true;
        } else if let Some((path, target)) = line.split_once(" -> ") {
            parent(&place(path))?;
            symlink(target, place(path))?;
        } else if let Some((path, text)) = line.split_once(" =") {
            parent(&place(path))?;
            let text = text.strip_prefix(' ').unwrap_or(text);
            fs::write(place(path), text.replace("\\0", "\0").replace("\\n", "\n").replace("\\x0c", "\x0c"))?;
            // The only byte over 0x7f that a captured file holds.
            if text.contains("\\x80") {
                let parts: Vec<_> =
                    fs::read_to_string(place(path))?.split("\\x80").map(str::to_owned).collect();
                fs::write(place(path), parts.iter().map(String::as_bytes).collect::<Vec<_>>().join(&0x80))?;
            }
        } else {
            return Err(std::io::Error::other(format!("unknown line {line:?}")));
        }
    }
    Ok(played)
}

fn parent(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

#[test]
fn every_captured_machine_shows_the_facts_that_its_file_lists() {
    let mut machines = 0;
    for (name, text) in captured() {
        let folder = tempfile::tempdir().unwrap();
        let played = build(&text, folder.path()).unwrap();
        let options = CollectOptions { privileged: played.privileged, root: folder.path().into() };
        let collected = collect(&options);
        let facts: Vec<_> =
            collected.facts().iter().map(|f| format!("{} {} : {}", f.kind, f.source, f.status)).collect();
        assert_eq!(facts, played.facts, "{name}");
        let realm = Realm::new("https://vendor.example");
        let device = collected.device(&realm).unwrap();
        assert_eq!(device.fingerprint().is_none(), played.nothing, "{name}");
        assert_eq!(device.reading() == Reading::Privileged, played.privileged, "{name}");
        if played.nothing {
            assert_eq!(collected.fingerprint(&realm), Err(FingerprintError::Missing), "{name}");
        }
        assert_eq!(collect(&options).fingerprint(&realm), collected.fingerprint(&realm), "{name}");
        assert_eq!(collected.system(), None, "{name}: a played machine has no system of its own");
        machines += 1;
    }
    assert_eq!(machines, 6);
}

#[test]
fn facts_read_with_rights_are_marked() {
    let (_, text) = captured().find(|(name, _)| name == "laptop.txt").unwrap();
    let folder = tempfile::tempdir().unwrap();
    build(&text, folder.path()).unwrap();
    let realm = Realm::new("https://vendor.example");
    let read = |privileged| collect(&CollectOptions { privileged, root: folder.path().into() });
    let (plain, rights) = (read(false), read(true));
    assert!(plain.facts().iter().all(|f| f.raw() != "PF2QX7R9 001"), "not even read");
    let marked: Vec<_> = rights.fingerprint(&realm).unwrap().components().to_vec();
    let marked: Vec<_> = marked.iter().filter(|c| c.privileged).map(|c| c.kind).collect();
    assert_eq!(marked, [Kind::Board, Kind::System]);
    assert!(plain.fingerprint(&realm).unwrap().components().iter().all(|c| !c.privileged));
}

#[test]
fn no_value_is_printed_for_debugging() {
    let (_, text) = captured().find(|(name, _)| name == "laptop.txt").unwrap();
    let folder = tempfile::tempdir().unwrap();
    build(&text, folder.path()).unwrap();
    let collected = collect(&CollectOptions { privileged: true, root: folder.path().into() });
    let printed = format!("{collected:?}").to_lowercase();
    for fact in collected.facts().iter().filter(|f| !f.raw().is_empty()) {
        assert!(!printed.contains(&fact.raw().to_lowercase()), "{fact:?}");
    }
}

#[test]
fn odd_files_are_read_in_bounded_bites_or_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    build("/etc/machine-id = x\n/sys/block/sda/device/model = x\n/sys/class/net/eth0/type = 1", root)
        .unwrap();
    fs::write(root.join("etc/machine-id"), "9f1c2b3a4d5e6f70\n".repeat(100_000)).unwrap();
    fs::write(root.join("sys/block/sda/serial"), [0xff, 0xfe, b'A', b'1', b'7', b'7']).unwrap();
    fs::create_dir(root.join("sys/block/sda/wwid")).unwrap();
    symlink("device", root.join("sys/class/net/eth0/device")).unwrap();
    symlink("/sys/class/net/eth0/address", root.join("sys/class/net/eth0/address")).unwrap();
    for card in 0..300 {
        build(&format!("/sys/class/net/veth{card}/type = 1"), root).unwrap();
    }
    let collected = collect(&CollectOptions { privileged: false, root: root.into() });
    assert!(collected.facts().iter().all(|f| f.raw().len() <= 4096));
    assert!(collected.facts().len() < 40);
    let serial = collected.facts().iter().find(|f| f.source == "/sys/block/sda/serial").unwrap();
    assert_eq!(serial.status.to_string(), "used", "stray bytes of a serial number are no part of it");
}
