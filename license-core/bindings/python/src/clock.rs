//! The clock's guard with its mark: in memory, or in a file.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use license_core::collect::uptime;
use license_core::{ClockKey, Device, Judged, Observation, Trust, UnixTime, UnverifiedLicense, mark_file};
use pyo3::prelude::*;

use crate::args::text;

/// Wins a clock that is set back no time, and names it.
#[pyclass(frozen, module = "license_core")]
#[derive(Debug)]
pub(crate) struct ClockGuard {
    file: Option<PathBuf>,
    mark: Mutex<String>,
}

#[pymethods]
impl ClockGuard {
    #[new]
    #[pyo3(signature = (file=None, *, mark=None))]
    fn new(file: Option<PathBuf>, mark: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let mark = mark.map(text).transpose()?.unwrap_or_default();
        Ok(Self { file, mark: Mutex::new(mark) })
    }

    #[getter]
    fn mark(&self) -> String {
        self.mark.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClockGuard {
    /// Looks at the clock; what could not be written beside it, in words. Call it detached from the interpreter.
    pub(crate) fn look(
        &self,
        license: &UnverifiedLicense,
        trust: &Trust,
        device: &Device,
        now: UnixTime,
    ) -> (Judged, Option<io::Error>) {
        let mut mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        let look = |stored: Option<String>| {
            let before = stored.as_deref().unwrap_or(&mark);
            let mut guard = license_core::ClockGuard::restore(&ClockKey::of(trust, device), Some(before));
            let license = license.signed_at(trust).ok();
            let judged = guard.observe(&Observation { uptime: uptime(), license, ..Observation::at(now) });
            let moved = guard.to_text();
            (moved.clone(), (judged, moved))
        };
        let ((judged, moved), kept) = match &self.file {
            Some(file) => mark_file::update(file, look),
            None => (look(None).1, Ok(())),
        };
        *mark = moved;
        (judged, kept.err())
    }
}
