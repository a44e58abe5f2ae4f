//! What somebody who is asked to believe the server's certificate would say of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use license_core::UnixTime;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier as _;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime as PkiTime};
use tokio_rustls::rustls::{CertificateError, Error, RootCertStore};

use super::{TlsError, TlsFiles};

/// Beyond the end of every certificate.
const FAR: i64 = 200 * 366 * 86_400;
/// What no certificate is for.
const NOBODY: &str = "nobody.invalid";
/// How rustls prints what it has no variant for.
const AUTHORITY: &str = "CaUsedAsEndEntity";

/// A certificate that can be read, and what its callers find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// Why callers refuse it, whomever they trust.
    pub faults: Vec<CertificateFault>,
    /// Who vouches for it.
    pub vouched: Vouched,
    /// Its end.
    pub ends_at: Option<UnixTime>,
}

/// Who vouches for a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vouched {
    /// An authority that this machine trusts.
    Trusted,
    /// Itself, or an authority of its own in the same file.
    Itself,
    /// Nobody that is known here.
    Nobody,
}

/// Why a certificate is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// Its time is over.
    #[error("it expired at {0}; have it renewed")]
    Expired(UnixTime),
    /// Its time has not begun.
    #[error("it is not valid before {0}; is this machine's clock right?")]
    NotYet(UnixTime),
    /// One that may sign others, as `openssl req -x509` makes them by default.
    #[error(
        "it is an authority's (CA:TRUE), which clients refuse as a server's ({AUTHORITY}); make one with\n  {}",
        recipe(.0)
    )]
    Authority(String),
    /// It is for other hosts.
    #[error("it is not for {wanted}, where agents look for this server{}", has(.presented))]
    WrongName {
        /// The host of `SERVER_URL`.
        wanted: String,
        /// Those that it is for.
        presented: Vec<String>,
    },
    /// Anything else.
    #[error("clients refuse it: {0}")]
    Refused(String),
}

fn has(presented: &[String]) -> String {
    if presented.is_empty() { String::new() } else { format!("; it is for {}", presented.join(", ")) }
}

/// The command that makes a certificate which nobody vouches for but which clients take once they are given it.
#[must_use]
pub fn recipe(host: &str) -> String {
    let kind = if host.parse::<std::net::IpAddr>().is_ok() { "IP" } else { "DNS" };
    format!(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 \
         -keyout privkey.pem -out fullchain.pem -subj /CN={host} \
         -addext subjectAltName={kind}:{host} -addext basicConstraints=critical,CA:FALSE"
    )
}

/// Looks at a certificate as a caller would who calls it `host`; without a host its names are not looked at.
///
/// # Errors
/// When the certificate's file cannot be read.
pub fn inspect(files: &TlsFiles, host: Option<&str>, now: UnixTime) -> Result<Inspected, TlsError> {
    let chain = read(&files.cert)?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(judge(&chain, roots, host, now))
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|source| TlsError::File { path: path.to_owned(), source })
}

fn judge(
    chain: &[CertificateDer<'_>],
    trusted: RootCertStore,
    host: Option<&str>,
    now: UnixTime,
) -> Inspected {
    // Its own last certificate stands for an authority, so that what is wrong besides is found.
    let mut own = RootCertStore::empty();
    own.add_parsable_certificates(chain.last().map(|last| last.clone().into_owned()));
    let ends_at = match verify(chain, own.clone(), host, now.plus(FAR)) {
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            Some(from_pki(not_after))
        }
        _ => None,
    };
    let mut faults = Vec::new();
    // The time is looked at first; the rest is looked at as if it were right.
    let at = match verify(chain, own.clone(), host, now) {
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            faults.push(CertificateFault::Expired(from_pki(not_after)));
            from_pki(not_after).minus(1)
        }
        Err(Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. })) => {
            faults.push(CertificateFault::NotYet(from_pki(not_before)));
            from_pki(not_before).plus(1)
        }
        _ => now,
    };
    let is_good = |result: Result<(), Error>| match result {
        Ok(()) => true,
        // Names are looked at last.
        Err(Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => true,
        Err(_) => false,
    };
    let is_trusted = is_good(verify(chain, trusted, host, at));
    let alone = verify(chain, own, host, at);
    let vouched = match (is_trusted, is_good(alone.clone())) {
        (true, _) => Vouched::Trusted,
        (false, true) => Vouched::Itself,
        (false, false) => Vouched::Nobody,
    };
    faults.extend(alone.err().and_then(|error| fault(error, host)));
    Inspected { faults, vouched, ends_at }
}

/// What is wrong besides that nobody vouches.
fn fault(error: Error, host: Option<&str>) -> Option<CertificateFault> {
    let Error::InvalidCertificate(error) = error else {
        return Some(CertificateFault::Refused(error.to_string()));
    };
    match error {
        CertificateError::UnknownIssuer => None,
        CertificateError::NotValidForName => {
            host.map(|host| CertificateFault::WrongName { wanted: host.to_owned(), presented: Vec::new() })
        }
        CertificateError::NotValidForNameContext { presented, .. } => host
            .map(|host| CertificateFault::WrongName { wanted: host.to_owned(), presented: names(presented) }),
        CertificateError::Other(other) if format!("{other:?}").contains(AUTHORITY) => {
            Some(CertificateFault::Authority(host.unwrap_or("YOUR.DOMAIN").to_owned()))
        }
        other => Some(CertificateFault::Refused(other.to_string())),
    }
}

/// `DnsName("vendor.example")` without what it is wrapped in.
fn names(presented: Vec<String>) -> Vec<String> {
    let inner = |name: String| match name.split('"').nth(1) {
        Some(inner) => inner.to_owned(),
        None => name,
    };
    presented.into_iter().map(inner).collect()
}

fn verify(
    chain: &[CertificateDer<'_>],
    roots: RootCertStore,
    host: Option<&str>,
    at: UnixTime,
) -> Result<(), Error> {
    let unknown = || Error::from(CertificateError::UnknownIssuer);
    let (first, others) = chain.split_first().ok_or_else(unknown)?;
    let name = ServerName::try_from(host.unwrap_or(NOBODY).to_owned())
        .map_err(|why| Error::General(why.to_string()))?;
    let provider = Arc::new(ring::default_provider());
    // Without a root there is nobody to vouch.
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|_| unknown())?;
    verifier.verify_server_cert(first, others, &name, &[], pki(at)).map(drop)
}

fn pki(time: UnixTime) -> PkiTime {
    PkiTime::since_unix_epoch(Duration::from_secs(u64::try_from(time.as_secs()).unwrap_or(0)))
}

fn from_pki(time: PkiTime) -> UnixTime {
    UnixTime::from_secs(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};

    use super::*;

    const HOST: &str = "licenses.vendor.example";

    fn made(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
        change(&mut params);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    fn at(text: &str) -> UnixTime {
        let time: jiff::Timestamp = text.parse().unwrap();
        UnixTime::from_secs(time.as_second())
    }

    fn seen(cert: &CertificateDer<'_>, trusted: &[&CertificateDer<'_>], host: &str, now: &str) -> Inspected {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(trusted.iter().map(|cert| (*cert).clone().into_owned()));
        judge(std::slice::from_ref(cert), roots, Some(host), at(now))
    }

    #[test]
    fn each_fault_is_found_also_beside_another() {
        let (now, end) = ("2026-11-28T10:00:00Z", at("2027-01-01T00:00:00Z"));
        let good = made(|_| {});
        let plain = Inspected { faults: vec![], vouched: Vouched::Itself, ends_at: Some(end) };
        assert_eq!(seen(&good, &[], HOST, now), plain);
        assert_eq!(seen(&good, &[&good], HOST, now).vouched, Vouched::Trusted);

        let late = seen(&good, &[], "other.example", "2027-02-01T00:00:00Z").faults;
        let wrong =
            CertificateFault::WrongName { wanted: "other.example".into(), presented: vec![HOST.into()] };
        assert_eq!(late, [CertificateFault::Expired(end), wrong.clone()]);
        assert_eq!(late[1].to_string().split("; ").last(), Some("it is for licenses.vendor.example"));
        let early = seen(&good, &[&good], HOST, "2025-12-31T00:00:00Z");
        assert_eq!(early.faults, [CertificateFault::NotYet(at("2026-01-01T00:00:00Z"))]);
        assert_eq!(early.vouched, Vouched::Trusted);

        let authority = made(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
        let seen = seen(&authority, &[], HOST, now);
        assert_eq!(seen.faults, [CertificateFault::Authority(HOST.into())]);
        assert!(seen.faults[0].to_string().contains("basicConstraints=critical,CA:FALSE"));
    }

    #[test]
    fn without_a_host_names_are_not_looked_at_and_no_certificate_at_all_is_nobodys() {
        let now = at("2026-11-28T10:00:00Z");
        let found = judge(&[made(|_| {})], RootCertStore::empty(), None, now);
        assert_eq!((found.faults, found.vouched), (vec![], Vouched::Itself));
        let found = judge(&[], RootCertStore::empty(), None, now);
        assert_eq!((found.vouched, found.ends_at), (Vouched::Nobody, None));
        let junk = CertificateDer::from(vec![1, 2, 3]);
        // That it is no certificate is found before, with its key.
        assert_eq!(judge(&[junk], RootCertStore::empty(), None, now).vouched, Vouched::Nobody);
    }
}
