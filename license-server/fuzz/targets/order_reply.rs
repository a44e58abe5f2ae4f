//! What the store's open API answers to an order query.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| license_server::fuzzing::order_reply(bytes));
