//! Whether a text is a fingerprint with something around it, or a damaged one: never an identifier of the vendor's own.

use std::fmt;

use super::df1_within::{self, holds_df1};
use super::encoded;
use super::lookalike_bars::has_lookalike_bars;
use super::marks::{has_escapes, has_label, is_bracketed, is_json, is_markup};
use super::realm::Realm;
use super::within;
use crate::typography::{is_other_digit, is_quote, mended};
use crate::unescaped::unescaped;

/// What stands around a fingerprint, or was done to it on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Surroundings {
    /// It stands in quotes, back-ticks or brackets, or they were copied at one end.
    Quotes,
    /// A word that says what it is stands before it: `fingerprint: …`.
    Label,
    /// It is a member of a JSON object, as in a license request.
    Json,
    /// Marks of HTML, Markdown or a mail.
    Markup,
    /// Percent-encoding, HTML entities, quoted-printable or backslashes.
    Escapes,
    /// It goes over several lines.
    Lines,
    /// An ellipsis says that a part is left out.
    Ellipsis,
    /// A whole fingerprint stands somewhere in it.
    Inside,
    /// Its first characters are lost or changed.
    Beginning,
    /// Dashes, marks or letters that a word processor puts in another's place.
    Characters,
}

impl fmt::Display for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quotes => "it stands in quotes or brackets",
            Self::Label => "a label stands before it",
            Self::Json => "it stands in a JSON object",
            Self::Markup => "marks of a web page, a mail or a formatted text stand around it",
            Self::Escapes => "some of its characters are written as codes",
            Self::Lines => "it goes over several lines",
            Self::Ellipsis => "a part of it is left out",
            Self::Inside => "other text stands around it",
            Self::Beginning => "its beginning is lost or changed",
            Self::Characters => "a word processor has changed characters in it",
        })
    }
}

/// Most characters of `DF1-…` that may be lost at the beginning for the rest to be looked for.
const MOST_LOST: usize = 20;
/// Fewest characters of a text that stands twice.
const SHORTEST: usize = 12;

/// What is around any other text; `None` for one that may be an identifier of the vendor's own. `raw` is the text as it
/// came, `text` the same folded.
pub(super) fn around(raw: &str, text: &str, realm: &Realm) -> Option<Surroundings> {
    if encoded::is_fingerprint(text, realm) {
        return Some(Surroundings::Escapes);
    }
    let is_lost = || df1_within::lost_beginning(text, realm, MOST_LOST);
    if holds_fingerprint(text, realm) || is_twice(text) {
        return Some(if text.contains('\n') && text.lines().all(holds_df1) {
            Surroundings::Lines
        } else {
            let unnamed = if is_lost() { Surroundings::Beginning } else { Surroundings::Inside };
            named(raw, text).unwrap_or(unnamed)
        });
    }
    if is_lost() {
        return Some(named(raw, text).unwrap_or(Surroundings::Beginning));
    }
    named(raw, text)
}

/// Whether a fingerprint of one of the two known forms stands in a text, or what became of one.
pub(super) fn holds_fingerprint(text: &str, realm: &Realm) -> bool {
    let holds_own = |text: &str| {
        df1_within::stands_in(text, realm)
            || df1_within::begins_as_own(text, realm)
            || df1_within::resembles_own(text, realm)
    };
    let holds = |text: &str| {
        let meant = unescaped(text);
        holds_df1(text)
            || holds_df1(&meant)
            || holds_own(&meant)
            // `id=DF1` is no code, though it looks like one of quoted-printable.
            || (meant != text && holds_own(text))
            || within::holds_four_parts(text)
            || has_lookalike_bars(text)
    };
    holds(text) || mended(text).is_some_and(|text| holds(&text))
}

/// What tells by itself that a text is not what a program gave.
fn named(raw: &str, text: &str) -> Option<Surroundings> {
    if is_json(text) {
        return Some(Surroundings::Json);
    }
    if is_markup(text) {
        return Some(Surroundings::Markup);
    }
    if has_escapes(text) {
        return Some(Surroundings::Escapes);
    }
    if has_label(raw, text) {
        return Some(Surroundings::Label);
    }
    if text.starts_with(is_quote)
        || text.ends_with(is_quote)
        || is_bracketed(text)
        || text.ends_with([',', ';'])
        || text.starts_with([',', ';'])
        || text.ends_with(':')
    {
        return Some(Surroundings::Quotes);
    }
    if text.contains('\u{2026}') || text.starts_with("...") || text.ends_with("...") || text.contains("[...]")
    {
        return Some(Surroundings::Ellipsis);
    }
    if text.contains('\n') {
        return Some(Surroundings::Lines);
    }
    // The cells of a table.
    if text.contains('\t') {
        return Some(Surroundings::Inside);
    }
    // A vendor whose own script has other digits writes its letters as well; letters of ASCII beside them were typed on.
    let is_retyped =
        text.contains(is_other_digit) && !text.contains(|c: char| c.is_alphabetic() && !c.is_ascii());
    (is_retyped || text.contains(is_odd)).then_some(Surroundings::Characters)
}

/// What a terminal puts in, and characters that are another spelling of plain ones, so that a copy could differ:
/// marks that stand for a line's end, typographic dashes, accents that stand apart from their letters, letters and digits in a style or a circle.
pub(super) const fn is_odd(c: char) -> bool {
    c.is_ascii_control()
        || matches!(c,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}' | '\u{fb00}'..='\u{fb06}'
        | '\u{2070}'..='\u{209c}' | '\u{2460}'..='\u{24ff}' | '\u{1d400}'..='\u{1d7ff}' | '\u{1f100}'..='\u{1f1ff}'
        | '\u{fffd}' | '\u{b6}' | '\u{21a9}' | '\u{21b5}' | '\u{23ce}' | '\u{2400}'..='\u{2426}')
}

/// Whether a text is the same text twice, without anything between.
fn is_twice(text: &str) -> bool {
    let (half, rest) = text.split_at_checked(text.len() / 2).unwrap_or_default();
    half == rest && half.chars().count() >= SHORTEST
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fingerprint, FingerprintError};

    const REALM: &str = "https://vendor.example";
    const DF1: &str = "DF1-2YV4QVQBTAMI77X4LLHEWYNPAK7SR6Z7B65VKR7KB4BY2HHSCXCJLBV2MCJQIN65BUYIZFPKAEGHKBK5LJLYK6YLFT5HZUQG2RSVJRAOW2LOYAAAOHMQJJA";
    const PARTS: &str = "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.|PF2QX7R9 001|BFEBFBFF00090672";

    fn read(text: &str) -> Result<Fingerprint, FingerprintError> {
        Fingerprint::parse(text, &Realm::new(REALM))
    }

    #[test]
    fn what_is_certain_is_read() {
        let wide = |text: &str| -> String {
            text.chars()
                .map(|c| char::from_u32(u32::from(c) + 0xfee0).filter(|_| c.is_ascii_graphic()).unwrap_or(c))
                .collect()
        };
        for text in [DF1, PARTS] {
            for pasted in [
                format!("\u{feff}{text}\r\n"),
                format!("\u{3000}\u{2003}{text}\u{a0}\u{85}"),
                format!("\u{200e}{text}\u{200b}\u{2060}"),
                text.replace('0', "\u{200b}0\u{ad}"),
                text.chars().flat_map(|c| [c, '\0']).collect(),
                wide(text),
                text.replace('-', "\u{2013}").replace(':', "\u{ff1a}").replace('|', "\u{ff5c}"),
                text.replace('|', "\u{2502}"),
                text.replace('|', "|\r\n"),
                format!("> {text}"),
            ]
            .into_iter()
            .chain(if text == DF1 { vec![] } else { copies(text) })
            {
                assert_eq!(read(&pasted), read(text), "{pasted}");
            }
        }
        let lines = |end: &str| format!("{}{end}{}{end}{}", &DF1[..40], &DF1[40..80], &DF1[80..]);
        for end in ["\r\n", "\n> ", " \n\t", "=\n", "\u{2028}"] {
            assert_eq!(read(&lines(end)), read(DF1), "{end:?}");
        }
        for at in 1..6 {
            for end in ["\r\n", "\n> ", "=\n"] {
                assert_eq!(read(&format!("{}{end}{}", &DF1[..at], &DF1[at..])), read(DF1), "{at} {end:?}");
            }
        }
        let wrapped = PARTS.replace("7C:16", "7C:\n16").replace("00090672", "\n00090672");
        assert_eq!(read(&wrapped), read(PARTS), "{wrapped}");
        assert_eq!(read("\u{feff}vendor-id\u{a0}7F3A-99\u{200b}"), read("vendor-id 7F3A-99"));
        for pasted in copies("vendor-id 7F3A-99") {
            assert_eq!(read(&pasted), read("vendor-id 7F3A-99"), "{pasted}");
        }
    }

    /// The same text several times, as a second press of the keys gives it.
    fn copies(text: &str) -> Vec<String> {
        let twice = ["\n", " ", "\t", ", ", ";", "\r\n\r\n"].map(|gap| format!("{text}{gap}{text}"));
        twice.into_iter().chain([format!("{text}\n{text}\n{text}\n")]).collect()
    }

    #[test]
    fn what_stands_around_is_named() {
        use Surroundings::*;
        for text in [DF1, PARTS, "vendor-id 7F3A-99"] {
            for (pasted, what) in [
                (format!("\u{201c}{text}\u{201d}"), Quotes),
                (format!("\"{text}\""), Quotes),
                (format!("'{text}'"), Quotes),
                (format!("`{text}`"), Quotes),
                (format!("\u{ab} {text} \u{bb}"), Quotes),
                (format!("\u{201e}{text}\u{201c}"), Quotes),
                (format!("({text})"), Quotes),
                (format!("[{text}]"), Quotes),
                (format!("fingerprint: {text}"), Label),
                (format!("Fingerprint {text}"), Label),
                (format!("Gerätekennung: {text}"), Label),
                (format!("设备指纹：{text}"), Label),
                (format!("设备指纹:{text}"), Label),
                (format!("device fingerprint = {text}"), Label),
                (format!("deviceFingerprint={text}"), Label),
                (format!("Your machine: {text}"), Label),
                (format!("{{\"fingerprint\":\"{text}\"}}"), Json),
                (format!("{{\"license_request\":1,\"fingerprint\":\"{text}\",\"device_key\":{{}}}}"), Json),
                (format!("\"deviceFingerprint\": \"{text}\","), Json),
                (format!("[\"{text}\"]"), Json),
                (format!("**{text}**"), Markup),
                (format!("```\n{text}\n```"), Markup),
                (format!("<code>{text}</code>"), Markup),
                (format!("# {text}"), Markup),
                (format!("&quot;{text}&quot;"), Escapes),
                (format!("%22{text}%22"), Escapes),
                (format!("\\\"{text}\\\""), Escapes),
            ] {
                assert_eq!(read(&pasted), Err(FingerprintError::NotAlone(what)), "{pasted}");
            }
        }
        let not_alone = |text: &str| matches!(read(text), Err(FingerprintError::NotAlone(_)));
        for lost in 2..=20 {
            assert!(not_alone(&DF1[lost..]), "{lost} lost: {}", &DF1[lost..]);
        }
        assert_eq!(read(&DF1[4..]), Err(FingerprintError::NotAlone(Beginning)));
        for (was, is) in [
            ("DF1-", "DFl-"),
            ("DF1-", "DFI"),
            ("DF1-", "DE1-"),
            ("DF1", "D F 1"),
            ("DF1-", "-"),
            ("DF1-", "F1-"),
        ] {
            let text = DF1.replace(was, is);
            assert!(read(&text).is_err() || read(&text) == read(DF1), "{text}");
        }
        for text in [
            format!("{}\u{2026}{}", &PARTS[..20], &PARTS[40..]),
            format!("{}\u{2026}", &PARTS[..60]),
            "vendor-id 7F\u{2026}".into(),
            "vendor-id 7F...".into(),
            "vendor-id\n7F3A-99".into(),
            "vendor\u{2013}id 7F3A-99".into(),
            PARTS[1..].into(),
            PARTS[7..].into(),
            PARTS.replace("5E:E3", "5E:3"),
            format!("mein Rechner {PARTS}"),
            format!("{PARTS} mein Rechner"),
            format!("| {} |", PARTS.replace('|', " | ")),
            PARTS.replace('|', "%7C"),
            PARTS.replace('|', "&#124;"),
            PARTS.replace('|', "\\|"),
            format!("my laptop {DF1}"),
            format!("fingerprint{DF1}"),
        ] {
            assert!(not_alone(&text), "{text}");
        }
        for broken in ["R9\n001", "R9 \n001", "R9 0\n01"] {
            let text = PARTS.replace("R9 001", broken);
            assert_eq!(read(&text), Err(FingerprintError::NotAlone(Lines)), "{text}");
        }
    }

    #[test]
    fn identifiers_of_the_vendors_own_stay_what_they_are() {
        for text in [
            "vendor-id 7F3A-99",
            "device-0017-ab",
            "HWID:7F3A-99-01",
            "urn:uuid:4c4c4544-0051-3410-8051-b5c04f375931",
            "{4C4C4544-0051-3410-8051-B5C04F375931}",
            "{\"cpu\":\"BFEBFBFF00090672\",\"disk\":\"S4EWNX0M123456\"}",
            "CPU: BFEBFBFF00090672 DISK: S4EWNX0M123456",
            "ACME\\node7-1291",
            "设备编号七",
            "S-1-5-21-3623811015-3361044348-30300820-1013",
            "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43UOV3HO6DZPI",
            "3f0c81d7be5a9246cd7720e1ba84f95362ad18c7409be3f5d1726a0c98e4b35f",
            "04:7C:16:5E:E3:5D|D1S2K3",
            "PC-DF1-0034",
            "GrößeÉ-1291",
            "user@host.example/7F3A+99==",
        ] {
            assert!(read(text).is_ok_and(|read| read.is_opaque()), "{text}: {:?}", read(text));
        }
    }
}
