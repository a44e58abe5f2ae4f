//! What a running server is made of.

use std::sync::Arc;

use license_core::Realm;

use crate::clock::Clock;
use crate::clock_watch::ClockWatch;
use crate::config::{Network, PublicUrl, Secret};
use crate::engine::codes::Codes;
use crate::http::{Admission, Limits, Readiness, SeenProofs};
use crate::keystore::KeyStore;
use crate::koogallery::NonceLog;
use crate::orders::Orders;
use crate::storage::Store;
use crate::telemetry::Metrics;

/// The parts that every call may need; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// What time it is.
    pub clock: Clock,
    /// Whether that can be believed.
    pub clock_watch: ClockWatch,
    /// Under whose name device digests are made.
    pub realm: Realm,
    /// The store's access keys; more than one while they are being replaced.
    pub access_keys: Arc<[Secret]>,
    /// Durable state.
    pub store: Store,
    /// Asks what was ordered, where there is an open API.
    pub orders: Option<Orders>,
    /// The signing keys.
    pub keystore: KeyStore,
    /// What the buyer is told where the product does not say.
    pub front_end_url: Option<Arc<str>>,
    /// Makes activation codes.
    pub codes: Codes,
    /// Who failed how often of late.
    pub agent_limits: Arc<Limits>,
    /// The machines' proofs that were used of late.
    pub seen_proofs: Arc<SeenProofs>,
    /// Where machines reach the server, if the settings say.
    pub public_urls: Arc<[PublicUrl]>,
    /// How many machines' calls are decided at one time.
    pub agent_admission: Arc<Admission>,
    /// Whether storage can be written, asked once for all who want to know.
    pub readiness: Arc<Readiness>,
    /// Whose forwarded addresses are believed.
    pub trusted_proxies: Arc<[Network]>,
    /// `iss` of the licenses.
    pub issuer: Arc<str>,
    /// Where the store calls.
    pub produce_path: Arc<str>,
    /// What the server counts.
    pub metrics: Metrics,
    /// The nonces of the last calls.
    pub nonces: NonceLog,
}

#[cfg(test)]
impl App {
    /// A server in a folder of its own, with one key to sign with, at a settable time, with the access key
    /// `demo-access-key-0001`. It sells nothing.
    pub(crate) fn in_folder(folder: &std::path::Path, now_ms: i64) -> Self {
        use license_core::SigningKey;

        use crate::engine::Policy;
        use crate::keystore::KeyFolder;
        use crate::storage::{Address, StoreSettings};

        let (clock, _) = Clock::settable(now_ms);
        let keys = folder.join("keys");
        KeyFolder::open_or_create(&keys)
            .unwrap()
            .add(&SigningKey::generate(&mut rand::rng()), clock.now())
            .unwrap();
        let keystore = KeyStore::load(&keys).unwrap();
        let codes = Codes::new(&[5; 32]);
        let policy = Policy {
            catalog: crate::engine::catalog::Catalog::default(),
            issuer: "https://vendor.example".into(),
            validity_slack: 86_400,
            max_start_ahead: 31 * 86_400,
            front_end_url: None,
            asks_orders: false,
            lease: crate::engine::LEASE,
            codes: codes.clone(),
        };
        let database = Address::Sqlite(folder.join("license.db"));
        let (writer, reader) = (database.open().unwrap(), database.open_for_reading().unwrap());
        let clock_watch = ClockWatch::new(clock.clone(), None);
        let settings =
            StoreSettings { policy: policy.into(), keys: keystore.clone(), clock: clock_watch.clone() };
        Self {
            clock_watch,
            clock,
            realm: Realm::new("https://vendor.example"),
            access_keys: [Secret::from("demo-access-key-0001")].into(),
            store: Store::start(vec![writer], reader, settings).unwrap().0,
            orders: None,
            keystore,
            front_end_url: Some("https://cad.example".into()),
            codes,
            agent_limits: Arc::default(),
            seen_proofs: Arc::default(),
            public_urls: Arc::default(),
            agent_admission: Arc::new(Admission::new(128)),
            readiness: Arc::default(),
            trusted_proxies: Arc::default(),
            issuer: "https://vendor.example".into(),
            produce_path: "/koogallery/produce".into(),
            metrics: Metrics::install(),
            nonces: NonceLog::default(),
        }
    }
}
