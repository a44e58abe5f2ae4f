//! The machine's own key: a file beside the license that nobody but its user may read.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::PathBuf;

use license_core::DeviceKey;
use license_core::saved_text::{self, SavedText, SavedTextError};
use zeroize::Zeroizing;

use super::{Lock, Place, PlaceError, write};

/// Longest key file that is read, in bytes.
const LONGEST_KEY: usize = 4096;

/// What the key's file ends with.
pub(super) const SUFFIX: &str = ".key";

/// A key that was read or made.
#[derive(Debug)]
pub(crate) struct KeptKey {
    pub(crate) key: DeviceKey,
    /// What there is to say about its file.
    pub(crate) note: Option<String>,
}

/// Why there is no key to use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    #[error("the device key {path} cannot be read: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("the device key {path} is broken")]
    Broken { path: PathBuf },
    #[error("the device key {path} cannot be used: {what}")]
    Other { path: PathBuf, what: SavedTextError },
    #[error(
        "other users can read the device key {path} (mode {mode:04o}), and that could not be mended: {source}"
    )]
    Open { path: PathBuf, mode: u32, source: io::Error },
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl KeyFileError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "device-key-unreadable",
            Self::Broken { .. } | Self::Other { .. } => "device-key-broken",
            Self::Open { .. } => "device-key-open",
            Self::Place(error) => error.code(),
        }
    }

    pub(crate) fn advice(&self) -> Vec<String> {
        match self {
            Self::Read { .. } => vec!["run it as the user who activated this machine".into()],
            Self::Broken { path } | Self::Other { path, .. } => vec![format!(
                "restore the file from a backup of this machine, or delete {} and activate again: license-agent \
                 activate CODE",
                path.display()
            )],
            Self::Open { path, .. } => vec![
                format!("as its owner: chmod 600 {}", path.display()),
                "if somebody may have copied it, delete it and activate again: license-agent activate CODE"
                    .into(),
            ],
            Self::Place(error) => vec![error.advice()],
        }
    }
}

impl Place {
    /// The key's file.
    pub(crate) fn key_path(&self) -> PathBuf {
        self.file(SUFFIX)
    }

    /// The machine's key, if it has one. A file that others may read is taken away from them, and that is said.
    pub(crate) fn read_key(&self) -> Result<Option<KeptKey>, KeyFileError> {
        let Some((file, key)) = self.open_key()? else {
            return Ok(None);
        };
        let note = match others_may_read(&file) {
            None => None,
            Some(mode) => Some(self.close_to_others(&file, mode)?),
        };
        Ok(Some(KeptKey { key, note }))
    }

    /// The machine's key; a new one where there is none. It is on the disk before anybody hears of it.
    pub(crate) fn key_or_new(&self, _: &Lock) -> Result<KeptKey, KeyFileError> {
        if let Some(kept) = self.read_key()? {
            return Ok(kept);
        }
        let key = DeviceKey::generate(&mut rand::rng());
        let path = self.key_path();
        let pem = key.to_pkcs8_pem().map_err(|_| KeyFileError::Broken { path: path.clone() })?;
        write::write_privately(&path, &pem).map_err(|source| self.not_written(source))?;
        Ok(KeptKey { key, note: None })
    }

    /// The mode of the key's file where others may read it; nothing is changed.
    pub(crate) fn look_at_key(&self) -> Result<Option<(DeviceKey, Option<u32>)>, KeyFileError> {
        Ok(self.open_key()?.map(|(file, key)| (key, others_may_read(&file))))
    }

    fn open_key(&self) -> Result<Option<(File, DeviceKey)>, KeyFileError> {
        let path = self.key_path();
        let unreadable = |source| KeyFileError::Read { path: path.clone(), source };
        let is_file = match fs::metadata(&path) {
            Ok(found) => found.is_file(),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(unreadable(error)),
        };
        if !is_file {
            return Err(KeyFileError::Broken { path });
        }
        let mut file = File::open(&path).map_err(unreadable)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_KEY));
        (&mut file).take(LONGEST_KEY as u64).read_to_end(&mut bytes).map_err(unreadable)?;
        // An editor may have saved what a backup brought back.
        let is_other = |what| KeyFileError::Other { path: path.clone(), what };
        let pem = Zeroizing::new(saved_text::decode(&bytes).map_err(is_other)?);
        let lines = Zeroizing::new(pem.replace("\r\n", "\n"));
        let Ok(key) = DeviceKey::from_pkcs8_pem(lines.trim()) else {
            return Err(saved_text::what_is(&bytes, Some(SavedText::PrivateKey))
                .map_or_else(|| KeyFileError::Broken { path: path.clone() }, is_other));
        };
        Ok(Some((file, key)))
    }

    #[cfg(unix)]
    fn close_to_others(&self, file: &File, mode: u32) -> Result<String, KeyFileError> {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.key_path();
        match file.set_permissions(fs::Permissions::from_mode(0o600)) {
            Ok(()) => Ok(format!(
                "other users could read the device key {} (mode {mode:04o}); now they cannot. If somebody may have \
                 copied it, delete it and activate again: license-agent activate CODE",
                path.display()
            )),
            Err(source) => Err(KeyFileError::Open { path, mode, source }),
        }
    }

    #[cfg(not(unix))]
    fn close_to_others(&self, _: &File, mode: u32) -> Result<String, KeyFileError> {
        let source = io::ErrorKind::Unsupported.into();
        Err(KeyFileError::Open { path: self.key_path(), mode, source })
    }
}

/// The mode of a file that somebody else than its owner may read or write, where the system has such modes. On Windows
/// the folder says who may.
#[cfg(unix)]
fn others_may_read(file: &File) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata().ok()?.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn others_may_read(_: &File) -> Option<u32> {
    None
}
