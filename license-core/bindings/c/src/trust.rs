//! Whose licenses are accepted.

use std::ffi::{CString, c_char};
use std::path::PathBuf;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use license_core::{Accept, KeyRing, KeySetError, OutcomeCode, VendorFile, VerifyingKey, regular_file};
use serde::{Deserialize, Serialize};

use crate::boundary::{Out, Refusal, Text, c_text, call, free, handle, read};
use crate::outcome::Outcome;

/// Longest vendor file that is read, in bytes.
const LONGEST_FILE: usize = 1 << 20;

/// Whose licenses are accepted, for which product, signed by which keys.
#[derive(Debug)]
pub struct Trust {
    /// Locked for as long as it takes to copy the pointer: a check goes on with the trust that it began with.
    trust: RwLock<Arc<license_core::Trust>>,
    /// Held while key sets are verified, so that of two that come at once none is lost.
    learning: Mutex<()>,
    realm: String,
    server: Option<String>,
    accept: Accept,
    product: CString,
}

/// Trust as its parts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    issuer: String,
    product: String,
    realm: Option<String>,
    server: Option<String>,
    test: Option<bool>,
    keys: KeyRing,
}

/// What a verifier goes by.
#[derive(Serialize)]
struct View<'a> {
    issuer: &'a str,
    product: &'a str,
    realm: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<&'a str>,
    test: bool,
    /// Thumbprints of the keys that count.
    keys: Vec<String>,
}

impl Trust {
    /// What is trusted by now.
    pub(crate) fn read(&self) -> Arc<license_core::Trust> {
        Arc::clone(&self.trust.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn learn(&self, sets: &str) -> Result<bool, KeySetError> {
        let _alone = self.learning.lock().unwrap_or_else(PoisonError::into_inner);
        let mut trust = license_core::Trust::clone(&self.read());
        let learned = trust.learn(sets);
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(trust);
        learned
    }

    fn of_vendor_file(text: &str) -> Result<Self, Refusal> {
        let read = text.parse::<VendorFile>();
        let VendorFile { issuer, product, realm, server, test, keys } =
            read.map_err(|error| Refusal::of(OutcomeCode::UnusableTrust, &error))?;
        Ok(Self::of(Parts { issuer, product, realm, server, test: Some(test), keys }))
    }

    pub(crate) fn of_json(json: &str) -> Result<Self, Refusal> {
        // A list of values in order would be read as well.
        if !json.trim_ascii_start().starts_with('{') {
            return Err(Refusal::of(OutcomeCode::UnusableTrust, &"trust is not a JSON object"));
        }
        let parts = serde_json::from_str(json);
        parts.map(Self::of).map_err(|error| Refusal::of(OutcomeCode::UnusableTrust, &error))
    }

    fn of(Parts { issuer, product, realm, server, test, keys }: Parts) -> Self {
        let realm = realm.unwrap_or_else(|| issuer.clone());
        let accept = if test == Some(true) { Accept::Test } else { Accept::Real };
        let c_product = c_text(product.as_str());
        let trust = license_core::Trust::new(&issuer, &product, &realm, keys).accepting(accept);
        Self {
            trust: RwLock::new(Arc::new(trust)),
            learning: Mutex::new(()),
            realm,
            server,
            accept,
            product: c_product,
        }
    }

    pub(crate) fn to_json(&self) -> String {
        let trust = self.read();
        let view = View {
            issuer: trust.issuer(),
            product: trust.product(),
            realm: &self.realm,
            server: self.server.as_deref(),
            test: self.accept == Accept::Test,
            keys: trust.keys().iter().map(VerifyingKey::id).map(|id| id.to_string()).collect(),
        };
        serde_json::to_string(&view).unwrap_or_default()
    }
}

/// A path as the caller's system has it: bytes on Unix, UTF-8 elsewhere.
pub(crate) fn path(text: Text<'_>, what: &str) -> Result<PathBuf, Refusal> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Ok(std::ffi::OsStr::from_bytes(text.bytes(what)?).into())
    }
    #[cfg(not(unix))]
    Ok(text.utf8(what)?.into())
}

fn vendor_file_at(path: PathBuf) -> Result<String, Refusal> {
    regular_file::read_text(&path, LONGEST_FILE).map_err(|error| {
        let sentence = format!("the vendor file {} cannot be read: {error}", path.display());
        Refusal::of(OutcomeCode::UnusableTrust, &sentence)
    })
}

/// Reads the vendor file's text, which a product has compiled in or read by itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_trust_from_text(
    text: *const c_char,
    text_len: usize,
    trust: *mut *mut Trust,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for texts and places.
    let (text, trust, message) = unsafe { (Text::of(text, text_len), Out::of(trust), Out::of(message)) };
    call(&message, || {
        trust.give("trust", || Trust::of_vendor_file(text.utf8("the vendor file")?))?;
        Ok(Outcome::Active)
    })
}

/// Reads the vendor file at a path.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_trust_from_file(
    path_text: *const c_char,
    path_len: usize,
    trust: *mut *mut Trust,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for texts and places.
    let (text, trust, message) = unsafe { (Text::of(path_text, path_len), Out::of(trust), Out::of(message)) };
    call(&message, || {
        trust.give("trust", || Trust::of_vendor_file(&vendor_file_at(path(text, "the path")?)?))?;
        Ok(Outcome::Active)
    })
}

/// The product code that is asked for; NULL without trust. It lives as long as the trust.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_trust_product(trust: *const Trust) -> *const c_char {
    // SAFETY: the header's rules for handles.
    let trust = unsafe { handle(trust) };
    read(trust, ptr::null(), |trust| trust.product.as_ptr())
}

/// Frees trust. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_trust_free(trust: *mut Trust) {
    // SAFETY: the header's rules for handles.
    unsafe { free(trust) }
}
