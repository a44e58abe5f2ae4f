//! Doors for the fuzzers in `fuzz/`, which are built with `--cfg fuzzing`: no other build has them.

use license_core::Realm;

use crate::commands;
use crate::config::Secret;
use crate::koogallery::activity::Activity;
use crate::koogallery::canonical::{Body, Scalars};
use crate::koogallery::{openapi, signature};

/// When every fuzzed call comes, in milliseconds.
const NOW_MS: i64 = 1_790_000_000_000;

/// Reads a query and, after the first line break, a body, as a call of the store's.
pub fn store_call(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (query, raw) = (&bytes[..at], bytes.get(at + 1..).unwrap_or_default());
    let (body, keys) = (Body::parse(raw).ok(), [Secret::from("no seed is signed with this")]);
    if let Ok(query) = str::from_utf8(query) {
        let authentic = signature::authenticate(&keys, query, raw, body.as_ref(), NOW_MS);
        assert!(authentic.is_err(), "it passed without the key");
    }
    let Some(body) = body else { return };
    for scalars in [Scalars::AsSent, Scalars::AsText] {
        if let Ok(canonical) = body.canonical(scalars) {
            let again = Body::parse(canonical.as_bytes()).expect("the canonical form is a body");
            let twice = again.canonical(scalars).expect("and has one");
            assert_eq!(twice, canonical, "it is its own canonical form");
        }
    }
    if let Ok(activity) = Activity::of(&body) {
        let _ = activity.read(&body, &Realm::new("https://vendor.example"));
    }
}

/// Reads an answer to an order query, and what it says of its lines.
pub fn order_reply(bytes: &[u8]) {
    openapi::fuzz_order_reply(bytes);
}

/// Reads a license request.
pub fn request_file(bytes: &[u8]) {
    commands::fuzz_request_file(bytes, &Realm::new("https://vendor.example"));
}
