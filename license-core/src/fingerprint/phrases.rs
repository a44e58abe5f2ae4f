//! Phrases that stand for nothing, one after the other or with words that tell no more. All functions take upper-case
//! text.

use super::hash_of_nothing::{begins_hash, is_hash_of_nothing};
use super::lists;
use super::placeholder::{LONG_PHRASE, is_counting, is_repeated};

/// Most words of a value that is tried as a row of placeholders; 64 bytes of a hash between colons are so many.
const WORDS: usize = 80;
/// Most words of one phrase.
const PHRASE: usize = 8;

/// Whether the words of a value are phrases, one after the other, with nothing but filler between them: `To Be Filled By
/// O.E.M. by More String`, `null-null`, `unknown/unknown`.
pub(super) fn is_row_of_phrases(value: &str) -> bool {
    let words: Vec<_> =
        value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(WORDS + 1).collect();
    if words.len() < 2 || words.len() > WORDS {
        return false;
    }
    // How many letters of phrases there are in the best row of the first so many words.
    let mut rows: Vec<Option<usize>> = vec![None; words.len() + 1];
    rows[0] = Some(0);
    let mut has_number = false;
    for start in 0..words.len() {
        let Some(letters) = rows[start] else { continue };
        let mut reach = |end: usize, letters: usize| rows[end] = rows[end].max(Some(letters));
        let is_number = words[start].len() <= 2 && words[start].bytes().all(|b| b.is_ascii_digit());
        has_number |= is_number;
        if is_number || lists::is_filler_word(words[start]) {
            reach(start + 1, letters);
        }
        let is_sequence = (words[start].len() >= 4 && is_repeated(words[start]))
            || (words[start].len() >= 6 && is_counting(words[start]));
        if is_sequence {
            reach(start + 1, letters);
        }
        let mut phrase = String::new();
        for (at, word) in words.iter().enumerate().skip(start) {
            phrase.push_str(word);
            if (at < start + PHRASE && lists::is_phrase(&phrase)) || is_hash_of_nothing(&phrase) {
                reach(at + 1, letters + phrase.len());
            }
            if !(begins_hash(&phrase) || at + 1 < start + PHRASE && lists::begins_phrase(&phrase)) {
                break;
            }
        }
    }
    let least = if has_number { LONG_PHRASE } else { 1 };
    rows[words.len()].is_some_and(|letters| letters >= least)
}

/// Whether a name is made of nothing but words that tell no machine: `test-machine`, `prod-server`, `my laptop`. One with
/// a digit may tell which of several it is.
pub(super) fn is_row_of_names(value: &str) -> bool {
    if value.bytes().any(|b| b.is_ascii_digit()) || value.contains('@') {
        return false;
    }
    let mut words = value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut named = false;
    let is_known = |word: &str| {
        let is_name = lists::is_default_name(word) || lists::is_phrase(word);
        named |= is_name;
        is_name || lists::is_filler_word(word)
    };
    words.by_ref().take(PHRASE).all(is_known) && named && words.next().is_none()
}

/// Whether a text of a script that parts no words is phrases and filler, one after the other: `主板序列号`.
pub(super) fn is_written_together(bare: &str) -> bool {
    const LONGEST: usize = 32;
    let chars: Vec<(usize, char)> = bare.char_indices().take(LONGEST + 1).collect();
    let is_unparted =
        |c: char| matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    if chars.len() > LONGEST || !chars.iter().any(|(_, c)| is_unparted(*c)) {
        return false;
    }
    let end = |at: usize| chars.get(at).map_or(bare.len(), |(byte, _)| *byte);
    // Whether the first so many characters are filler, or filler and phrases.
    let mut rows: Vec<Option<bool>> = vec![None; chars.len() + 1];
    rows[0] = Some(false);
    for start in 0..chars.len() {
        let Some(has_phrase) = rows[start] else { continue };
        for next in start + 1..=chars.len() {
            let word = &bare[end(start)..end(next)];
            if lists::is_phrase(word) {
                rows[next] = Some(true);
            } else if lists::is_filler_word(word) {
                rows[next] = rows[next].max(Some(has_phrase));
            }
        }
    }
    rows[chars.len()] == Some(true)
}

/// Whether a value is a phrase and what people count with behind it, as they make passwords: `test1234`, `admin123`.
pub(super) fn is_phrase_with_a_count(value: &str) -> bool {
    let value = value.trim_end_matches('!');
    let phrase = value.trim_end_matches(|c: char| c.is_ascii_digit());
    let count = &value[phrase.len()..];
    count.len() <= 9
        && (count == "1" || count.len() >= 3)
        && "123456789".starts_with(count)
        && phrase.len() >= 4
        && lists::is_phrase(phrase)
}
