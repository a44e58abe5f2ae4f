//! Why the vendor's server did not give what was asked for, in words for people.

use std::io;

use license_core::UnixTime;
use ureq::Timeout;

use super::{AddressError, Problem, ProxyError, RootsError};
use crate::exit::Exit;

/// What went wrong between here and the server, or what the server said.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    #[error("the vendor file names no server, so there is nobody to ask")]
    NoAddress,
    #[error("the server's address {text} cannot be used: {source}")]
    Address { text: String, source: AddressError },
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    #[error(transparent)]
    Roots(#[from] RootsError),
    #[error("the vendor's server {server} cannot be reached{}: {why}", through(via.as_deref()))]
    Unreachable { server: String, via: Option<String>, why: Why },
    #[error("{server} answered, but not as a license server does: {what}")]
    Strange { server: String, what: String },
    #[error("{}", .0.headline())]
    Refused(Box<Problem>),
}

/// Where the way to the server ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Why {
    #[error("its name is unknown here")]
    Name,
    #[error("the proxy's name is unknown here")]
    ProxyName,
    #[error("no name server answers, so its address is not known")]
    NameServer,
    #[error("no answer within {0} s")]
    TimedOut(u64),
    #[error("{0}")]
    Connection(String),
    #[error("its certificate is not from an authority that this machine trusts")]
    UnknownAuthority,
    #[error("its certificate is for another name")]
    OtherName,
    #[error("its certificate is over, by the clock of this machine")]
    CertificateOver,
    #[error("its certificate is not yet valid, by the clock of this machine")]
    CertificateEarly,
    #[error("no secure connection could be made ({0})")]
    Tls(String),
    #[error("the proxy did not let it through ({0})")]
    ProxyRefused(String),
}

impl ServerError {
    /// A short fixed name, or the server's for a refusal.
    pub(crate) fn code(&self) -> String {
        match self {
            Self::NoAddress => "no-server",
            Self::Address { .. } => "server-address",
            Self::Proxy(_) => "proxy",
            Self::Roots(_) => "ca-file",
            Self::Unreachable { why, .. } => why.code(),
            Self::Strange { .. } => "strange-answer",
            Self::Refused(problem) => &problem.name,
        }
        .to_owned()
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoAddress | Self::Address { .. } | Self::Proxy(_) | Self::Roots(_) => Exit::Usage,
            Self::Unreachable { .. } | Self::Strange { .. } => Exit::Unreachable,
            Self::Refused(problem) if problem.is_trouble() => Exit::Unreachable,
            Self::Refused(_) => Exit::Refused,
        }
    }

    /// What is wrong in this case, where the server says so.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Self::Refused(problem) => Some(problem.detail.clone()).filter(|detail| !detail.is_empty()),
            _ => None,
        }
    }

    /// When it was said, where the server was reached.
    pub(crate) const fn date(&self) -> Option<UnixTime> {
        match self {
            Self::Refused(problem) => problem.date,
            _ => None,
        }
    }

    /// Seconds until it is worth asking again, where the server says so.
    pub(crate) const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Refused(problem) => problem.retry_after,
            _ => None,
        }
    }

    pub(crate) fn advice(&self) -> Vec<String> {
        let own = match self {
            Self::NoAddress => vec![
                "ask the vendor for a vendor file that names its server, or give the address: --server URL",
                "without a server: license-agent request, and install what the vendor sends back",
            ],
            Self::Address { .. } => vec![
                "check --server or LICENSE_AGENT_SERVER; if neither is set, get the vendor's newest vendor file",
            ],
            Self::Proxy(_) => vec!["set it right, or take it away; NO_PROXY lists hosts that need no proxy"],
            Self::Roots(_) => vec!["check the file after --ca-file or in LICENSE_AGENT_CA_FILE"],
            Self::Unreachable { why, via, .. } => why.advice(via.is_some()),
            Self::Strange { .. } => vec![
                "see whether a proxy or a login page of the network answers in its place: license-agent doctor",
                "check the server's address with the vendor",
            ],
            Self::Refused(problem) => return refused(problem),
        };
        own.into_iter().map(str::to_owned).collect()
    }

    /// What a call came to, if it did not come to an answer.
    pub(super) fn of_call(error: ureq::Error, server: String, via: Option<String>, timeout: u64) -> Self {
        match error {
            ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => {
                Self::Strange { server, what: "the answer is too long".into() }
            }
            ureq::Error::Protocol(_) | ureq::Error::Http(_) | ureq::Error::BodyStalled => {
                Self::Strange { server, what: "it is no HTTP".into() }
            }
            other => {
                let why = Why::of(other, timeout).by(via.is_some());
                Self::Unreachable { server, via, why }
            }
        }
    }
}

impl Why {
    fn of(error: ureq::Error, timeout: u64) -> Self {
        match error {
            ureq::Error::HostNotFound => Self::Name,
            ureq::Error::Timeout(Timeout::Resolve) => {
                Self::Connection("its name is not found in time".into())
            }
            ureq::Error::Timeout(_) => Self::TimedOut(timeout),
            ureq::Error::ConnectProxyFailed(said) => Self::ProxyRefused(said),
            ureq::Error::Rustls(error) => Self::of_tls(&error),
            ureq::Error::Tls(what) => Self::Tls(what.into()),
            ureq::Error::Io(error) => Self::of_io(&error, timeout),
            ureq::Error::ConnectionFailed => Self::Connection("none of its addresses answers".into()),
            other => Self::Connection(other.to_string()),
        }
    }

    /// The same through a proxy, whose name is then the only one that is looked up here.
    pub(crate) fn by(self, has_proxy: bool) -> Self {
        match self {
            Self::Name if has_proxy => Self::ProxyName,
            other => other,
        }
    }

    pub(crate) fn of_io(error: &io::Error, timeout: u64) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::of_tls(tls);
        }
        if let Some(why) = Self::of_lookup(error) {
            return why;
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Connection("nobody listens there".into()),
            io::ErrorKind::TimedOut => Self::TimedOut(timeout),
            io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable => Self::Connection("no network leads there".into()),
            io::ErrorKind::PermissionDenied => {
                Self::Connection("this machine does not let license-agent connect to it".into())
            }
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::BrokenPipe => Self::Connection("the connection was cut".into()),
            _ => Self::Connection(format!("the connection failed ({error})")),
        }
    }

    /// Of a name that was looked up in vain. The system's own words are known by the standard library's before them; on
    /// Windows by the numbers of WSAHOST_NOT_FOUND and its three neighbours.
    fn of_lookup(error: &io::Error) -> Option<Self> {
        const WINDOWS_TRY_AGAIN: i32 = 11_002;
        let text = error.to_string();
        if text.starts_with("failed to lookup address information") {
            let is_away = ["Temporary failure", "ry again"].iter().any(|words| text.contains(words));
            return Some(if is_away { Self::NameServer } else { Self::Name });
        }
        match error.raw_os_error() {
            Some(WINDOWS_TRY_AGAIN) if cfg!(windows) => Some(Self::NameServer),
            Some(11_001..=11_004) if cfg!(windows) => Some(Self::Name),
            _ => None,
        }
    }

    fn of_tls(error: &rustls::Error) -> Self {
        use rustls::CertificateError as Fault;
        match error {
            rustls::Error::InvalidCertificate(fault) => match fault {
                Fault::UnknownIssuer => Self::UnknownAuthority,
                Fault::NotValidForName | Fault::NotValidForNameContext { .. } => Self::OtherName,
                Fault::Expired | Fault::ExpiredContext { .. } => Self::CertificateOver,
                Fault::NotValidYet | Fault::NotValidYetContext { .. } => Self::CertificateEarly,
                // As `openssl req -x509` makes them unless it is told otherwise.
                other if format!("{other:?}").contains("CaUsedAsEndEntity") => Self::Tls(
                    "its certificate is an authority's, made with CA:TRUE, and not a server's".into(),
                ),
                other => Self::Tls(other.to_string()),
            },
            other => Self::Tls(other.to_string()),
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Name | Self::ProxyName | Self::NameServer | Self::Connection(_) => "unreachable",
            Self::TimedOut(_) => "timed-out",
            Self::UnknownAuthority
            | Self::OtherName
            | Self::CertificateOver
            | Self::CertificateEarly
            | Self::Tls(_) => "tls",
            Self::ProxyRefused(_) => "proxy-refused",
        }
    }

    fn advice(&self, has_proxy: bool) -> Vec<&'static str> {
        let mut steps = match self {
            Self::UnknownAuthority => vec![
                "if a proxy of your organisation opens secure connections, name its authority: --ca-file FILE",
                "otherwise check the server's address with the vendor; the connection was not used",
            ],
            Self::OtherName => {
                vec!["check the server's address with the vendor; the connection was not used"]
            }
            Self::CertificateOver | Self::CertificateEarly => {
                vec!["set the clock of this machine; if it is right, tell the vendor"]
            }
            Self::ProxyRefused(_) => {
                vec![
                    "have the proxy let license-agent through to this server, or list the server in NO_PROXY",
                ]
            }
            Self::ProxyName => vec!["check the proxy's name, or have this network's name servers know it"],
            Self::Name | Self::NameServer | Self::Connection(_) | Self::TimedOut(_) | Self::Tls(_) => vec![
                "try again later; a license that is installed works until its end meanwhile",
                "see where the way ends: license-agent doctor",
            ],
        };
        let is_way = matches!(self, Self::Name | Self::NameServer | Self::Connection(_) | Self::TimedOut(_));
        if is_way && !has_proxy {
            steps.push("if this network needs a proxy, name it in HTTPS_PROXY");
        }
        if is_way {
            steps.push("on a machine without a network: license-agent request");
        }
        steps
    }
}

/// The server's advice, and when it is worth asking again.
fn refused(problem: &Problem) -> Vec<String> {
    let mut steps: Vec<String> = problem
        .advice
        .iter()
        // The server speaks of the command that only shows a fingerprint.
        .map(|step| step.replace("license-agent fingerprint --privileged", "this command with --privileged"))
        .collect();
    match problem.retry_after {
        _ if !steps.is_empty() => {}
        Some(seconds) => steps.push(format!("try again in {}", crate::words::span(seconds))),
        None => steps.push("ask the vendor, and name the code that --json shows".into()),
    }
    steps
}

fn through(proxy: Option<&str>) -> String {
    proxy.map(|name| format!(" through the proxy {name}")).unwrap_or_default()
}
