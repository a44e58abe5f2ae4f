//! The folder on disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use license_core::atomic_file::{self, Readers};
use license_core::{KeyId, KeyRing, KeySet, SigningKey, UnixTime};

use super::files::{Files, file_error, write_file};
use super::list::{Consent, Handover, KeyList};
use super::lock::Lock;
use super::private_key::is_encrypted;
use super::{DEV_FOLDER, KeyEntry, KeyState, KeyStoreError, Result};
use crate::private_file;

/// The most bytes of key sets that go with a license; a machine reads 64 KiB. The oldest ones are left out.
const MOST_TOLD: usize = 40 * 1024;

/// The folder on disk. Every change is made to what lies there at that moment, under a lock, and written at once: two
/// commands at the same time lose nothing.
#[derive(Debug)]
pub struct KeyFolder {
    files: Files,
    list: KeyList,
}

/// What became of the key that signed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activated {
    /// It is retired now; none if nothing signed.
    pub former: Option<KeyId>,
    /// Whether it has vouched for the new one: machines that know it alone follow.
    pub handed_over: bool,
}

impl KeyFolder {
    /// The name of the list of keys.
    pub const LIST: &str = "keys.json";

    /// Reads the folder's list of keys.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn open(path: &Path) -> Result<Self> {
        private_file::check_folder(path)?;
        let list = read_list(path)?;
        Ok(Self { files: Files { folder: path.to_owned(), passphrase_file: None }, list })
    }

    /// Reads the folder, or makes an empty one.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn open_or_create(path: &Path) -> Result<Self> {
        match Self::open(path) {
            Err(KeyStoreError::Missing(_)) => {
                atomic_file::create_folder(path, Readers::Owner).map_err(|e| file_error(path, &e))?;
                let list = KeyList { dev: is_named_dev(path), ..KeyList::default() };
                Ok(Self { files: Files { folder: path.to_owned(), passphrase_file: None }, list })
            }
            other => other,
        }
    }

    /// The same with the file of the passphrase that private keys are encrypted with, if there is one. It is read when a
    /// key is encrypted, and when one is written.
    #[must_use]
    pub fn with_passphrase(mut self, file: Option<&Path>) -> Self {
        self.files.passphrase_file = file.map(Path::to_owned);
        self
    }

    /// The keys, the oldest first.
    #[must_use]
    pub fn entries(&self) -> &[KeyEntry] {
        &self.list.keys
    }

    /// The key that signs.
    #[must_use]
    pub fn active(&self) -> Option<KeyId> {
        self.list.active()
    }

    /// The number of the key set that the list makes: it rises with every change.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.list.sequence
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.files.folder
    }

    /// The list of keys, and the halves of the keys that are there.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let halves = |entry: &KeyEntry| [self.files.private(entry.kid), self.files.public(entry.kid)];
        let list = self.path().join(Self::LIST);
        let files = std::iter::once(list).chain(self.entries().iter().flat_map(halves));
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
        self.list.dev || is_named_dev(self.path())
    }

    /// Refuses a folder of development keys.
    ///
    /// # Errors
    /// [`KeyStoreError::Dev`]
    pub fn refuse_dev(&self) -> Result<()> {
        if self.is_dev() { Err(KeyStoreError::Dev(self.path().to_owned())) } else { Ok(()) }
    }

    /// Adds a new key. The first one signs from now on; a later one stands by, unless no key is left that signs or
    /// could.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn add(&mut self, key: &SigningKey, now: UnixTime) -> Result<KeyId> {
        self.change(|files, list| {
            list.add(key.id(), now)?;
            files.write(key)?;
            Ok(key.id())
        })
    }

    /// Has a key sign that stands by, and retires the one that signs until now, after that has vouched for it in a
    /// signed key set of `issuer`.
    ///
    /// # Errors
    /// [`KeyStoreError`]; then the former one goes on. With [`Consent::Given`] a retired key is taken back, and a former
    /// key that cannot vouch is no obstacle.
    pub fn activate(
        &mut self,
        kid: KeyId,
        issuer: &str,
        now: UnixTime,
        consent: Consent,
    ) -> Result<Activated> {
        self.change(|files, list| {
            let former = list.activate(kid, now, consent)?;
            // One that could not sign would leave the server without a key.
            files.read_private(kid, files.passphrase_file.as_deref())?;
            let mut handed_over = false;
            if let Some(from) = former {
                let vouched = files
                    .read_private(from, files.passphrase_file.as_deref())
                    .and_then(|key| sign_set(files, list, &[kid, from], &key, issuer));
                match (vouched, consent) {
                    (Ok(set), _) => {
                        list.hand_over(Handover { from, to: kid, set });
                        // The new key's own set comes after that.
                        list.number(now);
                        handed_over = true;
                    }
                    (Err(_), Consent::Given) => {}
                    (Err(why), Consent::NotGiven) => {
                        return Err(KeyStoreError::NoHandover { kid: from, why: why.to_string() });
                    }
                }
            }
            Ok(Activated { former, handed_over })
        })
    }

    /// Has a key sign no more; its licenses still hold.
    ///
    /// # Errors
    /// [`KeyStoreError::Last`] for the key that signs, unless consent is given; [`KeyStoreError::State`]
    pub fn retire(&mut self, kid: KeyId, now: UnixTime, consent: Consent) -> Result<()> {
        self.change(|_, list| list.retire(kid, now, consent))
    }

    /// Withdraws a key; its licenses hold no more, once verifiers know.
    ///
    /// # Errors
    /// [`KeyStoreError::State`]
    pub fn distrust(&mut self, kid: KeyId, now: UnixTime) -> Result<()> {
        self.change(|_, list| list.distrust(kid, now))
    }

    /// Encrypts the private keys with the passphrase; those that were encrypted with another one are opened with that
    /// one's file, `from`. Says which were written.
    ///
    /// # Errors
    /// [`KeyStoreError`]; what was written before stays so.
    pub fn encrypt(&mut self, from: Option<&Path>) -> Result<Vec<KeyId>> {
        let to = self.files.passphrase_file.clone();
        self.change(|files, list| {
            let mut written = Vec::new();
            for entry in &list.keys {
                if !files.private(entry.kid).exists() {
                    continue;
                }
                let is_encrypted = is_encrypted(&files.private_text(entry.kid)?);
                // A run that was cut short has done some of them.
                let opens = |file: Option<&Path>| files.read_private(entry.kid, file);
                if is_encrypted && (from.is_none() || opens(to.as_deref()).is_ok()) {
                    opens(to.as_deref())?;
                    continue;
                }
                files.write_private(&opens(from)?)?;
                written.push(entry.kid);
            }
            Ok(written)
        })
    }

    /// The keys that verifiers trust: all but distrusted ones.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn published(&self) -> Result<KeyRing> {
        let trusted = self.entries().iter().filter(|entry| entry.state != KeyState::Distrusted);
        trusted.map(|entry| self.files.read_public(entry.kid)).collect()
    }

    /// The distrusted keys whose public halves are still there: by them it is told what they signed.
    #[must_use]
    pub fn withdrawn(&self) -> KeyRing {
        let withdrawn = self.entries().iter().filter(|entry| entry.state == KeyState::Distrusted);
        withdrawn.filter_map(|entry| self.files.read_public(entry.kid).ok()).collect()
    }

    /// The key that signs.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn signing_key(&self) -> Result<Option<SigningKey>> {
        let passphrase = self.files.passphrase_file.as_deref();
        self.active().map(|kid| self.files.read_private(kid, passphrase)).transpose()
    }

    /// What machines learn the keys from, the oldest first: the last word of each key that signed before, and today's
    /// set by the key that signs.
    ///
    /// # Errors
    /// [`KeyStoreError`]
    pub fn key_sets(&self, signer: &SigningKey, issuer: &str) -> Result<Vec<String>> {
        let today = sign_set(&self.files, &self.list, &self.list.trusted(), signer, issuer)?;
        let (mut sets, mut bytes) = (Vec::new(), today.len());
        sets.push(today);
        for handover in self.list.handovers.iter().rev() {
            bytes += handover.set.len() + 1;
            if bytes > MOST_TOLD {
                break;
            }
            sets.push(handover.set.clone());
        }
        sets.reverse();
        Ok(sets)
    }

    /// Changes what lies on the disk now, and nothing if a step is refused.
    fn change<T>(&mut self, step: impl FnOnce(&Files, &mut KeyList) -> Result<T>) -> Result<T> {
        let _lock = Lock::take(self.path())?;
        let mut list = match read_list(self.path()) {
            // Another command has made it meanwhile, or nobody has.
            Err(KeyStoreError::Missing(_)) if self.list.keys.is_empty() => self.list.clone(),
            other => other?,
        };
        let done = step(&self.files, &mut list)?;
        let json = serde_json::to_string_pretty(&list)
            .map_err(|e| KeyStoreError::File { path: self.path().join(Self::LIST), why: e.to_string() })?;
        write_file(&self.path().join(Self::LIST), json.as_bytes(), Readers::All)?;
        self.list = list;
        Ok(done)
    }
}

/// A set of some of the keys, under the list's number. One that hands over names the two keys alone: the next one's set,
/// which always comes with it, names all.
fn sign_set(
    files: &Files,
    list: &KeyList,
    keys: &[KeyId],
    signer: &SigningKey,
    issuer: &str,
) -> Result<String> {
    let set = KeySet {
        issuer: issuer.to_owned(),
        sequence: list.sequence,
        issued_at: list.changed_at,
        keys: keys.iter().map(|kid| files.read_public(*kid)).collect::<Result<_>>()?,
        distrusted: list.distrusted(),
    };
    let why = |e: license_core::KeySetError| KeyStoreError::Set(e.to_string());
    signer.sign_key_set(&set).map_err(why)
}

fn read_list(folder: &Path) -> Result<KeyList> {
    let file = folder.join(KeyFolder::LIST);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(KeyStoreError::Missing(folder.to_owned()));
        }
        Err(e) => return Err(file_error(&file, &e)),
    };
    let list: KeyList = serde_json::from_str(&text)
        .map_err(|e| KeyStoreError::File { path: file, why: format!("not a list of keys: {e}") })?;
    Ok(list.of_today())
}

/// Whether the folder's real name is that of development keys.
fn is_named_dev(path: &Path) -> bool {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    real.file_name().is_some_and(|name| name == DEV_FOLDER)
}
