//! The secret that activation codes are made from.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use license_core::atomic_file::{self, Readers};
use zeroize::Zeroizing;

use super::{KeyStoreError, Result, files};
use crate::engine::codes::Codes;

/// Its file in the folder of keys.
const FILE: &str = "server.secret";
/// Fewer bytes can be guessed.
const LEAST: usize = 32;
const MOST: usize = 64 * 1024;

/// Where the secret is and whose file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFile {
    /// The operator's; it must be there.
    Given(PathBuf),
    /// In the folder of keys, made at the first start.
    InKeys(PathBuf),
}

impl SecretFile {
    /// Its name in the folder of keys.
    pub const NAME: &str = FILE;

    /// The file that the settings name, or the one in the folder of keys.
    #[must_use]
    pub fn of(given: Option<&Path>, keys: &Path) -> Self {
        given.map_or_else(|| Self::InKeys(keys.join(FILE)), |path| Self::Given(path.to_owned()))
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Given(path) | Self::InKeys(path) => path,
        }
    }

    /// Reads the secret; one that is not there yet is none.
    ///
    /// # Errors
    /// [`KeyStoreError`]: it is too short, others can read it, or the operator's is missing.
    pub fn read(&self) -> Result<Option<Codes>> {
        let path = self.path();
        let text = match fs::read(path) {
            Ok(text) => Zeroizing::new(text),
            Err(e) if e.kind() == ErrorKind::NotFound && matches!(self, Self::InKeys(_)) => return Ok(None),
            Err(e) => return Err(file_error(path, &e)),
        };
        files::refuse_exposed(path)?;
        let secret = text.trim_ascii_end();
        if !(LEAST..=MOST).contains(&secret.len()) {
            return Err(KeyStoreError::Secret { path: path.to_owned(), found: secret.len() });
        }
        Ok(Some(Codes::new(secret)))
    }

    /// Reads the secret, or makes it. Of two that make it at once one is first, and both have that one's.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn read_or_make(&self) -> Result<Codes> {
        if let Some(codes) = self.read()? {
            return Ok(codes);
        }
        let random = Zeroizing::new(rand::random::<[u8; LEAST]>());
        let text = Zeroizing::new(HEXLOWER.encode(&*random) + "\n");
        make(self.path(), text.as_bytes()).map_err(|e| file_error(self.path(), &e))?;
        let missing = || file_error(self.path(), &io::Error::from(ErrorKind::NotFound));
        self.read()?.ok_or_else(missing)
    }
}

/// Makes the file and the folder it is in, unless it is there already.
fn make(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        atomic_file::create_folder(folder, Readers::Owner)?;
    }
    atomic_file::create_once(path, text, Readers::Owner).map(drop)
}

fn file_error(path: &Path, error: &io::Error) -> KeyStoreError {
    KeyStoreError::File { path: path.to_owned(), why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_file::Exposed;

    fn write(path: &Path, text: &str) {
        atomic_file::replace(path, text.as_bytes(), Readers::Owner).expect("written");
    }

    #[test]
    fn a_secret_is_made_once_and_read_from_then_on() {
        let dir = tempfile::tempdir().expect("a folder");
        let keys = dir.path().join("keys");
        let file = SecretFile::of(None, &keys);
        assert!(file.read().expect("readable").is_none());
        let made = file.read_or_make().expect("made").name().expect("a secret");
        assert_eq!(file.read_or_make().expect("read").name(), Some(made));
        assert_eq!(fs::read_dir(&keys).expect("readable").count(), 1, "nothing is left beside it");
        let text = fs::read_to_string(file.path()).expect("text");
        assert_eq!((text.len(), text.ends_with('\n')), (65, true));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(file.path()).expect("there").permissions().mode() & 0o777, 0o600);
            fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).expect("set");
            assert_eq!(
                file.read().expect_err("refused"),
                Exposed::Secret { path: file.path().to_owned(), mode: 0o644 }.into()
            );
        }
    }

    #[test]
    fn a_secret_of_the_operators_must_be_there_and_long_enough() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("mine");
        let file = SecretFile::of(Some(&path), dir.path());
        assert!(matches!(file.read_or_make(), Err(KeyStoreError::File { .. })));
        write(&path, "too short\n");
        assert_eq!(file.read().expect_err("refused"), KeyStoreError::Secret { path: path.clone(), found: 9 });
        write(&path, "a secret of more than thirty-two bytes\r\n");
        let codes = file.read().expect("readable").expect("there");
        assert_eq!(codes.name(), Codes::new(b"a secret of more than thirty-two bytes").name());
    }
}
