//! Whether a text is a fingerprint with something around it, or a damaged one: never an identifier of the vendor's own.

use std::fmt;

use super::realm::Realm;
use super::{df1_within, within};
use crate::typography::{is_dash, is_quote};
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
/// Fewest characters of Base32 that tell a fingerprint from a name.
const TELLING: usize = 16;
/// Fewest characters of Base32 behind a beginning of which one character is another: a fingerprint of one part has 31.
const SHORTEST: usize = 24;

/// What is around any other text; `None` for one that may be an identifier of the vendor's own. `raw` is the text as it
/// came, `text` the same folded.
pub(super) fn around(raw: &str, text: &str, realm: &Realm) -> Option<Surroundings> {
    let meant = unescaped(text);
    let is_df1 = holds_df1(text) || holds_df1(&meant) || df1_within::stands_in(&meant, realm);
    let is_lost = || df1_within::lost_beginning(text, realm, MOST_LOST);
    if is_df1 || within::holds_four_parts(text) || is_twice(text) {
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
    text.contains(is_odd).then_some(Surroundings::Characters)
}

/// What a terminal puts in, and characters that are another spelling of plain ones, so that a copy could differ: typographic dashes, accents that
/// stand apart from their letters, letters and digits that are drawn in a style or a circle.
pub(super) const fn is_odd(c: char) -> bool {
    c.is_ascii_control()
        || matches!(c,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}' | '\u{fb00}'..='\u{fb06}'
        | '\u{2070}'..='\u{209c}' | '\u{2460}'..='\u{24ff}' | '\u{1d400}'..='\u{1d7ff}' | '\u{1f100}'..='\u{1f1ff}'
        | '\u{fffd}')
}

/// Whether a whole `DF1-…`, or the beginning of one, stands in a text: `DF1` that does not go on a word, something that
/// is no letter, and Base32; or with a dash and a good deal of it wherever it stands; or two of its three characters, at
/// the beginning of a word, with a dash and the Base32 of a part.
pub(super) fn holds_df1(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let mut before = None;
    upper.char_indices().any(|(at, first)| {
        let is_word = before.replace(first).is_some_and(|c: char| c.is_ascii_alphanumeric());
        let mut after = upper[at + first.len_utf8()..].chars();
        let (Some(second), Some(third)) = (after.next(), after.next()) else { return false };
        let after = after.as_str();
        let looks = matches!(third, '1' | 'L' | 'I' | '!' | '|');
        let alike = [first == 'D', second == 'F', looks].into_iter().filter(|same| *same).count();
        // One of the three is lost.
        let is_lost = !is_word && first == 'F' && second == '1' && is_dash(third);
        if alike < 2 {
            return is_lost && loose_run(after) >= SHORTEST;
        }
        let exact = alike == 3 && third == '1';
        let parted = after.starts_with(|c: char| is_dash(c) || (exact && !c.is_ascii_alphanumeric()));
        let least = match (exact, is_word) {
            (true, false) => TELLING / 2,
            _ if alike == 3 => TELLING,
            (_, false) => SHORTEST,
            _ => return false,
        };
        parted && (base32_run(after) >= least || loose_run(after) >= SHORTEST)
    })
}

/// The same where one character is no Base32, and marks that were put in do not count.
fn loose_run(text: &str) -> usize {
    let is_mark = |c: char| c.is_whitespace() || is_dash(c) || matches!(c, '\\' | '.' | '\u{2026}');
    let mut wrong = 0;
    let counts = text.chars().filter(|c| !is_mark(*c)).take_while(|c| {
        let fits = c.is_ascii_alphabetic() || ('2'..='7').contains(c);
        wrong += usize::from(!fits);
        fits || (wrong == 1 && c.is_alphanumeric())
    });
    counts.count()
}

/// How many characters of Base32 come next, dashes and white space left out.
fn base32_run(text: &str) -> usize {
    let counts = text.chars().filter(|c| !c.is_whitespace() && !is_dash(*c));
    counts.take_while(|c| c.is_ascii_alphabetic() || ('2'..='7').contains(c)).count()
}

/// A license request or another object with a member for the fingerprint, also cut off or with other quotes; or a list
/// of one text.
fn is_json(text: &str) -> bool {
    let is_name = |name: &str| {
        let name = bare(name);
        LABELS.contains(&name.as_str()) || name == "licenserequest" || name == "activationcode"
    };
    let pieces: Vec<_> = text.split(is_quote).collect();
    let is_list = text.starts_with("[\"") && text.ends_with("\"]") && is_list(&pieces);
    // An object that was damaged on the way.
    let is_object = text.starts_with('{') && text.contains("\":");
    is_list
        || (is_object && serde_json::from_str::<serde::de::IgnoredAny>(text).is_err())
        || pieces.windows(2).any(|pair| is_name(pair[0]) && pair[1].trim_start().starts_with(':'))
}

/// Whether what stands between quotes is a list of texts: nothing but commas is outside of them.
fn is_list(pieces: &[&str]) -> bool {
    pieces.len() >= 3 && pieces.iter().skip(2).step_by(2).rev().skip(1).all(|between| between.trim() == ",")
}

fn is_markup(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let tag = |at: usize| {
        let rest = lower[at + 1..].trim_start_matches(['/', '!']);
        let name = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        name > 0
            && rest.as_bytes().get(name).is_some_and(|b| matches!(b, b'>' | b' ' | b'/'))
            && rest.contains('>')
    };
    let both = |mark: &str| text.len() > 2 * mark.len() && text.starts_with(mark) && text.ends_with(mark);
    ["> ", ">", "# ", "* ", "- ", "/ ", "\u{2022}"].iter().any(|mark| text.starts_with(mark))
        || ["*", "_", "~~"].into_iter().any(both)
        || (text.starts_with("| ") && text.ends_with(" |"))
        || (text.starts_with('\u{2502}') && text.ends_with('\u{2502}'))
        || text.contains("```")
        || lower.match_indices('<').any(|(at, _)| tag(at))
        || (text.starts_with('<') && text.ends_with('>'))
        || text.contains("-----BEGIN ")
        || is_bracket_markup(&lower)
        || has_colours(&lower)
}

/// Whether a text has what is left of a terminal's colours where ESC is lost: `[1;32m`.
fn has_colours(lower: &str) -> bool {
    lower.match_indices('[').any(|(at, _)| {
        let rest = lower[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        rest.len() < lower.len() - at - 1 && rest.starts_with('m')
    })
}

/// Whether a text has a mark of a forum's: `[code]` and the like, with its end.
fn is_bracket_markup(lower: &str) -> bool {
    lower.match_indices("[/").any(|(at, _)| {
        let name = lower[at + 2..].split(']').next().unwrap_or_default();
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric())
            && lower.contains(&format!("[{name}"))
    })
}

pub(super) fn has_escapes(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = |at: usize| bytes.get(at..at + 2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    let percent = text.match_indices('%').any(|(at, _)| hex(at + 1));
    let entity = text.match_indices('&').any(|(at, _)| {
        let name = text[at + 1..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
        (2..=8).contains(&name) && text[at + 1 + name..].starts_with(';')
    });
    let printable = ["=3D", "=20", "=7C", "=2D", "=22", "=C2", "=E2"].iter().any(|code| text.contains(code))
        || text.lines().rev().skip(1).any(|line| line.ends_with('='));
    let backslash = text.contains("\\\"")
        || text.ends_with("\\n")
        || text.ends_with("\\r")
        || text.ends_with("\\t")
        || text.match_indices("\\u").any(|(at, _)| hex(at + 2) && hex(at + 4))
        || text.match_indices("\\x").any(|(at, _)| hex(at + 2));
    // Before a mark that a shell, Markdown or a pattern would take for its own.
    let is_own = |c: char| matches!(c, '|' | '-' | '_' | '*' | '#' | '&' | ' ' | '(' | ')' | '[' | ']' | '`');
    let marked = text.match_indices('\\').any(|(at, _)| text[at + 1..].starts_with(is_own))
        || ["^|", "^&", "^^"].iter().any(|code| text.contains(code))
        || [
            "_x007C_", "_x002D_", "_x005F_", "+AHw-", "+IBE-", "+IBM-", "\\174", "\\055", "\\072", "\\033",
            "\\e[",
        ]
        .iter()
        .any(|code| text.contains(code));
    percent || entity || printable || backslash || marked
}

/// A word for the fingerprint and something after it; or any words, a colon and a space, as people write.
fn has_label(raw: &str, text: &str) -> bool {
    let is_mark = |c: char| matches!(c, ':' | '=' | '>' | '#' | '(') || c.is_whitespace();
    let known = text.char_indices().filter(|(_, c)| is_mark(*c)).take(6).any(|(at, _)| {
        let name = bare(&text[..at]);
        LABELS.contains(&name.as_str()) && text[at..].chars().any(char::is_alphanumeric)
    });
    let said = |mark: &str| {
        text.split_once(mark).is_some_and(|(before, after)| {
            let words = before
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '_' | '\'' | '/' | '(' | ')'));
            let short = !before.is_empty() && before.chars().count() <= 40;
            words && short && !after.contains(mark)
        })
    };
    let full_width = raw.contains(['\u{ff1a}', '\u{ff1d}', '\u{fe55}']) && (said(":") || said("="));
    // A link in which the identifier is one value among others.
    let link = text.split_once("://").is_some_and(|(_, path)| path.contains('?') && path.contains('='));
    known || link || said(": ") || said(":\n") || said(" = ") || said(" : ") || full_width
}

/// Whether a text is the same text twice, without anything between.
fn is_twice(text: &str) -> bool {
    let (half, rest) = text.split_at_checked(text.len() / 2).unwrap_or_default();
    half == rest && half.chars().count() >= SHORTEST / 2
}

fn is_bracketed(text: &str) -> bool {
    [('(', ')'), ('[', ']'), ('<', '>'), ('\u{300a}', '\u{300b}'), ('\u{3010}', '\u{3011}')].into_iter().any(
        |(open, close)| text.starts_with(open) && text.ends_with(close) && text.matches(open).count() == 1,
    ) && !text.contains('"')
}

/// A name without case and anything but letters and digits.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What forms, mails and programs call a fingerprint, and nothing else; letters and digits only, lower case.
#[rustfmt::skip]
const LABELS: &[&str] = &[
    "fingerprint", "fingerprintis", "fingerprinttext", "yourfingerprint", "thefingerprint", "myfingerprint",
    "devicefingerprint", "devicefingerprinttext", "machinefingerprint", "hardwarefingerprint", "computerfingerprint",
    "licensedeviceid", "df1",
    "kennung", "gerätekennung", "geraetekennung", "gerätefingerabdruck", "fingerabdruck", "maschinenkennung",
    "hardwarekennung", "rechnerkennung",
    "empreinte", "empreintenumérique", "empreintedelappareil", "huella", "huelladigital", "huelladeldispositivo",
    "impronta", "improntadigitale", "improntadeldispositivo", "impressãodigital", "vingerafdruk", "odciskpalca",
    "отпечаток", "отпечатокустройства",
    "指纹", "设备指纹", "机器指纹", "硬件指纹", "机器码", "设备码", "设备标识", "设备编号", "设备号", "特征码", "硬件码", "指紋",
    "設備指紋", "裝置指紋", "機器碼", "フィンガープリント", "デバイスフィンガープリント", "端末id", "機器id",
    "지문", "장치지문", "기기지문", "디바이스지문",
];

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
