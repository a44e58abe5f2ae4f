//! Whether a machine is the licensed one, part by part.

use license_core::Outcome;
use pyo3::prelude::*;

/// How a machine compares with the licensed one.
#[pyclass(frozen, module = "license_core")]
#[derive(Debug)]
pub(crate) struct Verdict(license_core::Verdict);

/// What became of one licensed kind.
#[pyclass(frozen, get_all, module = "license_core")]
#[derive(Debug)]
pub(crate) struct Part {
    kind: &'static str,
    weight: u8,
    outcome: String,
    /// How many values are there, of how many licensed, where some are.
    matched: Option<u8>,
    of: Option<u8>,
}

#[pymethods]
impl Verdict {
    #[getter]
    const fn passes(&self) -> bool {
        self.0.passes()
    }

    #[getter]
    const fn score(&self) -> u8 {
        self.0.score_percent()
    }

    #[getter]
    const fn needs_privileges(&self) -> bool {
        self.0.needs_privileges()
    }

    #[getter]
    fn is_opaque(&self) -> bool {
        self.0.is_opaque()
    }

    #[getter]
    fn parts(&self) -> Vec<Part> {
        self.0.components().iter().map(Part::from).collect()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Verdict(passes={}, score={})", python_bool(self.passes()), self.score())
    }
}

#[pymethods]
impl Part {
    fn __repr__(&self) -> String {
        format!("Part(kind={:?}, weight={}, outcome={:?})", self.kind, self.weight, self.outcome)
    }
}

impl From<license_core::Verdict> for Verdict {
    fn from(verdict: license_core::Verdict) -> Self {
        Self(verdict)
    }
}

impl From<&license_core::ComponentVerdict> for Part {
    fn from(part: &license_core::ComponentVerdict) -> Self {
        let (matched, of) = match part.outcome {
            Outcome::Partly { matched, of } => (Some(matched), Some(of)),
            _ => (None, None),
        };
        Self { kind: part.kind.as_str(), weight: part.weight, outcome: part.outcome.to_string(), matched, of }
    }
}

pub(crate) const fn python_bool(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}
