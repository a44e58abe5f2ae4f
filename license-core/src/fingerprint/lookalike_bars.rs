//! Four parts whose bars were read as letters: by a scanner, or by somebody who typed them from a screen.

use super::within::{ends_of_addresses, processor};

/// Fewest characters of a part between two such bars.
const PART: usize = 4;
/// Longest serial number; what is longer holds two of them.
const SERIAL: usize = 20;

/// Whether `MAC|DISK|BOARD|CPU` stands in a text with `I`, `l`, `1` or `!` in the place of bars: one is right behind an
/// address in pairs, or right before a processor's model, and others are further on, or before.
///
/// A text of which only digits tell that, without an address, may as well be serial numbers one behind the other.
pub(super) fn has_lookalike_bars(text: &str) -> bool {
    if !text.is_ascii() || text.len() < 3 * PART {
        return false;
    }
    let ends: Vec<usize> = ends_of_addresses(text).take(MOST).collect();
    let processor = processor(text);
    let is_behind_address = ends.iter().any(|end| {
        let rest = &text[*end..];
        rest.starts_with(is_letter_or_one) && rest.get(PART..).is_some_and(|rest| rest.contains(is_like))
    });
    // The last one is lost as well, so that the model stands at the end of a longer word.
    let is_before_processor = glued_processor(text).is_some_and(|at| {
        let (before, last) = text[..at].split_at(at - 1);
        let is_marked =
            matches!(last, "I" | "l" | "!") || (last == "1" && (!ends.is_empty() || before.contains('|')));
        let others: Vec<usize> = before.match_indices(['I', 'l', '!', '|']).map(|(at, _)| at).collect();
        let spread = others.first().zip(others.last()).is_some_and(|(first, last)| last - first > PART);
        is_marked && (!ends.is_empty() || spread)
    });
    // Between two that are left.
    let is_between = ends.iter().any(|end| {
        let cells: Vec<&str> = text[*end..].split('|').collect();
        matches!(cells.as_slice(), ["", middle, last] if processor.is_some() && last.len() >= 16 && holds_two(middle))
    });
    is_behind_address || is_before_processor || is_between
}

/// Most addresses that are looked behind.
const MOST: usize = 8;

/// Where a processor's model begins that ends a word and is not all of it.
fn glued_processor(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let ends = (16..=text.len()).filter(|end| !bytes.get(*end).is_some_and(u8::is_ascii_alphanumeric));
    ends.filter(|end| *end > 16 && is_like(char::from(bytes[end - 17])))
        .find(|end| processor(&text[end - 16..*end]).is_some())
        .map(|end| end - 16)
}

const fn is_letter_or_one(c: char) -> bool {
    matches!(c, 'I' | 'l' | '1' | '!')
}

const fn is_like(c: char) -> bool {
    is_letter_or_one(c) || c == '|'
}

/// Whether what stands between two bars holds a third: a small letter or a mark among capitals, or too long for one.
fn holds_two(part: &str) -> bool {
    let parted = |at: usize| at >= PART && part.len() - at > PART;
    let is_capital = !part.contains(|c: char| c.is_ascii_lowercase() && c != 'l');
    let strong = |(at, c): (usize, char)| is_capital && matches!(c, 'l' | '!') && parted(at);
    let long = |(at, c): (usize, char)| part.len() > SERIAL && is_capital && is_like(c) && parted(at);
    let is_hex = part.bytes().all(|b| b.is_ascii_hexdigit());
    part.char_indices().any(strong)
        || (!is_hex && !part.contains(['.', '_']) && part.char_indices().any(long))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_that_were_read_as_letters_are_known() {
        for text in [
            "04:7C:16:5E:E3:5DIS4EWNX0M123456IPF2QX7R9IBFEBFBFF00090672",
            "04:7C:16:5E:E3:5DlS4EWNX0M123456lPF2QX7R9lBFEBFBFF00090672",
            "04-7C-16-5E-E3-5D1S4EWNX0M1234561PF2QX7R91",
            "04:7C:16:5E:E3:5D!S4EWNX0M123456|PF2QX7R9lBFEBFBFF00090672",
            "04:7C:16:5E:E3:5D|S4EWNX0M123456lPF2QX7R9|BFEBFBFF00090672",
            "04:7C:16:5E:E3:5D|S4EWNX0M123456IPF2QX7R9|BFEBFBFF00090672",
            "lS4EWNX0M123456lPF2QX7R9lBFEBFBFF00090672",
            "|S4EWNX0M123456IPF2QX7R9IBFEBFBFF00090672",
        ] {
            assert!(has_lookalike_bars(text), "{text}");
        }
        for text in [
            "04:7C:16:5E:E3:5D|S4EWNX0M123456|BFEBFBFF00090672",
            "04:7C:16:5E:E3:5D|eui.001b444a488b5cec|BFEBFBFF00090672",
            "1S4EWNX0M123456BFEBFBFF00090672",
            "BFEBFBFF00090672-PF2QX7R9-S4EWNX0M123456",
            "Installation 11",
            "04:7C:16:5E:E3:5D",
            "3f0c81d7be5a9246cd7720e1ba84f95362ad18c7409be3f5d1726a0c98e4b35f",
        ] {
            assert!(!has_lookalike_bars(text), "{text}");
        }
    }
}
