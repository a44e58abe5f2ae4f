//! Writes down what was read on a machine, under pseudonyms: an odd machine becomes a case that can be mailed.

mod linux;
#[cfg(test)]
mod planted;
mod pseudonyms;
mod recorder;
mod spans;
#[cfg(test)]
mod tests;
mod values;
mod windows;
mod words;

use std::fmt::Write as _;

use pseudonyms::Pseudonyms;

use super::played::{Entry, Files, PlayedMachine, escaped, escaped_path};
use super::root::Root;
use super::{CollectOptions, Collected};
use crate::fingerprint::{Binding, Realm, Threshold, Weights};

pub(super) use recorder::Recorder;

/// How often other pseudonyms are drawn where one of them happens to spell a value of this machine.
const DRAWS: u8 = 8;

/// What every capture says of itself.
const ABOUT: [&str; 4] = [
    "A machine as license-agent fingerprint --capture saw it: every file, link and folder that was asked for.",
    "Nothing in it names the machine: addresses, serial numbers, ids and names were replaced by others of the same",
    "form. Makers, models, versions, and values that many machines share stand as they were read.",
    "Look at it before you mail it.",
];

/// Why a machine was not written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// Nothing is known of this system's sources.
    #[error("machines are captured on Linux and on Windows only")]
    System,
    /// A value of the machine's would still stand in it.
    #[error("a value that names this machine could not be replaced everywhere, so nothing was written")]
    NotReplaced,
}

/// Reads this machine and writes down what was asked for and what was answered, also what is absent or denied, as a
/// text that [`PlayedMachine`] plays. Values that name the machine are replaced by pseudonyms that keep their form, the
/// same one for the same value wherever it stands. What came of it is written down as well.
///
/// An id that the operator set plays no part.
///
/// # Errors
/// [`CaptureError::System`] where nothing is read from files or calls; [`CaptureError::NotReplaced`] rather than a text
/// that names the machine.
pub fn capture(options: &CollectOptions) -> Result<String, CaptureError> {
    if super::is_played(options) {
        let root = Root::Folder(&options.root);
        return match super::windows::played::object(&root) {
            Some(text) => windows::capture(&text),
            None => of_linux(root, options.privileged),
        };
    }
    this_machine(options)
}

#[cfg(target_os = "linux")]
fn this_machine(options: &CollectOptions) -> Result<String, CaptureError> {
    of_linux(Root::Folder(&options.root), options.privileged)
}

#[cfg(windows)]
fn this_machine(_: &CollectOptions) -> Result<String, CaptureError> {
    windows::capture(&super::windows::played::written(super::windows::read::everything()))
}

#[cfg(not(any(target_os = "linux", windows)))]
fn this_machine(_: &CollectOptions) -> Result<String, CaptureError> {
    Err(CaptureError::System)
}

impl PlayedMachine {
    /// Captures it as [`capture`] captures this machine.
    ///
    /// # Errors
    /// As there.
    pub fn capture(&self, options: &CollectOptions) -> Result<String, CaptureError> {
        match self.shown() {
            Ok(files) => of_linux(Root::Played(files), options.privileged),
            Err(text) => windows::capture(text),
        }
    }
}

fn of_linux(root: Root<'_>, privileged: bool) -> Result<String, CaptureError> {
    let recorder = Recorder::new(root);
    let (candidates, reading, environment) = super::linux::candidates(&Root::Recorded(&recorder), privileged);
    let collected = Collected::of(candidates, reading, environment);
    let (files, mut asked) = recorder.into_parts();
    // Where a link led, the collector followed: those are the machine's words.
    for (_, entry) in files.iter() {
        if let Entry::Link(target) = entry {
            target.split('/').for_each(|part| _ = asked.remove(part));
        }
    }
    let write = |salt| {
        let mut names = Pseudonyms::new(salt, asked.clone());
        // Once to learn every value, since one may stand in a text that is met before it.
        linux::rewrite(&files, &mut names);
        let text = written(&linux::rewrite(&files, &mut names), &collected, privileged, &mut names);
        names.is_gone_from(&text).then_some(text)
    };
    (0..DRAWS).find_map(write).ok_or(CaptureError::NotReplaced)
}

fn written(files: &Files, collected: &Collected, privileged: bool, names: &mut Pseudonyms) -> String {
    let mut text = String::new();
    for line in ABOUT {
        _ = writeln!(text, "# {line}");
    }
    _ = writeln!(text, "! environment {}", collected.environment());
    _ = match quality(collected) {
        Some(quality) => writeln!(text, "! quality {quality}"),
        None => writeln!(text, "! nothing"),
    };
    if privileged {
        text.push_str("! privileged\n");
    }
    for (path, entry) in files.iter() {
        let path = escaped_path(path);
        _ = match entry {
            Entry::File(bytes) => writeln!(text, "{path} = {}", escaped(bytes)),
            Entry::Link(target) => writeln!(text, "{path} -> {}", escaped_path(target)),
            Entry::Folder => writeln!(text, "{path}/"),
            Entry::Unreadable => writeln!(text, "{path} ! unreadable"),
            Entry::Absent => writeln!(text, "{path} ! absent"),
        };
    }
    text.push('\n');
    let facts =
        collected.facts().iter().map(|fact| (fact.kind, linux::path(&fact.source, names), fact.status));
    let mut facts: Vec<_> = facts.collect();
    facts.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    for (kind, source, status) in facts {
        _ = writeln!(text, "? {:<6} {source} : {status}", kind.as_str());
    }
    text
}

/// The judgement of its fingerprint under the usual weights.
pub(super) fn quality(collected: &Collected) -> Option<String> {
    let fingerprint = collected.fingerprint(&Realm::new("https://vendor.example")).ok()?;
    let binding = Binding::new(&fingerprint, &Weights::default(), Threshold::default()).ok()?;
    Some(binding.quality().to_string())
}
