//! The text in web pages, mails in HTML, and rich text.

/// Longest name of a character in HTML, in bytes.
const LONGEST_ENTITY: usize = 12;
/// Elements that hold no text.
const TEXTLESS: [&str; 3] = ["style", "script", "title"];
/// Elements within a line.
const INLINE: [&str; 16] = [
    "a", "b", "code", "em", "font", "i", "kbd", "mark", "o:p", "s", "samp", "span", "strong", "tt", "u",
    "wbr",
];

/// The text between tags, with the codes of characters read.
pub(super) fn web_page(text: &str) -> Option<String> {
    if !text.contains('<') && !text.contains('&') {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['<', '&'])).map(|found| at + found) {
        out.push_str(&text[at..found]);
        at = match text.as_bytes()[found] {
            b'<' => tag(&lower, found, &mut out),
            _ => entity(text, found, &mut out),
        };
    }
    out.push_str(text.get(at..).unwrap_or_default());
    (out != text).then_some(out)
}

/// Where the text goes on behind a tag; a `<` that begins none is one.
fn tag(lower: &str, found: usize, out: &mut String) -> usize {
    let rest = &lower[found + 1..];
    let (name, is_end) = rest.strip_prefix('/').map_or((rest, false), |name| (name, true));
    let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric() && c != ':').unwrap_or(name.len())];
    if name.is_empty() && !rest.starts_with(['!', '?']) {
        out.push('<');
        return found + 1;
    }
    let close = if rest.starts_with("!--") { "-->" } else { ">" };
    // A page that breaks off within a tag has no text behind it.
    let Some(end) = rest.find(close).map(|end| found + 1 + end + close.len()) else { return lower.len() };
    if !is_end && TEXTLESS.contains(&name) {
        let closing = format!("</{name}");
        return lower[end..].find(&closing).map_or(lower.len(), |at| end + at);
    }
    if !INLINE.contains(&name) && !rest.starts_with("!--") {
        out.push('\n');
    }
    end
}

/// Where the text goes on behind a character's code; a `&` that begins none is one.
fn entity(text: &str, found: usize, out: &mut String) -> usize {
    let rest = &text.as_bytes()[found + 1..];
    let end = rest.iter().take(LONGEST_ENTITY).position(|b| *b == b';');
    let name = end.and_then(|end| text.get(found + 1..found + 1 + end));
    let meant = name.and_then(|name| match name {
        "amp" => Some("&".to_owned()),
        "lt" => Some("<".into()),
        "gt" => Some(">".into()),
        "quot" | "ldquo" | "rdquo" => Some("\"".into()),
        "apos" | "lsquo" | "rsquo" => Some("'".into()),
        "nbsp" => Some(" ".into()),
        "shy" | "zwnj" => Some(String::new()),
        "period" => Some(".".into()),
        "lowbar" | "UnderBar" => Some("_".into()),
        "hyphen" | "dash" => Some("-".into()),
        "equals" => Some("=".into()),
        "lbrack" | "lsqb" => Some("[".into()),
        "rbrack" | "rsqb" => Some("]".into()),
        "NewLine" => Some("\n".into()),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).map(String::from)
        }
    });
    match (meant, end) {
        (Some(meant), Some(end)) => {
            out.push_str(&meant);
            found + 1 + end + 1
        }
        _ => {
            out.push('&');
            found + 1
        }
    }
}

/// The text of [rich text](https://www.biblioscape.com/rtf15_spec.htm): without its control words, and without groups
/// that describe fonts, colours and the document.
pub(super) fn rich_text(text: &str) -> Option<String> {
    // Lines that quoted-printable broke are joined first.
    if !super::is_rich_text(text) || text.contains("=\n") {
        return None;
    }
    let mut out = String::new();
    // How deep groups are nested, and from which depth on they hold no text.
    let (mut depth, mut silent): (usize, Option<usize>) = (0, None);
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                silent = silent.filter(|from| *from <= depth);
            }
            '\\' => {
                let (meant, taken, is_silent) = control(rest);
                if is_silent && silent.is_none() {
                    silent = Some(depth);
                }
                if silent.is_none() {
                    out.extend(meant);
                }
                rest = rest.get(taken..).unwrap_or_default();
            }
            '\r' | '\n' => {}
            c if silent.is_none() => out.push(c),
            _ => {}
        }
    }
    Some(out)
}

/// The character that a control stands for, how long it is, and whether its group holds no text.
fn control(rest: &str) -> (Option<char>, usize, bool) {
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    if letters == 0 {
        let code = rest.chars().next();
        return match code {
            Some('\'') => {
                let byte = super::mail::hex(&rest.as_bytes()[1..]);
                (byte.map(char::from), if byte.is_some() { 3 } else { 1 }, false)
            }
            Some('~') => (Some(' '), 1, false),
            Some('_') => (Some('-'), 1, false),
            Some('-') => (None, 1, false),
            Some('*') => (None, 1, true),
            Some('\n') => (Some('\n'), 1, false),
            Some(c) => (Some(c), c.len_utf8(), false),
            None => (None, 0, false),
        };
    }
    let word = &rest[..letters];
    let digits = rest[letters..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'-').count();
    let number = rest[letters..letters + digits].parse::<i32>().ok();
    let mut taken = letters + digits;
    taken += usize::from(rest[taken..].starts_with(' '));
    match word {
        "par" | "line" | "row" | "cell" | "page" | "sect" => (Some('\n'), taken, false),
        "tab" => (Some('\t'), taken, false),
        "ldblquote" | "rdblquote" => (Some('"'), taken, false),
        "lquote" | "rquote" => (Some('\''), taken, false),
        "endash" => (Some('\u{2013}'), taken, false),
        "emdash" => (Some('\u{2014}'), taken, false),
        // A signed number of 16 bits; the character behind it is for programs that do not know it.
        "u" => {
            let c = number.and_then(|n| char::from_u32(u32::try_from(n.rem_euclid(65_536)).ok()?));
            let spare = rest[taken..].chars().next().filter(|c| !"\\{}".contains(*c));
            (c, taken + spare.map_or(0, char::len_utf8), false)
        }
        "fonttbl" | "colortbl" | "stylesheet" | "info" | "pict" | "fldinst" | "listtable" => {
            (None, taken, true)
        }
        _ => (None, taken, false),
    }
}
