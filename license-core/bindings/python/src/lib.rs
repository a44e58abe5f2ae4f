//! `license_core._native`: the core for Python. What Python sees is in `python/license_core`, its types in
//! `_native.pyi`, how it is used in `docs/sdk/python.md`.
//!
//! Nothing here holds the interpreter while it works: machine, files and signatures are looked at detached from it. All
//! classes are frozen or locked, so every object may be shared between threads.

mod args;
mod clock;
mod device;
mod errors;
mod fingerprint;
mod installed;
mod license;
mod trust;
mod verdict;
mod verify;

/// The module that the package `license_core` takes its classes and functions from.
#[pyo3::pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::{
        clock::ClockGuard,
        device::Device,
        fingerprint::{Binding, Component, Fingerprint},
        installed::{LicenseFile, license_places},
        license::License,
        trust::{Trust, VendorFile},
        verdict::{Part, Verdict},
        verify::{PossessionChallenge, verify},
    };
}
