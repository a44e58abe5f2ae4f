//! The easy path: everything about this machine in one call.

use crate::collect::{CollectOptions, collect, operator_id};
use crate::{Device, License, Trust, UnixTime, UnverifiedLicense, VerifyError};

/// Reads what an ordinary user can read of this machine, and verifies a license for it at `now`.
///
/// An id that the operator set ([`operator_id`]) stands for the machine; one that cannot be used leaves it without any
/// identity, never with that of its hardware. A machine that offers nothing to bind to still verifies licenses that
/// are for no device in particular. Reading takes milliseconds; keep the [`License`] and ask [`License::state`] later
/// rather than calling this often.
///
/// # Errors
/// The first check that failed.
pub fn verify_on_this_machine(token: &str, trust: &Trust, now: UnixTime) -> Result<License, VerifyError> {
    let license: UnverifiedLicense = token.parse()?;
    let device = operator_id().ok().and_then(|operator_id| {
        collect(&CollectOptions { operator_id, ..CollectOptions::default() }).device(trust.realm()).ok()
    });
    let device = device.unwrap_or_else(Device::none);
    license.verify(trust, &device, now)
}
