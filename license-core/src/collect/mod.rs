//! Reads this machine's hardware facts: files and calls of its own operating system, nothing else.
//!
//! What is collected does not depend on who runs it. Facts that only root can read are left out, even for root,
//! unless [`CollectOptions::privileged`] asks for them. Every fact says where it came from and, if it was left
//! out, why.
//!
//! ```
//! use license_core::Realm;
//! use license_core::collect::{CollectOptions, collect};
//!
//! let collected = collect(&CollectOptions::default());
//! for fact in collected.facts() {
//!     println!("{:<7} {} ({})", fact.kind, fact.status, fact.source);
//! }
//! let device = collected.device(&Realm::new("https://vendor.example"))?;
//! # let _ = device;
//! # Ok::<(), license_core::FingerprintError>(())
//! ```

mod capture;
mod choice;
mod cpu;
mod environment;
mod environment_linux;
mod fact;
mod firmware_strings;
mod links;
// What Linux and Windows show is judged everywhere, so that their machines can be played on every system.
mod linux;
mod machine_id;
#[cfg(target_os = "macos")]
mod macos;
mod operator;
mod parse;
mod part;
mod played;
mod root;
mod smbios;
mod uptime;
mod windows;

use std::fmt;
use std::path::PathBuf;

use choice::Candidate;

use crate::fingerprint::{
    Binding, Component, Device, Fingerprint, FingerprintError, Kind, Reading, Realm, normalise,
};

pub use capture::{CaptureError, capture};
pub use environment::{Cloud, Container, Environment, Hypervisor, Platform};
pub use fact::{Fact, FactStatus, LeftOut};
pub use operator::{OperatorId, OperatorIdError, operator_id};
pub use played::{MAX_PLAYED_MACHINE_LEN, PlayedMachine, PlayedMachineError};
pub use uptime::uptime;

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectOptions {
    /// Also read what only root can read: the board's serial number and the system UUID on Linux.
    pub privileged: bool,
    /// The folder that stands for `/`, so that a machine can be played: Linux by its files, or Windows by what its
    /// calls answer, in a file `windows.json`. Under another folder than `/` this machine itself is asked nothing.
    pub root: PathBuf,
    /// An id that stands for this machine: nothing else is used then. [`operator_id`] reads the one that is set.
    pub operator_id: Option<OperatorId>,
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self { privileged: false, root: PathBuf::from("/"), operator_id: None }
    }
}

/// What was read, and what was left out and why.
///
/// A license is checked against all of it ([`device`](Self::device)); a text names a few values of each kind and one
/// name of each part ([`fingerprint`](Self::fingerprint)).
#[derive(Clone)]
pub struct Collected {
    candidates: Vec<Candidate>,
    facts: Vec<Fact>,
    reading: Reading,
    system: Option<String>,
    environment: Environment,
}

/// Reads this machine. Never fails: what cannot be read is among the facts that were left out.
#[must_use]
pub fn collect(options: &CollectOptions) -> Collected {
    collected(candidates(options), options, system(options))
}

fn collected(
    (mut candidates, reading, environment): (Vec<Candidate>, Reading, Environment),
    options: &CollectOptions,
    system: Option<String>,
) -> Collected {
    if let Some(id) = &options.operator_id {
        candidates.iter_mut().for_each(|other| other.value = Err(LeftOut::ReplacedByOperator));
        candidates.push(Candidate::new(Kind::Custom, id.source(), Ok(id.value().to_owned())));
    }
    Collected { system, ..Collected::of(candidates, reading, environment) }
}

impl Collected {
    fn of(candidates: Vec<Candidate>, reading: Reading, environment: Environment) -> Self {
        let facts = choice::choose(candidates.clone(), &|_, _| false);
        Self { candidates, facts, reading, system: None, environment }
    }

    /// The same machine, whose text first names the values that a license of this machine names and that are still
    /// there: so parts that are added do not change it, and whoever issued the license knows the machine again.
    #[must_use]
    pub fn licensed_by(mut self, binding: &Binding, realm: &Realm) -> Self {
        if binding.realm() == realm.tag() {
            let is_licensed = |kind, value: &str| binding.names(kind, realm.digest(kind, value));
            self.facts = choice::choose(self.candidates.clone(), &is_licensed);
        }
        self
    }

    /// All facts found, by kind, then source.
    #[must_use]
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// With which rights the machine was read: privileged only if that was asked for and nothing was denied.
    #[must_use]
    pub const fn reading(&self) -> Reading {
        self.reading
    }

    /// What kind of machine it is.
    #[must_use]
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// Operating system and processor family in words, for reports; not part of the fingerprint.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        self.system.as_deref()
    }

    /// The fingerprint of the facts in use: what a text says of this machine.
    ///
    /// # Errors
    /// [`Missing`](FingerprintError::Missing) or [`NoAnchor`](FingerprintError::NoAnchor) if nothing names this
    /// machine.
    pub fn fingerprint(&self, realm: &Realm) -> Result<Fingerprint, FingerprintError> {
        let used = self.facts.iter().filter(|fact| fact.status == FactStatus::Used);
        Fingerprint::from_readings(realm, used.map(|fact| (fact.kind, fact.raw(), fact.privileged)))
    }

    /// Everything that counts when a license is checked, by kind and digest, each once: the values in the text, and
    /// those that are in none. Some hundred where there are as many disks.
    #[must_use]
    pub fn found(&self, realm: &Realm) -> Vec<Component> {
        let counting = self.facts.iter().filter(|fact| fact.counts);
        let digested = counting.filter_map(|Fact { kind, privileged, value, .. }| {
            let digest = realm.digest(*kind, &normalise(*kind, value).ok()?);
            Some(Component { kind: *kind, digest, privileged: *privileged })
        });
        let mut found: Vec<_> = digested.collect();
        found.sort_unstable_by_key(|c| (c.kind, c.digest, c.privileged));
        found.dedup_by_key(|c| (c.kind, c.digest));
        found
    }

    /// The kinds of which the system would not show something to this user, though nothing else was asked for. With
    /// other rights there may be more.
    pub fn unreadable(&self) -> impl Iterator<Item = Kind> {
        let is_unreadable =
            |fact: &&Fact| !fact.privileged && fact.status == FactStatus::LeftOut(LeftOut::Unreadable);
        self.facts.iter().filter(is_unreadable).map(|fact| fact.kind)
    }

    /// This machine for verification, with everything that was found; without a fingerprint if nothing names it.
    ///
    /// # Errors
    /// None that a machine can cause: the facts in use are within every limit.
    pub fn device(&self, realm: &Realm) -> Result<Device, FingerprintError> {
        let device = match self.fingerprint(realm) {
            Ok(fingerprint) => {
                let found = self.found(realm).into_iter().map(|c| (c.kind, c.digest));
                Device::new(fingerprint, self.reading).with_others(found)
            }
            Err(error) if error.is_unusable() => Device::nothing(self.reading),
            Err(error) => return Err(error),
        };
        Ok(device.with_unreadable(self.unreadable()))
    }
}

impl fmt::Debug for Collected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collected")
            .field("facts", &self.facts)
            .field("reading", &self.reading)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

fn candidates(options: &CollectOptions) -> (Vec<Candidate>, Reading, Environment) {
    if is_played(options) {
        return played_machine(options);
    }
    let (mut found, reading, environment) = this_machine(options);
    found.push(cpu::candidate());
    (found, reading, environment)
}

fn is_played(options: &CollectOptions) -> bool {
    options.root != *"/"
}

fn played_machine(options: &CollectOptions) -> (Vec<Candidate>, Reading, Environment) {
    let root = root::Root::Folder(&options.root);
    match windows::played::object(&root) {
        Some(text) => windows::played_candidates(&text, options.privileged),
        None => linux::candidates(&root, options.privileged),
    }
}

#[cfg(target_os = "linux")]
fn this_machine(options: &CollectOptions) -> (Vec<Candidate>, Reading, Environment) {
    linux::candidates(&root::Root::Folder(&options.root), options.privileged)
}

#[cfg(windows)]
fn this_machine(options: &CollectOptions) -> (Vec<Candidate>, Reading, Environment) {
    let (found, environment) = windows::candidates(windows::read::everything());
    (found, asked_for(options), environment)
}

#[cfg(target_os = "macos")]
fn this_machine(options: &CollectOptions) -> (Vec<Candidate>, Reading, Environment) {
    (macos::candidates(), asked_for(options), Environment::default())
}

/// No sources are known here; a custom id works everywhere.
#[cfg(not(any(target_os = "linux", windows, target_os = "macos")))]
fn this_machine(_: &CollectOptions) -> (Vec<Candidate>, Reading, Environment) {
    (Vec::new(), Reading::Unprivileged, Environment::default())
}

/// Where any user may read everything that is read.
#[cfg(not(target_os = "linux"))]
fn asked_for(options: &CollectOptions) -> Reading {
    if options.privileged { Reading::Privileged } else { Reading::Unprivileged }
}

fn system(options: &CollectOptions) -> Option<String> {
    let name = if is_played(options) { None } else { sysinfo::System::long_os_version().ok() };
    name.map(|name| format!("{name}, {}", sysinfo::System::cpu_arch()))
}
