//! Key sets that vouch for one another, beginning with a key of the vendor file.

use std::fmt;

use super::{KeySet, KeySetError, MAX_KEY_SETS, UnverifiedKeySet};
use crate::{KeyId, KeyRing};

/// The sets that were taken, the oldest first: each is signed with a key of the vendor file or of the set before it.
#[derive(Clone, Debug, Default)]
pub(crate) struct LearnedKeys {
    links: Vec<Link>,
    /// Every key that any of them distrusted: none comes back.
    distrusted: Vec<KeyId>,
}

#[derive(Clone, Debug)]
struct Link {
    token: String,
    signer: KeyId,
    set: KeySet,
}

impl LearnedKeys {
    /// Takes the sets of a text, one on a line; says whether one was new, or why the last one was not taken.
    pub(crate) fn extend(&mut self, own: &KeyRing, issuer: &str, sets: &str) -> Result<bool, KeySetError> {
        let lines = sets.lines().map(str::trim_ascii).filter(|line| !line.is_empty());
        let (mut is_news, mut last) = (false, Ok(()));
        for (n, line) in lines.enumerate() {
            if n >= MAX_KEY_SETS {
                return Err(KeySetError::TooMany);
            }
            if self.links.last().is_some_and(|known| known.token == line) {
                last = Ok(());
                continue;
            }
            last = self.add(own, issuer, line);
            is_news |= last.is_ok();
        }
        last.map(|()| is_news)
    }

    /// The keys that count beside those of the vendor file, without the distrusted ones of either.
    pub(crate) fn with(&self, own: &KeyRing) -> KeyRing {
        let learned = self.links.last().map(|link| link.set.keys.clone()).unwrap_or_default();
        own.iter().chain(learned.iter()).filter(|key| !self.distrusts(key.id())).cloned().collect()
    }

    pub(crate) fn distrusts(&self, key: KeyId) -> bool {
        self.distrusted.contains(&key)
    }

    fn add(&mut self, own: &KeyRing, issuer: &str, token: &str) -> Result<(), KeySetError> {
        let unverified: UnverifiedKeySet = token.parse()?;
        let set = unverified.verify(&self.with(own), issuer)?;
        let known = self.links.last().map_or(0, |link| link.set.sequence);
        if set.sequence <= known {
            return Err(KeySetError::Old { known, found: set.sequence });
        }
        let signer = unverified.key();
        let mut longer = self.clone();
        // The newest set of a key says all that its older ones said, so one of each signer is enough.
        let says_all = |old: &Link| old.set.distrusted.iter().all(|kid| set.distrusted.contains(kid));
        longer.links.pop_if(|last| last.signer == signer && says_all(last));
        longer.distrusted.extend(set.distrusted.iter().filter(|kid| !self.distrusts(**kid)));
        longer.links.push(Link { token: token.to_owned(), signer, set });
        if longer.links.len() > MAX_KEY_SETS {
            let first = longer.links.remove(0);
            let is_said_again = |kid| longer.links.iter().any(|link| link.set.distrusted.contains(kid));
            if !longer.holds_together(own) || !first.set.distrusted.iter().all(is_said_again) {
                return Err(KeySetError::TooMany);
            }
        }
        *self = longer;
        Ok(())
    }

    /// Whether each set is vouched for by the vendor file or the set before it.
    fn holds_together(&self, own: &KeyRing) -> bool {
        let before = std::iter::once(None).chain(self.links.iter().map(Some));
        self.links.iter().zip(before).all(|(link, before)| {
            own.find(link.signer).is_some() || before.is_some_and(|b| b.set.keys.find(link.signer).is_some())
        })
    }
}

/// One set on a line.
impl fmt::Display for LearnedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.links.iter().try_for_each(|link| writeln!(f, "{}", link.token))
    }
}

#[cfg(test)]
mod tests {
    use crate::{KeyId, KeyRing, KeySet, KeySetError, MAX_KEY_SETS, SigningKey, Trust, UnixTime};

    const US: &str = "https://vendor.example";

    fn key(n: u8) -> SigningKey {
        SigningKey::from_seed(&[n; 32])
    }

    fn ring(keys: &[u8]) -> KeyRing {
        keys.iter().map(|n| key(*n).verifying_key().clone()).collect()
    }

    fn set(signer: u8, sequence: u64, keys: &[u8], distrusted: &[u8]) -> String {
        let distrusted = distrusted.iter().map(|n| key(*n).id()).collect();
        let issued_at = UnixTime::from_secs(1_790_000_000);
        let set = KeySet { issuer: US.into(), sequence, issued_at, keys: ring(keys), distrusted };
        key(signer).sign_key_set(&set).expect("a set")
    }

    fn trust(keys: &[u8]) -> Trust {
        Trust::new(US, "cad", US, ring(keys))
    }

    fn trusted(trust: &Trust) -> Vec<KeyId> {
        trust.keys().iter().map(crate::VerifyingKey::id).collect()
    }

    fn ids(keys: &[u8]) -> Vec<KeyId> {
        keys.iter().map(|n| key(*n).id()).collect()
    }

    #[test]
    fn keys_are_learned_one_after_the_other_and_what_was_learned_reads_back() {
        let mut trust = trust(&[1]);
        let sets = [set(1, 10, &[1, 2], &[]), set(2, 20, &[1, 2, 3], &[]), set(3, 30, &[2, 3], &[1])];
        assert_eq!(trust.learn(&sets.join("\n")), Ok(true));
        assert_eq!(trusted(&trust), ids(&[2, 3]));
        assert!(trust.distrusts(key(1).id()) && !trust.distrusts(key(2).id()));
        assert_eq!(trust.learn(&sets[2]), Ok(false), "nothing new");
        let mut product = self::trust(&[1]);
        assert_eq!(product.learn(&trust.learned_keys()), Ok(true));
        assert_eq!(trusted(&product), ids(&[2, 3]));
        // Without what vouches for it the last set is worth nothing.
        let mut other = self::trust(&[1]);
        assert_eq!(other.learn(&sets[2]), Err(KeySetError::UnknownKey { kid: key(3).id() }));
        assert_eq!(trusted(&other), ids(&[1]));
    }

    #[test]
    fn an_old_set_is_refused_and_a_withdrawn_key_never_comes_back() {
        let mut trust = trust(&[1]);
        let first = set(1, 10, &[1, 2], &[]);
        assert_eq!(trust.learn(&first), Ok(true));
        assert_eq!(trust.learn(&set(1, 11, &[1], &[2])), Ok(true));
        assert_eq!(trust.learn(&first), Err(KeySetError::Old { known: 11, found: 10 }));
        assert_eq!(trust.learn(&set(1, 11, &[1, 2], &[])), Err(KeySetError::Old { known: 11, found: 11 }));
        assert_eq!(trusted(&trust), ids(&[1]));
        // A later set that names it again does not bring it back, here or where the kept text is read.
        assert_eq!(trust.learn(&set(1, 12, &[1, 2], &[])), Ok(true));
        let mut again = self::trust(&[1]);
        again.learn(&trust.learned_keys()).expect("readable");
        assert_eq!((trusted(&trust), trusted(&again)), (ids(&[1]), ids(&[1])));
        assert_eq!(
            trust.learn(&set(2, 13, &[1, 2], &[])),
            Err(KeySetError::UnknownKey { kid: key(2).id() }),
            "what it signs teaches nothing"
        );
    }

    #[test]
    fn a_key_that_a_later_set_leaves_out_is_forgotten_and_one_of_the_vendor_file_is_not() {
        let mut trust = trust(&[1, 5]);
        assert_eq!(trust.learn(&set(1, 10, &[1, 2, 3], &[])), Ok(true));
        assert_eq!(trust.learn(&set(1, 11, &[1, 3], &[])), Ok(true));
        assert_eq!(trusted(&trust), ids(&[1, 5, 3]));
        assert_eq!(trust.learned_keys().lines().count(), 1, "the newest of a signer says it all");
    }

    #[test]
    fn the_number_of_sets_is_bounded_and_keys_can_be_changed_for_ever_with_a_newer_vendor_file() {
        let mut old = trust(&[1]);
        let mut newer = trust(&[1, 3]);
        let many = u8::try_from(MAX_KEY_SETS).expect("few");
        for n in 1..=many {
            let next = set(n, u64::from(n), &[n, n + 1], &[]);
            assert_eq!((old.learn(&next), newer.learn(&next)), (Ok(true), Ok(true)));
        }
        let next = set(many + 1, 100, &[many + 1], &[]);
        assert_eq!(old.learn(&next), Err(KeySetError::TooMany));
        assert_eq!(newer.learn(&next), Err(KeySetError::TooMany), "its second set is not vouched for");
        let mut newest = trust(&[1, 2]);
        for n in 1..=many {
            newest.learn(&set(n, u64::from(n), &[n, n + 1], &[])).expect("learned");
        }
        assert_eq!(newest.learn(&next), Ok(true));
        assert_eq!(newest.learned_keys().lines().count(), MAX_KEY_SETS);
        let long = format!("{next}\n").repeat(MAX_KEY_SETS + 1);
        assert_eq!(trust(&[1]).learn(&long), Err(KeySetError::TooMany));
    }

    #[test]
    fn a_set_that_speaks_against_itself_is_never_signed() {
        let good = KeySet {
            issuer: US.into(),
            sequence: 1,
            issued_at: UnixTime::default(),
            keys: ring(&[1]),
            distrusted: Vec::new(),
        };
        assert!(key(1).sign_key_set(&good).is_ok());
        for bad in [
            KeySet { keys: ring(&[2]), ..good.clone() },
            KeySet { distrusted: ids(&[1]), ..good.clone() },
            KeySet { sequence: 0, ..good.clone() },
            KeySet { sequence: 1 << 53, ..good.clone() },
            KeySet { issuer: String::new(), ..good.clone() },
            KeySet { keys: ring(&(1..=33).collect::<Vec<_>>()), ..good.clone() },
        ] {
            assert!(matches!(key(1).sign_key_set(&bad), Err(KeySetError::Malformed(_))), "{bad:?}");
        }
    }
}
