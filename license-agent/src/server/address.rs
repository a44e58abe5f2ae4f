//! Where the vendor's server is.

use std::str::FromStr;

use license_core::ServerUrl;
pub(crate) use license_core::ServerUrlError as AddressError;
use ureq::http::Uri;

/// The vendor file's [`ServerUrl`], which the HTTP client reads as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address(ServerUrl);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let url: ServerUrl = text.parse()?;
        text.parse::<Uri>().map(|_| Self(url)).map_err(|_| AddressError::NoUrl)
    }
}

impl Address {
    /// The URL of a route; `path` begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        self.0.url(path)
    }

    pub(crate) fn host(&self) -> &str {
        self.0.host()
    }

    pub(crate) const fn port(&self) -> u16 {
        self.0.port()
    }

    pub(crate) const fn is_tls(&self) -> bool {
        self.0.is_tls()
    }

    /// What people call it: the host, with the port where it is not the usual one.
    pub(crate) fn name(&self) -> String {
        let host =
            if self.host().contains(':') { format!("[{}]", self.host()) } else { self.host().to_owned() };
        match (self.port(), self.is_tls()) {
            (443, true) | (80, false) => host,
            (port, _) => format!("{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_the_host_and_a_port_that_is_not_the_usual_one() {
        for (text, name) in [
            ("https://licenses.vendor.example", "licenses.vendor.example"),
            ("https://Licenses.vendor.example:8443/", "licenses.vendor.example:8443"),
            ("https://vendor.example:443/licenses/", "vendor.example"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://[::1]:8080", "[::1]:8080"),
            ("http://localhost", "localhost"),
            ("https://[2001:db8::1]", "[2001:db8::1]"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.name(), name);
            let read: Uri = address.url("/v1/x").parse().unwrap();
            let authority = read.authority().unwrap();
            let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
            assert_eq!(host, address.host(), "the HTTP client goes to the same host");
            assert_eq!(authority.port_u16().unwrap_or(address.port()), address.port());
        }
        assert_eq!("http://licenses.vendor.example".parse::<Address>(), Err(AddressError::Plain));
    }
}
