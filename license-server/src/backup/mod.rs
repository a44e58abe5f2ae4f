//! Backups of an SQLite database, and what is needed to trust one.
//!
//! A backup is a folder: the database as it was at one moment, `manifest.json` with the size and SHA-256 of every file,
//! the rows of every table and the ids of the keys, and `manifest.sha256` for the manifest itself; the private keys and
//! the secret of the activation codes only where that was asked for. The manifest is written last: a folder without one
//! is no backup.

mod check;
mod manifest;
mod nightly;
mod restoring;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use license_core::UnixTime;
use license_core::atomic_file::{self, Readers};
use zeroize::Zeroizing;

pub use check::{FoundKey, Whereabouts, check, find_keys};
pub use manifest::{BackedUp, Manifest};
pub use nightly::{Left, Pruned, dated, prune};
pub use restoring::put_in_place;

use crate::keystore::{KeyFolder, KeySource, KeyStore, KeyStoreError, SecretFile};
use crate::storage::{Database, Sqlite, StorageError};
use manifest::{DATABASE, FORMAT, KEYS, MANIFEST, describe};

/// Why there is no backup, or why one is not to be trusted.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder holds something.
    #[error("{0} is not empty; name a new folder, or have one made in it with --into")]
    NotEmpty(PathBuf),
    /// A file that must not be overwritten.
    #[error("{0} is there already; move it away first, so that nothing of value is overwritten")]
    InTheWay(PathBuf),
    /// No manifest.
    #[error("{0} has no {MANIFEST}: it is no backup, or one that was not finished")]
    NoManifest(PathBuf),
    /// A manifest that cannot be understood.
    #[error("{MANIFEST} of the backup cannot be used: {0}")]
    Manifest(String),
    /// A file that is not what the manifest says.
    #[error("{path} of the backup is damaged: {why}")]
    Damaged {
        /// Which file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyStoreError),
    /// A file or folder.
    #[error("{path}: {why}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
}

type Result<T> = std::result::Result<T, BackupError>;

/// What is backed up.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The SQLite file.
    pub database: &'a Path,
    /// The folder of keys.
    pub keys: &'a Path,
    /// The file of the passphrase that private keys are encrypted with, if they are.
    pub passphrase_file: Option<&'a Path>,
    /// The secret of the activation codes.
    pub secret: &'a SecretFile,
    /// Whether the private keys and the secret go with it.
    pub with_keys: bool,
}

/// Backs an SQLite file up, with the list of keys, while a server may be at work.
///
/// # Errors
/// [`BackupError`]; then the folder has no manifest.
pub fn make(
    source: Source<'_>,
    to: &Path,
    now: UnixTime,
    progress: impl FnMut(u64, u64),
) -> Result<Manifest> {
    let database = Sqlite::open_for_reading(source.database)?;
    if source.with_keys {
        KeyFolder::open(source.keys)?;
        is_secret_there(&source, &database)?;
    }
    make_folder(to)?;
    let mut files = vec![to.join(DATABASE)];
    database.back_up(&files[0], progress)?;
    let copy = Sqlite::open_for_reading(&files[0])?;
    copy.check_every_page()?;
    let (stored, signed_by) = (copy.stored()?, copy.signing_keys()?);
    drop(copy);
    // After the database: whatever signed a license in it is listed by now.
    let keys = if source.with_keys {
        let inside = to.join(KEYS);
        files.extend(copy_keys(&source, &database, &inside)?);
        KeyFolder::open(&inside)?.entries().to_vec()
    } else {
        match KeyFolder::open(source.keys) {
            Err(KeyStoreError::Missing(_)) => Vec::new(),
            other => other?.entries().to_vec(),
        }
    };
    let listed = |kid: &String| keys.iter().any(|entry| entry.kid.to_string() == *kid);
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        made_at: now,
        schema_version: stored.schema_version,
        rows: stored.rows,
        unlisted_keys: signed_by.into_iter().filter(|kid| !listed(kid)).collect(),
        keys,
        with_keys: source.with_keys,
        files: files.iter().map(|file| describe(to, file)).collect::<Result<_>>()?,
    };
    for file in &files {
        fs::File::open(file).and_then(|file| file.sync_all()).map_err(at(file))?;
    }
    manifest.write(to)?;
    // Only that keeps the name of a new folder after a power failure.
    let outer = to.parent().unwrap_or(to);
    atomic_file::sync_folder(outer).map_err(at(outer))?;
    Ok(manifest)
}

/// Whether there is a secret; it must be the one that this database's codes were made from.
fn is_secret_there(source: &Source<'_>, database: &Sqlite) -> Result<bool> {
    let database: &dyn Database = database;
    match (source.secret.read()?, database.secret_of_codes()?) {
        (None, None) => Ok(false),
        (None, Some(_)) => Err(StorageError::OtherSecret.into()),
        (Some(codes), kept) if kept.is_none() || kept == codes.name() => Ok(true),
        (Some(_), _) => Err(StorageError::OtherSecret.into()),
    }
}

/// The folder of keys and the secret, which fit each other and the database.
fn copy_keys(source: &Source<'_>, database: &Sqlite, to: &Path) -> Result<Vec<PathBuf>> {
    make_folder(to)?;
    let mut copied = Vec::new();
    let mut copy = |from: &Path, name: &str| {
        let bytes = Zeroizing::new(fs::read(from).map_err(at(from))?);
        let path = to.join(name);
        atomic_file::replace(&path, &bytes, Readers::Owner).map_err(at(&path))?;
        copied.push(path);
        Ok::<_, BackupError>(())
    };
    // The list first: the halves of a key are there before the list names it.
    copy(&source.keys.join(KeyFolder::LIST), KeyFolder::LIST)?;
    for entry in KeyFolder::open(to)?.entries() {
        for name in [KeyFolder::private_name(entry.kid), KeyFolder::public_name(entry.kid)] {
            let from = source.keys.join(&name);
            if from.exists() {
                copy(&from, &name)?;
            }
        }
    }
    if is_secret_there(source, database)? {
        copy(source.secret.path(), SecretFile::NAME)?;
    }
    // A server could use them.
    let passphrase_file = source.passphrase_file.map(Path::to_owned);
    KeyStore::open(KeySource { folder: to.to_owned(), passphrase_file, issuer: None })?;
    Ok(copied)
}

/// An empty folder that only its owner can enter, unless it was there.
fn make_folder(path: &Path) -> Result<()> {
    make_private(path)?;
    let is_empty = fs::read_dir(path).map_err(at(path))?.next().is_none();
    if is_empty { Ok(()) } else { Err(BackupError::NotEmpty(path.into())) }
}

fn make_private(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |why| BackupError::File { path, why }
}
