//! The folder that licenses are delivered into when there is no open API.

use std::io;
use std::path::{Path, PathBuf};

use license_core::atomic_file::{self, Readers};

use super::file_name;

/// A folder of licenses, one file per event.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

/// What went wrong, and where.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}")]
pub struct FolderError {
    path: PathBuf,
    error: io::Error,
}

impl Folder {
    /// Opens or makes the folder.
    ///
    /// # Errors
    /// [`FolderError`]
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        atomic_file::create_folder(path, Readers::Group)
            .map_err(|error| FolderError { path: path.to_owned(), error })?;
        Ok(Self { path: path.to_owned() })
    }

    /// Writes a license, whole or not at all; the same license again changes nothing, a newer one replaces it.
    ///
    /// # Errors
    /// [`FolderError`]
    pub fn put(&self, event: &str, token: &str) -> Result<(), FolderError> {
        let path = self.path.join(file_name(event));
        atomic_file::replace(&path, token.as_bytes(), Readers::Group)
            .map_err(|error| FolderError { path, error })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_link_that_somebody_laid_is_not_followed() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&dir.path().join("delivered")).expect("made");
        let victim = dir.path().join("victim");
        fs::write(&victim, "mine").expect("written");
        for name in [".e.lic.tmp", ".e.lic.new", "e.lic"] {
            std::os::unix::fs::symlink(&victim, folder.path.join(name)).expect("laid");
        }
        folder.put("e", "license").expect("written");
        assert_eq!(fs::read_to_string(&victim).expect("readable"), "mine");
        assert_eq!(fs::read_to_string(folder.path.join("e.lic")).expect("readable"), "license");
    }

    #[test]
    fn a_license_is_replaced_whole_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&dir.path().join("delivered")).expect("made");
        folder.put("../e", "first").expect("written");
        folder.put("../e", "second").expect("written");
        let entries = fs::read_dir(&folder.path).expect("readable");
        let files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        assert_eq!(files, [folder.path.join("%2E.%2Fe.lic")]);
        assert_eq!(fs::read_to_string(&files[0]).expect("readable"), "second");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(Folder::open(&file).expect_err("refused").to_string().contains("file"));
    }
}
