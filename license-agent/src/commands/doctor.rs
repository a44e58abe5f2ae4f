//! `doctor`: what stands between this machine and a license that works.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::{Common, DoctorArgs};
use crate::doctor::{Check, Found, Scrub, examine};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::machine;
use crate::progress::Progress;
use crate::report::{self, Answer};

/// Everything there is to say, fit for support to read.
#[derive(Debug, Serialize)]
struct Examined {
    /// Whether a license could work here.
    could_work: bool,
    version: &'static str,
    /// Operating system and processor family, in words.
    system: Option<String>,
    /// What kind of machine it is, in words.
    environment: Option<String>,
    checks: Vec<Check>,
}

pub(crate) fn run(common: &Common, args: &DoctorArgs) -> Result<Answer, Failure> {
    let progress = Progress::new(args.output.form());
    let checks = examine(common, args, |what| progress.says(what));
    drop(progress);
    let collected = machine::read(&args.machine).ok();
    let named = [&common.vendor, &common.dir, &args.server.ca_file, &args.machine.device_id_file];
    let paths: Vec<_> = named.into_iter().flatten().map(PathBuf::as_path).collect();
    let scrub = Scrub::new(&paths);
    let examined = Examined {
        could_work: !checks.iter().any(|check| check.found == Found::Bad),
        version: env!("CARGO_PKG_VERSION"),
        system: collected.as_ref().and_then(|collected| collected.system().map(str::to_owned)),
        environment: collected
            .map(|collected| collected.environment())
            .filter(|environment| *environment != Default::default())
            .map(|environment| environment.to_string()),
        checks: checks.into_iter().map(|check| check.scrubbed(&scrub)).collect(),
    };
    Ok(examined.answer())
}

impl Examined {
    fn answer(self) -> Answer {
        let exit = if self.could_work { Exit::Ok } else { Exit::Usage };
        Answer { exit, text: self.text(), json: report::json(&self), ..Answer::default() }
    }

    fn text(&self) -> String {
        let machine: Vec<_> = self.system.iter().chain(&self.environment).map(String::as_str).collect();
        let mut text = format!("license-agent {}", self.version);
        if !machine.is_empty() {
            _ = write!(text, " on {}", machine.join(", "));
        }
        text.push_str("\n\n");
        for check in &self.checks {
            let mut name = check.name;
            for line in &check.says {
                let mark = if name.is_empty() { "" } else { check.found.mark() };
                _ = writeln!(text, "  {mark:<8} {name:<12} {line}");
                name = "";
            }
        }
        let steps: Vec<String> = self.checks.iter().flat_map(|check| check.advice.iter().cloned()).collect();
        _ = writeln!(
            text,
            "\nA license {}.",
            if self.could_work { "can work on this machine" } else { "cannot work on this machine as it is" }
        );
        text.push_str(&report::advice(&steps));
        text.push_str(
            "No hardware values, digests, host or user names are in this: it can be given to support.\n",
        );
        text
    }
}
