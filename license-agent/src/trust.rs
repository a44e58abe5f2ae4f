//! The vendor file, from which all trust comes. It is never filled from the network.

use std::io;
use std::path::{Path, PathBuf};

use license_core::saved_text::{SavedTextError, vendor_file};
use license_core::{Trust, VendorFile, VendorFileError};

use crate::cli::Common;
use crate::place::read_beginning;

/// Longest vendor file that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// Whose licenses count here.
#[derive(Debug)]
pub(crate) struct Vendor {
    /// The name under which digests are made.
    pub(crate) realm: String,
    pub(crate) trust: Trust,
    /// Where the vendor's server is.
    pub(crate) server: Option<String>,
}

/// Why there is no trust to go by.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VendorError {
    #[error("no vendor file was named, so there is nobody whose licenses could be trusted")]
    NotNamed,
    #[error("neither a vendor file nor a realm was named, and a fingerprint is made for one vendor")]
    NoRealm,
    #[error("the vendor file {path} does not exist")]
    NotThere { path: PathBuf },
    #[error("the vendor file {path} cannot be read: {source}")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the vendor file {path} is longer than {LONGEST} bytes or not text")]
    TooLong { path: PathBuf },
    #[error("{path} is no vendor file that can be read: {what}")]
    Other { path: PathBuf, what: SavedTextError },
    #[error("{path}: {source}")]
    Content { path: PathBuf, source: VendorFileError },
    #[error("--realm {given} was asked for, but the vendor file's realm is {file}")]
    OtherRealm { given: String, file: String },
}

impl VendorError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NotNamed | Self::NoRealm => "no-vendor-file",
            Self::NotThere { .. } | Self::Unreadable { .. } => "vendor-file-unreadable",
            Self::TooLong { .. } | Self::Other { .. } | Self::Content { .. } => "vendor-file-broken",
            Self::OtherRealm { .. } => "other-realm",
        }
    }

    pub(crate) fn advice(&self) -> String {
        match self {
            Self::NotNamed => {
                "give the file that came with the product: --vendor FILE, or its path in LICENSE_AGENT_VENDOR"
            }
            Self::NoRealm => {
                "give the file that came with the product: --vendor FILE, or its path in LICENSE_AGENT_VENDOR; without \
                 one, the realm that the vendor told you: --realm NAME"
            }
            Self::NotThere { .. } | Self::Unreadable { .. } => {
                "check the path after --vendor or in LICENSE_AGENT_VENDOR, and that you may read the file"
            }
            Self::Other { what, .. } => what.advice(),
            Self::TooLong { .. } | Self::Content { .. } => {
                "take the file again as the vendor ships it; it is not meant to be edited"
            }
            Self::OtherRealm { .. } => "leave --realm out, or name the vendor file of that realm",
        }
        .into()
    }
}

impl Vendor {
    /// The vendor file that was named.
    pub(crate) fn load(common: &Common) -> Result<Self, VendorError> {
        let path = common.vendor.as_deref().ok_or(VendorError::NotNamed)?;
        let file: VendorFile =
            text(path)?.parse().map_err(|source| VendorError::Content { path: path.to_owned(), source })?;
        let realm = file.realm.clone().unwrap_or_else(|| file.issuer.clone());
        let server = file.server.clone();
        Ok(Self { realm, trust: file.trust(), server })
    }
}

/// The realm for a fingerprint: the vendor file's, or a given one where there is no such file.
pub(crate) fn realm(common: &Common, given: Option<&str>) -> Result<String, VendorError> {
    match (given, &common.vendor) {
        (None, None) => Err(VendorError::NoRealm),
        (Some(given), None) => Ok(given.to_owned()),
        (given, _) => {
            let file = Vendor::load(common)?.realm;
            match given.filter(|given| *given != file) {
                Some(given) => Err(VendorError::OtherRealm { given: given.to_owned(), file }),
                None => Ok(file),
            }
        }
    }
}

fn text(path: &Path) -> Result<String, VendorError> {
    let path = || path.to_owned();
    let read = std::fs::File::open(path()).and_then(|file| read_beginning(file, LONGEST));
    let bytes = read.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => VendorError::NotThere { path: path() },
        _ => VendorError::Unreadable { path: path(), source },
    })?;
    match vendor_file(&bytes) {
        // The beginning of a longer file is not looked into, but tells what it is.
        Ok(_) | Err(SavedTextError::NotUtf8 | SavedTextError::Utf16Broken) if bytes.len() > LONGEST => {
            Err(VendorError::TooLong { path: path() })
        }
        read => read.map_err(|what| VendorError::Other { path: path(), what }),
    }
}
