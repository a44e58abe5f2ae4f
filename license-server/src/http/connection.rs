//! One connection, from its handshake to its end.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::service::{Service, service_fn};
use hyper::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tracing::debug;
use warp::reply::Response;

use super::agent_api::Peer;
use super::body;
use super::pulse::{Pulse, Watched};
use super::tls::Tls;

const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// Headers are read into at most this many bytes.
const MAX_HEADER: usize = 16 * 1024;
const MAX_STREAMS: u32 = 16;

/// Answers requests whose body was read.
pub(super) trait Routes:
    Service<Request<Full<Bytes>>, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Routes for S where
    S: Service<Request<Full<Bytes>>, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Front<S> {
    pub(super) service: S,
    pub(super) tls: Option<Tls>,
}

impl<S: Routes> Front<S> {
    /// Serves a connection until either side has enough of it.
    pub(super) async fn run(self, stream: TcpStream, peer: Peer, watcher: Watcher) {
        // Without it small answers would wait for acknowledgements.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "nodelay");
        }
        let Some(tls) = &self.tls else {
            return self.talk(stream, peer, watcher).await;
        };
        match tokio::time::timeout(HANDSHAKE_WITHIN, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => self.talk(stream, peer, watcher).await,
            Ok(Err(error)) => debug!(%error, "handshake"),
            Err(_) => debug!("handshake took too long"),
        }
    }

    async fn talk(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        peer: Peer,
        watcher: Watcher,
    ) {
        let pulse = Pulse::default();
        let service = service_fn(|request: Request<Incoming>| {
            let (service, busy) = (self.service.clone(), pulse.request());
            async move {
                let response = answer(service, peer, request).await;
                drop(busy);
                response
            }
        });
        let stream = TokioIo::new(Watched { stream, pulse: pulse.clone() });
        let builder = builder();
        let connection = builder.serve_connection(stream, service);
        tokio::select! {
            end = watcher.watch(connection) => if let Err(error) = end {
                debug!(%error, "connection");
            },
            () = pulse.stopped() => debug!("connection was idle"),
        }
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // The pulse watches the header's time.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(MAX_HEADER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(16 * 1024);
    builder
}

/// Routes see every request: one whose body was not read says why instead.
async fn answer<S: Routes>(
    service: S,
    peer: Peer,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let (mut head, body) = request.into_parts();
    let version = head.version;
    head.extensions.insert(peer);
    let unread = match body::read(body, body::READ_TIMEOUT).await {
        Ok(body) => return service.call(Request::from_parts(head, Full::new(body))).await,
        Err(unread) => unread,
    };
    head.extensions.insert(unread);
    let refusal = service.call(Request::from_parts(head, Full::default())).await?;
    Ok(closing(refusal, version))
}

/// What is left of the body would be taken for the next request. HTTP/2 has no such header and no such trouble.
fn closing(mut response: Response, version: Version) -> Response {
    if version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
