//! Whose certificates a server may show: the machine's authorities, and those of a file.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use license_core::saved_text::{self, SavedText, SavedTextError};
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use crate::place::read_beginning;

/// Longest file of certificates that is read, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RootsError {
    #[error("the certificates in {0} cannot be read: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} is no file of certificates in PEM form")]
    NotPem(PathBuf),
    #[error("{0} is no file of certificates in PEM form: {1}; {advice}", advice = .1.advice())]
    Other(PathBuf, SavedTextError),
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
    let bytes = File::open(path).and_then(|file| read_beginning(file, LONGEST));
    let bytes = bytes.map_err(|error| RootsError::Unreadable(path.to_owned(), error))?;
    // Certificates in their binary form are no text in a wrong code.
    if bytes.len() > LONGEST || bytes.starts_with(&[0x30, 0x82]) {
        return Err(not_pem());
    }
    if let Some(found) = certificates(&bytes) {
        return Ok(found);
    }
    let is_other = |what| RootsError::Other(path.to_owned(), what);
    let readings = saved_text::readings(&bytes).map_err(is_other)?;
    readings
        .iter()
        .find_map(|text| certificates(text.as_bytes()))
        .ok_or_else(|| saved_text::what_is(&bytes, Some(SavedText::PublicKey)).map_or_else(not_pem, is_other))
}

/// The certificates in a text, if each of them can be read.
fn certificates(text: &[u8]) -> Option<Vec<Certificate<'static>>> {
    let mut certificates = Vec::new();
    for item in parse_pem(text) {
        if let PemItem::Certificate(certificate) = item.ok()? {
            certificates.push(certificate);
        }
    }
    (!certificates.is_empty()).then_some(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(matches!(Roots::load(Some(&path)), Err(RootsError::Unreadable(..))));
        std::fs::write(&path, [0x50, 0x4b, 3, 4]).unwrap();
        let error = Roots::load(Some(&path)).unwrap_err().to_string();
        assert!(error.contains("it is a ZIP archive; unpack it"), "{error}");
        for text in ["hello", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Roots::load(Some(&path)), Err(RootsError::NotPem(_))), "{text}");
        }
    }
}
