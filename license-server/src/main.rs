//! The command line of the license server.

use std::process::ExitCode;

use clap::Parser as _;
use license_server::commands::{Cli, CommandError};

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(CommandError::Reported) => ExitCode::FAILURE,
        Err(CommandError::Ended(code)) => code.into(),
        Err(error) => {
            eprintln!("license-server: {error}");
            ExitCode::FAILURE
        }
    }
}
