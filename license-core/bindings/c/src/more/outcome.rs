//! The words of outcomes, and the library's version.

use std::ffi::{CString, c_char};
use std::sync::OnceLock;

use license_core::OutcomeCode;

use crate::boundary::c_text;
use crate::outcome::Outcome;

/// The word of a number; NULL for one that this version does not know. It is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn license_core_word(outcome: i32) -> *const c_char {
    static WORDS: OnceLock<Vec<(i32, CString)>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let shared = OutcomeCode::ALL.iter().map(|code| (i32::from(code.number()), c_text(code.as_str())));
        let own = Outcome::OWN.iter().map(|(outcome, word)| (outcome.number(), (*word).to_owned()));
        shared.chain(own).collect()
    });
    let known = words.iter().find(|(number, _)| *number == outcome);
    known.map_or(std::ptr::null(), |(_, word)| word.as_ptr())
}

/// The version of this library, such as `0.1.0`. It is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn license_core_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn every_number_and_word_of_the_core_is_here() {
        for code in OutcomeCode::ALL {
            assert_eq!(Outcome::from(*code).number(), i32::from(code.number()), "{code}");
            // SAFETY: a word is never freed.
            let word = unsafe { CStr::from_ptr(license_core_word(i32::from(code.number()))) };
            assert_eq!(word.to_str(), Ok(code.as_str()));
        }
        for number in [-1, 2, 99, 109, i32::MIN, i32::MAX] {
            assert!(license_core_word(number).is_null());
        }
    }
}
