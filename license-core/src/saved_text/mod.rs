//! Reads files and pastes as people save and send them: licenses, requests, vendor files, activation codes.
//!
//! Editors put a mark before a text or save it as UTF-16; mail programs break and quote its lines; programs wrap it in
//! JSON. What is certain is read: a license is found by its header and the length of its signature, and is verified
//! afterwards over the bytes that were signed, as strictly as ever, so nothing that was read wrongly can hold. Anything
//! else is named for what it is, with what to do.
//!
//! For products that read the installed license themselves:
//!
//! ```
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("cad-pro.lic");
//! # std::fs::write(&path, format!("\u{feff}> {}\r\n", include_str!("../../examples/cad-pro.lic").trim()))?;
//! use license_core::{UnverifiedLicense, saved_text};
//!
//! let license: UnverifiedLicense = saved_text::license(&std::fs::read(path)?)?.parse()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod code;
mod decode;
mod request;
#[cfg(test)]
mod tests;
mod token;
#[cfg(feature = "vendor-file")]
mod vendor;

use std::fmt;

pub use code::{SavedCodeError, activation_code};
pub use decode::decode;
pub use request::request;
pub use token::{key_sets, license};
#[cfg(feature = "vendor-file")]
pub use vendor::vendor_file;

use crate::typography::folded;
use crate::{ActivationCode, UnverifiedKeySet, UnverifiedLicense};

/// A kind of text that this project makes, or that is taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SavedText {
    /// A license.
    License,
    /// The vendor's signed keys.
    KeySets,
    /// A license request of a machine without a network.
    Request,
    /// A vendor file.
    VendorFile,
    /// An activation code.
    ActivationCode,
    /// A device fingerprint.
    Fingerprint,
    /// A private key.
    PrivateKey,
    /// A certificate or a public key.
    PublicKey,
}

/// Why bytes are not the text that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SavedTextError {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// UTF-16, and nothing says in which order its bytes stand.
    #[error("it is UTF-16 without a mark")]
    Utf16WithoutMark,
    /// UTF-16 or UTF-32 that breaks off or is damaged.
    #[error("it is damaged UTF-16")]
    Utf16Broken,
    /// Text in an 8-bit code, or no text.
    #[error("it is not text in UTF-8")]
    NotUtf8,
    /// A ZIP archive.
    #[error("it is a ZIP archive")]
    Zip,
    /// Another archive.
    #[error("it is a compressed archive")]
    Archive,
    /// A document of a word processor or a mail program.
    #[error("it is an Office document")]
    Office,
    /// Rich text.
    #[error("it is rich text (RTF)")]
    Rtf,
    /// A PDF.
    #[error("it is a PDF")]
    Pdf,
    /// A picture.
    #[error("it is a picture")]
    Picture,
    /// A web page.
    #[error("it is a web page")]
    WebPage,
    /// Something else that this project makes.
    #[error("it is {0}")]
    Other(SavedText),
    /// More than one of what is expected.
    #[error("there are {0} different ones in it")]
    Several(usize),
}

impl SavedTextError {
    /// What to do.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Empty => "save it again from where it came; nothing was saved",
            Self::Utf16WithoutMark | Self::Utf16Broken | Self::NotUtf8 => "save it as UTF-8",
            Self::Zip | Self::Archive => "unpack it, and give the file that is inside",
            Self::Office | Self::Rtf | Self::Pdf => {
                "take the text alone into a file that a plain editor saves as UTF-8, or have it sent as the file that it was"
            }
            Self::Picture => "have it sent as text",
            Self::WebPage => {
                "download the file itself; a page for logging in may have been saved in its place"
            }
            Self::Other(SavedText::License) => "put a license into place with license-agent install FILE",
            Self::Other(SavedText::KeySets) => {
                "these come beside a license: license-agent install FILE --keys KEYS"
            }
            Self::Other(SavedText::Request) => {
                "a request goes to the vendor, who answers it with license-server answer FILE"
            }
            Self::Other(SavedText::VendorFile) => "name the vendor file with --vendor FILE",
            Self::Other(SavedText::ActivationCode) => "use the code: license-agent activate CODE",
            Self::Other(SavedText::Fingerprint) => {
                "a fingerprint goes to the vendor, who makes a license for it"
            }
            Self::Other(SavedText::PrivateKey) => "keep a private key to yourself, and give the right file",
            Self::Other(SavedText::PublicKey) => "give the right file",
            Self::Several(_) => "save each into a file of its own, and give the one that is meant",
        }
    }
}

impl fmt::Display for SavedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::License => "a license",
            Self::KeySets => "the vendor's signed keys",
            Self::Request => "a license request",
            Self::VendorFile => "a vendor file",
            Self::ActivationCode => "an activation code",
            Self::Fingerprint => "a device fingerprint",
            Self::PrivateKey => "a private key",
            Self::PublicKey => "a certificate or a public key",
        })
    }
}

/// What a text is, as far as this project knows it; `wanted` is not looked for.
fn named(text: &str, wanted: SavedText) -> Option<SavedTextError> {
    if decode::is_web_page(text) {
        return Some(SavedTextError::WebPage);
    }
    let tokens = token::tokens(text);
    let plain = folded(text);
    let is = |what: SavedText| match what {
        SavedText::License => tokens.iter().any(|token| token.parse::<UnverifiedLicense>().is_ok()),
        SavedText::KeySets => tokens.iter().any(|token| token.parse::<UnverifiedKeySet>().is_ok()),
        SavedText::Request => plain.contains("license_request"),
        SavedText::VendorFile => plain.contains("[[keys]]") && plain.contains("issuer"),
        SavedText::ActivationCode => plain.len() < 100 && plain.parse::<ActivationCode>().is_ok(),
        SavedText::Fingerprint => {
            plain.trim_start().get(..4).is_some_and(|start| start.eq_ignore_ascii_case("df1-"))
        }
        SavedText::PrivateKey => plain.contains("PRIVATE KEY-----"),
        SavedText::PublicKey => {
            plain.contains("-----BEGIN CERTIFICATE") || plain.contains("-----BEGIN PUBLIC KEY")
        }
    };
    [
        SavedText::PrivateKey,
        SavedText::PublicKey,
        SavedText::Request,
        SavedText::VendorFile,
        SavedText::License,
        SavedText::KeySets,
        SavedText::Fingerprint,
        SavedText::ActivationCode,
    ]
    .into_iter()
    .find(|what| *what != wanted && is(*what))
    .map(SavedTextError::Other)
}
