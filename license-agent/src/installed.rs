//! What is said of a license that was put into place.

use std::fmt::Write as _;
use std::path::PathBuf;

use license_core::{License, LicenseState, UnixTime};
use serde::Serialize;

use crate::accept::Accepted;
use crate::check::{days_in_words, days_left, grace_until};
use crate::exit::Exit;
use crate::report::{self, Answer};

/// What was put into place; times are RFC 3339 in UTC.
#[derive(Debug, Serialize)]
pub(crate) struct Installed {
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
    /// With a server's answer only; `null` there where it is not limited or not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    seats_left: Option<Option<u64>>,
    notes: Vec<String>,
}

impl Installed {
    pub(crate) fn new(accepted: &Accepted, now: UnixTime, file: PathBuf, mut notes: Vec<String>) -> Self {
        let license = &accepted.license;
        let is_in_grace = matches!(license.state(now), LicenseState::Grace { .. });
        notes.extend(grace_note(license, now));
        if let Some(before) = accepted.shortened_from {
            notes.push(format!("the license that it replaces would have lasted longer: {before}"));
        }
        Self {
            installed: true,
            changed: accepted.changed,
            file,
            product: license.product().to_owned(),
            license: license.id().to_owned(),
            instance: license.instance().to_owned(),
            state: if is_in_grace { "grace" } else { "active" },
            valid_until: license.expires_at().map(|end| end.to_string()),
            grace_until: grace_until(license).map(|end| end.to_string()),
            days_left: days_left(license, now),
            seats_left: None,
            notes,
        }
    }

    /// The same with what the server said of seats.
    pub(crate) fn with_seats(self, left: Option<u64>) -> Self {
        Self { seats_left: Some(left), ..self }
    }

    /// Both forms under a sentence without its full stop.
    pub(crate) fn answer(self, title: &str) -> Answer {
        let mut text = format!("{title}.\n\n");
        let until = match (&self.valid_until, self.days_left.filter(|_| self.state != "grace")) {
            (Some(end), Some(days)) => format!("{end}, {}", days_in_words(days)),
            (Some(end), None) => end.clone(),
            (None, _) => "no end".into(),
        };
        let file = self.file.display().to_string();
        let mut line = |name: &str, value: &str| _ = writeln!(text, "  {name:<12} {value}");
        for (name, value) in [("license", &self.license), ("valid until", &until), ("file", &file)] {
            line(name, value);
        }
        if let Some(Some(left)) = self.seats_left {
            line("seats left", &left.to_string());
        }
        Answer { exit: Exit::Ok, text, json: report::json(&self), notes: self.notes, picture: None }
    }
}

fn grace_note(license: &License, now: UnixTime) -> Option<String> {
    let LicenseState::Grace { until } = license.state(now) else { return None };
    let left = days_left(license, now).map(days_in_words)?;
    Some(format!("this license is over and works in grace until {until}, {left}; renew it at your vendor's"))
}
