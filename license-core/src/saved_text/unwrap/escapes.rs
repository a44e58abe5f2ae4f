//! Characters that JSON, shells and addresses write as codes.

use std::fmt::Write as _;

use serde_json::Value;

use super::mail::hex;

/// The texts in a JSON document, or a text with its codes of backslashes read.
pub(super) fn json(text: &str) -> Option<String> {
    match serde_json::from_str::<Value>(text.trim()) {
        Ok(value @ (Value::Object(_) | Value::Array(_) | Value::String(_))) => {
            let mut texts = String::new();
            collect(&value, &mut texts);
            Some(texts)
        }
        _ => text.contains('\\').then(|| unescaped(text)).filter(|read| read != text),
    }
}

/// All texts in a value, one after the other; the parser bounds how deep they lie.
fn collect(value: &Value, texts: &mut String) {
    match value {
        Value::String(text) => _ = write!(texts, "{text}\n\n"),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(members) => members.values().for_each(|member| collect(member, texts)),
        _ => {}
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(code) = rest.chars().next() else { break };
        let digits = |from: usize, count: usize| u32::from_str_radix(rest.get(from..from + count)?, 16).ok();
        let (meant, taken) = match code {
            'n' | 'r' => (Some('\n'), 1),
            't' => (Some('\t'), 1),
            '\n' => (None, 1),
            'u' => (digits(1, 4).and_then(char::from_u32), 5),
            'x' => (digits(1, 2).and_then(char::from_u32), 3),
            c if c.is_ascii_punctuation() => (Some(c), 1),
            _ => (Some('\\'), 0),
        };
        out.extend(meant);
        rest = rest.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// How terminals, logs and shells write the character that begins a colour.
const ESCAPES: [&str; 6] = ["\u{1b}", "^[", "\\e", "\\x1b", "\\033", "\\u001b"];
/// Most characters of a colour's numbers.
const LONGEST_COLOUR: usize = 24;

/// Most bytes of a link's address or a title.
const LONGEST_TITLE: usize = 1024;

/// The text without a terminal's colours and movements, and without the links that terminals show.
///
/// Source: ECMA-48, control sequences (8.3.117 for colours); OSC 8 for links.
pub(super) fn colours(text: &str) -> Option<String> {
    if !ESCAPES.iter().any(|escape| text.contains(escape)) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\u{1b}', '^', '\\']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let escape = ESCAPES.iter().find(|escape| rest.starts_with(**escape));
        match escape.and_then(|escape| Some(escape.len() + sequence(&rest[escape.len()..])?)) {
            Some(len) => rest = &rest[len..],
            None => {
                let first = rest.chars().next().map_or(1, char::len_utf8);
                // The mark alone is no text.
                out.push_str(if rest.starts_with('\u{1b}') { "" } else { &rest[..first] });
                rest = &rest[first..];
            }
        }
    }
    out.push_str(rest);
    (out != text).then_some(out)
}

/// How long the sequence is behind its first character.
fn sequence(text: &str) -> Option<usize> {
    if let Some(body) = text.strip_prefix('[') {
        let numbers =
            body.bytes().take(LONGEST_COLOUR).take_while(|b| b"0123456789;?:<=>".contains(b)).count();
        return body.as_bytes().get(numbers).is_some_and(u8::is_ascii_alphabetic).then_some(numbers + 2);
    }
    // A link or a title, up to a bell or the end of strings: the next of them, so that each place is passed once.
    let body = text.strip_prefix(']')?;
    let end = body.bytes().take(LONGEST_TITLE).position(|b| matches!(b, 7 | 0x1b | b'\n'))?;
    match body.as_bytes()[end..] {
        [7, ..] => Some(end + 2),
        [0x1b, b'\\', ..] => Some(end + 3),
        _ => None,
    }
}

/// The codes that addresses are written in, read.
pub(super) fn percent(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match hex(&bytes[at + 1..]).filter(|_| byte == b'%') {
            Some(code) => {
                out.push(code);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok().filter(|read| read != text)
}
