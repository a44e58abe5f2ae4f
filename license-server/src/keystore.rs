//! The folder of signing keys.
//!
//! `keys.json` says what each key is for; a key's halves lie beside it as `<kid>.key.pem` (PKCS#8, mode 0600) and
//! `<kid>.pub.pem` (SPKI). The newest active key signs; retired ones are still published; distrusted ones are not.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use license_core::{KeyError, KeyId, KeyRing, SigningKey, UnixTime, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::whole_file::{self, Readable};

const MANIFEST: &str = "keys.json";
/// The name of a folder whose keys sign test licenses only.
pub const DEV_FOLDER: &str = "dev";

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// It may sign; the newest one does.
    Active,
    /// It signs no more; its licenses still hold.
    Retired,
    /// Its licenses hold no more, once verifiers have the new key set.
    Distrusted,
}

/// One key of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// Its thumbprint.
    pub kid: KeyId,
    /// When it was made.
    pub created_at: UnixTime,
    /// What it is for.
    pub state: KeyState,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    keys: Vec<KeyEntry>,
}

/// What is wrong with the folder, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyStoreError {
    /// The folder or its manifest is not there.
    #[error("there are no keys in {0}; make one with `license-server keys generate`")]
    Missing(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {why}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// A file holds something else.
    #[error("{path}: {why}")]
    Key {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: KeyError,
    },
    /// A key file belongs to another entry.
    #[error("{path} holds the key {found}, not the one it is named for")]
    Mixed {
        /// Which file.
        path: PathBuf,
        /// What is in it.
        found: KeyId,
    },
    /// Others can read a private key.
    #[error(
        "{0} can be read by other users; run `chmod 600` on it, and replace the key if somebody may have"
    )]
    Exposed(PathBuf),
    /// No such key.
    #[error("there is no key {0} here; see `license-server keys list`")]
    Unknown(KeyId),
    /// A step that is not allowed.
    #[error("key {kid} is {state} and cannot be {wanted}")]
    State {
        /// Which key.
        kid: KeyId,
        /// What it is.
        state: &'static str,
        /// What it should become.
        wanted: &'static str,
    },
    /// A folder of development keys where real ones are due.
    #[error(
        "{0} is a folder for development keys, whose licenses are test licenses; set KEYS to another folder"
    )]
    Dev(PathBuf),
}

type Result<T> = std::result::Result<T, KeyStoreError>;

impl KeyState {
    /// One word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Distrusted => "distrusted",
        }
    }
}

/// The folder on disk: every change is written at once.
#[derive(Debug)]
pub struct KeyFolder {
    path: PathBuf,
    manifest: Manifest,
}

impl KeyFolder {
    /// Reads the folder's list of keys.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn open(path: &Path) -> Result<Self> {
        let file = path.join(MANIFEST);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(KeyStoreError::Missing(path.to_owned()));
            }
            Err(e) => return Err(KeyStoreError::File { path: file, why: e.to_string() }),
        };
        let manifest = serde_json::from_str(&text)
            .map_err(|e| KeyStoreError::File { path: file, why: format!("not a list of keys: {e}") })?;
        Ok(Self { path: path.to_owned(), manifest })
    }

    /// Reads the folder, or makes an empty one.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn open_or_create(path: &Path) -> Result<Self> {
        match Self::open(path) {
            Err(KeyStoreError::Missing(_)) => {
                fs::create_dir_all(path).map_err(|e| file_error(path, &e))?;
                Ok(Self { path: path.to_owned(), manifest: Manifest::default() })
            }
            other => other,
        }
    }

    /// The keys, the oldest first.
    #[must_use]
    pub fn entries(&self) -> &[KeyEntry] {
        &self.manifest.keys
    }

    /// Whether its keys sign test licenses only.
    #[must_use]
    pub fn is_dev(&self) -> bool {
        self.path.file_name().is_some_and(|name| name == DEV_FOLDER)
    }

    /// Refuses a folder of development keys.
    ///
    /// # Errors
    /// [`KeyStoreError::Dev`]
    pub fn refuse_dev(&self) -> Result<()> {
        if self.is_dev() { Err(KeyStoreError::Dev(self.path.clone())) } else { Ok(()) }
    }

    /// Adds a new key; it signs from now on.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn add(&mut self, key: &SigningKey, now: UnixTime) -> Result<KeyId> {
        let kid = key.id();
        let (private, public) = (self.private_file(kid), self.public_file(kid));
        let pem = key.to_pkcs8_pem().map_err(|why| KeyStoreError::Key { path: private.clone(), why })?;
        write_file(&private, pem.as_bytes(), Readable::ByOwner)?;
        let pem = key
            .verifying_key()
            .to_spki_pem()
            .map_err(|why| KeyStoreError::Key { path: public.clone(), why })?;
        write_file(&public, pem.as_bytes(), Readable::ByAll)?;
        self.manifest.keys.push(KeyEntry { kid, created_at: now, state: KeyState::Active });
        self.save()?;
        Ok(kid)
    }

    /// Moves a key to another state: active to retired, either to distrusted.
    ///
    /// # Errors
    /// [`KeyStoreError::State`] when the step is not allowed.
    pub fn set_state(&mut self, kid: KeyId, wanted: KeyState) -> Result<()> {
        let entry = self
            .manifest
            .keys
            .iter_mut()
            .find(|entry| entry.kid == kid)
            .ok_or(KeyStoreError::Unknown(kid))?;
        match (entry.state, wanted) {
            (KeyState::Active, KeyState::Retired | KeyState::Distrusted)
            | (KeyState::Retired, KeyState::Distrusted) => entry.state = wanted,
            (state, _) => {
                return Err(KeyStoreError::State { kid, state: state.as_str(), wanted: wanted.as_str() });
            }
        }
        self.save()
    }

    /// The keys that verifiers trust: active and retired ones.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn published(&self) -> Result<KeyRing> {
        self.entries()
            .iter()
            .filter(|entry| entry.state != KeyState::Distrusted)
            .map(|entry| {
                let path = self.public_file(entry.kid);
                let pem = fs::read_to_string(&path).map_err(|e| file_error(&path, &e))?;
                let key = VerifyingKey::from_spki_pem(&pem)
                    .map_err(|why| KeyStoreError::Key { path: path.clone(), why })?;
                if key.id() == entry.kid {
                    Ok(key)
                } else {
                    Err(KeyStoreError::Mixed { path, found: key.id() })
                }
            })
            .collect()
    }

    /// The key that signs: the newest active one.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn signing_key(&self) -> Result<Option<SigningKey>> {
        let Some(entry) = self.entries().iter().rfind(|entry| entry.state == KeyState::Active) else {
            return Ok(None);
        };
        let path = self.private_file(entry.kid);
        refuse_exposed(&path)?;
        let pem = zeroize::Zeroizing::new(fs::read_to_string(&path).map_err(|e| file_error(&path, &e))?);
        let key =
            SigningKey::from_pkcs8_pem(&pem).map_err(|why| KeyStoreError::Key { path: path.clone(), why })?;
        if key.id() == entry.kid {
            Ok(Some(key))
        } else {
            Err(KeyStoreError::Mixed { path, found: key.id() })
        }
    }

    fn private_file(&self, kid: KeyId) -> PathBuf {
        self.path.join(format!("{kid}.key.pem"))
    }

    fn public_file(&self, kid: KeyId) -> PathBuf {
        self.path.join(format!("{kid}.pub.pem"))
    }

    fn save(&self) -> Result<()> {
        let json = serde_json::to_string_pretty(&self.manifest).unwrap_or_default();
        write_file(&self.path.join(MANIFEST), json.as_bytes(), Readable::ByAll)
    }
}

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
    changed_at: Option<SystemTime>,
}

impl KeyStore {
    /// Loads a folder.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn load(path: &Path) -> Result<Self> {
        let folder = KeyFolder::open(path)?;
        let loaded = Arc::new(RwLock::new(Loaded::read(&folder)?));
        Ok(Self { path: Arc::new(path.to_owned()), dev: folder.is_dev(), loaded })
    }

    /// Reads the folder again if its list of keys changed; keeps what it has when that fails.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn reload(&self) -> Result<bool> {
        if self.with(|loaded| loaded.changed_at) == changed_at(&self.path) {
            return Ok(false);
        }
        let loaded = Loaded::read(&KeyFolder::open(&self.path)?)?;
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(true)
    }

    /// The verifying keys that are published, as a JWK set.
    #[must_use]
    pub fn jwks(&self) -> String {
        self.with(|loaded| loaded.jwks.to_string())
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
    fn read(folder: &KeyFolder) -> Result<Self> {
        let changed_at = changed_at(&folder.path);
        let signing = folder.signing_key()?.map(Arc::new);
        Ok(Self { signing, jwks: folder.published()?.to_jwks().into(), changed_at })
    }
}

fn changed_at(folder: &Path) -> Option<SystemTime> {
    fs::metadata(folder.join(MANIFEST)).and_then(|meta| meta.modified()).ok()
}

fn file_error(path: &Path, error: &io::Error) -> KeyStoreError {
    KeyStoreError::File { path: path.to_owned(), why: error.to_string() }
}

fn write_file(path: &Path, bytes: &[u8], readable: Readable) -> Result<()> {
    whole_file::write(path, bytes, readable).map_err(|e| file_error(path, &e))
}

#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map_err(|e| file_error(path, &e))?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyStoreError::Exposed(path.to_owned())) }
}

#[cfg(not(unix))]
fn refuse_exposed(_path: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> SigningKey {
        SigningKey::from_seed(&[n; 32])
    }

    #[test]
    fn the_newest_active_key_signs_and_distrusted_ones_are_not_published() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
        assert!(folder.signing_key().expect("readable").is_none());
        let old = folder.add(&key(1), UnixTime::from_secs(1)).expect("added");
        let new = folder.add(&key(2), UnixTime::from_secs(2)).expect("added");
        let store = KeyStore::load(dir.path()).expect("loads");
        let signs = |folder: &KeyFolder| folder.signing_key().expect("readable").map(|key| key.id());
        assert_eq!(signs(&folder), Some(new));
        folder.set_state(new, KeyState::Retired).expect("allowed");
        assert_eq!(signs(&folder), Some(old));
        assert_eq!(folder.published().expect("readable").iter().count(), 2);
        folder.set_state(new, KeyState::Distrusted).expect("allowed");
        assert!(folder.published().expect("readable").find(new).is_none());
        assert_eq!(
            folder.set_state(new, KeyState::Retired),
            Err(KeyStoreError::State { kid: new, state: "distrusted", wanted: "retired" })
        );
        let again = KeyFolder::open(dir.path()).expect("reads back");
        assert_eq!(again.entries(), folder.entries());
        drop(store);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a folder");
        let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
        let kid = folder.add(&key(1), UnixTime::from_secs(1)).expect("added");
        let file = folder.private_file(kid);
        let mode = fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("set");
        assert_eq!(folder.signing_key().expect_err("refused"), KeyStoreError::Exposed(file));
    }

    #[test]
    fn what_is_wrong_with_a_key_file_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let missing = KeyFolder::open(dir.path()).expect_err("nothing there");
        assert_eq!(missing, KeyStoreError::Missing(dir.path().to_owned()));
        let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
        let kid = folder.add(&key(1), UnixTime::from_secs(1)).expect("added");
        let file = folder.private_file(kid);
        let other = key(2).to_pkcs8_pem().expect("encodes");
        fs::write(&file, other.as_bytes()).expect("written");
        assert_eq!(
            folder.signing_key().expect_err("refused"),
            KeyStoreError::Mixed { path: file.clone(), found: key(2).id() }
        );
        fs::write(&file, "nonsense").expect("written");
        assert_eq!(
            folder.signing_key().expect_err("refused"),
            KeyStoreError::Key { path: file, why: KeyError::PrivatePem }
        );
        fs::write(dir.path().join(MANIFEST), "{}").expect("written");
        assert!(KeyFolder::open(dir.path()).expect_err("refused").to_string().contains("not a list of keys"));
    }
}
