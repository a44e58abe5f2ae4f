//! The vendor's name for digests, and the digests.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::kind::Kind;

/// Under whose name digests are made. Two vendors' digests of one machine have nothing in common.
///
/// The name is no secret: who knows it can test guesses of a value against a digest.
#[derive(Clone)]
pub struct Realm {
    hmac: Hmac<Sha256>,
    tag: RealmTag,
}

impl Realm {
    /// The realm of a name, usually the issuer's.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"device-fingerprint/v1\0");
        hasher.update(name.as_bytes());
        let key: [u8; 32] = hasher.finalize().into();
        let tag = RealmTag([key[0], key[1], key[2], key[3]]);
        // HMAC pads a short key with zeros to the block size: RFC 2104, section 2.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&key);
        Self { hmac: Hmac::new(&block.into()), tag }
    }

    /// Its short public mark.
    #[must_use]
    pub const fn tag(&self) -> RealmTag {
        self.tag
    }

    /// Digest of a value that is already normalised.
    pub(crate) fn digest(&self, kind: Kind, value: &str) -> Digest {
        let full = self.hmac_of(kind.as_str(), value);
        let mut short = [0; 10];
        short.copy_from_slice(&full[..10]);
        Digest(short)
    }

    /// Digest of an opaque identifier.
    pub(super) fn opaque(&self, text: &str) -> OpaqueId {
        OpaqueId(self.hmac_of("opaque", text))
    }

    /// Tells texts apart that are no fingerprint, without keeping them: HMAC-SHA256(realm key, "unusable" ‖ 0 ‖ text).
    #[must_use]
    pub fn unusable(&self, text: &str) -> [u8; 32] {
        self.hmac_of("unusable", text.trim())
    }

    fn hmac_of(&self, name: &str, value: &str) -> [u8; 32] {
        let mut hmac = self.hmac.clone();
        hmac.update(name.as_bytes());
        hmac.update(&[0]);
        hmac.update(value.as_bytes());
        hmac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Realm({})", self.tag)
    }
}

/// The first four bytes of a realm's key: tells realms apart, no secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RealmTag(pub(super) [u8; 4]);

/// The keyed digest of one hardware value: a pseudonym, to be treated as personal data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub(super) [u8; 10]);

/// The keyed digest of an opaque identifier.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct OpaqueId(pub(super) [u8; 32]);

impl RealmTag {
    /// The four bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }
}

impl Digest {
    /// The ten bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 10] {
        &self.0
    }
}

impl fmt::Display for RealmTag {
    /// Six characters of base64url.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&BASE64URL.encode(self.0))
    }
}

impl fmt::Debug for RealmTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RealmTag({self})")
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

impl fmt::Debug for OpaqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpaqueId({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// Strict base64url of exactly `N` bytes: no padding, no stray bits, no other length.
struct Base64Url<const N: usize>;

impl<const N: usize> serde::de::Visitor<'_> for Base64Url<N> {
    type Value = [u8; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{N} bytes in base64url")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<[u8; N], E> {
        let mut buffer = [0; 48];
        let fault = || E::custom(format_args!("not {N} bytes in base64url"));
        if text.len() != (N * 8).div_ceil(6) {
            return Err(fault());
        }
        match BASE64URL.decode_slice(text, &mut buffer) {
            Ok(n) if n == N => buffer[..N].try_into().map_err(|_| fault()),
            _ => Err(fault()),
        }
    }
}

macro_rules! as_base64url {
    ($name:ident, $len:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&BASE64URL.encode(self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Base64Url::<$len>).map(Self)
            }
        }
    };
}

as_base64url!(RealmTag, 4);
as_base64url!(Digest, 10);
as_base64url!(OpaqueId, 32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_whole_digest() {
        let realm = Realm::new("https://vendor.example");
        let digest = realm.digest(Kind::Mac, "047C165EE35D");
        assert_eq!(format!("{digest:?}"), "Digest(9818…)");
        assert_eq!(format!("{realm:?}"), "Realm(1ivIVg)");
    }

    #[test]
    fn base64url_has_one_spelling() {
        assert!(serde_json::from_str::<RealmTag>("\"1ivIVg\"").is_ok());
        for other in ["1ivIVh", "1ivIVg==", "1ivIV", "1ivIVgA", "1iv+Vg", "", "1ivIV\\u0067\\u0000"] {
            assert!(serde_json::from_str::<RealmTag>(&format!("\"{other}\"")).is_err(), "{other}");
        }
    }

    #[test]
    fn realms_share_no_digest() {
        let (a, b) = (Realm::new("a"), Realm::new("b"));
        assert_ne!(a.tag(), b.tag());
        assert_ne!(a.digest(Kind::Os, "X"), b.digest(Kind::Os, "X"));
        assert_ne!(a.digest(Kind::Os, "X"), a.digest(Kind::System, "X"));
    }
}
