//! A vendor file: what is read is written, and read again the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use license_core::{Trust, VendorFile};

fuzz_target!(|text: &str| {
    if let Ok(file) = text.parse::<VendorFile>() {
        let written = file.to_toml();
        let again: VendorFile = written.parse().expect("what was written is read");
        assert_eq!(again.to_toml(), written);
        assert!(Trust::from_vendor_file(text).is_ok());
    }
});
