//! A license's bytes, which need not be there yet when it is granted.

use std::fmt;
use std::sync::{Arc, OnceLock};

use license_core::{SigningKey, UnsignedLicense};

/// A signed license. Whoever first asks for the bytes waits for the signature or makes it.
#[derive(Clone)]
pub struct Token(Inner);

#[derive(Clone)]
enum Inner {
    Signed(String),
    Promised(Arc<Promise>),
}

struct Promise {
    key: Arc<SigningKey>,
    unsigned: UnsignedLicense,
    token: OnceLock<String>,
}

impl Token {
    /// A license that is signed when its bytes are asked for, here or on another thread that has a clone of it.
    #[must_use]
    pub fn promise(key: Arc<SigningKey>, unsigned: UnsignedLicense) -> Self {
        Self(Inner::Promised(Arc::new(Promise { key, unsigned, token: OnceLock::new() })))
    }

    /// The bytes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Inner::Signed(token) => token,
            Inner::Promised(promise) => promise.token.get_or_init(|| promise.key.finish(&promise.unsigned)),
        }
    }
}

impl From<String> for Token {
    fn from(token: String) -> Self {
        Self(Inner::Signed(token))
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Token {}

/// Without the bytes: whoever has them has the license.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}
