//! `backup`

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::progress::Bar;
use super::{CommandError, Common, Done, office, output};
use crate::backup::{self, Pruned, Source};
use crate::clock::Clock;
use crate::launch;
use crate::storage::Address;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server backup --into /backup --keep 14 --config server.toml    every night, named by its time
  license-server backup /backup/before-the-move --config server.toml     once
  license-server backup /safe/2026-12-01 --with-keys      also the private keys: keep it as safe as them
  license-server restore --check /backup/2026-12-01T02-00-00Z            is it whole?

The server goes on meanwhile; the backup is the database as it was at one moment. manifest.json is written last: a
folder without one is no backup. A PostgreSQL database is backed up with its own tools, such as pg_dump.")]
pub(super) struct Args {
    /// A new or an empty folder
    #[arg(value_name = "DIR", required_unless_present = "into")]
    to: Option<PathBuf>,
    /// Make a folder inside this one, named by the time, such as 2026-12-01T02-00-00Z
    #[arg(long, value_name = "DIR", conflicts_with = "to")]
    into: Option<PathBuf>,
    /// Afterwards keep the newest N backups in there and delete older ones, if they are whole and hold nothing else
    #[arg(long, value_name = "N", requires = "into", conflicts_with = "to", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    keep: Option<u32>,
    /// Also the private keys and the secret of the activation codes
    #[arg(long)]
    with_keys: bool,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &Args) -> Done {
    let settings = args.common.settings.load()?;
    let database = file_of(&settings.database, AS_BACKUP)?;
    office::must_exist(&settings)?;
    let now = Clock::system().now();
    let to = match (&args.to, &args.into) {
        (Some(to), _) => to.clone(),
        (None, Some(into)) => backup::dated(into, now),
        (None, None) => {
            return Err(CommandError::Said("name a folder, or one to make it in with --into".into()));
        }
    };
    let (bar, secret) = (Bar::new(), launch::secret_file(&settings));
    let progress = |done, of| bar.at(done, of);
    let (keys, with_keys) = (settings.keys.as_path(), args.with_keys);
    let passphrase_file = settings.keys_passphrase_file.as_deref();
    let source = Source { database, keys, passphrase_file, secret: &secret, with_keys };
    let made = backup::make(source, &to, now, progress);
    bar.clear();
    let manifest = made?;
    // Only now: an old backup is worth more than none.
    let pruned = match (&args.into, args.keep) {
        (Some(into), Some(keep)) => backup::prune(into, &to, keep)?,
        _ => Pruned::default(),
    };
    if args.common.json {
        return output::json(&Report { backup: output::manifest(&manifest)?, to: &to, pruned: &pruned });
    }
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let (rows, files): (u64, _) = (manifest.rows.values().sum(), manifest.files.len());
    output::line(format!("{}: {rows} rows, {files} file(s), {bytes} bytes", to.display()))?;
    manifest.unlisted_keys.iter().try_for_each(|kid| output::line(says_unlisted(kid)))?;
    output::line(if args.with_keys {
        "the private keys are in it: whoever has it can sign licenses"
    } else {
        "the private keys are not in it: keep the folder of keys and the secret of the activation codes apart"
    })?;
    pruned.deleted.iter().try_for_each(|old| output::line(format!("deleted {}", old.display())))?;
    pruned
        .left
        .iter()
        .try_for_each(|left| output::line(format!("{} was left: {}", left.path.display(), left.why)))
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    backup: serde_json::Value,
    to: &'a Path,
    #[serde(flatten)]
    pruned: &'a Pruned,
}

/// What to do with a PostgreSQL instead.
pub(super) const AS_BACKUP: &str =
    "back it up with pg_dump and restore it with pg_restore, or by the server's own replication";

/// The file, where the database is one; else advice.
pub(super) fn file_of<'a>(address: &'a Address, advice: &str) -> Result<&'a Path, CommandError> {
    match address {
        Address::Sqlite(path) => Ok(path),
        Address::Postgres(address) => {
            Err(CommandError::Said(format!("{address} is a PostgreSQL database; {advice}")))
        }
    }
}

/// Of a key that is in no list.
pub(super) fn says_unlisted(kid: &str) -> String {
    format!(
        "key {kid}: signed licenses of this database and is NOT in the folder of keys; is the setting KEYS right?"
    )
}
