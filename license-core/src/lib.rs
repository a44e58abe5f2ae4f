//! Issues and verifies licenses that are bound to one machine. Verification needs no network.
//!
//! The easy path: ship the vendor file that `license-server keys export --agent` wrote, then ask whether the
//! installed license holds on this machine.
//!
#![cfg_attr(feature = "collect", doc = "```")]
#![cfg_attr(not(feature = "collect"), doc = "```ignore")]
//! use license_core::{Trust, verify_on_this_machine};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let vendor_file = include_str!("../examples/vendor.toml");
//! let installed = include_str!("../examples/cad-pro.lic");
//!
//! let trust = Trust::from_vendor_file(vendor_file)?;
//! let license = verify_on_this_machine(installed, &trust, std::time::SystemTime::now().into())?;
//!
//! assert!(license.has_feature("mesh"));
//! # Ok(())
//! # }
//! ```
//!
//! The full path keeps the pieces apart: parse an [`UnverifiedLicense`], make a [`Device`] from what was collected or
//! from a vendor's own text, and [`verify`](UnverifiedLicense::verify) at a time that you name. Only the [`License`]
//! that comes out has getters for claims.
//!
//! [`Trust::learn`] takes in keys that the vendor's older keys have vouched for, so that keys can be replaced without a
//! new release of the product.
//!
//! [`verify_with_guarded_clock`] and, in pieces, [`ClockGuard`] win a clock that is set back no time, and name it.
//!
//! [`DeviceKey`] is what a copy of a license file lacks: with it a machine signs its calls to the vendor's server, and
//! answers a [`PossessionChallenge`] of software that asks for more than the file.
//!
//! `installed` knows where `license-agent` puts a license, and sees when it is renewed; [`OutcomeCode`] has a word and a
//! number for everything that a check can come to.
//!
//! Nothing here reads a clock, a network or a database; only `collect` reads the machine, only `installed` looks for
//! licenses, and only `mark_file` keeps anything. The first two are features that are on by default; what a verifier
//! can leave out is in `docs/sdk/README.md`. The formats are written down in `docs/license-format.md`,
//! `docs/fingerprint-format.md` and `docs/activation-codes.md`, what is done about clocks in `docs/clock.md`.

mod activation_code;
#[cfg(feature = "atomic-file")]
pub mod atomic_file;
mod clock_guard;
mod device_key;
mod encoding;
mod fingerprint;
#[cfg(feature = "installed")]
pub mod installed;
mod key;
mod key_set;
mod license;
mod mac;
#[cfg(feature = "atomic-file")]
pub mod mark_file;
mod outcome_code;
#[cfg(any(feature = "atomic-file", feature = "installed"))]
pub mod regular_file;
pub mod saved_text;
mod shown;
mod time;
mod typography;
mod unescaped;

#[cfg(feature = "collect")]
pub mod collect;
#[cfg(feature = "collect")]
mod simple;

/// The examples of the page compile and run.
#[cfg(all(doctest, feature = "collect"))]
#[doc = include_str!("../../docs/clock.md")]
mod clock_page {}

/// So do those of this one.
#[cfg(all(doctest, feature = "collect"))]
#[doc = include_str!("../../docs/device-key.md")]
mod device_key_page {}

/// And of this one.
#[cfg(all(doctest, feature = "installed"))]
#[doc = include_str!("../../docs/sdk/README.md")]
mod sdk_page {}

pub use activation_code::{ActivationCode, ActivationCodeError};
pub use clock_guard::{
    BrokenMark, CLOCK_TOLERANCE, ClockGuard, ClockKey, ClockVerdict, GuardedError, Judged, Observation,
    Uptime,
};
pub use device_key::{
    ChallengeError, DeviceKey, DpopProof, MAX_PROOF_LEN, PROOF_WINDOW, PossessionChallenge, ProofError,
};
pub use fingerprint::{
    Binding, BindingError, Component, ComponentVerdict, Device, DeviceJsonError, Digest, Fingerprint,
    FingerprintError, Kind, Outcome, Part, Quality, Reading, Realm, RealmTag, Reason, Remedy, Resemblance,
    Strength, Surroundings, Swap, Threshold, ThresholdError, TooWeak, UnknownKind, UnknownStrength, Verdict,
    WeightError, Weights,
};
pub use key::{KeyError, KeyId, KeyRing, SigningKey, VerifyingKey};
pub use key_set::{KeySet, KeySetError, MAX_DISTRUSTED, MAX_KEY_SETS, MAX_KEYS, UnverifiedKeySet};
pub use license::{
    Accept, Claims, ClaimsError, Issued, License, LicenseState, MAX_TOKEN_LEN, Malformed, NOT_BEFORE_LEEWAY,
    ServerUrl, ServerUrlError, SignedAt, Trust, UnsignedLicense, UnverifiedLicense, VerifyError,
};
#[cfg(feature = "vendor-file")]
pub use license::{VendorFile, VendorFileError};
pub use outcome_code::OutcomeCode;
pub use shown::{misleads, shown, shown_in_json};
#[cfg(feature = "collect")]
pub use simple::{verify_on_this_machine, verify_with_guarded_clock};
pub use time::UnixTime;
