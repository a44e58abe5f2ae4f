//! `license-conformance`: is a verifier in another language right?

use std::process::ExitCode;

use clap::Parser as _;
use license_conformance::cli::{Cli, execute};

fn main() -> ExitCode {
    execute(&Cli::parse())
}
