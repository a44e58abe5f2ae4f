//! The folder of signing keys.
//!
//! `keys.json` says what each key is for; a key's halves lie beside it as `<kid>.key.pem` (PKCS#8, mode 0600, encrypted or
//! not) and `<kid>.pub.pem` (SPKI). The active key signs; those that stand by and retired ones are published as well;
//! distrusted ones are not.

mod files;
mod folder;
mod list;
mod live;
mod lock;
mod private_key;
mod secret;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use license_core::{KeyError, KeyId, UnixTime};
use serde::{Deserialize, Serialize};

pub use folder::{Activated, KeyFolder};
pub use list::Consent;
pub use live::{KeySource, KeyStore};
pub use secret::SecretFile;

/// The name of a folder whose keys sign test licenses only.
pub const DEV_FOLDER: &str = "dev";

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// It is published, so that verifiers know it before it signs.
    Standby,
    /// It signs.
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
    /// Since when it is that; lists of older programs do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<UnixTime>,
    /// The number of the first key set that it was in; lists of older programs do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<u64>,
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
    /// A key that is there already.
    #[error("key {0} is here already")]
    Known(KeyId),
    /// The key that signs was to be retired, and no other one signs.
    #[error("{}", last(*.kid, *.standby))]
    Last {
        /// Which key.
        kid: KeyId,
        /// The newest one that stands by.
        standby: Option<KeyId>,
    },
    /// A retired key was to sign again.
    #[error("key {0} was retired; nothing was done, --yes has it sign again")]
    Again(KeyId),
    /// The key that signs until now cannot vouch for the next one.
    #[error(
        "key {kid} signs until now and cannot vouch for the next one ({why}), so machines that do not know that one yet \
         would need a new vendor file; nothing was done, --yes does it all the same"
    )]
    NoHandover {
        /// The key that signs until now.
        kid: KeyId,
        /// Why not.
        why: String,
    },
    /// A key set that no verifier would take.
    #[error("the keys cannot be told to machines: {0}")]
    Set(String),
    /// An encrypted key without a passphrase.
    #[error("{0} is encrypted; name the file of its passphrase in the setting KEYS_PASSPHRASE_FILE")]
    Locked(PathBuf),
    /// An encrypted key and another passphrase.
    #[error("the passphrase in {file} does not open {path}")]
    WrongPassphrase {
        /// The key's file.
        path: PathBuf,
        /// The passphrase's.
        file: PathBuf,
    },
    /// A passphrase that can be guessed, or none.
    #[error("the passphrase in {path} has {found} bytes; 12 to 1024 are needed")]
    Passphrase {
        /// Which file.
        path: PathBuf,
        /// How long it is.
        found: usize,
    },
    /// Another command is at work on the folder.
    #[error("another `license-server keys` is at work in {0}; nothing was done, try again")]
    Busy(PathBuf),
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
            Self::Standby => "standby",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Distrusted => "distrusted",
        }
    }
}

fn last(kid: KeyId, standby: Option<KeyId>) -> String {
    let instead = match standby {
        Some(standby) => format!("`license-server keys activate {standby}` retires it and has that one sign"),
        None => "no key stands by; make one with `license-server keys generate`".to_owned(),
    };
    format!(
        "key {kid} is the only one that signs: without it no license is issued; {instead}. Nothing was done, --yes does it"
    )
}
