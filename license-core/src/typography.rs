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
    if text.bytes().all(|b| b.is_ascii_graphic() || matches!(b, b' ' | b'\t')) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).map(plain).collect())
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
            ("D\0F\01\0", "DF1"),
            ("ＤＦ１－ａ｜ｂ", "DF1-a|b"),
            ("a\u{3000}b\u{a0}c", "a b c"),
            ("a\r\nb\rc\u{2028}d", "a\nb\nc\nd"),
        ] {
            assert_eq!(folded(text), meant);
        }
    }

    #[test]
    fn marks_of_a_quotation_are_off_where_all_lines_have_them() {
        assert_eq!(unquoted("> one\n>> two\n\n>three"), "one\ntwo\n\nthree");
        assert_eq!(unquoted("> one\ntwo"), "> one\ntwo");
    }
}
