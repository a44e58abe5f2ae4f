//! Where machines reach the server.

use std::fmt;
use std::str::FromStr;

use hyper::Uri;

use super::ValueError;

/// A base URL as machines know it: scheme, host, port, and the path that a proxy may have put before the server's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: Origin,
    /// Of a base without a slash at its end.
    path: String,
}

/// Scheme, host and port, in one spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    is_tls: bool,
    host: String,
    port: u16,
}

impl PublicUrl {
    /// A URL without user, query and fragment; nothing for any other text.
    fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?;
        let is_tls = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let is_bare = !authority.as_str().contains('@') && uri.query().is_none() && !text.contains('#');
        let host = authority.host().to_ascii_lowercase();
        if !is_bare || host.is_empty() {
            return None;
        }
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        Some(Self { origin: Origin { is_tls, host, port }, path: uri.path().to_owned() })
    }

    /// Whether `url` is that of a route of this server, as a machine would call it.
    ///
    /// Where the server was not told how machines reach it, a proxy may have given it another scheme, host and port, and
    /// may have put a path before `route`: then those are not compared.
    #[must_use]
    pub fn is_route(url: &str, route: &str, public: &[Self]) -> bool {
        let Some(called) = Self::parse(url) else {
            return false;
        };
        let Some(before) = called.path.strip_suffix(route) else {
            return false;
        };
        public.is_empty() || public.iter().any(|base| base.origin == called.origin && base.path == before)
    }
}

impl FromStr for PublicUrl {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let must = "a URL such as https://licenses.vendor.example, without user, query and fragment";
        let mut url =
            Self::parse(text).filter(|_| text.len() <= 512).ok_or_else(|| ValueError::must(must))?;
        url.path.truncate(url.path.trim_end_matches('/').len());
        Ok(url)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin: Origin { is_tls, host, port }, path } = self;
        write!(f, "{}://{host}:{port}{path}", if *is_tls { "https" } else { "http" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTE: &str = "/v1/licenses/renew";

    #[test]
    fn a_url_is_a_routes_wherever_a_proxy_has_put_the_server() {
        for (url, is_ours) in [
            ("https://licenses.vendor.example/v1/licenses/renew", true),
            ("http://127.0.0.1:8080/v1/licenses/renew", true),
            ("https://vendor.example/licenses/v1/licenses/renew", true),
            ("https://vendor.example/v1/licenses/renew/", false),
            ("https://vendor.example/v1/licenses/renew?a=b", false),
            ("https://vendor.example/v1/licenses/renew#a", false),
            ("https://u:p@vendor.example/v1/licenses/renew", false),
            ("https://vendor.example/v1/licenses/renewal", false),
            ("https://vendor.example/v1/activations/x", false),
            ("ftp://vendor.example/v1/licenses/renew", false),
            ("/v1/licenses/renew", false),
            ("https:///v1/licenses/renew", false),
            ("", false),
        ] {
            assert_eq!(PublicUrl::is_route(url, ROUTE, &[]), is_ours, "{url}");
        }
    }

    #[test]
    fn a_server_that_knows_its_urls_takes_no_others() {
        let public: Vec<PublicUrl> = ["https://Vendor.example/licenses/", "http://[::1]:8080"]
            .map(|text| text.parse().unwrap())
            .into_iter()
            .collect();
        for (url, is_ours) in [
            ("https://vendor.example/licenses/v1/licenses/renew", true),
            ("https://VENDOR.example:443/licenses/v1/licenses/renew", true),
            ("http://[::1]:8080/v1/licenses/renew", true),
            ("http://vendor.example/licenses/v1/licenses/renew", false),
            ("https://vendor.example/v1/licenses/renew", false),
            ("https://vendor.example:8443/licenses/v1/licenses/renew", false),
            ("https://other.example/licenses/v1/licenses/renew", false),
        ] {
            assert_eq!(PublicUrl::is_route(url, ROUTE, &public), is_ours, "{url}");
        }
        assert_eq!(public[0].to_string(), "https://vendor.example:443/licenses");
        for text in ["vendor.example", "https://a/?b", "https://a/#b", "https://u@a", "mailto:x", ""] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }
}
