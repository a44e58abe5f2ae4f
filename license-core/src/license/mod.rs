//! The license: a compact JWS that any language can check, and the one call that checks all of it here.

mod claims;
mod issued;
pub(crate) mod json;
mod server_url;
mod sign;
pub(crate) mod token;
mod trust;
#[cfg(feature = "vendor-file")]
mod vendor_file;
mod verified;
mod verify;

pub use claims::{Claims, ClaimsError};
pub use issued::Issued;
pub use server_url::{ServerUrl, ServerUrlError};
pub use sign::UnsignedLicense;
pub use token::{Malformed, UnverifiedLicense};
pub use trust::{Accept, Trust};
#[cfg(feature = "vendor-file")]
pub use vendor_file::{VendorFile, VendorFileError};
pub use verified::{License, LicenseState, SignedAt};
pub use verify::VerifyError;

/// The longest token that is read, in bytes.
pub const MAX_TOKEN_LEN: usize = 16 * 1024;

/// How far before `nbf` a clock may be, in seconds.
pub const NOT_BEFORE_LEEWAY: i64 = 300;
