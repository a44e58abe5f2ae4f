//! Hashes of nothing and of placeholders: `license-core/data/hashes.txt`, built in when this is compiled.
//!
//! Of each the first six bytes are kept, which no honest value shares by chance: hex by its first twelve digits, base64 by
//! its first eight characters. Checksums of 32 bits are whole.

use super::junk::stored_order;
use super::lists::{is_entry, next_line};

const TEXT: &str = include_str!("../../data/hashes.txt");
const WHOLE: usize = count(BEGINNING);
const SHORT: usize = count(CHECKSUM);

/// Hex digits of a hash that are kept.
const BEGINNING: usize = 12;
/// Hex digits of a checksum, and fewest by which a longer hash is known that somebody cut short.
const CHECKSUM: usize = 8;
/// Most hex digits of a hash: 512 bits.
const LONGEST: usize = 128;
/// Fewest letters and digits of base64 that are tried: a hash of 64 bits has eleven, some of which may be marks.
const FEWEST_BASE64: usize = 9;

/// The first 48 bits of each, sorted as the file is.
static HASHES: [u64; WHOLE] = numbers(BEGINNING);
static CHECKSUMS: [u64; SHORT] = numbers(CHECKSUM);
/// The letters and digits among the first eight characters of base64, in upper case, padded with zero bytes; sorted.
static BASE64: [u64; WHOLE] = in_base64(&HASHES);

/// Whether upper-case letters and digits are a hash of nothing in hex or base64, whole or cut short.
pub(super) fn is_hash_of_nothing(bare: &str) -> bool {
    let digits = bare.strip_prefix("0X").unwrap_or(bare);
    if let Some(known) = hex(digits) {
        // Written as a UUID, some programs turn the bytes of its first fields round.
        let turned = || digits.len() == 32 && hex(&stored_order(digits)) == Some(true);
        return digits.len() >= CHECKSUM && (known || turned());
    }
    bare.len() >= FEWEST_BASE64 && bare.is_ascii() && base64(bare)
}

/// Whether such a hash may begin so.
pub(super) fn begins_hash(bare: &str) -> bool {
    if bare.len() > LONGEST || !bare.is_ascii() {
        return false;
    }
    let begins_base64 = || {
        let missing = 8 * (CHECKSUM - bare.len());
        let least = padded(bare.as_bytes());
        let at = BASE64.partition_point(|entry| *entry < least);
        BASE64.get(at).is_some_and(|entry| entry >> missing == least >> missing)
    };
    hex(bare) == Some(true) || base64(bare) || ((1..CHECKSUM).contains(&bare.len()) && begins_base64())
}

/// Whether hex digits begin a hash or are one; nothing of other texts.
fn hex(digits: &str) -> Option<bool> {
    if digits.is_empty() || digits.len() > LONGEST || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some(
        starts(&HASHES, digits, BEGINNING)
            || (digits.len() <= CHECKSUM && starts(&CHECKSUMS, digits, CHECKSUM)),
    )
}

/// Whether one of sorted numbers of so many digits begins with these, or is their beginning.
fn starts(numbers: &[u64], digits: &str, len: usize) -> bool {
    let kept = &digits[..digits.len().min(len)];
    let missing = 4 * (len - kept.len());
    let Ok(start) = u64::from_str_radix(kept, 16) else { return false };
    let at = numbers.partition_point(|number| *number < start << missing);
    numbers.get(at).is_some_and(|number| number >> missing == start)
}

/// Whether letters and digits begin as base64 of a hash does, with five of its first eight characters at least.
fn base64(bare: &str) -> bool {
    // The five come first in all of them.
    let Some(first) = bare.as_bytes().get(..5).map(padded) else { return false };
    let at = BASE64.partition_point(|entry| *entry < first);
    if BASE64.get(at).is_none_or(|entry| entry >> 24 != first >> 24) {
        return false;
    }
    let starts = (5..=CHECKSUM).rev().filter_map(|len| bare.as_bytes().get(..len));
    starts.into_iter().any(|start| BASE64.binary_search(&padded(start)).is_ok())
}

/// At most eight bytes as a number, zero bytes behind them.
fn padded(start: &[u8]) -> u64 {
    let number = start.iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
    number << (8 * (CHECKSUM - start.len().clamp(1, CHECKSUM)))
}

const fn count(len: usize) -> usize {
    let (bytes, mut at, mut found) = (TEXT.as_bytes(), 0, 0);
    while at < bytes.len() {
        if is_entry(bytes[at]) && digits_at(bytes, at).1 == len {
            found += 1;
        }
        at = next_line(bytes, at);
    }
    found
}

const fn numbers<const N: usize>(len: usize) -> [u64; N] {
    let (bytes, mut at, mut found) = (TEXT.as_bytes(), 0, 0);
    let mut numbers = [0; N];
    while at < bytes.len() {
        if is_entry(bytes[at]) {
            let (number, digits) = digits_at(bytes, at);
            if digits == len {
                numbers[found] = number;
                found += 1;
            }
        }
        at = next_line(bytes, at);
    }
    numbers
}

/// The number that is written there, and of how many digits.
const fn digits_at(bytes: &[u8], mut at: usize) -> (u64, usize) {
    let (mut number, start) = (0, at);
    while at < bytes.len() {
        let digit = match bytes[at] {
            digit @ b'0'..=b'9' => digit - b'0',
            letter @ b'A'..=b'F' => letter - b'A' + 10,
            _ => break,
        };
        number = number << 4 | digit as u64;
        at += 1;
    }
    (number, at - start)
}

const fn in_base64<const N: usize>(hashes: &[u64; N]) -> [u64; N] {
    let mut texts = [0; N];
    let mut at = 0;
    while at < N {
        texts[at] = base64_text(hashes[at]);
        at += 1;
    }
    sorted(texts)
}

/// RFC 4648, 4: letters in upper case, without the two marks.
const fn base64_text(bits: u64) -> u64 {
    let (mut text, mut len, mut left) = (0, 0, 48);
    while left > 0 {
        left -= 6;
        let byte = match (bits >> left & 0x3f) as u8 {
            letter @ 0..=25 => b'A' + letter,
            letter @ 26..=51 => b'A' + letter - 26,
            digit @ 52..=61 => b'0' + digit - 52,
            _ => continue,
        };
        text = text << 8 | byte as u64;
        len += 1;
    }
    if len == 0 { 0 } else { text << (8 * (8 - len)) }
}

/// Shellsort, which a constant can be made with.
const fn sorted<const N: usize>(mut values: [u64; N]) -> [u64; N] {
    let mut gap = N / 2;
    while gap > 0 {
        let mut next = gap;
        while next < N {
            let (value, mut at) = (values[next], next);
            while at >= gap && values[at - gap] > value {
                values[at] = values[at - gap];
                at -= gap;
            }
            values[at] = value;
            next += 1;
        }
        gap = if gap == 2 { 1 } else { gap * 5 / 11 };
    }
    values
}
