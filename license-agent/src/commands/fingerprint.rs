//! `fingerprint`: the text that names this machine to the vendor.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use license_core::collect::{CollectOptions, Collected, Fact, FactStatus, capture};
use license_core::{Binding, Digest, Fingerprint, Kind, Reading, Realm, Strength as Level};
use serde::Serialize;

use crate::cli::{Common, FingerprintArgs, MachineArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::machine::{self, MachineError};
use crate::place::Place;
use crate::qr;
use crate::report::{self, Answer, Fault};
use crate::strength::{EnvironmentView, Strength, judge};
use crate::trust::{self, Vendor};
use crate::words::sentence;

const RAW_WARNING: &str = "the hardware values below are personal data; do not pass them on";

/// The fingerprint as an object.
#[derive(Debug, Serialize)]
struct Found {
    /// `null` where nothing tells this machine from others; then there is an `error`.
    fingerprint: Option<String>,
    /// Which kinds of components are in it.
    kinds: Vec<&'static str>,
    /// Everything that counts when a license is checked here, by kind; the text names a few of each.
    found: BTreeMap<&'static str, Vec<Digest>>,
    realm: String,
    /// Whether facts were read that take an administrator's rights.
    privileged: bool,
    /// Kinds of which the system would not show something to this user.
    unreadable: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'static str>,
    #[serde(flatten)]
    explained: Option<Explained>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault>,
}

/// What `--explain` adds.
#[derive(Debug, Serialize)]
struct Explained {
    /// Operating system and processor family, in words.
    system: Option<String>,
    environment: EnvironmentView,
    strength: Option<Strength>,
    components: Vec<ComponentView>,
}

/// One fact that was found or looked for.
#[derive(Debug, Serialize)]
struct ComponentView {
    kind: &'static str,
    source: String,
    used: bool,
    /// Why it is not in the text.
    reason: Option<String>,
    /// Whether it counts when a license is checked here.
    counts: bool,
    privileged: bool,
    /// With `--raw` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

/// What `--capture` did.
#[derive(Debug, Serialize)]
struct Captured {
    /// The text, where it was not written to a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<String>,
    file: Option<PathBuf>,
    notes: Vec<String>,
}

pub(crate) fn run(common: &Common, args: &FingerprintArgs) -> Result<Answer, Failure> {
    if let Some(file) = &args.capture {
        return write_down(file, &args.machine);
    }
    let realm = trust::realm(common, args.realm.as_deref())?;
    let licensed = installed(common);
    let collected = machine::knowing(machine::read(&args.machine)?, licensed.as_ref(), &Realm::new(&realm));
    let fingerprint = make(&collected, &realm);
    let explained = (args.explain || args.raw).then(|| Explained {
        system: collected.system().map(str::to_owned),
        environment: collected.environment().into(),
        strength: fingerprint.as_ref().ok().and_then(|(fingerprint, _)| judge(fingerprint, &collected)),
        components: collected.facts().iter().map(|fact| ComponentView::new(fact, args.raw)).collect(),
    });
    let notes = machine::notes(&args.machine, &collected);
    let warning = args.raw.then_some(RAW_WARNING);
    let mut digests: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for component in collected.found(&Realm::new(&realm)) {
        digests.entry(component.kind.as_str()).or_default().push(component.digest);
    }
    let mut found = Found {
        fingerprint: None,
        kinds: Vec::new(),
        found: digests,
        realm,
        privileged: collected.reading() == Reading::Privileged,
        unreadable: kinds_of(collected.unreadable()),
        warning,
        explained,
        notes,
        error: None,
    };
    match fingerprint {
        Ok((fingerprint, text)) => {
            if found.explained.is_none() {
                found.notes.extend(judge(&fingerprint, &collected).as_ref().and_then(weak_note));
            }
            found.kinds = kinds_of(fingerprint.components().iter().map(|c| c.kind));
            found.fingerprint = Some(text);
        }
        Err(error) if found.explained.is_none() => return Err(error.into()),
        Err(error) => {
            let mut fault = Failure::from(error).fault();
            // Who reads this has asked for it.
            fault.advice.retain(|step| !step.contains("--explain"));
            found.error = Some(fault);
        }
    }
    let picture = found.fingerprint.as_deref().filter(|_| args.qr).map(qr::draw).transpose()?;
    Ok(Answer { picture, ..found.answer() })
}

/// What the installed license names: whoever pastes the text into a form is to be known again as well.
fn installed(common: &Common) -> Option<Binding> {
    let vendor = Vendor::load(common).ok()?;
    Place::of(common, vendor.trust.product()).ok()?.read_binding()
}

/// Writes down what is read here, under pseudonyms. A file that is there is left alone.
fn write_down(file: &Path, machine: &MachineArgs) -> Result<Answer, Failure> {
    let options = CollectOptions {
        privileged: machine.privileged,
        root: machine.sysroot.clone(),
        ..CollectOptions::default()
    };
    let text = match &machine.played {
        Some(machine) => machine.capture(&options),
        None => capture(&options),
    };
    let text = text.map_err(Failure::Capture)?;
    let mut captured = Captured { capture: None, file: None, notes: Vec::new() };
    let said = if file.as_os_str() == "-" {
        captured.capture = Some(text.clone());
        text
    } else {
        let written = File::create_new(file).and_then(|mut new| new.write_all(text.as_bytes()));
        written.map_err(|error| Failure::Output(file.to_owned(), error))?;
        captured.file = Some(file.to_owned());
        format!(
            "Wrote what was read on this machine to {}.\n\nWhat to do:\n  - look at it: values that name this machine \
             were replaced, makers and models stay\n  - mail it to the vendor, and say what this machine is\n",
            file.display()
        )
    };
    Ok(Answer { text: said, json: report::json(&captured), ..Answer::default() })
}

fn make(collected: &Collected, realm: &str) -> Result<(Fingerprint, String), MachineError> {
    let nothing = || machine::nothing_on(collected);
    let fingerprint =
        collected.fingerprint(&Realm::new(realm)).map_err(|error| match error.is_unusable() {
            true => nothing(),
            false => MachineError::Other(error),
        })?;
    let text = fingerprint.to_text().ok_or_else(nothing)?;
    Ok((fingerprint, text))
}

/// The names of kinds that come in order, each once.
fn kinds_of(kinds: impl Iterator<Item = Kind>) -> Vec<&'static str> {
    let mut names: Vec<_> = kinds.map(Kind::as_str).collect();
    names.dedup();
    names
}

fn weak_note(strength: &Strength) -> Option<String> {
    let weak = strength.level == Level::Weak;
    weak.then(|| format!("weak binding: {}; see --explain", strength.why))
}

impl ComponentView {
    fn new(fact: &Fact, raw: bool) -> Self {
        let reason = match fact.status {
            FactStatus::Used => None,
            FactStatus::LeftOut(why) => Some(why.to_string()),
        };
        Self {
            kind: fact.kind.as_str(),
            source: fact.source.clone(),
            used: reason.is_none(),
            reason,
            counts: fact.counts,
            privileged: fact.privileged,
            value: raw.then(|| fact.raw().to_owned()),
        }
    }
}

impl Found {
    fn answer(self) -> Answer {
        let exit = if self.error.is_none() { Exit::Ok } else { Exit::Usage };
        let text = match (&self.explained, &self.fingerprint) {
            (Some(explained), _) => self.explanation(explained),
            (None, text) => format!("{}\n", text.as_deref().unwrap_or_default()),
        };
        Answer { exit, text, json: report::json(&self), notes: self.notes, picture: None }
    }

    fn explanation(&self, explained: &Explained) -> String {
        let mut text = match &self.fingerprint {
            Some(fingerprint) => {
                format!("The fingerprint of this machine for {}:\n\n  {fingerprint}\n\n", self.realm)
            }
            None => format!("This machine has no fingerprint for {}.\n\n", self.realm),
        };
        let runs_on = Some(&explained.environment.text).filter(|_| explained.environment.is_known());
        let machine: Vec<_> = explained.system.iter().chain(runs_on).map(String::as_str).collect();
        if !machine.is_empty() {
            _ = writeln!(text, "{}\n", machine.join(", "));
        }
        if let Some(warning) = self.warning {
            _ = writeln!(text, "Warning: {}\n", sentence(warning));
        }
        let width = explained.components.iter().map(|c| c.source.chars().count()).max().unwrap_or(0);
        for ComponentView { kind, source, reason, counts, value, .. } in &explained.components {
            let fate = match reason {
                None => "used".into(),
                Some(why) if *counts => format!("counts, but is not in the text: {why}"),
                Some(why) => format!("left out: {why}"),
            };
            let value = value.as_ref().filter(|value| !value.is_empty()).map(|value| format!("  [{value}]"));
            _ = writeln!(text, "  {kind:<7} {source:<width$}  {fate}{}", value.unwrap_or_default());
        }
        if explained.components.is_empty() {
            text.push_str("  nothing was found\n");
        }
        text.push('\n');
        if let Some(strength) = &explained.strength {
            text.push_str(&strength.text());
            text.push_str(&report::advice(&strength.advice));
        }
        if let Some(Fault { message, advice: steps, .. }) = &self.error {
            _ = writeln!(text, "Refused: {}", sentence(message));
            text.push_str(&report::advice(steps));
        }
        text
    }
}
