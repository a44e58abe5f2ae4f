//! The halves of the keys, each in a file of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use license_core::atomic_file::{self, Readers};
use license_core::{KeyId, SigningKey, VerifyingKey};

use super::private_key::{self, Passphrase};
use super::{KeyStoreError, Result};
use crate::private_file;

/// Where the halves of the keys are, and the passphrase of the private ones.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) folder: PathBuf,
    /// Read only when a key is encrypted, or is to be.
    pub(super) passphrase_file: Option<PathBuf>,
}

impl Files {
    pub(super) fn private(&self, kid: KeyId) -> PathBuf {
        self.folder.join(format!("{kid}.key.pem"))
    }

    pub(super) fn public(&self, kid: KeyId) -> PathBuf {
        self.folder.join(format!("{kid}.pub.pem"))
    }

    /// Writes both halves.
    pub(super) fn write(&self, key: &SigningKey) -> Result<()> {
        let public = self.public(key.id());
        self.write_private(key)?;
        let pem = key.verifying_key().to_spki_pem();
        let pem = pem.map_err(|why| KeyStoreError::Key { path: public.clone(), why })?;
        write_file(&public, pem.as_bytes(), Readers::All)
    }

    /// Writes the private half, encrypted where there is a passphrase.
    pub(super) fn write_private(&self, key: &SigningKey) -> Result<()> {
        let path = self.private(key.id());
        let passphrase = self.passphrase_file.as_deref().map(Passphrase::read).transpose()?;
        let why = || KeyStoreError::File { path: path.clone(), why: "the key cannot be encoded".into() };
        let pem = private_key::to_pem(key, passphrase.as_ref()).ok_or_else(why)?;
        write_file(&path, pem.as_bytes(), Readers::Owner)
    }

    /// Reads the private half with the passphrase of a file.
    pub(super) fn read_private(&self, kid: KeyId, passphrase_file: Option<&Path>) -> Result<SigningKey> {
        let path = self.private(kid);
        let key = private_key::from_pem(&path, &self.private_text(kid)?, passphrase_file)?;
        if key.id() == kid { Ok(key) } else { Err(KeyStoreError::Mixed { path, found: key.id() }) }
    }

    /// The private half as it lies there.
    pub(super) fn private_text(&self, kid: KeyId) -> Result<zeroize::Zeroizing<String>> {
        let path = self.private(kid);
        refuse_exposed(&path)?;
        fs::read_to_string(&path).map(zeroize::Zeroizing::new).map_err(|e| file_error(&path, &e))
    }

    pub(super) fn read_public(&self, kid: KeyId) -> Result<VerifyingKey> {
        let path = self.public(kid);
        let pem = fs::read_to_string(&path).map_err(|e| file_error(&path, &e))?;
        let key = VerifyingKey::from_spki_pem(&pem)
            .map_err(|why| KeyStoreError::Key { path: path.clone(), why })?;
        if key.id() == kid { Ok(key) } else { Err(KeyStoreError::Mixed { path, found: key.id() }) }
    }
}

pub(super) fn file_error(path: &Path, error: &io::Error) -> KeyStoreError {
    KeyStoreError::File { path: path.to_owned(), why: error.to_string() }
}

pub(super) fn write_file(path: &Path, bytes: &[u8], readers: Readers) -> Result<()> {
    atomic_file::replace(path, bytes, readers).map_err(|e| file_error(path, &e))
}

/// Refuses a secret that others can read.
pub(super) fn refuse_exposed(path: &Path) -> Result<()> {
    Ok(private_file::check_secret(path)?)
}
