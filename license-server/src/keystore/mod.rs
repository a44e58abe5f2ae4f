//! The folder of signing keys.
//!
//! `keys.json` says what each key is for; a key's halves lie beside it as `<kid>.key.pem` (PKCS#8, mode 0600) and
//! `<kid>.pub.pem` (SPKI). The newest active key signs; retired ones are still published; distrusted ones are not.

mod folder;
mod live;
mod secret;

use std::path::PathBuf;

use license_core::{KeyError, KeyId, UnixTime};
use serde::{Deserialize, Serialize};

pub use folder::KeyFolder;
pub use live::KeyStore;
pub use secret::SecretFile;

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
    /// Others can read a private key, or put another one in its place.
    #[error(transparent)]
    Exposed(#[from] crate::private_file::Exposed),
    /// A secret that can be guessed.
    #[error(
        "the secret in {path} has {found} bytes; 32 random ones at least are needed, such as `openssl rand -hex 32` prints"
    )]
    Secret {
        /// Which file.
        path: PathBuf,
        /// How long it is.
        found: usize,
    },
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
