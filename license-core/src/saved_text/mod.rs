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

#[cfg(all(test, feature = "vendor-file"))]
mod carried_requests;
mod code;
mod decode;
#[cfg(all(test, feature = "vendor-file"))]
mod hostile;
mod kind;
mod request;
mod request_checksum;
#[cfg(test)]
mod tests;
mod token;
mod unwrap;
#[cfg(feature = "vendor-file")]
mod vendor;
#[cfg(all(test, feature = "vendor-file"))]
mod wrappers;

use std::fmt;

pub use code::{SavedCodeError, activation_code};
pub use decode::decode;
pub use request::request;
pub use request_checksum::request_checksum;
pub use token::{key_sets, license};
#[cfg(feature = "vendor-file")]
pub use vendor::vendor_file;

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
    /// The settings of a license server.
    Settings,
    /// The catalog of a license server.
    Catalog,
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
    /// A program.
    #[error("it is a program")]
    Program,
    /// A database.
    #[error("it is a database")]
    Database,
    /// An encrypted mail.
    #[error("it is an encrypted mail")]
    Encrypted,
    /// A token of another program, such as one for logging in.
    #[error("it is a token of something else")]
    Token,
    /// The key by which another service knows somebody.
    #[error("it is an access key of another service")]
    AccessKey,
    /// Something else that this project makes.
    #[error("it is {0}")]
    Other(SavedText),
    /// What is expected, but the text was changed and cannot be read.
    #[error("it looks like {0}, but its text was changed or is not all there")]
    Damaged(SavedText),
    /// A token in lines of so many characters that is not whole.
    #[error("a mail program broke it into lines at {0}, and it is not all there")]
    Broken(usize),
    /// Some text, and nothing in it is what is expected.
    #[error("there is nothing like {0} in it")]
    Nothing(SavedText),
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
            Self::Encrypted => "open the mail, and save what is in it",
            Self::Nothing(SavedText::VendorFile) => "take the file again as the vendor ships it",
            Self::Token | Self::AccessKey => {
                "give the license file itself; a token that lets somebody in is nobody else's business, so delete it here"
            }
            Self::Program | Self::Database | Self::Nothing(_) => "give the right file",
            Self::Damaged(_) | Self::Broken(_) => {
                "have it sent again as a file, attached to a mail or in a ZIP archive, and save it as it is"
            }
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
            Self::Other(SavedText::Settings) => {
                "settings stay on the server, which reads them with license-server --config FILE"
            }
            Self::Other(SavedText::Catalog) => {
                "a catalog stays on the server, whose settings name it with `products`"
            }
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
            Self::Settings => "the settings of a license server",
            Self::Catalog => "the catalog of a license server",
        })
    }
}

/// What a file is, in which nothing was found that is `wanted`: the one place where files are named.
///
/// ```
/// use license_core::saved_text::{SavedText, SavedTextError, what_is};
///
/// assert_eq!(what_is(b"%PDF-1.7", Some(SavedText::License)), Some(SavedTextError::Pdf));
/// assert_eq!(what_is(b"nobody knows", None), None);
/// ```
#[must_use]
pub fn what_is(bytes: &[u8], wanted: Option<SavedText>) -> Option<SavedTextError> {
    match decode::decode_ascii(bytes) {
        Err(what) => Some(what),
        Ok(text) => unread(&unwrap::readings(&text), wanted),
    }
}

/// The text in some bytes, and what it may be without what mail programs, editors, shells and web pages wrapped around it,
/// the outermost first: for a reader that tells by itself whether what it looks for is all there.
///
/// # Errors
/// What the bytes are, if they are no text.
pub fn readings(bytes: &[u8]) -> Result<Vec<String>, SavedTextError> {
    Ok(unwrap::readings(&decode::decode_ascii(bytes)?))
}

/// The same of the readings of a text.
fn unread(readings: &[String], wanted: impl Into<Option<SavedText>>) -> Option<SavedTextError> {
    let (text, wanted) = (readings.first()?, wanted.into());
    let is = |what: SavedText| readings.iter().any(|reading| kind::is(what, reading));
    if decode::is_web_page(text) {
        return Some(SavedTextError::WebPage);
    }
    if text.contains("-----BEGIN PGP MESSAGE") || text.contains("application/pkcs7-mime") {
        return Some(SavedTextError::Encrypted);
    }
    let damaged = match wanted {
        Some(SavedText::License | SavedText::KeySets) => {
            readings.iter().find_map(|text| token::broken_at(text)).map(SavedTextError::Broken)
        }
        Some(wanted @ (SavedText::Request | SavedText::VendorFile)) => {
            let resembles = readings.iter().any(|text| kind::resembles(wanted, text));
            resembles.then_some(SavedTextError::Damaged(wanted))
        }
        _ => None,
    };
    // A damaged request still holds a code and a fingerprint.
    let is_part = |what: SavedText| matches!(what, SavedText::Fingerprint | SavedText::ActivationCode);
    let is_other =
        |what: &SavedText| Some(*what) != wanted && !(damaged.is_some() && is_part(*what)) && is(*what);
    if let Some(what) = kind::ALL.into_iter().find(is_other) {
        return Some(SavedTextError::Other(what));
    }
    if damaged.is_none() && readings.iter().any(|text| token::is_foreign_token(text)) {
        return Some(SavedTextError::Token);
    }
    if damaged.is_none() && readings.iter().any(|text| token::is_access_key(text)) {
        return Some(SavedTextError::AccessKey);
    }
    damaged.or_else(|| unwrap::is_rich_text(text).then_some(SavedTextError::Rtf))
}
