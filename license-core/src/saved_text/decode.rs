//! Bytes to text: byte order marks, UTF-16, and what is no text at all.

use super::SavedTextError;

/// How many bytes are looked at to tell what a file is.
const LOOKED_AT: usize = 4096;

/// The text in a file: UTF-8 with or without a mark, or UTF-16 or UTF-32 with one.
///
/// # Errors
/// What the file is, if it is none of these.
pub fn decode(bytes: &[u8]) -> Result<String, SavedTextError> {
    let text = decode_utf8(bytes)?;
    if super::unwrap::is_rich_text(&text) { Err(SavedTextError::Rtf) } else { Ok(text) }
}

/// [`decode`] for what is looked for in rich text as well.
pub(super) fn decode_utf8(bytes: &[u8]) -> Result<String, SavedTextError> {
    match unicode(bytes)? {
        Some(text) => Ok(text),
        None => std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| SavedTextError::NotUtf8),
    }
    .and_then(not_empty)
}

/// [`decode_utf8`] for what is found by its ASCII characters: text in an 8-bit code may stand around it.
pub(super) fn decode_ascii(bytes: &[u8]) -> Result<String, SavedTextError> {
    let text = unicode(bytes)?.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned());
    not_empty(text)
}

/// Text in an 8-bit code whose letters beyond ASCII take two bytes, of which the second may look like ASCII (GBK, Big5,
/// Shift JIS); none where the bytes are Unicode.
pub(super) fn of_two_bytes(bytes: &[u8]) -> Option<String> {
    if std::str::from_utf8(bytes).is_ok() || !matches!(unicode(bytes), Ok(None)) {
        return None;
    }
    let (mut text, mut rest) = (String::with_capacity(bytes.len()), bytes);
    while let Some((&first, after)) = rest.split_first() {
        rest = match (first, after) {
            (0..=0x7f, _) => {
                text.push(char::from(first));
                after
            }
            // GB 18030 has letters of four bytes, whose second is a digit.
            (_, [b'0'..=b'9', 0x81..=0xfe, b'0'..=b'9', others @ ..]) | (_, [0x40..=0xfe, others @ ..]) => {
                text.push('\u{fffd}');
                others
            }
            _ => {
                text.push('\u{fffd}');
                after
            }
        };
    }
    Some(text)
}

fn not_empty(text: String) -> Result<String, SavedTextError> {
    let is_filler = |c: char| c.is_whitespace() || crate::typography::is_invisible(c);
    if text.chars().all(is_filler) { Err(SavedTextError::Empty) } else { Ok(text) }
}

/// Text by its mark; none without one.
fn unicode(bytes: &[u8]) -> Result<Option<String>, SavedTextError> {
    if let Some(what) = by_its_beginning(bytes) {
        return Err(what);
    }
    let units = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        // A line feed of one byte that a tool added.
        let is_whole = matches!(odd, [] | [b'\n']);
        let text = String::from_utf16(&pairs.iter().map(|pair| unit(*pair)).collect::<Vec<_>>());
        text.ok().filter(|_| is_whole).map(Some).ok_or(SavedTextError::Utf16Broken)
    };
    let wide = |rest: &[u8], unit: fn([u8; 4]) -> u32| {
        let (fours, odd) = rest.as_chunks::<4>();
        let text: Option<String> = fours.iter().map(|four| char::from_u32(unit(*four))).collect();
        text.filter(|_| odd.is_empty()).map(Some).ok_or(SavedTextError::Utf16Broken)
    };
    match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => wide(rest, u32::from_le_bytes),
        [0, 0, 0xfe, 0xff, rest @ ..] => wide(rest, u32::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            std::str::from_utf8(rest).map(|text| Some(text.to_owned())).map_err(|_| SavedTextError::NotUtf8)
        }
        _ if is_utf16(bytes) => Err(SavedTextError::Utf16WithoutMark),
        _ => Ok(None),
    }
}

/// Whether about every second byte is zero, as in UTF-16 of texts that are mostly ASCII.
fn is_utf16(bytes: &[u8]) -> bool {
    let looked = &bytes[..bytes.len().min(LOOKED_AT)];
    let (pairs, _) = looked.as_chunks::<2>();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0 && pair[1 - at] != 0).count();
    let (high, low) = (zeros(0), zeros(1));
    // Invisible marks aside, text has no zeros: those of the one order are many, those of the other none.
    !pairs.is_empty() && high.max(low) * 2 >= pairs.len() && high.min(low) * 20 <= pairs.len()
}

fn by_its_beginning(bytes: &[u8]) -> Option<SavedTextError> {
    let has = |text: &[u8]| bytes[..bytes.len().min(LOOKED_AT)].windows(text.len()).any(|w| w == text);
    let document = |name: &[u8]| has(name);
    Some(match bytes {
        [b'P', b'K', 3, 4, ..] if document(b"[Content_Types].xml") || document(b"opendocument") => {
            SavedTextError::Office
        }
        [b'P', b'K', 3 | 5, 4 | 6, ..] => SavedTextError::Zip,
        [0x1f, 0x8b, ..]
        | [b'7', b'z', 0xbc, 0xaf, ..]
        | [b'R', b'a', b'r', b'!', ..]
        | [0xfd, b'7', b'z', b'X', ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', b'1', ..]
        | [0x28, 0xb5, 0x2f, 0xfd, ..]
        | [b'M', b'S', b'C', b'F', 0, ..] => SavedTextError::Archive,
        _ if bytes.get(257..262) == Some(b"ustar") => SavedTextError::Archive,
        // Documents of older programs and mails of Outlook; what Outlook attaches as winmail.dat.
        [0xd0, 0xcf, 0x11, 0xe0, ..] | [0x78, 0x9f, 0x3e, 0x22, ..] => SavedTextError::Office,
        [b'%', b'P', b'D', b'F', ..] => SavedTextError::Pdf,
        [0x89, b'P', b'N', b'G', ..]
        | [0xff, 0xd8, 0xff, ..]
        | [b'G', b'I', b'F', b'8', ..]
        | [b'I', b'I', 0x2a, 0, ..]
        | [b'M', b'M', 0, 0x2a, ..]
        | [b'R', b'I', b'F', b'F', ..] => SavedTextError::Picture,
        [0, 0, 0, _, b'f', b't', b'y', b'p', ..] => SavedTextError::Picture,
        [0x7f, b'E', b'L', b'F', ..] | [b'M', b'Z', _, 0, ..] => SavedTextError::Program,
        _ if bytes.starts_with(b"SQLite format 3\0") => SavedTextError::Database,
        _ => return None,
    })
}

/// Whether a text is a whole page, rather than a piece of one.
pub(super) fn is_web_page(text: &str) -> bool {
    let start: String =
        text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').chars().take(1024).collect();
    let start = start.to_ascii_lowercase();
    let marks = ["<!doctype html", "<html", "<head", "<body"];
    start.starts_with('<') && marks.iter().any(|mark| start.contains(mark))
}
