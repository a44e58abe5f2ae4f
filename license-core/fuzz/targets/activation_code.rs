//! An activation code as somebody types it: what is read is written, and read again the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use license_core::ActivationCode;

fuzz_target!(|text: &str| {
    if let Ok(code) = text.parse::<ActivationCode>() {
        let again: ActivationCode = code.to_string().parse().expect("its own text is read");
        assert_eq!(again, code);
    }
});
