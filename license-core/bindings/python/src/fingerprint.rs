//! Fingerprint texts, and what a license is bound to.

use license_core::OutcomeCode;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::args::{realm, text};
use crate::device::Device;
use crate::errors;
use crate::verdict::Verdict;

/// A fingerprint text, read.
#[pyclass(frozen, module = "license_core")]
#[derive(Debug)]
pub(crate) struct Fingerprint(license_core::Fingerprint);

/// One hardware fact, digested.
#[pyclass(frozen, get_all, module = "license_core")]
#[derive(Debug)]
pub(crate) struct Component {
    kind: &'static str,
    /// Ten bytes as base64url.
    digest: String,
    privileged: bool,
}

/// The `dev` claim: the device that a license is bound to.
#[pyclass(frozen, module = "license_core")]
#[derive(Debug)]
pub(crate) struct Binding(pub(crate) license_core::Binding);

#[pymethods]
impl Fingerprint {
    #[new]
    fn new(given: &Bound<'_, PyAny>, trust: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (text, realm) = (text(given)?, realm(trust)?);
        let read = given.py().detach(|| license_core::Fingerprint::parse(&text, &realm));
        read.map(Self).map_err(|e| errors::of_text(given.py(), &e))
    }

    #[getter]
    fn components(&self) -> Vec<Component> {
        let view = |c: &license_core::Component| Component {
            kind: c.kind.as_str(),
            digest: base64url(c.digest),
            privileged: c.privileged,
        };
        self.0.components().iter().map(view).collect()
    }

    #[getter]
    fn opaque<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        // The storage form: a version, the realm's tag, the id.
        self.0.is_opaque().then(|| PyBytes::new(py, self.0.to_bytes().get(5..).unwrap_or_default()))
    }

    #[getter]
    fn text(&self) -> Option<String> {
        self.0.to_text()
    }
}

#[pymethods]
impl Component {
    fn __repr__(&self) -> String {
        format!("Component(kind={:?}, digest={:?})", self.kind, self.digest)
    }
}

#[pymethods]
impl Binding {
    #[new]
    fn new(json: &Bound<'_, PyAny>) -> PyResult<Self> {
        let read = serde_json::from_str(&text(json)?);
        read.map(Self).map_err(|e| errors::error(json.py(), OutcomeCode::Malformed, e))
    }

    fn check(&self, device: &Device) -> Verdict {
        self.0.check(&device.0).into()
    }

    #[getter]
    fn json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// As the formats write it.
fn base64url(digest: license_core::Digest) -> String {
    serde_json::to_value(digest).ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
}
