//! What a verifier goes by.

use crate::fingerprint::Realm;
use crate::key_set::LearnedKeys;
use crate::{KeyId, KeyRing, KeySetError};

/// Which licenses a verifier accepts: real ones or test ones, never both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accept {
    /// What customers have.
    #[default]
    Real,
    /// What demos, simulators and test suites have.
    Test,
}

/// The vendor, the product and the keys that a license must agree with.
#[derive(Clone, Debug)]
pub struct Trust {
    pub(super) issuer: String,
    pub(super) product: String,
    pub(super) realm: Realm,
    /// What counts: the keys of the vendor file, and what was learned.
    pub(super) keys: KeyRing,
    pub(super) accept: Accept,
    /// The keys of the vendor file.
    own_keys: KeyRing,
    learned: LearnedKeys,
    pub(super) possession: Possession,
}

/// Whether a license must be shown to be no copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Possession {
    /// The file is enough.
    #[default]
    NotAsked,
    /// The machine's key must have signed a challenge.
    Required,
}

impl Trust {
    /// Accepts real licenses of `issuer` for the product code `product`, signed by one of `keys`, for devices of `realm`.
    #[must_use]
    pub fn new(issuer: &str, product: &str, realm: &str, keys: KeyRing) -> Self {
        let (issuer, product, realm) = (issuer.to_owned(), product.to_owned(), Realm::new(realm));
        let (own_keys, learned) = (keys.clone(), LearnedKeys::default());
        Self {
            issuer,
            product,
            realm,
            keys,
            accept: Accept::Real,
            own_keys,
            learned,
            possession: Possession::NotAsked,
        }
    }

    /// Takes in signed key sets, one on a line and the oldest first, as `license-agent` keeps them beside the license
    /// and as [`learned_keys`](Self::learned_keys) gives them.
    ///
    /// Nothing in the text is believed by itself: a set counts only if it is signed with a key that is trusted already,
    /// by the vendor file or by a set before it, comes from the same vendor, and is newer than the last one. From then
    /// on its keys are trusted beside those of the vendor file, but for the ones that it, or a set before it, distrusts.
    /// So a product goes on through a change of keys without another vendor file.
    ///
    /// Says whether anything was new.
    ///
    /// ```
    /// # use license_core::Trust;
    /// # let dir = tempfile::tempdir()?;
    /// # let kept = dir.path().join("cad-pro.keys");
    /// let mut trust = Trust::from_vendor_file(include_str!("../../examples/vendor.toml"))?;
    /// if let Ok(sets) = std::fs::read_to_string(&kept) {
    ///     // A broken text teaches nothing; the keys of the vendor file still count.
    ///     let _ = trust.learn(&sets);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Why the last set of the text was not taken. Those before it that can be are taken all the same.
    pub fn learn(&mut self, sets: &str) -> Result<bool, KeySetError> {
        let learned = self.learned.extend(&self.own_keys, &self.issuer, sets);
        self.keys = self.learned.with(&self.own_keys);
        learned
    }

    /// The key sets that were taken in, one on a line and the oldest first; empty if there are none. To be kept where
    /// the product finds it; whoever may write there can take learned keys away, and add none.
    #[must_use]
    pub fn learned_keys(&self) -> String {
        self.learned.to_string()
    }

    /// Whether the vendor has withdrawn a key, as far as is known here.
    #[must_use]
    pub fn distrusts(&self, key: KeyId) -> bool {
        self.learned.distrusts(key)
    }

    /// The keys that licenses are verified with.
    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The same trust for test licenses, or for real ones.
    #[must_use]
    pub fn accepting(mut self, accept: Accept) -> Self {
        self.accept = accept;
        self
    }

    /// The same trust for licenses whose machine proves that it has the key they name: a copied file is then no copied
    /// license. [`verify`](super::UnverifiedLicense::verify) refuses all licenses under it;
    /// [`verify_with_proof`](super::UnverifiedLicense::verify_with_proof) takes a challenge and its answer.
    #[must_use]
    pub fn require_possession(mut self) -> Self {
        self.possession = Possession::Required;
        self
    }

    /// Under whose name device digests are made.
    #[must_use]
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// The vendor whose licenses are accepted.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The product code that is asked for.
    #[must_use]
    pub fn product(&self) -> &str {
        &self.product
    }
}
