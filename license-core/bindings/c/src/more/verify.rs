//! The checks of a license that comes as a text.

use std::ffi::c_char;

use license_core::PossessionChallenge;

use crate::boundary::{Out, Refusal, Text, call, handle, time};
use crate::check::Check;
use crate::device::{Device, this_machine};
use crate::outcome::Outcome;
use crate::trust::Trust;
use crate::verify::{device_or_here, guarded, parse};

/// Makes the checks of license_core_verify_file, but for the clock, of a license that comes as a text. Returns what it came
/// to; `check`, which may be left out with NULL, says more, and is made whatever the license comes to.
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
