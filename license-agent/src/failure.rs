//! What stops a command, and the one place where it becomes an exit code.

use std::io;
use std::path::PathBuf;

use license_core::MAX_TOKEN_LEN;

use crate::exit::Exit;
use crate::machine::MachineError;
use crate::place::PlaceError;
use crate::refusal::Refusal;
use crate::report::Fault;
use crate::trust::VendorError;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Vendor(#[from] VendorError),
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error(transparent)]
    Machine(#[from] MachineError),
    #[error("{0} cannot be read: {1}")]
    Input(PathBuf, io::Error),
    #[error("{0} is no license: it is longer than {MAX_TOKEN_LEN} bytes")]
    InputTooLong(PathBuf),
    #[error("{0} is no license: it is not text")]
    InputNotText(PathBuf),
    #[error("{0}")]
    Refused(Refusal),
}

impl Failure {
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Vendor(_) | Self::Place(_) | Self::Machine(_) | Self::Input(..) => Exit::Usage,
            Self::InputTooLong(_) | Self::InputNotText(_) | Self::Refused(_) => Exit::NotLicensed,
        }
    }

    pub(crate) fn fault(&self) -> Fault {
        let (code, advice) = match self {
            Self::Vendor(error) => (error.code(), vec![error.advice()]),
            Self::Place(error) => (error.code(), vec![error.advice()]),
            Self::Machine(error) => (error.code(), error.advice()),
            Self::Input(..) => {
                ("input-unreadable", vec!["check the path, or give - for the standard input".into()])
            }
            Self::InputTooLong(_) | Self::InputNotText(_) => {
                ("malformed", vec!["take the license file as the vendor sent it; nothing was changed".into()])
            }
            Self::Refused(refusal) => (refusal.code(), refusal.advice()),
        };
        Fault { code, message: self.to_string(), advice }
    }
}
