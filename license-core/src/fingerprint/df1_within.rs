//! A `DF1-…` with other text around it, or what is left of one whose beginning is lost or changed.

use data_encoding::BASE32_NOPAD;

use super::df1::{CHECK, TAG, bare, checksum};
use super::realm::Realm;
use super::set::RECORD;
use crate::typography::is_dash;

/// Fewest characters of Base32 that tell a fingerprint from a name.
const TELLING: usize = 16;
/// Fewest characters of Base32 behind a beginning of which one character is another: a fingerprint of one part has 31.
const SHORTEST: usize = 24;

/// Whether a whole `DF1-…`, or the beginning of one, stands in a text: `DF1` that does not go on a word, something that
/// is no letter, and Base32; or with a dash and a good deal of it wherever it stands; or two of its three characters, at
/// the beginning of a word, with a dash and the Base32 of a part.
pub(super) fn holds_df1(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let mut before = None;
    upper.char_indices().any(|(at, first)| {
        let is_word = before.replace(first).is_some_and(|c: char| c.is_ascii_alphanumeric());
        let mut after = upper[at + first.len_utf8()..].chars();
        let (Some(second), Some(third)) = (after.next(), after.next()) else { return false };
        let after = after.as_str();
        let looks = matches!(third, '1' | 'L' | 'I' | '!' | '|');
        let alike = [first == 'D', second == 'F', looks].into_iter().filter(|same| *same).count();
        // One of the three is lost.
        let is_lost = !is_word && first == 'F' && second == '1' && is_dash(third);
        if alike < 2 {
            return is_lost && loose_run(after) >= SHORTEST;
        }
        let exact = alike == 3 && third == '1';
        let parted = after.starts_with(|c: char| is_dash(c) || (exact && !c.is_ascii_alphanumeric()));
        let least = match (exact, is_word) {
            (true, false) => TELLING / 2,
            _ if alike == 3 => TELLING,
            (_, false) => SHORTEST,
            _ => return false,
        };
        (exact && !is_word && parted && mostly_run(after))
            || parted && (base32_run(after) >= least || loose_run(after) >= SHORTEST)
    })
}

/// The same where one character is no Base32, and marks that were put in do not count.
fn loose_run(text: &str) -> usize {
    let is_mark = |c: char| c.is_whitespace() || is_dash(c) || matches!(c, '\\' | '.' | '\u{2026}');
    let mut wrong = 0;
    let counts = text.chars().filter(|c| !is_mark(*c)).take_while(|c| {
        let fits = c.is_ascii_alphabetic() || ('2'..='7').contains(c);
        wrong += usize::from(!fits);
        fits || (wrong == 1 && c.is_alphanumeric())
    });
    counts.count()
}

/// Whether as many characters come next as a part has, and all but a few are Base32.
fn mostly_run(after: &str) -> bool {
    let upper = after.chars().filter(|c| !c.is_whitespace() && !is_dash(*c)).map(|c| c.to_ascii_uppercase());
    let run: Vec<char> = upper.take(SHORTEST).collect();
    run.len() == SHORTEST && is_mostly_base32(&run)
}

/// How many characters of Base32 come next, dashes and white space left out.
fn base32_run(text: &str) -> usize {
    let counts = text.chars().filter(|c| !c.is_whitespace() && !is_dash(*c));
    counts.take_while(|c| c.is_ascii_alphabetic() || ('2'..='7').contains(c)).count()
}

/// Whether anywhere in a text stands Base32 of which all but the first eight characters are a fingerprint's: as it is,
/// or with this realm's tag and a kind in their place, of which four characters at least are left.
pub(super) fn stands_in(text: &str, realm: &Realm) -> bool {
    let symbols: Vec<Option<u8>> = bare(text).chars().map(symbol).collect();
    let tag = BASE32_NOPAD.encode(&realm.tag().0);
    let known: Vec<Option<u8>> = tag.chars().take(tag.len() - 1).map(symbol).collect();
    (BEGINNING..=symbols.len()).filter(|end| symbols[end - 1].is_some()).any(|end| {
        (1..=MOST_RECORDS)
            .map_while(|records| end.checked_sub(length(records)).map(|at| (records, at)))
            .any(|(records, at)| ends_as_fingerprint(&symbols[at..end], records, realm, &known))
    })
}

/// Whether the characters of this realm's tag stand in a text, with most of a fingerprint's behind them, whatever
/// happened to those: of other identifiers one in a thousand million has them by chance.
pub(super) fn begins_as_own(text: &str, realm: &Realm) -> bool {
    let as_read = |c: char| match c.to_ascii_uppercase() {
        '0' => 'O',
        '1' => 'I',
        c => c,
    };
    let text: String = bare(text).chars().map(as_read).collect();
    let tag = BASE32_NOPAD.encode(&realm.tag().0);
    let known = &tag[..tag.len() - 1];
    text.find(known).is_some_and(|at| text.len() - at >= OWN)
}

/// Whether something like `DF1` and this realm's tag stands in a text, with most of a fingerprint's behind it: together six
/// of their nine characters, four of the tag's at least, or seven where one is too few or too many. Of other identifiers
/// in Base32 one in a hundred thousand has that by chance, and of others next to none.
pub(super) fn resembles_own(text: &str, realm: &Realm) -> bool {
    let tag = BASE32_NOPAD.encode(&realm.tag().0);
    let tag: Vec<char> = tag.chars().take(tag.len() - 1).collect();
    let text: Vec<char> = bare(text).chars().map(|c| c.to_ascii_uppercase()).collect();
    (1..text.len().saturating_sub(RESEMBLING)).any(|at| {
        let behind = &text[at..];
        let mark = like_mark(&text[..at]).max(like_mark(&text[..at - 1]));
        if mark == 0 || !is_mostly_base32(&text[at..at + RESEMBLING]) {
            return false;
        }
        let whole = alike(behind, &tag);
        let moved = (0..tag.len()).map(|k| {
            let start = alike(&behind[..k], &tag[..k]);
            start + alike(&behind[k..], &tag[k + 1..]).max(alike(&behind[k + 1..], &tag[k..]))
        });
        let moved = moved.max().unwrap_or_default();
        (whole >= 4 && whole + mark >= 6) || (moved >= 4 && moved + mark >= 7)
    })
}

/// How many characters are those that are meant, or are read as them.
fn alike(found: &[char], meant: &[char]) -> usize {
    found.iter().zip(meant).filter(|(found, meant)| same(**found, **meant)).count()
}

/// How much of `DF1` stands at a text's end, of which one character may be lost.
fn like_mark(before: &[char]) -> usize {
    let last = |count: usize| &before[before.len().saturating_sub(count)..];
    let whole = if before.len() < 3 { 0 } else { alike(last(3), &['D', 'F', '1']) };
    let two = [['D', 'F'], ['F', '1'], ['D', '1']].iter().map(|two| alike(last(2), two)).max();
    whole.max(two.filter(|two| *two == 2).unwrap_or_default())
}

/// Fewest characters from the tag on by which it is known: one part's have 31.
const RESEMBLING: usize = 24;

/// Whether a character is another, or is read as it.
fn same(found: char, meant: char) -> bool {
    let as_read = |c: char| match c {
        '0' | 'Q' => 'O',
        '1' | 'L' | '!' | '|' => 'I',
        '8' => 'B',
        '5' => 'S',
        '2' => 'Z',
        c => c,
    };
    found == meant || as_read(found) == as_read(meant)
}

fn is_mostly_base32(text: &[char]) -> bool {
    let fits = text.iter().filter(|c| symbol(**c).is_some()).count();
    10 * fits >= 8 * text.len()
}

/// Fewest characters, this realm's tag among them, that are the beginning of its own.
const OWN: usize = 14;

/// Characters of the realm's tag and the first kind.
const BEGINNING: usize = 8;

fn ends_as_fingerprint(run: &[Option<u8>], records: usize, realm: &Realm, known: &[Option<u8>]) -> bool {
    // Kinds first: of what is no fingerprint, hardly anything gets beyond them.
    let kinds = |from: usize| (from..records).map(|n| byte(run, TAG + n * RECORD));
    let rise = |from: usize| {
        let kinds: Option<Vec<u8>> = kinds(from).collect();
        kinds.is_some_and(|kinds| kinds.is_sorted() && kinds.iter().all(|kind| is_kind(*kind)))
    };
    if !rise(1) {
        return false;
    }
    let alike = run.iter().zip(known).filter(|(found, meant)| found == meant).count();
    let has_kind = rise(0);
    if !has_kind && alike < BEGINNING / 2 {
        return false;
    }
    let size = TAG + records * RECORD + CHECK;
    let bytes: Vec<u8> = (0..size).map(|at| byte(run, at).unwrap_or_default()).collect();
    // Behind the beginning nothing may be missing.
    if run[BEGINNING..].iter().any(Option::is_none) {
        return false;
    }
    let is_whole = |bytes: &[u8]| {
        bytes.split_last_chunk::<CHECK>().is_some_and(|(body, check)| *check == checksum(body))
    };
    let mended = |kind: u8| {
        let mut bytes = bytes.clone();
        bytes[..TAG].copy_from_slice(&realm.tag().0);
        bytes[TAG] = kind;
        is_whole(&bytes)
    };
    // A character too many or too few before the kind moves all of the tag.
    is_whole(&bytes)
        || (has_kind && mended(bytes[TAG]))
        || (alike >= BEGINNING / 2 && (1..=9).any(|kind| mended(kind) || mended(kind | 0x80)))
}

/// The byte at a place, of characters of five bits each.
fn byte(run: &[Option<u8>], at: usize) -> Option<u8> {
    let bit = at * 8;
    let two_or_three = (bit / 5..=(bit + 7) / 5).map(|at| run.get(at).copied().flatten());
    let bits = two_or_three.clone().try_fold(0_u32, |bits, symbol| Some(bits << 5 | u32::from(symbol?)))?;
    let shift = two_or_three.count() * 5 - bit % 5 - 8;
    u8::try_from(bits >> shift & 0xff).ok()
}

const fn is_kind(byte: u8) -> bool {
    matches!(byte & 0x7f, 1..=9)
}

fn symbol(c: char) -> Option<u8> {
    let c = c.to_ascii_uppercase();
    let value = match c {
        'A'..='Z' => u32::from(c) - u32::from('A'),
        '2'..='7' => u32::from(c) - u32::from('2') + 26,
        _ => return None,
    };
    u8::try_from(value).ok()
}

/// Characters of Base32 of so many records.
const fn length(records: usize) -> usize {
    ((TAG + records * RECORD + CHECK) * 8).div_ceil(5)
}

/// Whether a text is the end of a `DF1-…` of which at most `most` characters are lost or others.
///
/// All of the Base32 is there and its checksum fits; or nothing but the realm's tag is missing, which is known; or, of
/// longer ones, the bytes that are to be kinds are kinds in rising order. An identifier of the vendor's own in Base32
/// passes for that once in 16,000 times.
pub(super) fn lost_beginning(text: &str, realm: &Realm, most: usize) -> bool {
    let text = bare(text).to_ascii_uppercase();
    let is_base32 = |c: char| c.is_ascii_uppercase() || ('2'..='7').contains(&c);
    // Of `DF1-`, whatever became of it, at most a few characters are no Base32.
    let end = text
        .rfind(|c| !is_base32(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let (start, run) = text.split_at(end);
    if start.chars().count() > 2 * PREFIX {
        return false;
    }
    (1..=MOST_RECORDS).any(|records| {
        let length = length(records);
        if run.len() + most < length || start.len() + run.len() > length + 2 * PREFIX {
            return false;
        }
        let last = |count: usize| &run[run.len().saturating_sub(count)..];
        let tag = BASE32_NOPAD.encode(&realm.tag().0);
        // The tag's last character has bits of the first kind as well.
        let known = tag.len() - 1;
        (run.len() >= length && fits(last(length)))
            || (run.len() >= length - known && fits(&format!("{}{}", &tag[..known], last(length - known))))
            || has_kinds(last(length - most), records)
    })
}

/// Most components of one device.
const MOST_RECORDS: usize = 16;
/// Characters before the Base32.
const PREFIX: usize = 4;

/// Whether Base32 ends in the checksum of what is before it.
fn fits(text: &str) -> bool {
    let bytes = BASE32_NOPAD.decode(text.as_bytes()).unwrap_or_default();
    bytes.split_last_chunk::<CHECK>().is_some_and(|(body, check)| *check == checksum(body))
}

/// Whether the end of so many records has kinds where kinds are to be, three at least.
fn has_kinds(end: &str, records: usize) -> bool {
    let whole = length(records);
    let lost = whole - end.len();
    let Ok(bytes) = BASE32_NOPAD.decode(format!("{}{end}", "A".repeat(lost)).as_bytes()) else {
        return false;
    };
    let kinds = (0..records).map(|n| TAG + n * RECORD).filter(|at| at * 8 >= lost * 5);
    let kinds: Vec<u8> = kinds.filter_map(|at| bytes.get(at).copied()).collect();
    kinds.len() >= 3 && kinds.is_sorted() && kinds.iter().all(|kind| (1..=9).contains(&(kind & 0x7f)))
}
