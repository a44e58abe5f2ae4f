//! Where agents reach the vendor's server: the `server` of a vendor file.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A base URL, at most 512 bytes: https, or http to a loopback address; no user, query or fragment.
///
/// Who writes a vendor file and who asks the server go by this one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl {
    /// Without a slash at its end.
    base: String,
    /// In lower case, without the brackets of an IPv6 address.
    host: String,
    port: u16,
    is_tls: bool,
}

/// Why a text is no [`ServerUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlError {
    /// No URL with a scheme and a host.
    #[error("it is no URL such as https://licenses.vendor.example")]
    NoUrl,
    /// Plain http to another machine, or another scheme.
    #[error("it does not begin with https://")]
    Plain,
    /// What a base URL cannot have.
    #[error("a user or password in it, a query or a fragment is not allowed")]
    Extras,
}

const MAX_LEN: usize = 512;

impl FromStr for ServerUrl {
    type Err = ServerUrlError;

    fn from_str(text: &str) -> Result<Self, ServerUrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(ServerUrlError::NoUrl)?;
        if text.len() > MAX_LEN || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ServerUrlError::NoUrl);
        }
        if text.contains(['?', '#']) || rest.split('/').next().is_some_and(|host| host.contains('@')) {
            return Err(ServerUrlError::Extras);
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = split_port(authority).ok_or(ServerUrlError::NoUrl)?;
        if !path.bytes().all(is_path_byte) {
            return Err(ServerUrlError::NoUrl);
        }
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" if is_loopback(&host) => false,
            _ => return Err(ServerUrlError::Plain),
        };
        let port = port.unwrap_or(if is_tls { 443 } else { 80 });
        Ok(Self { base: text.trim_end_matches('/').to_owned(), host, port, is_tls })
    }
}

impl ServerUrl {
    /// The URL of a route; `path` begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The host in lower case, without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port that is named, else the scheme's own.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is https.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Whether only this very machine can be meant.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl fmt::Display for ServerUrl {
    /// As it was given, without a slash at its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

/// Host and port of `host`, `host:port` or `[v6]:port`; a colon without a number behind it is none.
fn split_port(authority: &str) -> Option<(String, Option<u16>)> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(inner) => {
            let (address, rest) = inner.split_once(']')?;
            address.parse::<Ipv6Addr>().ok()?;
            (address, rest)
        }
        None => {
            let (host, rest) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            if !is_name(host) {
                return None;
            }
            (host, rest)
        }
    };
    let port = match rest.strip_prefix(':') {
        None if rest.is_empty() => None,
        Some(digits) if digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(digits.parse().ok().filter(|port| *port != 0)?)
        }
        _ => return None,
    };
    Some((host.to_ascii_lowercase(), port))
}

/// A name of [RFC 1123], section 2.1, or an IPv4 address; an underscore is let pass, as many networks do.
///
/// [RFC 1123]: https://www.rfc-editor.org/rfc/rfc1123#section-2.1
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    // What ends in a number is an address or nothing.
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    host.len() <= 253 && host.split('.').all(label) && (!is_number || host.parse::<Ipv4Addr>().is_ok())
}

/// `pchar` of [RFC 3986], appendix A, and the slash.
///
/// [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986#appendix-A
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@/".contains(&byte)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_https_or_this_very_machine_is_an_address() {
        for (text, host, port, url) in [
            (
                "https://licenses.vendor.example",
                "licenses.vendor.example",
                443,
                "https://licenses.vendor.example/v1/x",
            ),
            (
                "https://Licenses.vendor.example:8443/",
                "licenses.vendor.example",
                8443,
                "https://Licenses.vendor.example:8443/v1/x",
            ),
            (
                "https://vendor.example/licenses/",
                "vendor.example",
                443,
                "https://vendor.example/licenses/v1/x",
            ),
            ("http://127.0.0.1:8080", "127.0.0.1", 8080, "http://127.0.0.1:8080/v1/x"),
            ("http://[::1]:8080", "::1", 8080, "http://[::1]:8080/v1/x"),
            ("http://localhost", "localhost", 80, "http://localhost/v1/x"),
            ("https://[2001:db8::1]", "2001:db8::1", 443, "https://[2001:db8::1]/v1/x"),
        ] {
            let address: ServerUrl = text.parse().unwrap();
            assert_eq!((address.host(), address.port(), address.url("/v1/x").as_str()), (host, port, url));
            assert_eq!(address.is_tls(), text.starts_with("https"));
        }
        for (text, error) in [
            ("http://licenses.vendor.example", ServerUrlError::Plain),
            ("http://localhost.vendor.example", ServerUrlError::Plain),
            ("http://10.0.0.1", ServerUrlError::Plain),
            ("ftp://vendor.example", ServerUrlError::Plain),
            ("https://user:secret@vendor.example", ServerUrlError::Extras),
            ("https://vendor.example/?a=b", ServerUrlError::Extras),
            ("https://vendor.example/#a", ServerUrlError::Extras),
            ("vendor.example", ServerUrlError::NoUrl),
            ("/v1", ServerUrlError::NoUrl),
            ("https://", ServerUrlError::NoUrl),
            ("https://vendor.example:", ServerUrlError::NoUrl),
            ("https://vendor.example:0", ServerUrlError::NoUrl),
            ("https://vendor.example:99999", ServerUrlError::NoUrl),
            ("https://vendor example", ServerUrlError::NoUrl),
            ("https://1.2.3", ServerUrlError::NoUrl),
            ("https://[::1", ServerUrlError::NoUrl),
            ("", ServerUrlError::NoUrl),
        ] {
            assert_eq!(text.parse::<ServerUrl>(), Err(error), "{text}");
        }
        assert!(format!("https://vendor.example/{}", "x".repeat(600)).parse::<ServerUrl>().is_err());
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer_and_an_address_reads_back(text in "(https?://)?\\PC{0,30}") {
            if let Ok(address) = text.parse::<ServerUrl>() {
                prop_assert_eq!(address.to_string().parse::<ServerUrl>(), Ok(address));
            }
        }
    }
}
