//! The vendor's server: what it is asked, and what comes back.

mod address;
mod error;
mod problem;
mod proxy;
mod roots;

use std::sync::Arc;
use std::time::Duration;

use license_core::{ActivationCode, DeviceKey, KeyRing, MAX_TOKEN_LEN, UnixTime};
use serde::{Deserialize, Serialize};
use ureq::http::{HeaderMap, Request, StatusCode, header};
use ureq::tls::TlsConfig;

pub(crate) use address::{Address, AddressError};
pub(crate) use error::{ServerError, Why};
pub(crate) use problem::Problem;
pub(crate) use proxy::{Proxy, ProxyError, choose};
pub(crate) use roots::{Roots, RootsError};

use crate::cli::ServerArgs;
use crate::clock;

/// Most bytes of an answer that are read.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// The version and nothing else about this machine.
const USER_AGENT: &str = concat!("license-agent/", env!("CARGO_PKG_VERSION"));

/// Says that a proof was made by a clock that is not the server's.
const UNTIMELY: &str = "proof-untimely";

/// The server, with the way to it.
pub(crate) struct Server {
    agent: ureq::Agent,
    address: Address,
    proxy: Option<Proxy>,
    roots: Roots,
    timeout: u64,
}

/// An answer, and when the server says it was given.
#[derive(Debug)]
pub(crate) struct Reply<T> {
    pub(crate) date: Option<UnixTime>,
    pub(crate) body: T,
}

/// A license that the server grants. What it says is believed only once it is verified.
#[derive(Debug, Deserialize)]
pub(crate) struct Granted {
    pub(crate) license: String,
    /// `null`: not limited, or not known.
    pub(crate) seats_left: Option<u64>,
    /// Signed key sets, the oldest first; older servers have none.
    #[serde(default)]
    key_sets: Option<Vec<String>>,
}

impl Granted {
    /// The signed key sets, one on a line.
    pub(crate) fn key_sets(&self) -> String {
        self.key_sets.as_deref().unwrap_or_default().join("\n")
    }
}

#[derive(Serialize)]
struct Activation<'a> {
    activation_code: &'a str,
    fingerprint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    device_key: serde_json::Value,
}

#[derive(Serialize)]
struct Renewal<'a> {
    license: &'a str,
    fingerprint: &'a str,
}

/// The address that is given, else the vendor file's.
pub(crate) fn address(args: &ServerArgs, of_vendor: Option<&str>) -> Result<Address, ServerError> {
    let text = args.server.as_deref().or(of_vendor).ok_or(ServerError::NoAddress)?;
    text.parse().map_err(|source| ServerError::Address { text: text.to_owned(), source })
}

impl Server {
    /// Makes ready to ask; nothing is sent yet.
    pub(crate) fn new(args: &ServerArgs, of_vendor: Option<&str>) -> Result<Self, ServerError> {
        let address = address(args, of_vendor)?;
        let proxy = choose(&address, |name| std::env::var(name).ok())?;
        let roots = Roots::load(args.ca_file.as_deref())?;
        let tls = TlsConfig::builder()
            .root_certs(roots.certificates.clone())
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .proxy(proxy.as_ref().map(|proxy| proxy.proxy.clone()))
            .timeout_global(Some(Duration::from_secs(args.timeout)))
            .user_agent(USER_AGENT)
            .http_status_as_error(false)
            // A code is never sent on to where somebody points.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .build();
        Ok(Self { agent: config.into(), address, proxy, roots, timeout: args.timeout })
    }

    pub(crate) const fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) const fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    pub(crate) const fn roots(&self) -> &Roots {
        &self.roots
    }

    /// Takes a seat, or finds the one that this machine has.
    pub(crate) fn activate(
        &self,
        code: &ActivationCode,
        fingerprint: &str,
        name: Option<&str>,
        key: &DeviceKey,
    ) -> Result<Reply<Granted>, ServerError> {
        let code = code.to_string();
        // The core writes JSON.
        let device_key = serde_json::from_str(&key.public_jwk()).unwrap_or_default();
        let body = Activation { activation_code: &code, fingerprint, name, device_key };
        self.post(&self.address.url("/v1/activations"), json(&body), None)
    }

    /// Asks for the license that the seat is worth now; signed where the machine has a key.
    pub(crate) fn renew(
        &self,
        license: &str,
        fingerprint: &str,
        key: Option<&DeviceKey>,
    ) -> Result<Reply<Granted>, ServerError> {
        let url = self.address.url("/v1/licenses/renew");
        let body = json(&Renewal { license, fingerprint });
        let sign =
            |key: &DeviceKey, now| key.prove_request("POST", &url, license, &body, now, &mut rand::rng());
        proved(key, sign, |proof| self.post(&url, body.clone(), proof))
    }

    /// Gives the seat back; signed where the machine has a key.
    pub(crate) fn deactivate(
        &self,
        license_id: &str,
        license: &str,
        key: Option<&DeviceKey>,
    ) -> Result<Reply<()>, ServerError> {
        let url = self.address.url(&format!("/v1/activations/{}", path_part(license_id)));
        let sign = |key: &DeviceKey, now| key.prove_call("DELETE", &url, license, now, &mut rand::rng());
        proved(key, sign, |proof| {
            // Older servers know this scheme only.
            let request = Request::delete(&url).header(header::AUTHORIZATION, format!("Bearer {license}"));
            let (answer, _) = self.send(with_proof(request, proof), Vec::new())?;
            Ok(answer.map(|_| ()))
        })
    }

    /// Whether it answers at all, and what time it has.
    pub(crate) fn look(&self) -> Result<Reply<()>, ServerError> {
        let (answer, _) = self.send(Request::get(self.address.url("/v1/openapi.json")), Vec::new())?;
        Ok(answer.map(|_| ()))
    }

    /// The keys that it publishes. Whatever they are, nothing is trusted for it.
    pub(crate) fn published_keys(&self) -> Result<KeyRing, ServerError> {
        let (answer, _) = self.send(Request::get(self.address.url("/.well-known/jwks.json")), Vec::new())?;
        let keys = std::str::from_utf8(&answer.body).ok().and_then(|text| KeyRing::from_jwks(text).ok());
        keys.ok_or_else(|| self.strange("a key set that is none".to_owned()))
    }

    fn post(&self, url: &str, body: Vec<u8>, proof: Option<&str>) -> Result<Reply<Granted>, ServerError> {
        let request = Request::post(url).header(header::CONTENT_TYPE, "application/json");
        let request = with_proof(request, proof);
        let (answer, status) = self.send(request, body)?;
        let granted = serde_json::from_slice(&answer.body).ok();
        match granted.filter(|granted: &Granted| granted.license.len() <= MAX_TOKEN_LEN) {
            Some(granted) => Ok(answer.map(|_| granted)),
            None => Err(self.strange(format!("status {status} without a license"))),
        }
    }

    /// Sends one request; what comes back is a success.
    fn send(
        &self,
        request: ureq::http::request::Builder,
        body: Vec<u8>,
    ) -> Result<(Reply<Vec<u8>>, u16), ServerError> {
        let failed = |error| {
            let via = self.proxy.as_ref().map(Proxy::name);
            ServerError::of_call(error, self.address.name(), via, self.timeout)
        };
        let request = request.header(header::ACCEPT, "application/json, application/problem+json");
        let request = request.body(body).map_err(|error| failed(error.into()))?;
        let reply = self.agent.run(request).map_err(failed)?;
        let status = reply.status();
        let date = date(reply.headers(), header::DATE);
        let retry_after = retry_after(reply.headers(), date);
        let bytes =
            reply.into_body().into_with_config().limit(LONGEST_ANSWER).read_to_vec().map_err(failed)?;
        match status {
            StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => {
                Ok((Reply { date, body: bytes }, status.as_u16()))
            }
            _ => Err(match Problem::read(&bytes, retry_after, date) {
                Some(problem) => ServerError::Refused(problem.into()),
                None => self.strange(format!("status {}", status.as_u16())),
            }),
        }
    }

    fn strange(&self, what: String) -> ServerError {
        ServerError::Strange { server: self.address.name(), what }
    }
}

impl<T> Reply<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Reply<U> {
        Reply { date: self.date, body: change(self.body) }
    }
}

/// Makes a call with a proof by the machine's key, if it has one ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)). By
/// this machine's clock first; where the server says that it is another time there, once more by the server's: a clock
/// that is wrong keeps nobody from renewing.
fn proved<T>(
    key: Option<&DeviceKey>,
    sign: impl Fn(&DeviceKey, UnixTime) -> String,
    call: impl Fn(Option<&str>) -> Result<T, ServerError>,
) -> Result<T, ServerError> {
    let Some(key) = key else { return call(None) };
    let signed = |now| call(Some(&sign(key, now)));
    match signed(clock::now()) {
        Err(ServerError::Refused(problem)) if problem.name == UNTIMELY => match problem.date {
            Some(theirs) => signed(theirs),
            None => Err(ServerError::Refused(problem)),
        },
        other => other,
    }
}

/// Structs of texts cannot fail to serialise.
fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}

fn with_proof(request: ureq::http::request::Builder, proof: Option<&str>) -> ureq::http::request::Builder {
    match proof {
        Some(proof) => request.header("DPoP", proof),
        None => request,
    }
}

fn date(headers: &HeaderMap, name: header::HeaderName) -> Option<UnixTime> {
    let text = headers.get(name)?.to_str().ok()?;
    httpdate::parse_http_date(text).ok().map(UnixTime::from)
}

/// Seconds, or a date against the server's own.
fn retry_after(headers: &HeaderMap, now: Option<UnixTime>) -> Option<u64> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(seconds);
    }
    let until = date(headers, header::RETRY_AFTER)?;
    u64::try_from(until.as_secs().saturating_sub(now?.as_secs())).ok()
}

/// A license's id as one part of a path.
fn path_part(id: &str) -> String {
    let mut part = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            part.push(char::from(byte));
        } else {
            part.push_str(&format!("%{byte:02X}"));
        }
    }
    part
}

#[cfg(test)]
mod tests;
