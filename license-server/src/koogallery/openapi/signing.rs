//! SDK-HMAC-SHA256: how a request to the open API is signed.
//!
//! As the store's SDK does it: the path is signed decoded, encoded again and with a `/` at its end; the query is
//! sorted before it is encoded; every header but `Authorization` and those with a `_` in their names is signed; the
//! body counts by its SHA-256, or by the value of `X-Sdk-Content-Sha256` if it has one and is not empty.
//!
//! Source: <https://support.huaweicloud.com/accessg-marketplace/zh-cn_topic_0070649350.html>

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac as _};
use license_core::UnixTime;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::super::signature::keyed;
use super::percent;
use crate::config::Secret;
use crate::koogallery::times::parse_time;

const ALGORITHM: &str = "SDK-HMAC-SHA256";
/// How far `X-Sdk-Date` may lie from the clock, in seconds, both ways.
const SKEW: u64 = 15 * 60;
/// What [`CONTENT_HEADER`] says of a body that is not signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The header with the time of signing.
pub const DATE_HEADER: &str = "x-sdk-date";
/// The header that says how the body is signed.
pub const CONTENT_HEADER: &str = "x-sdk-content-sha256";

/// The parts of a request that are signed.
#[derive(Clone, Copy)]
pub struct SignedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The path as it stands in the request line, without the query.
    pub path: &'a str,
    /// The query's names and values, decoded, in any order.
    pub query: &'a [(&'a str, &'a str)],
    /// All headers, names in any case and order.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl std::fmt::Debug for SignedRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignedRequest({} {})", self.method, self.path)
    }
}

/// Why a request counts as not signed by the holder of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No `Authorization` header.
    #[error("there is no Authorization header")]
    Missing,
    /// Two of a header that there can be one of.
    #[error("the header {0} stands twice")]
    Twice(&'static str),
    /// Not of the form that the guide shows.
    #[error("Authorization is not `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`")]
    Malformed,
    /// Names in upper case, out of order, twice, or not among the request's headers.
    #[error("SignedHeaders does not name headers of the request, in lower case, sorted, once each")]
    SignedHeaders,
    /// A header that must be signed is not.
    #[error("the header {0} is not signed")]
    Unsigned(&'static str),
    /// Another access key.
    #[error("the access key is another one")]
    AccessKey,
    /// Not `yyyyMMddTHHmmssZ`.
    #[error("X-Sdk-Date is not a time such as 20261123T101500Z")]
    Date,
    /// Too old, or from the future.
    #[error("X-Sdk-Date is more than 15 minutes from the clock")]
    Skew,
    /// `X-Sdk-Content-Sha256` does not fit the body.
    #[error("X-Sdk-Content-Sha256 is neither UNSIGNED-PAYLOAD nor the SHA-256 of the body")]
    Body,
    /// Another secret key, or another request.
    #[error("the signature does not fit the request")]
    Mismatch,
}

/// The value of the `Authorization` header of a request. The request has its `Host` and `X-Sdk-Date` already.
#[must_use]
pub fn authorization(request: &SignedRequest<'_>, access_key: &Secret, secret_key: &Secret) -> String {
    let headers = signable(request);
    let names: Vec<_> = headers.keys().map(String::as_str).collect();
    let date = headers.get(DATE_HEADER).map(String::as_str).unwrap_or_default();
    let signature = mac(request, &headers, &names, date, secret_key).finalize().into_bytes();
    let (access, signature) = (access_key.expose(), HEXLOWER.encode(&signature));
    format!("{ALGORITHM} Access={access}, SignedHeaders={}, Signature={signature}", names.join(";"))
}

/// Checks the `Authorization` header of a request. `X-Sdk-Date` must be within 15 minutes of `now`.
///
/// # Errors
/// [`SignatureError`]
pub fn check(
    request: &SignedRequest<'_>,
    access_key: &Secret,
    secret_key: &Secret,
    now: UnixTime,
) -> Result<(), SignatureError> {
    let authorization = only(request, "authorization")?.ok_or(SignatureError::Missing)?;
    let (access, names, signature) = parts(authorization).ok_or(SignatureError::Malformed)?;
    let headers = signable(request);
    let names: Vec<_> = names.split(';').collect();
    let sorted = names.windows(2).all(|pair| pair[0] < pair[1]);
    if !sorted || !names.iter().all(|name| headers.contains_key(*name)) {
        return Err(SignatureError::SignedHeaders);
    }
    for name in ["host", DATE_HEADER] {
        only(request, name)?;
        if !names.contains(&name) {
            return Err(SignatureError::Unsigned(name));
        }
    }
    if !bool::from(access.as_bytes().ct_eq(access_key.expose().as_bytes())) {
        return Err(SignatureError::AccessKey);
    }
    let date = headers.get(DATE_HEADER).map(String::as_str).unwrap_or_default();
    let at = read_date(date).ok_or(SignatureError::Date)?;
    if now.as_secs().abs_diff(at.as_secs()) > SKEW {
        return Err(SignatureError::Skew);
    }
    let said = headers.get(CONTENT_HEADER).map(String::as_str);
    if said.is_some_and(|said| said != UNSIGNED_PAYLOAD && said != sha256(request.body)) {
        return Err(SignatureError::Body);
    }
    mac(request, &headers, &names, date, secret_key)
        .verify_slice(&signature)
        .map_err(|_| SignatureError::Mismatch)
}

/// A time as `X-Sdk-Date` has it.
#[must_use]
pub fn date(now: UnixTime) -> String {
    now.to_string().replace(['-', ':'], "")
}

fn read_date(text: &str) -> Option<UnixTime> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    if (day.len(), time.len()) != (8, 6) {
        return None;
    }
    parse_time(&format!("{day}{time}")).ok()
}

/// The one value of a header.
fn only<'a>(request: &SignedRequest<'a>, name: &'static str) -> Result<Option<&'a str>, SignatureError> {
    let mut values = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let first = values.next().map(|(_, value)| *value);
    if values.next().is_some() { Err(SignatureError::Twice(name)) } else { Ok(first) }
}

/// Access key, names of the signed headers, signature.
fn parts(authorization: &str) -> Option<(&str, &str, Vec<u8>)> {
    let rest = authorization.trim().strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
    let mut parts = rest.splitn(3, ',').map(str::trim);
    let access = parts.next()?.strip_prefix("Access=")?;
    let names = parts.next()?.strip_prefix("SignedHeaders=")?;
    let signature = parts.next()?.strip_prefix("Signature=")?;
    Some((access, names, HEXLOWER.decode(signature.as_bytes()).ok()?))
}

/// Every header that can be signed, by its name in lower case. One that stands twice is one list, as HTTP has it.
fn signable(request: &SignedRequest<'_>) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in request.headers {
        let name = name.to_ascii_lowercase();
        if name != "authorization" && !name.contains('_') {
            let joined = headers.get(&name).map(|before| format!("{before},{}", value.trim()));
            headers.insert(name, joined.unwrap_or_else(|| value.trim().to_owned()));
        }
    }
    headers
}

/// The signature, not yet compared or written.
fn mac(
    request: &SignedRequest<'_>,
    headers: &BTreeMap<String, String>,
    names: &[&str],
    date: &str,
    secret_key: &Secret,
) -> Hmac<Sha256> {
    let mut canonical =
        format!("{}\n{}\n{}\n", request.method.to_ascii_uppercase(), path(request), query(request));
    for name in names {
        canonical.extend([name, ":", headers.get(*name).map(String::as_str).unwrap_or_default(), "\n"]);
    }
    let body = match headers.get(CONTENT_HEADER) {
        // The SDK looks at the header only when there is a body.
        Some(said) if !request.body.is_empty() => said.clone(),
        _ => sha256(request.body),
    };
    canonical.extend(["\n", &names.join(";"), "\n", &body]);
    let text = format!("{ALGORITHM}\n{date}\n{}", sha256(canonical.as_bytes()));
    keyed(secret_key.expose().as_bytes()).chain_update(text)
}

fn path(request: &SignedRequest<'_>) -> String {
    let decoded = percent::decode(request.path);
    let mut path =
        decoded.split(|byte| *byte == b'/').map(percent::encode_bytes).collect::<Vec<_>>().join("/");
    if !path.ends_with('/') {
        path.push('/');
    }
    path
}

fn query(request: &SignedRequest<'_>) -> String {
    let mut pairs = request.query.to_vec();
    pairs.sort_unstable();
    percent::encode_query(&pairs)
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests;
