//! The vendor file: a verifier's trust as one TOML text, to be shipped with the product.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Accept, Trust};
use crate::KeyRing;

/// What `license-server keys export --agent` writes and an agent reads.
///
/// ```toml
/// issuer = "https://vendor.example"
/// product = "cad-pro"
///
/// [[keys]]
/// kty = "OKP"
/// crv = "Ed25519"
/// x = "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorFile {
    /// `iss` of the licenses.
    pub issuer: String,
    /// `aud` of the licenses: the product code.
    pub product: String,
    /// Under whose name device digests are made; the issuer when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realm: Option<String>,
    /// Where an agent reaches the vendor's server: a [`ServerUrl`](crate::ServerUrl), which who asks there reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Test licenses are accepted, and real ones are not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// The public keys, as JWKs.
    pub keys: KeyRing,
}

/// Why a vendor file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VendorFileError {
    /// Not TOML, a member is missing, unknown or mistyped, or a key is not usable.
    #[error("the vendor file cannot be read: {0}")]
    Toml(String),
    /// A text that must say something is empty, or there is no key.
    #[error("the vendor file has an empty `{0}`")]
    Empty(&'static str),
}

impl FromStr for VendorFile {
    type Err = VendorFileError;

    fn from_str(text: &str) -> Result<Self, VendorFileError> {
        let file: Self = toml::from_str(text).map_err(|error| in_line(text, &error))?;
        if file.issuer.is_empty() {
            return Err(VendorFileError::Empty("issuer"));
        }
        if file.product.is_empty() {
            return Err(VendorFileError::Empty("product"));
        }
        if file.keys.is_empty() {
            return Err(VendorFileError::Empty("keys"));
        }
        Ok(file)
    }
}

/// What the parser says, and of which line; the line itself may be of another file and hold a secret.
fn in_line(text: &str, error: &toml::de::Error) -> VendorFileError {
    let line =
        error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    VendorFileError::Toml(format!("{place}{}", error.message().trim_end()))
}

impl VendorFile {
    /// What a verifier goes by.
    #[must_use]
    pub fn trust(self) -> Trust {
        let realm = self.realm.as_deref().unwrap_or(&self.issuer);
        let accept = if self.test { Accept::Test } else { Accept::Real };
        Trust::new(&self.issuer, &self.product, realm, self.keys).accepting(accept)
    }

    /// The TOML text.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

impl Trust {
    /// Reads a vendor file's text.
    ///
    /// # Errors
    /// [`VendorFileError`]
    pub fn from_vendor_file(text: &str) -> Result<Self, VendorFileError> {
        text.parse().map(VendorFile::trust)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SigningKey;

    fn vendor() -> VendorFile {
        VendorFile {
            issuer: "https://vendor.example".into(),
            product: "cad-pro".into(),
            realm: None,
            server: Some("https://licenses.vendor.example".into()),
            test: false,
            keys: [SigningKey::from_seed(&[7; 32]).verifying_key().clone()].into_iter().collect(),
        }
    }

    #[test]
    fn a_vendor_file_reads_back() {
        assert_eq!(vendor().to_toml().parse(), Ok(vendor()));
    }

    #[test]
    fn what_is_wrong_with_a_vendor_file_is_named() {
        let good = vendor().to_toml();
        for (text, says) in [
            (String::new(), "issuer"),
            (good.replace("cad-pro", ""), "empty `product`"),
            (good.replace("issuer", "isuer"), "isuer"),
            (good.replace("OKP", "RSA"), "kty OKP"),
            (good.replace("[[keys]]", "[[key]]"), "key"),
        ] {
            let error = VendorFile::from_str(&text).expect_err(&text).to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
