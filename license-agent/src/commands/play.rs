//! `play`: a command on a machine that was captured, in place of this one.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;

use clap::Parser as _;
use license_core::collect::{MAX_PLAYED_MACHINE_LEN, PlayedMachine, PlayedMachineError};

use crate::cli::{Cli, Command, Common, PlayArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::{ReadError, read_bounded};
use crate::report::{self, Form};

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
    let text = read_bounded(file, MAX_PLAYED_MACHINE_LEN).map_err(|error| match error {
        ReadError::Io(error) => Failure::Input(args.file.clone(), error),
        ReadError::TooLong => is_none(PlayedMachineError::TooLong),
        ReadError::NotText => is_none(PlayedMachineError::Line(1)),
    })?;
    text.parse().map_err(is_none)
}
