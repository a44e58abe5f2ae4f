//! Values of the same form in place of those that name a machine, the same one for the same value wherever it stands.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use data_encoding::HEXUPPER;
use sha2::{Digest as _, Sha256};

/// Letters and digits from which a value is found inside a longer text, also across separators.
const FOUND_ANYWHERE: usize = 8;
/// And from which it is found where it stands alone.
const FOUND_ALONE: usize = 5;
/// How often another pseudonym is tried.
const TRIES: u32 = 256;
/// So many equal characters in a row are structure, such as padding.
const RUN: usize = 4;

/// From which characters a pseudonym is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// Hexadecimal digits for each character.
    Hex,
    /// A digit for a digit, a letter for a letter, a hexadecimal one for such a one.
    Classes,
    /// A digit for a digit, a hexadecimal one for a letter: the addresses of networks.
    Hosts,
}

/// By letters and digits alone, in capitals. Pseudonyms are drawn by the order in which values are met, not from the
/// values: they tell nothing of them.
pub(super) struct Pseudonyms {
    salt: u8,
    count: u64,
    known: BTreeMap<String, String>,
    /// Of those, what is looked for inside other texts: words may well stand elsewhere, as a maker's name.
    inside: HashMap<String, String>,
    taken: BTreeSet<String>,
    /// What was replaced, without what follows from it.
    originals: BTreeSet<String>,
    pub(super) ours: BTreeSet<String>,
    /// Names of network interfaces.
    pub(super) interfaces: BTreeSet<String>,
    hosts: BTreeMap<String, String>,
}

impl Pseudonyms {
    /// `ours` are words that are no names, whatever they look like.
    pub(super) fn new(salt: u8, ours: BTreeSet<String>) -> Self {
        let (known, inside) = (BTreeMap::new(), HashMap::new());
        let (taken, originals) = (BTreeSet::new(), BTreeSet::new());
        let (interfaces, hosts) = (BTreeSet::new(), BTreeMap::new());
        Self { salt, count: 0, known, inside, taken, originals, ours, interfaces, hosts }
    }

    /// The same text with another value of the same form, of which `is_fit` says that it would do.
    ///
    /// `keep` says which of its letters and digits, by their number, stay: a maker's prefix.
    pub(super) fn replace(
        &mut self,
        text: &str,
        alphabet: Alphabet,
        keep: &dyn Fn(usize) -> bool,
        is_fit: &dyn Fn(&str) -> bool,
    ) -> String {
        let bare = bare(text.as_bytes());
        if let Some(known) = self.known.get(&bare) {
            return dressed(text, known);
        }
        let (mut inside, found) = self.found_in(&bare);
        for (at, is_kept) in inside.iter_mut().enumerate() {
            *is_kept |= keep(at);
        }
        let mut is_row = stays(&bare);
        // Beside its rows and its prefix so little is left that they would tell which value it was.
        if inside.iter().zip(&is_row).filter(|(is_kept, is_row)| !**is_kept && !**is_row).count() <= 3 {
            is_row.fill(false);
        }
        for (is_kept, is_row) in inside.iter_mut().zip(is_row) {
            *is_kept |= is_row;
        }
        if found == bare && !inside.contains(&false) {
            return text.to_owned();
        }
        self.count += 1;
        let mut drawn = String::new();
        for attempt in 0..TRIES {
            drawn = self.draw(&found, &inside, alphabet, attempt);
            if drawn != bare
                && !self.taken.contains(&drawn)
                && !self.known.contains_key(&drawn)
                && is_fit(&dressed(text, &drawn))
            {
                break;
            }
        }
        let pseudonym = dressed(text, &drawn);
        self.learn(&bare, &drawn, text, &pseudonym);
        pseudonym
    }

    /// Whether a value was replaced before.
    pub(super) fn knows(&self, text: &str) -> bool {
        self.known.contains_key(&bare(text.as_bytes()))
    }

    /// Whether a word is a value that was told elsewhere, with a digit as most values have, or the name of an interface.
    pub(super) fn knows_as_name(&self, word: &str) -> bool {
        let bare = bare(word.as_bytes());
        self.interfaces.contains(word) || bare.len() >= FOUND_ANYWHERE && self.originals.contains(&bare)
    }

    /// A pseudonym by the value's class of characters alone.
    pub(super) fn plain(&mut self, text: &str) -> String {
        self.replace(text, Alphabet::Classes, &|_| false, &|_| true)
    }

    /// The address of a host in a network, as another such: it is short, and so looked for nowhere else.
    pub(super) fn host(&mut self, text: &str) -> String {
        if let Some(known) = self.hosts.get(text) {
            return known.clone();
        }
        if let Some(plain) = unpadded(text) {
            let new = self.host(&plain);
            let padded = text
                .split('.')
                .zip(new.split('.'))
                .map(|(old, new)| format!("{new:0>len$}", len = old.len()));
            return padded.collect::<Vec<_>>().join(".");
        }
        // The first digit of three, so that a byte stays one.
        let is_kept = |(at, c): (usize, char)| {
            let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
            let starts = at == 0 || !text.as_bytes()[at - 1].is_ascii_digit();
            (c.is_ascii_alphanumeric()).then_some(text.contains('.') && starts && digits == 3)
        };
        let kept: Vec<bool> = text.char_indices().filter_map(is_kept).collect();
        self.count += 1;
        let mut new = text.to_owned();
        for attempt in 0..TRIES {
            new = dressed(text, &self.draw(&bare(text.as_bytes()), &kept, Alphabet::Hosts, attempt));
            let is_taken = new == text || self.hosts.values().any(|taken| *taken == new);
            if !is_taken && !self.hosts.contains_key(&new) && new.parse::<std::net::IpAddr>().is_ok() {
                break;
            }
        }
        self.hosts.insert(text.to_owned(), new.clone());
        new
    }

    fn learn(&mut self, bare: &str, drawn: &str, text: &str, pseudonym: &str) {
        self.known.insert(bare.to_owned(), drawn.to_owned());
        if bare.len() >= FOUND_ALONE && bare.bytes().any(|b| b.is_ascii_digit()) {
            self.originals.insert(bare.to_owned());
            let mut add = |from: String, to: String| _ = self.inside.entry(from).or_insert(to);
            add(bare.to_owned(), drawn.to_owned());
            if bare.len() >= FOUND_ANYWHERE {
                let reversed = |text: &str| text.chars().rev().collect::<String>();
                add(reversed(bare), reversed(drawn));
                if let (Some(from), Some(to)) = (swapped(bare), swapped(drawn)) {
                    add(from, to);
                }
            }
            for (from, to) in [(text.trim(), pseudonym.trim()), (bare, drawn)] {
                let hex = |text: &str| HEXUPPER.encode(text.as_bytes());
                add(hex(from), hex(to));
                add(hex(&from.to_ascii_lowercase()), hex(&to.to_ascii_lowercase()));
            }
        }
        self.taken.insert(drawn.to_owned());
    }

    /// Replaces every known value in a text, in whatever dress: between other characters, with or without separators,
    /// as the hexadecimal digits of its characters, backwards.
    pub(super) fn in_text(&self, text: &str) -> String {
        dressed(text, &self.found_in(&bare(text.as_bytes())).1)
    }

    /// Which letters and digits of a text stand for a pseudonym now, and all of them.
    fn found_in(&self, bare: &str) -> (Vec<bool>, String) {
        let mut text = bare.as_bytes().to_vec();
        let mut done = vec![false; text.len()];
        // Longer values first, since a shorter one may stand in them.
        let lengths: BTreeSet<usize> = self.inside.keys().map(String::len).collect();
        for len in lengths.into_iter().rev().filter(|&len| len >= FOUND_ANYWHERE || len == bare.len()) {
            for at in 0..(bare.len() + 1).saturating_sub(len) {
                let places = at..at + len;
                if let Some(pseudonym) = self.inside.get(&bare[places.clone()])
                    && !done[places.clone()].contains(&true)
                {
                    text[places.clone()].copy_from_slice(pseudonym.as_bytes());
                    done[places].fill(true);
                }
            }
        }
        (done, text.into_iter().map(char::from).collect())
    }

    fn draw(&self, bare: &str, done: &[bool], alphabet: Alphabet, attempt: u32) -> String {
        let block = |number: u64| {
            let mut hash = Sha256::new_with_prefix(b"license-agent capture");
            hash.update([self.salt]);
            hash.update(self.count.to_be_bytes());
            hash.update(attempt.to_be_bytes());
            hash.update(number.to_be_bytes());
            <[u8; 32]>::from(hash.finalize())
        };
        let mut bytes = (0..).flat_map(block);
        let mut pick = |from: &[u8]| from[usize::from(bytes.next().unwrap_or_default()) % from.len()];
        let drawn = bare.bytes().zip(done).map(|(old, &is_done)| match (old, alphabet) {
            _ if is_done => old,
            (_, Alphabet::Hex) if old.is_ascii_hexdigit() => pick(b"0123456789ABCDEF"),
            (b'A'..=b'F', Alphabet::Hosts) => pick(b"ABCDEF"),
            (b'0'..=b'9', _) => pick(b"0123456789"),
            (b'A'..=b'F', _) => pick(b"ABCDEF"),
            _ => pick(b"GHJKLMNPQRSTUVWXYZ"),
        });
        drawn.map(char::from).collect()
    }

    /// Whether none of the values that were replaced stands in a text, plain, in hexadecimal digits or backwards.
    pub(super) fn is_gone_from(&self, text: &str) -> bool {
        let values = self.originals.iter().filter(|value| value.len() >= FOUND_ANYWHERE);
        let spellings = values.flat_map(|value| {
            [value.clone(), HEXUPPER.encode(value.as_bytes()), value.chars().rev().collect::<String>()]
        });
        let spellings: HashSet<String> = spellings.collect();
        let lengths: BTreeSet<usize> = spellings.iter().map(String::len).collect();
        // A line's own marks and escapes join nothing: each line is looked at for itself.
        text.lines().map(|line| bare(line.as_bytes())).all(|line| {
            let mut places = lengths
                .iter()
                .flat_map(|&len| (0..(line.len() + 1).saturating_sub(len)).map(move |at| at..at + len));
            !places.any(|place| spellings.contains(&line[place]))
        })
    }
}

/// An address of IPv4 without the zeros before its numbers; none where it has none.
fn unpadded(text: &str) -> Option<String> {
    let plain = |part: &str| part.parse::<u8>().ok().map(|byte| byte.to_string());
    let plain: Option<Vec<String>> = text.split('.').map(plain).collect();
    plain.map(|parts| parts.join(".")).filter(|plain| plain != text && text.contains('.'))
}

/// Letters and digits alone, in capitals.
pub(super) fn bare(text: &[u8]) -> String {
    text.iter().filter(|b| b.is_ascii_alphanumeric()).map(|b| char::from(b.to_ascii_uppercase())).collect()
}

/// A text with other letters and digits, in the case and between the separators of the old ones.
fn dressed(text: &str, bare: &str) -> String {
    let mut new = bare.chars();
    let dress = |old: char| match old {
        'a'..='z' => new.next().map_or(old, |c| c.to_ascii_lowercase()),
        'A'..='Z' => new.next().unwrap_or(old),
        '0'..='9' => new.next().unwrap_or(old),
        _ => old,
    };
    let dressed: String = text.chars().map(dress).collect();
    // A hexadecimal letter in a place of a digit takes the case of the others.
    if text.bytes().any(|b| b.is_ascii_lowercase()) && !text.bytes().any(|b| b.is_ascii_uppercase()) {
        dressed.to_ascii_lowercase()
    } else {
        dressed
    }
}

/// Which characters are one of a row of equal ones.
pub(super) fn stays(bare: &str) -> Vec<bool> {
    let bytes = bare.as_bytes();
    let row = |at: usize| {
        let same = |b: &&u8| **b == bytes[at];
        bytes[at..].iter().take_while(same).count() + bytes[..at].iter().rev().take_while(same).count()
    };
    (0..bytes.len()).map(|at| row(at) >= RUN).collect()
}

/// The bytes of hexadecimal digits, last first.
fn swapped(bare: &str) -> Option<String> {
    let mut bytes = HEXUPPER.decode(bare.as_bytes()).ok()?;
    bytes.reverse();
    Some(HEXUPPER.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_pseudonym_in_every_dress() {
        let mut all = Pseudonyms::new(0, BTreeSet::new());
        let maker = |at: usize| at < 6;
        let mac = all.replace("04:7c:16:5e:e3:5d", Alphabet::Hex, &maker, &|_| true);
        assert!(mac.starts_with("04:7c:16:") && mac != "04:7c:16:5e:e3:5d", "{mac}");
        let digits = mac.replace(':', "");
        assert_eq!(all.in_text("enx047c165ee35d"), format!("enx{digits}"));
        assert_eq!(all.in_text("047C165EE35D"), digits.to_uppercase());
        assert_eq!(all.in_text("53eb1604-7c16-5ee3-5d01"), all.in_text("53eb1604-7c16-5ee3-5d01"));
        let serial = all.plain("S4EWNX0M123456");
        let hex = |text: &str| HEXUPPER.encode(text.as_bytes()).to_lowercase();
        assert_eq!(
            all.in_text(&format!("nvme.144d-{}-4d-1", hex("S4EWNX0M123456"))),
            format!("nvme.144d-{}-4d-1", hex(&serial))
        );
        let class = |c: char| (c.is_ascii_digit(), c.is_ascii_hexdigit());
        assert_eq!(
            serial.chars().map(class).collect::<Vec<_>>(),
            "S4EWNX0M123456".chars().map(class).collect::<Vec<_>>()
        );
        assert!(all.is_gone_from(&all.in_text("654321M0XNWE4S / S4EW-NX0M-123456")));
        assert!(!all.is_gone_from("654321M0XNWE4S"));
    }

    #[test]
    fn rows_of_equal_characters_and_kept_prefixes_stay() {
        let mut all = Pseudonyms::new(0, BTreeSet::new());
        let name = all.replace("5000c50000007e9b", Alphabet::Hex, &|at| at < 7, &|_| true);
        assert!(name.starts_with("5000c500000") && name.len() == 16, "{name}");
        assert_ne!(all.plain("0000-0123"), "0000-0123", "a number with zeros before it");
    }

    #[test]
    fn pseudonyms_follow_the_order_and_not_the_value() {
        let draw = |value: &str| {
            Pseudonyms::new(0, BTreeSet::new()).replace(value, Alphabet::Hex, &|_| false, &|_| true)
        };
        assert_eq!(draw("4b7c1d0a92e84f6f"), draw("9d10e3c5a7b28f41"));
    }
}
