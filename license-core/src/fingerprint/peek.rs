//! What stands in a text in code, told before room is made for it.

use super::encoded::{FEWEST, UUID};

/// The six bits of each symbol of Base64, of either alphabet.
static SYMBOLS: [u8; 256] = symbols();
/// In the place of those of a symbol that stands for none.
const SKIPPED: u8 = 64;

const fn symbols() -> [u8; 256] {
    let mut symbols = [u8::MAX; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        symbols[byte as usize] = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b'\n' | b'\r' => SKIPPED,
            _ => u8::MAX,
        };
        byte += 1;
    }
    symbols
}

/// What the bytes that stand behind a text in code may be, before room is made for them: of a serial number they are
/// hardly ever text.
#[derive(Default)]
pub(super) struct Peek {
    first: [u8; 3],
    len: usize,
    /// How many bytes are zero, at even places and at odd ones.
    zeros: [usize; 2],
}

impl Peek {
    fn push(&mut self, byte: u8) {
        if let Some(first) = self.first.get_mut(self.len) {
            *first = byte;
        }
        self.zeros[self.len % 2] += usize::from(byte == 0);
        self.len += 1;
    }

    /// Of a text that is no Base64 nothing, of one that is damaged anything.
    pub(super) fn at_base64(text: &str) -> Self {
        let (mut peek, mut bits, mut len) = (Self::default(), 0_u32, 0);
        for byte in text.bytes() {
            let symbol = SYMBOLS[usize::from(byte)];
            if symbol >= SKIPPED {
                match symbol {
                    SKIPPED => continue,
                    _ => return Self::default(),
                }
            }
            bits = bits << 6 | u32::from(symbol);
            len += 6;
            if len >= 8 {
                len -= 8;
                peek.push((bits >> len & 0xff) as u8);
            }
        }
        peek
    }

    /// The same of hexadecimal digits.
    pub(super) fn at_hex(text: &str) -> Self {
        let (mut peek, mut high) = (Self::default(), None);
        for byte in text.bytes() {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'F' => byte - b'A' + 10,
                b'a'..=b'f' => byte - b'a' + 10,
                // What becomes of `0x` is not worth a look.
                b'x' | b'X' => return Self { len: UUID, ..Self::default() },
                _ if is_between_digits(byte) => continue,
                _ => return Self::default(),
            };
            match high.take() {
                Some(high) => peek.push(high << 4 | digit),
                None => high = Some(digit),
            }
        }
        peek
    }

    /// Whether they may be a UUID, text in UTF-16, or text that begins with none but characters.
    pub(super) fn may_tell(&self) -> bool {
        let is_character = |byte: &u8| !byte.is_ascii_control() || matches!(byte, 0 | b'\t'..=b'\r');
        let is_utf8 = || match std::str::from_utf8(&self.first) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none(),
        };
        self.len >= FEWEST
            && (self.len == UUID
                || self.zeros.iter().any(|zeros| 4 * zeros >= self.len)
                || matches!(self.first, [0xff, 0xfe, _] | [0xfe, 0xff, _])
                || (self.first.iter().all(is_character) && is_utf8()))
    }
}

/// Whether it stands between hexadecimal digits and means nothing.
pub(super) const fn is_between_digits(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b':' | b',' | b'-')
}
