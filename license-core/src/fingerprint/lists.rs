//! The lists of values that many machines share: the files of `license-core/data`, built in when this is compiled.
//!
//! Their form: one entry a line, its first word the value, the rest where it is known from; lines that begin with `#`
//! and empty ones say nothing. They are sorted by bytes, so that nothing is left to do at the first use.

/// The entries of a file, in its order.
macro_rules! list {
    ($file:literal) => {{
        const TEXT: &str = include_str!(concat!("../../data/", $file));
        const ENTRIES: [&str; count(TEXT)] = entries(TEXT);
        &ENTRIES
    }};
}

static PLACEHOLDERS: &[&str] = list!("placeholders.txt");
static FILLER_WORDS: &[&str] = list!("filler-words.txt");
static ERROR_TEXTS: &[&str] = list!("error-texts.txt");
static HASHES: &[&str] = list!("hashes.txt");
static ADDRESSES: &[&str] = list!("addresses.txt");
static ADDRESS_PREFIXES: &[&str] = list!("address-prefixes.txt");
static ADDRESS_SUFFIXES: &[&str] = list!("address-suffixes.txt");
static UUIDS: &[&str] = list!("uuids.txt");
static MACHINE_IDS: &[&str] = list!("machine-ids.txt");
static DISK_MODELS: &[&str] = list!("disk-models.txt");

/// Fewest digits of a hash that are known as its beginning.
const SHORTENED_HASH: usize = 8;

/// Whether upper-case letters and digits are a phrase that stands for nothing.
pub(super) fn is_phrase(bare: &str) -> bool {
    PLACEHOLDERS.binary_search(&bare).is_ok()
}

/// Whether a phrase or a hash of nothing begins so.
pub(super) fn begins_phrase(bare: &str) -> bool {
    let begins = |list: &[&str]| {
        let at = list.partition_point(|entry| *entry < bare);
        list.get(at).is_some_and(|entry| entry.starts_with(bare))
    };
    begins(PLACEHOLDERS) || begins(HASHES)
}

/// Whether an upper-case word adds nothing to a phrase beside it.
pub(super) fn is_filler_word(word: &str) -> bool {
    FILLER_WORDS.binary_search(&word).is_ok()
}

/// Whether upper-case letters and digits contain what a tool prints in place of a value.
pub(super) fn has_error_text(bare: &str) -> bool {
    ERROR_TEXTS.iter().any(|text| bare.contains(text))
}

/// Whether upper-case letters and digits are a hash of nothing, whole or cut short.
pub(super) fn is_hash_of_nothing(bare: &str) -> bool {
    let at = HASHES.partition_point(|hash| *hash < bare);
    let cut_short = bare.len() >= SHORTENED_HASH && bare.bytes().all(|b| b.is_ascii_hexdigit());
    HASHES.get(at).is_some_and(|hash| *hash == bare || (cut_short && hash.starts_with(bare)))
}

/// Whether 12 upper-case hex digits are an address that makers or tools give to every card.
pub(super) fn is_shared_address(digits: &str) -> bool {
    ADDRESSES.binary_search(&digits).is_ok() || ADDRESS_SUFFIXES.iter().any(|end| digits.ends_with(end))
}

/// Whether 12 upper-case hex digits lie in a range that hypervisors and tunnels draw from.
pub(super) fn is_virtual_address(digits: &str) -> bool {
    ADDRESS_PREFIXES.iter().any(|start| digits.starts_with(start))
}

/// Whether 32 upper-case hex digits are a UUID of many boards, or an installation id that came with an image.
pub(super) fn is_shared_uuid(digits: &str) -> bool {
    UUIDS.binary_search(&digits).is_ok() || MACHINE_IDS.binary_search(&digits).is_ok()
}

/// The hypervisor's model inside a disk's upper-case letters and digits.
pub(super) fn disk_model(bare: &str) -> Option<&'static str> {
    DISK_MODELS.iter().find(|model| bare.contains(**model)).copied()
}

const fn count(text: &str) -> usize {
    let (bytes, mut at, mut found) = (text.as_bytes(), 0, 0);
    while at < bytes.len() {
        if is_entry(bytes[at]) {
            found += 1;
        }
        at = next_line(bytes, at);
    }
    found
}

const fn entries<const N: usize>(text: &'static str) -> [&'static str; N] {
    let (bytes, mut at, mut found) = (text.as_bytes(), 0, 0);
    let mut entries = [""; N];
    while at < bytes.len() {
        if is_entry(bytes[at]) {
            let mut end = at;
            while end < bytes.len() && bytes[end] != b' ' && bytes[end] != b'\n' {
                end += 1;
            }
            entries[found] = text.split_at(end).0.split_at(at).1;
            found += 1;
        }
        at = next_line(bytes, at);
    }
    entries
}

const fn is_entry(first: u8) -> bool {
    !matches!(first, b'#' | b'\n' | b'\r')
}

const fn next_line(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'\n' {
        at += 1;
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [(&str, &[&str], &str); 10] = [
        ("placeholders", PLACEHOLDERS, include_str!("../../data/placeholders.txt")),
        ("filler-words", FILLER_WORDS, include_str!("../../data/filler-words.txt")),
        ("error-texts", ERROR_TEXTS, include_str!("../../data/error-texts.txt")),
        ("hashes", HASHES, include_str!("../../data/hashes.txt")),
        ("addresses", ADDRESSES, include_str!("../../data/addresses.txt")),
        ("address-prefixes", ADDRESS_PREFIXES, include_str!("../../data/address-prefixes.txt")),
        ("address-suffixes", ADDRESS_SUFFIXES, include_str!("../../data/address-suffixes.txt")),
        ("uuids", UUIDS, include_str!("../../data/uuids.txt")),
        ("machine-ids", MACHINE_IDS, include_str!("../../data/machine-ids.txt")),
        ("disk-models", DISK_MODELS, include_str!("../../data/disk-models.txt")),
    ];

    #[test]
    fn every_entry_is_sorted_unique_bare_and_says_where_it_is_known_from() {
        for (name, entries, text) in FILES {
            assert!(!entries.is_empty(), "{name}");
            for pair in entries.windows(2) {
                assert!(pair[0] < pair[1], "{name}: {} before {}", pair[0], pair[1]);
            }
            let lines: Vec<_> =
                text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
            assert_eq!(lines.len(), entries.len(), "{name}");
            for (line, entry) in lines.iter().zip(entries) {
                let (value, source) = line.split_once("  ").unwrap_or_else(|| panic!("{name}: {line}"));
                assert_eq!(value, *entry, "{name}");
                assert!(!source.trim().is_empty(), "{name}: {line}");
                assert!(
                    value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()),
                    "{name}: {line}"
                );
            }
        }
    }

    #[test]
    fn entries_of_digits_have_the_length_of_their_kind() {
        let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
        let all = |entries: &[&str], fits: fn(usize) -> bool| {
            entries.iter().all(|entry| hex(entry) && fits(entry.len()))
        };
        assert!(all(ADDRESSES, |len| len == 12));
        assert!(all(UUIDS, |len| len == 32) && all(MACHINE_IDS, |len| len == 32));
        assert!(all(ADDRESS_PREFIXES, |len| (4..12).contains(&len)));
        assert!(all(ADDRESS_SUFFIXES, |len| (6..12).contains(&len)));
        assert!(ERROR_TEXTS.iter().all(|text| text.len() >= 9));
    }
}
