//! The license that is installed, and whether it was replaced.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use license_core::installed::{LicenseFile as CoreFile, Places, System};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::args::time;
use crate::clock::ClockGuard;
use crate::device::Device;
use crate::errors;
use crate::license::License;
use crate::trust::Trust;
use crate::verify::{How, check, warn};

/// A product's installed license.
#[pyclass(frozen, module = "license_core")]
#[derive(Debug)]
pub(crate) struct LicenseFile(Mutex<CoreFile>);

#[pymethods]
impl LicenseFile {
    #[new]
    #[pyo3(signature = (*paths))]
    fn new(py: Python<'_>, paths: Vec<PathBuf>) -> Self {
        Self(Mutex::new(py.detach(|| CoreFile::among(paths))))
    }

    #[staticmethod]
    fn find(py: Python<'_>, product: &str) -> PyResult<Self> {
        let found = py.detach(|| CoreFile::find(product)).map_err(|e| errors::of_name(py, e))?;
        Ok(Self(Mutex::new(found)))
    }

    fn text(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| self.file().text().map(str::to_owned)).map_err(|e| errors::of_file(py, &e))
    }

    #[getter]
    fn learned_keys(&self, py: Python<'_>) -> String {
        py.detach(|| self.file().learned_keys().to_owned())
    }

    #[getter]
    fn path(&self, py: Python<'_>) -> Option<PathBuf> {
        py.detach(|| self.file().path().map(PathBuf::from))
    }

    fn refresh(&self, py: Python<'_>) -> bool {
        py.detach(|| self.file().refresh())
    }

    #[pyo3(signature = (trust, *, device=None, clock=None, now=None))]
    fn verify(
        &self,
        trust: &Bound<'_, Trust>,
        device: Option<&Bound<'_, Device>>,
        clock: Option<&Bound<'_, ClockGuard>>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<License> {
        let (py, now) = (trust.py(), time(now)?);
        let trust = trust.get().current();
        let (device, clock) = (device.map(Bound::get), clock.map(Bound::get));
        let how = How { device, clock, challenge: None, proof: None, now };
        let checked = py.detach(|| {
            let mut file = self.file();
            file.refresh();
            let token = file.text()?.to_owned();
            let mut trust = trust.as_ref().clone();
            // What cannot be taken teaches nothing.
            _ = trust.learn(file.learned_keys());
            drop(file);
            Ok(check(&token, &trust, how))
        });
        let (verified, unwritten) = checked.map_err(|e| errors::of_file(py, &e))?;
        if let Some(error) = unwritten {
            warn(py, &error)?;
        }
        verified.map_err(|e| errors::of_license(py, &e))
    }
}

impl LicenseFile {
    /// Never while attached to the interpreter: who has the file may wait for a disk.
    fn file(&self) -> MutexGuard<'_, CoreFile> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pyfunction]
#[pyo3(signature = (product, *, system=None, environment=None))]
pub(crate) fn license_places(
    py: Python<'_>,
    product: &str,
    system: Option<&str>,
    environment: Option<HashMap<String, String>>,
) -> PyResult<Vec<String>> {
    let system = match system {
        None => System::HERE,
        Some("linux") => System::Linux,
        Some("windows") => System::Windows,
        Some("macos") => System::MacOs,
        Some(_) => return Err(PyValueError::new_err("a system is linux, windows or macos")),
    };
    let places = Places::of(system, |name| match &environment {
        Some(environment) => environment.get(name).map(Into::into),
        None => std::env::var_os(name),
    });
    let files = places.licenses(product).map_err(|e| errors::of_name(py, e))?;
    Ok(files.into_iter().map(|file| file.to_string_lossy().into_owned()).collect())
}
