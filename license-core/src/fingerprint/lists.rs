//! The lists of values that many machines share: the files of `license-core/data`, built in when this is compiled.
//!
//! Their form: one entry a line, its first word the value, the rest where it is known from; lines that begin with `#`
//! and empty ones say nothing. They are sorted by bytes, so that nothing is left to do at the first use.

use super::product;

/// The entries of a file, in its order. What is known of them stays out of the program.
macro_rules! list {
    ($file:literal) => {{
        const TEXT: &str = include_str!(concat!("../../data/", $file));
        static PACKED: [u8; size(TEXT).1] = packed(TEXT);
        static ENTRIES: [&str; size(TEXT).0] = entries(TEXT, &PACKED);
        &ENTRIES
    }};
}

static PLACEHOLDERS: &[&str] = list!("placeholders.txt");
static NOTHING_WORDS: &[&str] = list!("nothing-words.txt");
static DEFAULT_NAMES: &[&str] = list!("default-names.txt");
static FILLER_WORDS: &[&str] = list!("filler-words.txt");
static ERROR_TEXTS: &[&str] = list!("error-texts.txt");
static TOOLS: &[&str] = list!("tools.txt");
static ADDRESSES: &[&str] = list!("addresses.txt");
static ADDRESS_PREFIXES: &[&str] = list!("address-prefixes.txt");
static ADDRESS_SUFFIXES: &[&str] = list!("address-suffixes.txt");
static UUIDS: &[&str] = list!("uuids.txt");
static MACHINE_IDS: &[&str] = list!("machine-ids.txt");
static DISK_MODELS: &[&str] = list!("disk-models.txt");
static DISK_ROLES: &[&str] = list!("disk-roles.txt");
static MAKERS: &[&str] = list!("makers.txt");
static PRODUCT_FAMILIES: &[&str] = list!("product-families.txt");
static PRODUCT_WORDS: &[&str] = list!("product-words.txt");
static SYSTEMS: &[&str] = list!("systems.txt");
static MODEL_FORMS: &[&str] = list!("model-forms.txt");

/// Whether upper-case letters and digits are a phrase that stands for nothing.
pub(super) fn is_phrase(bare: &str) -> bool {
    PLACEHOLDERS.binary_search(&bare).is_ok() || is_nothing_word(bare)
}

/// Whether upper-case letters and digits say in some language that there is no value, or none that is known.
pub(super) fn is_nothing_word(bare: &str) -> bool {
    NOTHING_WORDS.binary_search(&bare).is_ok()
}

/// Whether a phrase begins so.
pub(super) fn begins_phrase(bare: &str) -> bool {
    [PLACEHOLDERS, NOTHING_WORDS].iter().any(|list| {
        let at = list.partition_point(|entry| *entry < bare);
        list.get(at).is_some_and(|entry| entry.starts_with(bare))
    })
}

/// Whether upper-case letters and digits are a name that systems have before anybody gives them one.
pub(super) fn is_default_name(bare: &str) -> bool {
    DEFAULT_NAMES.binary_search(&bare).is_ok()
}

/// Whether a word is a program that begins its messages with its own name.
pub(super) fn is_tool(word: &str) -> bool {
    TOOLS.binary_search(&word).is_ok()
}

/// Whether a word is a part of a disk's name that hypervisors and operators number.
pub(super) fn is_disk_role(word: &str) -> bool {
    DISK_ROLES.binary_search(&word).is_ok()
}

/// Whether an upper-case word is a maker's name, or a part of one.
pub(super) fn is_maker(word: &str) -> bool {
    MAKERS.binary_search(&word).is_ok()
}

/// Whether an upper-case word is a family of products whose models have a number behind it.
pub(super) fn is_product_family(word: &str) -> bool {
    PRODUCT_FAMILIES.binary_search(&word).is_ok()
}

/// Whether an upper-case word is an operating system.
pub(super) fn is_system(word: &str) -> bool {
    SYSTEMS.binary_search(&word).is_ok()
}

/// Whether an upper-case word stands beside those of makers, products and systems and tells no machine.
pub(super) fn is_product_word(word: &str) -> bool {
    PRODUCT_WORDS.binary_search(&word).is_ok()
}

/// Whether upper-case letters and digits are a disk's model number.
pub(super) fn is_model_form(word: &str) -> bool {
    let Some(first) = word.bytes().next() else { return false };
    // A part of a form that stands for others begins with a small letter.
    let may_begin = |form: &&&str| form.bytes().next().is_some_and(|b| b == first || b.is_ascii_lowercase());
    MODEL_FORMS.iter().filter(may_begin).any(|form| product::has_form(word, form))
}

/// Whether an upper-case word adds nothing to a phrase beside it.
pub(super) fn is_filler_word(word: &str) -> bool {
    FILLER_WORDS.binary_search(&word).is_ok()
}

/// Whether upper-case letters and digits contain what a tool prints in place of a value.
pub(super) fn has_error_text(bare: &str) -> bool {
    // No entry begins another, so that only the last one before what is left may begin it.
    bare.char_indices().any(|(at, _)| {
        let rest = &bare[at..];
        let end = ERROR_TEXTS.partition_point(|entry| *entry <= rest);
        end.checked_sub(1).is_some_and(|last| rest.starts_with(ERROR_TEXTS[last]))
    })
}

/// Whether 12 upper-case hex digits are an address that makers or tools give to every card.
pub(super) fn is_shared_address(digits: &str) -> bool {
    ADDRESSES.binary_search(&digits).is_ok() || ADDRESS_SUFFIXES.iter().any(|end| digits.ends_with(end))
}

/// Whether 12 upper-case hex digits lie in a range that hypervisors and tunnels draw from.
pub(super) fn is_virtual_address(digits: &str) -> bool {
    ADDRESS_PREFIXES.iter().any(|start| digits.starts_with(start))
}

/// Whether such a range is a maker's own, in which addresses are drawn or counted for each guest.
pub(super) fn is_hypervisors_range(digits: &str) -> bool {
    ADDRESS_PREFIXES.iter().any(|start| start.len() == MAKER && digits.starts_with(start))
}

/// Whether 32 upper-case hex digits are a UUID of many boards, or an installation id that came with an image.
pub(super) fn is_shared_uuid(digits: &str) -> bool {
    UUIDS.binary_search(&digits).is_ok() || MACHINE_IDS.binary_search(&digits).is_ok()
}

/// The hypervisor's model inside a disk's upper-case letters and digits.
pub(super) fn disk_model(bare: &str) -> Option<&'static str> {
    DISK_MODELS.iter().find(|model| bare.contains(**model)).copied()
}

/// Digits of a maker's registered number (OUI).
const MAKER: usize = 6;

/// How many entries a list has, and how many bytes they are of.
const fn size(text: &str) -> (usize, usize) {
    let (bytes, mut at, mut found, mut size) = (text.as_bytes(), 0, 0, 0);
    while at < bytes.len() {
        if is_entry(bytes[at]) {
            found += 1;
            size += entry_end(bytes, at) - at;
        }
        at = next_line(bytes, at);
    }
    (found, size)
}

/// The entries, one behind the other.
const fn packed<const N: usize>(text: &str) -> [u8; N] {
    let (bytes, mut at, mut found) = (text.as_bytes(), 0, 0);
    let mut packed = [0; N];
    while at < bytes.len() {
        if is_entry(bytes[at]) {
            let (mut from, end) = (at, entry_end(bytes, at));
            while from < end {
                packed[found] = bytes[from];
                found += 1;
                from += 1;
            }
        }
        at = next_line(bytes, at);
    }
    packed
}

const fn entries<const N: usize>(text: &str, packed: &'static [u8]) -> [&'static str; N] {
    let (bytes, mut at, mut found, mut start) = (text.as_bytes(), 0, 0, 0);
    let mut entries = [""; N];
    while at < bytes.len() {
        if is_entry(bytes[at]) {
            let end = start + entry_end(bytes, at) - at;
            // Cut at white space, a text stays one.
            if let Ok(entry) = std::str::from_utf8(packed.split_at(end).0.split_at(start).1) {
                entries[found] = entry;
            }
            (found, start) = (found + 1, end);
        }
        at = next_line(bytes, at);
    }
    entries
}

const fn entry_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b' ' && bytes[at] != b'\n' {
        at += 1;
    }
    at
}

pub(super) const fn is_entry(first: u8) -> bool {
    !matches!(first, b'#' | b'\n' | b'\r')
}

pub(super) const fn next_line(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'\n' {
        at += 1;
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [(&str, &[&str], &str); 17] = [
        ("default-names", DEFAULT_NAMES, include_str!("../../data/default-names.txt")),
        ("tools", TOOLS, include_str!("../../data/tools.txt")),
        ("disk-roles", DISK_ROLES, include_str!("../../data/disk-roles.txt")),
        ("placeholders", PLACEHOLDERS, include_str!("../../data/placeholders.txt")),
        ("filler-words", FILLER_WORDS, include_str!("../../data/filler-words.txt")),
        ("error-texts", ERROR_TEXTS, include_str!("../../data/error-texts.txt")),
        ("addresses", ADDRESSES, include_str!("../../data/addresses.txt")),
        ("address-prefixes", ADDRESS_PREFIXES, include_str!("../../data/address-prefixes.txt")),
        ("address-suffixes", ADDRESS_SUFFIXES, include_str!("../../data/address-suffixes.txt")),
        ("uuids", UUIDS, include_str!("../../data/uuids.txt")),
        ("machine-ids", MACHINE_IDS, include_str!("../../data/machine-ids.txt")),
        ("nothing-words", NOTHING_WORDS, include_str!("../../data/nothing-words.txt")),
        ("makers", MAKERS, include_str!("../../data/makers.txt")),
        ("product-families", PRODUCT_FAMILIES, include_str!("../../data/product-families.txt")),
        ("product-words", PRODUCT_WORDS, include_str!("../../data/product-words.txt")),
        ("systems", SYSTEMS, include_str!("../../data/systems.txt")),
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
                    value.chars().all(char::is_alphanumeric) && value.to_uppercase() == value,
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
        for text in ERROR_TEXTS {
            // A shorter one would be found in it, and the search counts on none beginning another.
            let inside = ERROR_TEXTS.iter().find(|other| *other != text && text.contains(*other));
            assert_eq!(inside, None, "{text}");
        }
    }
}
