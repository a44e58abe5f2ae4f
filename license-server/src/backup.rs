//! Backups of an SQLite database, and what is needed to trust one.
//!
//! A backup is a folder: the database as it was at one moment, `manifest.json` with the size and SHA-256 of every file,
//! the rows of every table and the ids of the keys; the private keys and the secret of the activation codes only where
//! that was asked for. The manifest is written last: a folder without one is no backup.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use data_encoding::HEXLOWER;
use license_core::{KeyId, UnixTime};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::keystore::{KeyEntry, KeyFolder, KeyState, KeyStoreError, SecretFile};
use crate::storage::{Sqlite, StorageError};
use crate::whole_file::{self, Readers};

/// The form of the manifest that this program writes.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const DATABASE: &str = "license.db";
/// The folder of keys in a backup.
const KEYS: &str = "keys";
/// The most that a manifest may hold.
const MAX_MANIFEST: u64 = 1024 * 1024;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of this file.
    pub format: u32,
    /// The program that made it.
    pub version: String,
    /// When.
    pub made_at: UnixTime,
    /// The number of the database's last migration.
    pub schema_version: i64,
    /// How many rows each table has.
    pub rows: BTreeMap<String, u64>,
    /// The keys of the server, whether they are in the backup or not.
    pub keys: Vec<KeyEntry>,
    /// Whether the private keys and the secret of the activation codes are in it.
    pub with_keys: bool,
    /// Every other file.
    pub files: Vec<BackedUp>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackedUp {
    /// Its path in the backup, with `/`.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// In hexadecimal digits.
    pub sha256: String,
}

/// Why there is no backup, or why one is not to be trusted.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder holds something.
    #[error("{0} is not empty; name a new folder")]
    NotEmpty(PathBuf),
    /// A file that must not be overwritten.
    #[error("{0} is there already; move it away first, so that nothing of value is overwritten")]
    InTheWay(PathBuf),
    /// No manifest.
    #[error("{0} has no {MANIFEST}: it is no backup, or one that was not finished")]
    NoManifest(PathBuf),
    /// A manifest that cannot be understood.
    #[error("{MANIFEST} cannot be read: {0}")]
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

/// Backs an SQLite file up, with the list of keys.
///
/// # Errors
/// [`BackupError`]; then the folder has no manifest.
pub fn make(
    database: &Path,
    keys: &Path,
    secret: &SecretFile,
    with_keys: bool,
    to: &Path,
    now: UnixTime,
    progress: impl FnMut(u64, u64),
) -> Result<Manifest> {
    let source = Sqlite::open_for_reading(database)?;
    let folder = match KeyFolder::open(keys) {
        Err(KeyStoreError::Missing(_)) if !with_keys => None,
        other => Some(other?),
    };
    make_folder(to)?;
    let mut files = vec![to.join(DATABASE)];
    source.back_up(&files[0], progress)?;
    let copy = Sqlite::open_for_reading(&files[0])?;
    copy.check_every_page()?;
    let stored = copy.stored()?;
    drop(copy);
    if let Some(folder) = folder.as_ref().filter(|_| with_keys) {
        let inside = to.join(KEYS);
        make_folder(&inside)?;
        let secret = Some(secret.path().to_owned()).filter(|path| path.exists());
        for path in folder.files().into_iter().chain(secret) {
            let name = path.file_name().unwrap_or_default();
            // A secret that lies elsewhere still has the name that the folder of keys gives it.
            let name = if path.starts_with(keys) { name } else { SecretFile::NAME.as_ref() };
            let bytes = Zeroizing::new(fs::read(&path).map_err(at(&path))?);
            whole_file::write(&inside.join(name), &bytes, Readers::Owner).map_err(at(&path))?;
            files.push(inside.join(name));
        }
    }
    let described = files.iter().map(|file| describe(to, file)).collect::<Result<_>>()?;
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        made_at: now,
        schema_version: stored.schema_version,
        rows: stored.rows,
        keys: folder.map(|folder| folder.entries().to_vec()).unwrap_or_default(),
        with_keys,
        files: described,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| BackupError::Manifest(e.to_string()))?;
    let path = to.join(MANIFEST);
    whole_file::write(&path, &text, Readers::Owner).map_err(at(&path))?;
    Ok(manifest)
}

/// Compares a backup with its manifest, and reads every page of its database.
///
/// # Errors
/// [`BackupError`]: the first thing that is wrong.
pub fn check(backup: &Path) -> Result<Manifest> {
    let manifest = read_manifest(backup)?;
    for file in &manifest.files {
        let found = describe(backup, &inside(backup, &file.path)?);
        let damaged = |why: String| BackupError::Damaged { path: file.path.clone(), why };
        let found = found.map_err(|error| damaged(error.to_string()))?;
        if found.bytes != file.bytes {
            return Err(damaged(format!("it has {} bytes instead of {}", found.bytes, file.bytes)));
        }
        if found.sha256 != file.sha256 {
            return Err(damaged("its SHA-256 is another one".into()));
        }
    }
    if !manifest.files.iter().any(|file| file.path == DATABASE) {
        return Err(BackupError::Manifest(format!("it names no {DATABASE}")));
    }
    let database = Sqlite::open_for_reading(&backup.join(DATABASE))?;
    database.check_every_page()?;
    let stored = database.stored()?;
    if (stored.schema_version, &stored.rows) != (manifest.schema_version, &manifest.rows) {
        let why = "its tables are not those of the manifest".to_owned();
        return Err(BackupError::Damaged { path: DATABASE.into(), why });
    }
    Ok(manifest)
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

/// Checks a backup and puts it in place; nothing that is there is overwritten. The names of what was put there.
///
/// # Errors
/// [`BackupError`]
pub fn put_in_place(
    backup: &Path,
    database: &Path,
    keys: &Path,
    secret: &SecretFile,
) -> Result<(Manifest, Vec<PathBuf>)> {
    let manifest = check(backup)?;
    let mut moves = Vec::new();
    for file in &manifest.files {
        let from = inside(backup, &file.path)?;
        let to = match file.path.strip_prefix(&format!("{KEYS}/")) {
            Some(SecretFile::NAME) => secret.path().to_owned(),
            Some(name) => keys.join(name),
            None => database.to_owned(),
        };
        let same = fs::read(&to).map(Zeroizing::new).is_ok_and(|there| {
            file.path != DATABASE && HEXLOWER.encode(&Sha256::digest(&*there)) == file.sha256
        });
        if to.exists() && !same {
            return Err(BackupError::InTheWay(to));
        }
        if !same {
            moves.push((from, to));
        }
    }
    // What an old database left beside it would be taken for a part of this one.
    for beside in ["-wal", "-shm", "-journal"] {
        let mut name = database.as_os_str().to_owned();
        name.push(beside);
        let path = PathBuf::from(name);
        if path.exists() {
            return Err(BackupError::InTheWay(path));
        }
    }
    // The keys first: a database is in use as soon as it is there.
    moves.reverse();
    for (from, to) in &moves {
        if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        copy_whole(from, to).map_err(at(to))?;
    }
    Ok((manifest, moves.into_iter().map(|(_, to)| to).collect()))
}

fn read_manifest(backup: &Path) -> Result<Manifest> {
    let path = backup.join(MANIFEST);
    let file = match File::open(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(BackupError::NoManifest(backup.into())),
        other => other.map_err(at(&path))?,
    };
    let mut text = String::new();
    file.take(MAX_MANIFEST).read_to_string(&mut text).map_err(at(&path))?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|error| BackupError::Manifest(error.to_string()))?;
    if manifest.format == FORMAT {
        Ok(manifest)
    } else {
        Err(BackupError::Manifest(format!("it has form {}, this program knows {FORMAT}", manifest.format)))
    }
}

/// A path of the manifest, which must not lead out of the backup.
fn inside(backup: &Path, path: &str) -> Result<PathBuf> {
    let path = Path::new(path);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if is_plain && path.components().count() > 0 {
        return Ok(backup.join(path));
    }
    Err(BackupError::Manifest(format!("it names {}, which is not in the backup", path.display())))
}

fn describe(backup: &Path, path: &Path) -> Result<BackedUp> {
    let mut file = File::open(path).map_err(at(path))?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut buffer = Zeroizing::new(vec![0; 64 * 1024]);
    loop {
        let read = file.read(&mut buffer).map_err(at(path))?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += u64::try_from(read).unwrap_or(0);
    }
    // What was written by others is on disk before the manifest is.
    file.sync_all().map_err(at(path))?;
    let parts: Vec<_> =
        path.strip_prefix(backup).unwrap_or(path).iter().map(|p| p.to_string_lossy()).collect();
    Ok(BackedUp { path: parts.join("/"), bytes, sha256: HEXLOWER.encode(&hash.finalize()) })
}

/// An empty folder that only its owner can enter.
fn make_folder(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(at(path))?;
    let is_empty = fs::read_dir(path).map_err(at(path))?.next().is_none();
    if is_empty { Ok(()) } else { Err(BackupError::NotEmpty(path.into())) }
}

/// The file is there whole or not at all, and for its owner only.
fn copy_whole(from: &Path, to: &Path) -> io::Result<()> {
    let mut name = to.as_os_str().to_owned();
    name.push(".restored");
    let beside = PathBuf::from(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    io::copy(&mut File::open(from)?, &mut file)?;
    file.sync_all()?;
    fs::rename(&beside, to)?;
    whole_file::sync_folder(to.parent().unwrap_or_else(|| Path::new(".")))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |why| BackupError::File { path, why }
}
