//! Signed tokens in a text: found by their header, taken to the last character of their signature.

use std::collections::BTreeSet;

use super::decode::{decode_ascii, of_two_bytes};
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
    let readings = all_readings(bytes, &text);
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
    let readings = all_readings(bytes, &text);
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

/// The readings of a text, also as one whose other letters take two bytes each.
fn all_readings(bytes: &[u8], text: &str) -> Vec<String> {
    let mut all = readings(text);
    all.extend(of_two_bytes(bytes).map(|text| readings(&text)).unwrap_or_default());
    all
}

/// Whether a text is a signed or encrypted token of another program: its header is known to be none of ours.
///
/// Source: [RFC 7515](https://www.rfc-editor.org/rfc/rfc7515#section-3.1), RFC 7516 for those of five parts.
pub(super) fn is_foreign_token(text: &str) -> bool {
    let word = text.trim().trim_start_matches("Bearer ").trim_matches(|c| "\"'`<>,;".contains(c));
    let parts: Vec<&str> = word.split('.').collect();
    let is_part = |part: &&str| part.bytes().all(is_token_byte);
    if !(matches!(parts.len(), 3 | 5) && word.starts_with(START) && parts.iter().all(is_part)) {
        return false;
    }
    let header = data_encoding::BASE64URL_NOPAD.decode(parts[0].as_bytes()).ok();
    let header = header.and_then(|header| serde_json::from_slice::<serde_json::Value>(&header).ok());
    let Some(header) = header.filter(|header| header.get("alg").is_some()) else { return false };
    let kind = header.get("typ").and_then(serde_json::Value::as_str).unwrap_or_default();
    !kind.to_ascii_lowercase().starts_with("license")
}

/// Whether a text is a word by which other services know their users.
///
/// Source: the beginnings that these services publish for scanners of secrets.
pub(super) fn is_access_key(text: &str) -> bool {
    const BEGINNINGS: [&str; 16] = [
        "ghp_",
        "gho_",
        "ghs_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "sk-",
        "sk_live_",
        "AKIA",
        "AIza",
        "hf_",
        "npm_",
        "pypi-",
        "dckr_pat_",
        "ya29.",
    ];
    let word = text.trim();
    let rest = word.strip_prefix("Bearer ").unwrap_or(word);
    let is_word = |word: &str| word.len() >= 20 && word.bytes().all(|b| b.is_ascii_graphic());
    is_word(rest) && (rest.len() < word.len() || BEGINNINGS.iter().any(|begins| rest.starts_with(begins)))
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
    let plain = Unbroken::of(&text);
    let mut found = Vec::new();
    let (mut from, mut end) = (0, None);
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(START)).map(|at| from + at) {
        from = at + START.len();
        // Letters before it make it a part of another word; chats and sentences put signs there, and one token may
        // follow another. The second byte of a letter in another code may look like a letter.
        let before = &text.as_bytes()[..at];
        let begins = before.last().is_none_or(|byte| !byte.is_ascii_alphanumeric())
            || before[..at - 1].ends_with("\u{fffd}".as_bytes());
        if !begins && end != Some(at) {
            continue;
        }
        if let Some((token, after)) = plain.token_at(at) {
            from = after;
            end = Some(after);
            found.push(token);
            if found.len() == MOST {
                break;
            }
        }
    }
    found
}

/// A text without the white space in it, and how far words of a token reach from each place: looked up, so that a text of
/// many beginnings is read in one pass.
struct Unbroken<'a> {
    text: &'a str,
    plain: Vec<u8>,
    /// Where each of its bytes stands in the text.
    places: Vec<usize>,
    /// Behind the last byte of the word that goes on there.
    ends: Vec<usize>,
}

impl<'a> Unbroken<'a> {
    fn of(text: &'a str) -> Self {
        let (places, plain): (Vec<usize>, Vec<u8>) =
            text.bytes().enumerate().filter(|(_, b)| !matches!(b, b' ' | b'\t' | b'\n')).unzip();
        let mut ends: Vec<usize> = (0..plain.len()).collect();
        for at in (0..plain.len()).rev().filter(|at| is_token_byte(plain[*at])) {
            ends[at] = ends.get(at + 1).copied().unwrap_or(at + 1);
        }
        Self { text, plain, places, ends }
    }

    /// The token that begins at a place of the text, and where the text goes on behind it.
    fn token_at(&self, at: usize) -> Option<(String, usize)> {
        let from = self.places.binary_search(&at).ok()?;
        let word = |from: usize, longest: usize| {
            let end = self.ends.get(from).copied().filter(|end| (1..=longest).contains(&(end - from)))?;
            (self.plain.get(end) == Some(&b'.')).then_some(end + 1)
        };
        let signature = word(word(from, HEADER)?, MAX_TOKEN_LEN)?;
        let end = signature + SIGNATURE;
        let is_whole = self.ends.get(signature).is_some_and(|reached| *reached >= end);
        let after = self.places.get(end - 1)? + 1;
        if !is_whole || end - from > MAX_TOKEN_LEN || !is_end(&self.text.as_bytes()[after..]) {
            return None;
        }
        Some((String::from_utf8_lossy(self.plain.get(from..end)?).into_owned(), after))
    }
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
