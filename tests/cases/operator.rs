//! The program as its operator runs it.

mod backup;
mod check;
mod check_all;
mod issue;
mod keys;
mod moving;
mod moving_refused;
mod nightly;
mod process;
mod restore;
mod shelf;
mod sqlite_log;

use license_core::{License, Realm, Trust, UnverifiedLicense, VerifyError};
use license_server::clock::Clock;
use license_tests::{Machine, Workplace};

/// Under whose name the digests of these vendors are made.
const REALM: &str = "https://vendor.example";

/// A license by hand for a machine.
fn issue(place: &Workplace, machine: &Machine) -> String {
    let df1 = machine.df1(&Realm::new(REALM));
    let made = place.run(&["issue", "--product", "cad", "--fingerprint", &df1, "--end", "2099-01-02"]);
    made.ok().trim().to_owned()
}

/// Verifies a license on a machine, now.
fn verify_on(machine: &Machine, token: &str, trust: &Trust) -> Result<License, VerifyError> {
    let license: UnverifiedLicense = token.parse()?;
    license.verify(trust, &machine.device(trust.realm()), Clock::system().now())
}
