//! `postgres://…`, read once.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};

/// How long one host may take to accept a connection.
const CONNECT_WITHIN: Duration = crate::fault::patience(Duration::from_millis(1_000));

/// One PostgreSQL, or several hosts that stand in for each other.
#[derive(Clone)]
pub struct PostgresAddress {
    pub(super) config: Box<Config>,
    pub(super) trust: Trust,
    shown: String,
}

/// Whose certificate is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Anybody's: the connection is encrypted, but not with anyone in particular.
    Anybody,
    /// One for the host's name, by the certificates that the machine trusts, or by those of a file.
    Verified(Option<PathBuf>),
}

impl PostgresAddress {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`; several hosts are separated by commas.
    ///
    /// # Errors
    /// What is wrong, in words that end "it must be …"; never the password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (before, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut roots, mut rest) = (SslMode::Prefer, None, Vec::new());
        let mut verified = false;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", "disable")) => mode = SslMode::Disable,
                Some(("sslmode", "prefer")) => mode = SslMode::Prefer,
                Some(("sslmode", "require")) => mode = SslMode::Require,
                Some(("sslmode", "verify-full")) => (mode, verified) = (SslMode::Require, true),
                Some(("sslmode", _)) => {
                    return Err("an sslmode of disable, prefer, require or verify-full".into());
                }
                Some(("sslrootcert", path)) if !path.is_empty() => roots = Some(unescaped(path)?),
                _ => rest.push(pair),
            }
        }
        if roots.is_some() && !verified {
            return Err("sslmode=verify-full where sslrootcert is given".into());
        }
        let plain = if rest.is_empty() { before.to_owned() } else { format!("{before}?{}", rest.join("&")) };
        // What the parser says may repeat the text, and a password is in it.
        let mut config: Config =
            plain.parse().map_err(|_| "postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned())?;
        if config.get_hosts().is_empty() {
            return Err("a URL with a host; a folder of a socket is written %2Fvar%2Frun%2Fpostgresql".into());
        }
        config.ssl_mode(mode);
        if config.get_application_name().is_none() {
            config.application_name("license-server");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_WITHIN);
        }
        // A server that came back as a standby is none to write to.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.keepalives_idle(Duration::from_secs(10)).tcp_user_timeout(Duration::from_secs(5));
        let trust = if verified { Trust::Verified(roots.map(PathBuf::from)) } else { Trust::Anybody };
        Ok(Self { config: Box::new(config), trust, shown: without_password(before) })
    }
}

fn unescaped(text: &str) -> Result<String, String> {
    let fault = || "a path as sslrootcert, with %XX for what a URL cannot hold".to_owned();
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2).ok_or_else(fault)?;
        let digits = std::str::from_utf8(digits).map_err(|_| fault())?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| fault())?);
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| fault())
}

/// Scheme, hosts and database.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{place}")
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let address =
            PostgresAddress::parse("postgres://u:s%40cret@h:5432,other/db?sslmode=require").unwrap();
        assert_eq!(
            format!("{address} {address:?}"),
            "postgres://h:5432,other/db PostgresAddress(postgres://h:5432,other/db)"
        );
        assert_eq!(address.config.get_ssl_mode(), SslMode::Require);
        assert_eq!(address.config.get_hosts().len(), 2);
        assert_eq!(address.trust, Trust::Anybody);
    }

    #[test]
    fn certificates_are_verified_where_that_is_asked_for() {
        let at = |query: &str| PostgresAddress::parse(&format!("postgresql://h/db?{query}"));
        assert_eq!(at("sslmode=verify-full").unwrap().trust, Trust::Verified(None));
        assert_eq!(
            at("sslrootcert=%2Fetc%2Fca.pem&sslmode=verify-full&connect_timeout=3").unwrap().trust,
            Trust::Verified(Some("/etc/ca.pem".into()))
        );
        for wrong in
            ["sslrootcert=ca.pem", "sslmode=verify-ca", "sslrootcert=%2&sslmode=verify-full", "nonsense=1"]
        {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fault_never_repeats_the_password() {
        for text in [
            "postgres://u:secret@h:notaport/db",
            "postgres://u:secret@/db",
            "postgres://u:secret@h/db?x=secret",
        ] {
            let fault = PostgresAddress::parse(text).unwrap_err();
            assert!(!fault.contains("secret"), "{fault}");
        }
    }
}
