//! Signed tokens in a text: found by their header, taken to the last character of their signature.

use std::collections::BTreeSet;

use super::decode::decode_ascii;
use super::{SavedText, SavedTextError, named};
use crate::typography::{folded, is_dash, without_mark};
use crate::{MAX_TOKEN_LEN, UnverifiedKeySet, UnverifiedLicense};

/// Characters of the base64url of an Ed25519 signature.
const SIGNATURE: usize = 86;
/// Most characters of the base64url of a header.
const HEADER: usize = 512;

/// The license in a file or a paste.
///
/// A text that is one word comes back as it is, for [`UnverifiedLicense`] to say what is wrong with it; so does one in
/// which nothing is known.
///
/// # Errors
/// What the text is instead, or that there are several licenses in it.
pub fn license(bytes: &[u8]) -> Result<String, SavedTextError> {
    let text = decode_ascii(bytes)?;
    let word = text.trim_ascii();
    if is_word(word) {
        return Ok(word.to_owned());
    }
    let found: BTreeSet<_> =
        tokens(&text).into_iter().filter(|token| token.parse::<UnverifiedLicense>().is_ok()).collect();
    one(found, &text, SavedText::License)
}

/// The vendor's signed key sets in a file or a paste, one on a line.
///
/// # Errors
/// What the text is instead.
pub fn key_sets(bytes: &[u8]) -> Result<String, SavedTextError> {
    let text = decode_ascii(bytes)?;
    if text.lines().all(|line| is_word(line.trim_ascii())) {
        return Ok(text);
    }
    let found: Vec<_> =
        tokens(&text).into_iter().filter(|token| token.parse::<UnverifiedKeySet>().is_ok()).collect();
    if found.is_empty() {
        return named(&text, SavedText::KeySets).map_or(Ok(text), Err);
    }
    Ok(found.join("\n"))
}

fn one(found: BTreeSet<String>, text: &str, wanted: SavedText) -> Result<String, SavedTextError> {
    match found.len() {
        0 => match named(text, wanted) {
            Some(what) => Err(what),
            None if text.contains('\u{fffd}') => Err(SavedTextError::NotUtf8),
            None => Ok(text.trim().to_owned()),
        },
        1 if super::decode::is_web_page(text) => Err(SavedTextError::WebPage),
        1 => Ok(found.into_iter().next().unwrap_or_default()),
        several => Err(SavedTextError::Several(several)),
    }
}

/// Everything in a text that is built like a signed token, without the breaks and marks that were put in.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let found = tokens_in(&plain(text));
    if !found.is_empty() {
        return found;
    }
    // A mail's body in Base64.
    let body: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let inner =
        data_encoding::BASE64.decode(body.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    inner.map_or_else(Vec::new, |inner| tokens_in(&plain(&inner)))
}

fn tokens_in(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("ey")).map(|at| from + at) {
        from = at + 2;
        if at > 0 && is_token_byte(bytes[at - 1]) {
            continue;
        }
        if let Some((token, end)) = token_at(&bytes[at..]) {
            found.push(token);
            from = at + end;
        }
    }
    found
}

/// The token at the beginning of some bytes, and where it ends; white space in it is passed over.
fn token_at(bytes: &[u8]) -> Option<(String, usize)> {
    let mut token = String::new();
    let mut parts = 0;
    let mut part = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'.' if parts < 2 && part > 0 => (parts, part) = (parts + 1, 0),
            b if is_token_byte(b) && b != b'.' => part += 1,
            b' ' | b'\t' | b'\n' => continue,
            _ => return None,
        }
        token.push(char::from(byte));
        if token.len() > MAX_TOKEN_LEN || (parts == 0 && part > HEADER) {
            return None;
        }
        if parts == 2 && part == SIGNATURE {
            let end = at + 1;
            return bytes
                .get(end)
                .is_none_or(|next| !is_token_byte(*next) || *next == b'.')
                .then_some((token, end));
        }
    }
    None
}

/// The text in plain characters, without the marks of quotations and the breaks of quoted-printable. A long dash is the
/// two that a word processor made it of.
fn plain(text: &str) -> String {
    let folded = folded(text);
    let dashed: String = folded
        .chars()
        .flat_map(|c| match c {
            '\u{2014}' | '\u{2015}' => ['-', '-'].into_iter().take(2),
            c if is_dash(c) => ['-', '-'].into_iter().take(1),
            c => [c, c].into_iter().take(1),
        })
        .collect();
    let lines: Vec<_> = dashed.lines().map(without_mark).collect();
    let joined = lines.join("\n");
    if !joined.contains("=\n") {
        return joined;
    }
    let soft = joined.replace("=\n", "");
    ["=2E", "=2D", "=5F"]
        .into_iter()
        .zip([".", "-", "_"])
        .fold(soft, |text, (code, meant)| text.replace(code, meant))
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Whether a text is nothing but the characters of a token, so that it is read as strictly as ever.
fn is_word(text: &str) -> bool {
    text.contains('.') && text.bytes().all(is_token_byte)
}
