//! The core through its public API: vectors by other implementations, properties, played machines and this one.

mod activation_code_vectors;
mod clock_story;
mod device_key_properties;
mod device_key_vectors;
mod fingerprint_vectors;
#[cfg(feature = "collect")]
mod found_parts;
#[cfg(feature = "collect")]
mod found_windows;
mod junk_lists;
mod key_set_vectors;
mod license_examples;
mod license_properties;
mod license_vectors;
mod pasted_habits;
mod pasted_texts;
#[cfg(feature = "collect")]
mod play;
#[cfg(feature = "collect")]
mod played_machines;
#[cfg(feature = "collect")]
mod this_machine;
