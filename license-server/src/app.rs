//! What a running server is made of.

use std::sync::Arc;

use license_core::Realm;

use crate::clock::Clock;
use crate::config::Secret;
use crate::keystore::KeyStore;
use crate::koogallery::NonceLog;
use crate::storage::Store;
use crate::telemetry::Metrics;

/// The parts that every call may need; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// What time it is.
    pub clock: Clock,
    /// Under whose name device digests are made.
    pub realm: Realm,
    /// The store's access keys; more than one while they are being replaced.
    pub access_keys: Arc<[Secret]>,
    /// Durable state.
    pub store: Store,
    /// The signing keys.
    pub keystore: KeyStore,
    /// What the buyer is told where the product does not say.
    pub front_end_url: Option<Arc<str>>,
    /// Where the store calls.
    pub produce_path: Arc<str>,
    /// What the server counts.
    pub metrics: Metrics,
    /// The nonces of the last calls.
    pub nonces: NonceLog,
}

#[cfg(test)]
impl App {
    /// A server at a settable time with the access key `demo-access-key-0001` and a storage that fails.
    pub(crate) fn without_storage(now_ms: i64) -> Self {
        Self {
            clock: Clock::settable(now_ms).0,
            realm: Realm::new("https://vendor.example"),
            access_keys: [Secret::from("demo-access-key-0001")].into(),
            store: Store,
            keystore: KeyStore,
            front_end_url: Some("https://cad.example".into()),
            produce_path: "/koogallery/produce".into(),
            metrics: Metrics::install(),
            nonces: NonceLog::default(),
        }
    }
}
