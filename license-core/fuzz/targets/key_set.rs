//! Signed key sets as somebody in the server's place sends them: nothing panics, and strangers teach nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use license_core::{KeyRing, SigningKey, Trust};

fuzz_target!(|text: &str| {
    let keys: KeyRing = [SigningKey::from_seed(&[9; 32]).verifying_key().clone()].into_iter().collect();
    let mut trust = Trust::new("https://vendor.example", "cad", "https://vendor.example", keys);
    assert!(!matches!(trust.learn(text), Ok(true)), "learned from a stranger");
});
