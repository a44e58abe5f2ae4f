//! `install`: verifies a license for this machine, and only then puts it into place.

use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use license_core::{License, LicenseState, MAX_TOKEN_LEN, UnixTime};
use serde::Serialize;

use crate::check::{Standing, check, days_in_words, days_left};
use crate::cli::{Common, InstallArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::machine;
use crate::place::{Place, ReadError, read_bounded};
use crate::report::{self, Answer};
use crate::trust::Vendor;

/// What was put into place; times are RFC 3339 in UTC.
#[derive(Debug, Serialize)]
struct Installed {
    installed: bool,
    /// Whether the file was written: it is left alone where it holds this very license.
    changed: bool,
    file: PathBuf,
    product: String,
    license: String,
    instance: String,
    state: &'static str,
    /// `null` for a perpetual license.
    valid_until: Option<String>,
    grace_until: Option<String>,
    /// Whole days until it stops to work.
    days_left: Option<i64>,
    notes: Vec<String>,
}

pub(crate) fn run(common: &Common, args: &InstallArgs, now: UnixTime) -> Result<Answer, Failure> {
    let trust = Vendor::load(common)?.trust;
    let place = Place::of(common, trust.product())?;
    let text = read(&args.file)?;
    let (device, mut notes) = machine::device(&args.machine, &args.device, trust.realm())?;
    let license = match check(&text, &trust, &device, now) {
        Standing::Holds(license) => license,
        Standing::Untimely(_, refusal) | Standing::Refused(refusal) => return Err(Failure::Refused(refusal)),
    };
    let token = text.trim_ascii();
    let changed = place.read()?.is_none_or(|old| old.trim_ascii() != token);
    if changed {
        place.write(token)?;
    }
    notes.extend(grace_note(&license, now));
    Ok(Installed::new(&license, now, changed, place.path(), notes).answer())
}

/// The license as it was given.
fn read(file: &Path) -> Result<String, Failure> {
    let read = if file.as_os_str() == "-" {
        read_bounded(io::stdin().lock(), MAX_TOKEN_LEN)
    } else {
        File::open(file).map_err(ReadError::from).and_then(|file| read_bounded(file, MAX_TOKEN_LEN))
    };
    let name = || if file.as_os_str() == "-" { "the standard input".into() } else { file.to_owned() };
    read.map_err(|error| match error {
        ReadError::Io(error) => Failure::Input(name(), error),
        ReadError::TooLong => Failure::InputTooLong(name()),
        ReadError::NotText => Failure::InputNotText(name()),
    })
}

fn grace_note(license: &License, now: UnixTime) -> Option<String> {
    let LicenseState::Grace { until } = license.state(now) else { return None };
    let left = days_left(license, now).map(days_in_words)?;
    Some(format!("this license is over and works in grace until {until}, {left}; renew it at your vendor's"))
}

impl Installed {
    fn new(license: &License, now: UnixTime, changed: bool, file: PathBuf, notes: Vec<String>) -> Self {
        let grace_until = match license.state(now) {
            LicenseState::Grace { until } => Some(until.to_string()),
            _ => None,
        };
        Self {
            installed: true,
            changed,
            file,
            product: license.product().to_owned(),
            license: license.id().to_owned(),
            instance: license.instance().to_owned(),
            state: if grace_until.is_some() { "grace" } else { "active" },
            valid_until: license.expires_at().map(|end| end.to_string()),
            grace_until,
            days_left: days_left(license, now),
            notes,
        }
    }

    fn answer(self) -> Answer {
        let mut text = match self.changed {
            true => format!("Installed the license for {}.\n\n", self.product),
            false => {
                format!("The license for {} was installed already; nothing was changed.\n\n", self.product)
            }
        };
        let until = match (&self.valid_until, self.days_left.filter(|_| self.grace_until.is_none())) {
            (Some(end), Some(days)) => format!("{end}, {}", days_in_words(days)),
            (Some(end), None) => end.clone(),
            (None, _) => "no end".into(),
        };
        let file = self.file.display().to_string();
        for (name, value) in [("license", &self.license), ("valid until", &until), ("file", &file)] {
            _ = writeln!(text, "  {name:<12} {value}");
        }
        Answer { exit: Exit::Ok, text, json: report::json(&self), notes: self.notes }
    }
}
