//! What a run without arguments says: where this machine stands, and the next step.

use std::fmt::Write as _;
use std::path::Path;

use crate::check::{Standing, days_in_words, days_left};
use crate::cli::{Cli, Command, Common};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::here::Here;
use crate::machine::MachineError;
use crate::report::{self, Answer, Form};
use crate::words::sentence;

use clap::Parser as _;

/// Where a vendor file may lie that nobody named.
const USUAL: &str = "vendor.toml";

/// Says it, and ends as `status` would. Where there is no product to speak of it is on the standard error.
pub(crate) fn welcome(common: &Common) -> Exit {
    let Some(vendor) = &common.vendor else {
        report::tell(&without_vendor());
        return Exit::Usage;
    };
    match standing(common) {
        Ok(standing) => {
            let answer =
                Answer { exit: standing.exit, text: standing.text(vendor) + MORE, ..Answer::default() };
            report::print(Form::Text, Ok(answer))
        }
        Err(failure) => {
            let fault = failure.fault();
            report::tell(&format!("{}\n{}{MORE}", sentence(&fault.message), report::advice(&fault.advice)));
            failure.exit()
        }
    }
}

const MORE: &str = "\nAll commands and options: license-agent --help\n";

fn without_vendor() -> String {
    let named = if Path::new(USUAL).is_file() {
        format!("There is a {USUAL} here. Name it:\n\n  license-agent --vendor {USUAL}\n")
    } else {
        "Start with the vendor file that came with the product. Name it, and see what comes next:\n\n  \
         license-agent --vendor FILE\n"
            .to_owned()
    };
    format!(
        "No vendor file was named, so there is no product to license yet.\n\n{named}\nSet LICENSE_AGENT_VENDOR to \
         its path and leave --vendor out.{MORE}"
    )
}

/// Where this machine stands with the product, and what can be done next.
struct Position {
    product: String,
    says: String,
    next: Next,
    exit: Exit,
}

impl Position {
    fn text(&self, vendor: &Path) -> String {
        // Typed as the user would have to type it.
        let agent = match std::env::var_os("LICENSE_AGENT_VENDOR").is_some_and(|path| path == *vendor) {
            true => "license-agent".to_owned(),
            false => format!("license-agent --vendor {}", vendor.display()),
        };
        let mut text = format!("{}: {}\n\nNext:\n", self.product, sentence(&self.says));
        for (command, what) in &self.next {
            _ = write!(text, "  {agent} {command}\n      {what}\n");
        }
        text
    }
}

type Next = Vec<(&'static str, &'static str)>;

fn standing(common: &Common) -> Result<Position, Failure> {
    // As if `status` had been typed, for its defaults.
    let Ok(Cli { command: Some(Command::Status(args)), .. }) =
        Cli::try_parse_from(["license-agent", "status"])
    else {
        return Ok(Position {
            product: String::new(),
            says: String::new(),
            next: Vec::new(),
            exit: Exit::Usage,
        });
    };
    let here = Here::read(common, &args.machine, &args.device)?;
    let product = here.trust.product().to_owned();
    let has_server = here.server.is_some();
    let by_file = ("install FILE", "puts a license file into place");
    let Some(text) = here.place.read()? else {
        here.fingerprint().map_err(MachineError::clone)?;
        let mut next = Vec::new();
        if has_server {
            next.push((
                "activate CODE",
                "gets the license, with the activation code that came with the purchase",
            ));
        }
        next.push(match has_server {
            true => ("request CODE --out request.json", "on a machine without a network: what to carry to the vendor"),
            false => ("fingerprint", "prints the text that names this machine; give it to the vendor, or paste it into the store's form"),
        });
        next.push(by_file);
        let says = "no license is installed on this machine".into();
        return Ok(Position { product, says, next, exit: Exit::NotLicensed });
    };
    let judged = here.glance(Some(&text));
    let status = ("status", "shows what is licensed, and until when");
    Ok(match here.check_installed(&text, judged) {
        Standing::Holds(license) => {
            let left = days_left(&license, judged.time()).map_or("without end".into(), days_in_words);
            let mut next = vec![status];
            if has_server && license.expires_at().is_some() {
                next.push(("renew --watch", "as a service: renews it whenever it is due"));
            }
            Position { product, says: format!("licensed on this machine, {left}"), next, exit: Exit::Ok }
        }
        Standing::Untimely(_, refusal) if has_server => {
            let says = format!("not licensed on this machine: {refusal}");
            let next = vec![("renew", "asks the vendor's server for a newer license"), status];
            Position { product, says, next, exit: Exit::NotLicensed }
        }
        Standing::Untimely(_, refusal) | Standing::Refused(refusal) => {
            let says = format!("not licensed on this machine: {refusal}");
            let next = vec![status, ("doctor", "looks for what is wrong"), by_file];
            Position { product, says, next, exit: Exit::NotLicensed }
        }
    })
}
