//! The command line of the license server.

use std::process::ExitCode;

fn main() -> ExitCode {
    license_server::commands::main()
}
