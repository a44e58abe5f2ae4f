//! HMAC-SHA256 under a key of any length.

use hmac::{Hmac, KeyInit as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const BLOCK: usize = 64;

/// Begins an HMAC. Keys over a block are hashed, shorter ones padded with zeros:
/// [RFC 2104, section 2](https://www.rfc-editor.org/rfc/rfc2104#section-2).
pub(crate) fn hmac_sha256(key: &[u8]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; BLOCK]);
    if let Some(start) = block.get_mut(..key.len()) {
        start.copy_from_slice(key);
    } else {
        block[..32].copy_from_slice(&Sha256::digest(key));
    }
    Hmac::new((&*block).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use hmac::Mac as _;

    /// [RFC 4231](https://www.rfc-editor.org/rfc/rfc4231#section-4), cases 1 and 6.
    #[test]
    fn the_published_cases_hold() {
        for (key, data, tag) in [
            (&[0x0b; 20][..], "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                &[0xaa; 131],
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            let found = hmac_sha256(key).chain_update(data).finalize().into_bytes();
            assert_eq!(HEXLOWER.encode(&found), tag);
        }
    }
}
