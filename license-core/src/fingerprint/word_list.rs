//! Sorted lists of words, and what tells of nearly every text without a search that it is not in one.

/// A sorted list, with what tells of nearly every word that is not in it without a search: a bit for each entry, at a
/// place that its length and three of its bytes give.
pub(super) struct List {
    pub(super) entries: &'static [&'static str],
    marks: Marks,
}

/// Bits for the marks of a list.
const MARKS: usize = 1 << 15;

pub(super) type Marks = [u64; MARKS / 64];

/// Whether a word of this mark may be in what has these.
pub(super) const fn is_marked(marks: &Marks, mark: usize) -> bool {
    marks[mark / 64] >> (mark % 64) & 1 == 1
}

/// The marks of several lists together.
pub(super) const fn all_marks<const N: usize>(lists: [&List; N]) -> Marks {
    let (mut marks, mut list) = ([0; MARKS / 64], 0);
    while list < N {
        let mut at = 0;
        while at < marks.len() {
            marks[at] |= lists[list].marks[at];
            at += 1;
        }
        list += 1;
    }
    marks
}

impl List {
    pub(super) const fn of(entries: &'static [&'static str]) -> Self {
        let (mut marks, mut at) = ([0; MARKS / 64], 0);
        while at < entries.len() {
            let mark = mark(entries[at].as_bytes());
            marks[mark / 64] |= 1 << (mark % 64);
            at += 1;
        }
        Self { entries, marks }
    }

    /// Whether a word is in it.
    pub(super) fn holds(&self, word: &str) -> bool {
        is_marked(&self.marks, mark(word.as_bytes())) && self.entries.binary_search(&word).is_ok()
    }
}

/// Knuth's multiplicative hash of what words differ in most.
pub(super) const fn mark(word: &[u8]) -> usize {
    let len = word.len();
    if len == 0 {
        return 0;
    }
    let ends = (word[0] as u32) << 16 | (word[len / 2] as u32) << 8 | word[len - 1] as u32;
    let hash = (ends ^ (len as u32) << 24).wrapping_mul(0x9e37_79b1);
    (hash >> (u32::BITS - MARKS.trailing_zeros())) as usize
}

/// The first two bytes of the entries of a list: which texts none of them begins.
pub(super) struct Beginnings([u64; BEGINNINGS / 64]);

/// Bits for them.
const BEGINNINGS: usize = 1 << 12;

impl Beginnings {
    pub(super) const fn of(entries: &[&str]) -> Self {
        let (mut bits, mut at) = ([0; BEGINNINGS / 64], 0);
        while at < entries.len() {
            let bit = Self::bit(entries[at].as_bytes());
            bits[bit / 64] |= 1 << (bit % 64);
            at += 1;
        }
        Self(bits)
    }

    /// Whether an entry of two bytes or more may begin a text, or a text an entry; of a shorter text nothing is told.
    pub(super) fn may_begin(&self, text: &[u8]) -> bool {
        let bit = Self::bit(text);
        text.len() < 2 || self.0[bit / 64] >> (bit % 64) & 1 == 1
    }

    const fn bit(text: &[u8]) -> usize {
        match text {
            [first, second, ..] => ((*first as usize) << 5 ^ *second as usize) % BEGINNINGS,
            _ => 0,
        }
    }
}
