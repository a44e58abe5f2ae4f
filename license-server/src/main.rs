//! The command line of the license server.

use std::process::ExitCode;

use clap::Parser as _;
use license_server::commands::{Cli, CommandError};

fn main() -> ExitCode {
    license_server::process::keep_memory_private();
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(CommandError::Reported) => ExitCode::FAILURE,
        Err(CommandError::Ended(code)) => code.into(),
        Err(error) => {
            eprintln!("license-server: {}", license_server::commands::for_terminal(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}
