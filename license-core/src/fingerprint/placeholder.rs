//! What makers, forms and programs write where nothing is known. All functions take upper-case text.

use std::borrow::Cow;

use super::glance::Glance;
use super::hash_of_nothing::is_hash_of_nothing;
use super::phrases::{is_phrase_with_a_count, is_row_of_names, is_row_of_phrases, is_written_together};
use super::product::is_product;
use super::template::{is_instruction, is_path, without_places};
use super::{lists, printed, wrapped};

/// Letters of a phrase from which on a short number behind it counts for nothing.
pub(super) const LONG_PHRASE: usize = 12;

/// Whether a value is nothing: a known phrase or several, a hash or a tool's error in place of a value, a template that
/// nobody filled in, one repeated character, a sequence, a name that systems have by default, a UUID that many boards
/// have with words around it, or no letter or digit at all.
pub(super) fn is_placeholder(value: &str) -> bool {
    if value.is_ascii() {
        return is_placeholder_in_capitals(value);
    }
    let value = value.to_uppercase();
    // Accents are lost on the way through consoles, with their letters or without; the lists have none.
    let lost = || value.replace(is_accented, "");
    let plain = || without_accents(&value);
    is_placeholder_in_capitals(&value)
        || (value.contains(|c: char| is_accented(c) || is_accent(c))
            && (lists::is_phrase(&letters_and_digits(&lost())) || is_placeholder_in_capitals(&plain())))
}

/// Whether a character is a Latin letter that is not ASCII, or what such a one becomes where it is read in another code.
pub(super) const fn is_accented(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{24f}')
}

/// Whether a character is an accent that stands apart from its letter, as on a Mac.
const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// A text in capitals with the letters of ASCII in the place of those with accents.
pub(super) fn without_accents(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    for c in value.chars().filter(|c| !is_accent(*c)) {
        match c {
            'À'..='Å' | 'Ā' | 'Ă' | 'Ą' | 'Ạ' | 'Ả' => plain.push('A'),
            'Æ' => plain.push_str("AE"),
            'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => plain.push('C'),
            'Ď' | 'Đ' => plain.push('D'),
            'È'..='Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => plain.push('E'),
            'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' => plain.push('G'),
            'Ì'..='Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' => plain.push('I'),
            'Ĺ' | 'Ļ' | 'Ľ' | 'Ł' => plain.push('L'),
            'Ñ' | 'Ń' | 'Ņ' | 'Ň' => plain.push('N'),
            'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ŏ' | 'Ő' => plain.push('O'),
            'Œ' => plain.push_str("OE"),
            'Ŕ' | 'Ŗ' | 'Ř' => plain.push('R'),
            'Ś' | 'Ŝ' | 'Ş' | 'Š' | 'Ș' => plain.push('S'),
            'Ţ' | 'Ť' | 'Ț' => plain.push('T'),
            'Ù'..='Ü' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' => plain.push('U'),
            'Ý' | 'Ŷ' | 'Ÿ' => plain.push('Y'),
            'Ź' | 'Ż' | 'Ž' => plain.push('Z'),
            'Ё' => plain.push('Е'),
            other => plain.push(other),
        }
    }
    plain
}

fn is_placeholder_in_capitals(value: &str) -> bool {
    let glance = Glance::at(value);
    let bare = letters_and_digits(value);
    is_nothing(&bare)
        || is_numbered(&bare)
        || is_hash_of_nothing(&bare)
        || (glance.may_be_address() && wrapped::is_address_of_this_host(value))
        || wrapped::holds_shared_uuid(&bare)
        || (glance.may_have_words() && is_made_of_words(value, &bare, glance))
        || (glance.may_have_places() && is_nothing_around_places(value))
}

/// Whether a value is words of which none tells one machine from another. `bare` are its letters and digits.
fn is_made_of_words(value: &str, bare: &str, glance: Glance) -> bool {
    // Words are made of more letters than hex digits are, of which most values are made.
    if bare.bytes().all(|b| b.is_ascii_hexdigit()) {
        return false;
    }
    let is_default_name = if glance.may_have_marks() {
        lists::is_default_name(&letters_and_digits(wrapped::without_domain(value)))
    } else {
        lists::is_default_name(bare)
    };
    is_default_name
        || (glance.may_have_marks() && (is_row_of_phrases(value) || is_instruction(value) || is_path(value)))
        || (!glance.has_digit() && is_row_of_names(value))
        || (glance.is_beyond_ascii() && is_written_together(bare))
        || (glance.has_digit() && is_phrase_with_a_count(value))
        || is_product(value)
        || printed::is_printed(value, bare, glance)
}

/// Whether nothing is left of a value but the places that a template holds open.
fn is_nothing_around_places(value: &str) -> bool {
    without_places(value).is_some_and(|rest| {
        let bare = letters_and_digits(&rest);
        is_nothing(&bare) || lists::is_filler_word(&bare) || is_row_of_phrases(&rest)
    })
}

/// The letters and digits of a value.
pub(super) fn letters_and_digits(value: &str) -> Cow<'_, str> {
    if value.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Cow::Borrowed(value);
    }
    if !value.is_ascii() {
        return Cow::Owned(value.chars().filter(|c| c.is_alphanumeric()).collect());
    }
    let (mut bare, mut len) = (value.as_bytes().to_vec(), 0);
    for byte in value.bytes() {
        bare[len] = byte;
        len += usize::from(byte.is_ascii_alphanumeric());
    }
    bare.truncate(len);
    Cow::Owned(String::from_utf8(bare).unwrap_or_default())
}

fn is_nothing(bare: &str) -> bool {
    lists::is_phrase(bare) || is_repeated(bare) || is_counting(bare)
}

/// One character over and over, or nothing.
pub(super) fn is_repeated(bare: &str) -> bool {
    let mut chars = bare.chars();
    let first = chars.next();
    chars.all(|c| Some(c) == first)
}

/// `0123456789`, `12345678`, `123456789ABC`, `1234567891`, `0123456789ABCDEF0123`, `987654321`, `0987654321`.
pub(super) fn is_counting(bare: &str) -> bool {
    const NEXT: [&[u8; 2]; 18] = [
        b"01", b"12", b"23", b"34", b"45", b"56", b"67", b"78", b"89", b"90", b"9A", b"AB", b"BC", b"CD",
        b"DE", b"EF", b"F0", b"0A",
    ];
    let up = |pair: &[u8]| NEXT.iter().any(|next| next[..] == *pair);
    let down = |pair: &[u8]| {
        pair[0].is_ascii_digit() && (pair[0] == pair[1].wrapping_add(1) || matches!(pair, b"09"))
    };
    let bytes = bare.as_bytes();
    bytes.len() >= 4
        && matches!(bytes[0], b'0' | b'1' | b'9')
        && (bytes.windows(2).all(up)
            || bytes.windows(2).all(down)
            // Without a zero between nine and one.
            || (bytes.len() >= 10 && bytes.windows(2).all(|pair| up(pair) || pair == b"91")))
}

/// Whether 12 to 64 hex digits are bytes of one step: `001122334455`, `000102030405…`, `A7A7A7A7A7A7`.
pub(super) fn is_stepping(digits: &str) -> bool {
    let byte = |pair: &[u8]| {
        let digit = |b: u8| char::from(b).to_digit(16);
        Some(16 * digit(pair[0])? + digit(pair[1])?)
    };
    let bytes = digits.as_bytes();
    if !(12..=64).contains(&bytes.len()) || !bytes.len().is_multiple_of(2) {
        return false;
    }
    let step = |two: &[u8]| Some((256 + byte(&two[2..])? - byte(&two[..2])?) % 256);
    let first = step(&bytes[..4]);
    first.is_some() && (0..bytes.len() - 3).step_by(2).all(|at| step(&bytes[at..at + 4]) == first)
}

/// A sequence behind a few letters, `MB-1234567890`; before zeros, `012345678900`; `0x00000000`; a long phrase with a
/// number, `Default string 1`.
fn is_numbered(bare: &str) -> bool {
    let sequence = bare.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let phrase = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    (bare.len() - sequence.len() <= 5 && sequence.len() >= 7 && is_counting(sequence))
        || (bare.len() >= 8
            && is_counting(bare.trim_end_matches('0'))
            && bare.trim_end_matches('0').len() >= 8)
        || bare.strip_prefix("0X").is_some_and(is_repeated)
        || (phrase.len() >= LONG_PHRASE && bare.len() - phrase.len() <= 2 && lists::is_phrase(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn placeholders_are_found_in_any_dress() {
        for value in [
            "TO BE FILLED BY O.E.M.",
            "TO BE FILLED BY O.E.M. BY MORE STRING",
            "DEFAULT STRING",
            "DEFAULT STRING 1",
            "DEFAULT_STRING-02",
            "DEFAULTSTRING1",
            "\"DEFAULT STRING\"",
            "N/A",
            "(NULL)",
            "(NULL STRING)",
            "NOT SPECIFIED",
            "0123456789",
            "0987654321",
            "123456789",
            "1234567890",
            "012345678900",
            "0123456789ABCDEF",
            "0123456789ABCDEF0123456789ABCDEF",
            "987654321",
            "MB-1234567890",
            "NB-0123456789",
            "SYS-9876543210",
            "ASSET-1234567890",
            "0X00000000",
            "0000",
            "XXXXXXXX",
            ".........",
            "--",
            "0",
            "D41D8CD98F00B204E9800998ECF8427E",
            "D41D8CD9-8F00-B204-E980-0998ECF8427E",
            "E3B0C44298FC1C14",
            "1B2M2Y8ASGTPGAMY7PHCFG==",
            "MD5-D41D8CD98F00B204E9800998ECF8427E",
            "SHA256:E3B0C442",
            "{{DEVICEFINGERPRINT}}",
            "{{ DEVICE }}-{{USER}}",
            "${HOSTNAME}",
            "ID-${HOSTNAME}",
            "$(HOSTNAME)",
            "$HOSTNAME",
            "%COMPUTERNAME%",
            "<SERIAL HERE>",
            "<%= SERIAL %>",
            "{FINGERPRINT}",
            "{0}|{1}",
            "__DEVICE__",
            "@DEVICE@",
            "SYSTEM.BYTE[]",
            "[OBJECT OBJECT]",
            "'WMIC' IS NOT RECOGNIZED AS AN INTERNAL OR EXTERNAL COMMAND,",
            "WMIC IS NOT RECOGNIZED",
            "SH: 1: DMIDECODE: COMMAND NOT FOUND",
            "CAT: /SYS/CLASS/DMI/ID/BOARD_SERIAL: PERMISSION DENIED",
            "ACCESS DENIED",
            "ERROR: ACCESS IS DENIED.",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn a_value_with_something_of_its_own_is_none() {
        for value in [
            "PF2QX7R9 001",
            "BRD-TWIN",
            "12345679",
            "S4EWNX0M123456",
            "A-7",
            "RACK-7",
            "UNIT_00000001",
            "TEST-DEVICE-17",
            "DEFAULT STRING 7F3A",
            "{4C4C4544-0051-3410-8051-B5C04F375931}",
            "ID-${HOSTNAME}-7F3A99",
            "NODE-%7F%",
            "AC:DE:48:91:12:22",
            "7F3A_0012_99",
            "11111111-2222-3333-4444-555555555555",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(value in "\\PC{0,80}|([{}$%<>@_A-Z0-9é ]|NULL|TO BE|\\$\\{){0,40}") {
            let _ = is_placeholder(&value);
        }
    }
}
