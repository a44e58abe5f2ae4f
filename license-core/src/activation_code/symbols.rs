//! The characters of a code, and the two among them that find mistakes in the others.

use super::ActivationCodeError;

/// Characters that carry the 16 bytes; the last one has two bits to spare.
pub(super) const DATA: usize = 26;
/// All characters.
pub(super) const ALL: usize = DATA + 2;

/// [Crockford's Base32](https://www.crockford.com/base32.html): no I, L, O and U.
pub(super) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What a character stands for, 0 to 31. O is read as 0, I and L as 1.
pub(super) fn value(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    // The alphabet has 32 characters.
    ALPHABET.iter().position(|&symbol| char::from(symbol) == c).and_then(|at| u8::try_from(at).ok())
}

/// What may stand anywhere between the characters and means nothing.
pub(super) const fn is_filler(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The values of a code's characters, in any spelling.
pub(super) fn read(text: &str) -> Result<[u8; ALL], ActivationCodeError> {
    let mut symbols = [0; ALL];
    let mut found = 0;
    for c in text.chars().filter(|c| !is_filler(*c)) {
        let symbol = value(c).ok_or(ActivationCodeError::Character { place: found + 1, found: c })?;
        if let Some(place) = symbols.get_mut(found) {
            *place = symbol;
        }
        found += 1;
    }
    if found == ALL { Ok(symbols) } else { Err(ActivationCodeError::Length { found }) }
}

/// 16 bytes as a number of 128 bits, five bits a character from the highest; two zero bits at the end.
pub(super) fn split(bytes: &[u8; 16]) -> [u8; DATA] {
    let number = u128::from_be_bytes(*bytes);
    // Five bits always fit.
    let five = |bits: u128| u8::try_from(bits & 31).unwrap_or_default();
    std::array::from_fn(|at| match at {
        25 => five(number << 2),
        at => five(number >> (123 - 5 * at)),
    })
}

/// The 16 bytes; none where the two bits at the end are not zero.
pub(super) fn join(data: &[u8; DATA]) -> Option<[u8; 16]> {
    let [start @ .., last] = data;
    let number = start.iter().fold(0, |number: u128, &symbol| number << 5 | u128::from(symbol));
    (last & 3 == 0).then(|| (number << 3 | u128::from(last >> 2)).to_be_bytes())
}

/// The check symbols: the remainder of the data, as a polynomial over GF(32), by
/// g(x) = (x − α)(x − α²) = x² + 6x + 8, where α = 2 and α⁵ = α² + 1.
///
/// That is a Reed–Solomon code of 28 of at most 31 symbols: any two words differ in three places or more, so one or two
/// wrong characters never make another word, and a swap is two wrong characters.
pub(super) fn check(data: &[u8; DATA]) -> [u8; 2] {
    data.iter().fold([0, 0], |[first, second], &symbol| {
        let carried = symbol ^ first;
        [second ^ times(carried, 6), times(carried, 8)]
    })
}

/// The product in GF(32), where x⁵ = x² + 1.
fn times(a: u8, b: u8) -> u8 {
    (0..5).rev().fold(0, |product: u8, bit| {
        let doubled = product << 1 ^ if product & 16 == 0 { 0 } else { 0b10_0101 };
        doubled ^ if b >> bit & 1 == 0 { 0 } else { a }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_runs_through_all_of_the_field() {
        let powers: std::collections::BTreeSet<u8> =
            std::iter::successors(Some(1), |&power| Some(times(power, 2))).take(31).collect();
        assert_eq!(powers, (1..32).collect());
        assert_eq!((2 ^ times(2, 2), times(2, times(2, 2))), (6, 8), "the coefficients of g");
    }

    #[test]
    fn the_alphabet_is_read_in_both_cases() {
        for (at, symbol) in ALPHABET.iter().enumerate() {
            for c in [symbol.to_ascii_lowercase(), symbol.to_ascii_uppercase()] {
                assert_eq!(value(char::from(c)).map(usize::from), Some(at));
            }
        }
        assert_eq!("oOiIlL".chars().filter_map(value).collect::<Vec<_>>(), [0, 0, 1, 1, 1, 1]);
        assert!("uU#\0ı０é".chars().all(|c| value(c).is_none()));
    }
}
