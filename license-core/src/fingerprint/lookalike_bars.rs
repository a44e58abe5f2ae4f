//! Four parts whose bars were read as letters: by a scanner, or by somebody who typed them from a screen.

use super::within::{grouped_address, processor};

/// Fewest characters of a part between two such bars.
const PART: usize = 4;
/// Longest serial number; what is longer holds two of them.
const SERIAL: usize = 20;

/// Whether a text is `MAC|DISK|BOARD|CPU` in which `I`, `l`, `1` or `!` stand for bars: right behind an address in pairs, or
/// at the beginning; right before a processor's model, or at the end; and between them.
///
/// A text of which only digits tell that, without an address, may as well be serial numbers one behind the other.
pub(super) fn has_lookalike_bars(text: &str) -> bool {
    let text = text.trim();
    if !text.is_ascii() || text.len() < 2 * PART {
        return false;
    }
    let start = grouped_address(text);
    let end = last_processor(text);
    let (Some(first), Some(last)) =
        (text[start.unwrap_or(0)..].chars().next(), text[..end].chars().next_back())
    else {
        return false;
    };
    let middle = text.get(start.unwrap_or(0) + 1..end - 1).unwrap_or_default();
    if !is_like(first) || !is_like(last) {
        return false;
    }
    let is_bar = |c: char| c == '|';
    // One of the three is left at the most.
    let bars = text.matches(is_bar).count();
    match (start.is_some(), first, last) {
        (true, '|', '|') => bars == 2 && holds_two(middle),
        (true, ..) => bars <= 2 && middle.contains(is_like),
        (false, '|', _) | (false, _, '|') => bars <= 2 && middle.contains(is_like),
        // By letters alone, where a processor ends it.
        (false, 'I' | 'l' | '!', 'I' | 'l' | '!') => {
            end < text.len() && middle.contains(['I', 'l', '!', '|'])
        }
        _ => false,
    }
}

/// Where a processor's model that ends a text begins; the text's end if there is none.
fn last_processor(text: &str) -> usize {
    text.len()
        .checked_sub(16)
        .filter(|at| text.get(*at..).is_some_and(|word| processor(word).is_some()))
        .unwrap_or(text.len())
}

const fn is_like(c: char) -> bool {
    matches!(c, '|' | 'I' | 'l' | '1' | '!')
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
