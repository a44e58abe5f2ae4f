//! Numbers that look random and come from a seed.

use std::sync::atomic::{AtomicU64, Ordering};

use data_encoding::{HEXLOWER, HEXUPPER};
use sha2::{Digest as _, Sha256};

/// Makes nonces, ids and devices. Two of the same seed make the same ones in the same order.
#[derive(Debug)]
pub struct Chance {
    seed: [u8; 16],
    made: AtomicU64,
}

impl Chance {
    /// Begins with a seed; the operating system's randomness makes every run another.
    #[must_use]
    pub fn new(seed: [u8; 16]) -> Self {
        Self { seed, made: AtomicU64::new(0) }
    }

    /// The next sixteen bytes.
    pub fn bytes(&self) -> [u8; 16] {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let digest = Sha256::new().chain_update(self.seed).chain_update(number.to_be_bytes()).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        bytes
    }

    /// 32 hex digits.
    pub fn hex(&self) -> String {
        HEXLOWER.encode(&self.bytes())
    }

    /// So many bytes, up to sixteen, in capital hex digits.
    pub fn capitals(&self, bytes: usize) -> String {
        HEXUPPER.encode(&self.bytes()[..bytes.min(16)])
    }

    /// A random UUID.
    pub fn uuid(&self) -> String {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_numbers_again_and_never_one_twice() {
        let (a, b) = (Chance::new([7; 16]), Chance::new([7; 16]));
        let first: Vec<_> = (0..50).map(|_| a.hex()).collect();
        assert_eq!(first, (0..50).map(|_| b.hex()).collect::<Vec<_>>());
        assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 50);
        assert_ne!(Chance::new([8; 16]).hex(), first[0]);
        assert_eq!(a.capitals(4).len(), 8);
        assert_eq!(a.uuid().len(), 36);
    }
}
