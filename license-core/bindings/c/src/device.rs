//! The machine that a license is compared with.

use license_core::Realm;
use license_core::collect::{CollectOptions, collect, operator_id};

/// A machine, as far as it could be read.
#[derive(Debug)]
pub struct Device(pub(crate) license_core::Device);

/// What an ordinary user can read of this machine. An id that the operator set stands for it; one that cannot be used
/// leaves it without any identity, never with that of its hardware.
pub(crate) fn this_machine(realm: &Realm) -> license_core::Device {
    let device = operator_id().ok().and_then(|operator_id| {
        collect(&CollectOptions { operator_id, ..CollectOptions::default() }).device(realm).ok()
    });
    device.unwrap_or_else(license_core::Device::none)
}
