//! The lists of values that many machines share: the files of `license-core/data`, built in when this is compiled.
//!
//! Their form: one entry a line, its first word the value, the rest where it is known from; lines that begin with `#`
//! and empty ones say nothing. They are sorted by bytes, so that nothing is left to do at the first use.

use super::product;
use super::word_list::{Beginnings, List, Marks, all_marks, is_marked, mark};

/// The entries of a file, in its order. What is known of them stays out of the program.
macro_rules! list {
    ($file:literal) => {{
        const TEXT: &str = include_str!(concat!("../../data/", $file));
        static PACKED: [u8; size(TEXT).1] = packed(TEXT);
        static ENTRIES: [&str; size(TEXT).0] = entries(TEXT, &PACKED);
        &ENTRIES
    }};
}

static PLACEHOLDERS: List = List::of(list!("placeholders.txt"));
static NOTHING_WORDS: List = List::of(list!("nothing-words.txt"));
static DEFAULT_NAMES: List = List::of(list!("default-names.txt"));
static FILLER_WORDS: List = List::of(list!("filler-words.txt"));
static ERROR_TEXTS: &[&str] = list!("error-texts.txt");
static TOOLS: List = List::of(list!("tools.txt"));
static ADDRESSES: List = List::of(list!("addresses.txt"));
static ADDRESS_PREFIXES: List = List::of(list!("address-prefixes.txt"));
static ADDRESS_SUFFIXES: &[&str] = list!("address-suffixes.txt");
static UUIDS: List = List::of(list!("uuids.txt"));
static MACHINE_IDS: List = List::of(list!("machine-ids.txt"));
static DISK_MODELS: List = List::of(list!("disk-models.txt"));
static DISK_ROLES: List = List::of(list!("disk-roles.txt"));
static MAKERS: List = List::of(list!("makers.txt"));
static PRODUCT_FAMILIES: List = List::of(list!("product-families.txt"));
static PRODUCT_WORDS: List = List::of(list!("product-words.txt"));
static SYSTEMS: List = List::of(list!("systems.txt"));
/// Of all words of products.
static PRODUCT_MARKS: Marks = all_marks([&MAKERS, &PRODUCT_FAMILIES, &SYSTEMS, &PRODUCT_WORDS]);
/// The beginnings of disks' models, of which few serial numbers have one.
static DISK_BEGINNINGS: Beginnings = Beginnings::of(DISK_MODELS.entries);
static PHRASE_BEGINNINGS: [Beginnings; 2] =
    [Beginnings::of(PLACEHOLDERS.entries), Beginnings::of(NOTHING_WORDS.entries)];
static FORM_BEGINNINGS: Beginnings = Beginnings::of(MODEL_FORMS);
static ADDRESS_BEGINNINGS: Beginnings = Beginnings::of(ADDRESS_PREFIXES.entries);
static ERROR_BEGINNINGS: Beginnings = Beginnings::of(ERROR_TEXTS);
static MODEL_FORMS: &[&str] = list!("model-forms.txt");

/// Whether upper-case letters and digits are a phrase that stands for nothing.
pub(super) fn is_phrase(bare: &str) -> bool {
    PLACEHOLDERS.holds(bare) || is_nothing_word(bare)
}

/// Whether upper-case letters and digits say in some language that there is no value, or none that is known.
pub(super) fn is_nothing_word(bare: &str) -> bool {
    NOTHING_WORDS.holds(bare)
}

/// Whether a phrase begins so.
pub(super) fn begins_phrase(bare: &str) -> bool {
    [&PLACEHOLDERS, &NOTHING_WORDS].iter().zip(&PHRASE_BEGINNINGS).any(|(list, beginnings)| {
        if !beginnings.may_begin(bare.as_bytes()) {
            return false;
        }
        let at = list.entries.partition_point(|entry| *entry < bare);
        list.entries.get(at).is_some_and(|entry| entry.starts_with(bare))
    })
}

/// Whether upper-case letters and digits are a name that systems have before anybody gives them one.
pub(super) fn is_default_name(bare: &str) -> bool {
    DEFAULT_NAMES.holds(bare)
}

/// Whether a word is a program that begins its messages with its own name.
pub(super) fn is_tool(word: &str) -> bool {
    TOOLS.holds(word)
}

/// Whether a word is a part of a disk's name that hypervisors and operators number.
pub(super) fn is_disk_role(word: &str) -> bool {
    DISK_ROLES.holds(word)
}

/// What an upper-case word is in a product's name.
#[derive(Clone, Copy)]
pub(super) enum ProductWord {
    /// A maker's name, or a part of one.
    Maker,
    /// A family of products whose models have a number behind it.
    Family,
    /// An operating system.
    System,
    /// Stands beside those of makers, products and systems, and tells no machine.
    Other,
}

/// What an upper-case word is in a product's name; nothing of other words.
pub(super) fn product_word(word: &str) -> Option<ProductWord> {
    let mark = mark(word.as_bytes());
    if !is_marked(&PRODUCT_MARKS, mark) {
        return None;
    }
    let lists = [
        (&MAKERS, ProductWord::Maker),
        (&PRODUCT_FAMILIES, ProductWord::Family),
        (&SYSTEMS, ProductWord::System),
        (&PRODUCT_WORDS, ProductWord::Other),
    ];
    lists.into_iter().find(|(list, _)| list.holds(word)).map(|(_, sort)| sort)
}

/// Whether upper-case letters and digits are a disk's model number.
pub(super) fn is_model_form(word: &str) -> bool {
    let [first, second, ..] = *word.as_bytes() else { return false };
    if !FORM_BEGINNINGS.may_begin(word.as_bytes()) && !first.is_ascii_digit() {
        return false;
    }
    // One of digits begins with a small letter, behind all that are themselves; no form begins with another sort.
    let own = MODEL_FORMS.partition_point(|form| form.as_bytes() < [first].as_slice());
    let may_be_own = |form: &&&str| matches!(form.as_bytes().get(1), Some(b) if *b == second || *b == b':');
    let own = MODEL_FORMS[own..].iter().take_while(|form| form.as_bytes().first() == Some(&first));
    let others =
        MODEL_FORMS.iter().rev().take_while(|form| form.starts_with(|c: char| c.is_ascii_lowercase()));
    own.filter(may_be_own)
        .chain(others.filter(|_| first.is_ascii_digit()))
        .any(|form| product::has_form(word, form))
}

/// Whether an upper-case word adds nothing to a phrase beside it.
pub(super) fn is_filler_word(word: &str) -> bool {
    FILLER_WORDS.holds(word)
}

/// Whether upper-case letters and digits contain what a tool prints in place of a value.
pub(super) fn has_error_text(bare: &str) -> bool {
    // No entry begins another, so that only the last one before what is left may begin it.
    bare.char_indices().any(|(at, _)| {
        let rest = &bare[at..];
        if !ERROR_BEGINNINGS.may_begin(rest.as_bytes()) {
            return false;
        }
        let end = ERROR_TEXTS.partition_point(|entry| *entry <= rest);
        end.checked_sub(1).is_some_and(|last| rest.starts_with(ERROR_TEXTS[last]))
    })
}

/// Whether 12 upper-case hex digits are an address that makers or tools give to every card.
pub(super) fn is_shared_address(digits: &str) -> bool {
    ADDRESSES.holds(digits) || ADDRESS_SUFFIXES.iter().any(|end| digits.ends_with(end))
}

/// Whether 12 upper-case hex digits lie in a range that hypervisors and tunnels draw from.
pub(super) fn is_virtual_address(digits: &str) -> bool {
    ADDRESS_BEGINNINGS.may_begin(digits.as_bytes())
        && (SHORTEST_PREFIX..=digits.len())
            .any(|len| digits.get(..len).is_some_and(|start| ADDRESS_PREFIXES.holds(start)))
}

/// Whether such a range is a maker's own, in which addresses are drawn or counted for each guest.
pub(super) fn is_hypervisors_range(digits: &str) -> bool {
    ADDRESS_PREFIXES.entries.iter().any(|start| start.len() == MAKER && digits.starts_with(start))
}

/// Whether 32 upper-case hex digits are a UUID of many boards, or an installation id that came with an image.
pub(super) fn is_shared_uuid(digits: &str) -> bool {
    UUIDS.holds(digits) || MACHINE_IDS.holds(digits)
}

/// The hypervisor's model inside a disk's upper-case letters and digits.
pub(super) fn disk_model(bare: &str) -> Option<&'static str> {
    if !bare.as_bytes().windows(2).any(|two| DISK_BEGINNINGS.may_begin(two)) {
        return None;
    }
    DISK_MODELS.entries.iter().find(|model| bare.contains(**model)).copied()
}

/// Fewest digits of a range.
const SHORTEST_PREFIX: usize = 4;

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
        ("default-names", DEFAULT_NAMES.entries, include_str!("../../data/default-names.txt")),
        ("tools", TOOLS.entries, include_str!("../../data/tools.txt")),
        ("disk-roles", DISK_ROLES.entries, include_str!("../../data/disk-roles.txt")),
        ("placeholders", PLACEHOLDERS.entries, include_str!("../../data/placeholders.txt")),
        ("filler-words", FILLER_WORDS.entries, include_str!("../../data/filler-words.txt")),
        ("error-texts", ERROR_TEXTS, include_str!("../../data/error-texts.txt")),
        ("addresses", ADDRESSES.entries, include_str!("../../data/addresses.txt")),
        ("address-prefixes", ADDRESS_PREFIXES.entries, include_str!("../../data/address-prefixes.txt")),
        ("address-suffixes", ADDRESS_SUFFIXES, include_str!("../../data/address-suffixes.txt")),
        ("uuids", UUIDS.entries, include_str!("../../data/uuids.txt")),
        ("machine-ids", MACHINE_IDS.entries, include_str!("../../data/machine-ids.txt")),
        ("nothing-words", NOTHING_WORDS.entries, include_str!("../../data/nothing-words.txt")),
        ("makers", MAKERS.entries, include_str!("../../data/makers.txt")),
        ("product-families", PRODUCT_FAMILIES.entries, include_str!("../../data/product-families.txt")),
        ("product-words", PRODUCT_WORDS.entries, include_str!("../../data/product-words.txt")),
        ("systems", SYSTEMS.entries, include_str!("../../data/systems.txt")),
        ("disk-models", DISK_MODELS.entries, include_str!("../../data/disk-models.txt")),
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
    fn forms_of_models_begin_with_two_characters_or_a_sort_of_which_one_stands_there() {
        for form in MODEL_FORMS {
            let first = form.split(':').next().unwrap_or_default();
            let is_own =
                first.len() >= 2 && first.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            assert!(is_own || (first.starts_with('n') && !first[1..].starts_with('0')), "{form}");
            assert!(is_own || form.contains(':'), "{form}");
        }
        assert!(is_model_form("WD10EZEX") && is_model_form("256M5PRO") && !is_model_form("W"));
    }

    #[test]
    fn every_entry_is_found_and_nothing_beside_it() {
        let lists =
            [&PLACEHOLDERS, &NOTHING_WORDS, &FILLER_WORDS, &MAKERS, &PRODUCT_WORDS, &ADDRESS_PREFIXES];
        for list in lists {
            for entry in list.entries {
                assert!(list.holds(entry), "{entry}");
                assert!(!list.holds(&format!("{entry}\u{1}")) && !list.holds(""), "{entry}");
            }
        }
        for model in DISK_MODELS.entries {
            assert_eq!(disk_model(&format!("07{model}07")), Some(*model));
        }
        for phrase in PLACEHOLDERS.entries {
            assert!(phrase.char_indices().skip(1).all(|(at, _)| begins_phrase(&phrase[..at])), "{phrase}");
        }
        assert!(ERROR_TEXTS.iter().all(|text| has_error_text(&format!("A1{text}"))));
    }

    #[test]
    fn entries_of_digits_have_the_length_of_their_kind() {
        let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
        let all = |entries: &[&str], fits: fn(usize) -> bool| {
            entries.iter().all(|entry| hex(entry) && fits(entry.len()))
        };
        assert!(all(ADDRESSES.entries, |len| len == 12));
        assert!(all(UUIDS.entries, |len| len == 32) && all(MACHINE_IDS.entries, |len| len == 32));
        assert!(all(ADDRESS_PREFIXES.entries, |len| (4..12).contains(&len)));
        assert!(all(ADDRESS_SUFFIXES, |len| (6..12).contains(&len)));
        assert!(ERROR_TEXTS.iter().all(|text| text.len() >= 9));
        for text in ERROR_TEXTS {
            // A shorter one would be found in it, and the search counts on none beginning another.
            let inside = ERROR_TEXTS.iter().find(|other| *other != text && text.contains(*other));
            assert_eq!(inside, None, "{text}");
        }
    }
}
