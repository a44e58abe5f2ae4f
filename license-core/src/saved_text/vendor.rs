//! Vendor files that were sent and saved again.

use super::decode::{decode_ascii, decode_utf8};
use super::unwrap::{joined, readings};
use super::{SavedText, SavedTextError, unread};
use crate::VendorFile;
use crate::typography::{is_dash, is_quote};

/// Members of a vendor file and of its keys.
const MEMBERS: [&str; 11] =
    ["issuer", "product", "realm", "server", "test", "kty", "crv", "x", "kid", "alg", "use"];

/// The vendor file in a file or a paste: as it is, or without what a mail or an editor did to it, if it reads so. A
/// table of texts that is no vendor file comes back as it is, for [`VendorFile`] to say what is wrong with it.
///
/// # Errors
/// What the text is instead.
pub fn vendor_file(bytes: &[u8]) -> Result<String, SavedTextError> {
    let text = match decode_utf8(bytes) {
        Err(SavedTextError::NotUtf8) => return in_another_code(bytes),
        text => text?,
    };
    certain(&read(text)?)
}

/// The vendor file in a text in an 8-bit code, if all that it says is ASCII: comments and what stands around may be more.
fn in_another_code(bytes: &[u8]) -> Result<String, SavedTextError> {
    let text = read(decode_ascii(bytes)?)?;
    if text.parse::<VendorFile>().is_ok() { certain(&text) } else { Err(SavedTextError::NotUtf8) }
}

/// A vendor file, unless a word processor has changed what it says: no address has a typographic dash or quote, and where
/// the file was repaired, the dash of a product's name may have been another.
///
/// Source: RFC 3986 for addresses; RFC 5892 disallows these characters in names of hosts.
fn certain(text: &str) -> Result<String, SavedTextError> {
    let is_typographic = |c: char| !c.is_ascii() && (is_dash(c) || is_quote(c));
    let has_changed = |value: &str| value.contains("://") && value.contains(is_typographic);
    let Ok(file) = text.parse::<VendorFile>() else { return Ok(text.to_owned()) };
    let is_read = |line: &str| !line.contains('\u{fffd}') || line.trim_start().starts_with('#');
    if !text.lines().all(is_read) {
        return Err(SavedTextError::NotUtf8);
    }
    let said = [Some(&file.issuer), Some(&file.product), file.realm.as_ref(), file.server.as_ref()];
    let is_code = |code: &str| code.split(is_typographic).all(|part| !part.is_empty() && is_plain_code(part));
    let product_changed = file.product.contains(is_typographic) && is_code(&file.product);
    if product_changed || said.into_iter().flatten().any(|value| has_changed(value)) {
        return Err(SavedTextError::Damaged(SavedText::VendorFile));
    }
    Ok(text.to_owned())
}

/// Letters, digits and signs of which product codes are made.
fn is_plain_code(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn read(text: String) -> Result<String, SavedTextError> {
    // What mail programs and web pages put into words, where it cannot be seen.
    let text = text.replace(['\u{ad}', '\u{200b}', '\u{2060}', '\u{feff}'], "");
    if text.parse::<VendorFile>().is_ok() {
        return Ok(text);
    }
    // It is not to be repaired where it is what it was meant to be.
    let readings = readings(&text);
    if super::kind::is(SavedText::Settings, &text) || super::kind::is(SavedText::PrivateKey, &text) {
        return unread(&readings, SavedText::VendorFile).map_or(Ok(text), Err);
    }
    let is_whole = text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("issuer"));
    if !is_whole && let Some(found) = readings.iter().find_map(|text| repaired(text)) {
        return Ok(found);
    }
    match unread(&readings, SavedText::VendorFile) {
        Some(what) if !is_whole => Err(what),
        _ if is_whole || text.parse::<toml::Table>().is_ok() => Ok(text),
        _ => Err(SavedTextError::Nothing(SavedText::VendorFile)),
    }
}

/// The vendor file in a text, with nothing but other text before and behind it, in plain quotes and whole lines.
fn repaired(text: &str) -> Option<String> {
    // A dot is never written so in what is no address: that layer is still on.
    if !text.contains("issuer") || text.contains("%2E") {
        return None;
    }
    let plain: String = text.chars().map(|c| if is_quote(c) && c != '\'' { '"' } else { c }).collect();
    let lines: Vec<&str> = plain.lines().filter(|line| !is_fence(line)).collect();
    let first = lines.iter().position(|line| is_of_vendor_file(line))?;
    let last = lines.iter().rposition(|line| is_of_vendor_file(line))?;
    // A last line that was broken goes on.
    let rest = &lines[last + 1..];
    let more = rest.iter().take_while(|line| !line.trim().is_empty()).count();
    [last, last + 1, last + more].into_iter().find_map(|end| {
        let whole = joined(&lines.get(first..=end)?.join("\n"));
        let text = whole.lines().map(with_plain_dashes).collect::<Vec<_>>().join("\n");
        text.parse::<VendorFile>().is_ok().then_some(text)
    })
}

/// Whether a line sets a fence around a text in Markdown.
fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    ["```", "\"\"\"", "~~~"].iter().any(|fence| line.starts_with(fence))
}

fn is_of_vendor_file(line: &str) -> bool {
    let line = line.trim();
    line == "[[keys]]" || line.split_once('=').is_some_and(|(name, _)| MEMBERS.contains(&name.trim()))
}

/// A line with plain dashes, if it holds a key, which has no others; a long one is two.
fn with_plain_dashes(line: &str) -> String {
    if !line.split_once('=').is_some_and(|(name, _)| matches!(name.trim(), "x" | "kid")) {
        return line.to_owned();
    }
    line.replace('\u{2014}', "--").chars().map(|c| if is_dash(c) { '-' } else { c }).collect()
}
