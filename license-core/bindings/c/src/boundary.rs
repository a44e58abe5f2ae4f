//! The border: pointers in, pointers out, and no panic across.

use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};

use license_core::UnixTime;

use crate::outcome::Outcome;

/// Longest text that is looked at, in bytes: over this a length is a mistake.
const LONGEST: usize = 1 << 20;

/// A length that says that the text ends at its first NUL: `LICENSE_CORE_TERMINATED`.
const TERMINATED: usize = usize::MAX;

/// A time that says that the system's clock counts: `LICENSE_CORE_NOW`.
const NOW: i64 = i64::MIN;

/// Why a call came to nothing: its number, and a sentence for people.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) outcome: Outcome,
    pub(crate) sentence: String,
}

impl Refusal {
    pub(crate) fn of(outcome: impl Into<Outcome>, why: &impl ToString) -> Self {
        Self { outcome: outcome.into(), sentence: why.to_string() }
    }

    pub(crate) fn null(what: &str) -> Self {
        Self { outcome: Outcome::NullArgument, sentence: format!("{what} is a null pointer") }
    }
}

/// A text of the caller's, by what became of looking at it.
#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    Null,
    TooLong,
    Bytes(&'a [u8]),
}

impl<'a> Text<'a> {
    /// Without pointer and length an empty text; without pointer alone, none.
    ///
    /// # Safety
    /// `text` is null, or `len` bytes can be read there while the call lasts; or, if `len` says so, bytes up to a NUL.
    pub(crate) unsafe fn of(text: *const c_char, len: usize) -> Self {
        match (text.is_null(), len) {
            (true, 0) => Self::Bytes(&[]),
            (true, _) => Self::Null,
            // SAFETY: the text ends with a NUL, as the length says.
            (false, TERMINATED) => Self::bounded(unsafe { CStr::from_ptr(text) }.to_bytes()),
            (false, len) if len > LONGEST => Self::TooLong,
            // SAFETY: so many bytes can be read there.
            (false, len) => Self::Bytes(unsafe { std::slice::from_raw_parts(text.cast(), len) }),
        }
    }

    /// As [`of`](Self::of), and a null pointer is `None` whatever its length.
    ///
    /// # Safety
    /// As for [`of`](Self::of).
    pub(crate) unsafe fn if_any(text: *const c_char, len: usize) -> Option<Self> {
        // SAFETY: the same promise.
        (!text.is_null()).then(|| unsafe { Self::of(text, len) })
    }

    fn bounded(bytes: &'a [u8]) -> Self {
        if bytes.len() > LONGEST { Self::TooLong } else { Self::Bytes(bytes) }
    }

    pub(crate) fn bytes(self, what: &str) -> Result<&'a [u8], Refusal> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Null => Err(Refusal::null(what)),
            Self::TooLong => {
                Err(Refusal::of(Outcome::Length, &format!("{what} is longer than {LONGEST} bytes")))
            }
        }
    }

    pub(crate) fn utf8(self, what: &str) -> Result<&'a str, Refusal> {
        let bytes = self.bytes(what)?;
        std::str::from_utf8(bytes).map_err(|_| Refusal::of(Outcome::NotUtf8, &format!("{what} is not UTF-8")))
    }
}

/// A handle of the caller's.
///
/// # Safety
/// It is null, or one that this library gave and that was not freed; nobody frees it while the call lasts.
pub(crate) unsafe fn handle<'a, T>(handle: *const T) -> Option<&'a T> {
    // SAFETY: what this library gave is aligned and whole, and it is only shared: nothing behind a handle is changed
    // without a lock.
    unsafe { handle.as_ref() }
}

/// Where the caller wants something put.
pub(crate) struct Out<T>(Option<NonNull<*mut T>>);

impl<T> Out<T> {
    /// Puts a null pointer there, so that a call that comes to nothing leaves none behind that was never made.
    ///
    /// # Safety
    /// `place` is null, or a pointer can be written there while the call lasts.
    pub(crate) unsafe fn of(place: *mut *mut T) -> Self {
        let place = NonNull::new(place);
        if let Some(place) = place {
            // SAFETY: a pointer can be written there.
            unsafe { place.write(ptr::null_mut()) };
        }
        Self(place)
    }

    /// Where nothing is wanted.
    pub(crate) const fn nowhere() -> Self {
        Self(None)
    }

    fn put(&self, value: *mut T) {
        if let Some(place) = self.0 {
            // SAFETY: a pointer can be written there, as was promised to `of`.
            unsafe { place.write(value) };
        }
    }
}

impl<T> Out<T> {
    /// Puts a new handle there, made only if there is a place for it.
    pub(crate) fn give(&self, what: &str, make: impl FnOnce() -> Result<T, Refusal>) -> Result<(), Refusal> {
        if self.0.is_none() {
            return Err(Refusal::null(what));
        }
        self.put(Box::into_raw(Box::new(make()?)));
        Ok(())
    }
}

impl Out<crate::check::Check> {
    /// Puts a check there, if anybody wants it; what it came to.
    pub(crate) fn give_if_wanted(&self, check: crate::check::Check) -> Outcome {
        let outcome = check.outcome;
        if self.0.is_some() {
            self.put(Box::into_raw(Box::new(check)));
        }
        outcome
    }
}

impl Out<c_char> {
    /// Puts a text there, if anybody wants it.
    pub(crate) fn text(&self, text: impl Into<Vec<u8>>) {
        if self.0.is_some() {
            self.put(c_text(text).into_raw());
        }
    }
}

/// A text that ends with a NUL and holds none.
pub(crate) fn c_text(text: impl Into<Vec<u8>>) -> CString {
    CString::new(text).unwrap_or_else(|error| {
        let mut text = error.into_vec();
        text.retain(|byte| *byte != 0);
        CString::new(text).unwrap_or_default()
    })
}

/// Runs a call, puts down why it came to nothing, and returns its number.
pub(crate) fn call(message: &Out<c_char>, run: impl FnOnce() -> Result<Outcome, Refusal>) -> i32 {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        run().unwrap_or_else(|refusal| {
            message.text(refusal.sentence);
            refusal.outcome
        })
    }));
    ran.unwrap_or(Outcome::Internal).number()
}

/// Reads something of a handle; what it is without one, and should that ever panic.
pub(crate) fn read<T, R>(from: Option<&T>, otherwise: R, read: impl FnOnce(&T) -> R) -> R {
    match from {
        Some(from) => catch_unwind(AssertUnwindSafe(|| read(from))).unwrap_or(otherwise),
        None => otherwise,
    }
}

/// Frees a handle that [`Out::give`] made.
///
/// # Safety
/// It is null, or one that was not freed and that nobody uses any more.
pub(crate) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: it came from `Box::into_raw`, and is freed this once.
        let handle = unsafe { Box::from_raw(handle) };
        _ = catch_unwind(AssertUnwindSafe(|| drop(handle)));
    }
}

/// The time that counts.
pub(crate) fn time(now: i64) -> UnixTime {
    if now != NOW {
        return UnixTime::from_secs(now);
    }
    #[expect(clippy::disallowed_methods, reason = "the caller asks for the system's clock")]
    std::time::SystemTime::now().into()
}

/// Frees a text that one of these functions gave. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_text_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: it came from `CString::into_raw`, and is freed this once.
        drop(unsafe { CString::from_raw(text) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_comes_out_as_a_number() {
        assert_eq!(call(&Out::nowhere(), || panic!("a fault")), Outcome::Internal.number());
        assert_eq!(read(Some(&7), 3, |_| panic!("a fault")), 3);
    }

    #[test]
    fn a_text_for_c_ends_where_it_ends() {
        assert_eq!(c_text("a\0b").as_bytes_with_nul(), b"ab\0");
        // SAFETY: both are allowed: no text, and a text that is not there.
        let (empty, null) = unsafe { (Text::of(ptr::null(), 0), Text::of(ptr::null(), 7)) };
        assert!(empty.bytes("it").is_ok_and(<[u8]>::is_empty) && null.bytes("it").is_err());
    }
}
