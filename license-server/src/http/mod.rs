//! The way in: connections, TLS, and the table of routes.

mod agent_api;
mod body;
mod bounds;
mod certificate;
mod connection;
mod places;
mod pulse;
mod readiness;
mod room;
mod routes;
mod tls;

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use metrics::counter;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{info, warn};

use crate::app::App;
use crate::log_sampler::{self, Line};
use agent_api::Peer;
pub use agent_api::{Admission, Limits, SeenProofs};
pub use bounds::Bounds;
pub use certificate::{CertificateFault, Inspected, Vouched, inspect, recipe};
use connection::Front;
use places::Places;
use pulse::Pulse;
pub use readiness::Readiness;
use room::Room;
use routes::Serves;
pub use tls::{Tls, TlsError, TlsFiles};

/// Connections of the operator's at one time.
const OPERATOR_CONNECTIONS: usize = 64;
/// What the operator's requests may hold whose bodies are still coming, all together, in bytes.
const OPERATOR_UNREAD: usize = 1024 * 1024;
/// What a refused caller is told, where it can be told without a handshake.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
/// What requests may hold whose bodies are still coming, all together, in bytes; and the store's part of it where it
/// has a listener of its own.
const UNREAD: usize = 32 * 1024 * 1024;
const STORE_UNREAD: usize = 8 * 1024 * 1024;
/// How long requests may take to finish when the server stops.
const STOP_WITHIN: Duration = Duration::from_secs(10);
const TIDY_EVERY: Duration = Duration::from_secs(5);
/// A pause after the system refused a connection: mostly it has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long a connection takes to close that was given up for another one.
const GIVEN_PAUSE: Duration = Duration::from_millis(1);

/// Where a server listens.
#[derive(Debug)]
pub struct Listeners {
    /// Everybody's.
    pub public: TcpListener,
    /// The store's own, which alone then answers its calls.
    pub store: Option<TcpListener>,
}

/// Answers on the listeners until `stopped` is true, then lets requests finish, 10 s at most. Without a certificate it speaks
/// plain HTTP.
pub async fn serve(
    listeners: Listeners,
    app: App,
    tls: Option<Tls>,
    bounds: Bounds,
    stopped: watch::Receiver<bool>,
) {
    // Dropped at the end, which stops what is in them.
    let mut helpers = JoinSet::new();
    if let Some(tls) = &tls {
        helpers.spawn(tls.clone().follow());
    }
    let metrics = app.metrics.clone();
    helpers.spawn(async move {
        let mut ticks = tokio::time::interval(TIDY_EVERY);
        loop {
            ticks.tick().await;
            metrics.tidy();
            log_sampler::report();
        }
    });
    let front = |serves, unread| Front {
        service: TowerToHyperService::new(warp::service(routes::routes(app.clone(), serves))),
        tls: tls.clone(),
        room: Room::of(unread),
        clock: app.clock.clone(),
    };
    let places = |most| {
        let proxies = Arc::clone(&app.trusted_proxies);
        Places::new(most, bounds.connections_per_address, proxies, app.clock.clone())
    };
    let Listeners { public, store } = listeners;
    let Some(store) = store else {
        let front = front(Serves::Everybody, UNREAD);
        return accept(public, &front, places(bounds.connections), until(stopped)).await;
    };
    let (machines, stores) =
        (front(Serves::Machines, UNREAD - STORE_UNREAD), front(Serves::Store, STORE_UNREAD));
    tokio::join!(
        accept(public, &machines, places(bounds.connections), until(stopped.clone())),
        accept(store, &stores, places(bounds.store_connections), until(stopped)),
    );
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a reason to stop as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Answers the operator on `listener`, over plain HTTP, until `stopped` is true.
pub async fn serve_operator(listener: TcpListener, app: App, stopped: watch::Receiver<bool>) {
    let (clock, proxies) = (app.clock.clone(), Arc::clone(&app.trusted_proxies));
    let places = Places::new(OPERATOR_CONNECTIONS, OPERATOR_CONNECTIONS, proxies, clock.clone());
    let service = TowerToHyperService::new(warp::service(routes::operator_routes(&app)));
    let front = Front { service, tls: None, room: Room::of(OPERATOR_UNREAD), clock };
    accept(listener, &front, places, until(stopped)).await;
}

async fn accept<S: connection::Routes>(
    listener: TcpListener,
    front: &Front<S>,
    places: Places,
    shutdown: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            (stream, peer) = next_stream(&listener, &places) => {
                let pulse = Pulse::new(front.clock.clone());
                if let Some((place, is_taken)) = places.take(peer.0, &pulse) {
                    if is_taken && log_sampler::admits(Line::notice("connections", "full")) {
                        warn!("all places are taken; whoever comes gets that of the longest idle connection");
                    }
                    let connection = front.clone().run(stream, peer, pulse, graceful.watcher());
                    connections.spawn(async move {
                        let _place = place;
                        connection.await;
                    });
                } else {
                    refuse(stream, front.tls.is_some());
                }
            }
        }
        // A panic ends its connection, nothing else.
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    info!(connections = connections.len(), "stopping");
    if tokio::time::timeout(STOP_WITHIN, graceful.shutdown()).await.is_err() {
        warn!("requests were still open after {} s", STOP_WITHIN.as_secs());
    }
}

/// All places are taken, by connections whose requests are being answered.
fn refuse(stream: TcpStream, is_encrypted: bool) {
    if log_sampler::admits(Line::notice("connections", "refused")) {
        warn!("all places are taken by calls that are being answered; a new connection is closed");
    }
    counter!("license_connections_refused_total").increment(1);
    if !is_encrypted {
        // There is room for that little; if not, a closed connection says the same.
        let _ = stream.into_std().and_then(|mut stream| stream.write(FULL));
    }
}

async fn next_stream(listener: &TcpListener, places: &Places) -> (TcpStream, Peer) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return (stream, Peer(address.ip())),
            Err(error) => {
                if log_sampler::admits(Line::notice("connections", "not accepted")) {
                    warn!(%error, "a connection was not accepted");
                }
                // The handle that is missing comes back as soon as another connection is closed.
                let is_given = has_no_handle(&error) && places.give_up_one();
                tokio::time::sleep(if is_given { GIVEN_PAUSE } else { ACCEPT_PAUSE }).await;
            }
        }
    }
}

/// Whether the process or the system has too many open files: `EMFILE`, `ENFILE`, or Windows' `WSAEMFILE`.
fn has_no_handle(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24 | 10_024))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::net::SocketAddr;

    use bytes::Bytes;
    use http_body_util::{BodyExt as _, Full};
    use hyper::Request;
    use hyper::service::service_fn;
    use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
    use tokio::sync::{mpsc, oneshot};
    use tokio::task::JoinHandle;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::ServerName;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};
    use warp::reply::Response;

    use super::body::Unread;
    use super::*;
    use crate::clock::Clock;

    /// A server whose requests wait for a word of the test's, and answer with the length of their body.
    struct Server {
        address: SocketAddr,
        arrivals: mpsc::UnboundedReceiver<oneshot::Sender<()>>,
        stop: oneshot::Sender<()>,
        task: JoinHandle<()>,
    }

    impl Server {
        async fn start(tls: Option<Tls>) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (arrived, arrivals) = mpsc::unbounded_channel();
            let service = service_fn(move |request: Request<Full<Bytes>>| {
                let arrived = arrived.clone();
                async move {
                    if let Some(why) = request.extensions().get::<Unread>() {
                        return Ok(routes::not_read(*why));
                    }
                    let (go, gone) = oneshot::channel();
                    arrived.send(go).unwrap();
                    gone.await.expect("the test lets a request go");
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    Ok::<_, Infallible>(Response::new(format!("{} bytes", body.len()).into()))
                }
            });
            let (stop, stopped) = oneshot::channel::<()>();
            let task = tokio::spawn(async move {
                let shutdown = async { drop(stopped.await) };
                let places = Places::new(3, 2, Arc::default(), Clock::system());
                let front = Front { service, tls, room: Room::of(UNREAD), clock: Clock::system() };
                accept(listener, &front, places, shutdown).await;
            });
            Self { address, arrivals, stop, task }
        }

        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }

        /// The next request, as soon as its body was read.
        async fn arrival(&mut self) -> oneshot::Sender<()> {
            self.arrivals.recv().await.unwrap()
        }
    }

    async fn send(stream: &mut (impl AsyncWrite + Unpin), head: &str, body: &[u8]) {
        stream.write_all(format!("POST / HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\n").as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
    }

    /// What comes until `end`.
    async fn receive(stream: &mut (impl AsyncRead + Unpin), end: &str) -> String {
        let mut text = String::new();
        while !text.ends_with(end) {
            text.push(char::from(stream.read_u8().await.unwrap()));
        }
        text
    }

    fn chunked(body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for chunk in body.chunks(1000) {
            out.extend(format!("{:x}\r\n", chunk.len()).bytes());
            out.extend(chunk.iter().chain(b"\r\n"));
        }
        out.extend(b"0\r\n\r\n");
        out
    }

    #[tokio::test]
    async fn a_connection_serves_one_request_after_the_other_chunked_or_not() {
        let mut server = Server::start(None).await;
        let mut stream = server.connect().await;
        for body in [&[b'x'; 65_536][..], b"{}", b""] {
            send(&mut stream, &format!("content-length: {}", body.len()), body).await;
            server.arrival().await.send(()).unwrap();
            let expected = format!("{} bytes", body.len());
            assert!(receive(&mut stream, &expected).await.starts_with("HTTP/1.1 200 OK\r\n"));
            send(&mut stream, "transfer-encoding: chunked", &chunked(body)).await;
            server.arrival().await.send(()).unwrap();
            receive(&mut stream, &expected).await;
        }
    }

    #[tokio::test]
    async fn connections_beyond_the_limit_are_refused_at_once_and_a_place_that_is_free_again_is_used() {
        let mut server = Server::start(None).await;
        let mut served = Vec::new();
        for _ in 0..3 {
            let mut stream = server.connect().await;
            send(&mut stream, "content-length: 0", b"").await;
            served.push((stream, server.arrival().await));
        }
        let mut answer = String::new();
        server.connect().await.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 1\r\n"), "{answer}");
        for (mut stream, go) in served {
            go.send(()).unwrap();
            receive(&mut stream, "0 bytes").await;
        }
        // Their places are free as soon as the server has seen that they are gone.
        loop {
            let mut stream = server.connect().await;
            send(&mut stream, "content-length: 0", b"").await;
            let mut refused = String::new();
            tokio::select! {
                arrived = server.arrivals.recv() => break drop(arrived),
                _ = stream.read_to_string(&mut refused) => {}
            }
        }
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_413_and_the_connection_ends() {
        let server = Server::start(None).await;
        let body = [b'x'; 65_537];
        for (head, body) in
            [("content-length: 65537", body.to_vec()), ("transfer-encoding: chunked", chunked(&body))]
        {
            let mut stream = server.connect().await;
            send(&mut stream, head, &body).await;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
            assert!(answer.contains("connection: close\r\n"), "{answer}");
        }
        let mut stream = server.connect().await;
        send(&mut stream, "content-length: 9999999999", b"").await;
        assert!(receive(&mut stream, "\r\n").await.starts_with("HTTP/1.1 413 "), "before any of it is sent");
    }

    #[tokio::test]
    async fn a_stopping_server_finishes_what_it_began_and_lets_resting_connections_go() {
        let mut server = Server::start(None).await;
        let mut resting = server.connect().await;
        send(&mut resting, "content-length: 0", b"").await;
        server.arrival().await.send(()).unwrap();
        receive(&mut resting, "0 bytes").await;

        let mut busy = server.connect().await;
        send(&mut busy, "content-length: 2", b"{}").await;
        let go = server.arrival().await;
        server.stop.send(()).unwrap();
        assert_eq!(resting.read(&mut [0]).await.unwrap(), 0, "closed");
        go.send(()).unwrap();
        receive(&mut busy, "2 bytes").await;
        server.task.await.unwrap();
        assert!(TcpStream::connect(server.address).await.is_err());
    }

    #[tokio::test]
    async fn a_panic_ends_its_connection_and_nothing_else() {
        let mut server = Server::start(None).await;
        let mut stream = server.connect().await;
        send(&mut stream, "content-length: 0", b"").await;
        drop(server.arrival().await);
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "closed without an answer");

        let mut stream = server.connect().await;
        send(&mut stream, "content-length: 0", b"").await;
        server.arrival().await.send(()).unwrap();
        receive(&mut stream, "0 bytes").await;
    }

    #[tokio::test]
    async fn tls_is_spoken_where_there_is_a_certificate() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        std::fs::write(&files.cert, made.cert.pem()).unwrap();
        let key = made.signing_key.serialize_pem();
        use license_core::atomic_file::{Readers, replace};
        replace(&files.key, key.as_bytes(), Readers::Owner).unwrap();
        let mut server = Server::start(Some(Tls::load(files).unwrap())).await;

        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = connector.connect(name, server.connect().await).await.unwrap();
        send(&mut stream, "content-length: 2", b"{}").await;
        server.arrival().await.send(()).unwrap();
        receive(&mut stream, "2 bytes").await;

        let mut plain = server.connect().await;
        send(&mut plain, "content-length: 0", b"").await;
        let mut answer = Vec::new();
        // Reset or alert: in any case no HTTP.
        let _ = plain.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP"));
    }
}
