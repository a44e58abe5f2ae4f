//! Signed tokens in a text: found by their header, taken to the last character of their signature.

use std::collections::BTreeSet;

use super::decode::decode_ascii;
use super::unwrap::{readings, undecorated};
use super::{SavedText, SavedTextError, unread};
use crate::typography::is_dash;
use crate::{MAX_TOKEN_LEN, UnverifiedKeySet, UnverifiedLicense};

/// Characters of the base64url of an Ed25519 signature.
const SIGNATURE: usize = 86;
/// Most characters of the base64url of a header.
const HEADER: usize = 256;
/// How the base64url of every JSON object begins that has a member and no white space.
const START: &str = "eyJ";
/// Most tokens that are taken from a text.
const MOST: usize = 64;

/// The license in a file or a paste.
///
/// A word in which nothing is known comes back as it is, for [`UnverifiedLicense`] to say what is wrong with it.
///
/// # Errors
/// What the text is instead, or that there are several licenses in it.
pub fn license(bytes: &[u8]) -> Result<String, SavedTextError> {
    let text = decode_ascii(bytes)?;
    let word = text.trim_ascii();
    if is_license(word) {
        return Ok(word.to_owned());
    }
    let readings = readings(&text);
    let found: BTreeSet<_> = found(&readings, is_license).into_iter().collect();
    match found.len() {
        0 => match unread(&readings, SavedText::License) {
            Some(what) => Err(what),
            None if text.contains('\u{fffd}') => Err(SavedTextError::NotUtf8),
            None if word.contains(char::is_whitespace) => Err(SavedTextError::Nothing(SavedText::License)),
            None => Ok(word.to_owned()),
        },
        1 => Ok(found.into_iter().next().unwrap_or_default()),
        several => Err(SavedTextError::Several(several)),
    }
}

/// The vendor's signed key sets in a file or a paste, one on a line.
///
/// # Errors
/// What the text is instead.
pub fn key_sets(bytes: &[u8]) -> Result<String, SavedTextError> {
    let text = decode_ascii(bytes)?;
    if text.lines().all(|line| is_key_set(line.trim_ascii())) {
        return Ok(text);
    }
    let readings = readings(&text);
    let found = found(&readings, is_key_set);
    if !found.is_empty() {
        return Ok(found.join("\n"));
    }
    Err(match unread(&readings, SavedText::KeySets) {
        Some(what) => what,
        None if text.contains('\u{fffd}') => SavedTextError::NotUtf8,
        None => SavedTextError::Nothing(SavedText::KeySets),
    })
}

pub(super) fn is_license(text: &str) -> bool {
    text.parse::<UnverifiedLicense>().is_ok()
}

pub(super) fn is_key_set(text: &str) -> bool {
    text.parse::<UnverifiedKeySet>().is_ok()
}

/// The different tokens of one kind in all readings of a text, in their order.
fn found(readings: &[String], is_meant: fn(&str) -> bool) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for token in readings.iter().flat_map(|text| tokens(text)) {
        if found.len() < MOST && !found.contains(&token) && is_meant(&token) {
            found.push(token);
        }
    }
    found
}

/// Everything in a text that is built like a signed token, without the breaks and marks that were put in.
pub(super) fn tokens(text: &str) -> Vec<String> {
    if !text.contains(START) {
        return Vec::new();
    }
    let text = undecorated(&dashed(text));
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut from, mut end) = (0, None);
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(START)).map(|at| from + at) {
        from = at + START.len();
        // Letters before it make it a part of another word; chats and sentences put signs there, and one token may
        // follow another.
        let begins = at.checked_sub(1).is_none_or(|before| !bytes[before].is_ascii_alphanumeric());
        if !begins && end != Some(at) {
            continue;
        }
        if let Some((token, length)) = token_at(&bytes[at..]) {
            from = at + length;
            end = Some(from);
            found.push(token);
            if found.len() == MOST {
                break;
            }
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
            b if is_token_byte(b) => part += 1,
            b' ' | b'\t' | b'\n' => continue,
            _ => return None,
        }
        token.push(char::from(byte));
        if token.len() > MAX_TOKEN_LEN || (parts == 0 && part > HEADER) {
            return None;
        }
        if parts == 2 && part == SIGNATURE {
            return is_end(&bytes[at + 1..]).then_some((token, at + 1));
        }
    }
    None
}

/// Whether a token can end here: before no letter or digit, unless they begin another one, and before signs that end a
/// sentence or a word that is set off.
fn is_end(rest: &[u8]) -> bool {
    let signs = rest.iter().take_while(|b| matches!(b, b'_' | b'-' | b'.')).count();
    rest.starts_with(START.as_bytes()) || rest.get(signs).is_none_or(|b| !b.is_ascii_alphanumeric())
}

/// The text in plain dashes. A long dash is the two that a word processor made it of.
fn dashed(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            '\u{2014}' | '\u{2015}' => ['-', '-'].into_iter().take(2),
            c if is_dash(c) => ['-', '-'].into_iter().take(1),
            c => [c, c].into_iter().take(1),
        })
        .collect()
}

/// Whether lines of one width look like a token that was broken into them, and which width.
pub(super) fn broken_at(text: &str) -> Option<usize> {
    let text = undecorated(text);
    let lines: Vec<&str> = text.lines().skip_while(|line| !line.starts_with(START)).collect();
    let width = lines.first()?.len();
    let is_piece = |line: &&&str| line.len() == width && line.bytes().all(|b| is_token_byte(b) || b == b'.');
    (lines.iter().take_while(is_piece).count() > 1).then_some(width)
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
