//! Exit codes, for scripts.

use std::process::ExitCode;

/// How a command ended. 3 and 4 belong to commands that talk to the vendor's server: unreachable, and refused by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done; for `status`: licensed, also in grace.
    Ok = 0,
    /// The command could not do its work: wrong arguments, a missing file, a folder that cannot be written.
    Usage = 1,
    /// There is no license that holds on this machine now.
    NotLicensed = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
