//! How often an address, a code or a license has failed of late.
//!
//! Each failure costs a token; tokens come back one after the other. Of those who fail without end only so many are
//! remembered: in two generations, of which the older one is forgotten when the younger one is full.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::engine::codes::CodeDigest;
use crate::http::places::one_address;

/// Keys in one generation.
const REMEMBERED: usize = 16_384;

/// Who fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// An address that shows neither a code nor a license that is known here.
    Address(IpAddr),
    /// The same address, whatever else its calls are refused for.
    Caller(IpAddr),
    /// An activation code, whether there is such a one or not.
    Code(CodeDigest),
    /// A license that this server has signed: the SHA-256 of its id.
    License([u8; 32]),
}

/// Failures of late; in memory only.
#[derive(Debug, Default)]
pub struct Limits(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    /// When all tokens are back, milliseconds since 1970.
    young: HashMap<Key, i64>,
    old: HashMap<Key, i64>,
}

/// How many failures at once, and how long one counts, in milliseconds.
struct Allowance {
    at_once: i64,
    each: i64,
}

impl Key {
    pub(super) fn address(address: IpAddr) -> Self {
        Self::Address(one_address(address))
    }

    pub(super) fn caller(address: IpAddr) -> Self {
        Self::Caller(one_address(address))
    }

    pub(super) fn code(digest: CodeDigest) -> Self {
        Self::Code(digest)
    }

    pub(super) fn license(id: &str) -> Self {
        Self::License(Sha256::digest(id).into())
    }

    const fn allowance(&self) -> Allowance {
        match self {
            Self::Address(_) => Allowance { at_once: 30, each: 10_000 },
            // A whole factory may sit behind it, whose machines all wait for the same.
            Self::Caller(_) => Allowance { at_once: 300, each: 1_000 },
            Self::Code(_) | Self::License(_) => Allowance { at_once: 30, each: 30_000 },
        }
    }
}

impl Limits {
    /// Notes a failure. After how many seconds the next one is worth an answer, if this one is not.
    pub(super) fn failed(&self, key: Key, now_ms: i64) -> Option<u32> {
        let Allowance { at_once, each } = key.allowance();
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back does not bar anybody for longer, and neither does going on and on.
        let most = now_ms + (at_once + 1) * each;
        // R88
        let back = (generations.back(key).max(now_ms) + each).min(most);
        generations.keep(key, back);
        let over = back - now_ms - at_once * each;
        (over > 0).then(|| u32::try_from((over + 999) / 1000).unwrap_or(u32::MAX))
    }

    /// Whether the next failure would be one too many.
    pub(super) fn is_over(&self, key: Key, now_ms: i64) -> bool {
        let Allowance { at_once, each } = key.allowance();
        let back = self.0.lock().unwrap_or_else(PoisonError::into_inner).back(key);
        back.min(now_ms + (at_once + 1) * each) - now_ms > (at_once - 1) * each
    }
}

impl Generations {
    fn back(&self, key: Key) -> i64 {
        self.young.get(&key).or_else(|| self.old.get(&key)).copied().unwrap_or(0)
    }

    fn keep(&mut self, key: Key, back: i64) {
        if self.young.len() >= REMEMBERED && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, back);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000_000;

    fn address(text: &str) -> Key {
        Key::address(text.parse().unwrap())
    }

    /// How many failures are answered before one is not.
    fn answered(limits: &Limits, key: Key, now: i64) -> usize {
        (0..).find(|_| limits.failed(key, now).is_some()).unwrap()
    }

    /// R88
    #[test]
    fn thirty_failures_are_answered_and_then_one_each_ten_seconds() {
        let limits = Limits::default();
        let key = address("192.0.2.1");
        assert!(!limits.is_over(key, NOW));
        assert_eq!(answered(&limits, key, NOW), 30);
        assert!(limits.is_over(key, NOW));
        assert_eq!(limits.failed(key, NOW), Some(10), "going on does not make it longer");
        assert_eq!(limits.failed(key, NOW + 10_000), Some(10));
        assert_eq!(limits.failed(key, NOW + 30_000), None);
        assert_eq!(answered(&limits, key, NOW + 3_600_000), 30);
        assert_eq!(answered(&limits, address("192.0.2.2"), NOW), 30, "nobody else is meant");
        assert_eq!(
            limits.failed(key, NOW - 3_600_000),
            Some(10),
            "a clock that was set back bars nobody for long"
        );
    }

    #[test]
    fn an_address_whose_calls_are_refused_for_what_they_ask_has_more_room() {
        let limits = Limits::default();
        let caller = Key::caller("192.0.2.1".parse().unwrap());
        assert_eq!(answered(&limits, caller, NOW), 300);
        assert!(limits.is_over(caller, NOW) && !limits.is_over(address("192.0.2.1"), NOW));
        assert_eq!(limits.failed(caller, NOW + 2_000), None);
        assert_eq!(answered(&limits, Key::license("one"), NOW), 30);
        assert_eq!(answered(&limits, Key::license("other"), NOW), 30);
        assert!(!limits.is_over(Key::license("one"), NOW + 30 * 30_000));
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        assert_eq!(address("2001:db8:1:2:3::4"), address("2001:db8:1:2:ffff::1"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
    }

    #[test]
    fn however_many_fail_only_so_many_are_remembered() {
        let limits = Limits::default();
        let code = |n: u32| {
            let mut digest = [0; 32];
            digest[..4].copy_from_slice(&n.to_be_bytes());
            Key::code(CodeDigest(digest))
        };
        for n in 0..100_000 {
            limits.failed(code(n), NOW);
        }
        let generations = limits.0.lock().unwrap();
        assert!(generations.young.len() <= REMEMBERED && generations.old.len() <= REMEMBERED);
        assert!(generations.back(code(99_999)) > NOW);
    }
}
