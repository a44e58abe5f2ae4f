//! Characters that were written as codes on the way through other programs.

use std::borrow::Cow;

/// Most times that a text is turned back: one program may have put codes into what another had put codes into.
const ROUNDS: usize = 3;
/// Longest code, in characters: `&longleftarrow;` and colours of a terminal.
const LONGEST: usize = 24;

/// A text with the characters for which percent-encoding, entities, quoted-printable, backslashes, carets, Excel's
/// `_x007C_`, UTF-7 and a terminal's colours stand.
///
/// For telling what a text is, and for what a checksum proves afterwards: `=7C` may also be two digits behind a sign.
pub(crate) fn unescaped(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..ROUNDS {
        match once(&text) {
            Some(next) => text = Cow::Owned(next),
            None => break,
        }
    }
    text
}

fn once(text: &str) -> Option<String> {
    if !text.contains(['%', '&', '=', '\\', '^', '_', '+', '\u{1b}']) {
        return None;
    }
    // Percent-encoding and quoted-printable write bytes of UTF-8.
    let (mut bytes, mut rest, mut found) = (Vec::with_capacity(text.len()), text, false);
    while let Some(first) = rest.chars().next() {
        let (len, meant) = match code(rest) {
            Some((len, meant)) => {
                found = true;
                (len, meant)
            }
            None => (first.len_utf8(), Meant::Character(first)),
        };
        match meant {
            Meant::Nothing => {}
            Meant::Byte(byte) => bytes.push(byte),
            Meant::Character(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = &rest[len..];
    }
    found.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// What a code stands for.
enum Meant {
    Nothing,
    Byte(u8),
    Character(char),
}

/// The code at the beginning of a text: how long it is, and what it stands for.
fn code(text: &str) -> Option<(usize, Meant)> {
    match text.as_bytes().first()? {
        b'%' => hex(text, 1, 2).and_then(byte).map(|meant| (3, meant)).or_else(|| {
            text.get(1..2).filter(|u| u.eq_ignore_ascii_case("u"))?;
            Some((6, character(hex(text, 2, 4)?)?))
        }),
        b'=' if text.starts_with("=\n") => Some((2, Meant::Nothing)),
        b'=' => Some((3, byte(hex(text, 1, 2)?)?)),
        b'&' => entity(text),
        b'\\' => backslash(text),
        // The caret of a shell on Windows, and a terminal's way to show ESC.
        b'^' => match text.as_bytes().get(1)? {
            b'[' => Some((2, Meant::Character('\u{1b}'))),
            c @ (b'|' | b'&' | b'<' | b'>' | b'^' | b'"') => Some((2, Meant::Byte(*c))),
            _ => None,
        },
        b'_' => {
            let marked = text.get(1..2) == Some("x") && text.get(6..7) == Some("_");
            marked.then(|| Some((7, character(hex(text, 2, 4)?)?))).flatten()
        }
        b'+' => {
            const UTF7: [(&str, char); 6] = [
                ("+AHw-", '|'),
                ("+ADo-", ':'),
                ("+AC0-", '-'),
                ("+IBA-", '-'),
                ("+IBE-", '-'),
                ("+IBM-", '-'),
            ];
            let (code, meant) = UTF7.iter().find(|(code, _)| text.starts_with(code))?;
            Some((code.len(), Meant::Character(*meant)))
        }
        0x1b => Some((colour(text), Meant::Nothing)),
        _ => None,
    }
}

fn hex(text: &str, at: usize, len: usize) -> Option<u32> {
    let digits = text.get(at..at + len)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

fn byte(code: u32) -> Option<Meant> {
    u8::try_from(code).ok().map(Meant::Byte)
}

fn character(code: u32) -> Option<Meant> {
    char::from_u32(code).map(Meant::Character)
}

fn entity(text: &str) -> Option<(usize, Meant)> {
    const NAMES: [(&str, char); 22] = [
        ("amp", '&'),
        ("quot", '"'),
        ("apos", '\''),
        ("lt", '<'),
        ("gt", '>'),
        ("nbsp", ' '),
        ("ensp", ' '),
        ("emsp", ' '),
        ("thinsp", ' '),
        ("tab", '\t'),
        ("vert", '|'),
        ("verbar", '|'),
        ("verticalline", '|'),
        ("mid", '|'),
        ("brvbar", '|'),
        ("colon", ':'),
        ("ndash", '-'),
        ("mdash", '-'),
        ("minus", '-'),
        ("hyphen", '-'),
        ("dash", '-'),
        ("equals", '='),
    ];
    let body: &str = &text[1..];
    let is_hex = body.starts_with("#x") || body.starts_with("#X");
    let is_part = |b: &u8| match body.starts_with('#') {
        true if is_hex => b.is_ascii_hexdigit() || matches!(b, b'#' | b'x' | b'X'),
        true => b.is_ascii_digit() || *b == b'#',
        false => b.is_ascii_alphanumeric(),
    };
    let len = body.bytes().take(LONGEST).take_while(is_part).count();
    let closed = body[len..].starts_with(';');
    let name = body[..len].to_ascii_lowercase();
    let meant = if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        character(number)?
    } else if !closed {
        return None;
    } else if matches!(name.as_str(), "shy" | "zwnj" | "zwj" | "lrm" | "rlm") {
        Meant::Nothing
    } else {
        Meant::Character(NAMES.iter().find(|(known, _)| *known == name)?.1)
    };
    Some((1 + len + usize::from(closed), meant))
}

fn backslash(text: &str) -> Option<(usize, Meant)> {
    let meant = |c: char| Some((2, Meant::Character(c)));
    match text.as_bytes().get(1)? {
        b'n' | b'r' => meant('\n'),
        b't' => meant('\t'),
        b'e' => meant('\u{1b}'),
        b'x' => Some((4, character(hex(text, 2, 2)?)?)),
        b'u' if text.get(2..3) == Some("{") => {
            let len = text.bytes().take(LONGEST).position(|b| b == b'}')?;
            Some((len + 1, character(hex(text, 3, len - 3)?)?))
        }
        b'u' => Some((6, character(hex(text, 2, 4)?)?)),
        b'U' => Some((10, character(hex(text, 2, 8)?)?)),
        b'0' | b'1' => {
            let digits = text.get(1..4)?;
            Some((4, character(u32::from_str_radix(digits, 8).ok()?)?))
        }
        c if c.is_ascii_punctuation() => meant(char::from(*c)),
        _ => None,
    }
}

/// How long a terminal's colour or its end is: ESC, `[`, numbers, a letter.
fn colour(text: &str) -> usize {
    let Some(body) = text.strip_prefix("\u{1b}[") else { return 1 };
    let numbers =
        body.bytes().take(LONGEST).take_while(|b| b.is_ascii_digit() || matches!(b, b';' | b'?')).count();
    let last = body.as_bytes().get(numbers).is_some_and(u8::is_ascii_alphabetic);
    2 + numbers + usize::from(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_become_what_they_stand_for() {
        for code in [
            "a|b",
            "a%7Cb",
            "a%7cb",
            "a%257Cb",
            "a%u007Cb",
            "a&#124;b",
            "a&#x7C;b",
            "a&#124b",
            "a&amp;#124;b",
            "a&vert;b",
            "a&verbar;b",
            "a&VerticalLine;b",
            "a=7Cb",
            "a=\n|b",
            "a\\|b",
            "a\\x7cb",
            "a\\u007cb",
            "a\\u{7c}b",
            "a\\U0000007Cb",
            "a\\174b",
            "a^|b",
            "a_x007C_b",
            "a+AHw-b",
            "\u{1b}[1;32ma|b\u{1b}[0m",
            "\\e[32ma|b\\e[0m",
            "\\x1b[32ma|b\\033[0m",
            "^[[32ma|b",
            "a\\\\|b",
        ] {
            assert_eq!(unescaped(code), "a|b", "{code}");
        }
        assert_eq!(unescaped("a%E2%80%93b=E2=80=91c&#8209;d"), "a\u{2013}b\u{2011}c\u{2011}d");
    }

    #[test]
    fn what_is_no_code_stays() {
        for text in
            ["ACME\\Hode7-1291", "user@host.example/7F3A+99==", "100% é", "a & b", "\\", "&#;", "_x00_"]
        {
            assert_eq!(unescaped(text), text);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}|([%&=\\\\^_+#;x{}u\u{1b}\\[é0-9A-F]){0,40}") {
            let _ = unescaped(&text);
        }
    }
}
