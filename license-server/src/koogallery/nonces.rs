//! Nonces of the last minutes: one that comes back under another signature is worth a line in the log.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

const MAX_NONCES: usize = 4096;
/// A signed call is good for a minute before and a minute after its timestamp.
const KEEP_MS: i64 = 120_000;

/// The nonces of authentic calls, at most 4096 and for two minutes; clones share them.
#[derive(Clone, Debug, Default)]
pub struct NonceLog(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    signatures: HashMap<Arc<str>, [u8; 32]>,
    in_order: VecDeque<(Arc<str>, i64)>,
}

impl NonceLog {
    /// Notes a nonce; true if it was seen under another signature.
    #[must_use]
    pub fn is_reused(&self, nonce: &str, signature: [u8; 32], now_ms: i64) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.forget(now_ms);
        if let Some(known) = seen.signatures.get_mut(nonce) {
            return std::mem::replace(known, signature) != signature;
        }
        let nonce: Arc<str> = nonce.into();
        seen.signatures.insert(Arc::clone(&nonce), signature);
        seen.in_order.push_back((nonce, now_ms));
        false
    }
}

impl Seen {
    fn forget(&mut self, now_ms: i64) {
        while let Some((nonce, since_ms)) = self.in_order.front() {
            let stale = now_ms.saturating_sub(*since_ms) > KEEP_MS;
            if !stale && self.in_order.len() < MAX_NONCES {
                break;
            }
            self.signatures.remove(nonce);
            self.in_order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R8
    #[test]
    fn a_nonce_is_reused_only_under_another_signature() {
        let log = NonceLog::default();
        assert!(!log.is_reused("n", [1; 32], 0));
        assert!(!log.is_reused("n", [1; 32], 1), "a repeat is no reuse");
        assert!(!log.is_reused("m", [2; 32], 2));
        assert!(log.is_reused("n", [2; 32], 3));
    }

    #[test]
    fn a_nonce_is_forgotten_after_two_minutes() {
        let log = NonceLog::default();
        assert!(!log.is_reused("n", [1; 32], 0));
        assert!(log.is_reused("n", [2; 32], 120_000));
        assert!(!log.is_reused("n", [1; 32], 120_001));
    }

    #[test]
    fn the_table_does_not_grow_past_its_bound() {
        let log = NonceLog::default();
        for n in 0..10_000 {
            assert!(!log.is_reused(&n.to_string(), [0; 32], 0));
        }
        let seen = log.0.lock().unwrap();
        assert_eq!((seen.signatures.len(), seen.in_order.len()), (MAX_NONCES, MAX_NONCES));
    }
}
