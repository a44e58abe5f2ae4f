//! The listener, which can be shut and opened again at the same port.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Semaphore, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tracing::debug;

use super::answer::Desk;

/// Connections at one time; more of them wait in the system's queue.
const MAX_CONNECTIONS: usize = 1024;
const MAX_HEADER: usize = 16 * 1024;
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// A connection rests between two calls for so long.
const HEADER_WITHIN: Duration = Duration::from_secs(75);
/// A pause after the system refused a connection: mostly it has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where the store is called.
pub(super) struct Door {
    address: SocketAddr,
    room: Arc<Room>,
    state: Mutex<State>,
}

/// What is behind the door.
struct Room {
    desk: Arc<Desk>,
    tls: Option<TlsAcceptor>,
}

enum State {
    /// Dropping the sender shuts it, too.
    Open(oneshot::Sender<()>, JoinHandle<()>),
    Shut,
    Ended,
}

impl Door {
    pub(super) async fn open(
        listen: SocketAddr,
        desk: Arc<Desk>,
        tls: Option<TlsAcceptor>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let room = Arc::new(Room { desk, tls });
        let state = Mutex::new(serve(listener, Arc::clone(&room)));
        Ok(Self { address, room, state })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn is_tls(&self) -> bool {
        self.room.tls.is_some()
    }

    /// Ends the connections and refuses new ones. Returns when the port is free.
    pub(super) async fn shut(&self) {
        self.leave(State::Shut).await;
    }

    /// The same, for ever.
    pub(super) async fn end(&self) {
        self.leave(State::Ended).await;
    }

    async fn leave(&self, next: State) {
        let mut state = self.state.lock().await;
        if matches!(*state, State::Ended) {
            return;
        }
        if let State::Open(stop, task) = std::mem::replace(&mut *state, next) {
            drop(stop);
            // It cannot panic: what can is in the tasks it started.
            let _ = task.await;
        }
    }

    /// Opens the same port again; does nothing where it is open.
    pub(super) async fn reopen(&self) -> io::Result<()> {
        let mut state = self.state.lock().await;
        match *state {
            State::Open(..) => {}
            State::Shut => *state = serve(TcpListener::bind(self.address).await?, Arc::clone(&self.room)),
            State::Ended => return Err(io::Error::new(io::ErrorKind::NotConnected, "the store has stopped")),
        }
        Ok(())
    }
}

fn serve(listener: TcpListener, room: Arc<Room>) -> State {
    let (stop, stopped) = oneshot::channel();
    State::Open(stop, tokio::spawn(accept(listener, room, stopped)))
}

async fn accept(listener: TcpListener, room: Arc<Room>, mut stopped: oneshot::Receiver<()>) {
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = Arc::clone(&free).acquire_owned().await.ok();
            (place, next_stream(&listener).await)
        };
        tokio::select! {
            _ = &mut stopped => break,
            (place, stream) = next => {
                let room = Arc::clone(&room);
                connections.spawn(async move {
                    let _place = place;
                    room.connection(stream).await;
                });
            }
        }
        // A panic ends its connection, nothing else.
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    connections.shutdown().await;
}

async fn next_stream(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                debug!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

impl Room {
    async fn connection(&self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "nodelay");
        }
        let Some(tls) = &self.tls else {
            return self.talk(stream).await;
        };
        match tokio::time::timeout(HANDSHAKE_WITHIN, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.talk(stream).await,
            Ok(Err(error)) => debug!(%error, "handshake"),
            Err(_) => debug!("handshake took too long"),
        }
    }

    async fn talk(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let service = service_fn(|request| self.desk.answer(request));
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEADER_WITHIN).max_buf_size(MAX_HEADER);
        // A fault that closes the connection ends here as well.
        if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
            debug!(%error, "connection");
        }
    }
}
