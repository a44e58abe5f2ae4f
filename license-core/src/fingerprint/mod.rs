//! What identifies a device, and how much of it a license still recognises.
//!
//! Raw hardware values come in as one of three texts or as values, are normalised, and leave only as
//! digests made under a vendor's [`Realm`]. A license carries a [`Binding`] made from a [`Fingerprint`];
//! [`Binding::check`] compares it with a [`Device`]. The whole format: `docs/fingerprint-format.md`.
//!
//! ```
//! use license_core::{Binding, Device, Fingerprint, Kind, Reading, Realm, Threshold, Weights};
//!
//! let realm = Realm::new("https://vendor.example");
//! let bought_for = Fingerprint::parse("04:7C:16:5E:E3:5D|eui.001b444a488b5cec|PF2QX7R9|", &realm)?;
//! let binding = Binding::new(&bought_for, &Weights::default(), Threshold::default())?;
//!
//! let values = [(Kind::Disk, "001B_444A_488B_5CEC."), (Kind::Board, "pf2qx7r9")];
//! let machine = Device::new(Fingerprint::from_values(&realm, values)?, Reading::Unprivileged);
//! let verdict = binding.check(&machine);
//! assert!(verdict.passes());
//! assert_eq!(verdict.score_percent(), 73);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod binding;
mod dev;
mod device_json;
mod df1;
mod df1_within;
mod disk_name;
mod disk_role;
mod encoded;
mod ended;
mod error;
mod four_parts;
mod glance;
mod hash_of_nothing;
mod junk;
mod kind;
mod lists;
mod lookalike_bars;
mod marks;
mod matching;
mod named_nothing;
mod normal;
mod pasted;
mod peek;
mod phrases;
mod placeholder;
mod printed;
mod product;
mod quality;
mod realm;
mod resemblance;
mod set;
mod template;
mod text;
mod weights;
mod within;
mod word_list;
mod world_wide_name;
mod wrapped;

pub use binding::{Binding, BindingError};
pub use device_json::DeviceJsonError;
#[cfg(feature = "collect")]
pub(crate) use disk_name::{serial_of, spelt_out};
pub use error::FingerprintError;
pub use kind::{Kind, UnknownKind};
pub use matching::{ComponentVerdict, Device, Outcome, Reading, Verdict};
#[cfg(feature = "collect")]
pub(crate) use normal::{Dropped, normalise};
pub use pasted::Surroundings;
pub use quality::{Part, Quality, Reason, Remedy, Strength, Swap, TooWeak, UnknownStrength};
pub use realm::{Digest, Realm, RealmTag};
pub use resemblance::Resemblance;
pub use set::{Component, Fingerprint};
pub use weights::{Threshold, ThresholdError, WeightError, Weights};
