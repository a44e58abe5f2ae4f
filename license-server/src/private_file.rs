//! Who may read the server's secrets, and who may put others in their place.

use std::io;
use std::path::{Path, PathBuf};

/// A file or folder that is open to others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Exposed {
    /// Others can read a secret, or write it.
    #[error(
        "{} can be read or written by other users (mode {mode:04o}); run `chmod 600` on it, and replace the secret if \
         somebody may have read it", path.display()
    )]
    Secret {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others can put files in a folder of keys.
    #[error(
        "{} can be written by other users (mode {mode:04o}), who may have put keys of theirs in it; look, then run \
         `chmod go-w` on it", path.display()
    )]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A database that is open to others and somebody else's, so that it cannot be mended here.
    #[error("{} is open to other users (mode {mode:04o}) and belongs to another one; run `chmod 600` on it", path.display())]
    Database {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

/// Refuses a secret that somebody else can read or write.
///
/// Nobody outside its group ever may. Its group may read it only where the file is root's and this process is not: so
/// Kubernetes (`fsGroup`) and systemd give a secret to one service. What is no file, such as a pipe, has no mode that
/// counts, and what is not there is for others to name.
///
/// # Errors
/// [`Exposed::Secret`]
pub fn check_secret(path: &Path) -> Result<(), Exposed> {
    match of(path) {
        Some(found) if found.is_file && !found.keeps_a_secret() => {
            Err(Exposed::Secret { path: path.to_owned(), mode: found.mode })
        }
        _ => Ok(()),
    }
}

/// Refuses a folder of secrets that somebody else can put files into or take them from. Where only its group can, which
/// is what a umask of 002 gives, that right is taken away.
///
/// # Errors
/// [`Exposed::Folder`]
pub fn check_folder(path: &Path) -> Result<(), Exposed> {
    match of(path) {
        Some(found) if !found.is_file && !found.keeps_its_files() => {
            let mode = found.mode & !0o020;
            if (Found { mode, ..found }).keeps_its_files() && set_mode(path, mode).is_ok() {
                tracing::warn!(
                    folder = %path.display(), mode = format!("{:04o}", found.mode),
                    "a group could write the folder of keys; that right was taken away"
                );
                return Ok(());
            }
            Err(Exposed::Folder { path: path.to_owned(), mode: found.mode })
        }
        _ => Ok(()),
    }
}

/// Takes every right away that others have to a database and the files that belong to it, and says whether there were
/// any. Where only its group has rights, that is the operator's doing, and they stay.
///
/// # Errors
/// [`Exposed::Database`] where the file is another user's.
pub fn close_database(path: &Path) -> Result<bool, Exposed> {
    let mut closed = false;
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let file = PathBuf::from(name);
        let Some(found) = of(&file).filter(|found| found.is_file && found.mode & 0o007 != 0) else {
            continue;
        };
        if set_mode(&file, found.mode & 0o700).is_err() {
            return Err(Exposed::Database { path: file, mode: found.mode });
        }
        closed = true;
        tracing::warn!(
            file = %file.display(), mode = format!("{:04o}", found.mode),
            "the database was open to other users; that right was taken away"
        );
    }
    Ok(closed)
}

/// Whether others have any right to a database or the files that belong to it.
#[must_use]
pub fn is_open_database(path: &Path) -> bool {
    of(path).is_some_and(|found| found.is_file && found.mode & 0o007 != 0)
}

/// What the rule goes by.
#[derive(Clone, Copy, Debug)]
struct Found {
    mode: u32,
    is_file: bool,
    /// It is root's, and this process is not.
    is_given_by_root: bool,
}

impl Found {
    fn keeps_a_secret(self) -> bool {
        let of_group = if self.is_given_by_root { 0o040 } else { 0 };
        self.mode & 0o077 & !of_group == 0
    }

    /// In a folder with the sticky bit only a file's owner, and the folder's, can take it away.
    fn keeps_its_files(self) -> bool {
        let of_others = if self.is_given_by_root && self.mode & 0o1000 != 0 { 0o002 } else { 0 };
        let of_group = if self.is_given_by_root { 0o020 } else { 0 };
        self.mode & 0o022 & !of_others & !of_group == 0
    }
}

#[cfg(unix)]
fn of(path: &Path) -> Option<Found> {
    use std::os::unix::fs::MetadataExt as _;
    // Behind the links that Kubernetes makes.
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.is_file() && !metadata.is_dir() {
        return None;
    }
    let is_given_by_root = metadata.uid() == 0 && !rustix::process::geteuid().is_root();
    Some(Found { mode: metadata.mode() & 0o7777, is_file: metadata.is_file(), is_given_by_root })
}

#[cfg(not(unix))]
fn of(_path: &Path) -> Option<Found> {
    None
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every mode of a file, against the rule in one sentence.
    #[test]
    fn nobody_else_reads_a_secret_but_the_group_of_one_that_root_gives() {
        for mode in 0..=0o777 {
            let is_ours = Found { mode, is_file: true, is_given_by_root: false };
            assert_eq!(is_ours.keeps_a_secret(), mode & 0o077 == 0, "{mode:o}");
            let is_given = Found { is_given_by_root: true, ..is_ours };
            assert_eq!(is_given.keeps_a_secret(), matches!(mode & 0o077, 0 | 0o040), "{mode:o}");
        }
        for (mode, ours, given) in [
            (0o700, true, true),
            (0o755, true, true),
            (0o775, false, true),
            (0o777, false, false),
            (0o1777, false, true),
            (0o3777, false, true),
            (0o2775, false, true),
        ] {
            let found = Found { mode, is_file: false, is_given_by_root: false };
            assert_eq!(found.keeps_its_files(), ours, "{mode:o}");
            assert_eq!(Found { is_given_by_root: true, ..found }.keeps_its_files(), given, "{mode:o}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_database_that_was_open_to_others_is_closed_and_one_that_its_group_has_stays() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("license.db");
        for (before, after) in
            [(0o666, 0o600), (0o644, 0o600), (0o601, 0o600), (0o660, 0o660), (0o600, 0o600)]
        {
            for suffix in ["", "-wal", "-shm"] {
                let file = dir.path().join(format!("license.db{suffix}"));
                std::fs::write(&file, "").unwrap();
                set_mode(&file, before).unwrap();
            }
            assert_eq!(close_database(&path), Ok(before != after));
            for suffix in ["", "-wal", "-shm"] {
                let file = dir.path().join(format!("license.db{suffix}"));
                assert_eq!(
                    std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
                    after,
                    "{before:o}"
                );
            }
        }
        assert_eq!(close_database(&dir.path().join("none")), Ok(false));
    }
}
