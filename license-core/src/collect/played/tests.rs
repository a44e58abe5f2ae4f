//! The machines of `tests/vectors/machines` in memory, so that Linux's files are parsed by tests on every platform.

use proptest::prelude::*;

use super::*;
use crate::Realm;
use crate::collect::environment_linux::{Mounts, look};

#[path = "../../../tests/core/play/mod.rs"]
pub(in crate::collect) mod play;

fn options(privileged: bool) -> CollectOptions {
    CollectOptions { privileged, ..CollectOptions::default() }
}

#[test]
fn every_machine_shows_what_its_file_lists() {
    let (mut wrong, mut right_but_waiting) = (Vec::new(), Vec::new());
    for machine in play::machines() {
        let name = machine.name.as_str();
        let played: PlayedMachine = machine.text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(played.is_privileged(), machine.privileged, "{name}");
        let collected = played.collect(&options(machine.privileged));
        let facts: Vec<_> =
            collected.facts().iter().map(|f| format!("{} {} : {}", f.kind, f.source, f.status)).collect();
        let environment = collected.environment().to_string();
        let nothing = collected.fingerprint(&Realm::new("https://vendor.example")).is_err();
        let quality = crate::collect::capture::quality(&collected);
        let differs = facts != machine.facts
            || environment != machine.environment
            || nothing != machine.nothing
            || quality != machine.quality;
        match (differs, play::WAITING.contains(&name)) {
            (true, false) => wrong.push(difference(
                name,
                &(format!("{environment}, {quality:?}"), facts),
                &(format!("{}, {:?}", machine.environment, machine.quality), machine.facts),
            )),
            (false, true) => right_but_waiting.push(machine.name),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        right_but_waiting.is_empty(),
        "to be taken off the list of those that wait: {right_but_waiting:?}"
    );
}

fn difference(name: &str, found: &(String, Vec<String>), expected: &(String, Vec<String>)) -> String {
    let mut text = format!("{name}: {} for {}", found.0, expected.0);
    let more = found.1.iter().filter(|fact| !expected.1.contains(fact)).map(|fact| format!("\n  + {fact}"));
    let less = expected.1.iter().filter(|fact| !found.1.contains(fact)).map(|fact| format!("\n  - {fact}"));
    text.extend(more.chain(less));
    text
}

#[test]
fn every_windows_is_a_machine_too() {
    let windows = r#"{"machine_guid":"9f1c2b3a-4d5e-4f70-8192-a3b4c5d6e7f8","firmware":null,"adapters":[],"drives":[]}"#;
    let played: PlayedMachine = windows.parse().unwrap();
    assert!(played.collect(&options(false)).fingerprint(&Realm::new("https://vendor.example")).is_ok());
    let other = r#"{"machine_guid":"x","more":1}"#.parse::<PlayedMachine>();
    assert!(matches!(other, Err(PlayedMachineError::Windows(_))));
    let long = "#".repeat(MAX_PLAYED_MACHINE_LEN + 1).parse::<PlayedMachine>();
    assert_eq!(long.map(drop), Err(PlayedMachineError::TooLong));
}

proptest! {
    #[test]
    fn nothing_that_a_system_tells_makes_it_panic(
        mounts in "([0-9]{1,3} [0-9]{1,3} 0:1 /[a-z/-]{0,20} /(etc/hosts|etc/machine-id)? rw( shared:1)? - [a-z]{0,8} x rw\n|\\PC{0,40}\n){0,4}",
        groups in "([0-9:/]{0,8}(kubepods|docker/|lxc/)?\\PC{0,10}\n){0,3}",
        flags in "(flags[\t :]{0,3}\\PC{0,20}\n){0,2}",
        bytes in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut files = Files::default();
        let texts = [("/proc/self/mountinfo", mounts), ("/proc/1/cgroup", groups), ("/proc/cpuinfo", flags)];
        texts.into_iter().for_each(|(path, text)| files.insert(path.to_owned(), Entry::File(text.into_bytes())));
        for path in ["/proc/1/environ", "/etc/machine-id", "/sys/class/dmi/id/sys_vendor"] {
            files.insert(path.to_owned(), Entry::File(bytes.clone()));
        }
        let root = Root::Played(&files);
        _ = look(&root, &Mounts::read(&root));
        let machine = PlayedMachine { shown: Shown::Linux(files), privileged: false };
        _ = machine.collect(&options(false));
        prop_assert!(machine.capture(&options(true)).is_ok());
    }
}
