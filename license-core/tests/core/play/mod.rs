//! The machines of `tests/vectors/machines`: what their files say, and a folder made of one. Its README says how they
//! are written.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a machine that cannot be read fails its test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A machine's files, and what must come of them.
#[derive(Default)]
pub(crate) struct Machine {
    /// The name of its file, without the ending.
    pub(crate) name: String,
    /// By absolute path.
    pub(crate) files: BTreeMap<String, Entry>,
    pub(crate) privileged: bool,
    pub(crate) nothing: bool,
    pub(crate) environment: String,
    /// With the usual weights.
    pub(crate) quality: Option<String>,
    /// `kind source : status`, in order.
    pub(crate) facts: Vec<String>,
    /// All of it, as written.
    #[allow(dead_code, reason = "not every user of this module reads it another way")]
    pub(crate) text: String,
}

pub(crate) enum Entry {
    File(Vec<u8>),
    Link(String),
    Folder,
    /// What whoever reads the machine may not look into.
    Unreadable,
    Absent,
}

/// Machines whose files say what is right and what does not come out yet. A machine that comes out right is taken off.
#[allow(dead_code, reason = "not every user of this module compares")]
pub(crate) const WAITING: &[&str] = &[];

/// All of them, by name.
pub(crate) fn machines() -> Vec<Machine> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/machines");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == "txt")).collect();
    files.sort();
    let read = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        Machine { name: name.into(), ..parse(&text) }
    };
    files.iter().map(read).collect()
}

/// Those that a folder of this system can hold: on Windows, names hold no colons and links take rights.
#[allow(dead_code, reason = "not every user of this module makes folders")]
pub(crate) fn playable() -> Vec<Machine> {
    let mut all = machines();
    all.retain(|machine| machine.files.iter().all(|(path, entry)| fits(path, entry)));
    assert!(all.len() >= if cfg!(windows) { 26 } else { 120 }, "{} machines", all.len());
    all
}

/// Whether a folder of this system can hold it.
#[allow(dead_code, reason = "not every user of this module makes folders")]
pub(crate) fn fits(path: &str, entry: &Entry) -> bool {
    match entry {
        // The tests may run as root, who may look into everything.
        Entry::Unreadable => false,
        Entry::Link(_) => cfg!(unix),
        Entry::File(_) | Entry::Folder | Entry::Absent => cfg!(unix) || !path.contains(':'),
    }
}

/// What a machine's file says; panics at a line of another form.
pub(crate) fn parse(text: &str) -> Machine {
    let mut machine = Machine { text: text.into(), ..Machine::default() };
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(fact) = line.strip_prefix("? ") {
            machine.facts.push(fact.split_whitespace().collect::<Vec<_>>().join(" "));
        } else if line == "! privileged" {
            machine.privileged = true;
        } else if line == "! nothing" {
            machine.nothing = true;
        } else if let Some(environment) = line.strip_prefix("! environment ") {
            machine.environment = environment.into();
        } else if let Some(quality) = line.strip_prefix("! quality ") {
            machine.quality = Some(quality.into());
        } else if let Some(path) = line.strip_suffix(" ! unreadable") {
            machine.files.insert(path.into(), Entry::Unreadable);
        } else if let Some(path) = line.strip_suffix(" ! absent") {
            machine.files.insert(path.into(), Entry::Absent);
        } else if let Some(path) = line.strip_suffix('/').filter(|path| !path.contains(' ')) {
            machine.files.insert(path.into(), Entry::Folder);
        } else if let Some((path, target)) = line.split_once(" -> ").filter(|(path, _)| !path.contains(" ="))
        {
            machine.files.insert(path.trim().into(), Entry::Link(target.into()));
        } else if let Some((path, text)) = line.split_once(" =") {
            let text = bytes(text.strip_prefix(' ').unwrap_or(text));
            machine.files.insert(path.trim().into(), Entry::File(text));
        } else {
            panic!("a line of no known form: {line:?}");
        }
    }
    machine
}

/// `\n`, `\t`, `\0` and `\x80` spelt out.
fn bytes(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend(before.bytes());
        let (byte, len) = match after.as_bytes()[0] {
            b'n' => (b'\n', 1),
            b't' => (b'\t', 1),
            b'r' => (b'\r', 1),
            b'\\' => (b'\\', 1),
            b'0' => (0, 1),
            b'x' => (u8::from_str_radix(&after[1..3], 16).unwrap(), 3),
            other => panic!("an escape of no known form: {other}"),
        };
        bytes.push(byte);
        rest = &after[len..];
    }
    bytes.extend(rest.bytes());
    bytes
}

/// Makes a folder that stands for `/` of the machine.
#[allow(dead_code, reason = "not every user of this module needs a folder")]
pub(crate) fn build(machine: &Machine, root: &Path) {
    for (path, entry) in &machine.files {
        let path = root.join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match entry {
            Entry::File(bytes) => std::fs::write(path, bytes).unwrap(),
            Entry::Link(target) => link(target, &path),
            Entry::Folder => std::fs::create_dir_all(path).unwrap(),
            Entry::Unreadable | Entry::Absent => {}
        }
    }
}

/// Makes a link; only where any user may.
#[allow(dead_code, reason = "not every user of this module needs links")]
pub(crate) fn link(target: &str, path: &Path) {
    #[cfg(unix)]
    std::os::unix::fs::symlink(target, path).unwrap();
    #[cfg(not(unix))]
    panic!("no link from {} to {target} here", path.display());
}
