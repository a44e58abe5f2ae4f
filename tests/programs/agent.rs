//! The agent, with places to stop it at and a clock that a case sets.

use std::process::ExitCode;

fn main() -> ExitCode {
    license_agent::main()
}
