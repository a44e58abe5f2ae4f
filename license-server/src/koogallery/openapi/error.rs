//! How a call to the open API fails.

use std::time::Duration;

use tokio_rustls::rustls;

/// A call that brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// What sort of failure it is.
    pub kind: CallErrorKind,
    /// One line for the operator: without keys, and of the reply no more than its code and the start of its message.
    pub message: String,
    /// How long the store asks to wait before the next call; at most an hour.
    pub retry_after: Option<Duration>,
    /// How the same call failed at the store's other address before, if it went there first.
    pub earlier: Option<CallErrorKind>,
}

/// What sort of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallErrorKind {
    /// There was no connection.
    Unreachable,
    /// There was no answer in time.
    TimedOut,
    /// There was no answer that can be read, or half of one.
    Garbled,
    /// Too many calls.
    RateLimited,
    /// The key is wrong, or may not do this.
    NotAllowed,
    /// The store found something wrong with what was sent.
    Parameter,
    /// The store will never take this license under this event.
    Final,
    /// The license does not fit the form it must have; nothing was sent.
    TooLong,
    /// Any other failure that the store told.
    Failed,
}

impl CallErrorKind {
    /// Whether the store may have taken an upload that failed so.
    #[must_use]
    pub fn may_have_arrived(self) -> bool {
        match self {
            Self::TimedOut | Self::Garbled | Self::Failed => true,
            Self::Unreachable
            | Self::RateLimited
            | Self::NotAllowed
            | Self::Parameter
            | Self::Final
            | Self::TooLong => false,
        }
    }
}

impl CallError {
    pub(super) fn new(kind: CallErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, earlier: None }
    }

    /// Whether the store may have taken an upload that failed so, at either address.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        self.kind.may_have_arrived() || self.earlier.is_some_and(CallErrorKind::may_have_arrived)
    }
}

/// Settings with which no call can be made.
#[derive(Debug, thiserror::Error)]
pub enum OpenApiError {
    /// An address that cannot be the store's.
    #[error("{setting} {why}")]
    Url {
        /// `STORE_URL` or `STORE_FALLBACK_URL`.
        setting: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A key that cannot be the store's.
    #[error("{0} must be 1 to 128 visible ASCII characters without a comma")]
    Key(&'static str),
    /// Nobody vouches for the store's certificate.
    #[error(
        "no certificate authority is trusted on this machine, so that the store's certificate cannot be checked: \
         install the system's ca-certificates, or name a PEM file of authorities in SSL_CERT_FILE"
    )]
    NoRoots,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}
