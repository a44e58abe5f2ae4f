//! The calls that make all checks.

use std::ffi::c_char;
use std::path::Path;

use license_core::collect::uptime;
use license_core::{
    ClockGuard, ClockKey, Observation, PossessionChallenge, UnixTime, UnverifiedLicense, VerifyError,
    mark_file,
};

use crate::boundary::{Out, Refusal, Text, call, handle, time};
use crate::check::Check;
use crate::device::{Device, this_machine};
use crate::file::{File, refusal};
use crate::outcome::Outcome;
use crate::trust::{Trust, path};

/// The caller's device, or this machine read anew.
fn device_or_here(device: Option<&Device>, trust: &license_core::Trust) -> license_core::Device {
    device.map_or_else(|| this_machine(trust.realm()), |device| device.0.clone())
}

/// What is no UTF-8 is no license.
fn parse(token: &[u8]) -> Result<UnverifiedLicense, VerifyError> {
    Ok(String::from_utf8_lossy(token).parse::<UnverifiedLicense>()?)
}

/// Checks form, key, signature, issuer, product, time window, device, and test or real, in that order. Returns what it
/// came to; `check`, which may be left out with NULL, says more, and is made whatever the license comes to.
///
/// `device` NULL is this machine, read anew in milliseconds. `now` is seconds since 1970 or LICENSE_CORE_NOW.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_verify(
    trust: *const Trust,
    device: *const Device,
    license: *const c_char,
    license_len: usize,
    now: i64,
    check: *mut *mut Check,
) -> i32 {
    // SAFETY: the header's rules for handles, texts and places.
    let (trust, device, license, check) =
        unsafe { (handle(trust), handle(device), Text::of(license, license_len), Out::of(check)) };
    call(&Out::nowhere(), || {
        let trust = trust.ok_or_else(|| Refusal::null("trust"))?.read();
        let (token, now) = (license.bytes("the license")?, time(now));
        let verified = parse(token).and_then(|license| match device {
            Some(device) => license.verify(&trust, &device.0, now),
            None => license.verify(&trust, &this_machine(trust.realm()), now),
        });
        Ok(check.give_if_wanted(Check::of(verified, now)))
    })
}

/// As license_core_verify, and then whether `proof` is the answer to `challenge` by the key that the license names: the
/// output of `license-agent prove CHALLENGE`. `proof` NULL is none, and proves nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_verify_with_proof(
    trust: *const Trust,
    device: *const Device,
    license: *const c_char,
    license_len: usize,
    now: i64,
    challenge: *const c_char,
    challenge_len: usize,
    proof: *const c_char,
    proof_len: usize,
    check: *mut *mut Check,
) -> i32 {
    // SAFETY: the header's rules for handles, texts and places.
    let (trust, device, license, challenge, proof, check) = unsafe {
        (
            handle(trust),
            handle(device),
            Text::of(license, license_len),
            Text::of(challenge, challenge_len),
            Text::if_any(proof, proof_len),
            Out::of(check),
        )
    };
    call(&Out::nowhere(), || {
        let trust = trust.ok_or_else(|| Refusal::null("trust"))?.read();
        let (token, now) = (license.bytes("the license")?, time(now));
        let challenge = challenge.utf8("the challenge")?.parse::<PossessionChallenge>();
        let challenge = challenge.map_err(|error| Refusal::of(Outcome::Argument, &error))?;
        let proof = proof.map(|proof| proof.bytes("the proof")).transpose()?.map(String::from_utf8_lossy);
        let verified = parse(token).and_then(|license| {
            let device = device_or_here(device, &trust);
            match proof {
                Some(proof) => license.verify_with_proof(&trust, &device, now, &challenge, &proof),
                None => {
                    license.verify(&license_core::Trust::clone(&trust).require_possession(), &device, now)
                }
            }
        });
        Ok(check.give_if_wanted(Check::of(verified, now)))
    })
}

/// A new challenge of 43 characters from the system's randomness: make one for each check, and use it once. To be freed
/// with license_core_text_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_challenge(challenge: *mut *mut c_char) -> i32 {
    // SAFETY: the header's rules for places.
    let challenge = unsafe { Out::of(challenge) };
    call(&Out::nowhere(), || {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| Refusal::of(Outcome::Randomness, &error))?;
        challenge.text(PossessionChallenge::from_bytes(random).to_string());
        Ok(Outcome::Active)
    })
}

/// As license_core_verify, but a clock that was set back wins no time and is named (docs/clock.md).
///
/// `mark` is what this call gave as `new_mark` the last time, NULL at first; keep it, whatever the license comes to, and
/// free it with license_core_text_free. Call it at least every few hours while the machine runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_verify_with_guarded_clock(
    trust: *const Trust,
    device: *const Device,
    license: *const c_char,
    license_len: usize,
    now: i64,
    mark: *const c_char,
    mark_len: usize,
    new_mark: *mut *mut c_char,
    check: *mut *mut Check,
) -> i32 {
    // SAFETY: the header's rules for handles, texts and places.
    let (trust, device, license, mark, new_mark, check) = unsafe {
        (
            handle(trust),
            handle(device),
            Text::of(license, license_len),
            Text::if_any(mark, mark_len),
            Out::of(new_mark),
            Out::of(check),
        )
    };
    call(&Out::nowhere(), || {
        let trust = trust.ok_or_else(|| Refusal::null("trust"))?.read();
        let token = license.bytes("the license")?;
        let mark = mark.map(|mark| mark.bytes("the mark")).transpose()?.map(String::from_utf8_lossy);
        let (found, mark) = guarded(&trust, device, token, time(now), mark.as_deref().unwrap_or_default());
        // A text that is no license moves nothing.
        new_mark.text(mark);
        Ok(check.give_if_wanted(found))
    })
}

/// Everything at once for an installed license: takes in the keys that were learned beside it, reads this machine if
/// `device` is NULL, and checks it as license_core_verify_with_guarded_clock does, with its mark in the file at
/// `mark_path`; without one, NULL, as license_core_verify does.
///
/// The mark's file is replaced as a whole, by one thread and program at a time, for which a file with `.lock` behind its
/// name lies beside it; that it cannot be kept is no reason to refuse the license, and is said by `clock.mark_error` of
/// license_core_check_to_json. Choose a path that the product's user may write.
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
fn guarded(
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
