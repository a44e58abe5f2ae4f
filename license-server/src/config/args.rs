//! The flags that every command with settings takes.

use std::ffi::OsString;
use std::path::PathBuf;

use super::layers::{CONFIG, Layers, PREFIX};
use super::{ConfigError, NAMES, Read, Settings};

/// Where they stand in a command's help: apart from its own options. Each says so itself, since a heading of all of them
/// would reach on to the options behind them.
const SETTINGS: &str = "Settings";

/// The settings as flags. Secrets are not among them: a process's arguments can be read by everybody on its machine.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SettingsArgs {
    /// A TOML file of settings, by their names in lower case; each is also a flag, which --help lists
    #[arg(long, help_heading = SETTINGS, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Where agents reach this server, https; goes into vendor files
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "URL")]
    pub server_url: Option<String>,
    /// Address to answer the operator on, /metrics among it, or off [default: 127.0.0.1:9090]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "ADDRESS")]
    pub operator_listen: Option<String>,
    /// Address to listen on for the store alone, whose calls are then answered nowhere else
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "ADDRESS")]
    pub store_listen: Option<String>,
    /// Connections at one time [default: 1024]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "N")]
    pub connections: Option<String>,
    /// Connections of one address where there are too few for all [default: 128]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "N")]
    pub connections_per_address: Option<String>,
    /// Connections at one time of the store's own listener [default: 256]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "N")]
    pub store_connections: Option<String>,
    /// Machines' calls that are decided at one time [default: 128]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "N")]
    pub agent_calls: Option<String>,
    /// Certificate chain, PEM; plain HTTP without it
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "FILE")]
    pub tls_cert: Option<String>,
    /// The certificate's private key, PEM
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "FILE")]
    pub tls_key: Option<String>,
    /// Whose forwarded addresses are believed: addresses and networks, separated by commas
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "LIST")]
    pub trusted_proxies: Option<String>,
    /// Where machines reach this server, separated by commas; a machine's proof must be for one of them
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "LIST")]
    pub public_url: Option<String>,
    /// Database, sqlite://PATH or postgres://… [default: sqlite://license.db]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "URL")]
    pub database: Option<String>,
    /// File with the database's URL, where a password is in it
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "FILE")]
    pub database_file: Option<String>,
    /// Folder of signing keys [default: keys]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "DIR")]
    pub keys: Option<String>,
    /// File with the passphrase that private keys are encrypted with
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "FILE")]
    pub keys_passphrase_file: Option<String>,
    /// File with the secret that activation codes are made from [default: server.secret in the folder of keys]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "FILE")]
    pub secret_file: Option<String>,
    /// The vendor, `iss` of every license
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "NAME")]
    pub issuer: Option<String>,
    /// Under whose name device digests are made [default: the issuer at the first start]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "NAME")]
    pub realm: Option<String>,
    /// File with the store's access keys, separated by commas
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "FILE")]
    pub access_keys_file: Option<String>,
    /// The store's open API, https; without it licenses go to a folder
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "URL")]
    pub store_url: Option<String>,
    /// Where the open API is asked when the first does not answer
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "URL")]
    pub store_fallback_url: Option<String>,
    /// File with the AK for the open API
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "FILE")]
    pub store_ak_file: Option<String>,
    /// File with the SK for the open API
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "FILE")]
    pub store_sk_file: Option<String>,
    /// Folder that licenses are delivered to [default: delivered]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "DIR")]
    pub delivery_dir: Option<String>,
    /// The catalog
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "FILE")]
    pub products: Option<String>,
    /// What the buyer is told, unless the product says
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "URL")]
    pub front_end_url: Option<String>,
    /// Store the buyer's name and contact [default: false]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub keep_buyer: Option<String>,
    /// How far an asked period may reach over the order's [default: 24h]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "DURATION")]
    pub validity_slack: Option<String>,
    /// How far ahead of now a license may begin [default: 31d]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "DURATION")]
    pub max_start_ahead: Option<String>,
    /// Where the store calls [default: /koogallery/produce]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "PATH")]
    pub produce_path: Option<String>,
    /// How long superseded, refused and ended applications are kept, a duration or never [default: 400d]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "DURATION")]
    pub retention_applications: Option<String>,
    /// How long finished deliveries are kept [default: 90d]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "DURATION")]
    pub retention_deliveries: Option<String>,
    /// How long the history of an instance is kept [default: 730d]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "DURATION")]
    pub retention_history: Option<String>,
    /// How long notices of orders that were delivered by hand are kept [default: 90d]
    #[arg(long, help_heading = SETTINGS, hide_short_help = true, value_name = "DURATION")]
    pub retention_notices: Option<String>,
}

impl SettingsArgs {
    /// The settings of these flags, over the environment's, over the file's.
    ///
    /// # Errors
    /// [`ConfigError`]; [`ConfigError::Several`] for more than one fault.
    pub fn load(&self) -> Result<Settings, ConfigError> {
        self.read()?.whole()
    }

    /// As much of the settings as can be read, and everything that is wrong with them.
    ///
    /// # Errors
    /// When nothing can be read: the file is not there or no TOML, or a variable is no UTF-8.
    pub fn read(&self) -> Result<Read, ConfigError> {
        self.read_in(std::env::vars_os().collect())
    }

    /// The same in an environment that is given.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn read_in(&self, environment: Vec<(OsString, OsString)>) -> Result<Read, ConfigError> {
        let named = format!("{PREFIX}{}", CONFIG.to_ascii_uppercase());
        let from_environment = environment.iter().find(|(name, value)| *name == *named && !value.is_empty());
        let file = self.config.clone().or_else(|| from_environment.map(|(_, value)| value.into()));
        let mut layers = Layers::new(NAMES);
        if let Some(file) = file {
            layers = layers.file(&file)?;
        }
        Ok(Settings::read(&layers.environment(environment)?.flags(self.given())))
    }

    fn given(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("listen", &self.listen),
            ("server_url", &self.server_url),
            ("operator_listen", &self.operator_listen),
            ("store_listen", &self.store_listen),
            ("connections", &self.connections),
            ("connections_per_address", &self.connections_per_address),
            ("store_connections", &self.store_connections),
            ("agent_calls", &self.agent_calls),
            ("tls_cert", &self.tls_cert),
            ("tls_key", &self.tls_key),
            ("trusted_proxies", &self.trusted_proxies),
            ("public_url", &self.public_url),
            ("database", &self.database),
            ("database_file", &self.database_file),
            ("keys", &self.keys),
            ("keys_passphrase_file", &self.keys_passphrase_file),
            ("secret_file", &self.secret_file),
            ("issuer", &self.issuer),
            ("realm", &self.realm),
            ("access_keys_file", &self.access_keys_file),
            ("store_url", &self.store_url),
            ("store_fallback_url", &self.store_fallback_url),
            ("store_ak_file", &self.store_ak_file),
            ("store_sk_file", &self.store_sk_file),
            ("delivery_dir", &self.delivery_dir),
            ("products", &self.products),
            ("front_end_url", &self.front_end_url),
            ("keep_buyer", &self.keep_buyer),
            ("validity_slack", &self.validity_slack),
            ("max_start_ahead", &self.max_start_ahead),
            ("produce_path", &self.produce_path),
            ("retention_applications", &self.retention_applications),
            ("retention_deliveries", &self.retention_deliveries),
            ("retention_history", &self.retention_history),
            ("retention_notices", &self.retention_notices),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)))
    }
}
