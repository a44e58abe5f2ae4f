//! One request and its answer, over HTTP/1.1 and TLS.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::header::RETRY_AFTER;
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use license_core::UnixTime;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::error::{CallError, CallErrorKind, OpenApiError};
use super::json::visible;
use super::reply::{Answer, retry_after};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a connection is kept for the next call, and how many are.
const IDLE: Duration = Duration::from_secs(30);
const MOST_IDLE: usize = 8;
/// The most bytes of an answer's headers.
const MOST_HEADERS: usize = 64 * 1024;

/// Speaks HTTP; clones share its connections.
#[derive(Clone)]
pub(super) struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// A request without an answer.
#[derive(Debug)]
pub(super) enum Lost {
    /// No connection, and why.
    Unreachable(String),
    /// No answer in time.
    TimedOut,
    /// The connection ended within the answer or before it.
    Broken,
    /// An answer, but not of HTTP.
    NotHttp,
    /// An answer over so many bytes.
    TooLong(usize),
}

impl Lost {
    /// Whether another host may do better. One that answers at all is there.
    pub(super) fn is_elsewhere_better(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::TimedOut | Self::Broken)
    }

    /// Whether nobody was there.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    /// For the operator.
    pub(super) fn at(&self, host: &str) -> CallError {
        match self {
            Self::Unreachable(why) => {
                CallError::new(CallErrorKind::Unreachable, format!("{host} cannot be reached: {why}"))
            }
            Self::TimedOut => {
                CallError::new(CallErrorKind::TimedOut, format!("{host} gave no answer in time"))
            }
            Self::Broken => CallError::new(
                CallErrorKind::Garbled,
                format!("{host} broke the connection before its answer was complete"),
            ),
            Self::NotHttp => CallError::new(
                CallErrorKind::Garbled,
                format!("what {host} answered is not HTTP; check STORE_URL"),
            ),
            Self::TooLong(limit) => CallError::new(
                CallErrorKind::Garbled,
                format!("the answer of {host} is longer than {} KiB", limit / 1024),
            ),
        }
    }
}

impl Http {
    /// Trusts `roots`, and no other.
    pub(super) fn new(roots: RootCertStore) -> Result<Self, OpenApiError> {
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        // Which addresses may go without TLS was decided where they were read.
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MOST_IDLE)
            .http1_max_buf_size(MOST_HEADERS)
            .build(connector);
        Ok(Self(client))
    }

    /// Sends a request and reads an answer of up to `limit` bytes, all within `time`.
    pub(super) async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        limit: usize,
        time: Duration,
        now: UnixTime,
    ) -> Result<Answer, Lost> {
        let work = async {
            let reply = self.0.request(request).await.map_err(|error| no_reply(&error))?;
            read(reply, limit, now).await
        };
        tokio::time::timeout(time, work).await.unwrap_or(Err(Lost::TimedOut))
    }
}

async fn read<B>(reply: Response<B>, limit: usize, now: UnixTime) -> Result<Answer, Lost>
where
    B: hyper::body::Body<Data = Bytes, Error = hyper::Error>,
{
    let status = reply.status().as_u16();
    let pause = reply.headers().get(RETRY_AFTER).and_then(|header| header.to_str().ok());
    let retry_after = pause.and_then(|header| retry_after(header, now));
    let body = Limited::new(reply.into_body(), limit)
        .collect()
        .await
        .map_err(|error| if error.is::<LengthLimitError>() { Lost::TooLong(limit) } else { Lost::Broken })?;
    Ok(Answer { status, retry_after, body: body.to_bytes(), earlier: None })
}

fn no_reply(error: &hyper_util::client::legacy::Error) -> Lost {
    let hyper = error.source().and_then(|source| source.downcast_ref::<hyper::Error>());
    if error.is_connect() {
        Lost::Unreachable(innermost(error))
    } else if hyper.is_some_and(hyper::Error::is_parse) {
        Lost::NotHttp
    } else {
        Lost::Broken
    }
}

/// The cause behind all others: the words of the system or of TLS, not of the one who answered.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    visible(&error.to_string(), 120).into_owned()
}
