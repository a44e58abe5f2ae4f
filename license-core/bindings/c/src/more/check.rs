//! The end of a license as a time, and what became of each licensed part.

use std::ffi::c_char;

use license_core::UnixTime;

use crate::boundary::{handle, read};
use crate::check::Check;

/// What became of one licensed kind of part.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// `mac`, `disk`, `board`, `cpu`, `system`, `os`, `cloud`, `tpm` or `custom`; it lives as long as the check.
    pub kind: *const c_char,
    /// `matched`, `partly`, `changed`, `missing` or `unreadable`; it lives as long as the check.
    pub outcome: *const c_char,
    /// How much it counts in this license.
    pub weight: u8,
    /// With `partly`: how many of its values are there; else 0.
    pub matched: u8,
    /// With `partly`: how many are licensed; else 0.
    pub of: u8,
}

impl Check {
    fn part(&self, at: usize) -> Option<Part> {
        let part = self.verdict.as_ref()?.components().get(at)?;
        let (kind, outcome) = self.parts().get(at)?;
        let (matched, of) = match part.outcome {
            license_core::Outcome::Partly { matched, of } => (matched, of),
            _ => (0, 0),
        };
        Some(Part { kind: kind.as_ptr(), outcome: outcome.as_ptr(), weight: part.weight, matched, of })
    }
}

/// The first second in which the license is over, before grace, since 1970; INT64_MAX for one without an end, 0 for one
/// that does not hold.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_check_expires_at(check: *const Check) -> i64 {
    // SAFETY: the header's rules for handles.
    let check = unsafe { handle(check) };
    read(check, 0, |check| {
        let license = check.license.as_ref();
        license.map_or(0, |license| license.expires_at().map_or(i64::MAX, UnixTime::as_secs))
    })
}

/// The licensed kind of part with this index, from 0 on; false where there is none, and nothing is written then. There are
/// parts where the license names a device by its parts and the check came to comparing it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_check_part(check: *const Check, index: usize, part: *mut Part) -> bool {
    // SAFETY: the header's rules for handles.
    let check = unsafe { handle(check) };
    match read(check, None, |check| check.part(index)) {
        Some(found) if !part.is_null() => {
            // SAFETY: the caller's place for a part, not null.
            unsafe { part.write(found) };
            true
        }
        _ => false,
    }
}
