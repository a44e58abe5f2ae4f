//! What the text of a mark is sealed with.

use std::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::fingerprint::{Device, Kind};
use crate::license::Trust;

/// The key that seals the text of a mark. It keeps one product's mark from another machine and from a text editor; who
/// may read the machine and this program can make it as well.
#[derive(Clone)]
pub struct ClockKey(Zeroizing<[u8; 32]>);

impl ClockKey {
    /// A key of the caller's own.
    #[must_use]
    pub fn from_bytes(key: [u8; 32]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// The key of a product on an installation: the vendor's agent and the vendor's product get the same one.
    ///
    /// It is made of issuer, product, realm, and what names the installation and stays when parts are changed: the
    /// operating system's id, or the id that stands for the machine. Where there is neither it is the product's alone.
    #[must_use]
    pub fn of(trust: &Trust, device: &Device) -> Self {
        let mut hasher = Sha256::new_with_prefix(b"clock-guard/v1\0");
        for text in [trust.issuer(), trust.product()] {
            hasher.update(text);
            hasher.update([0]);
        }
        hasher.update(trust.realm().tag().as_bytes());
        if let Some(fingerprint) = device.fingerprint() {
            if fingerprint.is_opaque() {
                hasher.update(fingerprint.identity());
            }
            let named = |kind| matches!(kind, Kind::Os | Kind::Custom);
            for component in fingerprint.components().iter().filter(|c| named(c.kind)) {
                hasher.update([component.kind.as_byte()]);
                hasher.update(component.digest.as_bytes());
            }
        }
        Self::from_bytes(hasher.finalize().into())
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ClockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClockKey(***)")
    }
}
