//! The address that the store would be given.

use std::fmt;
use std::str::FromStr;

/// A production URL: where the store's calls go. Parameters that it has already are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductionUrl {
    tls: bool,
    host: String,
    port: u16,
    /// Begins with `/`; with the query, if there is one.
    target: String,
}

/// A text that is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not `http://` or `https://`.
    #[error("the URL must begin with https:// or http://")]
    Scheme,
    /// A space, a control or a character beyond ASCII.
    #[error("the URL holds a character that must be percent-encoded")]
    Character,
    /// Nothing where the host should be, or no host's name.
    #[error("the URL names no host")]
    Host,
    /// Not 1 to 65535.
    #[error("the URL's port is no number from 1 to 65535")]
    Port,
    /// A name or a password before the host.
    #[error("the URL must not hold a name or a password")]
    UserInfo,
    /// A `#` and what follows it is never sent.
    #[error("the URL must not hold a fragment (`#`)")]
    Fragment,
    /// `signature`, `timestamp` or `nonce`: the store adds these.
    #[error("the URL holds a `{0}` already, which the store adds itself")]
    Signed(&'static str),
    /// Over 512 characters, the store's own limit.
    #[error("the URL is longer than 512 characters")]
    TooLong,
}

impl ProductionUrl {
    /// Whether it is `https`.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// The host without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port, the scheme's own if none was given.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `host` or `host:port`, as the header says it.
    #[must_use]
    pub fn authority(&self) -> String {
        let standard = if self.tls { 443 } else { 80 };
        if self.port == standard { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// Path and query with more parameters behind those that are there.
    #[must_use]
    pub fn target_with(&self, parameters: &str) -> String {
        let target = self.target.trim_end_matches(['?', '&']);
        match parameters {
            "" => target.to_owned(),
            _ if target.contains('?') => format!("{target}&{parameters}"),
            _ => format!("{target}?{parameters}"),
        }
    }
}

impl FromStr for ProductionUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.len() > 512 {
            return Err(UrlError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)) {
            return Err(UrlError::Character);
        }
        if text.contains('#') {
            return Err(UrlError::Fragment);
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(UrlError::Scheme),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return Err(UrlError::UserInfo);
        }
        let (host, port) = split_port(authority)?;
        let port = match port {
            None => {
                if tls {
                    443
                } else {
                    80
                }
            }
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|port| *port != 0).ok_or(UrlError::Port)?
            }
            Some(_) => return Err(UrlError::Port),
        };
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let names = || query.split('&').map(|pair| pair.split('=').next().unwrap_or(pair));
        if let Some(name) =
            ["signature", "timestamp", "nonce"].into_iter().find(|own| names().any(|n| n == *own))
        {
            return Err(UrlError::Signed(name));
        }
        Ok(Self { tls, host: host.to_ascii_lowercase(), port, target })
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), UrlError> {
    if authority.starts_with('[') {
        let end = authority.find(']').ok_or(UrlError::Host)?;
        let (host, rest) = authority.split_at(end + 1);
        let is_address = host[1..end].parse::<std::net::Ipv6Addr>().is_ok();
        return match (is_address, rest.strip_prefix(':')) {
            (true, Some(port)) => Ok((host, Some(port))),
            (true, None) if rest.is_empty() => Ok((host, None)),
            _ => Err(UrlError::Host),
        };
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let is_label = |label: &str| {
        let body = !label.is_empty() && label.len() <= 63;
        body && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let named = host.strip_suffix('.').unwrap_or(host);
    if named.len() <= 253 && named.split('.').all(is_label) { Ok((host, port)) } else { Err(UrlError::Host) }
}

impl fmt::Display for ProductionUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", if self.tls { "https" } else { "http" }, self.authority(), self.target)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<ProductionUrl, UrlError> {
        text.parse()
    }

    #[test]
    fn an_address_is_taken_apart() {
        let url = parse("https://Vendor.example/koogallery/produce").unwrap();
        assert_eq!((url.is_tls(), url.host(), url.port()), (true, "vendor.example", 443));
        assert_eq!(url.authority(), "vendor.example");
        assert_eq!(url.target_with("a=b"), "/koogallery/produce?a=b");

        let url = parse("http://[::1]:8080").unwrap();
        assert_eq!((url.host(), url.port(), url.authority().as_str()), ("::1", 8080, "[::1]:8080"));
        assert_eq!(url.target_with("a=b"), "/?a=b");
    }

    #[test]
    fn parameters_that_are_there_stay_and_stand_first() {
        for text in ["http://h/p?tenant=7", "http://h/p?tenant=7&"] {
            assert_eq!(parse(text).unwrap().target_with("nonce=1"), "/p?tenant=7&nonce=1");
        }
        assert_eq!(parse("http://h?x").unwrap().target_with("y"), "/?x&y");
        assert_eq!(parse("http://h/p?").unwrap().target_with("y"), "/p?y");
        assert_eq!(parse("http://h/p?a=1").unwrap().target_with(""), "/p?a=1");
    }

    #[test]
    fn what_is_no_address_says_why() {
        for (text, error) in [
            ("", UrlError::Scheme),
            ("vendor.example/produce", UrlError::Scheme),
            ("ftp://vendor.example/", UrlError::Scheme),
            ("http:///produce", UrlError::Host),
            ("http://a..b/", UrlError::Host),
            ("http://[::1", UrlError::Host),
            ("http://[vendor]/", UrlError::Host),
            ("http://h:0/", UrlError::Port),
            ("http://h:/", UrlError::Port),
            ("http://h:+80/", UrlError::Port),
            ("http://h:65536/", UrlError::Port),
            ("http://user:password@h/", UrlError::UserInfo),
            ("http://h/#part", UrlError::Fragment),
            ("http://h/a b", UrlError::Character),
            ("http://h/云", UrlError::Character),
            ("http://h/\r\nx: y", UrlError::Character),
            ("http://h/?nonce=1", UrlError::Signed("nonce")),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
        assert_eq!(parse(&format!("http://h/{}", "a".repeat(512))), Err(UrlError::TooLong));
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer_and_what_is_read_is_written_alike(text in "(https?://)?\\PC{0,40}") {
            if let Ok(url) = parse(&text) {
                prop_assert_eq!(parse(&url.to_string()), Ok(url));
            }
        }
    }
}
