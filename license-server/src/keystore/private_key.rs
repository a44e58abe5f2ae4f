//! Private keys as they lie on a disk: PKCS#8 PEM, as it is or encrypted with a passphrase (PBES2,
//! [RFC 8018](https://www.rfc-editor.org/rfc/rfc8018#section-6.2)).

use std::fs;
use std::path::Path;

use license_core::{KeyError, SigningKey};
use pkcs8::der::pem::{LineEnding, PemLabel as _};
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

use super::{KeyStoreError, Result};

/// Rounds of HMAC-SHA-256 between a passphrase and the key made of it, as OWASP advises; a third of a second.
const ROUNDS: u32 = 600_000;
/// The most bytes of a passphrase's file.
const LONGEST: usize = 1024;
/// Shorter ones are guessed.
const SHORTEST: usize = 12;

const PLAIN: &str = "PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// What private keys are encrypted with. Wiped from memory when dropped; `Debug` prints `***`.
pub(super) struct Passphrase(Zeroizing<String>);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Passphrase {
    /// Reads it from its file; a line feed at the end is not part of it.
    pub(super) fn read(path: &Path) -> Result<Self> {
        crate::private_file::check_secret(path)?;
        let text = fs::read_to_string(path).map(Zeroizing::new);
        let text = text.map_err(|e| KeyStoreError::File { path: path.to_owned(), why: e.to_string() })?;
        let passphrase = text.trim_end_matches(['\r', '\n']);
        if (SHORTEST..=LONGEST).contains(&passphrase.len()) {
            Ok(Self(Zeroizing::new(passphrase.to_owned())))
        } else {
            Err(KeyStoreError::Passphrase { path: path.to_owned(), found: passphrase.len() })
        }
    }
}

/// Whether a text is an encrypted key.
pub(super) fn is_encrypted(pem: &str) -> bool {
    pem.trim_start().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")
}

/// The text of a key, encrypted if there is a passphrase.
pub(super) fn to_pem(key: &SigningKey, passphrase: Option<&Passphrase>) -> Option<Zeroizing<String>> {
    let plain = key.to_pkcs8_pem().ok()?;
    let Some(Passphrase(passphrase)) = passphrase else {
        return Some(plain);
    };
    let (salt, iv) = (rand::random::<[u8; 16]>(), rand::random::<[u8; 16]>());
    let (_, der) = SecretDocument::from_pem(&plain).ok()?;
    let info: PrivateKeyInfoRef<'_> = der.as_bytes().try_into().ok()?;
    let how = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, iv).ok()?;
    let encrypted = info.encrypt_with_params(how, passphrase.as_bytes()).ok()?;
    encrypted.to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF).ok()
}

/// Reads the text of a key, with the passphrase of a file where it is encrypted.
pub(super) fn from_pem(path: &Path, pem: &str, passphrase_file: Option<&Path>) -> Result<SigningKey> {
    let broken = || KeyStoreError::Key { path: path.to_owned(), why: KeyError::PrivatePem };
    if !is_encrypted(pem) {
        return SigningKey::from_pkcs8_pem(pem).map_err(|_| broken());
    }
    let file = passphrase_file.ok_or_else(|| KeyStoreError::Locked(path.to_owned()))?;
    let Passphrase(passphrase) = Passphrase::read(file)?;
    let (label, der) = SecretDocument::from_pem(pem).map_err(|_| broken())?;
    if label != ENCRYPTED {
        return Err(broken());
    }
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(der.as_bytes()).map_err(|_| broken())?;
    let wrong = || KeyStoreError::WrongPassphrase { path: path.to_owned(), file: file.to_owned() };
    let plain = encrypted.decrypt(passphrase.as_bytes()).map_err(|_| wrong())?;
    let pem = plain.to_pem(PLAIN, LineEnding::LF).map_err(|_| broken())?;
    // A wrong passphrase leaves well-formed padding once in 256 times, and no key.
    SigningKey::from_pkcs8_pem(&pem).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encrypted_key_reads_back_with_its_passphrase_and_no_other() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            license_core::atomic_file::replace(
                &path,
                text.as_bytes(),
                license_core::atomic_file::Readers::Owner,
            )
            .expect("written");
            path
        };
        let (right, wrong) =
            (file("right", "correct horse battery\r\n"), file("wrong", "another passphrase"));
        let key = SigningKey::from_seed(&[7; 32]);
        let pem = to_pem(&key, Some(&Passphrase::read(&right).expect("read"))).expect("encrypted");
        assert!(is_encrypted(&pem) && pem.ends_with("-----END ENCRYPTED PRIVATE KEY-----\n"));
        let path = Path::new("k.pem");
        let read = |passphrase| from_pem(path, &pem, passphrase).map(|key| key.id());
        assert_eq!(read(Some(&right)), Ok(key.id()));
        assert_eq!(read(None), Err(KeyStoreError::Locked(path.into())));
        assert_eq!(
            read(Some(&wrong)),
            Err(KeyStoreError::WrongPassphrase { path: path.into(), file: wrong.clone() })
        );
        let short = file("short", "short\n");
        assert_eq!(read(Some(&short)), Err(KeyStoreError::Passphrase { path: short.clone(), found: 5 }));
        let again = to_pem(&key, Some(&Passphrase::read(&right).expect("read"))).expect("encrypted");
        assert_ne!(*again, *pem, "another salt each time");
    }
}
