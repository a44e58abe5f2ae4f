//! The activation code as it is typed and pasted.

use std::io;

use license_core::ActivationCode;
use license_core::saved_text::{SavedCodeError, SavedTextError, activation_code};

use crate::failure::Failure;
use crate::place::read_beginning;

/// More than any mail around a code takes, in bytes.
const LONGEST: usize = 64 * 1024;

/// Reads an argument, or the standard input for `-`. A code that is mistyped is not sent anywhere.
pub(crate) fn read(argument: &str) -> Result<ActivationCode, Failure> {
    let failure = |error| match error {
        SavedCodeError::Code(error) => Failure::Code(error),
        SavedCodeError::Text(SavedTextError::Empty) => Failure::NoCode,
        SavedCodeError::Text(what) => Failure::NotCode(what),
    };
    if argument != "-" {
        // What is wrong with nothing at all is its length.
        return match activation_code(argument.as_bytes()) {
            Err(SavedCodeError::Text(SavedTextError::Empty)) => argument.parse().map_err(Failure::Code),
            read => read.map_err(failure),
        };
    }
    let bytes = read_beginning(io::stdin().lock(), LONGEST).map_err(|_| Failure::NoCode)?;
    if bytes.len() > LONGEST {
        return Err(Failure::NoCode);
    }
    // A line of its own may stand before other text.
    let first = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
    match first.and_then(|line| activation_code(line).ok()) {
        Some(code) => Ok(code),
        None => activation_code(&bytes).map_err(failure),
    }
}
