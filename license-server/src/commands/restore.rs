//! `restore`

use std::path::PathBuf;

use serde::Serialize;

use super::backup::{AS_BACKUP, file_of, says_unlisted};
use super::{Common, Done, output};
use crate::backup::{self, FoundKey, Whereabouts};
use crate::keystore::KeyState;
use crate::launch;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server restore --check /backup/2026-12-01 --config server.toml    is it whole, and are its keys there?
  license-server restore /backup/2026-12-01 --config server.toml            put it where the settings say

Nothing that is there is overwritten: move an old database away first, with the server stopped. What was sold after the
backup was made is not in it: let the store call again, or look at its list of orders.")]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// A folder that `backup` made
    #[arg(value_name = "DIR")]
    from: PathBuf,
    /// Only look; nothing is written
    #[arg(long)]
    check: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    manifest: serde_json::Value,
    keys: &'a [FoundKey],
    restored: Vec<String>,
}

pub(super) fn run(args: &Args) -> Done {
    let settings = args.common.settings.load()?;
    let (manifest, restored) = if args.check {
        (backup::check(&args.from)?, Vec::new())
    } else {
        let (database, secret) = (file_of(&settings.database, AS_BACKUP)?, launch::secret_file(&settings));
        backup::put_in_place(&args.from, database, &settings.keys, &secret)?
    };
    let keys = backup::find_keys(&manifest, &settings.keys);
    let restored: Vec<_> = restored.iter().map(|path| path.display().to_string()).collect();
    if args.common.json {
        return output::json(&Report { manifest: output::manifest(&manifest)?, keys: &keys, restored });
    }
    let rows: u64 = manifest.rows.values().sum();
    let (made_at, files) = (manifest.made_at, manifest.files.len());
    output::line(format!(
        "whole: made {made_at}, {rows} rows, {files} file(s), schema {}",
        manifest.schema_version
    ))?;
    keys.iter().try_for_each(|key| output::line(format!("key {}: {}", key.kid, says(key))))?;
    manifest.unlisted_keys.iter().try_for_each(|kid| output::line(says_unlisted(kid)))?;
    restored.iter().try_for_each(|path| output::line(format!("restored {path}")))
}

fn says(key: &FoundKey) -> &'static str {
    match (key.private_key, key.state) {
        (Whereabouts::InBackup, _) => "in the backup",
        (Whereabouts::InKeys, _) => "in the folder of keys",
        (Whereabouts::Missing, KeyState::Active) => {
            "MISSING: without it this server signs with another key, \
             which the vendor's program does not trust yet"
        }
        (Whereabouts::Missing, KeyState::Standby) => {
            "missing: it can never sign; make another one to stand by"
        }
        (Whereabouts::Missing, _) => "missing; it signs no more",
    }
}
