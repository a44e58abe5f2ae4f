//! What is looked at when something does not work, one check after the other.

mod files;
mod key;
mod keys;
mod scrub;
mod way;

use license_core::{Judged, Strength as Level};
use serde::Serialize;

use crate::check::{Standing, days_in_words, days_left};
use crate::cli::{Common, DoctorArgs};
use crate::failure::Failure;
use crate::here::Here;
use crate::machine;
use crate::report::Fault;
use crate::strength::judge;
use crate::trust::Vendor;
use crate::words::span;

pub(crate) use scrub::Scrub;

/// Seconds that a clock may be off before it is worth a word.
const CLOSE: u64 = 120;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Found {
    Good,
    /// A license could work, but something is worth a word.
    Warning,
    /// No license can work before this is mended.
    Bad,
    /// It was not looked at.
    Skipped,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) found: Found,
    /// One line each.
    pub(crate) says: Vec<String>,
    pub(crate) advice: Vec<String>,
}

/// Looks at everything; `waiting` is told what takes its time.
pub(crate) fn examine(common: &Common, args: &DoctorArgs, waiting: impl Fn(String)) -> Vec<Check> {
    let vendor = vendor_file(common);
    let mut checks = vec![vendor, machine(args)];
    let here = match Here::read(common, &args.machine, &args.device) {
        Ok(here) => here,
        Err(Failure::Vendor(_) | Failure::Machine(_)) => return checks,
        Err(other) => {
            checks.push(Check::failed("files", &other));
            return checks;
        }
    };
    checks.push(files::look(&here.place));
    let (way, date) = match args.offline {
        true => (vec![Check::skipped("server", "left alone")], None),
        false => way::look(&here, &args.server, waiting),
    };
    let installed = here.place.read();
    let text = installed.as_ref().ok().and_then(|text| text.as_deref());
    let judged = here.peek(text, date);
    checks.push(match &installed {
        Ok(Some(text)) => license(&here, text, judged),
        Ok(None) => Check::good("license", "none is installed yet"),
        Err(_) => Check::skipped("license", "it cannot be read"),
    });
    let standing = text.map(|text| here.check_installed(text, judged));
    let known = match &standing {
        Some(Standing::Holds(license) | Standing::Untimely(license, _)) => Some(&**license),
        Some(Standing::Refused(_)) | None => None,
    };
    checks.push(key::look(&here.place, known));
    checks.push(clock(judged, date));
    checks.extend(way);
    checks
}

fn vendor_file(common: &Common) -> Check {
    let file = match Vendor::load(common) {
        Ok(file) => file,
        Err(error) => return Check::failed("vendor file", &error.into()),
    };
    let server = file.server.as_deref().unwrap_or("none");
    Check::good(
        "vendor file",
        &format!("for {} of {}, server: {server}", file.trust.product(), file.trust.issuer()),
    )
}

fn machine(args: &DoctorArgs) -> Check {
    if args.device.text.is_some() {
        return Check::good("machine", "the text after --device stands for it");
    }
    let collected = match machine::read(&args.machine) {
        Ok(collected) => collected,
        Err(error) => return Check::failed("machine", &error.into()),
    };
    // Any name makes the same fingerprint, but for its digests.
    let Ok(fingerprint) = collected.fingerprint(&license_core::Realm::new("doctor")) else {
        return Check::failed("machine", &machine::nothing_on(&collected).into());
    };
    let mut kinds: Vec<_> =
        fingerprint.components().iter().map(|component| component.kind.as_str()).collect();
    kinds.dedup();
    let offers = format!("offers {}", kinds.join(", "));
    let mut check = Check::good("machine", &offers);
    if let Some(strength) = judge(&fingerprint, &collected) {
        let is_weak = strength.level == Level::Weak;
        check.says.push(if is_weak { format!("weak: {}", strength.why) } else { strength.summary });
        if is_weak {
            check.found = Found::Warning;
            check.advice = strength.advice;
        }
    }
    if let Some(kinds) = machine::unreadable(&collected) {
        check.found = Found::Warning;
        check.says.push(format!("the system does not show {kinds} to this user"));
        check.advice.insert(0, machine::LET_IT_BE_READ.into());
    }
    check
}

fn license(here: &Here, text: &str, judged: Judged) -> Check {
    let refusal = match here.check_installed(text, judged) {
        Standing::Holds(license) => {
            let left = days_left(&license, judged.time()).map_or("no end".into(), days_in_words);
            return Check::good("license", &format!("{} holds, {left}", license.id()));
        }
        Standing::Untimely(_, refusal) | Standing::Refused(refusal) => refusal,
    };
    let mut check = Check::good("license", &refusal.to_string());
    check.found = Found::Warning;
    check.advice = refusal.advice();
    check
}

fn clock(judged: Judged, server: Option<license_core::UnixTime>) -> Check {
    let now = crate::clock::now();
    let mut check = Check::good("clock", &now.to_string());
    if !judged.verdict().is_fine() {
        check.found = Found::Warning;
        check.says.push(judged.verdict().to_string());
        check.advice.push("set the clock of this machine right, best by a time server".into());
    }
    if let Some(server) = server {
        let off = now.as_secs().abs_diff(server.as_secs());
        let side = if now < server { "behind" } else { "ahead of" };
        match off {
            0..=CLOSE => check.says.push("agrees with the server's".into()),
            _ => {
                check.found = Found::Warning;
                check.says.push(format!("{} {side} the server's", span(off)));
            }
        }
    }
    check
}

impl Found {
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Skipped => "-",
        }
    }
}

impl Check {
    fn good(name: &'static str, says: &str) -> Self {
        Self { name, found: Found::Good, says: vec![says.to_owned()], advice: Vec::new() }
    }

    fn skipped(name: &'static str, says: &str) -> Self {
        Self { found: Found::Skipped, ..Self::good(name, says) }
    }

    fn warning(name: &'static str, failure: &Failure) -> Self {
        Self { found: Found::Warning, ..Self::failed(name, failure) }
    }

    fn failed(name: &'static str, failure: &Failure) -> Self {
        let Fault { message, detail, advice, .. } = failure.fault();
        let says = std::iter::once(message).chain(detail).collect();
        // Who reads this has asked the doctor.
        let advice = advice.into_iter().filter(|step| !step.contains("license-agent doctor")).collect();
        Self { name, found: Found::Bad, says, advice }
    }

    /// The same without what is personal.
    pub(crate) fn scrubbed(self, scrub: &Scrub) -> Self {
        let all = |lines: Vec<String>| lines.iter().map(|line| scrub.clean(line)).collect();
        Self { says: all(self.says), advice: all(self.advice), ..self }
    }
}
