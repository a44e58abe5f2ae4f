//! The three texts by which a fingerprint arrives.

use super::df1::{self, Prefix};
use super::error::FingerprintError;
use super::normal::trim;
use super::realm::Realm;
use super::set::Fingerprint;
use super::{four_parts, junk, pasted};
use crate::typography::{folded, mended, unquoted};

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
        if let Some(known) = read_known(mended(text).as_deref().unwrap_or(text), realm) {
            return known;
        }
        // In whole first: a part of a row of zeros may be short enough to be anything.
        if junk::is_opaque_junk(text) {
            return Err(FingerprintError::Junk);
        }
        if let Some(one) = repeated(text) {
            return Self::parse(one, realm);
        }
        match pasted::around(raw, text, realm) {
            Some(around) => Err(FingerprintError::NotAlone(around)),
            None => Ok(Self::from_opaque(realm.tag(), realm.opaque(text))),
        }
    }
}

/// Reads `DF1-…` and four parts; nothing for any other text.
fn read_known(text: &str, realm: &Realm) -> Option<Result<Fingerprint, FingerprintError>> {
    let quoted_off = unquoted(text);
    let lines = trim(&quoted_off);
    // The break may stand between its first letters.
    let unbroken = if lines.contains('\n') { df1::unbroken(lines) } else { String::new() };
    let start = match df1::prefix(lines) {
        Prefix::Other => df1::prefix(&unbroken),
        known => known,
    };
    match start {
        Prefix::Df1(rest) => Some(df1::read(rest, realm)),
        Prefix::OtherVersion => Some(Err(FingerprintError::Version)),
        Prefix::Other => four_parts::parts(lines).map(|parts| four_parts::read(lines, &parts, realm)),
    }
}

/// The text of which a longer one is nothing but two to four copies, with white space, a comma or a semicolon between.
fn repeated(text: &str) -> Option<&str> {
    (2..=MOST_COPIES).flat_map(|copies| (1..=3).map(move |between| (copies, between))).find_map(
        |(copies, between)| {
            let len = text.len().checked_sub((copies - 1) * between)? / copies;
            let one = text.get(..len).filter(|one| len >= SHORTEST && trim(one).len() == len)?;
            let gap = text.get(len..len + between)?;
            let parts = gap.chars().all(|c| c.is_whitespace() || matches!(c, ',' | ';'));
            let same = |n: usize| text.get(n * (len + between)..).is_some_and(|rest| rest.starts_with(one));
            let gaps = (1..copies)
                .all(|n| text.get(n * (len + between) - between..).is_some_and(|rest| rest.starts_with(gap)));
            let whole = copies * len + (copies - 1) * between == text.len();
            (whole && parts && gaps && (1..copies).all(same)).then_some(one)
        },
    )
}

/// Most copies of one text that are read as one.
const MOST_COPIES: usize = 4;
/// Shortest identifier, in bytes.
const SHORTEST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Fingerprint, FingerprintError> {
        Fingerprint::parse(text, &Realm::new("https://vendor.example"))
    }

    #[test]
    fn three_bars_after_no_list_of_addresses_are_an_opaque_id() {
        for text in ["host-7|disk|board|cpu", "04:7C:16:5E:E3:5D|D1S2K3", "|a1b2c3d4|", "ab|cd|ef|gh|ij"] {
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
