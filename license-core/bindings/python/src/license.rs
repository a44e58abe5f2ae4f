//! A license that was verified.

use license_core::{LicenseState, UnixTime};
use pyo3::prelude::*;

use crate::args::{clock, datetime, time};
use crate::fingerprint::Binding;
use crate::verdict::Verdict;

/// A verified license.
#[pyclass(frozen, module = "license_core")]
#[derive(Debug)]
pub(crate) struct License {
    pub(crate) verified: license_core::License,
    /// What it was judged by: no time before it counts later.
    pub(crate) judged_at: UnixTime,
    pub(crate) clock_warning: Option<String>,
}

#[pymethods]
impl License {
    #[pyo3(signature = (now=None))]
    fn state(&self, now: Option<&Bound<'_, PyAny>>) -> PyResult<&'static str> {
        Ok(word(self.verified.state(self.at(now)?)))
    }

    #[pyo3(signature = (now=None))]
    fn days_left(&self, now: Option<&Bound<'_, PyAny>>) -> PyResult<Option<i64>> {
        Ok(self.verified.days_left(self.at(now)?))
    }

    fn has_feature(&self, name: &str) -> bool {
        self.verified.has_feature(name)
    }

    #[getter]
    fn clock_warning(&self) -> Option<&str> {
        self.clock_warning.as_deref()
    }

    #[getter]
    fn issuer(&self) -> &str {
        self.verified.issuer()
    }

    #[getter]
    fn product(&self) -> &str {
        self.verified.product()
    }

    #[getter]
    fn instance(&self) -> &str {
        self.verified.instance()
    }

    #[getter]
    fn id(&self) -> &str {
        self.verified.id()
    }

    #[getter]
    fn issued_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        datetime(py, self.verified.issued_at())
    }

    #[getter]
    fn not_before<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        datetime(py, self.verified.not_before())
    }

    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.verified.expires_at().map(|time| datetime(py, time)).transpose()
    }

    #[getter]
    fn grace(&self) -> u32 {
        self.verified.grace()
    }

    #[getter]
    fn quantity(&self) -> u32 {
        self.verified.quantity()
    }

    #[getter]
    fn features(&self) -> Vec<String> {
        self.verified.features().to_vec()
    }

    #[getter]
    fn is_trial(&self) -> bool {
        self.verified.is_trial()
    }

    #[getter]
    fn is_test(&self) -> bool {
        self.verified.is_test()
    }

    #[getter]
    fn device_key(&self) -> Option<String> {
        self.verified.device_key().map(|key| key.to_string())
    }

    #[getter]
    fn binding(&self) -> Option<Binding> {
        self.verified.binding().cloned().map(Binding)
    }

    #[getter]
    fn verdict(&self) -> Option<Verdict> {
        self.verified.verdict().copied().map(Verdict::from)
    }

    fn __repr__(&self) -> String {
        format!("License(product={:?}, id={:?})", self.product(), self.id())
    }
}

impl License {
    /// The time that is given; else the clock's, and no earlier than what the license was judged by.
    fn at(&self, now: Option<&Bound<'_, PyAny>>) -> PyResult<UnixTime> {
        match now {
            Some(_) => time(now),
            None => Ok(clock().max(self.judged_at)),
        }
    }
}

const fn word(state: LicenseState) -> &'static str {
    match state {
        LicenseState::NotYetValid => "not-yet-valid",
        LicenseState::Active => "active",
        LicenseState::Grace { .. } => "grace",
        LicenseState::Expired => "expired",
    }
}
