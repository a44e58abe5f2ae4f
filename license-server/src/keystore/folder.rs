//! The folder on disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use license_core::atomic_file::{self, Readers};
use license_core::{KeyId, KeyRing, SigningKey, UnixTime, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::{DEV_FOLDER, KeyEntry, KeyState, KeyStoreError, Result};
use crate::private_file;

const MANIFEST: &str = KeyFolder::LIST;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// Its keys sign test licenses only, wherever the folder is moved or linked to.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    dev: bool,
    keys: Vec<KeyEntry>,
}

/// The folder on disk: every change is written at once.
#[derive(Debug)]
pub struct KeyFolder {
    path: PathBuf,
    manifest: Manifest,
}

impl KeyFolder {
    /// The name of the list of keys.
    pub const LIST: &str = "keys.json";

    /// Reads the folder's list of keys.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn open(path: &Path) -> Result<Self> {
        let file = path.join(MANIFEST);
        private_file::check_folder(path)?;
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
                atomic_file::create_folder(path, Readers::Owner).map_err(|e| file_error(path, &e))?;
                let manifest = Manifest { dev: is_named_dev(path), keys: Vec::new() };
                Ok(Self { path: path.to_owned(), manifest })
            }
            other => other,
        }
    }

    /// The keys, the oldest first.
    #[must_use]
    pub fn entries(&self) -> &[KeyEntry] {
        &self.manifest.keys
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The list of keys, and the halves of the keys that are there.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let halves = |entry: &KeyEntry| [self.private_file(entry.kid), self.public_file(entry.kid)];
        let files = std::iter::once(self.path.join(MANIFEST)).chain(self.entries().iter().flat_map(halves));
        files.filter(|path| path.exists()).collect()
    }

    /// The name of the file that holds a key's private half.
    #[must_use]
    pub fn private_name(kid: KeyId) -> String {
        format!("{kid}.key.pem")
    }

    /// The name of the file that holds a key's public half.
    #[must_use]
    pub fn public_name(kid: KeyId) -> String {
        format!("{kid}.pub.pem")
    }

    /// Whether such a folder has files of that name: the list, or half of a key.
    #[must_use]
    pub fn has_files_named(name: &str) -> bool {
        let half = name.strip_suffix(".key.pem").or_else(|| name.strip_suffix(".pub.pem"));
        name == Self::LIST || half.is_some_and(|kid| kid.parse::<KeyId>().is_ok())
    }

    /// Whether its keys sign test licenses only.
    #[must_use]
    pub fn is_dev(&self) -> bool {
        self.manifest.dev || is_named_dev(&self.path)
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
        write_file(&private, pem.as_bytes(), Readers::Owner)?;
        let pem = key
            .verifying_key()
            .to_spki_pem()
            .map_err(|why| KeyStoreError::Key { path: public.clone(), why })?;
        write_file(&public, pem.as_bytes(), Readers::All)?;
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
        self.path.join(Self::private_name(kid))
    }

    fn public_file(&self, kid: KeyId) -> PathBuf {
        self.path.join(Self::public_name(kid))
    }

    fn save(&self) -> Result<()> {
        let json = serde_json::to_string_pretty(&self.manifest).unwrap_or_default();
        write_file(&self.path.join(MANIFEST), json.as_bytes(), Readers::All)
    }
}

/// Whether the folder's real name is that of development keys.
fn is_named_dev(path: &Path) -> bool {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    real.file_name().is_some_and(|name| name == DEV_FOLDER)
}

/// When the list of keys was last written.
pub(super) fn changed_at(folder: &Path) -> Option<SystemTime> {
    fs::metadata(folder.join(MANIFEST)).and_then(|meta| meta.modified()).ok()
}

fn file_error(path: &Path, error: &io::Error) -> KeyStoreError {
    KeyStoreError::File { path: path.to_owned(), why: error.to_string() }
}

fn write_file(path: &Path, bytes: &[u8], readers: Readers) -> Result<()> {
    atomic_file::replace(path, bytes, readers).map_err(|e| file_error(path, &e))
}

/// Refuses a secret that others can read.
pub(super) fn refuse_exposed(path: &Path) -> Result<()> {
    Ok(private_file::check_secret(path)?)
}

#[cfg(test)]
mod tests {
    use license_core::KeyError;

    use super::*;
    use crate::keystore::KeyStore;
    use crate::private_file::Exposed;

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
    fn development_keys_are_refused_under_any_name_of_their_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        let dev = dir.path().join(DEV_FOLDER);
        KeyFolder::open_or_create(&dev).expect("made").add(&key(1), UnixTime::from_secs(1)).expect("added");
        fs::create_dir(dev.join("x")).expect("made");
        std::os::unix::fs::symlink(&dev, dir.path().join("linked")).expect("linked");
        let refused = |path: PathBuf| KeyFolder::open(&path).expect("opens").refuse_dev().is_err();
        assert!(refused(dev.clone()));
        assert!(refused(dev.join("x/..")));
        assert!(refused(dir.path().join("linked")));
        fs::rename(&dev, dir.path().join("moved")).expect("moved");
        assert!(refused(dir.path().join("moved")));
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
        assert_eq!(
            folder.signing_key().expect_err("refused"),
            Exposed::Secret { path: file, mode: 0o640 }.into()
        );
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).expect("set");
        let open = KeyFolder::open(dir.path()).expect_err("refused");
        assert_eq!(open, Exposed::Folder { path: dir.path().to_owned(), mode: 0o777 }.into());
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
