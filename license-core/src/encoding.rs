//! base64url without padding, as JOSE writes bytes.

/// Strict base64url of [RFC 4648 section 5]: no padding, no other alphabet, no stray bits in the last character.
///
/// [RFC 4648 section 5]: https://www.rfc-editor.org/rfc/rfc4648#section-5
pub(crate) mod base64url {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    pub(crate) fn encode(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn encode_onto(bytes: &[u8], text: &mut String) {
        URL_SAFE_NO_PAD.encode_string(bytes, text);
    }

    pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(text).ok()
    }

    /// Exactly `N` bytes, or nothing.
    pub(crate) fn decode_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        // The length is compared first: the decoder itself only says that the slice was too small.
        if text.len() != (N * 8).div_ceil(6) {
            return None;
        }
        let written = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (written == N).then_some(bytes)
    }
}
