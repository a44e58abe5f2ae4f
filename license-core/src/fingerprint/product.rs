//! Names of products: models of disks, processors, computers and systems, with their makers' words. All of a model have
//! them, so that a license for one opens on every machine of it. All functions take upper-case text.
//!
//! A name is a product's if each of its words is one that makers write (`makers.txt`, `product-families.txt`,
//! `systems.txt`, `product-words.txt`), a size, a model number of a known form (`model-forms.txt`), or at most five
//! characters with a digit: no maker's serial number is that short.

use super::lists::{self, ProductWord};

/// Most characters of a number that tells one model from the next: `980`, `5800X`, `SU800`.
const SHORT: usize = 5;
/// Most characters behind a dash of a model number: `-08WN4A0`, `-1ER162`, `-000L7`. Serial numbers have eight and more.
const SUFFIX: usize = 7;
/// Most words of a product's name.
const WORDS: usize = 24;

/// How many words of each sort a name has, if it has no other.
#[derive(Default)]
struct Words {
    makers: usize,
    families: usize,
    systems: usize,
    others: usize,
    /// Model numbers of a known form.
    models: usize,
    /// Capacities and frequencies.
    sizes: usize,
    /// Numbers with a dot or a comma between, as versions are.
    has_version: bool,
    numbers: usize,
    /// A number that tells a family's model: `T480`, `7050`.
    has_model_number: bool,
    /// A number that may be a year: `2022`.
    has_year: bool,
    /// A number with letters before it: `SU800`, `i7`.
    has_lettered: bool,
    /// The last word is a number of one digit or two: what people count their machines with.
    ends_in_count: bool,
}

/// Whether a value of any kind is a product's name and nothing else.
pub(super) fn is_product(value: &str) -> bool {
    let Some(words) = Words::of(value) else { return false };
    let named = words.makers + words.families + words.systems;
    let has_space = value.contains(' ');
    let is_counted = words.ends_in_count && !has_space;
    let is_system = words.systems > 0
        && (has_space || words.systems > 1 || words.others > 1 || (words.others > 0 && words.has_year));
    // `dell-07` and `Dell 7731` may be what somebody calls a machine.
    let is_model = words.families > 0 && (words.has_model_number || (words.ends_in_count && has_space));
    let is_full = named > 1 || (named > 0 && words.others > 0 && named + words.others > 2);
    let is_lettered = has_space && words.has_lettered;
    if words.models > 0 {
        return true;
    }
    if named == 0 {
        let is_said = words.numbers == 0 || words.has_version || words.others > 3;
        return has_space && words.others > 0 && (words.sizes > 0 || (words.others > 2 && is_said));
    }
    words.numbers == 0
        || words.sizes > 0
        || words.has_version
        || (!is_counted && (is_system || is_model || is_full || is_lettered))
}

/// Whether a disk's value is a model's name. A disk has no name that somebody gave it, so that fewer words tell; but
/// `WD-77QK1` may be a maker's number.
pub(super) fn is_disk_model(value: &str) -> bool {
    let is_parted = value.contains([' ', '_']);
    Words::of(value).is_some_and(|words| {
        let named = words.makers + words.families + words.systems > 0;
        words.models > 0
            || (named && (is_parted || words.numbers == 0 || words.sizes > 0))
            || (words.others > 0 && (words.sizes > 0 || words.numbers == 0))
            || (words.others > 2 && is_parted)
    })
}

impl Words {
    fn of(value: &str) -> Option<Self> {
        if !value
            .starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '(' | '[' | '"' | '\'' | '*'))
        {
            return None;
        }
        let mut found = Self::default();
        let mut is_behind_model = false;
        // Most values are one word.
        let is_word = value.bytes().all(|b| b.is_ascii_alphanumeric());
        let (word, parted) = if is_word { (Some(value), "") } else { (None, value) };
        let parted = parted.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let words = word.into_iter().chain(parted);
        for (at, word) in words.enumerate() {
            if at == WORDS || !word.is_ascii() {
                return None;
            }
            let is_suffix = is_behind_model && word.len() <= SUFFIX;
            is_behind_model = false;
            found.ends_in_count = false;
            let is_number = word.bytes().any(|b| b.is_ascii_digit());
            if let Some(sort) = found.sort_of(word) {
                *sort += 1;
            } else if lists::is_model_form(word) {
                found.models += 1;
                is_behind_model = true;
            } else if !is_number {
                return None;
            } else if is_size(word) {
                found.sizes += 1;
            } else if word.len() <= SHORT {
                found.numbers += 1;
                let digits = word.bytes().filter(u8::is_ascii_digit).count();
                let is_lettered = word.starts_with(|c: char| c.is_ascii_uppercase());
                found.has_lettered |= is_lettered && (word.len() > 2 || found.others > 0);
                // `i7-8700K`
                is_behind_model = matches!(word, "I3" | "I5" | "I7" | "I9");
                found.has_year |= digits == 4 && word.starts_with("20");
                found.has_model_number |= digits == 4 || (digits < word.len() && word.len() > 2);
                found.ends_in_count = digits == word.len() && digits <= 2;
            } else if !is_suffix {
                return None;
            }
        }
        found.has_version = has_version(value);
        Some(found)
    }

    /// The count to which a word adds, also with one digit or two behind it: `VERTEX3`, `GEN10`.
    fn sort_of(&mut self, word: &str) -> Option<&mut usize> {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let plain = if bare.len() > 2 && word.len() - bare.len() <= 2 { bare } else { word };
        let said = lists::product_word(word);
        let said = said.or_else(|| (plain.len() < word.len()).then(|| lists::product_word(plain)).flatten());
        Some(match said? {
            ProductWord::Maker => &mut self.makers,
            ProductWord::Family => &mut self.families,
            ProductWord::System => &mut self.systems,
            ProductWord::Other => &mut self.others,
        })
    }
}

/// `500GB`, `1TB`, `240G`, `3200MHZ`, `160MHZ`.
fn is_size(word: &str) -> bool {
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = word.len() - unit.len();
    (1..=SHORT).contains(&digits)
        && matches!(unit, "GB" | "TB" | "MB" | "GIB" | "TIB" | "GHZ" | "MHZ" | "G" | "T")
}

/// Whether two numbers have a dot or a comma between them: `22.04`, `VMWARE7,1`.
fn has_version(value: &str) -> bool {
    value.as_bytes().windows(3).any(|three| {
        matches!(three[1], b'.' | b',') && three[0].is_ascii_digit() && three[2].is_ascii_digit()
    })
}

/// Whether a word has a form of `model-forms.txt`: parts between colons, each either itself, or `n` for digits, `a` for
/// letters or `x` for both, with how many.
pub(super) fn has_form(word: &str, form: &str) -> bool {
    let Some((part, rest)) = form.split_once(':').or((!form.is_empty()).then_some((form, ""))) else {
        return word.is_empty();
    };
    let class: fn(&u8) -> bool = match part.as_bytes().first() {
        Some(b'n') => u8::is_ascii_digit,
        Some(b'a') => u8::is_ascii_uppercase,
        Some(b'x') => |b| b.is_ascii_digit() || b.is_ascii_uppercase(),
        _ => return word.strip_prefix(part).is_some_and(|word| has_form(word, rest)),
    };
    let (least, most) = part[1..].split_once('-').unwrap_or((&part[1..], &part[1..]));
    let (Ok(least), Ok(most)) = (least.parse::<usize>(), most.parse::<usize>()) else { return false };
    let fits = word.bytes().take(most).take_while(class).count();
    (least..=fits).rev().any(|len| word.get(len..).is_some_and(|word| has_form(word, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_met_by_its_models_alone() {
        for (word, form) in [
            ("WD10EZEX", "WD:n2-4:a3-4"),
            ("CT1000P3PSSD8", "CT:n3-4:x2-6:SSD:n1"),
            ("MZVLB512HBJQ", "MZ:x3:n3:H:a3"),
            ("DTLA", "DTLA:n0-6"),
        ] {
            assert!(has_form(word, form), "{word} {form}");
            assert!(!has_form(&format!("{word}-"), form) && !has_form(&word[1..], form), "{word} {form}");
        }
        for honest in ["WDWCC6Y3ABCDEF", "S4EWNX0R123456", "Z1D3ABCD", "PHYF12345678480BGN"] {
            assert!(!lists::is_model_form(honest), "{honest}");
        }
    }

    #[test]
    fn a_name_that_somebody_gave_a_machine_is_no_products() {
        for name in [
            "DELL-07",
            "DELL 7731",
            "INTEL-NUC-07",
            "HP-RACK-7",
            "THINKPAD-12",
            "UBUNTU-7F3A",
            "WINDOWS-07",
            "SAMSUNG S4EWNX0R123456",
            "DELL 7F3K2X3",
            "OPTIPLEX-HALL-7",
            "",
            "---",
        ] {
            assert!(!is_product(name), "{name}");
        }
        for name in ["LENOVO", "DELL INC.", "UBUNTU 22.04.3 LTS", "WD10EZEX-08WN4A0", "OPTIPLEX 7050"] {
            assert!(is_product(name), "{name}");
        }
    }
}
