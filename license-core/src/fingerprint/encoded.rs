//! Texts that came as Base64 or as hexadecimal digits: secrets of Kubernetes, PowerShell, dumps. They are read once, and
//! what comes out is judged as if it had been pasted.

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine as _};
use data_encoding::HEXUPPER;

use super::df1;
use super::junk::{is_junk_id, is_shared_uuid};
use super::normal::trim;
use super::pasted;
use super::peek::{Peek, is_between_digits};
use super::placeholder::{is_placeholder, letters_and_digits};
use super::realm::Realm;
use crate::typography::folded;

/// Longest text that is tried: a fingerprint's in UTF-16 and Base64.
const LONGEST: usize = 4096;
/// Fewest characters of a text in code.
const SHORTEST: usize = 6;
/// Bytes of a UUID.
pub(super) const UUID: usize = 16;
/// Fewest bytes that are taken for a text; fewer are met by chance.
pub(super) const FEWEST: usize = 4;
/// Bytes below which a text may have come out of Base64 by chance.
const SHORT: usize = 12;

/// Whether a text is Base64 or hexadecimal digits of a fingerprint, alone or with something around it.
pub(super) fn is_fingerprint(text: &str, realm: &Realm) -> bool {
    let is_fingerprint = |inner: String| {
        let inner = folded(trim(&inner));
        let inner = trim(&inner);
        let is_text = inner.len() >= SHORT && !inner.contains(|c: char| c.is_control() && !c.is_whitespace());
        matches!(df1::prefix(inner), df1::Prefix::Df1(_))
            || inner.matches('|').count() == 3
            || (is_text && pasted::holds_fingerprint(inner, realm))
    };
    decoded(text).filter_map(|bytes| as_text(&bytes)).any(is_fingerprint)
}

/// Whether a text, in its own case, is Base64 or hexadecimal digits of what many machines share: a placeholder, a shared
/// UUID, as text or as bytes.
pub(super) fn is_junk(text: &str) -> bool {
    inside(text).any(|text| {
        (Peek::at_base64(text).may_tell() && from_base64(text).is_some_and(|bytes| is_junk_in_bytes(&bytes)))
            || (Peek::at_hex(text).may_tell() && from_hex(text).is_some_and(|bytes| is_junk_in_bytes(&bytes)))
    })
}

fn is_junk_in_bytes(bytes: &[u8]) -> bool {
    bytes.len() >= FEWEST
        && ((bytes.len() == UUID && is_shared_uuid(&HEXUPPER.encode(bytes)))
            || as_text(bytes).is_some_and(|inner| is_junk_text(&inner)))
}

fn is_junk_text(inner: &str) -> bool {
    let inside = inner.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_ascii_uppercase();
    let bare = letters_and_digits(&inside);
    // Marks and controls among a few bytes are there by chance.
    let is_plain = |c: char| c.is_alphanumeric() || " /.-:_".contains(c);
    let is_long = inside.len() >= SHORT;
    let is_text = inside.chars().all(|c| is_plain(c) || (is_long && (!c.is_control() || c.is_whitespace())));
    let is_object = inside.starts_with(['{', '<']);
    bare.len() >= FEWEST
        && (is_object || 2 * bare.len() >= inside.len())
        && is_text
        && (is_placeholder(&inside) || (is_long && is_junk_id(&inside)))
}

/// The bytes for which a text may stand.
fn decoded(text: &str) -> impl Iterator<Item = Vec<u8>> {
    inside(text).flat_map(|text| [from_base64(text), from_hex(text)]).flatten()
}

/// What may be in code in a text: all of it, or what is behind `base64,` or a name.
fn inside(text: &str) -> impl Iterator<Item = &str> {
    let is_around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let is_bare = matches!(text.as_bytes(), [first, .., last] if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric());
    let text = if is_bare { text } else { text.trim_matches(is_around) };
    let fits = (SHORTEST..=LONGEST).contains(&text.len());
    let behind = |mark: char| text.split_once(mark).map(|(_, rest)| rest.trim_start());
    let marked = || text.rsplit_once("base64,").map(|(_, rest)| rest);
    let is_mark = |b: u8| matches!(b, b',' | b':' | b'=');
    let texts = match fits {
        true if !text.bytes().any(is_mark) => [Some(text), None, None, None],
        true => [Some(text), text.contains(',').then(marked).flatten(), behind(':'), behind('=')],
        false => [None; 4],
    };
    texts.into_iter().flatten().filter(|text| text.len() >= SHORTEST)
}

/// The bytes of Base64 of either alphabet, with or without its end, on one line or several.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
    let fits =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'=' | b'\n' | b'\r');
    if !text.bytes().all(fits) {
        return None;
    }
    let line: String = text.split(['\n', '\r']).collect();
    STANDARD.decode(&line).or_else(|_| URL_SAFE.decode(&line)).ok()
}

/// The bytes of hexadecimal digits with white space, colons, commas, dashes or `0x` between them.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'x' | b'X') || is_between_digits(b)) {
        return None;
    }
    let text = text.to_ascii_uppercase().replace("0X", "");
    let digits: Vec<u8> = text.bytes().filter(|b| !is_between_digits(*b)).collect();
    HEXUPPER.decode(&digits).ok()
}

/// Bytes as text. PowerShell and .NET hand over UTF-16, with a mark or without.
fn as_text(bytes: &[u8]) -> Option<String> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok().filter(|_| bytes.len().is_multiple_of(2))
    };
    // Of most pairs.
    let zeros = |first: usize| 4 * bytes.iter().skip(first).step_by(2).filter(|b| **b == 0).count();
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(str::to_owned),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ if bytes.len() >= FEWEST && zeros(1) >= bytes.len() => wide(bytes, u16::from_le_bytes),
        _ if bytes.len() >= FEWEST && zeros(0) >= bytes.len() => wide(bytes, u16::from_be_bytes),
        _ => std::str::from_utf8(bytes).ok().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::{BASE64, BASE64URL_NOPAD};
    use proptest::prelude::*;

    /// In UTF-8 and UTF-16, with a mark and without.
    fn written(text: &str) -> Vec<Vec<u8>> {
        let low: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let high: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        vec![
            text.as_bytes().to_vec(),
            marked(&[0xef, 0xbb, 0xbf], text.as_bytes()),
            marked(&[0xff, 0xfe], &low),
            marked(&[0xfe, 0xff], &high),
            low,
            high,
        ]
    }

    /// In both alphabets, on lines, behind names, and as digits.
    fn coded(bytes: &[u8]) -> Vec<String> {
        let base64 = BASE64.encode(bytes);
        let lines: Vec<&str> =
            base64.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let digits = HEXUPPER.encode(bytes);
        let spaced: Vec<String> = bytes.iter().map(|b| format!("0x{b:02x}")).collect();
        vec![
            BASE64URL_NOPAD.encode(bytes),
            lines.join("\r\n"),
            format!("base64:{base64}"),
            format!("data:text/plain;base64,{base64}"),
            format!("id={base64}"),
            base64,
            digits.to_lowercase(),
            digits,
            spaced.join(", "),
        ]
    }

    #[test]
    fn a_fingerprint_in_code_is_known_and_an_id_is_not() {
        let realm = Realm::new("https://vendor.example");
        let plain = "|S4EWNX0M123456|PF2QX7R9|";
        for around in
            [plain.to_owned(), format!("{{\"fingerprint\":\"{plain}\"}}"), format!("my pc: {plain}")]
        {
            for text in written(&around).iter().flat_map(|bytes| coded(bytes)) {
                assert!(is_fingerprint(&text, &realm), "{around}: {text}");
            }
        }
        for id in ["7F3A99C2B1D04E56", "q7bXgYhMfXXaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=", "ACME-7731"] {
            assert!(!is_fingerprint(id, &realm), "{id}");
        }
    }

    #[test]
    fn what_comes_out_is_judged_as_if_it_had_been_pasted() {
        for junk in
            ["undefined", "Nicht verfügbar", "To be filled by O.E.M.", "00:00:00:00:00:00", "exit status 1"]
        {
            for text in written(junk).iter().flat_map(|bytes| coded(bytes)) {
                assert!(is_junk(&text), "{junk}: {text}");
            }
        }
        for text in ["bnVsbA==", "bnVsbA", "bgB1AGwAbAA=", "AwACAAQABQAABgAHAAgACQ==", "TnVsbAo=", "6e756c6c"]
        {
            assert!(is_junk(text), "{text}");
        }
        for text in
            ["PF2QX7R9", "a1b2c3d4e5f60718", "cHJlc3MtN2YzYQ==", "rack-7", "50026B7782A1B2C3", "33415A375839"]
        {
            assert!(!is_junk(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_passed_over_that_is_junk_once_it_is_decoded(
            around in prop::collection::vec(prop_oneof![Just(0_u8), Just(b' '), any::<u8>()], 0..4),
            junk in prop_oneof![
                "(null|default string|11111111|unknown|Не задано|主板序列号|не указано)",
                "[ -~]{0,16}",
                "\\PC{0,8}",
            ],
        ) {
            for bytes in written(&junk) {
                for bytes in [[&around[..], &bytes].concat(), [&bytes, &around[..]].concat()] {
                    for text in coded(&bytes) {
                        let decoded = decoded(&text).any(|bytes| is_junk_in_bytes(&bytes));
                        prop_assert_eq!(is_junk(&text), decoded, "{}", text);
                    }
                }
            }
        }
    }
}
