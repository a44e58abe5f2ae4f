//! Texts from outside, on their way to a screen or a log.

use std::borrow::Cow;

/// A text with every character escaped that would move, hide or turn around what is shown beside it: control
/// characters, marks and overrides of the writing direction, invisible characters, and separators of lines.
///
/// A name that came from a network may hold them; what it is called stays as it is, only what is shown is changed. The
/// spelling, `\u{202e}`, is Rust's.
///
/// Source: Unicode Technical Report #36, section 2.10.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(misleads) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if misleads(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// JSON with the characters that [`shown`] spells out spelled as JSON does, `\u202e`: programs read the same, and a
/// terminal shows no more than is there. Line breaks, which in JSON are layout, stay.
#[must_use]
pub fn shown_in_json(json: &str) -> Cow<'_, str> {
    let is_spelled = |c: char| c != '\n' && misleads(c);
    if !json.chars().any(is_spelled) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_spelled(c) {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Whether a character moves, hides or turns around what is shown beside it.
#[must_use]
pub fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_mislead_is_spelled_out_and_the_rest_stays() {
        for (text, expected) in [
            ("8e5694c8", "8e5694c8"),
            ("授权 中文 Ünïcode", "授权 中文 Ünïcode"),
            ("a\u{202e}gpj.exe", "a\\u{202e}gpj.exe"),
            ("a\nb\r\tc\u{1b}[31m\u{7}", "a\\u{a}b\\u{d}\\u{9}c\\u{1b}[31m\\u{7}"),
            ("a\u{200b}\u{feff}\u{2066}b\u{2069}", "a\\u{200b}\\u{feff}\\u{2066}b\\u{2069}"),
            ("\u{9b}2J\u{85}\u{2028}", "\\u{9b}2J\\u{85}\\u{2028}"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    proptest! {
        #[test]
        fn json_says_the_same(text in any::<String>()) {
            let json = serde_json::to_string_pretty(&[&text]).unwrap();
            let shown = shown_in_json(&json);
            prop_assert!(!shown.chars().any(|c| c != '\n' && misleads(c)));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [text]);
        }

        #[test]
        fn nothing_that_misleads_is_left(text in any::<String>()) {
            prop_assert!(!shown(&text).chars().any(misleads));
        }
    }
}
