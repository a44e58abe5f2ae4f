//! The agent on a customer's machine: gets its license, keeps it fresh and shows its state.
//!
//! Each command reads its arguments, asks `license-core` and perhaps the vendor's server, and comes back with an
//! `Answer` or a `Failure`. Only `report` and `progress` print, only
//! `clock` reads the time, only `place` writes files, only `server` and `doctor` use the network.

use std::process::ExitCode;

use clap::Parser as _;

mod accept;
mod check;
mod cli;
mod clock;
mod code;
mod commands;
mod doctor;
mod exit;
mod failure;
mod fault;
mod here;
mod installed;
mod machine;
mod place;
mod progress;
mod qr;
mod refusal;
mod renewal;
mod report;
mod screen;
mod server;
mod strength;
mod trust;
mod welcome;
mod words;

use cli::{Cli, Command};
use failure::Failure;

/// Runs the command line of this process, and gives its exit code.
pub fn main() -> ExitCode {
    let Cli { common, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return report::usage(&error).into(),
    };
    let Some(command) = command else { return welcome::welcome(&common).into() };
    let (common, command) = match command {
        Command::Play(args) => match commands::play::command(common, &args) {
            Ok(command) => command,
            Err(exit) => return exit.into(),
        },
        command => (common, command),
    };
    let result = match &command {
        Command::Activate(args) => commands::activate::run(&common, args),
        Command::Status(args) => commands::status::run(&common, args),
        Command::Renew(args) => commands::renew::run(&common, args),
        Command::Deactivate(args) => commands::deactivate::run(&common, args),
        Command::Install(args) => commands::install::run(&common, args),
        Command::Request(args) => commands::request::run(&common, args),
        Command::Prove(args) => commands::prove::run(&common, args),
        Command::Fingerprint(args) => commands::fingerprint::run(&common, args),
        Command::Doctor(args) => commands::doctor::run(&common, args),
        Command::Completions(args) => Ok(commands::completions::run(args)),
        Command::Man(args) => commands::man::run(args),
        // One play is in no other.
        Command::Play(_) => Err(Failure::NotPlayed),
    };
    report::print(command.form(), result).into()
}
