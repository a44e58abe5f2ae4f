//! Machines that are played: what one showed, in memory, so that it can be judged on every system.

mod files;
mod form;
#[cfg(test)]
pub(super) mod tests;

use super::root::Root;
use super::{Candidate, CollectOptions, Collected, windows};
use crate::collect::{Environment, Reading};

pub(super) use files::{Entry, Files};
pub(super) use form::{escaped, escaped_path};

/// Longest text of a machine, in bytes.
pub const MAX_PLAYED_MACHINE_LEN: usize = 16 << 20;

/// What a machine showed to whoever collected from it: Linux by its files, or Windows by what its calls answered.
///
/// The form is that of `tests/vectors/machines`, whose README describes it, or for Windows the JSON object of
/// `tests/vectors/captures`. [`capture`](super::capture) writes it.
#[derive(Clone)]
pub struct PlayedMachine {
    shown: Shown,
    privileged: bool,
}

#[derive(Clone)]
enum Shown {
    Linux(Files),
    /// One object, as its file has it.
    Windows(String),
}

/// The text is no machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlayedMachineError {
    /// It is longer than [`MAX_PLAYED_MACHINE_LEN`].
    #[error("it is longer than {MAX_PLAYED_MACHINE_LEN} bytes")]
    TooLong,
    /// A line of no known form, by its number.
    #[error("line {0} is of no known form")]
    Line(usize),
    /// It names no file at all.
    #[error("it shows nothing")]
    Nothing,
    /// An object that is not what Windows answers.
    #[error("it is not what Windows answers: {0}")]
    Windows(String),
}

impl std::str::FromStr for PlayedMachine {
    type Err = PlayedMachineError;

    fn from_str(text: &str) -> Result<Self, PlayedMachineError> {
        if text.len() > MAX_PLAYED_MACHINE_LEN {
            return Err(PlayedMachineError::TooLong);
        }
        if text.trim_start().starts_with('{') {
            windows::played::check(text).map_err(PlayedMachineError::Windows)?;
            return Ok(Self { shown: Shown::Windows(text.to_owned()), privileged: false });
        }
        let (files, privileged) = form::parse(text)?;
        Ok(Self { shown: Shown::Linux(files), privileged })
    }
}

impl PlayedMachine {
    /// Whether its text says that it is to be read with rights.
    #[must_use]
    pub const fn is_privileged(&self) -> bool {
        self.privileged
    }

    /// Reads it as [`collect`](super::collect) reads a machine; the root of the options plays no part.
    #[must_use]
    pub fn collect(&self, options: &CollectOptions) -> Collected {
        super::collected(self.candidates(options.privileged), options, None)
    }

    pub(super) fn candidates(&self, privileged: bool) -> (Vec<Candidate>, Reading, Environment) {
        match &self.shown {
            Shown::Linux(files) => super::linux::candidates(&Root::Played(files), privileged),
            Shown::Windows(text) => windows::played_candidates(text, privileged),
        }
    }

    /// Its files, or what Windows answered.
    pub(super) const fn shown(&self) -> Result<&Files, &str> {
        match &self.shown {
            Shown::Linux(files) => Ok(files),
            Shown::Windows(text) => Err(text.as_str()),
        }
    }
}

/// Not what it shows.
impl std::fmt::Debug for PlayedMachine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.shown {
            Shown::Linux(_) => "PlayedMachine(Linux)",
            Shown::Windows(_) => "PlayedMachine(Windows)",
        })
    }
}
