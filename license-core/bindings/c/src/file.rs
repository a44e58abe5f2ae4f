//! An installed license: where it lies, and whether it is another one by now.

use std::ffi::c_char;
use std::sync::{Mutex, MutexGuard, PoisonError};

use license_core::OutcomeCode;
use license_core::installed::{LicenseFile, LicenseFileError};

use crate::boundary::{Out, Refusal, Text, call, free, handle, read};
use crate::outcome::Outcome;

/// A product's installed license, as it was when it was last looked at.
#[derive(Debug)]
pub struct File(Mutex<LicenseFile>);

impl File {
    pub(crate) fn lock(&self) -> MutexGuard<'_, LicenseFile> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn of(file: LicenseFile) -> Self {
        Self(Mutex::new(file))
    }
}

/// Why there is no license to verify.
pub(crate) fn refusal(error: &LicenseFileError) -> Refusal {
    let code = match error {
        LicenseFileError::NotInstalled { .. } => OutcomeCode::NotInstalled,
        LicenseFileError::Unreadable { .. } => OutcomeCode::UnreadableFile,
    };
    Refusal::of(code, error)
}

/// Looks for a product's license where the agent puts it on this machine. That none is there is no error here: it may
/// come, and license_core_verify_file says so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_file_find(
    product: *const c_char,
    product_len: usize,
    file: *mut *mut File,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for texts and places.
    let (product, file, message) =
        unsafe { (Text::of(product, product_len), Out::of(file), Out::of(message)) };
    call(&message, || {
        file.give("file", || {
            let found = LicenseFile::find(product.utf8("the product")?);
            found.map(File::of).map_err(|error| Refusal::of(OutcomeCode::NameTooLong, &error))
        })?;
        Ok(Outcome::Active)
    })
}

/// Looks again; true if the license or its learned keys are others than before, or came or went: verify anew. It costs
/// microseconds and may be called before every use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_file_refresh(file: *const File) -> bool {
    // SAFETY: the header's rules for handles.
    let file = unsafe { handle(file) };
    read(file, false, |file| file.lock().refresh())
}

/// Frees a file's handle. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_file_free(file: *mut File) {
    // SAFETY: the header's rules for handles.
    unsafe { free(file) }
}
