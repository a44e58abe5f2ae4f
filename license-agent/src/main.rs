//! The agent on a customer's machine: prints the device fingerprint, installs the license and shows its state.
//!
//! Each command reads its arguments, asks `license-core`, and comes back with an [`Answer`](report::Answer) or a
//! [`Failure`](failure::Failure). Only [`report`] prints, only [`clock`] reads the time, only [`place`] writes files.

use std::process::ExitCode;

use clap::Parser as _;

mod check;
mod cli;
mod clock;
mod commands;
mod exit;
mod failure;
mod machine;
mod place;
mod refusal;
mod report;
mod screen;
mod strength;
mod trust;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return report::usage(&error).into(),
    };
    let (form, result) = match &cli.command {
        None => return report::welcome().into(),
        Some(Command::Fingerprint(args)) => {
            (args.output.form(), commands::fingerprint::run(&cli.common, args))
        }
        Some(Command::Install(args)) => {
            (args.output.form(), commands::install::run(&cli.common, args, clock::now()))
        }
        Some(Command::Status(args)) => {
            (args.output.form(), commands::status::run(&cli.common, args, clock::now()))
        }
        Some(Command::Completions(args)) => (report::Form::Text, Ok(commands::completions::run(args))),
    };
    report::print(form, result).into()
}
