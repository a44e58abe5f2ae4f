//! What the operator decides: settings and catalog.

mod args;
mod bounds;
mod catalog;
mod entry;
mod error;
mod layers;
mod public_url;
mod read;
mod retention;
mod secret;
#[cfg(test)]
mod tests;
mod toml_file;
pub mod values;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

pub use args::SettingsArgs;
pub use catalog::{parse_catalog, read_catalog, require_default};
pub use error::{ConfigError, ValueError};
pub use public_url::PublicUrl;
pub use read::Read;
pub use secret::Secret;
pub use values::Network;

use license_core::ServerUrl;

use crate::engine::catalog::Catalog;
use crate::http::{Bounds, TlsFiles};
use crate::storage::{Address, Retention};

/// An access key with fewer characters can be guessed.
const SHORTEST_ACCESS_KEY: usize = 16;

/// The names of all settings, as a file spells them.
const NAMES: &[&str] = &[
    "listen",
    "server_url",
    "operator_listen",
    "store_listen",
    "connections",
    "connections_per_address",
    "store_connections",
    "agent_calls",
    "tls_cert",
    "tls_key",
    "trusted_proxies",
    "public_url",
    "database",
    "database_file",
    "keys",
    "keys_passphrase_file",
    "secret_file",
    "issuer",
    "realm",
    "access_keys",
    "access_keys_file",
    "store_url",
    "store_fallback_url",
    "store_ak",
    "store_ak_file",
    "store_sk",
    "store_sk_file",
    "delivery_dir",
    "products",
    "front_end_url",
    "keep_buyer",
    "validity_slack",
    "max_start_ahead",
    "produce_path",
    "retention_applications",
    "retention_deliveries",
    "retention_history",
    "retention_notices",
];

/// The store's open API, and who asks it.
#[derive(Clone, Debug)]
pub struct StoreApi {
    /// Where it is.
    pub url: String,
    /// Where it is as well.
    pub fallback_url: Option<String>,
    /// AK
    pub access_key: Secret,
    /// SK
    pub secret_key: Secret,
}

/// What a server goes by.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where agents reach it; goes into vendor files.
    pub server_url: Option<ServerUrl>,
    /// Where it answers the operator, if anywhere.
    pub operator_listen: Option<SocketAddr>,
    /// Where it listens for the store alone; its calls are then answered nowhere else.
    pub store_listen: Option<SocketAddr>,
    /// How much of the server its callers may hold.
    pub bounds: Bounds,
    /// The certificate; plain HTTP without.
    pub tls: Option<TlsFiles>,
    /// Whose forwarded addresses are believed.
    pub trusted_proxies: Vec<Network>,
    /// Where machines reach it; none: wherever they say they do.
    pub public_urls: Vec<PublicUrl>,
    /// Where durable state lies.
    pub database: Address,
    /// The folder of signing keys.
    pub keys: PathBuf,
    /// The file of the passphrase that private keys are encrypted with, if they are.
    pub keys_passphrase_file: Option<PathBuf>,
    /// The file of the secret that activation codes are made from, if it is not to be one in the folder of keys.
    pub secret_file: Option<PathBuf>,
    /// `iss` of the licenses; [`issuer`](Self::issuer) says if it is missing.
    pub issuer: Option<String>,
    /// The realm, if it is not to be the issuer.
    pub realm: Option<String>,
    /// The store's access keys; [`access_keys`](Self::access_keys) says if there are none.
    pub access_keys: Vec<Secret>,
    /// The store's open API; without it orders are not queried and licenses go to a folder.
    pub store: Option<StoreApi>,
    /// The folder that licenses are delivered to.
    pub delivery_dir: PathBuf,
    /// Whether licenses leave the outbox; no operator has a reason to say no, but who measures has.
    pub delivers: bool,
    /// The catalog's file.
    pub products: Option<PathBuf>,
    /// What the buyer is told, unless the product says.
    pub front_end_url: Option<String>,
    /// Whether the buyer's name and contact are stored.
    pub keep_buyer: bool,
    /// How far an asked period may reach over the order's, in seconds.
    pub validity_slack: i64,
    /// How far ahead of now a license may begin, in seconds.
    pub max_start_ahead: i64,
    /// Where the store calls.
    pub produce_path: String,
    /// For how long what nobody needs any more is kept.
    pub retention: Retention,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            server_url: None,
            operator_listen: Some((Ipv4Addr::LOCALHOST, 9090).into()),
            store_listen: None,
            bounds: Bounds::default(),
            tls: None,
            trusted_proxies: Vec::new(),
            public_urls: Vec::new(),
            database: Address::Sqlite("license.db".into()),
            keys: "keys".into(),
            keys_passphrase_file: None,
            secret_file: None,
            issuer: None,
            realm: None,
            access_keys: Vec::new(),
            store: None,
            delivery_dir: "delivered".into(),
            delivers: true,
            products: None,
            front_end_url: None,
            keep_buyer: false,
            validity_slack: 86_400,
            max_start_ahead: 31 * 86_400,
            produce_path: "/koogallery/produce".into(),
            retention: Retention::default(),
        }
    }
}

impl Settings {
    /// The defaults for a vendor and the store's access keys.
    #[must_use]
    pub fn new(issuer: &str, access_keys: Vec<Secret>) -> Self {
        Self { issuer: Some(issuer.to_owned()), access_keys, ..Self::default() }
    }

    /// The vendor.
    ///
    /// # Errors
    /// [`ConfigError::Missing`]
    pub fn issuer(&self) -> Result<&str, ConfigError> {
        self.issuer.as_deref().ok_or(ConfigError::Missing("ISSUER"))
    }

    /// The store's access keys, at least one. Commands that need none do not ask for them.
    ///
    /// # Errors
    /// [`ConfigError::Missing`], [`ConfigError::ShortAccessKey`]
    pub fn access_keys(&self) -> Result<Arc<[Secret]>, ConfigError> {
        if self.access_keys.is_empty() {
            return Err(ConfigError::Missing("ACCESS_KEYS"));
        }
        if self.access_keys.iter().any(|key| key.expose().chars().count() < SHORTEST_ACCESS_KEY) {
            return Err(ConfigError::ShortAccessKey { least: SHORTEST_ACCESS_KEY });
        }
        Ok(self.access_keys.as_slice().into())
    }

    /// Reads the catalog. Without the open API it must have a `[default]`: nobody can be asked what an order is for.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn catalog(&self) -> Result<Catalog, ConfigError> {
        let path = self.products.as_deref().ok_or(ConfigError::Missing("PRODUCTS"))?;
        let catalog = read_catalog(path)?;
        if self.store.is_none() {
            require_default(&catalog, path)?;
        }
        Ok(catalog)
    }
}
