//! What a verifier goes by.

use crate::KeyRing;
use crate::fingerprint::Realm;

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
    pub(super) keys: KeyRing,
    pub(super) accept: Accept,
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
        Self { issuer, product, realm, keys, accept: Accept::Real, possession: Possession::NotAsked }
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
