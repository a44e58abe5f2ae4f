//! What a capture keeps and what it hides, over all machines that are played.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::super::played::tests::play;
use super::*;

fn options(privileged: bool) -> CollectOptions {
    CollectOptions { privileged, ..CollectOptions::default() }
}

/// All of `tests/vectors`, as texts: Linux, then Windows with their firmware's tables in full.
fn machines() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/captures");
    let object = |path: &Path| -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let windows = fs::read_dir(folder.join("windows")).unwrap().map(|file| {
        let path = file.unwrap().path();
        let mut machine = object(&path);
        if let Some(table) = machine["firmware"].as_str().map(str::to_owned) {
            machine["firmware"] = object(&folder.join("smbios").join(table + ".json"))["raw"].clone();
        }
        (path.display().to_string(), machine.to_string())
    });
    play::machines().into_iter().map(|machine| (machine.name, machine.text)).chain(windows).collect()
}

fn parsed(name: &str, text: &str) -> PlayedMachine {
    text.parse().unwrap_or_else(|error| panic!("{name}: {error}\n{text}"))
}

/// What came of a machine, without names: how often each kind of value met each fate, and how strong it is.
fn outcome(machine: &PlayedMachine, privileged: bool) -> (String, Option<String>, BTreeMap<String, usize>) {
    let collected = machine.collect(&options(privileged));
    let mut fates = BTreeMap::new();
    for fact in collected.facts() {
        *fates.entry(format!("{} : {}", fact.kind, fact.status)).or_default() += 1;
    }
    (collected.environment().to_string(), quality(&collected), fates)
}

#[test]
fn a_capture_comes_to_the_same_as_its_machine() {
    let mut wrong = Vec::new();
    for (name, text) in machines() {
        let machine = parsed(&name, &text);
        for privileged in [false, true] {
            let before = outcome(&machine, privileged);
            match machine.capture(&options(privileged)) {
                Ok(captured) if outcome(&parsed(&name, &captured), privileged) == before => {}
                Ok(captured) => wrong.push(format!("{name}: {before:?}\n{captured}")),
                Err(error) => wrong.push(format!("{name}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Values that name a machine: what collectors take for that, and ids in the rest of what they read.
fn naming(machine: &PlayedMachine) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    let collected = machine.collect(&options(true));
    for fact in collected.facts() {
        let usable = crate::fingerprint::normalise(fact.kind, fact.raw()).is_ok();
        // Inside a composed name, the number: models stay.
        let serial = match fact.raw().strip_prefix("nvme.") {
            Some(name) => name.split('-').nth(1),
            None => fact.raw().split_whitespace().last(),
        };
        if usable {
            values.push(fact.raw().to_owned());
            values.extend(serial.map(str::to_owned));
        }
    }
    if let Ok(files) = machine.shown() {
        for (path, entry) in files.iter() {
            let Entry::File(bytes) = entry else { continue };
            let text = String::from_utf8_lossy(bytes);
            let is_id = |word: &&str| {
                let is_hex = word.len() >= 12 && word.bytes().all(|b| b.is_ascii_hexdigit());
                let is_uuid = word.len() == 36 && word.matches('-').count() == 4;
                (is_hex || is_uuid)
                    && word.bytes().any(|b| b.is_ascii_digit())
                    && word.trim_matches('0').len() > 6
            };
            if path.starts_with("/proc/") {
                values.extend(
                    text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(is_id).map(str::to_owned),
                );
                values.extend(text.split('/').filter(|part| *part == "erika").map(|_| "/erika/".to_owned()));
            }
        }
    }
    values.sort();
    values.dedup();
    values
}

#[test]
fn nothing_in_a_capture_names_its_machine() {
    for (name, text) in machines() {
        let machine = parsed(&name, &text);
        let captured = machine.capture(&options(true)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let lines: Vec<String> = captured.lines().map(|line| pseudonyms::bare(line.as_bytes())).collect();
        for value in naming(&machine) {
            if value == "/erika/" {
                assert!(!captured.contains("/erika"), "{name}: a user's name");
                continue;
            }
            let bare = pseudonyms::bare(value.as_bytes());
            let is_model = ["VENDOR", "MODEL"].contains(&bare.as_str()) || bare.len() < 8;
            let kept = crate::fingerprint::normalise(crate::fingerprint::Kind::Disk, &value).is_err();
            if is_model || kept {
                continue;
            }
            let hex = data_encoding::HEXUPPER.encode(bare.as_bytes());
            let back: String = bare.chars().rev().collect();
            for line in &lines {
                for spelling in [&bare, &hex, &back] {
                    assert!(!line.contains(spelling.as_str()), "{name}: {value} as {spelling}\n{line}");
                }
            }
        }
    }
}

#[test]
fn a_capture_says_what_it_is_and_what_came_of_the_machine() {
    let machine = parsed(
        "",
        "/etc/machine-id = 9f1c2b3a4d5e6f708192a3b4c5d6e7f8\\n\n/proc/1/environ = TOKEN=hunter2\\0container=lxc\\0HOME=/home/erika\\0\n",
    );
    let captured = machine.capture(&options(false)).unwrap();
    let id = captured.lines().find_map(|line| line.strip_prefix("/etc/machine-id = ")).unwrap();
    assert!(id.len() == 34 && id.ends_with("\\n") && !id.contains("9f1c2b3a"), "{id}");
    for line in [
        "# Look at it before you mail it.",
        "! environment container (LXC) on unknown",
        "! quality weak binding: only the OS installation id",
        "/proc/1/environ = container=lxc\\0",
        "/sys/class/net ! absent",
        "? os     /etc/machine-id : used",
    ] {
        assert!(captured.lines().any(|one| one == line), "{line}\n{captured}");
    }
    assert!(!captured.contains("hunter2") && !captured.contains("erika"), "{captured}");
}

#[test]
fn one_value_has_one_pseudonym_wherever_it_stands() {
    let machine = parsed(
        "",
        "/sys/class/net/enx047c165ee35d/type = 1\n/sys/class/net/enx047c165ee35d/address = 04:7c:16:5e:e3:5d\n/sys/class/net/enx047c165ee35d/addr_assign_type = 0\n/sys/class/net/enx047c165ee35d/device/x = 1\n/sys/class/dmi/id/product_uuid = 5a80d9c1-0e37-11ec-8a3d-047c165ee35d\n",
    );
    let captured = machine.capture(&options(true)).unwrap();
    let address = captured.lines().find_map(|line| line.split_once("/address = ")).unwrap().1.to_owned();
    let digits = address.replace(':', "");
    assert!(digits.starts_with("047c16") && digits != "047c165ee35d", "{captured}");
    assert!(captured.contains(&format!("/sys/class/net/enx{digits}/type = 1")), "{captured}");
    assert!(captured.contains(&format!("-{digits}\n")), "in the system's id\n{captured}");
}

#[test]
fn kinds_and_names_of_options_stay_and_their_values_and_servers_do_not() {
    let user =
        "\n/proc/self/ns/user -> user:[4026533125]\n/etc/machine-id = 9f1c2b3a4d5e6f708192a3b4c5d6e7f8\\n\n";
    for (mount, kept) in [
        ("lustre 10.20.31.41@tcp:/fs rw", "lustre"),
        ("ceph storage77.acmecorp.example:/x rw,mon_addr=storage77.acmecorp.example", "ceph"),
        ("beegfs beegfs_nodev rw,cfgFile=/etc/x", "beegfs"),
        ("newclusterfs storage77.acmecorp.example:/x rw,zorgname=acmecorp", "newclusterfs"),
        ("cifs //storage77.acmecorp.example/x rw,username=acmecorp,domain=acmecorp", "username="),
        ("nfs4 storage77.acmecorp.example:/x rw,addr=storage77.acmecorp.example", "nfs4"),
        ("newclusterfs x rw,zorgname=acmecorp", "zorgname="),
    ] {
        let text = format!("/proc/self/mountinfo = 30 700 0:66 /img / rw - {mount}\\n{user}");
        let machine = parsed(mount, &text);
        let captured = machine.capture(&options(false)).unwrap();
        assert!(captured.contains(kept), "{captured}");
        for name in ["storage77", "acmecorp"] {
            assert!(!captured.contains(name), "{captured}");
        }
        assert_eq!(outcome(&parsed(mount, &captured), false), outcome(&machine, false), "{captured}");
    }
}

#[test]
fn what_cannot_be_read_is_written_down_as_such() {
    let machine = parsed("", "/sys/class/net ! unreadable\n/etc/machine-id ! unreadable\n/sys/block/\n");
    let captured = machine.capture(&options(false)).unwrap();
    for line in ["/sys/class/net ! unreadable", "/etc/machine-id ! unreadable", "/sys/block/"] {
        assert!(captured.lines().any(|one| one == line), "{line}\n{captured}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_gives_the_same_capture_as_its_machine_in_memory() {
    for machine in play::playable()
        .into_iter()
        .filter(|machine| ["laptop-usb-dock", "server", "docker"].contains(&machine.name.as_str()))
    {
        let folder = tempfile::tempdir().unwrap();
        play::build(&machine, folder.path());
        let of_folder = capture(&CollectOptions { root: folder.path().into(), ..options(false) }).unwrap();
        let in_memory = parsed(&machine.name, &machine.text).capture(&options(false)).unwrap();
        assert_eq!(of_folder, in_memory, "{}", machine.name);
    }
}

#[test]
fn this_machine_is_captured_without_its_names() {
    if cfg!(any(target_os = "linux", windows)) {
        let captured = capture(&CollectOptions::default()).unwrap();
        let collected = super::super::collect(&CollectOptions::default());
        let played: PlayedMachine = captured.parse().unwrap();
        assert_eq!(played.collect(&CollectOptions::default()).environment(), collected.environment());
        for fact in
            collected.facts().iter().filter(|fact| fact.raw().len() >= 12 && fact.kind != crate::Kind::Cpu)
        {
            let usable = crate::fingerprint::normalise(fact.kind, fact.raw()).is_ok();
            assert!(!usable || !captured.contains(fact.raw()), "{}", fact.source);
        }
    }
}
