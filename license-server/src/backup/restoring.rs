//! A backup that becomes what a server works on.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::manifest::{BackedUp, DATABASE, Part, hash, inside};
use super::{BackupError, Manifest, Result, at, check, make_private};
use crate::keystore::SecretFile;
use license_core::atomic_file;

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
    let mut copies = Vec::new();
    for (file, part) in manifest.parts()? {
        let to = match part {
            Part::Database => database.to_owned(),
            Part::Secret => secret.path().to_owned(),
            Part::Key(name) => keys.join(name),
        };
        if !is_there(&to) {
            copies.push((file, to));
        } else if part == Part::Database || hash(&to, |_| Ok(())).map_err(at(&to))?.1 != file.sha256 {
            return Err(BackupError::InTheWay(to));
        }
    }
    // What an old database left beside it would be taken for a part of this one.
    for ending in ["-wal", "-shm", "-journal"] {
        let path = beside(database, ending);
        if is_there(&path) {
            return Err(BackupError::InTheWay(path));
        }
    }
    // The database last: it is in use as soon as it is there.
    copies.sort_by_key(|(file, _)| file.path == DATABASE);
    for (file, to) in &copies {
        if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_private(folder)?;
        }
        copy_whole(&inside(backup, file)?, file, to)?;
    }
    let copied = copies.into_iter().map(|(_, to)| to).collect();
    Ok((manifest, copied))
}

/// Whatever it is, also a link that leads nowhere.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The file is there whole or not at all, for its owner only, and never in the place of another.
fn copy_whole(from: &Path, file: &BackedUp, to: &Path) -> Result<()> {
    let new = beside(to, ".restored");
    // What an attempt left that was cut off.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&new)(error)),
        _ => {}
    }
    let copied = copy_for_owner(from, &new).map_err(at(&new)).and_then(|sha256| {
        if sha256 != file.sha256 {
            let why = "it changed while it was copied".into();
            return Err(BackupError::Damaged { path: file.path.clone(), why });
        }
        fs::hard_link(&new, to).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::InTheWay(to.to_owned()),
            _ => at(to)(error),
        })
    });
    let removed = fs::remove_file(&new);
    copied?;
    removed.map_err(at(&new))?;
    let folder = to.parent().unwrap_or_else(|| Path::new("."));
    atomic_file::sync_folder(folder).map_err(at(folder))
}

/// The SHA-256 of what was copied.
fn copy_for_owner(from: &Path, to: &Path) -> io::Result<String> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(to)?;
    let (_, sha256) = hash(from, |piece| file.write_all(piece))?;
    file.sync_all()?;
    Ok(sha256)
}
