//! Whether a backup is whole, and where its keys are.

use std::path::Path;

use license_core::KeyId;
use serde::Serialize;

use super::manifest::{DATABASE, KEYS, describe, inside};
use super::{BackupError, Manifest, Result};
use crate::keystore::{KeyEntry, KeyFolder, KeyState};
use crate::storage::{Sqlite, StorageError};

/// Where a key is that licenses of a backup need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// In the backup.
    InBackup,
    /// In the folder of keys that the settings name.
    InKeys,
    /// In neither.
    Missing,
}

/// A key of a backup that was looked for.
#[derive(Clone, Debug, Serialize)]
pub struct FoundKey {
    /// Its thumbprint.
    pub kid: KeyId,
    /// What it is for.
    pub state: KeyState,
    /// Where its private half is.
    pub private_key: Whereabouts,
}

/// Compares a backup with its manifest, and reads every page of its database.
///
/// # Errors
/// [`BackupError`]: the first thing that is wrong.
pub fn check(backup: &Path) -> Result<Manifest> {
    let manifest = Manifest::read(backup)?;
    for file in &manifest.files {
        let damaged = |why: String| BackupError::Damaged { path: file.path.clone(), why };
        let found = describe(backup, &inside(backup, file)?).map_err(|error| damaged(error.to_string()))?;
        if found.bytes != file.bytes {
            return Err(damaged(format!("it has {} bytes instead of {}", found.bytes, file.bytes)));
        }
        if found.sha256 != file.sha256 {
            return Err(damaged("its SHA-256 is another one".into()));
        }
    }
    check_database(backup, &manifest)?;
    Ok(manifest)
}

/// Its files may be as they were written and the database of no use all the same.
fn check_database(backup: &Path, manifest: &Manifest) -> Result<()> {
    let damaged = |why: String| BackupError::Damaged { path: DATABASE.into(), why };
    let looked = Sqlite::open_for_reading(&backup.join(DATABASE))
        .and_then(|database| database.check_every_page().and_then(|()| database.stored()));
    let stored = looked.map_err(|error| match error {
        StorageError::Corrupt(why) => damaged(why),
        other => other.into(),
    })?;
    if (stored.schema_version, &stored.rows) == (manifest.schema_version, &manifest.rows) {
        Ok(())
    } else {
        Err(damaged("its tables are not those of the manifest".into()))
    }
}

/// Looks for the keys that the backup's licenses were signed with.
#[must_use]
pub fn find_keys(manifest: &Manifest, keys: &Path) -> Vec<FoundKey> {
    let here = KeyFolder::open(keys).map_or_else(|_| Vec::new(), |folder| folder.files());
    let find = |entry: &KeyEntry| {
        let file = KeyFolder::private_name(entry.kid);
        let private_key = if manifest.files.iter().any(|backed| backed.path == format!("{KEYS}/{file}")) {
            Whereabouts::InBackup
        } else if here.iter().any(|path| path.ends_with(&file)) {
            Whereabouts::InKeys
        } else {
            Whereabouts::Missing
        };
        FoundKey { kid: entry.kid, state: entry.state, private_key }
    };
    manifest.keys.iter().map(find).collect()
}
