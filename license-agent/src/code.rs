//! The activation code as it is typed.

use std::io;

use license_core::ActivationCode;

use crate::failure::Failure;
use crate::place::read_bounded;

/// More than any way of writing a code takes, in bytes.
const LONGEST: usize = 1024;

/// Reads an argument, or the standard input for `-`. A code that is mistyped is not sent anywhere.
pub(crate) fn read(argument: &str) -> Result<ActivationCode, Failure> {
    if argument != "-" {
        return argument.parse().map_err(Failure::Code);
    }
    let text = read_bounded(io::stdin().lock(), LONGEST).map_err(|_| Failure::NoCode)?;
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).ok_or(Failure::NoCode)?;
    line.parse().map_err(Failure::Code)
}
