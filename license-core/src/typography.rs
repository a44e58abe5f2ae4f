//! What editors, keyboards and mail programs put into a text, and the character that is meant.

use std::borrow::Cow;

/// Whether a character shows nothing and means nothing in an identifier: byte order marks, zero-width and direction
/// marks, soft hyphens, variation selectors, and the NUL that a text in UTF-16 is full of.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\0' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e01ef}')
}

/// The ASCII character that a full-width or small form stands for, a space for every space; any other as it is.
pub(crate) fn plain(c: char) -> char {
    match c {
        // The block repeats ASCII from `!` to `~`.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{ffe8}' => '|',
        '\u{fe50}' => ',',
        '\u{fe52}' => '.',
        '\u{fe55}' => ':',
        '\u{fe63}' => '-',
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{85}' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}' => '\n',
        other => other,
    }
}

/// Whether a character is a dash, or what keyboards and fonts give in its place.
pub(crate) const fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{2500}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{30fc}'
                | '\u{fe31}'
                | '\u{fe32}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{ff70}'
    )
}

/// Whether a character opens or closes what is quoted.
pub(crate) const fn is_quote(c: char) -> bool {
    matches!(c,
        '"' | '\'' | '`' | '\u{b4}' | '\u{ab}' | '\u{bb}' | '\u{2018}'..='\u{201f}' | '\u{2032}'..='\u{2036}'
        | '\u{2039}' | '\u{203a}' | '\u{275b}'..='\u{275e}' | '\u{300c}'..='\u{300f}' | '\u{301d}'..='\u{301f}'
        | '\u{ff02}' | '\u{ff07}' | '\u{ff40}')
}

/// The text without what is invisible, in plain characters, its lines ended by `\n`.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    // A byte order mark that was read in an 8-bit code and saved again.
    let text = text.strip_prefix("\u{ef}\u{bb}\u{bf}").unwrap_or(text);
    // Of all bytes at once, which is several times faster than to stop at the first.
    let is_odd = |b: u8| !(b.is_ascii_graphic() || matches!(b, b' ' | b'\t'));
    if !text.bytes().fold(false, |found, b| found | is_odd(b)) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).map(plain).collect())
}

/// The text as it was before it was read in another 8-bit code, retyped with the digits of another script, or shown with
/// marks for the ends of its lines; nothing if nothing was done to it.
///
/// Not for an identifier of a vendor's own, which may be written so.
pub(crate) fn mended(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let read = reread(text);
    let plain = |c: char| match c {
        '\u{b6}' | '\u{21a9}' | '\u{21b5}' | '\u{23ce}' | '\u{2424}' | '\u{240a}' | '\u{240d}' => '\n',
        c => ascii_digit(c).unwrap_or(c),
    };
    let mended: String = read.chars().map(plain).collect();
    (mended != text).then_some(mended)
}

/// A text whose UTF-8 was taken for Windows-1252, as it was; the few marks that matter where it was taken for a code of
/// DOS; any other as it is.
fn reread(text: &str) -> Cow<'_, str> {
    let bytes: Option<Vec<u8>> = text.chars().map(windows_1252).collect();
    if let Some(read) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
        return Cow::Owned(folded(&read).into_owned());
    }
    // In code pages 437 and 850: bars, dashes, a space that does not break.
    const MARKS: [(&str, &str); 12] = [
        ("\u{393}\u{f6}\u{e9}", "|"),
        ("\u{d4}\u{f6}\u{e9}", "|"),
        ("\u{252c}\u{aa}", "|"),
        ("\u{393}\u{c7}\u{f4}", "-"),
        ("\u{d4}\u{c7}\u{f4}", "-"),
        ("\u{393}\u{c7}\u{e6}", "-"),
        ("\u{d4}\u{c7}\u{e6}", "-"),
        ("\u{393}\u{c7}\u{c9}", "-"),
        ("\u{d4}\u{c7}\u{c9}", "-"),
        ("\u{393}\u{c7}\u{f6}", "-"),
        ("\u{d4}\u{c7}\u{f6}", "-"),
        ("\u{252c}\u{e1}", " "),
    ];
    let found = MARKS.iter().filter(|(mark, _)| text.contains(mark));
    found.fold(Cow::Borrowed(text), |text, (mark, plain)| Cow::Owned(text.replace(mark, plain)))
}

/// The byte of a character in Windows-1252; what it leaves free stands for itself.
fn windows_1252(c: char) -> Option<u8> {
    /// 0x80 to 0x9f.
    const MIDDLE: [u16; 32] = [
        0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152,
        0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122,
        0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
    ];
    let at = MIDDLE.iter().position(|middle| u32::from(*middle) == u32::from(c));
    at.and_then(|at| u8::try_from(0x80 + at).ok()).or_else(|| u8::try_from(u32::from(c)).ok())
}

/// The ASCII digit of a decimal digit of any script.
pub(crate) fn ascii_digit(c: char) -> Option<char> {
    /// The zeros of Unicode 14 (general category Nd) but ASCII's; nine others follow each.
    const ZEROS: [u32; 65] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
        0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
        0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066,
        0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
        0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
        0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
    ];
    let at = ZEROS.partition_point(|zero| *zero <= u32::from(c)).checked_sub(1)?;
    char::from_digit(u32::from(c).checked_sub(*ZEROS.get(at)?)?, 10)
}

/// Whether a character is a digit, but none of ASCII.
pub(crate) fn is_other_digit(c: char) -> bool {
    !c.is_ascii() && ascii_digit(c).is_some()
}

/// The lines without the `>` that mail programs put before what they quote, if it stands before each.
pub(crate) fn unquoted(text: &str) -> Cow<'_, str> {
    let is_quoted = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('>');
    if !text.contains('>') || !text.lines().all(is_quoted) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.lines().map(without_mark).collect::<Vec<_>>().join("\n"))
}

/// A line without the marks of a quotation.
pub(crate) fn without_mark(line: &str) -> &str {
    let is_mark = |c: char| c == '>' || c.is_whitespace();
    if line.trim_start().starts_with('>') { line.trim_start_matches(is_mark) } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_stays_as_it_is() {
        for text in ["vendor-id 7F3A-99", "设备编号七", "Größe", "04:7C:16:5E:E3:5D|a|b|c", "\ttabbed"]
        {
            assert_eq!(folded(text), text);
        }
    }

    #[test]
    fn what_is_meant_is_read() {
        for (text, meant) in [
            ("\u{feff}DF1", "DF1"),
            ("\u{ef}\u{bb}\u{bf}DF1", "DF1"),
            ("D\u{200b}F\u{ad}1", "DF1"),
            ("D\x00F\x001\x00", "DF1"),
            ("ＤＦ１－ａ｜ｂ", "DF1-a|b"),
            ("a\u{3000}b\u{a0}c", "a b c"),
            ("a\r\nb\rc\u{2028}d", "a\nb\nc\nd"),
        ] {
            assert_eq!(folded(text), meant);
        }
    }

    #[test]
    fn what_was_read_in_another_code_or_retyped_is_mended() {
        for (text, meant) in [
            ("a\u{c2}\u{a6}b", Some("a\u{a6}b")),
            ("a\u{e2}\u{201d}\u{201a}b", Some("a\u{2502}b")),
            ("a\u{e2}\u{20ac}\u{201c}b", Some("a\u{2013}b")),
            ("a\u{393}\u{f6}\u{e9}b", Some("a|b")),
            ("DF\u{661}-\u{6f2}\u{966}", Some("DF1-20")),
            ("D\u{23ce}F1", Some("D\nF1")),
            ("Größe", None),
            ("设备编号七", None),
            ("plain", None),
        ] {
            assert_eq!(mended(text).as_deref(), meant, "{text}");
        }
        assert_eq!(ascii_digit('\u{1fbf9}'), Some('9'));
        assert!(!is_other_digit('7') && !is_other_digit('七') && !is_other_digit('\u{66a}'));
    }

    #[test]
    fn marks_of_a_quotation_are_off_where_all_lines_have_them() {
        assert_eq!(unquoted("> one\n>> two\n\n>three"), "one\ntwo\n\nthree");
        assert_eq!(unquoted("> one\ntwo"), "> one\ntwo");
    }
}
