//! License requests that were carried by mail.

use std::cell::Cell;

use serde_json::Value;

use super::decode::{decode_ascii, decode_utf8, of_two_bytes};
use super::request_checksum::{CHECKSUM, holds};
use super::unwrap::readings;
use super::{SavedText, SavedTextError, unread};
use crate::typography::is_quote;

/// What tells a request from other objects.
pub(super) const MEMBER: &str = "license_request";

/// Most places in a text at which a request is looked for.
const MOST: usize = 32;
/// Most braces before a member's name that may be where its object begins: a request holds one object, its key.
const MOST_STARTS: usize = 3;

/// The request in a file or a paste, as one JSON object. One that is a JSON object comes back as it is; so does what is
/// none, for the reader to say what is wrong with it.
///
/// # Errors
/// What the text is instead, or that there are several requests in it.
pub fn request(bytes: &[u8]) -> Result<String, SavedTextError> {
    let (text, is_utf8) = match decode_utf8(bytes) {
        // Text in an 8-bit code may stand around one in ASCII.
        Err(SavedTextError::NotUtf8) => (decode_ascii(bytes)?, false),
        text => (text?, true),
    };
    let whole = text.trim();
    match serde_json::from_str::<Value>(whole) {
        Ok(Value::Object(object)) if object.contains_key(MEMBER) => return checked(whole),
        // What `license-agent request --json` prints.
        Ok(Value::Object(object)) => {
            if let Some(Value::String(inner)) = object.get("request").filter(|inner| is_request(inner)) {
                return checked(inner);
            }
        }
        Ok(value @ Value::String(_)) if is_request(&value) => {
            return checked(value.as_str().unwrap_or_default());
        }
        _ => {}
    }
    let mut readings = readings(&text);
    readings.extend(of_two_bytes(bytes).map(|text| super::unwrap::readings(&text)).unwrap_or_default());
    let all: Vec<_> = readings.iter().map(|text| requests(text)).collect();
    // What its checksum proves counts before everything else, in whichever reading it is.
    let mut whole_ones: Vec<&Value> = Vec::new();
    for object in all.iter().flat_map(|(_, found)| found).filter(|object| object.get(CHECKSUM).is_some()) {
        if holds(object) && !whole_ones.contains(&object) {
            whole_ones.push(object);
        }
    }
    match whole_ones.as_slice() {
        [] => {}
        [one] => return checked(&one.to_string()),
        several => return Err(SavedTextError::Several(several.len())),
    }
    // What was put before a line, within a text, stays in it where its layer is not taken off: the reading with the
    // fewest breaks counts, and of those with some the shortest.
    let all = all.into_iter().filter(|(_, found)| !found.is_empty());
    let found = all.min_by_key(|(breaks, _)| *breaks).map(|(_, found)| found).unwrap_or_default();
    if found.iter().any(|object| object.get(CHECKSUM).is_some()) {
        return Err(if is_utf8 {
            SavedTextError::Damaged(SavedText::Request)
        } else {
            SavedTextError::NotUtf8
        });
    }
    match found.as_slice() {
        [] => match unread(&readings, SavedText::Request) {
            Some(what) => Err(what),
            None if !is_utf8 => Err(SavedTextError::NotUtf8),
            None if whole.starts_with('{') || !whole.contains(char::is_whitespace) => Ok(whole.to_owned()),
            None => Err(SavedTextError::Nothing(SavedText::Request)),
        },
        [one] if is_untouched(one) && !has_broken_id(one) => checked(&one.to_string()),
        [_] => Err(SavedTextError::Damaged(SavedText::Request)),
        several => Err(SavedTextError::Several(several.len())),
    }
}

/// A request as it is handed on: its checksum holds, where it has one, and every character of it could be read.
fn checked(text: &str) -> Result<String, SavedTextError> {
    if text.contains('\u{fffd}') {
        return Err(SavedTextError::NotUtf8);
    }
    match serde_json::from_str::<Value>(text) {
        Ok(object) if object.get(CHECKSUM).is_some() && !holds(&object) => {
            Err(SavedTextError::Damaged(SavedText::Request))
        }
        _ => Ok(text.to_owned()),
    }
}

/// Whether an id that has no checksum of its own was broken into lines: nobody knows which spaces were in it.
fn has_broken_id(object: &Value) -> bool {
    let id = object.get("fingerprint").and_then(Value::as_str).unwrap_or_default().trim();
    !has_own_checksum(id) && id.contains(['\n', '\t'])
}

/// Whether a text is one of ours, wherever it was broken.
fn has_own_checksum(text: &str) -> bool {
    let start = text.chars().filter(|c| !c.is_whitespace()).take(4);
    start.map(|c| c.to_ascii_uppercase()).eq("DF1-".chars())
}

/// Whether no number of a line is left within its texts; a break alone is taken out where they are read.
fn is_untouched(value: &Value) -> bool {
    let is_plain =
        |text: &str| !text.as_bytes().windows(2).any(|two| two[0].is_ascii_digit() && two[1] == b'\t');
    match value {
        Value::String(text) => is_plain(text),
        Value::Array(values) => values.iter().all(is_untouched),
        Value::Object(object) => object.iter().all(|(name, value)| is_plain(name) && is_untouched(value)),
        _ => true,
    }
}

/// Whether a value is a text that is a request as it was made.
fn is_request(value: &Value) -> bool {
    let inner = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    inner.is_some_and(|inner| inner.get(MEMBER).is_some())
}

/// The different requests in a text, and how many line breaks stand within their texts, with their length if any do.
fn requests(text: &str) -> ((usize, usize), Vec<Value>) {
    // Quotes of a word processor; an apostrophe in a machine's name stays one.
    let plain: String =
        text.chars().map(|c| if is_quote(c) && !is_apostrophe(c) { '"' } else { c }).collect();
    let mut found = Vec::new();
    let (mut from, mut breaks) = (0, 0);
    // The names may be broken as well, each in one place.
    let (first, second) = MEMBER.split_once('_').unwrap_or((MEMBER, MEMBER));
    for _ in 0..MOST {
        let rest = plain.get(from..).unwrap_or_default();
        let next =
            [first, second, "fingerprint"].into_iter().filter_map(|name| Some((rest.find(name)?, name)));
        let next = next.min();
        let Some((at, name)) = next.map(|(at, name)| (from + at, name)) else { break };
        // The key before it may be an object as well, which ends before the name.
        let starts = plain[from..at].rmatch_indices('{').take(MOST_STARTS);
        let around = |start: usize| object_at(&plain, from + start).filter(|(_, end, _)| *end > at);
        let Some((object, end, broken)) = starts.map(|(start, _)| start).find_map(around) else {
            from = at + name.len();
            continue;
        };
        from = end;
        let object = joined(&object).unwrap_or_else(|| tidied(object));
        if object.get(MEMBER).is_some() && !found.contains(&object) {
            found.push(object);
            breaks += broken;
        }
    }
    let length = if breaks == 0 { 0 } else { found.iter().map(|object| object.to_string().len()).sum() };
    ((breaks, length), found)
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '\u{b4}' | '\u{2018}' | '\u{2019}' | '\u{2032}')
}

/// The object that begins at a brace, where it ends, and how many line breaks stand within its texts. White space between its words goes; a line break in a text,
/// where JSON has none, is kept as one, with the white space around it.
fn object_at(text: &str, start: usize) -> Option<(Value, usize, usize)> {
    let (mut depth, mut in_text) = (0_u32, false);
    // How many characters of an escape are still to come.
    let (mut escape, mut breaks) = (0_u8, 0);
    let mut json = String::new();
    for (at, c) in text[start..].char_indices() {
        match c {
            '\n' if escape > 0 => {
                breaks += 1;
                continue;
            }
            '\n' if in_text => {
                breaks += 1;
                json.push_str("\\n");
            }
            '\t' if in_text => {
                breaks += 1;
                json.push_str("\\t");
            }
            c if !in_text && c.is_whitespace() => {}
            c => json.push(c),
        }
        match c {
            'u' if escape == 1 => escape = 4,
            _ if escape > 0 => escape -= 1,
            '\\' if in_text => escape = 1,
            '"' => in_text = !in_text,
            '{' if !in_text => depth += 1,
            '}' if !in_text => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return serde_json::from_str(&json).ok().map(|value| (value, start + at + 1, breaks));
                }
            }
            _ => {}
        }
    }
    None
}

/// Most line breaks for each of which it is tried whether it was a space.
const MOST_BREAKS: u32 = 10;

/// The object whose breaks within texts are taken out in the one way in which its checksum holds; none where it has no
/// checksum or none holds.
fn joined(object: &Value) -> Option<Value> {
    let object = with_whole_codes(with_whole_names(object.clone()));
    object.get(CHECKSUM)?;
    let spaced = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let ways: [&dyn Fn(&str) -> String; 4] = [
        &str::to_owned,
        // Broken at a column, or behind a space that stayed.
        &|text| text.replace('\n', ""),
        &|text| text.lines().map(str::trim).collect(),
        &spaced,
    ];
    ways.iter().map(|way| with_texts(&object, way)).find(holds).or_else(|| joined_one_by_one(&object))
}

/// The same where a mail program broke behind a dash here and at a space there.
fn joined_one_by_one(object: &Value) -> Option<Value> {
    let count = Cell::new(0);
    with_texts(object, &|text| {
        count.set(count.get() + text.matches('\n').count());
        String::new()
    });
    let count = u32::try_from(count.get()).ok().filter(|count| *count <= MOST_BREAKS)?;
    (0..1_u32 << count).map(|spaces| with_spaces(object, spaces)).find(holds)
}

/// The object with each break a space or nothing, as the bits say.
fn with_spaces(object: &Value, spaces: u32) -> Value {
    let bits = Cell::new(spaces);
    with_texts(object, &|text| {
        let mut lines = text.split('\n');
        let mut whole = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            whole.truncate(whole.trim_end().len());
            whole.push_str(if bits.get() & 1 == 1 { " " } else { "" });
            whole.push_str(line.trim_start());
            bits.set(bits.get() >> 1);
        }
        whole
    })
}

/// The object whose members that hold no white space have none: the code, a text with a checksum of its own.
fn with_whole_codes(mut object: Value) -> Value {
    for (name, value) in object.as_object_mut().into_iter().flatten() {
        if let Value::String(text) = value
            && (["activation_code", CHECKSUM].contains(&name.as_str()) || has_own_checksum(text))
        {
            text.retain(|c| !c.is_whitespace());
        }
    }
    object
}

/// The same object with each of its texts turned.
fn with_texts(value: &Value, turn: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(turn(text)),
        Value::Object(members) => {
            let members = with_whole_names(Value::Object(members.clone()));
            let turned = members.as_object().into_iter().flatten();
            Value::Object(turned.map(|(name, value)| (name.clone(), with_texts(value, turn))).collect())
        }
        other => other.clone(),
    }
}

/// Without the breaks where none can be: names of members and keys have no white space, a machine's name is one line.
/// Codes and fingerprints are read by their own rules.
fn tidied(object: Value) -> Value {
    let mut object = with_whole_names(object);
    if let Some(Value::String(name)) = object.get_mut("name") {
        *name = one_line(name);
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

/// A text whose breaks, with the white space around each, are one space.
fn one_line(text: &str) -> String {
    if !text.contains('\n') {
        return text.to_owned();
    }
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn with_whole_names(value: Value) -> Value {
    let whole = |name: String| if name.contains('\n') { name.split_whitespace().collect() } else { name };
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (whole(name), value)).collect())
        }
        other => other,
    }
}
