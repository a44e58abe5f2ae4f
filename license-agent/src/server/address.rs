//! Where the vendor's server is.

use std::net::IpAddr;
use std::str::FromStr;

use ureq::http::Uri;

/// A base URL: https, or http to this very machine. No user, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Without a slash at its end.
    base: String,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    is_tls: bool,
}

/// Why a text is no address to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    #[error("it is no URL such as https://licenses.vendor.example")]
    NoUrl,
    #[error("it does not begin with https://")]
    Plain,
    #[error("a user or password in it, a query or a fragment is not allowed")]
    Extras,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let uri: Uri = text.parse().map_err(|_| AddressError::NoUrl)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(AddressError::NoUrl);
        };
        if authority.as_str().contains('@') || uri.query().is_some() || text.contains('#') {
            return Err(AddressError::Extras);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let is_tls = match scheme {
            "https" => true,
            "http" if is_this_machine(&host) => false,
            _ => return Err(AddressError::Plain),
        };
        let port = match (authority.port_u16(), is_tls) {
            // `host:` and ports beyond 65535 are no URL.
            (None, _)
                if authority.as_str().trim_end_matches(|c| c != ':').ends_with(':')
                    && !host.contains(':') =>
            {
                return Err(AddressError::NoUrl);
            }
            (Some(port), _) => port,
            (None, true) => 443,
            (None, false) => 80,
        };
        if host.is_empty() || port == 0 {
            return Err(AddressError::NoUrl);
        }
        Ok(Self { base: text.trim_end_matches('/').to_owned(), host, port, is_tls })
    }
}

impl Address {
    /// The URL of a route; `path` begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) const fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// What people call it: the host, with the port where it is not the usual one.
    pub(crate) fn name(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match (self.port, self.is_tls) {
            (443, true) | (80, false) => host,
            (port, _) => format!("{host}:{port}"),
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_very_machine_is_asked() {
        for (text, name, url) in [
            (
                "https://licenses.vendor.example",
                "licenses.vendor.example",
                "https://licenses.vendor.example/v1/x",
            ),
            (
                "https://Licenses.vendor.example:8443/",
                "licenses.vendor.example:8443",
                "https://Licenses.vendor.example:8443/v1/x",
            ),
            ("https://vendor.example/licenses/", "vendor.example", "https://vendor.example/licenses/v1/x"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080", "http://127.0.0.1:8080/v1/x"),
            ("http://[::1]:8080", "[::1]:8080", "http://[::1]:8080/v1/x"),
            ("http://localhost", "localhost", "http://localhost/v1/x"),
            ("https://[2001:db8::1]", "[2001:db8::1]", "https://[2001:db8::1]/v1/x"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.name().as_str(), address.url("/v1/x").as_str()), (name, url));
        }
        for (text, error) in [
            ("http://licenses.vendor.example", AddressError::Plain),
            ("http://localhost.vendor.example", AddressError::Plain),
            ("http://10.0.0.1", AddressError::Plain),
            ("ftp://vendor.example", AddressError::Plain),
            ("https://user:secret@vendor.example", AddressError::Extras),
            ("https://vendor.example/?a=b", AddressError::Extras),
            ("https://vendor.example/#a", AddressError::Extras),
            ("vendor.example", AddressError::NoUrl),
            ("/v1", AddressError::NoUrl),
            ("https://", AddressError::NoUrl),
            ("https://vendor.example:0", AddressError::NoUrl),
            ("https://vendor.example:99999", AddressError::NoUrl),
            ("", AddressError::NoUrl),
        ] {
            assert_eq!(text.parse::<Address>(), Err(error), "{text}");
        }
    }
}
