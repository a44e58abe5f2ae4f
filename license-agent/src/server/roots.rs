//! Whose certificates a server may show: the machine's authorities, and those of a file.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use crate::place::{ReadError, read_bounded};

/// Longest file of certificates that is read, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RootsError {
    #[error("the certificates in {0} cannot be read: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} is no file of certificates in PEM form")]
    NotPem(PathBuf),
}

/// The authorities that are trusted, and how many there are of each kind.
#[derive(Debug)]
pub(crate) struct Roots {
    pub(super) certificates: RootCerts,
    pub(crate) of_machine: usize,
    /// `None` where no file was named.
    pub(crate) of_file: Option<usize>,
}

impl Roots {
    /// The machine's, `SSL_CERT_FILE` among them, and those of a file beside them.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, RootsError> {
        let own = file.map(read).transpose()?;
        // What cannot be read there leaves fewer authorities, which a refused connection then shows.
        let machine = rustls_native_certs::load_native_certs().certs;
        let of_machine = machine.len();
        let of_file = own.as_ref().map(Vec::len);
        let all =
            machine.iter().map(|der| Certificate::from_der(der).to_owned()).chain(own.into_iter().flatten());
        Ok(Self { certificates: RootCerts::from(all), of_machine, of_file })
    }
}

fn read(path: &Path) -> Result<Vec<Certificate<'static>>, RootsError> {
    let not_pem = || RootsError::NotPem(path.to_owned());
    let text = File::open(path).map_err(ReadError::from).and_then(|file| read_bounded(file, LONGEST));
    let text = text.map_err(|error| match error {
        ReadError::Io(error) => RootsError::Unreadable(path.to_owned(), error),
        ReadError::TooLong | ReadError::NotText => not_pem(),
    })?;
    let mut certificates = Vec::new();
    for item in parse_pem(text.as_bytes()) {
        if let PemItem::Certificate(certificate) = item.map_err(|_| not_pem())? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() { Err(not_pem()) } else { Ok(certificates) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(matches!(Roots::load(Some(&path)), Err(RootsError::Unreadable(..))));
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Roots::load(Some(&path)), Err(RootsError::NotPem(_))), "{text}");
        }
    }
}
