//! A license as it comes from a file: nothing panics, and nothing but what the vendor signed is verified.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use license_core::{Device, KeyRing, SigningKey, Trust, UnixTime, UnverifiedLicense};

/// Its key signed no seed: whatever verifies is a forgery.
static TRUST: LazyLock<Trust> = LazyLock::new(|| {
    let keys: KeyRing = [SigningKey::from_seed(&[9; 32]).verifying_key().clone()].into_iter().collect();
    Trust::new("https://vendor.example", "cad", "https://vendor.example", keys)
});

fuzz_target!(|text: &str| {
    if let Ok(license) = text.parse::<UnverifiedLicense>() {
        let verified = license.verify(&TRUST, &Device::none(), UnixTime::from_secs(1_790_000_000));
        assert!(verified.is_err(), "verified without the vendor's key");
    }
});
