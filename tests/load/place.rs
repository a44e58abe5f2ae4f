//! Where a server is, and whether that is on this machine.

use std::net::{SocketAddr, ToSocketAddrs as _};

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

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

/// `postgres://…` for connections that are not encrypted: those of this machine need not be.
///
/// # Errors
/// A sentence without the URL: a password may be in it.
pub(crate) fn postgres_config(url: &str) -> Result<Config, String> {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let of_tls = |pair: &&str| pair.starts_with("sslmode=") || pair.starts_with("sslrootcert=");
    let kept: Vec<_> = query.split('&').filter(|pair| !pair.is_empty() && !of_tls(pair)).collect();
    let plain = if kept.is_empty() { place.to_owned() } else { format!("{place}?{}", kept.join("&")) };
    let mut config: Config = plain
        .parse()
        .map_err(|_| "the database must be postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned())?;
    config.ssl_mode(if query.contains("sslmode=require") || query.contains("sslmode=verify-full") {
        SslMode::Require
    } else {
        SslMode::Disable
    });
    config.application_name("license-load");
    Ok(config)
}

/// The same database with another schema before all others.
pub(crate) fn with_schema(url: &str, schema: &str) -> String {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let search = format!("-c%20search_path%3D{schema}");
    let (mut pairs, mut is_there) = (Vec::new(), false);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        if pair.starts_with("options=") {
            // Of two settings the later one holds.
            is_there = true;
            pairs.push(format!("{pair}%20{search}"));
        } else {
            pairs.push(pair.to_owned());
        }
    }
    if !is_there {
        pairs.push(format!("options={search}"));
    }
    format!("{place}?{}", pairs.join("&"))
}

/// Refuses a PostgreSQL that answers from another machine.
pub(crate) fn check_is_here(config: &Config) -> Result<(), String> {
    let elsewhere = |name: &str| Err(format!("{name} is not this machine; --anywhere if you mean it"));
    if let Some(other) = config.get_hostaddrs().iter().find(|address| !address.is_loopback()) {
        return elsewhere(&other.to_string());
    }
    for host in config.get_hosts() {
        match host {
            Host::Tcp(name) => {
                let mut found = (name.as_str(), 0).to_socket_addrs().map_err(|e| format!("{name}: {e}"))?;
                if found.any(|address| !address.ip().is_loopback()) {
                    return elsewhere(name);
                }
            }
            #[cfg(unix)]
            Host::Unix(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_this_machine_is_told_from_others() {
        let here = |url: &str| check_is_here(&postgres_config(url)?);
        for url in [
            "postgres://u:p@127.0.0.1:5432/d",
            "postgres://u@[::1]/d?sslmode=prefer",
            "postgres://u@%2Ftmp/d",
        ] {
            assert_eq!(here(url), Ok(()), "{url}");
        }
        for (url, name) in [
            ("postgres://u:secret@192.0.2.1/d", "192.0.2.1"),
            ("postgres://u@127.0.0.1,192.0.2.1/d", "192.0.2.1"),
            ("postgres://u@localhost/d?hostaddr=192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(here(url), Err(format!("{name} is not this machine; --anywhere if you mean it")));
        }
        assert!(!here("postgres://u:secret@h:x/d").unwrap_err().contains("secret"));
    }

    #[test]
    fn a_schema_goes_before_the_one_that_is_named() {
        assert_eq!(with_schema("postgres://h/d", "s"), "postgres://h/d?options=-c%20search_path%3Ds");
        assert_eq!(
            with_schema("postgres://h/d?a=b&options=-c%20search_path%3Dt", "s"),
            "postgres://h/d?a=b&options=-c%20search_path%3Dt%20-c%20search_path%3Ds"
        );
    }
}
