//! The license server, with places to stop it at.

use std::process::ExitCode;

fn main() -> ExitCode {
    license_server::commands::main()
}
