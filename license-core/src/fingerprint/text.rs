//! The three texts by which a fingerprint arrives.

use super::df1::{self, Prefix};
use super::error::FingerprintError;
use super::junk;
use super::kind::Kind;
use super::normal::{mac_digits, trim};
use super::placeholder::is_placeholder;
use super::realm::Realm;
use super::set::Fingerprint;

/// Longest text, in bytes, after trimming.
const LONGEST: usize = 5120;

impl Fingerprint {
    /// Reads a `DF1-…` text, the four-part `MAC|DISK|BOARD|CPU`, or any other identifier.
    ///
    /// A text that begins `DF1` is that or an error. One with exactly three bars is four-part if its first part is
    /// a list of network addresses, separated by commas, or empty; placeholders count as empty. Anything else of 8
    /// to 5120 bytes that is no placeholder is an opaque id.
    ///
    /// # Errors
    /// What is wrong, never with the text itself.
    pub fn parse(text: &str, realm: &Realm) -> Result<Self, FingerprintError> {
        let text = trim(text);
        if text.is_empty() {
            return Err(FingerprintError::Missing);
        }
        if text.len() > LONGEST {
            return Err(FingerprintError::TooLong);
        }
        match df1::prefix(text) {
            Prefix::Df1(rest) => return df1::read(rest, realm),
            Prefix::OtherVersion => return Err(FingerprintError::Version),
            Prefix::Other => {}
        }
        if let Some(parts) = four_parts(text) {
            let kinds = [Kind::Mac, Kind::Disk, Kind::Board, Kind::Cpu];
            let values =
                kinds.into_iter().zip(parts).flat_map(|(kind, part)| part.split(',').map(move |v| (kind, v)));
            return Self::from_values(realm, values);
        }
        if junk::is_opaque_junk(text) {
            return Err(FingerprintError::Junk);
        }
        Ok(Self::from_opaque(realm.tag(), realm.opaque(text)))
    }
}

fn four_parts(text: &str) -> Option<[&str; 4]> {
    let parts: Vec<_> = text.split('|').collect();
    let parts: [&str; 4] = parts.try_into().ok()?;
    let address = |value: &str| {
        let value = trim(value);
        value.is_empty() || mac_digits(value).is_some() || is_placeholder(&value.to_ascii_uppercase())
    };
    parts[0].split(',').all(address).then_some(parts)
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
