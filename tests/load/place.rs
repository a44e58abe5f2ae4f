//! Where a server is.

use std::net::{SocketAddr, ToSocketAddrs as _};

/// Where servers of this program's own are called.
pub(crate) const PATH: &str = "/koogallery/produce";

/// The address, the host as it is spelled, and the path of `http://HOST:PORT/PATH`.
pub(crate) fn place(url: &str) -> Result<(SocketAddr, String, String), String> {
    let rest = url.strip_prefix("http://").ok_or("only http:// is called: measure before the proxy")?;
    let (host, path) =
        rest.split_once('/').map_or((rest, PATH.to_owned()), |(host, path)| (host, format!("/{path}")));
    let with_port = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let mut found = with_port.to_socket_addrs().map_err(|e| format!("{host}: {e}"))?;
    let address = found.next().ok_or_else(|| format!("{host} has no address"))?;
    Ok((address, host.to_owned(), path))
}
