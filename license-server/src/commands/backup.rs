//! `backup`

use std::path::{Path, PathBuf};

use super::progress::Bar;
use super::{CommandError, Common, Done, office, output};
use crate::backup::{self, Source};
use crate::clock::Clock;
use crate::launch;
use crate::storage::Address;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server backup /backup/2026-12-01 --config server.toml
  license-server backup /safe/2026-12-01 --with-keys       also the private keys: keep it as safe as the keys
  license-server restore --check /backup/2026-12-01        is it whole?

The server goes on meanwhile; the backup is the database as it was at one moment. manifest.json is written last: a
folder without one is no backup. A PostgreSQL database is backed up with its own tools, such as pg_dump.")]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// A new or an empty folder
    #[arg(value_name = "DIR")]
    to: PathBuf,
    /// Also the private keys and the secret of the activation codes
    #[arg(long)]
    with_keys: bool,
}

pub(super) fn run(args: &Args) -> Done {
    let settings = args.common.settings.load()?;
    let database = file_of(&settings.database, AS_BACKUP)?;
    office::must_exist(&settings)?;
    let now = Clock::system().now();
    let (bar, secret) = (Bar::new(), launch::secret_file(&settings));
    let progress = |done, of| bar.at(done, of);
    let (keys, with_keys) = (settings.keys.as_path(), args.with_keys);
    let passphrase_file = settings.keys_passphrase_file.as_deref();
    let source = Source { database, keys, passphrase_file, secret: &secret, with_keys };
    let made = backup::make(source, &args.to, now, progress);
    bar.clear();
    let manifest = made?;
    if args.common.json {
        return output::json(&manifest);
    }
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let (rows, files): (u64, _) = (manifest.rows.values().sum(), manifest.files.len());
    output::line(format!("{}: {rows} rows, {files} file(s), {bytes} bytes", args.to.display()))?;
    manifest.unlisted_keys.iter().try_for_each(|kid| output::line(says_unlisted(kid)))?;
    output::line(if args.with_keys {
        "the private keys are in it: whoever has it can sign licenses"
    } else {
        "the private keys are not in it: keep the folder of keys and the secret of the activation codes apart"
    })
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
