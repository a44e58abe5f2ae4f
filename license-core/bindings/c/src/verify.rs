//! The call that makes all checks of an installed license.

use std::ffi::c_char;
use std::path::Path;

use license_core::collect::uptime;
use license_core::{ClockGuard, ClockKey, Observation, UnixTime, UnverifiedLicense, VerifyError, mark_file};

use crate::boundary::{Out, Refusal, Text, call, handle, time};
use crate::check::Check;
use crate::device::{Device, this_machine};
use crate::file::{File, refusal};
use crate::trust::{Trust, path};

/// The caller's device, or this machine read anew.
pub(crate) fn device_or_here(device: Option<&Device>, trust: &license_core::Trust) -> license_core::Device {
    device.map_or_else(|| this_machine(trust.realm()), |device| device.0.clone())
}

/// What is no UTF-8 is no license.
pub(crate) fn parse(token: &[u8]) -> Result<UnverifiedLicense, VerifyError> {
    Ok(String::from_utf8_lossy(token).parse::<UnverifiedLicense>()?)
}

/// Everything at once for an installed license: takes in the keys that were learned beside it, reads this machine, and
/// checks form, key, signature, issuer, product, time window, device, and test or real, in that order. Returns what it
/// came to; `check`, which may be left out with NULL, says more, and is made whatever the license comes to.
///
/// `device` NULL is this machine, read anew in milliseconds; license_core_more.h has others. `now` is seconds since 1970
/// or LICENSE_CORE_NOW.
///
/// A clock that was set back wins no time and is named (docs/clock.md), by a mark in the file at `mark_path`; without one,
/// NULL, the clock is believed. The file is replaced as a whole, by one thread and program at a time, for which a file with
/// `.lock` behind its name lies beside it; that it cannot be kept is no reason to refuse the license, and is said by
/// `clock.mark_error` of license_core_check_to_json. Choose a path that the product's user may write, and verify at least
/// every few hours while the machine runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_verify_file(
    trust: *const Trust,
    device: *const Device,
    file: *const File,
    mark_path: *const c_char,
    mark_path_len: usize,
    now: i64,
    check: *mut *mut Check,
) -> i32 {
    // SAFETY: the header's rules for handles, texts and places.
    let (trust, device, file, mark_path, check) = unsafe {
        (handle(trust), handle(device), handle(file), Text::if_any(mark_path, mark_path_len), Out::of(check))
    };
    call(&Out::nowhere(), || {
        let trust = trust.ok_or_else(|| Refusal::null("trust"))?;
        let file = file.ok_or_else(|| Refusal::null("file"))?;
        let mark_path = mark_path.map(|text| path(text, "the path of the mark")).transpose()?;
        let found = verify_file(trust, device, file, mark_path.as_deref(), time(now));
        Ok(check.give_if_wanted(found))
    })
}

fn verify_file(
    trust: &Trust,
    device: Option<&Device>,
    file: &File,
    mark_path: Option<&Path>,
    now: UnixTime,
) -> Check {
    // Not locked while the license is verified.
    let (text, learned) = {
        let file = file.lock();
        match file.text() {
            Ok(text) => (text.to_owned(), file.learned_keys().to_owned()),
            Err(error) => return Check::refused(refusal(&error), now),
        }
    };
    let mut trust = license_core::Trust::clone(&trust.read());
    if !learned.is_empty() {
        // What cannot be taken teaches nothing.
        _ = trust.learn(&learned);
    }
    let Some(mark_path) = mark_path else {
        let verified = parse(text.as_bytes())
            .and_then(|license| license.verify(&trust, &device_or_here(device, &trust), now));
        return Check::of(verified, now);
    };
    let (check, kept) = mark_file::update(mark_path, |mark| {
        let (check, moved) = guarded(&trust, device, text.as_bytes(), now, &mark.unwrap_or_default());
        (moved, check)
    });
    check.with_mark_error(kept.err().map(|error| error.to_string()))
}

/// Verifies by a clock that was compared with its mark; the mark is moved whatever the license comes to.
pub(crate) fn guarded(
    trust: &license_core::Trust,
    device: Option<&Device>,
    token: &[u8],
    now: UnixTime,
    mark: &str,
) -> (Check, String) {
    let license = match parse(token) {
        Ok(license) => license,
        Err(error) => return (Check::of(Err(error), now), mark.to_owned()),
    };
    let device = device_or_here(device, trust);
    let mut guard = ClockGuard::restore(&ClockKey::of(trust, &device), Some(mark));
    let signed = license.signed_at(trust).ok();
    let judged = guard.observe(&Observation { uptime: uptime(), license: signed, ..Observation::at(now) });
    (Check::guarded(judged.verify(&license, trust, &device), judged), guard.to_text())
}
