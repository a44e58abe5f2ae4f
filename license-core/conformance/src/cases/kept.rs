//! Cases that were kept as files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Case;

/// Longest file of a case, in bytes.
const LONGEST: u64 = 4 << 20;

/// Why a file holds no case.
#[derive(Debug, thiserror::Error)]
pub enum CaseFileError {
    /// It cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not the JSON of a case.
    #[error("{} holds no case: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// Longer than a case can be.
    #[error("{} is too long for a case", .0.display())]
    TooLong(PathBuf),
}

/// Reads the case of a file, or those of all `.json` files of a folder, by name.
///
/// # Errors
/// [`CaseFileError`] for the first file that holds none.
pub fn read(path: &Path) -> Result<Vec<Case>, CaseFileError> {
    let failed = |source| CaseFileError::Read { path: path.to_owned(), source };
    if !path.is_dir() {
        return read_one(path).map(|case| vec![case]);
    }
    let entries = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ext| ext == "json"));
    files.sort();
    files.iter().map(|file| read_one(file)).collect()
}

fn read_one(path: &Path) -> Result<Case, CaseFileError> {
    let failed = |source| CaseFileError::Read { path: path.to_owned(), source };
    if fs::metadata(path).map_err(failed)?.len() > LONGEST {
        return Err(CaseFileError::TooLong(path.to_owned()));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    serde_json::from_str(&text).map_err(|source| CaseFileError::Json { path: path.to_owned(), source })
}
