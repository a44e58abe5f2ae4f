//! Exit codes, for scripts.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done; for `status`: licensed, also in grace; for `doctor`: a license could work here.
    #[default]
    Ok = 0,
    /// The command could not do its work: wrong arguments, a missing file, a folder that cannot be written.
    Usage = 1,
    /// There is no license that holds on this machine now.
    NotLicensed = 2,
    /// The vendor's server cannot be reached, or cannot answer now.
    Unreachable = 3,
    /// The vendor's server refused it.
    Refused = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
