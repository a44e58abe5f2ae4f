//! The three texts by which a fingerprint arrives.

use super::df1::{self, Prefix};
use super::error::FingerprintError;
use super::junk;
use super::kind::Kind;
use super::normal::{mac_digits, trim};
use super::pasted::{self, Surroundings};
use super::placeholder::is_placeholder;
use super::realm::Realm;
use super::set::Fingerprint;
use crate::typography::{folded, is_dash, unquoted, without_mark};

/// Longest text, in bytes, after trimming.
const LONGEST: usize = 5120;

impl Fingerprint {
    /// Reads a `DF1-…` text, the four-part `MAC|DISK|BOARD|CPU`, or any other identifier.
    ///
    /// A text that begins `DF1` is that or an error. One with exactly three bars is four-part if its first part is
    /// a list of network addresses, separated by commas, or empty; placeholders count as empty. Anything else of 8
    /// to 5120 bytes that is no placeholder is an opaque id, unless it looks like one of the first two with something
    /// around it or missing. Invisible characters, full-width forms and what mail programs do to lines are read as what
    /// is meant, where that is certain.
    ///
    /// # Errors
    /// What is wrong, never with the text itself.
    pub fn parse(text: &str, realm: &Realm) -> Result<Self, FingerprintError> {
        let raw = trim(text);
        if raw.is_empty() {
            return Err(FingerprintError::Missing);
        }
        if raw.len() > LONGEST {
            return Err(FingerprintError::TooLong);
        }
        let folded = folded(raw);
        let text = trim(&folded);
        if text.is_empty() {
            return Err(FingerprintError::Missing);
        }
        let quoted_off = unquoted(text);
        let lines = trim(&quoted_off);
        // The break may stand between its first letters.
        let unbroken = if lines.contains('\n') { df1::unbroken(lines) } else { String::new() };
        let start = match df1::prefix(lines) {
            Prefix::Other => df1::prefix(&unbroken),
            known => known,
        };
        match start {
            Prefix::Df1(rest) => return df1::read(rest, realm),
            Prefix::OtherVersion => return Err(FingerprintError::Version),
            Prefix::Other => {}
        }
        if let Some(parts) = four_parts(lines) {
            return from_parts(lines, &parts, realm);
        }
        if junk::is_opaque_junk(text) {
            return Err(FingerprintError::Junk);
        }
        match pasted::around(raw, text, realm) {
            Some(around) => Err(FingerprintError::NotAlone(around)),
            None => Ok(Self::from_opaque(realm.tag(), realm.opaque(text))),
        }
    }
}

/// The parts of a text of four whose first one is a list of addresses, in plain dashes and bars.
fn four_parts(text: &str) -> Option<[String; 4]> {
    let parts: Vec<_> = text.split(is_bar).map(plain_dashes).collect();
    let mut parts: [String; 4] = parts.try_into().ok()?;
    parts[0] = joined(&parts[0]);
    let address = |value: &str| {
        let value = trim(value);
        value.is_empty() || mac_digits(value).is_some() || is_placeholder(&value.to_ascii_uppercase())
    };
    let is_list = parts[0].split(',').all(address);
    // Bars that are drawn otherwise are bars where they stand behind an address.
    let is_certain =
        text.matches('|').count() == 3 || parts[0].split(',').any(|v| mac_digits(trim(v)).is_some());
    (is_list && is_certain).then_some(parts)
}

fn from_parts(text: &str, parts: &[String; 4], realm: &Realm) -> Result<Fingerprint, FingerprintError> {
    if let Some(around) = pasted::around_four_parts(text, trim(&parts[3])) {
        return Err(FingerprintError::NotAlone(around));
    }
    let mut values = Vec::new();
    for (kind, part) in [Kind::Mac, Kind::Disk, Kind::Board, Kind::Cpu].into_iter().zip(parts) {
        for value in part.split(',') {
            let value = match kind {
                Kind::Mac | Kind::Cpu => joined(value),
                // A break may have been put in, or stand for a space.
                _ if trim(value).contains('\n') => {
                    return Err(FingerprintError::NotAlone(Surroundings::Lines));
                }
                _ => value.to_owned(),
            };
            values.push((kind, value));
        }
    }
    Fingerprint::from_values(realm, values.iter().map(|(kind, value)| (*kind, value.as_str())))
}

/// `|`, or a bar that fonts and programs draw otherwise.
const fn is_bar(c: char) -> bool {
    matches!(c, '|' | '\u{a6}' | '\u{2223}' | '\u{2502}' | '\u{2758}' | '\u{23d0}')
}

fn plain_dashes(text: &str) -> String {
    text.chars().map(|c| if is_dash(c) && c != '\u{30fc}' { '-' } else { c }).collect()
}

/// A value in which no white space stands, so that line breaks were put in.
fn joined(value: &str) -> String {
    if !value.contains('\n') {
        return value.to_owned();
    }
    value.lines().map(|line| trim(without_mark(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Fingerprint, FingerprintError> {
        Fingerprint::parse(text, &Realm::new("https://vendor.example"))
    }

    #[test]
    fn three_bars_after_no_list_of_addresses_are_an_opaque_id() {
        for text in
            ["host-7|disk|board|cpu", "04:7C:16:5E:E3:5D|D1S2K3", "|a1b2c3d4|", "04:7C:16:5E:E3:5D|a|b|c|d"]
        {
            assert!(parse(text).unwrap().is_opaque(), "{text}");
        }
        for text in ["|||PF2QX7R9", "None|None|None|BFEBFBFF00090672", "N/A,,04:7C:16:5E:E3:5D|||"] {
            assert!(!parse(text).is_ok_and(|f| f.is_opaque()), "{text}");
        }
        assert_eq!(parse("|||"), Err(FingerprintError::Missing));
        assert_eq!(parse("None|None|None|None"), Err(FingerprintError::NoAnchor));
    }

    #[test]
    fn more_values_than_a_machine_has_are_refused() {
        let limit = |text: &str| parse(text).map_err(|e| e.name());
        assert_eq!(limit("|D1111,D2222,D3333,D4444,D5555||"), Err("too-many"));
        assert_eq!(limit("||PF2QX7R9,PF2QX7R8|"), Err("too-many"));
        assert_eq!(limit("||PF2QX7R9,pf2qx7r9|").map(|f| f.components().len()), Ok(1));
    }

    #[test]
    fn the_length_is_counted_in_bytes_after_trimming() {
        assert!(parse(&format!("  {}Q ", "é7".repeat(1706))).is_ok());
        assert_eq!(parse(&"é7".repeat(1707)), Err(FingerprintError::TooLong));
        assert_eq!(parse("1234q67"), Err(FingerprintError::Junk));
        assert!(parse("1234q678").is_ok());
        assert_eq!(parse(" \0\n"), Err(FingerprintError::Missing));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,80}|[dD][fF][0-9]{1,2}[-A-Z2-7 ]{0,300}|[0-9A-F:,|. -]{0,120}") {
            let _ = parse(&text);
        }

        #[test]
        fn the_spelling_of_a_four_part_text_does_not_matter(
            mac in "0[048C][0-9A-F]{2}[1-9][0-9A-F]{7}", disk in "[0-9A-Z]{6}1[0-9A-Z]{5}5[0-9]", board in "[A-Z]{4}7[0-9]{5}",
        ) {
            let one = parse(&format!("{mac}|{disk}|{board}|"));
            let groups: Vec<_> = mac.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
            let other = parse(&format!(" {} | {} | {board}|", groups.join("-").to_lowercase(), disk.to_lowercase()));
            prop_assert_eq!(one, other);
        }
    }
}
