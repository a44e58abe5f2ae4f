//! Settings from their layers: all of them, and all that is wrong with them at once.

use std::net::SocketAddr;
use std::path::Path;

use super::bounds;
use super::error::{ConfigError, ValueError};
use super::layers::{Given, Layers};
use super::{Secret, Settings, StoreApi, retention, values};
use crate::http::TlsFiles;
use crate::storage::Address;

/// The most bytes of a file that holds a secret.
const MAX_SECRET: usize = 64 * 1024;

/// Settings as far as they can be read.
#[derive(Clone, Debug)]
pub struct Read {
    /// Those that can be used; the others are as if nobody had given them.
    pub settings: Settings,
    /// Everything that is wrong.
    pub faults: Vec<ConfigError>,
    /// The names of the settings that have a fault.
    pub unread: Vec<&'static str>,
}

impl Read {
    /// The settings, where nothing is wrong with them.
    ///
    /// # Errors
    /// [`ConfigError`]; [`ConfigError::Several`] for more than one fault.
    pub fn whole(self) -> Result<Settings, ConfigError> {
        ConfigError::of(self.faults).map_or(Ok(self.settings), Err)
    }
}

/// What is wrong, while settings are read.
#[derive(Default)]
pub(super) struct Faults {
    faults: Vec<ConfigError>,
    unread: Vec<&'static str>,
}

impl Faults {
    /// What was read of a setting, or nothing and a fault more.
    pub(super) fn of<T>(&mut self, name: &'static str, read: Result<Option<T>, ConfigError>) -> Option<T> {
        read.unwrap_or_else(|fault| {
            self.faults.push(fault);
            self.unread.push(name);
            None
        })
    }
}

impl Settings {
    pub(super) fn read(layers: &Layers) -> Read {
        let mut faults = Faults { faults: layers.unknown(), unread: Vec::new() };
        let all = &mut faults;
        let standard = Self::default();
        let listen =
            |text: &str| text.parse().map_err(|_| ValueError::must("an address such as 127.0.0.1:8080"));
        let beside = |path| layers.beside_file(path);
        let database = match standard.database {
            Address::Sqlite(path) => Address::Sqlite(beside(path)),
            other => other,
        };
        let settings = Self {
            listen: all.of("listen", layers.read("listen", listen)).unwrap_or(standard.listen),
            store_listen: all.of("store_listen", layers.read("store_listen", listen)),
            bounds: bounds::read(layers, all),
            operator_listen: all
                .of("operator_listen", layers.read("operator_listen", operator_listen))
                .unwrap_or(standard.operator_listen),
            server_url: all.of("server_url", layers.read("server_url", values::server_url)),
            tls: tls(layers, all),
            trusted_proxies: all
                .of("trusted_proxies", layers.list("trusted_proxies", str::parse))
                .unwrap_or_default(),
            public_urls: all.of("public_url", layers.list("public_url", str::parse)).unwrap_or_default(),
            database: all.of("database", self::database(layers)).unwrap_or(database),
            keys: all.of("keys", layers.path("keys")).unwrap_or_else(|| beside(standard.keys)),
            keys_passphrase_file: all.of("keys_passphrase_file", layers.path("keys_passphrase_file")),
            secret_file: all.of("secret_file", layers.path("secret_file")),
            issuer: all.of("issuer", layers.read("issuer", values::claim)),
            realm: all.of("realm", layers.read("realm", values::claim)),
            access_keys: all.of("access_keys", access_keys(layers)).unwrap_or_default(),
            store: store(layers, all),
            delivery_dir: all
                .of("delivery_dir", layers.path("delivery_dir"))
                .unwrap_or_else(|| beside(standard.delivery_dir)),
            delivers: standard.delivers,
            products: all.of("products", layers.path("products")),
            front_end_url: all.of("front_end_url", layers.read("front_end_url", values::page)),
            keep_buyer: all
                .of("keep_buyer", layers.read("keep_buyer", values::yes_or_no))
                .unwrap_or(standard.keep_buyer),
            validity_slack: all
                .of("validity_slack", layers.read("validity_slack", values::seconds))
                .unwrap_or(standard.validity_slack),
            max_start_ahead: all
                .of("max_start_ahead", layers.read("max_start_ahead", values::seconds))
                .unwrap_or(standard.max_start_ahead),
            produce_path: all
                .of("produce_path", layers.read("produce_path", values::produce_path))
                .unwrap_or(standard.produce_path),
            retention: retention::read(layers, all),
        };
        Read { settings, faults: faults.faults, unread: faults.unread }
    }
}

/// The certificate and its key, or neither.
fn tls(layers: &Layers, faults: &mut Faults) -> Option<TlsFiles> {
    let read = (layers.path("tls_cert"), layers.path("tls_key"));
    let missing = |name| Err(ConfigError::Missing(name));
    let both = match read {
        (Ok(Some(cert)), Ok(Some(key))) => Ok(Some(TlsFiles { cert, key })),
        (Ok(None), Ok(None)) => Ok(None),
        (Ok(Some(_)), Ok(None)) => missing("TLS_KEY"),
        (Ok(None), Ok(Some(_))) => missing("TLS_CERT"),
        (Err(fault), _) | (_, Err(fault)) => Err(fault),
    };
    faults.of("tls", both)
}

/// An address, or `off`.
fn operator_listen(text: &str) -> Result<Option<SocketAddr>, ValueError> {
    if text == "off" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| ValueError::must("an address such as 127.0.0.1:9090, or off"))
}

/// The access keys, given themselves or as a file that holds them.
fn access_keys(layers: &Layers) -> Result<Option<Vec<Secret>>, ConfigError> {
    let keys = |text: &str| text.split(',').map(|key| access_key(key.trim())).collect();
    itself_or_file(layers, "access_keys", "access_keys_file", "ACCESS_KEYS", keys)
}

fn access_key(text: &str) -> Result<Secret, ValueError> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(ValueError::must(
            "access keys separated by commas, none of them with control characters",
        ));
    }
    Ok(text.into())
}

/// The database's address, given itself or, because a password may be in it, as a file that holds it.
fn database(layers: &Layers) -> Result<Option<Address>, ConfigError> {
    let address = itself_or_file(layers, "database", "database_file", "DATABASE", values::database)?;
    let is_of_file = match layers.given("database", "database_file") {
        Given::Second => layers.is_of_file("database_file"),
        _ => layers.is_of_file("database"),
    };
    Ok(address.map(|address| match address {
        Address::Sqlite(path) if is_of_file => Address::Sqlite(layers.beside_file(path)),
        other => other,
    }))
}

/// The open API: its address and both keys, or nothing of it.
fn store(layers: &Layers, faults: &mut Faults) -> Option<StoreApi> {
    let before = faults.faults.len();
    let url = faults.of("store", layers.read("store_url", values::page));
    let fallback_url = faults.of("store", layers.read("store_fallback_url", values::page));
    let key = |name, file, upper| itself_or_file(layers, name, file, upper, one_secret);
    let access_key = faults.of("store", key("store_ak", "store_ak_file", "STORE_AK"));
    let secret_key = faults.of("store", key("store_sk", "store_sk_file", "STORE_SK"));
    if faults.faults.len() > before {
        return None;
    }
    let missing = |name| Err(ConfigError::Missing(name));
    let whole = match (url, access_key, secret_key) {
        (Some(url), Some(access_key), Some(secret_key)) => {
            Ok(Some(StoreApi { url, fallback_url, access_key, secret_key }))
        }
        (None, None, None) if fallback_url.is_none() => Ok(None),
        (None, ..) => missing("STORE_URL"),
        (_, None, _) => missing("STORE_AK"),
        (.., None) => missing("STORE_SK"),
    };
    faults.of("store", whole)
}

fn one_secret(text: &str) -> Result<Secret, ValueError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ValueError::must("one or more visible ASCII characters without white space"));
    }
    Ok(text.into())
}

/// A secret and the file that holds it are one setting: of a later layer either wins over both of an earlier one.
fn itself_or_file<T>(
    layers: &Layers,
    name: &'static str,
    file: &'static str,
    upper: &'static str,
    read: impl Fn(&str) -> Result<T, ValueError>,
) -> Result<Option<T>, ConfigError> {
    match layers.given(name, file) {
        Given::Neither => Ok(None),
        Given::First => layers.read(name, read),
        Given::Second => {
            let Some(path) = layers.path(file)? else { return Ok(None) };
            read(read_secret(&path)?.expose()).map(Some).map_err(|fault| layers.fault(file, fault))
        }
        Given::Both => Err(ConfigError::Both(upper)),
    }
}

/// A line feed at the file's end is not part of the secret.
fn read_secret(path: &Path) -> Result<Secret, ConfigError> {
    let fault = |why: String| ConfigError::File { path: path.to_owned(), why };
    crate::private_file::check_secret(path)?;
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    if text.len() > MAX_SECRET {
        return Err(fault("it is longer than 64 KiB".into()));
    }
    Ok(Secret::from(text.trim_end_matches(['\r', '\n'])))
}
