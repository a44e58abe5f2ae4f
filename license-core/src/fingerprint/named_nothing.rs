//! Identifiers that are nothing beside a name: `ACME-null`, `Unbekannt-PC`. All functions take upper-case text.

use super::lists;
use super::phrases::{is_row_of_names, is_row_of_phrases};
use super::placeholder::{is_placeholder, letters_and_digits};
use super::wrapped::without_domain;

/// Whether an identifier is nothing behind or before words that tell nothing either: `ACME-null`, `v1:undefined`,
/// `Unbekannt-PC`, `acme-2024-null`, `ID_SERIAL=None`. A year and a version say when, not which.
pub(super) fn is_nothing_with_a_name(upper: &str) -> bool {
    const LONG: usize = 12;
    const SHORT: usize = 2;
    let is_year = |word: &str| {
        word.len() == 4
            && (word.starts_with("19") || word.starts_with("20"))
            && word.bytes().all(|b| b.is_ascii_digit())
    };
    let is_version = |word: &str| word.trim_start_matches('V').len() == 1;
    let tells = |text: &str| {
        let words = || text.split(|c: char| !c.is_alphanumeric());
        let telling = words().filter(|word| !is_year(word) && !is_version(word));
        let digits = telling.flat_map(str::bytes).filter(u8::is_ascii_digit).count();
        // Beside a year, the month and the day.
        let is_day = words().any(is_year) && words().all(|word| word.len() <= SHORT || is_year(word));
        digits > SHORT && !is_day && !(digits == 3 && letters_and_digits(text).len() == 3)
    };
    let is_nothing = |text: &str| {
        let bare = letters_and_digits(text);
        // A name that systems have by default tells nothing alone; somebody's name before it does: `annas-macbook-pro.local`.
        let is_name = || {
            lists::is_default_name(&bare)
                || lists::is_default_name(&letters_and_digits(without_domain(text)))
                || (is_row_of_names(text) && !is_row_of_phrases(text))
        };
        lists::is_nothing_word(&bare) || (bare.len() >= LONG && is_placeholder(&bare) && !is_name())
    };
    let marks = upper.match_indices(|c: char| !c.is_alphanumeric()).take(MOST_WORDS);
    marks
        .map(|(at, mark)| (&upper[..at], &upper[at + mark.len()..]))
        .any(|(before, after)| (is_nothing(before) && !tells(after)) || (is_nothing(after) && !tells(before)))
}

/// Most places at which an identifier is tried as a name and nothing.
const MOST_WORDS: usize = 12;

#[cfg(test)]
mod tests {
    use super::super::junk::is_junk_id;

    #[test]
    fn somebodys_name_before_a_name_by_default_is_an_id() {
        for id in [
            "ANNAS-MACBOOK-PRO.LOCAL",
            "PETERS-MACBOOK-PRO.LOCAL",
            "HALLE-7-MACBOOK-PRO.LOCAL",
            "MUC-UBUNTU-SERVER",
            "KASSE3-DOCKER-DESKTOP",
            "0XA1B2C3D4",
            "0X1A2B3C4D",
            "0X807F0101",
            "0XA1B2C3D4E5",
        ] {
            assert!(!is_junk_id(id), "{id}");
        }
        for id in [
            "0X00000000",
            "0X0",
            "0XFFFFFFFF",
            "0X5000000000000000",
            "MACBOOK-PRO.LOCAL",
            "525400123456",
            "CAFEBABE",
        ] {
            assert!(is_junk_id(id), "{id}");
        }
    }
}
