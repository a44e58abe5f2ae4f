//! The keys of a running server.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use license_core::{KeyId, KeyRing, SigningKey};

use super::{KeyFolder, KeyState, Result};

/// Where a server's keys come from.
#[derive(Clone, Debug)]
pub struct KeySource {
    /// The folder.
    pub folder: PathBuf,
    /// The file of the passphrase that private keys are encrypted with, if they are.
    pub passphrase_file: Option<PathBuf>,
    /// In whose name key sets are signed; nobody's, and none are.
    pub issuer: Option<String>,
}

/// The keys of a running server. Cheap to clone; [`reload`](Self::reload) takes in what the operator changed.
#[derive(Clone, Debug)]
pub struct KeyStore {
    source: Arc<KeySource>,
    dev: bool,
    loaded: Arc<RwLock<Loaded>>,
}

#[derive(Debug)]
struct Loaded {
    signing: Option<Arc<SigningKey>>,
    jwks: Arc<str>,
    published: Arc<KeyRing>,
    withdrawn: Arc<KeyRing>,
    key_sets: Arc<[String]>,
    sequence: u64,
    stamp: Option<Stamp>,
    /// The folder changed and cannot be used; it is looked at until it can.
    is_broken: bool,
}

/// Tells one list of keys from the next: each is a file of its own that takes the place of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    inode: u64,
}

impl KeyStore {
    /// Loads a folder whose keys are not encrypted, for a server that signs no key sets.
    ///
    /// # Errors
    /// [`KeyStoreError`](super::KeyStoreError)
    pub fn load(path: &Path) -> Result<Self> {
        Self::open(KeySource { folder: path.to_owned(), passphrase_file: None, issuer: None })
    }

    /// Loads the keys of a source.
    ///
    /// # Errors
    /// [`KeyStoreError`](super::KeyStoreError)
    pub fn open(source: KeySource) -> Result<Self> {
        let (loaded, dev) = Loaded::read(&source)?;
        Ok(Self { source: Arc::new(source), dev, loaded: Arc::new(RwLock::new(loaded)) })
    }

    /// Reads the folder again if its list of keys changed; says whether it did.
    ///
    /// Where that fails the key that signs goes on only if the list can be read and still says that it is the active
    /// one. Else nothing is signed until the folder can be read: it may have been changed to withdraw that very key.
    ///
    /// # Errors
    /// [`KeyStoreError`](super::KeyStoreError)
    pub fn reload(&self) -> Result<bool> {
        let (known, is_broken) = self.with(|loaded| (loaded.stamp, loaded.is_broken));
        if !is_broken && known == stamp_of(&self.source.folder) {
            return Ok(false);
        }
        self.read_again().map(|()| true)
    }

    /// Reads the folder again, changed or not. When that fails, what it has is kept as far as that is safe.
    ///
    /// # Errors
    /// [`KeyStoreError`](super::KeyStoreError)
    pub fn read_again(&self) -> Result<()> {
        let read = Loaded::read(&self.source);
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok((new, _)) => {
                *loaded = new;
                Ok(())
            }
            Err(error) => {
                loaded.keep_what_is_safe(KeyFolder::open(&self.source.folder).ok().as_ref());
                Err(error)
            }
        }
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

    /// The keys that were published once and are distrusted now.
    #[must_use]
    pub fn withdrawn(&self) -> Arc<KeyRing> {
        self.with(|loaded| Arc::clone(&loaded.withdrawn))
    }

    /// What machines learn the keys from, the oldest first; none where nothing is signed.
    #[must_use]
    pub fn key_sets(&self) -> Arc<[String]> {
        self.with(|loaded| Arc::clone(&loaded.key_sets))
    }

    /// The number of today's key set, where there is one.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.with(|loaded| (!loaded.key_sets.is_empty()).then_some(loaded.sequence))
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

    /// Whether the folder changed and cannot be used.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.with(|loaded| loaded.is_broken)
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
    fn read(source: &KeySource) -> Result<(Self, bool)> {
        // Taken first: a change while the rest is read is seen at the next look.
        let stamp = stamp_of(&source.folder);
        let folder = KeyFolder::open(&source.folder)?.with_passphrase(source.passphrase_file.as_deref());
        let signing = folder.signing_key()?;
        let published = folder.published()?;
        let key_sets = match (&signing, &source.issuer) {
            (Some(signing), Some(issuer)) => folder.key_sets(signing, issuer)?,
            _ => Vec::new(),
        };
        let loaded = Self {
            signing: signing.map(Arc::new),
            jwks: published.to_jwks().into(),
            published: Arc::new(published),
            withdrawn: Arc::new(folder.withdrawn()),
            key_sets: key_sets.into(),
            sequence: folder.sequence(),
            stamp,
            is_broken: false,
        };
        Ok((loaded, folder.is_dev()))
    }

    /// What is left where the changed folder cannot be used, but perhaps its list.
    fn keep_what_is_safe(&mut self, folder: Option<&KeyFolder>) {
        self.is_broken = true;
        // A set of before may be older than the change.
        self.key_sets = Arc::default();
        let signs = self.signing.as_ref().map(|key| key.id());
        if folder.is_none_or(|folder| folder.active() != signs) {
            self.signing = None;
        }
        let Some(folder) = folder else { return };
        let is_distrusted = |kid: KeyId| {
            let mut entries = folder.entries().iter();
            entries.any(|entry| entry.kid == kid && entry.state == KeyState::Distrusted)
        };
        let (gone, left): (Vec<_>, Vec<_>) =
            self.published.iter().cloned().partition(|key| is_distrusted(key.id()));
        if !gone.is_empty() {
            let left: KeyRing = left.into_iter().collect();
            self.jwks = left.to_jwks().into();
            self.published = Arc::new(left);
            self.withdrawn = Arc::new(self.withdrawn.iter().cloned().chain(gone).collect());
        }
    }
}

fn stamp_of(folder: &Path) -> Option<Stamp> {
    let list = fs::metadata(folder.join(KeyFolder::LIST)).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&list);
    #[cfg(not(unix))]
    let inode = 0;
    Some(Stamp { modified: list.modified().ok(), bytes: list.len(), inode })
}
