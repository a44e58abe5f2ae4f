//! One connection, from its handshake to its end.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::http::request::Parts;
use hyper::service::{Service, service_fn};
use hyper::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use metrics::counter;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tracing::debug;
use warp::reply::Response;

use super::agent_api::Peer;
use super::body;
use super::pulse::{self, Pulse, Watched};
use super::room::Room;
use super::tls::Tls;
use crate::clock::Clock;

/// Headers are read into at most this many bytes.
const MAX_HEADER: usize = 16 * 1024;
/// Requests on one connection at one time.
const MAX_STREAMS: u32 = 16;
/// What may come of one body before it is read, and of all bodies of a connection: they are read at once.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 128 * 1024;
/// What may lie of one answer that is not sent yet.
const SEND_BUFFER: usize = 64 * 1024;
/// Streams that a peer opened and reset before they were looked at; with more the connection ends.
const RESET_STREAMS: usize = 16;
/// Streams that ended by a peer's faults; with more the connection ends.
const FAULTY_STREAMS: usize = 64;

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
    pub(super) room: Room,
    pub(super) clock: Clock,
}

impl<S: Routes> Front<S> {
    /// Serves a connection until either side has enough of it.
    pub(super) async fn run(self, stream: TcpStream, peer: Peer, pulse: Pulse, watcher: Watcher) {
        // Without it small answers would wait for acknowledgements.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "nodelay");
        }
        let served = async {
            let Some(tls) = &self.tls else {
                return self.talk(stream, peer, &pulse, watcher).await;
            };
            match tls.acceptor().accept(stream).await {
                Ok(stream) => {
                    pulse.handshaken();
                    self.talk(stream, peer, &pulse, watcher).await;
                }
                Err(error) => debug!(%error, "handshake"),
            }
        };
        tokio::select! {
            () = served => {}
            why = pulse.stopped() => {
                counter!("license_connections_closed_total", "why" => why.as_str()).increment(1);
            }
        }
    }

    async fn talk(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        peer: Peer,
        pulse: &Pulse,
        watcher: Watcher,
    ) {
        let service = service_fn(|request: Request<Incoming>| {
            let (service, room, busy) = (self.service.clone(), self.room.clone(), pulse.request());
            async move { answer(service, peer, &room, busy, request).await }
        });
        let stream = TokioIo::new(Watched::new(stream, pulse.clone()));
        let builder = builder();
        let connection = builder.serve_connection(stream, service);
        if let Err(error) = watcher.watch(connection).await {
            debug!(%error, "connection");
        }
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // The pulse watches the header's time.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(MAX_HEADER)
        // Who has sent a whole request and closes that side still waits for the answer.
        .half_close(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER as u32)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(RESET_STREAMS)
        .max_local_error_reset_streams(FAULTY_STREAMS);
    builder
}

/// Routes see every request: one whose body was not read says why instead.
async fn answer<S: Routes>(
    service: S,
    peer: Peer,
    room: &Room,
    mut busy: pulse::Request,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let (mut head, body) = request.into_parts();
    let version = head.version;
    head.extensions.insert(peer);
    busy.make_way().await;
    let read = body::read(body, size(&head), room, body::READ_TIMEOUT).await;
    busy.read();
    let unread = match read {
        Ok(body) => return service.call(Request::from_parts(head, Full::new(body))).await,
        Err(unread) => unread,
    };
    counter!("license_bodies_unread_total", "why" => unread.as_str()).increment(1);
    head.extensions.insert(unread);
    let refusal = service.call(Request::from_parts(head, Full::default())).await?;
    Ok(closing(refusal, version))
}

/// About how many bytes a header keeps in memory.
fn size(head: &Parts) -> usize {
    let fields = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 96);
    head.uri.path_and_query().map_or(0, |path| path.as_str().len()) + fields.sum::<usize>()
}

/// What is left of the body would be taken for the next request. HTTP/2 has no such header and no such trouble.
fn closing(mut response: Response, version: Version) -> Response {
    if version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use hyper_util::server::graceful::GracefulShutdown;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn requests_that_are_sent_in_a_row_let_other_connections_go_between() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&order);
        let service = service_fn(move |request: Request<Full<Bytes>>| {
            noted.lock().unwrap().push(request.uri().path().to_owned());
            async { Ok::<_, Infallible>(Response::new("".into())) }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mut many, mut one) =
            (TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap());
        many.write_all(&b"GET /many HTTP/1.1\r\nhost: x\r\n\r\n".repeat(300)).await.unwrap();
        one.write_all(b"GET /one HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let graceful = GracefulShutdown::new();
        for _ in 0..2 {
            let (stream, peer) = listener.accept().await.unwrap();
            let clock = Clock::system();
            let front = Front { service: service.clone(), tls: None, room: Room::of(1 << 20), clock };
            let pulse = Pulse::new(Clock::system());
            tokio::spawn(front.run(stream, Peer(peer.ip()), pulse, graceful.watcher()));
        }
        one.read_u8().await.unwrap();
        let at = order.lock().unwrap().iter().position(|path| path == "/one").unwrap();
        assert!(at < 8, "after {at} others");
    }
}
