//! Junk with something around it that tells nothing either: words before a UUID, a domain, a port.

use std::net::IpAddr;

use super::junk::is_shared_uuid;

/// Hex digits of a UUID.
const UUID: usize = 32;
/// Most letters around it that tell nothing: `urn:uuid:`, `VirtualBox-`.
const AROUND: usize = 24;

/// Whether letters and digits, in upper case, are a shared UUID and letters around it.
pub(super) fn holds_shared_uuid(bare: &str) -> bool {
    if bare.len() < UUID || bare.len() > UUID + AROUND || !bare.is_ascii() {
        return false;
    }
    (0..=bare.len() - UUID).any(|at| {
        let around = || bare[..at].bytes().chain(bare[at + UUID..].bytes());
        let is_words = || around().all(|b| b.is_ascii_alphabetic()) || &bare[..at] == "EC2";
        is_words() && is_shared_uuid(&bare[at..at + UUID])
    })
}

/// A host's name without an end that says nothing about where it is.
pub(super) fn without_domain(value: &str) -> &str {
    const ENDS: [&str; 9] = [
        ".LOCALDOMAIN",
        ".LOCALDOMAIN4",
        ".LOCALDOMAIN6",
        ".LOCAL",
        ".LAN",
        ".HOME",
        ".INTERNAL",
        ".DOMAIN",
        ".HOME.ARPA",
    ];
    let value = value.trim_end_matches('.');
    ENDS.iter().find_map(|end| value.strip_suffix(end)).unwrap_or(value)
}

/// Whether a text is an address that every host has or that software hands to the first: loopback, unspecified, broadcast,
/// link-local, Docker's and VirtualBox' first; alone, with a port or a mask, or in a URL.
pub(super) fn is_address_of_this_host(value: &str) -> bool {
    const FIRST: [&str; 8] = [
        "10.0.2.15",
        "172.17.0.1",
        "172.17.0.2",
        "172.18.0.2",
        "192.168.0.1",
        "192.168.1.1",
        "192.168.122.1",
        "10.0.0.1",
    ];
    if !value.starts_with(|c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '[' | 'H' | 'T' | 'U')) {
        return false;
    }
    // Version 6 has two colons together or seven, other than an address of a card.
    let is_short = || !value.contains("::") && value.bytes().filter(|b| *b == b':').count() < 7;
    if !value.contains(['.', '/', '[']) && is_short() {
        return false;
    }
    let rest =
        ["HTTP://", "HTTPS://", "TCP://", "UDP://"].iter().find_map(|scheme| value.strip_prefix(scheme));
    let host = rest.unwrap_or(value).split('/').next().unwrap_or_default();
    let host = match host.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((inner, _)) => inner,
        None if host.matches(':').count() == 1 => host.split(':').next().unwrap_or_default(),
        None => host,
    };
    if host == "LOCALHOST" {
        return true;
    }
    let is_everywhere = |ip: IpAddr| match ip {
        IpAddr::V4(v4) => {
            v4.is_loopback()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_link_local()
                || v4.is_multicast()
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.is_multicast(),
    };
    FIRST.contains(&host) || host.parse().is_ok_and(|ip: IpAddr| is_everywhere(ip.to_canonical()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_around_a_shared_uuid_tell_nothing() {
        for bare in [
            "URNUUID03000200040005000006000700080009",
            "VMWARE00020003000400050006000700080009",
            "EC203000200040005000006000700080009",
        ] {
            assert!(holds_shared_uuid(bare), "{bare}");
        }
        assert!(!holds_shared_uuid("HOST703000200040005000006000700080009"));
        assert!(!holds_shared_uuid("URNUUID4C4C4544005134108051B5C04F375931"));
    }

    #[test]
    fn an_address_that_every_host_has_is_no_name() {
        for text in [
            "127.0.0.1:8080",
            "::1",
            "0.0.0.0",
            "[::1]:80",
            "HTTP://LOCALHOST:80/X",
            "169.254.169.254",
            "127.0.0.1/8",
            "::FFFF:127.0.0.1",
        ] {
            assert!(is_address_of_this_host(text), "{text}");
        }
        for text in ["10.7.31.12", "192.168.7.31", "04:7C:16:5E:E3:5D", "FD00::7:31", "A7:B8"] {
            assert!(!is_address_of_this_host(text), "{text}");
        }
    }
}
