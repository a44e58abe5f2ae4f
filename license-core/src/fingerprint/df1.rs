//! `DF1-…`: the agent's own text, short enough to be typed, with a checksum.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};

use super::error::FingerprintError;
use super::realm::{Realm, RealmTag};
use super::set::{Fingerprint, RECORD};
use crate::typography::{is_dash, without_mark};

pub(super) const TAG: usize = 4;
pub(super) const CHECK: usize = 4;

/// What a text's beginning says.
pub(super) enum Prefix<'a> {
    /// `DF1`: this format; the rest follows.
    Df1(&'a str),
    /// `DF2-` and so on, with nothing but Base32 after it.
    OtherVersion,
    /// Not ours.
    Other,
}

/// Looks at the beginning of a trimmed text.
pub(super) fn prefix(text: &str) -> Prefix<'_> {
    let Some((start, rest)) = text.split_at_checked(2) else { return Prefix::Other };
    if !start.eq_ignore_ascii_case("df") {
        return Prefix::Other;
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(digits);
    let base32 = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic() || (b'2'..=b'7').contains(&b))
    };
    if number != "1" && digits > 0 && after.starts_with(is_dash) && base32(&bare(after)) {
        return Prefix::OtherVersion;
    }
    rest.strip_prefix('1').map_or(Prefix::Other, Prefix::Df1)
}

/// Whether a text begins `DF1` and holds nothing but letters, digits, dashes and blanks of ASCII.
pub(super) fn is_plain(text: &str) -> bool {
    let text = text.trim_ascii();
    let start = text.as_bytes().first_chunk::<3>();
    start.is_some_and(|start| start.eq_ignore_ascii_case(b"DF1"))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b' '))
}

/// Reads what follows `DF1`.
pub(super) fn read(rest: &str, realm: &Realm) -> Result<Fingerprint, FingerprintError> {
    let text = bare(rest).to_ascii_uppercase();
    let bytes = BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| FingerprintError::Checksum)?;
    let Some((body, check)) = bytes.split_last_chunk::<CHECK>() else {
        return Err(FingerprintError::Checksum);
    };
    let Some((tag, records)) = body.split_first_chunk::<TAG>() else {
        return Err(FingerprintError::Checksum);
    };
    if records.len() % RECORD != 0 || *check != checksum(body) {
        return Err(FingerprintError::Checksum);
    }
    let (expected, found) = (realm.tag(), RealmTag(*tag));
    if expected != found {
        return Err(FingerprintError::Realm { expected, found });
    }
    Fingerprint::from_records(found, records)
}

impl Fingerprint {
    /// The `DF1-…` text in upper case without further dashes; none for an opaque id.
    ///
    /// ```
    /// # use license_core::{Fingerprint, Kind, Realm};
    /// let realm = Realm::new("https://vendor.example");
    /// let fingerprint = Fingerprint::from_values(&realm, [(Kind::Board, "PF2QX7R9 001")])?;
    /// let text = fingerprint.to_text().expect("not opaque");
    /// assert_eq!(Fingerprint::parse(&text.to_lowercase(), &realm)?, fingerprint);
    /// # Ok::<(), license_core::FingerprintError>(())
    /// ```
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        if self.is_opaque() {
            return None;
        }
        let mut bytes = self.realm().0.to_vec();
        bytes.extend(self.records());
        bytes.extend(checksum(&bytes));
        Some(format!("DF1-{}", BASE32_NOPAD.encode(&bytes)))
    }
}

/// Without the dashes, white space and marks that people and mail programs put in.
pub(super) fn bare(text: &str) -> String {
    unbroken(text).chars().filter(|c| !c.is_whitespace() && !is_dash(*c)).collect()
}

/// One line, without what mail programs put at the beginning and the end of the others.
pub(super) fn unbroken(text: &str) -> String {
    let last = text.lines().count().saturating_sub(1);
    let lines = text.lines().enumerate().map(|(at, line)| {
        let line = if at == 0 { line } else { without_mark(line) };
        // A soft break of quoted-printable.
        if at < last { line.trim_end().trim_end_matches('=') } else { line }
    });
    lines.collect()
}

pub(super) fn checksum(body: &[u8]) -> [u8; CHECK] {
    let hash: [u8; 32] = Sha256::digest(body).into();
    [hash[0], hash[1], hash[2], hash[3]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Kind;
    use proptest::prelude::*;

    fn text_of(bytes: &[u8]) -> String {
        format!("DF1-{}", BASE32_NOPAD.encode(&[bytes, &checksum(bytes)].concat()))
    }

    fn sample() -> impl Strategy<Value = Fingerprint> {
        let mac = prop::collection::vec("[0-9]4[0-9A-F]{2}9[0-9A-F]{7}", 0..=4);
        let mac = mac.prop_map(|m| m.into_iter().map(|v| v.replacen(|_| true, "0", 1)).collect::<Vec<_>>());
        let disk = prop::collection::vec("[0-9A-Z]{5}7[0-9]{3}X[0-9A-Z]{4}", 0..=4);
        (mac, disk, "[A-Z]{3}[0-9]{3}Q[0-9]{4}", any::<[bool; 3]>()).prop_map(
            |(macs, disks, board, rights)| {
                let mut values: Vec<_> = macs.iter().map(|v| (Kind::Mac, v.as_str(), rights[0])).collect();
                values.extend(disks.iter().map(|v| (Kind::Disk, v.as_str(), rights[1])));
                values.push((Kind::Board, board.as_str(), rights[2]));
                Fingerprint::from_readings(&Realm::new("r"), values).unwrap()
            },
        )
    }

    #[test]
    fn faults_are_named_in_their_order() {
        let realm = Realm::new("r");
        let tag = realm.tag().0;
        let component = |kind: u8, fill: u8| [&[kind][..], &[fill; 10]].concat();
        let parse = |records: &[Vec<u8>]| {
            Fingerprint::parse(&text_of(&[&tag[..], &records.concat()].concat()), &realm)
        };
        let malformed = |result| matches!(result, Err(FingerprintError::Malformed(_)));
        assert!(parse(&[component(1, 1), component(0x82, 1)]).unwrap().components()[1].privileged);
        assert_eq!(parse(&[component(10, 1), component(1, 1)]), Err(FingerprintError::Version));
        assert!(malformed(parse(&[component(2, 1), component(1, 1)])));
        assert!(malformed(parse(&[component(1, 1), component(1, 1)])));
        assert!(malformed(parse(&[component(1, 1), component(0x81, 1)])));
        assert!(malformed(parse(&[component(1, 1), component(9, 1)])));
        let many: Vec<_> = (0..17).map(|n| component(1, n)).collect();
        assert_eq!(parse(&many), Err(FingerprintError::TooMany { kind: Kind::Mac, limit: 4, found: 17 }));
        assert_eq!(parse(&[component(4, 1)]), Err(FingerprintError::NoAnchor));
        assert_eq!(parse(&[]), Err(FingerprintError::NoAnchor));
        assert_eq!(parse(&[vec![1, 2, 3]]), Err(FingerprintError::Checksum));
    }

    #[test]
    fn the_example_of_the_format_document_holds() {
        let realm = Realm::new("https://vendor.example");
        let values = [(Kind::Disk, "eui.001b444a488b5cec", false), (Kind::Board, "PF2QX7R9 001", true)];
        let fingerprint = Fingerprint::from_readings(&realm, values).unwrap();
        let text = "DF1-2YV4QVQCX4UPWPYPXNKUP2QPQOGRZ4QVYSKYNOTASOC2GXHY";
        assert_eq!(fingerprint.to_text().as_deref(), Some(text));
        let identity = "6adb368b6a0e595a448d173193032124cd0b8083b330831936cabebf44c7c612";
        assert_eq!(data_encoding::HEXLOWER.encode(&fingerprint.identity()), identity);
    }

    #[test]
    fn what_begins_df1_is_never_opaque() {
        let realm = Realm::new("r");
        for text in ["DF1", "df1-", "  DF1-hello world", "DF1_ABCDEFGH", "DF1-AAAAAAAAAAAAAA", "DF1-ÄÄÄÄÄÄÄÄ"]
        {
            assert_eq!(Fingerprint::parse(text, &realm), Err(FingerprintError::Checksum), "{text}");
        }
        for text in ["DF2-ABCDEF22", "df12-abcd-efgh", "DF01-ABCDEF"] {
            assert_eq!(Fingerprint::parse(text, &realm), Err(FingerprintError::Version), "{text}");
        }
        for text in ["DF2-ABCDEF18", "DFX-ABCDEF", "DF-77777771", "DÄ1-ABCDEF"] {
            assert!(Fingerprint::parse(text, &realm).unwrap().is_opaque(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_text_leads_back_to_the_fingerprint(fingerprint in sample(), dashes in prop::collection::vec(4usize..60, 0..9)) {
            let realm = Realm::new("r");
            let text = fingerprint.to_text().unwrap();
            prop_assert_eq!(&Fingerprint::parse(&text, &realm).unwrap(), &fingerprint);
            let mut typed = text.to_lowercase();
            for at in dashes {
                typed.insert(at.min(typed.len()), if at % 2 == 0 { '-' } else { ' ' });
            }
            let typed = Fingerprint::parse(&typed, &realm).unwrap();
            prop_assert_eq!(typed.identity(), fingerprint.identity());
            prop_assert_eq!(typed, fingerprint);
        }

        #[test]
        fn any_single_wrong_character_is_refused(fingerprint in sample(), at in any::<prop::sample::Index>(), wrong in "[A-Z0-9!|é]") {
            let text = fingerprint.to_text().unwrap();
            let at = 4 + at.index(text.len() - 4);
            prop_assume!(text[at..=at] != wrong);
            let text = format!("{}{wrong}{}", &text[..at], &text[at + 1..]);
            prop_assert_eq!(Fingerprint::parse(&text, &Realm::new("r")), Err(FingerprintError::Checksum));
        }
    }
}
