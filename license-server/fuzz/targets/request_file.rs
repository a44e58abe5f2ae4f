//! A license request that somebody brought in a file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| license_server::fuzzing::request_file(bytes));
