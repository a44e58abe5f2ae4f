//! The compact serialisation ([RFC 7515 section 7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)).

use std::str::FromStr;

use serde::Deserialize;

use super::json::{is_object, reason};
use super::{Claims, MAX_TOKEN_LEN};
use crate::KeyId;
use crate::encoding::base64url;
use crate::fingerprint::Binding;

/// `alg` of every license and key set ([RFC 8037](https://www.rfc-editor.org/rfc/rfc8037#section-3.1)).
pub(crate) const ALG: &str = "EdDSA";
/// `typ` of every license: no other token of the same key is taken for one.
pub(super) const TYP: &str = "license+jwt";

/// Not a license in the form that `docs/license-format.md` describes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than [`MAX_TOKEN_LEN`].
    #[error("it is {0} bytes long; at most {MAX_TOKEN_LEN} are read")]
    TooLong(usize),
    /// Not three parts joined by dots.
    #[error("it is not three parts joined by dots; was all of it copied?")]
    Parts,
    /// A part is not strict base64url.
    #[error("its {0} is not base64url without padding; was it changed on the way?")]
    Encoding(&'static str),
    /// The header is not exactly `alg`, `kid` and `typ` with the values of a license.
    #[error("its header is not that of a license: {0}")]
    Header(String),
    /// The signature is genuine, but the claims are not those of a license this version understands.
    #[error("its claims are not understood: {0}")]
    Claims(String),
}

/// A license as it was received. It says nothing until [`verify`](UnverifiedLicense::verify) has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedLicense {
    token: String,
    pub(super) key: KeyId,
    /// Decoded from base64url, but not looked into.
    pub(super) payload: Vec<u8>,
    signed_len: usize,
    pub(super) signature: [u8; 64],
}

/// The parts of a compact JWS, before anything is verified.
pub(crate) struct Compact {
    pub(crate) key: KeyId,
    /// Decoded from base64url, but not looked into.
    pub(crate) payload: Vec<u8>,
    pub(crate) signed_len: usize,
    pub(crate) signature: [u8; 64],
}

impl Compact {
    /// Splits a token of at most [`MAX_TOKEN_LEN`] bytes and reads its header, whose `typ` must be the one that is due.
    pub(crate) fn split(token: &str, typ: &'static str) -> Result<Self, Malformed> {
        if token.len() > MAX_TOKEN_LEN {
            return Err(Malformed::TooLong(token.len()));
        }
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Malformed::Parts);
        };
        let key = read_header(header, typ)?;
        let signature =
            base64url::decode_array(signature.as_bytes()).ok_or(Malformed::Encoding("signature"))?;
        let signed_len = header.len() + 1 + payload.len();
        let payload = base64url::decode(payload.as_bytes()).ok_or(Malformed::Encoding("payload"))?;
        Ok(Self { key, payload, signed_len, signature })
    }
}

/// The protected header: these three members, no others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    #[serde(borrow)]
    alg: std::borrow::Cow<'a, str>,
    kid: KeyId,
    #[serde(borrow)]
    typ: std::borrow::Cow<'a, str>,
}

impl FromStr for UnverifiedLicense {
    type Err = Malformed;

    /// Splits a token and reads its header. White space around it is dropped, as files end with a line feed.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let token = text.trim_ascii();
        let Compact { key, payload, signed_len, signature } = Compact::split(token, TYP)?;
        Ok(Self { token: token.to_owned(), key, payload, signed_len, signature })
    }
}

impl UnverifiedLicense {
    /// The token, without white space around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.token
    }

    /// The machine that it says it is for, whoever wrote that: its signature is not checked. Fit to choose in which order
    /// a machine [names its parts](crate::Binding::names), and for nothing else.
    #[must_use]
    pub fn unverified_binding(&self) -> Option<Binding> {
        Claims::decode(&self.payload).ok()?.binding
    }

    /// The bytes that were signed, as received.
    pub(super) fn signing_input(&self) -> &[u8] {
        &self.token.as_bytes()[..self.signed_len]
    }
}

fn read_header(encoded: &str, typ: &str) -> Result<KeyId, Malformed> {
    let json = base64url::decode(encoded.as_bytes()).ok_or(Malformed::Encoding("header"))?;
    if !is_object(&json) {
        return Err(Malformed::Header("not a JSON object".into()));
    }
    let header: Header<'_> = serde_json::from_slice(&json).map_err(|e| Malformed::Header(reason(&e)))?;
    if header.alg != ALG {
        return Err(Malformed::Header(format!("alg is not {ALG}")));
    }
    if header.typ != typ {
        return Err(Malformed::Header(format!("typ is not {typ}")));
    }
    Ok(header.kid)
}
