//! `keys generate | list | export | activate | retire | distrust | encrypt`

mod export;
mod steps;

use std::path::PathBuf;

use clap::Subcommand;
use license_core::{KeyId, SigningKey};
use serde::Serialize;

use super::{CommandError, Common, Done, output};
use crate::clock::Clock;
use crate::keystore::{Consent, KeyFolder, KeyState};
use crate::launch;
use crate::storage::rfc3339;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new key: the first one signs, a later one stands by until it is activated
    Generate(Common),
    /// List the keys and what they are for
    List(Common),
    /// Print the public keys: a JWK set, PEM, signed key sets, or the vendor file of an agent
    #[command(after_help = "\
Examples:
  license-server keys export                                   the JWK set
  license-server keys export --pem                             SPKI PEM, for openssl
  license-server keys export --signed > vendor.keys            for machines without a network
  license-server keys export --agent cad-pro > vendor.toml     what the agent and your program trust")]
    Export(export::Args),
    /// Have a key sign that stands by; the one that signs until now is retired
    Activate(Step),
    /// Let a key sign no more; its licenses still hold
    Retire(Step),
    /// Withdraw a key; its licenses hold no more wherever the new key set arrives
    Distrust(Step),
    /// Encrypt the private keys with the passphrase in KEYS_PASSPHRASE_FILE
    Encrypt {
        #[command(flatten)]
        common: Common,
        /// The file of the passphrase they are encrypted with until now
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
}

/// One key's step.
#[derive(Debug, clap::Args)]
struct Step {
    #[command(flatten)]
    common: Common,
    /// Its id, or the beginning of it
    #[arg(allow_hyphen_values = true)]
    id: String,
    /// Do what is otherwise refused, or only described
    #[arg(long)]
    yes: bool,
}

impl Step {
    fn consent(&self) -> Consent {
        if self.yes { Consent::Given } else { Consent::NotGiven }
    }
}

#[derive(Serialize)]
struct KeyLine {
    id: KeyId,
    state: &'static str,
    #[serde(serialize_with = "rfc3339::time")]
    created_at: i64,
    /// Since when it is in that state; not known of keys of older programs.
    #[serde(serialize_with = "rfc3339::option")]
    since: Option<i64>,
    signs: bool,
}

pub(super) fn run(args: Args) -> Done {
    match args.command {
        Command::Generate(common) => generate(&common),
        Command::List(common) => list(&common),
        Command::Export(args) => export::run(&args),
        Command::Activate(step) => steps::activate(&step),
        Command::Retire(step) => steps::retire(&step),
        Command::Distrust(step) => steps::distrust(&step),
        Command::Encrypt { common, from } => encrypt(&common, from),
    }
}

fn generate(common: &Common) -> Done {
    let settings = common.settings.load()?;
    let passphrase = settings.keys_passphrase_file.as_deref();
    let mut folder = KeyFolder::open_or_create(&settings.keys)?.with_passphrase(passphrase);
    let kid = folder.add(&SigningKey::generate(&mut rand::rng()), Clock::system().now())?;
    let signs = folder.active() == Some(kid);
    if common.json {
        let state = if signs { KeyState::Active } else { KeyState::Standby };
        return output::json(
            &serde_json::json!({ "id": kid, "folder": settings.keys, "state": state.as_str() }),
        );
    }
    let folder = settings.keys.display();
    if signs {
        output::line(format!("key {kid} signs from now on; it lies in {folder}"))?;
        return output::line(
            "next: back the folder up, and give verifiers the new keys (`license-server keys export`)",
        );
    }
    output::line(format!("key {kid} stands by: it is published and signs nothing yet; it lies in {folder}"))?;
    output::line(format!(
        "next: back the folder up, and ship vendor files with it (`license-server keys export --agent`); when machines \
         have learned it, `license-server keys activate {kid}`"
    ))
}

fn list(common: &Common) -> Done {
    let settings = common.settings.load()?;
    let folder = KeyFolder::open(&settings.keys)?;
    let signing = folder.active();
    let lines: Vec<KeyLine> = folder
        .entries()
        .iter()
        .map(|entry| KeyLine {
            id: entry.kid,
            state: entry.state.as_str(),
            created_at: entry.created_at.as_secs(),
            since: entry.since.map(license_core::UnixTime::as_secs),
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
            let (made, since) = (output::time(Some(key.created_at), ""), output::time(key.since, "?"));
            vec![key.id.to_string(), key.state.to_owned(), since, made, signs.into()]
        })
        .collect();
    output::table(&["key", "state", "since", "made", ""], &rows)
}

fn encrypt(common: &Common, from: Option<PathBuf>) -> Done {
    let settings = common.settings.load()?;
    if settings.keys_passphrase_file.is_none() {
        return Err(crate::config::ConfigError::Missing("KEYS_PASSPHRASE_FILE").into());
    }
    let written = launch::key_folder(&settings)?.encrypt(from.as_deref())?;
    if common.json {
        return output::json(&serde_json::json!({ "encrypted": written }));
    }
    output::line(match written.len() {
        0 => "all private keys are encrypted with this passphrase already".to_owned(),
        count => format!("{count} private key(s) are encrypted now"),
    })?;
    output::line(
        "next: back the folder up, and keep the passphrase elsewhere; older backups hold the keys as they were",
    )
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
