//! Values of settings, from text.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use license_core::ServerUrl;

use super::error::ValueError;
use crate::storage::{Address, PostgresAddress};

/// Paths that the server answers itself.
const RESERVED: [&str; 4] = ["/.well-known/jwks.json", "/healthz", "/readyz", "/metrics"];
const MAX_URL: usize = 512;
/// Ten years; nothing here lasts longer.
const MAX_SECONDS: i64 = 3650 * 86_400;

/// Addresses that share their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether an address is one of them. An IPv4 address in IPv6 clothes is its IPv4 self.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(one)) => {
                same_start(net.to_bits().into(), one.to_bits().into(), 32, self.prefix)
            }
            (IpAddr::V6(net), IpAddr::V6(one)) => same_start(net.to_bits(), one.to_bits(), 128, self.prefix),
            _ => false,
        }
    }
}

fn same_start(a: u128, b: u128, width: u8, prefix: u8) -> bool {
    // A shift by all 128 bits is none at all for the processor.
    (a ^ b).checked_shr(u32::from(width - prefix)).unwrap_or(0) == 0
}

impl FromStr for Network {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let fault = || ValueError::must("an address such as 10.1.2.3, or a network such as 10.0.0.0/8");
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().map_err(|_| fault())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(digits) if digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|prefix| *prefix <= width).ok_or_else(fault)?
            }
            Some(_) => return Err(fault()),
        };
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// `90m` and the like as seconds: a whole number and one of s, m, h, d; at most ten years.
///
/// # Errors
/// [`ValueError`]
pub fn seconds(text: &str) -> Result<i64, ValueError> {
    let fault = || ValueError::must("a whole number and s, m, h or d, such as 24h or 7d, and at most 3650d");
    let unit = match text.as_bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 3600,
        Some(b'd') => 86_400,
        _ => return Err(fault()),
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fault());
    }
    let number: Option<i64> = digits.parse().ok();
    number.and_then(|n| n.checked_mul(unit)).filter(|seconds| *seconds <= MAX_SECONDS).ok_or_else(fault)
}

/// `sqlite://PATH` or `postgres://…`; where a relative path starts is for the caller to say.
///
/// # Errors
/// [`ValueError`]
pub fn database(text: &str) -> Result<Address, ValueError> {
    if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
        return PostgresAddress::parse(text).map(Address::Postgres).map_err(ValueError::must);
    }
    match text.strip_prefix("sqlite://") {
        Some(path) if !path.is_empty() && !path.contains(['?', '#', '\0']) && path != ":memory:" => {
            Ok(Address::Sqlite(path.into()))
        }
        _ => Err(ValueError::must("sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE")),
    }
}

/// The path of the store's calls: segments of unreserved characters that the server does not use itself.
///
/// # Errors
/// [`ValueError`]
pub fn produce_path(text: &str) -> Result<String, ValueError> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let segment = |segment: &str| {
        !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(unreserved)
    };
    let well = text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(segment));
    if !well || text.len() > 256 {
        return Err(ValueError::must("a path such as /koogallery/produce, of A-Z a-z 0-9 - . _ ~"));
    }
    if RESERVED.contains(&text) || text == "/v1" || text.starts_with("/v1/") {
        return Err(ValueError::Must("is a path that the server uses itself".into()));
    }
    Ok(text.to_owned())
}

/// A page of the vendor's: http or https, a host, at most 512 characters, the store's limit.
///
/// # Errors
/// [`ValueError`]
pub fn page(text: &str) -> Result<String, ValueError> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let well = rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}".contains(c));
    if well && text.chars().count() <= MAX_URL {
        Ok(text.to_owned())
    } else {
        Err(ValueError::must("a URL that begins with https:// or http://, of at most 512 characters"))
    }
}

/// Where agents reach the server, as agents read it.
///
/// # Errors
/// [`ValueError`]
pub fn server_url(text: &str) -> Result<ServerUrl, ValueError> {
    text.parse().map_err(|why| {
        ValueError::Must(format!(
            "is not where an agent would ask: {why}; https://licenses.vendor.example is, and http:// to this machine alone"
        ))
    })
}

/// A name that goes into licenses: 1 to 256 bytes without control characters or white space around.
///
/// # Errors
/// [`ValueError`]
pub fn claim(text: &str) -> Result<String, ValueError> {
    if text.is_empty() || text.len() > 256 || text.trim() != text || text.chars().any(char::is_control) {
        return Err(ValueError::must("1 to 256 bytes, without control characters or white space around"));
    }
    Ok(text.to_owned())
}

/// `true` or `false`.
///
/// # Errors
/// [`ValueError`]
pub fn yes_or_no(text: &str) -> Result<bool, ValueError> {
    text.parse().map_err(|_| ValueError::must("true or false"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_have_one_unit() {
        for (text, expected) in
            [("24h", 86_400), ("7d", 604_800), ("90m", 5400), ("30s", 30), ("0s", 0), ("3650d", 315_360_000)]
        {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "24",
            "h",
            "1.5h",
            "-1h",
            "+1h",
            "1 h",
            "1h30m",
            "3651d",
            "99999999999999999999d",
            "9223372036854775807d",
            "1w",
            "1H",
            "１h",
        ] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_database_is_a_file_or_a_server() {
        let shown = |text: &str| database(text).map(|address| address.to_string());
        assert_eq!(shown("sqlite://license.db"), Ok("license.db".into()));
        assert_eq!(shown("sqlite:///var/lib/license.db"), Ok("/var/lib/license.db".into()));
        assert_eq!(shown("postgres://u:secret@host/db"), Ok("postgres://host/db".into()));
        for text in
            ["", "license.db", "sqlite://", "sqlite:license.db", "sqlite://:memory:", "sqlite://a?mode=ro"]
        {
            assert!(database(text).unwrap_err().to_string().contains("sqlite://PATH"), "{text}");
        }
        assert!(!database("postgres://u:secret@host:x/db").unwrap_err().to_string().contains("secret"));
    }

    #[test]
    fn networks_hold_their_addresses() {
        let holds =
            |net: &str, address: &str| net.parse::<Network>().unwrap().contains(address.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.255.0.1"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("127.0.0.1", "127.0.0.1") && !holds("127.0.0.1", "127.0.0.2"));
        assert!(holds("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(holds("0.0.0.0/0", "8.8.8.8") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("::/0", "2001:db8::1") && holds("2001:db8::/32", "2001:db8::1"));
        assert!(!holds("2001:db8::/32", "2001:db9::1"));
        for text in
            ["", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/008a", "::/129", "10.0.0", "host"]
        {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_of_calls_is_plain_and_free() {
        assert_eq!(produce_path("/koogallery/produce"), Ok("/koogallery/produce".into()));
        for text in [
            "", "/", "produce", "/a//b", "/a/", "/a b", "/ä", "/a?b", "/%61", "/..", "/a/./b", "/healthz",
            "/metrics",
        ] {
            assert!(produce_path(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_page_is_a_url_of_the_web() {
        assert!(page("https://vendor.example/cad?x=1#top").is_ok());
        assert!(page(&format!("http://v.example/{}", "x".repeat(495))).is_ok());
        for text in [
            "",
            "vendor.example",
            "ftp://v.example",
            "https://",
            "https:///x",
            "https://v example",
            "javascript:alert(1)",
            "https://v\n",
            "https://v/\"><script>",
        ] {
            assert!(page(text).is_err(), "{text}");
        }
        assert!(page(&format!("http://v.example/{}", "x".repeat(496))).is_err());
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in "\\PC{0,24}") {
            let _ = (seconds(&text), database(&text), produce_path(&text), page(&text), claim(&text));
            let _ = text.parse::<Network>();
        }

        #[test]
        fn a_network_holds_its_own_address(bits: u128, prefix in 0_u8..=128, v4: bool) {
            let (address, prefix) = if v4 {
                (IpAddr::from((bits as u32).to_be_bytes()), prefix % 33)
            } else {
                (IpAddr::from(bits.to_be_bytes()), prefix)
            };
            prop_assume!(v4 || address.to_canonical() == address);
            let network: Network = format!("{address}/{prefix}").parse().unwrap();
            prop_assert!(network.contains(address));
            prop_assert_eq!(network.to_string().parse::<Network>(), Ok(network));
        }
    }
}
