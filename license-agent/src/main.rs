//! The command line of the agent.

use std::process::ExitCode;

fn main() -> ExitCode {
    license_agent::main()
}
