//! Backups of many nights in one folder: their names, and which of them go.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use license_core::UnixTime;
use serde::Serialize;

use super::manifest::{CHECKSUM, KEYS, MANIFEST, inside};
use super::{BackupError, Manifest, Result, at};

/// What became of older backups.
#[derive(Debug, Default, Serialize)]
pub struct Pruned {
    /// Those that were deleted.
    pub deleted: Vec<PathBuf>,
    /// Those that have a backup's name and were not touched.
    pub left: Vec<Left>,
}

/// A folder that nobody but its owner may delete.
#[derive(Debug, Serialize)]
pub struct Left {
    /// Which one.
    pub path: PathBuf,
    /// What is strange about it.
    pub why: String,
}

/// The folder of a backup that is made at `now`: `2026-12-01T02-00-00Z`, which every file system takes.
#[must_use]
pub fn dated(into: &Path, now: UnixTime) -> PathBuf {
    into.join(now.to_string().replace(':', "-"))
}

fn is_dated(name: &str) -> bool {
    let form = "dddd-dd-ddTdd-dd-ddZ";
    name.len() == form.len()
        && name.bytes().zip(form.bytes()).all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

/// Keeps `made` and the newest others of `into`, `keep` together, and deletes the rest, where each is a whole backup and
/// nothing else. What is not whole does not count, so that it displaces none that is.
///
/// # Errors
/// When the folder cannot be read. A backup that cannot be deleted is told in the result.
pub fn prune(into: &Path, made: &Path, keep: u32) -> Result<Pruned> {
    let mut pruned = Pruned::default();
    let mut whole = Vec::new();
    for entry in fs::read_dir(into).map_err(at(into))? {
        let entry = entry.map_err(at(into))?;
        // A link is no folder here.
        let is_folder = entry.file_type().map_err(at(into))?.is_dir();
        let is_ours = entry.file_name().to_str().is_some_and(is_dated);
        let path = entry.path();
        if !is_folder || !is_ours || path == made {
            continue;
        }
        match is_whole(&path) {
            Ok(manifest) => whole.push((path, manifest)),
            Err(why) => pruned.left.push(Left { path, why: why.to_string() }),
        }
    }
    // Their names are their times.
    whole.sort_by(|(one, _), (other, _)| other.cmp(one));
    let others = usize::try_from(keep).unwrap_or(usize::MAX).saturating_sub(1);
    for (path, manifest) in whole.into_iter().skip(others) {
        match delete(&path, &manifest) {
            Ok(()) => pruned.deleted.push(path),
            Err(why) => pruned.left.push(Left { path, why: why.to_string() }),
        }
    }
    pruned.left.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(pruned)
}

/// A manifest that fits its checksum, and every file of it with its size.
fn is_whole(backup: &Path) -> Result<Manifest> {
    let manifest = Manifest::read(backup)?;
    for file in &manifest.files {
        let path = inside(backup, file)?;
        let bytes = fs::metadata(&path).map_err(at(&path))?.len();
        if bytes != file.bytes {
            let why = format!("it has {bytes} bytes, not {}", file.bytes);
            return Err(BackupError::Damaged { path: file.path.clone(), why });
        }
    }
    Ok(manifest)
}

/// Deletes what the manifest names, and the folder if nothing else is in it.
fn delete(backup: &Path, manifest: &Manifest) -> Result<()> {
    let mut files: Vec<PathBuf> = manifest.files.iter().map(|file| backup.join(&file.path)).collect();
    files.extend([CHECKSUM, MANIFEST].map(|name| backup.join(name)));
    for folder in [backup.join(KEYS), backup.to_owned()] {
        let found = match fs::read_dir(&folder) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => continue,
            other => other.map_err(at(&folder))?,
        };
        for entry in found {
            let path = entry.map_err(at(&folder))?.path();
            if !files.contains(&path) && path != backup.join(KEYS) {
                let why = io::Error::other("it is no part of the backup that it lies in; move it away");
                return Err(BackupError::File { path, why });
            }
        }
    }
    // The manifest first: what is cut off here is no backup any more, rather than half of one.
    for path in files.iter().rev() {
        fs::remove_file(path).map_err(at(path))?;
    }
    let keys = backup.join(KEYS);
    if keys.is_dir() {
        fs::remove_dir(&keys).map_err(at(&keys))?;
    }
    fs::remove_dir(backup).map_err(at(backup))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_named_by_its_time_and_only_such_names_are_ours() {
        let path = dated(Path::new("/backup"), UnixTime::from_secs(1_790_000_000));
        assert_eq!(path, Path::new("/backup/2026-09-21T14-13-20Z"));
        assert!(is_dated("2026-09-21T14-13-20Z"));
        for name in
            ["2026-09-21", "2026-09-21T14:13:20Z", "2026-09-21T14-13-20Z2", "x026-09-21T14-13-20Z", ""]
        {
            assert!(!is_dated(name), "{name}");
        }
    }
}
