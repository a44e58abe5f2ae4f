//! What stops a command, and the one place where it becomes an exit code.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use license_core::collect::{CaptureError, PlayedMachineError};
use license_core::saved_text::SavedTextError;
use license_core::{ActivationCodeError, ChallengeError};

use crate::accept::End;
use crate::exit::Exit;
use crate::machine::MachineError;
use crate::place::{KeyFileError, PlaceError};
use crate::refusal::Refusal;
use crate::report::Fault;
use crate::server::ServerError;
use crate::trust::VendorError;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Vendor(#[from] VendorError),
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error(transparent)]
    Key(#[from] KeyFileError),
    #[error(transparent)]
    Machine(#[from] MachineError),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error("{0} cannot be read: {1}")]
    Input(PathBuf, io::Error),
    #[error("{0} is no {1}: it is longer than {2} bytes")]
    InputTooLong(PathBuf, &'static str, usize),
    #[error("{0} is no {1}: {2}")]
    InputOther(PathBuf, &'static str, SavedTextError),
    #[error("{0}")]
    Code(ActivationCodeError),
    #[error("this is no activation code: {0}")]
    NotCode(SavedTextError),
    #[error("the standard input holds no activation code")]
    NoCode,
    #[error("{0} cannot be written: {1}")]
    Output(PathBuf, io::Error),
    #[error("{0} is there already, and is no license request")]
    OutputInUse(PathBuf),
    #[error("the text is too long for a QR code")]
    Qr,
    #[error("{0}")]
    Refused(Box<Refusal>),
    #[error("the server sent a license that does not hold here: {0}")]
    RefusedAnswer(Box<Refusal>),
    #[error("the installed license lasts longer, {}, and was left in place; the other one {}", until(*installed), ends(*new))]
    LastsLonger { installed: End, new: End },
    #[error("no license for {0} is installed on this machine")]
    NotInstalled(String),
    #[error("the license for {0} names no device key that is on this machine")]
    NoDeviceKey(String),
    #[error("this machine's device key is not the one that the license names")]
    OtherDeviceKey,
    #[error("{0}")]
    Challenge(ChallengeError),
    #[error("this machine cannot be captured: {0}")]
    Capture(CaptureError),
    #[error("{0} is no machine that can be played: {1}")]
    NoMachine(PathBuf, PlayedMachineError),
    #[error("{0} is no machine that can be played: {1}")]
    OtherThanMachine(PathBuf, SavedTextError),
    #[error("only fingerprint, status and install can be tried on a machine that is played")]
    NotPlayed,
    #[error(
        "a folder of licenses must be named where a machine is played, so that this one's own are left alone"
    )]
    NoPlayedFolder,
}

impl Failure {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Server(error) => error.exit(),
            Self::InputTooLong(..)
            | Self::InputOther(..)
            | Self::Refused(_)
            | Self::RefusedAnswer(_)
            | Self::NotInstalled(_)
            | Self::NoDeviceKey(_)
            | Self::OtherDeviceKey => Exit::NotLicensed,
            _ => Exit::Usage,
        }
    }

    pub(crate) fn fault(&self) -> Fault {
        let one = |text: &str| vec![text.to_owned()];
        let (code, advice) = match self {
            Self::Vendor(error) => (error.code(), vec![error.advice()]),
            Self::Place(error) => (error.code(), vec![error.advice()]),
            Self::Key(error) => (error.code(), error.advice()),
            Self::Machine(error) => (error.code(), error.advice()),
            Self::Server(error) => {
                return Fault {
                    code: error.code().into(),
                    message: self.to_string(),
                    detail: error.detail(),
                    advice: error.advice(),
                    retry_after: error.retry_after(),
                };
            }
            Self::Input(..) => ("input-unreadable", one("check the path, or give - for the standard input")),
            Self::InputTooLong(..) => {
                ("malformed", one("take the license file as the vendor sent it; nothing was changed"))
            }
            Self::InputOther(_, _, what) => {
                ("malformed", vec![what.advice().to_owned(), "nothing was changed".to_owned()])
            }
            Self::NotCode(what) => {
                ("mistyped-code", vec![what.advice().to_owned(), "nothing was sent".to_owned()])
            }
            Self::Code(_) => (
                "mistyped-code",
                one("nothing was sent; the code is in the store's order, or ask the vendor"),
            ),
            Self::NoCode => ("mistyped-code", one("give the code on the first line of the standard input")),
            Self::Output(..) => {
                ("output-unwritable", one("check the path, the rights and the space on the disk"))
            }
            Self::OutputInUse(_) => ("output-in-use", one("name another file; nothing was changed")),
            Self::Qr => ("qr-too-long", one("write it to a file instead: --out FILE")),
            Self::Refused(refusal) => (refusal.code(), refusal.advice()),
            Self::RefusedAnswer(refusal) => {
                let mut advice = one(
                    "nothing was changed; if it happens again, give the vendor what license-agent doctor prints",
                );
                advice.extend(refusal.advice());
                (refusal.code(), advice)
            }
            Self::LastsLonger { .. } => {
                ("lasts-longer", one("to replace it all the same, do it again with --force"))
            }
            Self::NoDeviceKey(_) => {
                ("no-device-key", one("make one with the activation code: license-agent activate CODE"))
            }
            Self::OtherDeviceKey => (
                "other-device-key",
                vec![
                    "use the license on the machine that it was given to".to_owned(),
                    "if this is that machine and its key was lost: license-agent activate CODE".to_owned(),
                ],
            ),
            Self::Capture(_) => (
                "not-captured",
                one(
                    "give the vendor what license-agent fingerprint --explain prints, after you looked at it",
                ),
            ),
            Self::OtherThanMachine(_, what) => (
                "no-machine",
                vec![
                    what.advice().to_owned(),
                    "play a file that license-agent fingerprint --capture wrote".to_owned(),
                ],
            ),
            Self::NoMachine(..) => {
                ("no-machine", one("play a file that license-agent fingerprint --capture wrote"))
            }
            Self::NotPlayed => {
                ("not-played", one("try it on this machine, or play it with fingerprint, status or install"))
            }
            Self::NoPlayedFolder => ("no-folder", one("name one: --dir DIR")),
            Self::Challenge(_) => ("challenge", one("give it exactly as the product made it, in quotes")),
            Self::NotInstalled(_) => (
                "not-installed",
                vec![
                    "with an activation code: license-agent activate CODE".to_owned(),
                    "with a license file: license-agent install FILE".to_owned(),
                ],
            ),
        };
        Fault {
            code: Cow::Borrowed(code),
            message: self.to_string(),
            detail: None,
            advice,
            retry_after: None,
        }
    }
}

fn until(end: End) -> String {
    match end {
        End::At(end) => format!("until {end}"),
        End::Never => "without end".into(),
    }
}

fn ends(end: End) -> String {
    match end {
        End::At(end) => format!("ends at {end}"),
        End::Never => "has no end".into(),
    }
}
