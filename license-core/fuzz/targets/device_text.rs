//! A fingerprint text of any of the three kinds: nothing panics, what is read is written as `DF1-…` and read again, and a
//! license for a device opens on it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use license_core::{Binding, Device, Fingerprint, Reading, Realm, Threshold, Weights};

static REALM: LazyLock<Realm> = LazyLock::new(|| Realm::new("https://vendor.example"));

fuzz_target!(|text: &str| {
    let Ok(read) = Fingerprint::parse(text, &REALM) else { return };
    if let Some(written) = read.to_text() {
        assert_eq!(Fingerprint::parse(&written, &REALM), Ok(read.clone()));
    }
    if let Ok(binding) = Binding::new(&read, &Weights::default(), Threshold::default()) {
        assert!(binding.check(&Device::new(read, Reading::Privileged)).passes());
    }
});
