//! Where the open API is.

use std::net::IpAddr;

use hyper::Uri;

/// One of the store's addresses: a scheme and a host, no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// `https://mkt.myhuaweicloud.com`
    base: String,
    /// As the `Host` header has it: without the scheme's own port.
    pub(super) name: String,
    pub(super) encrypted: bool,
}

impl Host {
    /// Reads an address. Plain HTTP is for this machine alone.
    pub(super) fn parse(url: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "must be an address such as https://mkt.myhuaweicloud.com";
        let uri: Uri = url.parse().map_err(|_| SHAPE)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(SHAPE) };
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(SHAPE);
        }
        if uri.path() != "/" || uri.query().is_some() || url.contains('#') {
            return Err("must be an address without a path, such as https://mkt.myhuaweicloud.com");
        }
        let own_port = match scheme {
            "https" => 443,
            "http" if is_loopback(authority.host()) => 80,
            "http" => return Err("must begin with https://; plain http is for this machine alone"),
            _ => return Err(SHAPE),
        };
        let host = authority.host();
        let name = match authority.as_str().strip_prefix(host) {
            Some("") => host.to_owned(),
            Some(rest) => match rest.strip_prefix(':').and_then(|port| port.parse::<u16>().ok()) {
                Some(port) if port == own_port => host.to_owned(),
                Some(port) => format!("{host}:{port}"),
                None => return Err(SHAPE),
            },
            None => return Err(SHAPE),
        };
        Ok(Self { base: format!("{scheme}://{name}"), name, encrypted: scheme == "https" })
    }

    /// The address of something there; `target` begins with `/`.
    pub(super) fn url(&self, target: &str) -> String {
        format!("{}{target}", self.base)
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_https_or_this_machine() {
        for (url, name) in [
            ("https://mkt.myhuaweicloud.com", "mkt.myhuaweicloud.com"),
            ("https://mkt.myhuaweicloud.com:443/", "mkt.myhuaweicloud.com"),
            ("https://store.example:8443", "store.example:8443"),
            ("http://localhost:80", "localhost"),
            ("http://127.0.0.9:8080", "127.0.0.9:8080"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            assert_eq!(Host::parse(url).map(|host| host.name), Ok(name.to_owned()), "{url}");
        }
        assert_eq!(Host::parse("https://h:443").unwrap().url("/a?b=c"), "https://h/a?b=c");
    }

    #[test]
    fn any_other_address_is_refused() {
        for url in [
            "",
            "mkt.myhuaweicloud.com",
            "/api",
            "ftp://store.example",
            "http://store.example",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "http://10.0.0.1",
            "https://user:secret@store.example",
            "https://store.example/api",
            "https://store.example/?a=b",
            "https://store.example/#a",
            "https://store.example:99999",
            "https://store.example:",
            "https://",
        ] {
            assert!(Host::parse(url).is_err(), "{url}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in "(https?://)?\\PC{0,30}") {
            let _ = Host::parse(&text);
        }
    }
}
