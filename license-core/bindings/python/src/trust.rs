//! Whom a verifier trusts.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use license_core::{Accept, KeyId, KeyRing, OutcomeCode, VerifyingKey, regular_file};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::args::text;
use crate::errors;

/// Longest vendor file that is read, in bytes.
const LONGEST_FILE: usize = 1 << 20;

/// A vendor file, read.
#[pyclass(frozen, module = "license_core")]
#[derive(Debug)]
pub(crate) struct VendorFile(license_core::VendorFile);

/// The vendor, the product and the keys that a license must agree with. May be shared between threads.
#[pyclass(frozen, module = "license_core")]
#[derive(Debug)]
pub(crate) struct Trust {
    /// Replaced as a whole when it learns, so nobody waits for a check that runs.
    current: RwLock<Arc<license_core::Trust>>,
    accept: Accept,
    possession: bool,
}

#[pymethods]
impl VendorFile {
    #[new]
    fn new(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        let text = text(given)?;
        text.parse().map(Self).map_err(|e| errors::error(given.py(), OutcomeCode::UnusableTrust, e))
    }

    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let text = py.detach(|| regular_file::read_text(&path, LONGEST_FILE));
        let text =
            text.map_err(|e| PyOSError::new_err(format!("the vendor file {}: {e}", path.display())))?;
        text.parse().map(Self).map_err(|e| errors::error(py, OutcomeCode::UnusableTrust, e))
    }

    #[getter]
    fn issuer(&self) -> &str {
        &self.0.issuer
    }

    #[getter]
    fn product(&self) -> &str {
        &self.0.product
    }

    #[getter]
    fn realm(&self) -> &str {
        self.0.realm.as_deref().unwrap_or(&self.0.issuer)
    }

    #[getter]
    fn server(&self) -> Option<&str> {
        self.0.server.as_deref()
    }

    #[getter]
    fn test(&self) -> bool {
        self.0.test
    }

    #[getter]
    fn keys(&self) -> Vec<String> {
        thumbprints(&self.0.keys)
    }

    fn trust(&self) -> Trust {
        let accept = if self.0.test { Accept::Test } else { Accept::Real };
        Trust { current: RwLock::new(Arc::new(self.0.clone().trust())), accept, possession: false }
    }
}

#[pymethods]
impl Trust {
    #[new]
    #[pyo3(signature = (issuer, product, keys, *, realm=None, test=false, possession=false))]
    fn new(
        issuer: &str,
        product: &str,
        keys: &Bound<'_, PyAny>,
        realm: Option<&str>,
        test: bool,
        possession: bool,
    ) -> PyResult<Self> {
        let unusable = |says: String| errors::error(keys.py(), OutcomeCode::UnusableTrust, says);
        let json = text(keys)?;
        // Read from the text itself, where a member that stands twice is seen.
        let ring = match json.trim_ascii_start().starts_with('{') {
            true => KeyRing::from_jwks(&json).map_err(|e| unusable(e.to_string()))?,
            false => serde_json::from_str(&json).map_err(|e| unusable(e.to_string()))?,
        };
        let accept = if test { Accept::Test } else { Accept::Real };
        let trust =
            license_core::Trust::new(issuer, product, realm.unwrap_or(issuer), ring).accepting(accept);
        let trust = if possession { trust.require_possession() } else { trust };
        Ok(Self { current: RwLock::new(Arc::new(trust)), accept, possession })
    }

    #[staticmethod]
    fn from_vendor_file(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(VendorFile::new(given)?.trust())
    }

    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        Ok(VendorFile::load(py, path)?.trust())
    }

    fn require_possession(&self) -> Self {
        let trust = self.current().as_ref().clone().require_possession();
        Self { current: RwLock::new(Arc::new(trust)), accept: self.accept, possession: true }
    }

    fn learn(&self, sets: &Bound<'_, PyAny>) -> PyResult<bool> {
        let (py, sets) = (sets.py(), text(sets)?);
        let learned = py.detach(|| {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            Arc::make_mut(&mut current).learn(&sets)
        });
        learned.map_err(|e| errors::of_key_set(py, &e))
    }

    #[getter]
    fn learned_keys(&self) -> String {
        self.current().learned_keys()
    }

    #[getter]
    fn issuer(&self) -> String {
        self.current().issuer().to_owned()
    }

    #[getter]
    fn product(&self) -> String {
        self.current().product().to_owned()
    }

    #[getter]
    fn test(&self) -> bool {
        self.accept == Accept::Test
    }

    #[getter]
    fn possession(&self) -> bool {
        self.possession
    }

    #[getter]
    fn keys(&self) -> Vec<String> {
        thumbprints(self.current().keys())
    }

    fn distrusts(&self, key: &str) -> bool {
        key.parse::<KeyId>().is_ok_and(|key| self.current().distrusts(key))
    }

    fn __repr__(&self) -> String {
        let trust = self.current();
        format!("Trust(issuer={:?}, product={:?})", trust.issuer(), trust.product())
    }
}

impl Trust {
    /// What counts now.
    pub(crate) fn current(&self) -> Arc<license_core::Trust> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn thumbprints(keys: &KeyRing) -> Vec<String> {
    keys.iter().map(VerifyingKey::id).map(|id| id.to_string()).collect()
}
