//! What stands around a text by which people, forms and programs hand it on: labels, JSON, markup, escapes, brackets.

use super::glance::Glance;
use crate::typography::is_quote;

/// A license request or another object with a member for the fingerprint, also cut off or with other quotes; or a list
/// of one text.
pub(super) fn is_json(text: &str) -> bool {
    let is_name = |name: &str| {
        let name = bare(name);
        LABELS.contains(&name.as_str())
            || matches!(name.as_str(), "licenserequest" | "activationcode" | "kty")
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

pub(super) fn is_markup(text: &str) -> bool {
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
    if !Glance::at(text).may_have_escapes() {
        return false;
    }
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
pub(super) fn has_label(raw: &str, text: &str) -> bool {
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

pub(super) fn is_bracketed(text: &str) -> bool {
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
