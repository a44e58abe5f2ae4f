//! Whose call it is, where a proxy passes it on.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use hyper::HeaderMap;
use hyper::header::{FORWARDED, HeaderName};

use super::Sent;
use crate::config::Network;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// More hops than any way has.
const MOST_HOPS: usize = 32;

/// The address of whoever sent a call: the nearest one that is not a trusted proxy's.
///
/// A trusted proxy is believed about the hop before it. Where it passes on both headers, and they differ, one of them
/// came from outside, and neither is believed.
pub(super) fn client(sent: &Sent, trusted: &[Network]) -> IpAddr {
    let peer = sent.peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.to_canonical());
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let standard = hops(&sent.headers, &FORWARDED, ',', forwarded_for);
    let usual = hops(&sent.headers, &X_FORWARDED_FOR, ',', |hop| address(hop.trim()));
    match (standard, usual) {
        (Some(standard), Some(usual)) => {
            let (standard, usual) = (nearest(peer, &standard, trusted), nearest(peer, &usual, trusted));
            if standard == usual { standard } else { peer }
        }
        (Some(hops), None) | (None, Some(hops)) => nearest(peer, &hops, trusted),
        (None, None) => peer,
    }
}

/// From the nearest on, until one is not a trusted proxy or has no address.
fn nearest(peer: IpAddr, hops: &[Option<IpAddr>], trusted: &[Network]) -> IpAddr {
    let mut found = peer;
    for hop in hops.iter().rev().take(MOST_HOPS) {
        let Some(address) = hop else {
            break;
        };
        found = *address;
        if !is_trusted(found, trusted) {
            break;
        }
    }
    found
}

fn is_trusted(address: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// All hops of all lines of a header, `None` for one without an address; nothing if the header is not there.
fn hops(
    headers: &HeaderMap,
    name: &HeaderName,
    comma: char,
    read: impl Fn(&str) -> Option<IpAddr>,
) -> Option<Vec<Option<IpAddr>>> {
    let mut lines = headers.get_all(name).iter().peekable();
    lines.peek()?;
    let mut hops = Vec::new();
    for line in lines {
        match line.to_str() {
            Ok(line) => hops.extend(outside_quotes(line, comma).into_iter().map(&read)),
            Err(_) => hops.push(None),
        }
    }
    Some(hops)
}

/// `for=192.0.2.1;proto=https` ([RFC 7239](https://www.rfc-editor.org/rfc/rfc7239#section-4)).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let named = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().to_owned())
    };
    let value = outside_quotes(element, ';').into_iter().find_map(named)?;
    let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&value);
    address(bare)
}

/// The parts between separators that do not stand in quotes.
fn outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(|c: char| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match c {
            '\\' => is_escaped = is_quoted && !was_escaped,
            '"' if !was_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        c == separator && !is_quoted
    })
    .collect()
}

/// An address with or without a port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let found = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    found.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;
    use crate::http::agent_api::Peer;

    fn seen(peer: &str, lines: &[(&'static str, &str)]) -> String {
        let trusted: Vec<Network> =
            ["10.0.0.0/8", "2001:db8:aaaa::/48"].iter().map(|net| net.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let sent = Sent { peer: Some(Peer(peer.parse().unwrap())), headers, body: Bytes::new() };
        client(&sent, &trusted).to_string()
    }

    const XFF: &str = "x-forwarded-for";
    const FWD: &str = "forwarded";

    #[test]
    fn only_a_trusted_proxy_is_believed_and_from_the_right() {
        for (peer, lines, client) in [
            ("192.0.2.9", &[(XFF, "203.0.113.7")][..], "192.0.2.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "203.0.113.7")], "203.0.113.7"),
            ("::ffff:10.0.0.1", &[(XFF, "203.0.113.7")], "203.0.113.7"),
            ("10.0.0.1", &[(XFF, "198.51.100.1, 203.0.113.7")], "203.0.113.7"),
            ("10.0.0.1", &[(XFF, "198.51.100.1,203.0.113.7 , 10.2.2.2")], "203.0.113.7"),
            ("10.0.0.1", &[(XFF, "198.51.100.1"), (XFF, "203.0.113.7")], "203.0.113.7"),
            ("10.0.0.1", &[(XFF, "203.0.113.7:4711")], "203.0.113.7"),
            ("10.0.0.1", &[(XFF, "[2001:db8::7]:4711")], "2001:db8::7"),
            ("10.0.0.1", &[(XFF, "unknown")], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "203.0.113.7, garbage, 10.2.2.2")], "10.2.2.2"),
            ("10.0.0.1", &[(XFF, "10.3.3.3, 10.2.2.2")], "10.3.3.3"),
            ("10.0.0.1", &[(FWD, "for=203.0.113.7;proto=https;by=10.0.0.1")], "203.0.113.7"),
            ("10.0.0.1", &[(FWD, "For=\"[2001:db8::7]:80\", for=10.2.2.2")], "2001:db8::7"),
            ("10.0.0.1", &[(FWD, "for=203.0.113.7;host=\"a,for=198.51.100.1\"")], "203.0.113.7"),
            ("10.0.0.1", &[(FWD, "for=_hidden")], "10.0.0.1"),
            ("10.0.0.1", &[(FWD, "proto=https")], "10.0.0.1"),
            ("10.0.0.1", &[(FWD, "for=203.0.113.7"), (XFF, "203.0.113.7")], "203.0.113.7"),
            ("10.0.0.1", &[(FWD, "for=198.51.100.1"), (XFF, "203.0.113.7")], "10.0.0.1"),
            ("2001:db8:aaaa::1", &[(XFF, "2001:db8:aaaa::2, 2001:db8::7")], "2001:db8::7"),
        ] {
            assert_eq!(seen(peer, lines), client, "{peer} {lines:?}");
        }
    }

    proptest! {
        #[test]
        fn what_an_untrusted_hop_adds_changes_nothing(forged in "[ -~]{0,60}") {
            // It cannot close a quote that the proxy's own element would then stand in.
            let forged = forged.replace(['"', '\\'], "");
            prop_assert_eq!(seen("10.0.0.1", &[(XFF, &format!("{forged}, 203.0.113.7"))]), "203.0.113.7");
            prop_assert_eq!(seen("10.0.0.1", &[(FWD, &format!("{forged}, for=203.0.113.7"))]), "203.0.113.7");
            prop_assert_eq!(seen("192.0.2.9", &[(XFF, &forged), (FWD, &forged)]), "192.0.2.9");
        }
    }
}
