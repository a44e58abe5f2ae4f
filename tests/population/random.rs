//! A small generator of chance that is the same everywhere for the same seed.

/// SplitMix64: every state is a good one, so that a seed needs no preparation.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is at least 1.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        ((self.next() >> 11) as f64) < probability * (1u64 << 53) as f64
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Upper-case hex digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b"0123456789ABCDEF"[self.below(16)])).collect()
    }

    /// Upper-case letters and digits, a letter and a digit among them, as serial numbers have.
    pub(super) fn serial(&mut self, len: usize) -> String {
        let tail: String =
            (2..len).map(|_| char::from(b"0123456789ABCDEFGHJKLMNPQRSTVWXYZ"[self.below(33)])).collect();
        format!("{}{}{tail}", char::from(b"BCDFGHJKLMPRSW"[self.below(14)]), 2 + self.below(7))
    }
}
