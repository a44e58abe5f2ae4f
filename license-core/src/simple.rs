//! The easy path: everything about this machine in one call.

use crate::collect::{CollectOptions, collect, operator_id, uptime};
use crate::{
    ClockGuard, ClockKey, Device, GuardedError, Judged, License, Observation, Trust, UnixTime,
    UnverifiedLicense, VerifyError,
};

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
    license.verify(trust, &this_machine(trust), now)
}

/// As [`verify_on_this_machine`], but a clock that was set back wins no time and is named.
///
/// `mark` is what this call left there the last time, an empty text at first; keep it in a file. Call it at least every
/// few hours while the machine runs. [`Judged`] tells whether to warn of the clock though the license holds. What this
/// is worth, and what defeats it: `docs/clock.md`.
///
/// ```
/// # use license_core::{Trust, UnixTime, verify_with_guarded_clock};
/// # let trust = Trust::from_vendor_file(include_str!("../examples/vendor.toml"))?;
/// # let installed = include_str!("../examples/cad-pro.lic");
/// # let dir = tempfile::tempdir()?;
/// # let file = dir.path().join("cad-pro.clock");
/// let now = UnixTime::from(std::time::SystemTime::now());
/// let mut mark = std::fs::read_to_string(&file).unwrap_or_default();
/// let verified = verify_with_guarded_clock(installed, &trust, now, &mut mark);
/// std::fs::write(&file, &mark)?; // whatever came of it
/// let (license, judged) = verified?;
/// if !judged.verdict().is_fine() {
///     eprintln!("{}", judged.verdict());
/// }
/// # assert!(license.has_feature("mesh"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The first check that failed; [`GuardedError::Clock`] where the clock has a part in it.
pub fn verify_with_guarded_clock(
    token: &str,
    trust: &Trust,
    now: UnixTime,
    mark: &mut String,
) -> Result<(License, Judged), GuardedError> {
    let license = token.parse::<UnverifiedLicense>().map_err(VerifyError::from)?;
    let device = this_machine(trust);
    let mut guard = ClockGuard::restore(&ClockKey::of(trust, &device), Some(mark));
    let signed = license.signed_at(trust).ok();
    let judged = guard.observe(&Observation { uptime: uptime(), license: signed, ..Observation::at(now) });
    *mark = guard.to_text();
    Ok((judged.verify(&license, trust, &device)?, judged))
}

/// This machine as an ordinary user sees it.
fn this_machine(trust: &Trust) -> Device {
    let device = operator_id().ok().and_then(|operator_id| {
        collect(&CollectOptions { operator_id, ..CollectOptions::default() }).device(trust.realm()).ok()
    });
    device.unwrap_or_else(Device::none)
}
