//! The exceptions of `license_core.errors`, by the core's errors.

use license_core::installed::{LicenseFileError, NameTooLong};
use license_core::{FingerprintError, GuardedError, KeySetError, OutcomeCode, VerifyError};
use pyo3::prelude::*;

use crate::args::datetime;
use crate::verdict::Verdict;

/// The exception of an outcome: its class is the one that names the number.
pub(crate) fn error(py: Python<'_>, code: OutcomeCode, says: impl ToString) -> PyErr {
    made(py, code, says.to_string()).map_or_else(|error| error, PyErr::from_value)
}

fn made(py: Python<'_>, code: OutcomeCode, says: String) -> PyResult<Bound<'_, PyAny>> {
    py.import("license_core.errors")?.getattr("of_outcome")?.call1((code.number(), code.as_str(), says))
}

/// Why a license does not hold, with what the exception's class has beside the sentence.
pub(crate) fn of_license(py: Python<'_>, error: &GuardedError) -> PyErr {
    let whole = made(py, OutcomeCode::from(error), error.to_string()).and_then(|raised| {
        match error {
            GuardedError::License(VerifyError::NotYetValid { not_before, .. }) => {
                raised.setattr("not_before", datetime(py, *not_before)?)?;
            }
            GuardedError::License(VerifyError::Expired { ended_at, .. }) => {
                raised.setattr("ended_at", datetime(py, *ended_at)?)?;
            }
            GuardedError::License(VerifyError::Device(verdict) | VerifyError::NeedsPrivileges(verdict)) => {
                raised.setattr("verdict", Verdict::from(*verdict))?;
            }
            GuardedError::License(VerifyError::Possession(proof)) => {
                raised.setattr("proof", proof.word())?;
            }
            _ => {}
        }
        Ok(raised)
    });
    whole.map_or_else(|error| error, PyErr::from_value)
}

pub(crate) fn of_text(py: Python<'_>, why: &FingerprintError) -> PyErr {
    error(py, OutcomeCode::from(why), why)
}

pub(crate) fn of_key_set(py: Python<'_>, why: &KeySetError) -> PyErr {
    error(py, OutcomeCode::from(why), why)
}

pub(crate) fn of_name(py: Python<'_>, why: NameTooLong) -> PyErr {
    error(py, OutcomeCode::NameTooLong, why)
}

pub(crate) fn of_file(py: Python<'_>, why: &LicenseFileError) -> PyErr {
    let code = match why {
        LicenseFileError::NotInstalled { .. } => OutcomeCode::NotInstalled,
        LicenseFileError::Unreadable { .. } => OutcomeCode::UnreadableFile,
    };
    error(py, code, why)
}
