//! Which of this project's texts a text is.

use super::code::candidates;
use super::request::MEMBER;
use super::{SavedText, token};
use crate::ActivationCode;

/// Every kind, those first whose names must not be hidden by what else is in them.
pub(super) const ALL: [SavedText; 10] = [
    SavedText::PrivateKey,
    SavedText::PublicKey,
    SavedText::Settings,
    SavedText::Catalog,
    SavedText::Request,
    SavedText::VendorFile,
    SavedText::License,
    SavedText::KeySets,
    SavedText::Fingerprint,
    SavedText::ActivationCode,
];

/// Settings that servers have and nothing else.
const SETTINGS: [&str; 6] =
    ["access_keys", "store_ak", "store_sk", "secret_file", "delivery_dir", "trusted_proxies"];

/// Longest text around a code or a fingerprint by which it is named, in bytes.
const LONGEST_NOTE: usize = 1024;

/// Whether a text is of a kind, or holds one.
pub(super) fn is(kind: SavedText, text: &str) -> bool {
    match kind {
        SavedText::License => token::tokens(text).iter().any(|token| token::is_license(token)),
        SavedText::KeySets => token::tokens(text).iter().any(|token| token::is_key_set(token)),
        SavedText::Request => text.contains(MEMBER),
        SavedText::VendorFile => text.contains("[[keys]]") && text.contains("issuer"),
        SavedText::ActivationCode => {
            text.len() < LONGEST_NOTE && candidates(text).any(|code| code.parse::<ActivationCode>().is_ok())
        }
        SavedText::Fingerprint => text.len() < LONGEST_NOTE && has_fingerprint(text),
        SavedText::Settings => text.lines().any(|line| names(line, &SETTINGS)),
        SavedText::Catalog => {
            let is_entry = |line: &str| matches!(line.trim(), "[default]" | "[[product]]");
            text.lines().any(is_entry) && text.lines().any(|line| names(line, &["code"]))
        }
        SavedText::PrivateKey => text.contains("PRIVATE KEY-----") || is_private_jwk(text),
        SavedText::PublicKey => [
            "-----BEGIN CERTIFICATE",
            "-----BEGIN TRUSTED CERTIFICATE",
            "-----BEGIN PUBLIC KEY",
            "\"keys\":[{\"kty\"",
        ]
        .iter()
        .any(|mark| text.contains(mark)),
    }
}

/// Whether a line gives one of some members a value.
fn names(line: &str, members: &[&str]) -> bool {
    line.split_once('=').is_some_and(|(name, _)| members.contains(&name.trim()))
}

/// Whether a text may have been of a kind before it was changed.
pub(super) fn resembles(kind: SavedText, text: &str) -> bool {
    let has = |words: &[&str]| words.iter().filter(|word| text.contains(**word)).count() > 1;
    match kind {
        SavedText::Request => has(&["license_request", "activation_code", "fingerprint", "device_key"]),
        SavedText::VendorFile => has(&["issuer", "product", "keys", "OKP", "Ed25519"]),
        _ => false,
    }
}

fn has_fingerprint(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    upper.match_indices("DF1-").any(|(at, mark)| {
        upper[at + mark.len()..].bytes().take(16).filter(u8::is_ascii_alphanumeric).count() == 16
    })
}

/// Whether a text is a JWK with its private part.
fn is_private_jwk(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    text.contains("\"kty\":") && text.contains("\"d\":")
}
