//! Texts that came as Base64 or as hexadecimal digits: secrets of Kubernetes, PowerShell, dumps.

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine as _};
use data_encoding::HEXUPPER;

use super::df1;
use super::normal::trim;

/// Longest text that is tried.
const LONGEST: usize = 2048;

/// Whether a text is Base64 or hexadecimal digits of a fingerprint.
pub(super) fn is_encoded(text: &str) -> bool {
    let is_fingerprint = |bytes: Vec<u8>| {
        as_text(bytes).is_some_and(|inner| {
            matches!(df1::prefix(trim(&inner)), df1::Prefix::Df1(_)) || inner.matches('|').count() == 3
        })
    };
    text.len() <= LONGEST
        && (from_base64(text).is_some_and(is_fingerprint) || from_hex(text).is_some_and(is_fingerprint))
}

/// The bytes of Base64 of either alphabet, with or without its end.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

/// The bytes of hexadecimal digits with white space, colons, commas or `0x` between them.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.to_ascii_uppercase().replace("0X", "");
    let digits = digits.replace(|c: char| c.is_whitespace() || matches!(c, ':' | ','), "");
    HEXUPPER.decode(digits.as_bytes()).ok()
}

/// Bytes as text; PowerShell hands over UTF-16.
pub(super) fn as_text(bytes: Vec<u8>) -> Option<String> {
    let is_wide = bytes.len().is_multiple_of(2) && bytes.iter().skip(1).step_by(2).all(|b| *b == 0);
    let bytes = if is_wide { bytes.into_iter().step_by(2).collect() } else { bytes };
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_in_code_is_known_and_an_id_is_not() {
        let plain = "|S4EWNX0M123456|PF2QX7R9|";
        let spaced: Vec<String> = plain.bytes().map(|b| format!("0x{b:02x}")).collect();
        let wide: Vec<u8> = plain.bytes().flat_map(|b| [b, 0]).collect();
        for text in [
            data_encoding::BASE64.encode(plain.as_bytes()),
            data_encoding::BASE64URL_NOPAD.encode(plain.as_bytes()),
            data_encoding::BASE64.encode(&wide),
            HEXUPPER.encode(plain.as_bytes()).to_lowercase(),
            spaced.join(", "),
        ] {
            assert!(is_encoded(&text), "{text}");
        }
        for id in ["7F3A99C2B1D04E56", "q7bXgYhMfXXaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=", "ACME-7731"] {
            assert!(!is_encoded(id), "{id}");
        }
    }
}
