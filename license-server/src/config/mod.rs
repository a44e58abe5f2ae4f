//! What the operator decides: settings and catalog.

mod args;
mod bounds;
mod catalog;
mod entry;
mod error;
mod layers;
mod retention;
mod secret;
#[cfg(test)]
mod tests;
pub mod values;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use args::SettingsArgs;
pub use catalog::{parse_catalog, read_catalog, require_default};
pub use error::{ConfigError, ValueError};
use layers::Layers;
pub use secret::Secret;
pub use values::Network;

use crate::engine::catalog::Catalog;
use crate::http::{Bounds, TlsFiles};
use crate::storage::{Address, Retention};

/// The names of all settings, as a file spells them.
const NAMES: &[&str] = &[
    "listen",
    "store_listen",
    "connections",
    "connections_per_address",
    "store_connections",
    "agent_calls",
    "tls_cert",
    "tls_key",
    "trusted_proxies",
    "database",
    "database_file",
    "keys",
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
    "produce_path",
    "retention_applications",
    "retention_deliveries",
    "retention_history",
    "retention_notices",
];

/// The most bytes of a file that holds a secret.
const MAX_SECRET: usize = 64 * 1024;

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
    /// Where it listens for the store alone; its calls are then answered nowhere else.
    pub store_listen: Option<SocketAddr>,
    /// How much of the server its callers may hold.
    pub bounds: Bounds,
    /// The certificate; plain HTTP without.
    pub tls: Option<TlsFiles>,
    /// Whose forwarded addresses are believed.
    pub trusted_proxies: Vec<Network>,
    /// Where durable state lies.
    pub database: Address,
    /// The folder of signing keys.
    pub keys: PathBuf,
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
    /// Where the store calls.
    pub produce_path: String,
    /// For how long what nobody needs any more is kept.
    pub retention: Retention,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            store_listen: None,
            bounds: Bounds::default(),
            tls: None,
            trusted_proxies: Vec::new(),
            database: Address::Sqlite("license.db".into()),
            keys: "keys".into(),
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

    /// The store's access keys, at least one.
    ///
    /// # Errors
    /// [`ConfigError::Missing`]
    pub fn access_keys(&self) -> Result<Arc<[Secret]>, ConfigError> {
        if self.access_keys.is_empty() {
            return Err(ConfigError::Missing("ACCESS_KEYS"));
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

    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        let standard = Self::default();
        let path = |name| layers.read(name, path_of);
        let listen =
            |text: &str| text.parse().map_err(|_| ValueError::must("an address such as 127.0.0.1:8080"));
        Ok(Self {
            listen: layers.read("listen", listen)?.unwrap_or(standard.listen),
            store_listen: layers.read("store_listen", listen)?,
            bounds: bounds::read(layers)?,
            tls: match (path("tls_cert")?, path("tls_key")?) {
                (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
                (None, None) => None,
                (Some(_), None) => return Err(ConfigError::Missing("TLS_KEY")),
                (None, Some(_)) => return Err(ConfigError::Missing("TLS_CERT")),
            },
            trusted_proxies: layers.list("trusted_proxies", str::parse)?.unwrap_or_default(),
            database: database(layers)?.unwrap_or(standard.database),
            keys: path("keys")?.unwrap_or(standard.keys),
            secret_file: path("secret_file")?,
            issuer: layers.read("issuer", values::claim)?,
            realm: layers.read("realm", values::claim)?,
            access_keys: access_keys(layers)?,
            store: store(layers)?,
            delivery_dir: path("delivery_dir")?.unwrap_or(standard.delivery_dir),
            delivers: standard.delivers,
            products: path("products")?,
            front_end_url: layers.read("front_end_url", values::page)?,
            keep_buyer: layers.read("keep_buyer", values::yes_or_no)?.unwrap_or(standard.keep_buyer),
            validity_slack: layers
                .read("validity_slack", values::seconds)?
                .unwrap_or(standard.validity_slack),
            produce_path: layers.read("produce_path", values::produce_path)?.unwrap_or(standard.produce_path),
            retention: retention::read(layers)?,
        })
    }
}

fn path_of(text: &str) -> Result<PathBuf, ValueError> {
    if text.is_empty() || text.contains('\0') { Err(ValueError::must("a path")) } else { Ok(text.into()) }
}

/// The access keys, given themselves or as a file that holds them.
fn access_keys(layers: &Layers) -> Result<Vec<Secret>, ConfigError> {
    let given = layers.list("access_keys", access_key)?;
    let Some(file) = layers.read("access_keys_file", path_of)? else { return Ok(given.unwrap_or_default()) };
    if given.is_some() {
        return Err(ConfigError::Both("ACCESS_KEYS"));
    }
    let text = read_secret(&file)?;
    let keys: Result<_, _> = text.expose().split(',').map(|key| access_key(key.trim())).collect();
    keys.map_err(|fault| layers.fault("access_keys_file", fault))
}

fn access_key(text: &str) -> Result<Secret, ValueError> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(ValueError::must(
            "access keys separated by commas, none of them empty or with control characters",
        ));
    }
    Ok(text.into())
}

/// The database's address, given itself or, because a password may be in it, as a file that holds it.
fn database(layers: &Layers) -> Result<Option<Address>, ConfigError> {
    let given = layers.read("database", values::database)?;
    let Some(path) = layers.read("database_file", path_of)? else { return Ok(given) };
    if given.is_some() {
        return Err(ConfigError::Both("DATABASE"));
    }
    let address = values::database(read_secret(&path)?.expose());
    address.map(Some).map_err(|fault| layers.fault("database_file", fault))
}

/// The open API: its address and both keys, or nothing of it.
fn store(layers: &Layers) -> Result<Option<StoreApi>, ConfigError> {
    let url = layers.read("store_url", values::page)?;
    let fallback_url = layers.read("store_fallback_url", values::page)?;
    let access_key = secret(layers, "store_ak", "store_ak_file", "STORE_AK")?;
    let secret_key = secret(layers, "store_sk", "store_sk_file", "STORE_SK")?;
    match (url, access_key, secret_key) {
        (Some(url), Some(access_key), Some(secret_key)) => {
            Ok(Some(StoreApi { url, fallback_url, access_key, secret_key }))
        }
        (None, None, None) if fallback_url.is_none() => Ok(None),
        (None, ..) => Err(ConfigError::Missing("STORE_URL")),
        (_, None, _) => Err(ConfigError::Missing("STORE_AK")),
        (.., None) => Err(ConfigError::Missing("STORE_SK")),
    }
}

/// A secret, given itself or as a file that holds it.
fn secret(
    layers: &Layers,
    name: &'static str,
    file: &'static str,
    upper: &'static str,
) -> Result<Option<Secret>, ConfigError> {
    let given = layers.read(name, one_secret)?;
    let Some(path) = layers.read(file, path_of)? else { return Ok(given) };
    if given.is_some() {
        return Err(ConfigError::Both(upper));
    }
    one_secret(read_secret(&path)?.expose()).map(Some).map_err(|fault| layers.fault(file, fault))
}

fn one_secret(text: &str) -> Result<Secret, ValueError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ValueError::must("one or more visible ASCII characters without white space"));
    }
    Ok(text.into())
}

/// A line feed at the file's end is not part of the secret.
fn read_secret(path: &Path) -> Result<Secret, ConfigError> {
    let fault = |why: String| ConfigError::File { path: path.to_owned(), why };
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    if text.len() > MAX_SECRET {
        return Err(fault("it is longer than 64 KiB".into()));
    }
    Ok(Secret::from(text.trim_end_matches(['\r', '\n'])))
}
