//! Whether four parts stand in a text: with something around them, other marks in place of their bars, or parts lost.

use super::four_parts::{is_bar, is_colon};
use super::normal::mac_digits;
use crate::typography::{is_dash, plain};
use crate::unescaped::unescaped;

/// Whether a text holds `MAC|DISK|BOARD|CPU`, or what became of it on the way.
///
/// Four parts have no checksum, so it goes by what they are made of: bars, an address, a processor's model.
pub(super) fn holds_four_parts(text: &str) -> bool {
    let text: String = unescaped(text).chars().map(plain_mark).collect();
    let cells: Vec<&str> = text.split('|').collect();
    let bars = cells.len() - 1;
    let first = cells.first().map_or("", |cell| cell.trim());
    if bars >= 3 && (is_part_of_addresses(first) || holds_part_of_address(first)) {
        return true;
    }
    let processor = processor(&text);
    let stands_apart = |at: usize| stands_last_in_row(&text[..at]);
    match end_of_address(&text) {
        Some(_) if bars >= 3 => true,
        Some(_) if bars > 0 && !are_named_or_names(&cells) => true,
        Some(end) => {
            let beyond = |at: usize| {
                let between = text.get(end..at).unwrap_or_default();
                between.chars().filter(|c| !c.is_alphanumeric()).count() >= 3
            };
            has_row(&text[end..]) || processor.is_some_and(beyond)
        }
        None if bars >= 3 => processor.is_some() || !is_row_of_names(&cells),
        None if bars > 0 && are_no_names(&cells) => true,
        None if bars == 0 && is_list_of_cells(&text) => true,
        None => processor.is_some_and(stands_apart),
    }
}

/// Whether parts between one bar or two, of which one is an address, are all addresses and names; or all have a name
/// before them, `mac=…|disk=…`.
fn are_named_or_names(cells: &[&str]) -> bool {
    let is_plain = |c: char| is_of_name(c) || c == ' ';
    let is_name = |cell: &str| cell.chars().all(is_plain) && end_of_address(cell).is_none();
    let is_named = |cell: &&str| {
        let (name, value) = cell.split_once(['=', ':']).unwrap_or_default();
        name.len() >= 2 && name.chars().all(char::is_alphabetic) && !value.is_empty()
    };
    cells
        .iter()
        .map(|cell| cell.trim())
        .all(|cell| !cell.is_empty() && (is_name(cell) || mac_digits(cell).is_some()))
        || cells.iter().all(is_named)
}

/// Whether parts between one bar or two, none of which is an address, are no names of a vendor's own: another list's
/// marks are among them, one is empty in a row of others, or something stands around them.
fn are_no_names(cells: &[&str]) -> bool {
    let marked = cells.iter().any(|cell| cell.contains([';', '\t', '"', '`']) || spaced_slashes(cell) > 0);
    let [first, middle, last] = cells else { return marked };
    let alone = first.is_empty() && last.is_empty() && middle.chars().all(is_of_name);
    let empty = cells.iter().any(|cell| cell.trim().is_empty());
    let apart = !first.ends_with(char::is_alphanumeric) || !last.starts_with(char::is_alphanumeric);
    marked || (!alone && (empty || apart))
}

/// How many slashes have a space beside them.
fn spaced_slashes(text: &str) -> usize {
    let near = |at: usize| text.as_bytes().get(at) == Some(&b' ');
    text.match_indices('/').filter(|(at, _)| near(at + 1) || (*at > 0 && near(at - 1))).count()
}

/// Whether four cells or more stand between marks of a list, with something around them that is no cell; and they are
/// not named, as in an object of a vendor's own.
fn is_list_of_cells(text: &str) -> bool {
    let is_list = |mark: char| {
        let cells: Vec<&str> = text.split(mark).collect();
        let [first, middle @ .., last] = cells.as_slice() else { return false };
        let named = middle.iter().filter(|cell| cell.contains(['=', ':'])).count();
        let apart = !first.ends_with(char::is_alphanumeric) && !last.starts_with(char::is_alphanumeric);
        let empty = mark == ';' && middle.iter().any(|cell| cell.trim().is_empty());
        middle.len() >= 2 && named < 2 && (apart || empty)
    };
    spaced_slashes(text) >= 3 || is_list(';') || is_list(',')
}

/// Characters of a vendor's own names.
fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+')
}

/// A bar, a colon or a dash in its plain form; any other character as it is.
fn plain_mark(c: char) -> char {
    match plain(c) {
        c if is_bar(c) => '|',
        c if is_colon(c) => ':',
        c if is_dash(c) && c != '\u{30fc}' => '-',
        c => c,
    }
}

/// Whether parts between three bars or more are names of a vendor's own: none is empty, and nothing stands around.
fn is_row_of_names(cells: &[&str]) -> bool {
    let is_name =
        |cell: &&str| cell.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+'));
    let outer = cells.first().is_some_and(is_name) && cells.last().is_some_and(is_name);
    outer && cells.iter().all(|cell| !cell.trim().is_empty())
}

/// Whether one mark stands three times behind an address, and what is between is not named: `mac=…;disk=…` is.
fn has_row(behind: &str) -> bool {
    let is_mark = |c: &char| !c.is_alphanumeric() && !is_common(*c);
    let marks: std::collections::BTreeSet<char> = behind.chars().filter(is_mark).take(MOST_MARKS).collect();
    marks.into_iter().any(|mark| {
        let cells: Vec<&str> = behind.split(mark).skip(1).collect();
        let named = cells.iter().filter(|cell| cell.contains(['=', ':'])).count();
        cells.len() >= 3 && named < 2
    })
}

/// Most marks behind an address that are looked at.
const MOST_MARKS: usize = 64;

/// Whether what stands before a processor's model is a row of parts.
fn stands_last_in_row(before: &str) -> bool {
    let count = |mark: char| before.matches(mark).count();
    ['|', '\t', ';'].into_iter().any(|mark| count(mark) >= 2)
        || spaced_slashes(before) >= 2
        || before.chars().any(|c| !c.is_alphanumeric() && !is_common(c) && count(c) >= 3)
}

/// Marks that stand in identifiers of any kind.
const fn is_common(c: char) -> bool {
    matches!(c, ' ' | ':' | '-' | '.' | '_' | '=' | '"' | '\'')
}

/// Where a processor's model begins: 16 hex digits, the first eight with the features that all 64-bit processors of the
/// x86 family have, the others without the bits that are reserved (CPUID leaf 1, EDX and EAX).
pub(super) fn processor(text: &str) -> Option<usize> {
    /// FPU, TSC, MSR, PAE, CX8, SEP, CMOV, MMX, FXSR, SSE, SSE2.
    const FEATURES: u32 = 0x0780_8971;
    const RESERVED: u32 = 0xf000_c000;
    let is_model = |word: &str| {
        let half = |range| word.get(range).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let (features, model) = (half(0..8), half(8..16));
        word.len() == 16
            && features.is_some_and(|bits| bits & FEATURES == FEATURES)
            && model.is_some_and(|bits| bits & RESERVED == 0 && bits != 0)
    };
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| is_model(word));
    words.next_back().and_then(|word| text.rfind(word))
}

/// Where the first network address in a text ends: six pairs, three groups of four, or twelve digits that stand alone.
fn end_of_address(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    beginnings(bytes).find_map(|at| {
        let alone = |end: &usize| !is_near(bytes, *end) && (at == 0 || !is_near(bytes, at - 1));
        let digits = bytes[at..].iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let bare = (digits == 12).then_some(at + 12).filter(alone);
        let fours = || grouped(bytes, at, 4).filter(alone);
        let end = pairs(bytes, at).or_else(fours).or(bare)?;
        (!joins(bytes, end)).then_some(end)
    })
}

/// Where the addresses in pairs end that stand in a text, whatever is right behind them.
pub(super) fn ends_of_addresses(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    beginnings(bytes).filter_map(|at| pairs(bytes, at))
}

/// Whether an address in pairs stands in a text.
pub(super) fn holds_pairs(text: &str) -> bool {
    let bytes = text.as_bytes();
    beginnings(bytes).any(|at| pairs(bytes, at).is_some_and(|end| !joins(bytes, end)))
}

/// Where words begin with a hex digit.
fn beginnings(bytes: &[u8]) -> impl Iterator<Item = usize> {
    (0..bytes.len()).filter(|at| bytes[*at].is_ascii_hexdigit() && (*at == 0 || !joins(bytes, *at - 1)))
}

fn joins(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

fn is_near(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|b| matches!(b, b'-' | b'.' | b':' | b'_'))
}

/// The end of six pairs that are no piece of a longer row.
fn pairs(bytes: &[u8], at: usize) -> Option<usize> {
    grouped(bytes, at, 2).filter(|end| {
        let next = bytes.get(end + 1..end + 3);
        !(is_near(bytes, *end) && next.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)))
    })
}

/// The end of twelve digits in groups of a size, with one mark between them, or the same with a space beside it.
fn grouped(bytes: &[u8], start: usize, size: usize) -> Option<usize> {
    let groups = 12 / size;
    let mark_len = bytes.get(start + size..)?.iter().take_while(|b| !b.is_ascii_alphanumeric()).count();
    let mark = bytes.get(start + size..start + size + mark_len)?;
    let known = matches!(
        mark,
        [b':' | b'-' | b'.' | b' ' | b'_'] | [b' ', b':' | b'-' | b'.', b' '] | [b':' | b'-' | b'.', b' ']
    );
    let is_group = |n: usize| {
        let at = start + n * (size + mark_len);
        let digits = bytes.get(at..at + size).is_some_and(|group| group.iter().all(u8::is_ascii_hexdigit));
        digits && (n + 1 == groups || bytes.get(at + size..at + size + mark_len) == Some(mark))
    };
    (known && (0..groups).all(is_group)).then_some(start + groups * size + (groups - 1) * mark_len)
}

/// Whether a text is what is left of a list of addresses: hex digits and separators alone.
fn is_part_of_addresses(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '-' | '.' | ',' | ' ');
    text.chars().all(fits) && text.contains([':', '-', '.', ' ']) && text.len() > 2
}

/// Whether a part of an address stands in a text: two groups with a colon, or three with dashes.
fn holds_part_of_address(text: &str) -> bool {
    let groups = |window: &[u8], separator: u8| {
        window.iter().enumerate().all(|(at, byte)| match at % 3 {
            2 => *byte == separator,
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let holds =
        |size: usize, separator: u8| text.as_bytes().windows(size).any(|window| groups(window, separator));
    holds(5, b':') || holds(8, b'-')
}
