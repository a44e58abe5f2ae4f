//! The machines of `tests/vectors/machines` in memory, so that Linux's files are parsed by tests on every platform.

use proptest::prelude::*;

use super::Collected;
use super::environment_linux::{Mounts, look};
use super::linux::candidates;
use super::root::Root;
use play::{Entry, Machine};

#[path = "../../tests/core/play/mod.rs"]
mod play;

/// Files and links by their absolute paths.
pub(super) struct Played(Machine);

/// Most links on a way, as in Linux.
const LINKS: usize = 40;

impl Played {
    pub(super) fn bytes(&self, path: &str, most: u64) -> Option<Vec<u8>> {
        match self.0.files.get(&self.real(path, true)?)? {
            Entry::File(bytes) => Some(bytes.iter().copied().take(usize::try_from(most).unwrap()).collect()),
            Entry::Link(_) | Entry::Unreadable => None,
        }
    }

    /// Whether the system shows nothing of this path to the user.
    pub(super) fn denies(&self, path: &str) -> bool {
        let Some(path) = self.real(path, true) else { return false };
        let is_in = |folder: &String| path == *folder || path.starts_with(&format!("{folder}/"));
        let unreadable = self.0.files.iter().filter(|(_, entry)| matches!(entry, Entry::Unreadable));
        unreadable.map(|(path, _)| path).any(is_in)
    }

    pub(super) fn exists(&self, path: &str) -> bool {
        self.real(path, false).is_some_and(|path| {
            self.0.files.keys().any(|file| file == &path || file.starts_with(&format!("{path}/")))
        })
    }

    pub(super) fn link(&self, path: &str) -> Option<String> {
        match self.0.files.get(&self.real(path, false)?)? {
            Entry::Link(target) => Some(target.clone()),
            Entry::File(_) | Entry::Unreadable => None,
        }
    }

    pub(super) fn names(&self, path: &str) -> Vec<String> {
        let Some(folder) = self.real(path, true) else { return Vec::new() };
        let below = self.0.files.keys().filter_map(|file| file.strip_prefix(&format!("{folder}/")));
        let mut names: Vec<_> = below.filter_map(|rest| Some(rest.split('/').next()?.to_owned())).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The path without links; of its last part only if asked.
    fn real(&self, path: &str, follow_last: bool) -> Option<String> {
        let mut todo: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let (mut done, mut links) = (Vec::<String>::new(), 0);
        while let Some(part) = todo.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => _ = done.pop(),
                _ => done.push(part),
            }
            let here = format!("/{}", done.join("/"));
            let follow = follow_last || !todo.is_empty();
            if let Some(Entry::Link(target)) = self.0.files.get(&here).filter(|_| follow) {
                links += 1;
                if links > LINKS {
                    return None;
                }
                done.pop();
                if target.starts_with('/') {
                    done.clear();
                }
                todo.extend(target.split('/').rev().map(str::to_owned));
            }
        }
        Some(format!("/{}", done.join("/")))
    }
}

fn collect(machine: &Played) -> Collected {
    let (found, reading, environment) = candidates(&Root::Played(machine), machine.0.privileged);
    Collected::of(found, reading, environment)
}

#[test]
fn every_machine_shows_what_its_file_lists() {
    for machine in play::machines() {
        let machine = Played(machine);
        let collected = collect(&machine);
        let facts: Vec<_> =
            collected.facts().iter().map(|f| format!("{} {} : {}", f.kind, f.source, f.status)).collect();
        let Machine { name, facts: expected, environment, nothing, .. } = &machine.0;
        assert_eq!(&facts, expected, "{name}");
        assert_eq!(&collected.environment().to_string(), environment, "{name}");
        let realm = crate::Realm::new("https://vendor.example");
        assert_eq!(collected.fingerprint(&realm).is_err(), *nothing, "{name}");
    }
}

proptest! {
    #[test]
    fn nothing_that_a_system_tells_makes_it_panic(
        mounts in "([0-9]{1,3} [0-9]{1,3} 0:1 /[a-z/-]{0,20} /(etc/hosts|etc/machine-id)? rw( shared:1)? - [a-z]{0,8} x rw\n|\\PC{0,40}\n){0,4}",
        groups in "([0-9:/]{0,8}(kubepods|docker/|lxc/)?\\PC{0,10}\n){0,3}",
        flags in "(flags[\t :]{0,3}\\PC{0,20}\n){0,2}",
        bytes in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut machine = Machine::default();
        let texts = [("/proc/self/mountinfo", mounts), ("/proc/1/cgroup", groups), ("/proc/cpuinfo", flags)];
        machine.files.extend(texts.map(|(path, text)| (path.to_owned(), Entry::File(text.into_bytes()))));
        for path in ["/proc/1/environ", "/etc/machine-id", "/sys/class/dmi/id/sys_vendor"] {
            machine.files.insert(path.to_owned(), Entry::File(bytes.clone()));
        }
        let machine = Played(machine);
        let root = Root::Played(&machine);
        _ = look(&root, &Mounts::read(&root));
        _ = collect(&machine);
    }
}
