//! The way to the vendor's server, step by step, so that it is seen where it ends.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use license_core::UnixTime;

use super::{Check, Found};
use crate::cli::ServerArgs;
use crate::here::Here;
use crate::server::{Server, ServerError, Why};

/// The checks, and the server's date if it was told.
pub(super) fn look(
    here: &Here,
    args: &ServerArgs,
    waiting: impl Fn(String),
) -> (Vec<Check>, Option<UnixTime>) {
    let server = match Server::new(args, here.server.as_deref()) {
        Ok(server) => server,
        // A machine without a server is licensed by hand.
        Err(error) => return (vec![Check::warning("server", &error.into())], None),
    };
    // Each step may take its time, and there are three.
    let timeout = Duration::from_secs(args.timeout.min(10));
    let (host, port) = match server.proxy() {
        Some(proxy) => (proxy.host().to_owned(), proxy.port()),
        None => (server.address().host().to_owned(), server.address().port()),
    };
    let mut checks = vec![proxy(&server)];
    waiting(format!("looking up {host}"));
    let addresses = match resolve(&host, port, timeout) {
        Ok(addresses) => addresses,
        Err(why) => {
            checks.push(failed("name", &server, why));
            return (checks, None);
        }
    };
    if host.parse::<IpAddr>().is_err() {
        checks.push(Check::good("name", &format!("{host} is known, with {}", counted(&addresses))));
    }
    waiting(format!("connecting to {host}"));
    if let Err(why) = connect(&addresses, timeout) {
        checks.push(failed("connection", &server, why));
        return (checks, None);
    }
    checks.push(Check::good("connection", &format!("port {port} is open")));
    waiting(format!("asking {}", server.address().name()));
    match server.look() {
        Ok(reply) => {
            checks.push(Check::good(
                "server",
                &format!("{} answers{}", server.address().name(), trusted(&server)),
            ));
            waiting(format!("reading the keys of {}", server.address().name()));
            checks.push(super::keys::compare(&here.trust, server.published_keys()));
            (checks, reply.date)
        }
        Err(error) => {
            let mut check = Check::warning("server", &error.into());
            check.says.push(format!("trusted: {}", authorities(&server)));
            checks.push(check);
            (checks, None)
        }
    }
}

fn proxy(server: &Server) -> Check {
    match server.proxy() {
        Some(proxy) => Check::good("proxy", &format!("{}, by {}", proxy.name(), proxy.variable())),
        None => Check::good("proxy", "none"),
    }
}

fn trusted(server: &Server) -> String {
    match server.address().is_tls() {
        true => format!(" over TLS; trusted: {}", authorities(server)),
        false => ", on this machine, without TLS".into(),
    }
}

fn authorities(server: &Server) -> String {
    let roots = server.roots();
    let own = roots.of_file.map(|count| format!(" and {count} of --ca-file")).unwrap_or_default();
    format!("{} authorities of the machine{own}", roots.of_machine)
}

fn failed(name: &'static str, server: &Server, why: Why) -> Check {
    let via = server.proxy().map(crate::server::Proxy::name);
    let why = why.by(via.is_some());
    let error = ServerError::Unreachable { server: server.address().name(), via, why };
    Check { found: Found::Warning, ..Check::failed(name, &error.into()) }
}

/// Asks the system for a name's addresses. It may take longer than anybody waits, on a thread of its own.
fn resolve(host: &str, port: u16, timeout: Duration) -> Result<Vec<SocketAddr>, Why> {
    let (tell, told) = mpsc::channel();
    let asked = (host.to_owned(), port);
    thread::spawn(move || {
        let found = asked.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // Nobody may wait for it any more.
        _ = tell.send(found);
    });
    match told.recv_timeout(timeout) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Ok(_)) => Err(Why::Name),
        Ok(Err(error)) => Err(Why::of_io(&error, timeout.as_secs())),
        Err(_) => Err(Why::TimedOut(timeout.as_secs())),
    }
}

fn connect(addresses: &[SocketAddr], timeout: Duration) -> Result<(), Why> {
    let each = timeout / u32::try_from(addresses.len().max(1)).unwrap_or(1);
    let mut last = io::Error::from(io::ErrorKind::TimedOut);
    for address in addresses {
        match TcpStream::connect_timeout(address, each) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(Why::of_io(&last, timeout.as_secs()))
}

/// `2 addresses (IPv4, IPv6)`.
fn counted(addresses: &[SocketAddr]) -> String {
    let has = |is: fn(&SocketAddr) -> bool, name| addresses.iter().any(is).then_some(name);
    let kinds: Vec<_> =
        [has(SocketAddr::is_ipv4, "IPv4"), has(SocketAddr::is_ipv6, "IPv6")].into_iter().flatten().collect();
    let noun = if addresses.len() == 1 { "address" } else { "addresses" };
    format!("{} {noun} ({})", addresses.len(), kinds.join(", "))
}
