//! The keys of a running server.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use license_core::{KeyRing, SigningKey};

use super::folder::changed_at;
use super::{KeyFolder, Result};

/// The keys of a running server. Cheap to clone; [`reload`](Self::reload) takes in what the operator changed.
#[derive(Clone, Debug)]
pub struct KeyStore {
    path: Arc<PathBuf>,
    dev: bool,
    loaded: Arc<RwLock<Loaded>>,
}

#[derive(Debug)]
struct Loaded {
    signing: Option<Arc<SigningKey>>,
    jwks: Arc<str>,
    published: Arc<KeyRing>,
    changed_at: Option<SystemTime>,
}

impl KeyStore {
    /// Loads a folder.
    ///
    /// # Errors
    /// [`KeyStoreError`](super::KeyStoreError)
    pub fn load(path: &Path) -> Result<Self> {
        let (loaded, dev) = Loaded::read(path)?;
        Ok(Self { path: Arc::new(path.to_owned()), dev, loaded: Arc::new(RwLock::new(loaded)) })
    }

    /// Reads the folder again if its list of keys changed; keeps what it has when that fails.
    ///
    /// # Errors
    /// [`KeyStoreError`](super::KeyStoreError)
    pub fn reload(&self) -> Result<bool> {
        if self.with(|loaded| loaded.changed_at) == changed_at(&self.path) {
            return Ok(false);
        }
        self.read_again().map(|()| true)
    }

    /// Reads the folder again, changed or not; keeps what it has when that fails.
    ///
    /// # Errors
    /// [`KeyStoreError`](super::KeyStoreError)
    pub fn read_again(&self) -> Result<()> {
        let (loaded, _) = Loaded::read(&self.path)?;
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(())
    }

    /// The verifying keys that are published, as a JWK set.
    #[must_use]
    pub fn jwks(&self) -> String {
        self.with(|loaded| loaded.jwks.to_string())
    }

    /// The same as keys.
    #[must_use]
    pub fn published(&self) -> Arc<KeyRing> {
        self.with(|loaded| Arc::clone(&loaded.published))
    }

    /// Whether there is a key to sign with.
    #[must_use]
    pub fn has_signing_key(&self) -> bool {
        self.with(|loaded| loaded.signing.is_some())
    }

    /// The key that signs.
    #[must_use]
    pub fn signing_key(&self) -> Option<Arc<SigningKey>> {
        self.with(|loaded| loaded.signing.clone())
    }

    /// Whether every license is a test license.
    #[must_use]
    pub fn is_dev(&self) -> bool {
        self.dev
    }

    fn with<T>(&self, read: impl FnOnce(&Loaded) -> T) -> T {
        read(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Loaded {
    /// Also says whether they are development keys.
    fn read(path: &Path) -> Result<(Self, bool)> {
        // Taken first: a change while the rest is read is seen at the next look.
        let changed_at = changed_at(path);
        let folder = KeyFolder::open(path)?;
        let signing = folder.signing_key()?.map(Arc::new);
        let published = Arc::new(folder.published()?);
        let loaded = Self { signing, jwks: published.to_jwks().into(), published, changed_at };
        Ok((loaded, folder.is_dev()))
    }
}
