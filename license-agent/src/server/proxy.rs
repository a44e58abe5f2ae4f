//! Which proxy stands between this machine and the server, by the environment that other programs go by as well.

use std::net::IpAddr;

use ureq::http::Uri;

use super::Address;

/// Where a proxy may be named, the first that is set; each also in lower case.
const VARIABLES: [&str; 3] = ["HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"];

/// A proxy, and who named it.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(super) proxy: ureq::Proxy,
    variable: String,
}

/// A variable that names no proxy. What it holds may be a password, so it is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} names no proxy that can be used: http://HOST:PORT or https://HOST:PORT is expected")]
pub(crate) struct ProxyError {
    variable: String,
}

impl Proxy {
    /// Host and port, never a user or a password.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.proxy.host(), self.proxy.port())
    }

    pub(crate) fn host(&self) -> &str {
        self.proxy.host()
    }

    pub(crate) fn port(&self) -> u16 {
        self.proxy.port()
    }

    /// The variable that named it.
    pub(crate) fn variable(&self) -> &str {
        &self.variable
    }
}

/// The proxy for an address, read from variables. Plain HTTP stays on this machine, so it never has one.
pub(crate) fn choose(
    address: &Address,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, ProxyError> {
    let read = |name: &str| {
        let named = |name: String| {
            variable(&name).filter(|value| !value.trim().is_empty()).map(|value| (name, value))
        };
        named(name.to_owned()).or_else(|| named(name.to_ascii_lowercase()))
    };
    if !address.is_tls() || read("NO_PROXY").is_some_and(|(_, list)| is_excepted(address, &list)) {
        return Ok(None);
    }
    let Some((variable, value)) = VARIABLES.into_iter().find_map(read) else { return Ok(None) };
    let value = value.trim();
    let has_known_scheme = match value.split_once("://") {
        Some((scheme, _)) => ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)),
        None => true,
    };
    // The text with a scheme, since `host:port` alone would be read as a scheme.
    let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let is_url = url.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    match ureq::Proxy::new(&url) {
        Ok(proxy) if has_known_scheme && is_url => Ok(Some(Proxy { proxy, variable })),
        _ => Err(ProxyError { variable }),
    }
}

/// Whether a list such as `localhost, .vendor.example, 10.0.0.0/8` names the address.
fn is_excepted(address: &Address, list: &str) -> bool {
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| names(entry, address))
}

fn names(entry: &str, address: &Address) -> bool {
    if entry == "*" {
        return true;
    }
    let entry = entry.to_ascii_lowercase();
    let host = address.host();
    if let Ok(ip) = host.parse::<IpAddr>() {
        if let Some((network, bits)) = entry.split_once('/') {
            return match (network.parse(), bits.parse()) {
                (Ok(network), Ok(bits)) => is_within(ip, network, bits),
                _ => false,
            };
        }
        let bare = entry.trim_start_matches('[').trim_end_matches(']');
        if bare.parse::<IpAddr>() == Ok(ip) {
            return true;
        }
    }
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port.parse::<u16>().ok()),
        _ => (entry.as_str(), None),
    };
    if port.is_some_and(|port| port != address.port()) {
        return false;
    }
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let domain = name.trim_start_matches('*').trim_start_matches('.');
    !domain.is_empty()
        && (host == domain || host.strip_suffix(domain).is_some_and(|before| before.ends_with('.')))
}

fn is_within(ip: IpAddr, network: IpAddr, bits: u32) -> bool {
    let share = |a: u128, b: u128, width: u32| bits <= width && (bits == 0 || (a ^ b) >> (width - bits) == 0);
    match (ip, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => share(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => share(a.to_bits(), b.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(address: &str, environment: &[(&str, &str)]) -> Result<Option<(String, String)>, ProxyError> {
        let read = |name: &str| {
            environment.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        };
        let proxy = choose(&address.parse().unwrap(), read)?;
        Ok(proxy.map(|proxy| (proxy.name(), proxy.variable().to_owned())))
    }

    #[test]
    fn the_variables_that_others_go_by_name_the_proxy() {
        const SERVER: &str = "https://licenses.vendor.example";
        let some = |name: &str, variable: &str| Ok(Some((name.to_owned(), variable.to_owned())));
        for (environment, expected) in [
            (&[][..], Ok(None)),
            (&[("HTTPS_PROXY", "http://proxy:3128")], some("proxy:3128", "HTTPS_PROXY")),
            (&[("https_proxy", "proxy:3128")], some("proxy:3128", "https_proxy")),
            (&[("HTTP_PROXY", "http://proxy")], some("proxy:80", "HTTP_PROXY")),
            (&[("ALL_PROXY", "https://u:secret@proxy/")], some("proxy:443", "ALL_PROXY")),
            (&[("HTTP_PROXY", "http://b"), ("HTTPS_PROXY", "http://a")], some("a:80", "HTTPS_PROXY")),
            (&[("HTTPS_PROXY", ""), ("ALL_PROXY", "http://b")], some("b:80", "ALL_PROXY")),
        ] {
            assert_eq!(chosen(SERVER, environment), expected, "{environment:?}");
        }
        // What is sent in plain text stays on this machine.
        assert_eq!(chosen("http://127.0.0.1:8080", &[("HTTP_PROXY", "http://proxy")]), Ok(None));
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_an_error_that_hides_its_password() {
        for value in ["socks5://u:secret@proxy", "ftp://proxy", "http://", "http://u:secret@", "not a proxy"]
        {
            let error = chosen("https://vendor.example", &[("ALL_PROXY", value)]).unwrap_err().to_string();
            assert!(error.starts_with("ALL_PROXY names no proxy") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn exceptions_are_hosts_domains_ports_and_networks() {
        for (address, list, excepted) in [
            ("https://a.vendor.example", "vendor.example", true),
            ("https://a.vendor.example", ".vendor.example", true),
            ("https://a.vendor.example", "*.VENDOR.example", true),
            ("https://vendor.example", ".vendor.example", true),
            ("https://myvendor.example", "vendor.example", false),
            ("https://vendor.example:8443", "other.example, vendor.example:8443", true),
            ("https://vendor.example", "vendor.example:8443", false),
            ("https://vendor.example", "*", true),
            ("https://vendor.example", "example.vendor, ,", false),
            ("https://10.1.2.3", "10.0.0.0/8", true),
            ("https://11.1.2.3", "10.0.0.0/8", false),
            ("https://10.1.2.3", "10.1.2.3", true),
            ("https://10.1.2.3", "0.0.0.0/0", true),
            ("https://10.1.2.3", "10.0.0.0/99", false),
            ("https://[2001:db8::1]", "2001:db8::/32", true),
            ("https://[2001:db8::1]", "[2001:db8::1]", true),
            ("https://[2001:db8::1]", "[2001:db8::1]:443", true),
            ("https://[2001:db8::1]", "10.0.0.0/8", false),
        ] {
            assert_eq!(is_excepted(&address.parse().unwrap(), list), excepted, "{address} {list}");
        }
    }
}
