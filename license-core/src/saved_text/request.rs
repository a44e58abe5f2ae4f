//! License requests that were carried by mail.

use serde_json::Value;

use super::decode::decode;
use super::{SavedText, SavedTextError, named};
use crate::typography::{folded, is_quote, unquoted};

/// What tells a request from other objects.
const MEMBER: &str = "license_request";

/// The request in a file or a paste, as one JSON object. One that is a JSON object comes back as it is; so does what is
/// none, for the reader to say what is wrong with it.
///
/// # Errors
/// What the text is instead, or that there are several requests in it.
pub fn request(bytes: &[u8]) -> Result<String, SavedTextError> {
    let text = decode(bytes)?;
    let whole = text.trim();
    match serde_json::from_str::<Value>(whole) {
        Ok(Value::Object(object)) if object.contains_key(MEMBER) => return Ok(whole.to_owned()),
        // What `license-agent request --json` prints.
        Ok(Value::Object(object)) => {
            if let Some(Value::String(inner)) = object.get("request") {
                return Ok(inner.clone());
            }
        }
        Ok(Value::String(inner)) if inner.contains(MEMBER) => return Ok(inner),
        _ => {}
    }
    let plain = plain(&text);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = plain.get(from..).and_then(|rest| rest.find(MEMBER)).map(|at| from + at) {
        let Some((object, end)) = plain[..at].rfind('{').and_then(|start| object_at(&plain, start)) else {
            from = at + MEMBER.len();
            continue;
        };
        from = end.max(at + MEMBER.len());
        let object = tidied(object);
        if !found.contains(&object) {
            found.push(object);
        }
    }
    match found.as_slice() {
        [] => named(&text, SavedText::Request).map_or_else(|| Ok(whole.to_owned()), Err),
        [one] => Ok(one.to_string()),
        several => Err(SavedTextError::Several(several.len())),
    }
}

/// In plain characters, without marks of quotations, typographic quotes and the codes of quoted-printable.
fn plain(text: &str) -> String {
    let folded = folded(text);
    let lines = unquoted(&folded);
    let printable =
        if lines.contains("=\n") || lines.contains("=3D") { decoded(&lines) } else { lines.into_owned() };
    printable.chars().map(|c| if is_quote(c) && !matches!(c, '\'' | '`') { '"' } else { c }).collect()
}

/// [Quoted-printable](https://www.rfc-editor.org/rfc/rfc2045#section-6.7).
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, bytes.get(at + 1), code) {
            (b'=', Some(b'\n'), _) => at += 2,
            (b'=', _, Some(code)) => {
                out.push(code);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// The object that begins at a brace, and where it ends. A line break in a text, where JSON has none, is kept as one.
fn object_at(text: &str, start: usize) -> Option<(Value, usize)> {
    let (mut depth, mut in_text, mut escaped) = (0_u32, false, false);
    let mut json = String::new();
    for (at, c) in text[start..].char_indices() {
        match c {
            '\n' if in_text => json.push_str("\\n"),
            '\t' if in_text => json.push_str("\\t"),
            c => json.push(c),
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            '{' if !in_text => depth += 1,
            '}' if !in_text => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return serde_json::from_str(&json).ok().map(|value| (value, start + at + 1));
                }
            }
            _ => {}
        }
    }
    None
}

/// Without the breaks where none can be: names of members and keys have no white space, a machine's name is one line.
/// Codes and fingerprints are read by their own rules.
fn tidied(object: Value) -> Value {
    let mut object = with_whole_names(object);
    if let Some(Value::String(name)) = object.get_mut("name") {
        *name = name.replace('\n', " ");
    }
    if let Some(key) = object.get_mut("device_key") {
        *key = with_whole_names(key.take());
        for member in key.as_object_mut().into_iter().flat_map(|key| key.values_mut()) {
            if let Value::String(text) = member {
                text.retain(|c| !c.is_whitespace());
            }
        }
    }
    object
}

fn with_whole_names(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name.replace('\n', ""), value)).collect())
        }
        other => other,
    }
}
