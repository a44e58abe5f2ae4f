//! Being laid.

#[cfg(feature = "collect")]
pub mod collect;
mod fingerprint;

pub use fingerprint::{
    Binding, BindingError, Component, ComponentVerdict, Device, Digest, Fingerprint, FingerprintError, Kind,
    Outcome, Reading, Realm, RealmTag, Threshold, ThresholdError, UnknownKind, Verdict, WeightError, Weights,
};
