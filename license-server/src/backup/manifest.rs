//! What a backup says of itself.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use license_core::UnixTime;
use license_core::atomic_file::{self, Readers};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{BackupError, Result, at};
use crate::keystore::{KeyEntry, KeyFolder, SecretFile};

/// The form of the manifest that this program writes.
pub(super) const FORMAT: u32 = 1;
pub(super) const MANIFEST: &str = "manifest.json";
/// The manifest's own SHA-256, as `sha256sum` writes it.
pub(super) const CHECKSUM: &str = "manifest.sha256";
pub(super) const DATABASE: &str = "license.db";
/// The folder of keys in a backup.
pub(super) const KEYS: &str = "keys";
/// The most that a manifest may hold.
const MAX_MANIFEST: u64 = 4 * 1024 * 1024;

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
    /// Keys that licenses in the database were signed with and that the server's list did not have.
    pub unlisted_keys: Vec<String>,
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

/// What a file of a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// The database.
    Database,
    /// The secret of the activation codes.
    Secret,
    /// The list of keys, or half of one, by its name in the folder of keys.
    Key(&'a str),
}

#[derive(Deserialize)]
struct Form {
    format: u32,
}

impl Manifest {
    /// Reads the manifest of a backup and compares it with its checksum.
    pub(super) fn read(backup: &Path) -> Result<Self> {
        let path = backup.join(MANIFEST);
        let file = match File::open(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(BackupError::NoManifest(backup.into()));
            }
            other => other.map_err(at(&path))?,
        };
        let mut text = Vec::new();
        file.take(MAX_MANIFEST).read_to_end(&mut text).map_err(at(&path))?;
        let damaged = |path: &str, why: String| BackupError::Damaged { path: path.into(), why };
        let kept = fs::read(backup.join(CHECKSUM)).map_err(|why| damaged(CHECKSUM, why.to_string()))?;
        if kept != checksum(&text).as_bytes() {
            return Err(damaged(MANIFEST, format!("its SHA-256 is not the one in {CHECKSUM}")));
        }
        let unreadable = |error: serde_json::Error| BackupError::Manifest(error.to_string());
        // First: what a later form has besides is not known here.
        let Form { format } = serde_json::from_slice(&text).map_err(unreadable)?;
        if format != FORMAT {
            let why = format!("it has form {format}, this program knows {FORMAT}");
            return Err(BackupError::Manifest(why));
        }
        let manifest: Self = serde_json::from_slice(&text).map_err(unreadable)?;
        manifest.parts()?;
        Ok(manifest)
    }

    /// Writes it as the last file of a backup.
    pub(super) fn write(&self, backup: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(|e| BackupError::Manifest(e.to_string()))?;
        for (name, bytes) in [(CHECKSUM, checksum(&text).as_bytes()), (MANIFEST, &text)] {
            let path = backup.join(name);
            atomic_file::replace(&path, bytes, Readers::Owner).map_err(at(&path))?;
        }
        Ok(())
    }

    /// Its files and what they are: names that a backup has, each once, and a database among them.
    pub(super) fn parts(&self) -> Result<Vec<(&BackedUp, Part<'_>)>> {
        let mut parts: Vec<(&BackedUp, Part<'_>)> = Vec::new();
        for file in &self.files {
            let part = Part::of(&file.path)?;
            if parts.iter().any(|(_, known)| *known == part) {
                return Err(BackupError::Manifest(format!("it names {} twice", file.path)));
            }
            parts.push((file, part));
        }
        if parts.iter().any(|(_, part)| *part == Part::Database) {
            Ok(parts)
        } else {
            Err(BackupError::Manifest(format!("it names no {DATABASE}")))
        }
    }
}

impl<'a> Part<'a> {
    /// By its path. Whatever else a manifest names, as a way out of the backup, is refused.
    fn of(path: &'a str) -> Result<Self> {
        let unknown = || BackupError::Manifest(format!("it names {path:?}, which is no file of a backup"));
        if path == DATABASE {
            return Ok(Self::Database);
        }
        match path.strip_prefix(KEYS).and_then(|rest| rest.strip_prefix('/')) {
            Some(SecretFile::NAME) => Ok(Self::Secret),
            Some(name) if KeyFolder::has_files_named(name) => Ok(Self::Key(name)),
            _ => Err(unknown()),
        }
    }
}

/// What a file of a backup is like now.
pub(super) fn describe(backup: &Path, path: &Path) -> Result<BackedUp> {
    let (bytes, sha256) = hash(path, |_| Ok(())).map_err(at(path))?;
    let parts: Vec<_> =
        path.strip_prefix(backup).unwrap_or(path).iter().map(|p| p.to_string_lossy()).collect();
    Ok(BackedUp { path: parts.join("/"), bytes, sha256 })
}

/// Reads a file, a piece at a time; its size and its SHA-256.
pub(super) fn hash(path: &Path, mut piece: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<(u64, String)> {
    let (mut file, mut hash, mut bytes) = (File::open(path)?, Sha256::new(), 0);
    let mut buffer = Zeroizing::new(vec![0; 64 * 1024]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, HEXLOWER.encode(&hash.finalize())));
        }
        hash.update(&buffer[..read]);
        piece(&buffer[..read])?;
        bytes += u64::try_from(read).unwrap_or(0);
    }
}

/// The path of a file that lies in the backup itself, and not behind a link.
pub(super) fn inside(backup: &Path, file: &BackedUp) -> Result<PathBuf> {
    let path = backup.join(&file.path);
    let damaged = |why: String| BackupError::Damaged { path: file.path.clone(), why };
    let real = |path: &Path| fs::canonicalize(path).map_err(|why| damaged(why.to_string()));
    if real(&path)? != real(backup)?.join(&file.path) || !path.is_file() {
        return Err(damaged("it is a link that leads out of the backup, or no file".into()));
    }
    Ok(path)
}

fn checksum(text: &[u8]) -> String {
    format!("{}  {MANIFEST}\n", HEXLOWER.encode(&Sha256::digest(text)))
}
