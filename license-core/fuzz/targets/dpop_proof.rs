//! A proof of a call as a stranger sends it: nothing panics, and what is a proof is none of another license.
#![no_main]

use libfuzzer_sys::fuzz_target;
use license_core::{DpopProof, UnixTime};

fuzz_target!(|text: &str| {
    if let Ok(proof) = text.parse::<DpopProof>() {
        let now = UnixTime::from_secs(1_790_000_000);
        assert!(proof.check("POST", "a license that nobody has", now).is_err(), "a proof of another license");
    }
});
