//! `keys generate | list | export | retire | distrust`

use clap::Subcommand;
use license_core::{KeyId, ServerUrl, SigningKey, VendorFile};
use serde::Serialize;

use super::{CommandError, Common, Done, output};
use crate::clock::Clock;
use crate::config::{ConfigError, Settings, read_catalog, values};
use crate::keystore::{KeyFolder, KeyState};
use crate::storage::rfc3339;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new key; it signs from now on
    Generate(Common),
    /// List the keys and what they are for
    List(Common),
    /// Print the public keys: a JWK set, PEM, or the vendor file of an agent
    #[command(after_help = "\
Examples:
  license-server keys export                                   the JWK set
  license-server keys export --pem                             SPKI PEM, for openssl
  license-server keys export --agent cad-pro > vendor.toml     what the agent and your program trust")]
    Export {
        #[command(flatten)]
        common: Common,
        /// SPKI PEM blocks
        #[arg(long, conflicts_with = "agent")]
        pem: bool,
        /// The vendor file for a product code
        #[arg(long, value_name = "PRODUCT_CODE")]
        agent: Option<String>,
        /// Where agents reach the server; goes into the vendor file instead of the setting SERVER_URL
        #[arg(long, value_name = "URL", requires = "agent", value_parser = server_url)]
        server: Option<ServerUrl>,
    },
    /// Let a key sign no more; its licenses still hold
    Retire {
        #[command(flatten)]
        common: Common,
        /// Its id, or the beginning of it
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Withdraw a key; its licenses hold no more wherever the new key set arrives
    Distrust {
        #[command(flatten)]
        common: Common,
        /// Its id, or the beginning of it
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// Do it; without, only say what it would mean
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Serialize)]
struct KeyLine {
    id: KeyId,
    state: &'static str,
    #[serde(serialize_with = "rfc3339::time")]
    created_at: i64,
    signs: bool,
}

pub(super) fn run(args: Args) -> Done {
    match args.command {
        Command::Generate(common) => generate(&common),
        Command::List(common) => list(&common),
        Command::Export { common, pem, agent, server } => export(&common, pem, agent, server),
        Command::Retire { common, id } => retire(&common, &id),
        Command::Distrust { common, id, yes } => distrust(&common, &id, yes),
    }
}

fn generate(common: &Common) -> Done {
    let settings = common.settings.load()?;
    let mut folder = KeyFolder::open_or_create(&settings.keys)?;
    let kid = folder.add(&SigningKey::generate(&mut rand::rng()), Clock::system().now())?;
    if common.json {
        return output::json(&serde_json::json!({ "id": kid, "folder": settings.keys }));
    }
    output::line(format!("key {kid} signs from now on; it lies in {}", settings.keys.display()))?;
    output::line("next: back the folder up, and give verifiers the new keys (`license-server keys export`)")
}

fn list(common: &Common) -> Done {
    let settings = common.settings.load()?;
    let folder = KeyFolder::open(&settings.keys)?;
    let signing =
        folder.entries().iter().rfind(|entry| entry.state == KeyState::Active).map(|entry| entry.kid);
    let lines: Vec<KeyLine> = folder
        .entries()
        .iter()
        .map(|entry| KeyLine {
            id: entry.kid,
            state: entry.state.as_str(),
            created_at: entry.created_at.as_secs(),
            signs: Some(entry.kid) == signing,
        })
        .collect();
    if common.json {
        return output::json(&lines);
    }
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|key| {
            let signs = if key.signs { "signs" } else { "" };
            let state = key.state.to_owned();
            vec![key.id.to_string(), state, output::time(Some(key.created_at), ""), signs.into()]
        })
        .collect();
    output::table(&["key", "state", "made", ""], &rows)
}

/// As agents read it; the advice is for who types it.
fn server_url(text: &str) -> Result<ServerUrl, String> {
    values::server_url(text).map_err(|why| why.to_string())
}

fn export(common: &Common, pem: bool, agent: Option<String>, server: Option<ServerUrl>) -> Done {
    let settings = common.settings.load()?;
    let folder = KeyFolder::open(&settings.keys)?;
    let keys = folder.published()?;
    if let Some(product) = agent {
        let issuer = settings.issuer()?.to_owned();
        let realm = Some(known_realm(&settings)?);
        must_sell(&settings, &product)?;
        let server = server.or_else(|| settings.server_url.clone()).map(|url| url.to_string());
        if server.is_none() {
            // Beside the file, which mostly goes elsewhere.
            eprintln!(
                "license-server: no server is in this vendor file, so machines cannot activate by themselves; set \
                 SERVER_URL, or name it with --server"
            );
        }
        let file = VendorFile { issuer, product, realm, server, test: folder.is_dev(), keys };
        return output::line(file.to_toml().trim_end());
    }
    if pem {
        return keys.iter().try_for_each(|key| {
            let pem = key.to_spki_pem().map_err(|e| CommandError::Said(e.to_string()))?;
            output::line(pem.trim_end())
        });
    }
    output::line(keys.to_jwks())
}

/// A product that the catalog lacks has no licenses: its vendor file would be of no use to anybody.
fn must_sell(settings: &Settings, product: &str) -> Result<(), CommandError> {
    let path = settings.products.as_deref().ok_or(ConfigError::Missing("PRODUCTS"))?;
    let catalog = read_catalog(path)?;
    if catalog.by_code(product).is_some() {
        return Ok(());
    }
    Err(CommandError::Said(format!(
        "the catalog has no product `{product}`; it has: {}",
        catalog.codes().join(", ")
    )))
}

/// The realm that the database keeps, or the one it would get.
fn known_realm(settings: &Settings) -> Result<String, CommandError> {
    let kept = if settings.database.exists() {
        settings.database.open_for_reading()?.kept_setting("realm")?
    } else {
        None
    };
    match (kept, &settings.realm) {
        (Some(kept), _) => Ok(kept),
        (None, Some(given)) => Ok(given.clone()),
        (None, None) => Ok(settings.issuer()?.to_owned()),
    }
}

fn retire(common: &Common, id: &str) -> Done {
    let settings = common.settings.load()?;
    let mut folder = KeyFolder::open(&settings.keys)?;
    let kid = find(&folder, id)?;
    folder.set_state(kid, KeyState::Retired)?;
    if folder.entries().iter().all(|entry| entry.state != KeyState::Active) {
        output::line("no key is left to sign with; run `license-server keys generate`")?;
    }
    output::line(format!("key {kid} signs no more; its licenses still hold"))
}

fn distrust(common: &Common, id: &str, yes: bool) -> Done {
    let settings = common.settings.load()?;
    let mut folder = KeyFolder::open(&settings.keys)?;
    let kid = find(&folder, id)?;
    let killed = if settings.database.exists() {
        let db = settings.database.open_for_reading()?;
        let count = db.unexpired_licenses_of_key(Clock::system().now(), &kid.to_string())?;
        format!("{count} unexpired licenses were signed with key {kid}")
    } else {
        let path = &settings.database;
        format!("how many licenses were signed with key {kid} is not known: there is no database {path}")
    };
    output::line(killed)?;
    if !yes {
        output::line(
            "they would hold no more wherever the new key set arrives; nothing was done, --yes does it",
        )?;
        return Err(CommandError::Reported);
    }
    folder.set_state(kid, KeyState::Distrusted)?;
    output::line(format!(
        "key {kid} is no longer published; send verifiers the new keys, and issue those again"
    ))
}

/// The one key whose id begins so.
fn find(folder: &KeyFolder, id: &str) -> Result<KeyId, CommandError> {
    let mut found =
        folder.entries().iter().map(|entry| entry.kid).filter(|kid| kid.to_string().starts_with(id));
    match (found.next(), found.next()) {
        (Some(kid), None) => Ok(kid),
        (None, _) => {
            Err(CommandError::Said(format!("no key begins with `{id}`; see `license-server keys list`")))
        }
        (Some(_), Some(_)) => {
            Err(CommandError::Said(format!("more than one key begins with `{id}`; type more of it")))
        }
    }
}
