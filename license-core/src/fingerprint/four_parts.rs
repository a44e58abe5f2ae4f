//! `MAC|DISK|BOARD|CPU`: the text that stores and older programs give.

use std::borrow::Cow;

use super::df1_within::{self, holds_df1};
use super::error::FingerprintError;
use super::glance::Glance;
use super::kind::Kind;
use super::lists;
use super::marks::has_escapes;
use super::normal::{Dropped, is_mac, normalise, trim};
use super::pasted::{Surroundings, is_odd};
use super::placeholder::{is_placeholder, letters_and_digits};
use super::realm::Realm;
use super::set::Fingerprint;
use super::within::{holds_pairs, processor};
use crate::typography::{is_dash, is_quote, without_mark};

/// Digits of a processor's model.
const MODEL: usize = 16;
/// Fewest hex digits that are a processor's model, or most of it.
const LEAST_DIGITS: usize = 12;
/// Fewest characters that hold a `DF1-…`, or what is left of one.
const LEAST_DF1: usize = 20;

/// The parts of a text of four whose first one is a list of addresses, in plain dashes and bars.
pub(super) fn parts(text: &str) -> Option<[Cow<'_, str>; 4]> {
    let mut parts = if text.is_ascii() {
        four(text.split('|').map(Cow::Borrowed))?
    } else {
        four(text.split(is_bar).map(|part| Cow::Owned(plain_dashes(part))))?
    };
    if parts[0].contains('\n') {
        parts[0] = Cow::Owned(joined(&parts[0]).into_owned());
    }
    if !parts[0].is_ascii() || parts[0].contains(' ') {
        let colons = parts[0].replace(is_colon, ":");
        parts[0] = Cow::Owned(colons.split(',').map(in_pairs).collect::<Vec<_>>().join(","));
    }
    let address = |value: &str| {
        let value = trim(value);
        value.is_empty() || is_mac(value) || is_blank(value)
    };
    let is_list = parts[0].split(',').all(address);
    // Bars that are drawn otherwise are bars where they stand behind an address.
    let is_certain =
        text.is_ascii() || text.matches('|').count() == 3 || parts[0].split(',').any(|v| is_mac(trim(v)));
    (is_list && is_certain).then_some(parts)
}

fn four<'a>(mut parts: impl Iterator<Item = Cow<'a, str>>) -> Option<[Cow<'a, str>; 4]> {
    let four = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(four)
}

/// Whether a value stands where no address is known: a placeholder, and no name of a machine or of a cell that anybody
/// might have.
fn is_blank(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || " /.-_()[]".contains(c);
    let value = value.to_ascii_uppercase();
    value.chars().all(plain) && is_placeholder(&value) && !lists::is_default_name(&letters_and_digits(&value))
}

/// Reads the parts of a text.
pub(super) fn read(
    text: &str,
    parts: &[Cow<'_, str>; 4],
    realm: &Realm,
) -> Result<Fingerprint, FingerprintError> {
    let not_alone = |around: Surroundings| Err(FingerprintError::NotAlone(around));
    let glance = Glance::at(text);
    let has_lines = glance.may_have_space() && text.contains('\n');
    let last = if has_lines { joined(&parts[3]) } else { Cow::Borrowed(&*parts[3]) };
    if let Some(around) = around(text, trim(&last), has_lines, glance) {
        return not_alone(around);
    }
    // A processor, and lines below it.
    if has_lines && trim(&parts[3]).contains('\n') && parts[3].lines().any(|line| is_model(trim(line))) {
        return not_alone(Surroundings::Lines);
    }
    let most_values = if text.contains(',') { usize::MAX } else { 1 };
    let mut values = Vec::with_capacity(parts.len());
    for (kind, part) in [Kind::Mac, Kind::Disk, Kind::Board, Kind::Cpu].into_iter().zip(parts) {
        for value in part.splitn(most_values, ',') {
            let value = match kind {
                _ if !has_lines => Cow::Borrowed(value),
                Kind::Mac | Kind::Cpu => joined(value),
                // A break may have been put in, or stand for a space.
                _ if trim(value).contains('\n') => return not_alone(Surroundings::Lines),
                _ => Cow::Borrowed(value),
            };
            if kind != Kind::Mac
                && let Some(damage) = damage(kind, trim(&value), realm)
            {
                return not_alone(damage);
            }
            values.push((kind, value));
        }
    }
    Fingerprint::from_values(realm, values.iter().map(|(kind, value)| (*kind, value.as_ref())))
}

/// `|`, or a bar that fonts and programs draw otherwise.
pub(super) const fn is_bar(c: char) -> bool {
    matches!(
        c,
        '|' | '\u{a6}'
            | '\u{1c0}'
            | '\u{2016}'
            | '\u{2223}'
            | '\u{2225}'
            | '\u{23d0}'
            | '\u{2502}'
            | '\u{2503}'
            | '\u{2551}'
            | '\u{2758}'
            | '\u{4e28}'
    )
}

/// A colon that fonts and programs draw otherwise.
pub(super) const fn is_colon(c: char) -> bool {
    matches!(
        c,
        '\u{2d0}' | '\u{589}' | '\u{5c3}' | '\u{2236}' | '\u{a789}' | '\u{fe13}' | '\u{fe55}' | '\u{ff1a}'
    )
}

fn plain_dashes(text: &str) -> String {
    text.chars().map(|c| if is_dash(c) && c != '\u{30fc}' { '-' } else { c }).collect()
}

/// An address whose pairs stand apart, with colons between them; anything else as it is.
fn in_pairs(value: &str) -> String {
    let value = trim(value);
    let colons = value.replace(' ', ":");
    if !value.contains(':') && is_mac(&colons) { colons } else { value.to_owned() }
}

/// A value in which no white space stands, so that line breaks were put in.
fn joined(value: &str) -> Cow<'_, str> {
    if !value.contains('\n') {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.lines().map(|line| trim(without_mark(line))).collect())
}

/// What is around a text of four parts, looked for in its ends.
fn around(text: &str, last: &str, has_lines: bool, glance: Glance) -> Option<Surroundings> {
    if text.starts_with(is_quote) || text.ends_with(is_quote) {
        return Some(Surroundings::Quotes);
    }
    // A row of a table.
    if text.starts_with("| ") && text.ends_with(" |") {
        return Some(Surroundings::Markup);
    }
    // YAML's mark of a text that follows.
    if has_lines && text.split_once('\n').is_some_and(|(first, _)| first.trim_end().ends_with(": |")) {
        return Some(Surroundings::Label);
    }
    if !is_model(last) && last.contains(['"', '<', '>', '{', '}']) {
        return Some(Surroundings::Inside);
    }
    if glance.is_beyond_ascii() && text.contains('\u{2026}') {
        return Some(Surroundings::Ellipsis);
    }
    if glance.may_have_escapes() && has_escapes(text) {
        return Some(Surroundings::Escapes);
    }
    // A processor with something after it.
    let words = || last.split(|c: char| !c.is_ascii_alphanumeric());
    (last.len() > MODEL && words().any(is_model) && !last.split(',').all(|value| is_model(value.trim())))
        .then_some(Surroundings::Inside)
}

fn is_model(word: &str) -> bool {
    word.len() == MODEL && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What happened to a value on the way, so that it would be taken for another machine's; none for junk, which is left
/// out anyway.
fn damage(kind: Kind, value: &str, realm: &Realm) -> Option<Surroundings> {
    // A row of a table in which one of our own stands.
    if value.len() >= LEAST_DF1 && (holds_df1(value) || df1_within::stands_in(value, realm)) {
        return Some(Surroundings::Inside);
    }
    // A bar before it was lost, and another is too many.
    if kind != Kind::Cpu && value.len() >= MODEL && (processor(value).is_some() || holds_pairs(value)) {
        return Some(Surroundings::Inside);
    }
    if is_model(value) {
        return None;
    }
    let plain =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'_' | b'-' | b'/' | b'+' | b'#' | b'@');
    if kind != Kind::Cpu && value.bytes().all(plain) && !has_spaced_slash(value) {
        return None;
    }
    let is_value = |read: Result<String, Dropped>| matches!(read, Ok(_) | Err(Dropped::WrongForm));
    if value.is_empty() || !is_value(normalise(kind, value)) {
        return None;
    }
    if value.contains(|c: char| c.is_ascii_control()) {
        return Some(Surroundings::Characters);
    }
    if kind == Kind::Cpu {
        // Digits of a model to which something was done; others write a processor's name here.
        let bare = value.chars().filter(|c| !c.is_whitespace());
        let digits = value.bytes().filter(u8::is_ascii_hexdigit).count();
        let words = bare.clone().count() < value.chars().count();
        let mut said = bare.clone().filter(char::is_ascii_alphanumeric);
        let model = digits >= LEAST_DIGITS && (!words || said.all(|c| c.is_ascii_hexdigit()));
        if model && !is_model(value) {
            return Some(Surroundings::Characters);
        }
    }
    // What firmware gives where nothing was written.
    let others = value.chars().filter(|c| !c.is_ascii()).count();
    if 2 * others >= value.chars().count() {
        return None;
    }
    if value.contains("...") || value.contains('\u{2026}') {
        return Some(Surroundings::Ellipsis);
    }
    if value.contains(['<', '>']) || value.contains("**") {
        return Some(Surroundings::Markup);
    }
    let breaks = ["\\n", "\\r", "\\t"].iter().any(|code| value.contains(code));
    // A name of Windows for a disk has several.
    let lone = match kind {
        Kind::Disk => value.matches('\\').count() == 1 || value.starts_with('\\') || value.ends_with('\\'),
        _ => value.contains('\\'),
    };
    if breaks || lone || value.contains('^') {
        return Some(Surroundings::Escapes);
    }
    if value.contains(|c: char| is_quote(c) && c != '\'') || value.starts_with('\'') || value.ends_with('\'')
    {
        return Some(Surroundings::Quotes);
    }
    let count = |mark: char| value.matches(mark).count();
    let open =
        [('(', ')'), ('[', ']'), ('{', '}')].into_iter().any(|(open, close)| count(open) != count(close));
    // Its name before it: `SerialNumber=…`, `SN: …`; all of it in brackets.
    let named = |mark: &str| {
        value.split_once(mark).is_some_and(|(name, rest)| {
            !rest.is_empty() && name.len() >= 2 && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b' ')
        })
    };
    let bracketed = value.starts_with('[') && value.ends_with(']');
    if named("=") || named(": ") || bracketed {
        return Some(Surroundings::Label);
    }
    if open || value.contains([';', '\t']) || has_spaced_slash(value) || value.ends_with(['=', '&', '~']) {
        return Some(Surroundings::Inside);
    }
    (others > 0 || value.contains(is_odd)).then_some(Surroundings::Characters)
}

/// Whether a slash stands where a bar stood.
fn has_spaced_slash(value: &str) -> bool {
    value.contains('/') && (value.contains(" / ") || value.starts_with("/ ") || value.ends_with(" /"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Fingerprint, FingerprintError> {
        Fingerprint::parse(text, &Realm::new("https://vendor.example"))
    }

    #[test]
    fn a_part_that_was_changed_on_the_way_names_no_other_machine() {
        use Surroundings::*;
        for (disk, board, around) in [
            ("S4EWNX0M123456", "PF2QX7R9\\", Escapes),
            ("S4EWNX0M123456^", "PF2QX7R9", Escapes),
            ("S4EWNX0M123456", "> PF2QX7R9", Markup),
            ("S4EWNX0M123456", "PF2Q<br>X7R9", Markup),
            ("S4EWNX0M123456<wbr>", "PF2QX7R9", Markup),
            ("S4EW...3456", "PF2QX7R9", Ellipsis),
            ("S4EWNX0M123456", "\"PF2QX7R9\"", Quotes),
            ("S4EWNX0M123456", "'PF2QX7R9", Quotes),
            ("S4EWNX0M123456", "PF2QX7R9)", Inside),
            ("04:7C:16:5E:E3:5D;S4EWNX0M123456", "PF2QX7R9", Inside),
            ("04:7C:16:5E:E3:5D", "S4EWNX0M123456", Inside),
            ("S4EWNX0M123456", "PF2QX7Р9", Characters),
            ("S4EWNÉ0M123456", "PF2QX7R9", Characters),
            ("SerialNumber=S4EWNX0M123456", "PF2QX7R9", Label),
            ("S4EWNX0M123456", "Board: PF2QX7R9", Label),
            ("[S4EWNX0M123456]", "PF2QX7R9", Label),
        ] {
            for first in ["", "04:7C:16:5E:E3:5E"] {
                let text = format!("{first}|{disk}|{board}|BFEBFBFF00090672");
                assert_eq!(read(&text), Err(FingerprintError::NotAlone(around)), "{text}");
            }
        }
        for cpu in [
            "BFEBFBFF0009067",
            "BFEBFBFF000906722",
            "BFEBFBFFO0090672",
            "BFEBFBFF00O9O672.",
            "BFEBFBFF00\\n090672.",
            "BFEB FBFF 0009 0672",
            "BFEBFBFF00090672\nSent from my phone",
            "BFEB\n* FBFF00090672",
            "BFEBFBFF00090672\nBest regards\nAnna",
        ] {
            let text = format!("|S4EWNX0M123456|PF2QX7R9|{cpu}");
            assert!(read(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_as_makers_write_them_are_no_damage() {
        for (disk, board, cpu, values) in [
            ("0025_38B1_71B1_2345.", "/7F3K2X3/CNPE10012300AB/", "BFEBFBFF00090672", 3),
            ("A7Q9\\S4EWNX0M\\123456", "..CN7082166HC00D.", "Intel(R) Core(TM) i7-9700", 2),
            (
                "nvme.1cc1-324b34383230413142324333-414441544120535838323030504e50-00000001",
                "*A1B2-77*",
                "",
                2,
            ),
            ("t10.ATA     SSD860 EVO 500GB                        S3Z2NB0K771245", "(none)", "000906EA", 1),
            ("{5A3F0C81-77}", "PF2Q (7)", "GenuineIntel", 2),
            ("\u{fffd}\u{fffd}\u{fffd}A", "PF2QX7R9", "", 1),
        ] {
            let text = format!("04:7C:16:5E:E3:5D|{disk}|{board}|{cpu}");
            assert_eq!(read(&text).map(|read| read.components().len()), Ok(1 + values), "{text}");
        }
    }

    #[test]
    fn other_bars_colons_and_spaces_are_read_behind_an_address() {
        let meant = read("04:7C:16:5E:E3:5D|S4EWNX0M123456|PF2QX7R9|").unwrap();
        for mac in ["04∶7C∶16∶5E∶E3∶5D", "04꞉7C꞉16꞉5E꞉E3꞉5D", "04 7C 16 5E E3 5D", "047C165EE35D"]
        {
            for bar in ["|", "丨", "∣", "│", "ǀ", "║", " ⏐ "] {
                let text = [mac, "S4EWNX0M123456", "PF2QX7R9", ""].join(bar);
                assert_eq!(read(&text).as_ref(), Ok(&meant), "{text}");
            }
        }
    }
}
