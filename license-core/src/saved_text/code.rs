//! Activation codes as people paste and retype them.

use std::collections::BTreeSet;

use super::decode::{decode_ascii, of_two_bytes};
use super::unwrap::readings;
use super::{SavedText, SavedTextError, decode};
use crate::typography::{ascii_digit, folded, is_dash, is_quote};
use crate::unescaped::unescaped;
use crate::{ActivationCode, ActivationCodeError};

/// Why a text holds no activation code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedCodeError {
    /// It is no text, or something else.
    #[error(transparent)]
    Text(#[from] SavedTextError),
    /// It is mistyped.
    #[error(transparent)]
    Code(#[from] ActivationCodeError),
}

/// The activation code in a file or a paste.
///
/// Beyond what [`ActivationCode`] reads by itself: full-width letters, every dash, invisible marks, Cyrillic and Greek
/// letters that look like those of the alphabet, digits of other scripts, characters written as codes (`=2D`, `%2D`, `&#8209;`, `\u2011`), tags, a
/// terminal's colours, quotes and brackets around, and other text around seven groups of four.
/// The check symbols of the code tell that no more was changed.
///
/// # Errors
/// What the text is instead, that there are several codes in it, or what is wrong with the code.
pub fn activation_code(bytes: &[u8]) -> Result<ActivationCode, SavedCodeError> {
    // The characters of a code are ASCII: text in an 8-bit code may stand around it.
    let text = match decode(bytes) {
        Err(SavedTextError::NotUtf8) => decode_ascii(bytes)?,
        text => text?,
    };
    let error = match text.parse() {
        Ok(code) => return Ok(code),
        Err(error) => error,
    };
    let texts = [plain(&text), plain(&without_tags(&unescaped(&text)))];
    let around = |c: char| c.is_whitespace() || is_quote(c) || "()[]<>{}*_#,;:.!".contains(c);
    if let Some(code) = texts.iter().find_map(|text| text.trim_matches(around).parse().ok()) {
        return Ok(code);
    }
    let codes = |texts: &[String]| -> BTreeSet<[u8; 16]> {
        let all = texts.iter().flat_map(|text| candidates(text));
        all.filter_map(|text| text.parse::<ActivationCode>().ok()).map(|code| *code.as_bytes()).collect()
    };
    let mut found = codes(&texts);
    if found.is_empty() {
        // What a mail or a page wrapped around it.
        let other = of_two_bytes(bytes);
        let all = readings(&text).into_iter().chain(other.iter().flat_map(|text| readings(text)));
        let all: Vec<String> = all.map(|text| plain(&text)).collect();
        let is_its_own =
            |what| !super::kind::is(what, &text) && !all.iter().any(|text| super::kind::is(what, text));
        if [SavedText::Request, SavedText::License].into_iter().all(is_its_own) {
            found = codes(&all);
        }
    }
    match found.len() {
        0 if text.contains('\u{fffd}') => Err(SavedTextError::NotUtf8.into()),
        0 => {
            Err(super::what_is(bytes, Some(SavedText::ActivationCode))
                .map_or(error.into(), SavedCodeError::Text))
        }
        1 => found.into_iter().next().map(ActivationCode::from_bytes).ok_or(error.into()),
        several => Err(SavedTextError::Several(several).into()),
    }
}

/// A text in the characters of the alphabet, as far as others are drawn like them, and in plain dashes.
fn plain(text: &str) -> String {
    folded(text).chars().map(|c| if is_dash(c) { '-' } else { looks_like(c) }).collect()
}

/// A text with a space in the place of each tag of HTML or of a forum.
fn without_tags(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['<', '[']) {
        let inner = &rest[at + 1..];
        let close = if rest[at..].starts_with('<') { '>' } else { ']' };
        let end = inner.char_indices().take(LONGEST_TAG).find(|(_, c)| *c == close);
        let is_tag = inner.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        plain.push_str(&rest[..at]);
        plain.push(' ');
        // No code begins with a tag's name: `[CZ2P-…]` is a code in brackets.
        rest = match end.filter(|(len, _)| is_tag && (close == '>' || *len <= LONGEST_NAME)) {
            Some((len, _)) => &inner[len + 1..],
            None => inner,
        };
    }
    plain + rest
}

/// Longest tag that is taken out, and longest name of a forum's, in characters.
const LONGEST_TAG: usize = 200;
const LONGEST_NAME: usize = 8;

/// Pieces of a text that are built like a code: seven groups of four with dashes or spaces between, or 28 characters.
pub(super) fn candidates(text: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let groups: Vec<String> = words
        .windows(7)
        .filter(|groups| groups.iter().all(|group| group.len() == 4))
        .map(|groups| groups.concat())
        .collect();
    let whole: Vec<String> =
        words.iter().filter(|word| word.len() == 28).map(|word| (*word).to_owned()).collect();
    groups.into_iter().chain(whole)
}

/// The letter or digit of the alphabet that a Cyrillic or Greek one looks like; any other as it is.
fn looks_like(c: char) -> char {
    let upper = c.to_uppercase().next().unwrap_or(c);
    match upper {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' | 'Ӏ' => '1',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => '0',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        'У' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        'З' => '3',
        _ => ascii_digit(c).unwrap_or(c),
    }
}
