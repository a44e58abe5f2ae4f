//! Mails as they are saved: headers, parts, and the codes of their bodies.

use super::super::decode::{decode_ascii, of_two_bytes};

/// Headers by which a mail, a part of one or a saved page is known.
const HEADERS: [&str; 10] = [
    "from",
    "to",
    "subject",
    "date",
    "received",
    "return-path",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "message-id",
];
/// Most boundaries between parts that are looked for.
const BOUNDARIES: usize = 16;
/// More than the longest boundary, in characters.
const LONGEST_BOUNDARY: usize = 80;
/// Fewest characters of Base64 that may be a text of interest.
const SHORTEST_BASE64: usize = 24;

/// How a body was made fit for the way.
#[derive(Clone, Copy)]
enum Code {
    Plain,
    QuotedPrintable,
    Base64,
}

/// The bodies of a mail, or of a saved page of several parts, one after the other.
pub(super) fn bodies(text: &str) -> Option<String> {
    let start = text.trim_start();
    // A mailbox's line, and what some programs say before a mail that is passed on.
    let start = match start.split_once('\n') {
        Some((line, rest)) if line.starts_with("From ") || line.starts_with("-----") => rest.trim_start(),
        _ => start,
    };
    entity(start)?;
    let boundaries = boundaries(start);
    let mut parts = vec![String::new()];
    for line in start.lines() {
        let is_boundary = line.strip_prefix("--").is_some_and(|line| {
            let line = line.trim_end();
            boundaries.iter().any(|boundary| line == *boundary || line.strip_suffix("--") == Some(*boundary))
        });
        match parts.last_mut() {
            Some(part) if !is_boundary => {
                part.push_str(line);
                part.push('\n');
            }
            _ => parts.push(String::new()),
        }
    }
    let bodies: Vec<String> = parts
        .iter()
        .map(|part| {
            let Some((headers, body)) = entity(part.trim_start_matches('\n')) else { return part.clone() };
            match code(headers) {
                Code::Plain => body.to_owned(),
                Code::QuotedPrintable => decoded(body),
                Code::Base64 => base64(body).unwrap_or_default(),
            }
        })
        .collect();
    Some(bodies.join("\n\n"))
}

/// Headers and body, where a text begins with headers of which one is known. Lines among them that are none were broken
/// on the way.
fn entity(text: &str) -> Option<(&str, &str)> {
    let (headers, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let name = |line: &str| line.split_once(':').map(|(name, _)| name.to_ascii_lowercase());
    let is_header = |name: String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let begins = headers.lines().next().and_then(name).is_some_and(is_header);
    let is_known = |line: &str| name(line).is_some_and(|name| HEADERS.contains(&name.as_str()));
    (begins && headers.lines().any(is_known)).then_some((headers, body))
}

fn code(headers: &str) -> Code {
    let headers = headers.to_ascii_lowercase();
    let value = headers.lines().find_map(|line| line.strip_prefix("content-transfer-encoding:"));
    match value.map(str::trim) {
        Some("base64") => Code::Base64,
        Some("quoted-printable") => Code::QuotedPrintable,
        _ => Code::Plain,
    }
}

/// What stands between parts, in the whole text: parts may have parts.
fn boundaries(text: &str) -> Vec<&str> {
    // ASCII alone changes its case, so that places stay.
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (at, name) in lower.match_indices("boundary=") {
        let value = &text[at + name.len()..];
        let value = &value[..value.char_indices().nth(LONGEST_BOUNDARY).map_or(value.len(), |(end, _)| end)];
        let boundary = match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => value.split(|c: char| c.is_whitespace() || c == ';').next(),
        };
        found.extend(boundary.filter(|boundary| !boundary.is_empty()));
        if found.len() == BOUNDARIES {
            break;
        }
    }
    found
}

/// A text in [quoted-printable](https://www.rfc-editor.org/rfc/rfc2045#section-6.7), read.
pub(super) fn quoted_printable(text: &str) -> Option<String> {
    text.contains('=').then(|| decoded(text)).filter(|read| read != text)
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at + 1..];
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let code = hex(rest);
        if byte == b'=' && rest.get(blanks) == Some(&b'\n') {
            at += blanks + 2;
        } else if let (b'=', Some(code)) = (byte, code) {
            out.push(code);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).replace("\r\n", "\n")
}

/// The byte that two digits at the beginning name.
pub(super) fn hex(bytes: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// The texts in Base64 in a text, read: each run of lines that hold nothing else, and what stands behind the last word of
/// a `data:` address.
pub(super) fn base64(text: &str) -> Option<String> {
    let text =
        text.rsplit_once(";base64,").map_or(text, |(_, rest)| rest.trim_end_matches(['"', '\'', ')', ';']));
    let is_coded =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_' | b' ' | b'\t');
    let (mut texts, mut run) = (Vec::new(), String::new());
    for line in text.lines().chain([""]) {
        let line = line.trim();
        if !line.is_empty() && line.bytes().all(is_coded) && !line.starts_with("--") {
            run.extend(line.chars().filter(|c| !c.is_whitespace()));
        } else {
            texts.extend(base64_run(&run));
            run.clear();
        }
    }
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn base64_run(run: &str) -> Option<String> {
    let body = run.trim_end_matches('=');
    if body.len() < SHORTEST_BASE64 {
        return None;
    }
    let bytes = data_encoding::BASE64_NOPAD
        .decode(body.as_bytes())
        .or_else(|_| data_encoding::BASE64URL_NOPAD.decode(body.as_bytes()))
        .ok()?;
    // What is no text is none of interest; one in an 8-bit code may stand around something in ASCII.
    let is_text = |text: &String| !text.chars().any(|c| c.is_control() && !"\n\r\t\u{c}\u{1b}".contains(c));
    let text = of_two_bytes(&bytes).or_else(|| decode_ascii(&bytes).ok()).filter(is_text)?;
    Some(text.replace("\r\n", "\n"))
}

/// The texts in Base64 that settings give as values (YAML, TOML, a Secret of Kubernetes, variables), read.
pub(super) fn base64_values(text: &str) -> Option<String> {
    let values = text.lines().filter_map(|line| {
        let at = line.find([':', '='])?;
        let value = line[at + 1..].trim().trim_start_matches("!!binary").trim();
        let value = value.trim_matches(|c: char| c == ',' || crate::typography::is_quote(c));
        let is_coded = |b: u8| b.is_ascii_alphanumeric() || b"+/=-_".contains(&b);
        value.bytes().all(is_coded).then(|| base64_run(value)).flatten()
    });
    let values: Vec<String> = values.collect();
    (!values.is_empty()).then(|| values.join("\n\n"))
}
