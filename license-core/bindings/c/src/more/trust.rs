//! Trust that is put together, and what it learns.

use std::ffi::c_char;

use license_core::OutcomeCode;

use crate::boundary::{Out, Refusal, Text, call, handle};
use crate::outcome::Outcome;
use crate::trust::Trust;

/// Reads trust as a JSON object: `issuer`, `product` and `keys`, a list of JWKs; where needed `realm` (else the issuer),
/// `server`, and `test`, true for test licenses in place of real ones. For who keeps no vendor file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_trust_from_json(
    json: *const c_char,
    json_len: usize,
    trust: *mut *mut Trust,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for texts and places.
    let (json, trust, message) = unsafe { (Text::of(json, json_len), Out::of(trust), Out::of(message)) };
    call(&message, || {
        trust.give("trust", || Trust::of_json(json.utf8("trust")?))?;
        Ok(Outcome::Active)
    })
}

/// Takes in signed key sets, one on a line and the oldest first, as the agent keeps them beside the license. What became
/// of the last one; those before it that can be taken are taken all the same. A text that teaches nothing does no harm.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_trust_learn(
    trust: *const Trust,
    sets: *const c_char,
    sets_len: usize,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for handles, texts and places.
    let (trust, sets, message) = unsafe { (handle(trust), Text::of(sets, sets_len), Out::of(message)) };
    call(&message, || {
        let trust = trust.ok_or_else(|| Refusal::null("trust"))?;
        let sets = sets.utf8("key sets")?;
        match trust.learn(sets) {
            Ok(_) => Ok(Outcome::Active),
            Err(error) => Err(Refusal::of(OutcomeCode::from(&error), &error)),
        }
    })
}

/// What a verifier goes by, as a JSON object: `issuer`, `product`, `realm`, `server` where there is one, `test`, and
/// `keys`, the thumbprints of those that count. To be freed with license_core_text_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_trust_to_json(trust: *const Trust, json: *mut *mut c_char) -> i32 {
    // SAFETY: the header's rules for handles and places.
    let (trust, json) = unsafe { (handle(trust), Out::of(json)) };
    call(&Out::nowhere(), || {
        json.text(trust.ok_or_else(|| Refusal::null("trust"))?.to_json());
        Ok(Outcome::Active)
    })
}
