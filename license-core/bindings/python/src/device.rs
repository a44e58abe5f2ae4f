//! This machine, or one that is spoken for.

use license_core::collect::{CollectOptions, collect, operator_id};
use license_core::{OutcomeCode, Reading, Realm};
use pyo3::prelude::*;

use crate::args::{realm, text};
use crate::errors;

/// A machine that a license is compared with.
#[pyclass(frozen, module = "license_core")]
#[derive(Debug)]
pub(crate) struct Device(pub(crate) license_core::Device);

#[pymethods]
impl Device {
    #[staticmethod]
    #[pyo3(signature = (trust, *, privileged=false))]
    fn this_machine(trust: &Bound<'_, PyAny>, privileged: bool) -> PyResult<Self> {
        let realm = realm(trust)?;
        Ok(Self(trust.py().detach(|| this_machine(&realm, privileged))))
    }

    #[staticmethod]
    fn from_text(given: &Bound<'_, PyAny>, trust: &Bound<'_, PyAny>) -> PyResult<Self> {
        let device = license_core::Device::from_text(&text(given)?, &realm(trust)?);
        device.map(Self).map_err(|e| errors::of_text(given.py(), &e))
    }

    #[staticmethod]
    fn from_json(given: &Bound<'_, PyAny>, trust: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (json, realm) = (text(given)?, realm(trust)?);
        let device = given.py().detach(|| license_core::Device::from_json(&json, &realm));
        device.map(Self).map_err(|e| errors::error(given.py(), OutcomeCode::UnreadableDevice, e))
    }

    #[staticmethod]
    const fn none() -> Self {
        Self(license_core::Device::none())
    }

    #[getter]
    fn text(&self) -> Option<String> {
        self.0.fingerprint()?.to_text()
    }

    #[getter]
    fn privileged(&self) -> bool {
        self.0.reading() == Reading::Privileged
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// As the core's easy path has it: an id that the operator set stands for the machine, and one that cannot be used
/// leaves it without any identity, never with that of its hardware.
pub(crate) fn this_machine(realm: &Realm, privileged: bool) -> license_core::Device {
    let device = operator_id().ok().and_then(|operator_id| {
        collect(&CollectOptions { operator_id, privileged, ..CollectOptions::default() }).device(realm).ok()
    });
    device.unwrap_or_else(license_core::Device::none)
}
