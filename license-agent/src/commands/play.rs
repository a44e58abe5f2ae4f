//! `play`: a command on a machine that was captured, in place of this one.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;

use clap::Parser as _;
use license_core::collect::{MAX_PLAYED_MACHINE_LEN, PlayedMachine, PlayedMachineError};
use license_core::saved_text;

use crate::cli::{Cli, Command, Common, PlayArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::read_beginning;
use crate::report::{self, Form};

/// How what `fingerprint --capture` writes of a Linux machine begins.
const BEGINNING: &str = "# A machine as license-agent fingerprint --capture saw it";

/// The realm of a fingerprint that is only looked at.
const REALM: &str = "https://vendor.example";

/// The command that is to be played, with its machine in it; otherwise what was printed has ended the run.
pub(crate) fn command(common: Common, args: &PlayArgs) -> Result<(Common, Command), Exit> {
    let words = || args.command.iter().cloned();
    let default = ["fingerprint", "--explain"].map(OsString::from);
    let typed: Vec<OsString> = if args.command.is_empty() { default.into() } else { words().collect() };
    let parsed = Cli::try_parse_from(std::iter::once("license-agent".into()).chain(typed));
    let inner = parsed.map_err(|error| report::usage(&error))?;
    let form = inner.command.as_ref().map_or(Form::Text, Command::form);
    // What was typed counts before what the environment says, which both know.
    let is_typed = |option: &str| {
        let begins = format!("{option}=");
        args.command.iter().any(|word| word == option || word.to_string_lossy().starts_with(&begins))
    };
    let pick = |option, inner: Option<PathBuf>, outer: Option<PathBuf>| match is_typed(option) {
        true => inner,
        false => outer.or(inner),
    };
    let common = Common {
        vendor: pick("--vendor", inner.common.vendor, common.vendor),
        dir: pick("--dir", inner.common.dir, common.dir),
    };
    let command = of_played(&common, inner.command, args);
    command.map(|command| (common, command)).map_err(|failure| report::print(form, Err(failure)))
}

fn of_played(common: &Common, command: Option<Command>, args: &PlayArgs) -> Result<Command, Failure> {
    let mut command = command.ok_or(Failure::NotPlayed)?;
    let machine = match &mut command {
        Command::Fingerprint(fingerprint) => {
            if common.vendor.is_none() && fingerprint.realm.is_none() {
                fingerprint.realm = Some(REALM.to_owned());
            }
            &mut fingerprint.machine
        }
        Command::Status(status) => &mut status.machine,
        Command::Install(install) => &mut install.machine,
        _ => return Err(Failure::NotPlayed),
    };
    let played = read(args)?;
    machine.privileged |= played.is_privileged() && machine.device_id_file.is_none();
    machine.played = Some(played);
    match command {
        Command::Fingerprint(_) => Ok(command),
        // Licenses, and what is remembered of the clock, are this machine's.
        _ if common.dir.is_none() => Err(Failure::NoPlayedFolder),
        _ => Ok(command),
    }
}

fn read(args: &PlayArgs) -> Result<PlayedMachine, Failure> {
    let is_none = |error| Failure::NoMachine(args.file.clone(), error);
    let file = File::open(&args.file).map_err(|error| Failure::Input(args.file.clone(), error))?;
    let bytes = read_beginning(file, MAX_PLAYED_MACHINE_LEN);
    let bytes = bytes.map_err(|error| Failure::Input(args.file.clone(), error))?;
    if bytes.len() > MAX_PLAYED_MACHINE_LEN {
        return Err(is_none(PlayedMachineError::TooLong));
    }
    let is_other = |what| Failure::OtherThanMachine(args.file.clone(), what);
    let text = saved_text::decode(&bytes).map_err(is_other)?;
    let error = match text.parse() {
        Ok(machine) => return Ok(machine),
        Err(error) => error,
    };
    // Quoted or sent in a mail: what this agent wrote begins so, and is read where it is all there.
    let readings = saved_text::readings(&bytes).map_err(is_other)?;
    let begun = readings.iter().filter_map(|text| text.find(BEGINNING).map(|at| &text[at..]));
    if let Some(machine) = begun.filter_map(|text| text.trim_end().parse().ok()).next() {
        return Ok(machine);
    }
    Err(match saved_text::what_is(&bytes, None) {
        Some(what) => is_other(what),
        None => is_none(error),
    })
}
