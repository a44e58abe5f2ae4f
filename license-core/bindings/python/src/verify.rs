//! All checks of a license in one call.

use std::io;

use license_core::{
    ClockVerdict, GuardedError, Judged, Trust as CoreTrust, UnixTime, UnverifiedLicense, VerifyError,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::args::{text, time};
use crate::clock::ClockGuard;
use crate::device::{self, Device};
use crate::errors;
use crate::license::License;
use crate::trust::Trust;

/// A question to the machine's key, new for each check.
#[pyclass(frozen, module = "license_core")]
#[derive(Debug)]
pub(crate) struct PossessionChallenge(license_core::PossessionChallenge, String);

#[pymethods]
impl PossessionChallenge {
    #[new]
    #[pyo3(signature = (random=None))]
    fn new(py: Python<'_>, random: Option<&[u8]>) -> PyResult<Self> {
        let made = match random {
            Some(random) => random.try_into().ok(),
            None => py
                .import("os")?
                .getattr("urandom")?
                .call1((32,))?
                .cast::<PyBytes>()?
                .as_bytes()
                .try_into()
                .ok(),
        };
        let random = made.ok_or_else(|| PyValueError::new_err("a challenge is made of 32 random bytes"))?;
        let challenge = license_core::PossessionChallenge::from_bytes(random);
        let text = challenge.to_string();
        Ok(Self(challenge, text))
    }

    fn __str__(&self) -> &str {
        &self.1
    }
}

/// What of the check is the caller's choice.
#[derive(Clone, Copy)]
pub(crate) struct How<'a> {
    pub(crate) device: Option<&'a Device>,
    pub(crate) clock: Option<&'a ClockGuard>,
    pub(crate) challenge: Option<&'a PossessionChallenge>,
    pub(crate) proof: Option<&'a str>,
    pub(crate) now: UnixTime,
}

#[pyfunction]
#[pyo3(signature = (token, trust, *, device=None, clock=None, challenge=None, proof=None, now=None))]
pub(crate) fn verify(
    token: &Bound<'_, PyAny>,
    trust: &Bound<'_, Trust>,
    device: Option<&Bound<'_, Device>>,
    clock: Option<&Bound<'_, ClockGuard>>,
    challenge: Option<&Bound<'_, PossessionChallenge>>,
    proof: Option<&Bound<'_, PyAny>>,
    now: Option<&Bound<'_, PyAny>>,
) -> PyResult<License> {
    let (py, token, proof) = (token.py(), text(token)?, proof.map(text).transpose()?);
    let trust = trust.get().current();
    let how = How {
        device: device.map(Bound::get),
        clock: clock.map(Bound::get),
        challenge: challenge.map(Bound::get),
        proof: proof.as_deref(),
        now: time(now)?,
    };
    let (verified, unwritten) = py.detach(|| check(&token, &trust, how));
    if let Some(error) = unwritten {
        warn(py, &error)?;
    }
    verified.map_err(|e| errors::of_license(py, &e))
}

/// The check itself, detached from the interpreter; and why the clock's mark could not be written.
pub(crate) fn check(
    token: &str,
    trust: &CoreTrust,
    how: How<'_>,
) -> (Result<License, GuardedError>, Option<io::Error>) {
    let license = match token.parse::<UnverifiedLicense>() {
        Ok(license) => license,
        Err(error) => return (Err(VerifyError::from(error).into()), None),
    };
    let here;
    let device = match how.device {
        Some(Device(device)) => device,
        None => {
            here = device::this_machine(trust.realm(), false);
            &here
        }
    };
    let looked = how.clock.map(|guard| guard.look(&license, trust, device, how.now));
    let (judged, unwritten) = looked.map_or((None, None), |(judged, unwritten)| (Some(judged), unwritten));
    let now = judged.map_or(how.now, |judged| judged.time());
    let verified = match (how.challenge, how.proof) {
        (Some(PossessionChallenge(challenge, _)), Some(proof)) => {
            license.verify_with_proof(trust, device, now, challenge, proof)
        }
        _ => license.verify(trust, device, now),
    };
    let whole = match verified {
        Ok(verified) => Ok(License { verified, judged_at: now, clock_warning: warning(judged) }),
        Err(error) => Err(told_apart(error, judged)),
    };
    (whole, unwritten)
}

/// Says in the log of `license_core` that the mark was not kept: the license holds all the same.
pub(crate) fn warn(py: Python<'_>, error: &io::Error) -> PyResult<()> {
    let logger = py.import("logging")?.call_method1("getLogger", ("license_core",))?;
    logger.call_method1("warning", ("the mark of the clock was not kept: %s", error.to_string()))?;
    Ok(())
}

fn warning(judged: Option<Judged>) -> Option<String> {
    let verdict = judged?.verdict();
    (!verdict.is_fine()).then(|| verdict.to_string())
}

/// Whether it is the license, or the clock.
fn told_apart(error: VerifyError, judged: Option<Judged>) -> GuardedError {
    match (error, judged) {
        (error @ (VerifyError::Expired { .. } | VerifyError::NotYetValid { .. }), Some(judged))
            if judged.verdict() != ClockVerdict::Fine =>
        {
            GuardedError::Clock { verdict: judged.verdict(), time: judged.time(), error }
        }
        (error, _) => GuardedError::License(error),
    }
}
