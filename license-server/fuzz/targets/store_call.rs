//! A call of the store's, query and body with a line between them: nothing panics, and nothing passes without the key.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| license_server::fuzzing::store_call(bytes));
