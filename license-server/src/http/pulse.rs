//! Whether a connection is still good for anything.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use crate::clock::Clock;

const TICK: Duration = Duration::from_secs(1);
/// How many seconds a peer may take to send a whole header, the first one counted from when it connected.
const HEADER_TICKS: u32 = 10;
/// How many seconds a connection may rest between requests: longer than the 60 that proxies keep one for re-use.
const REST_TICKS: u32 = 75;
/// How many seconds a peer may leave answers lying that it does not take.
const BLOCKED_TICKS: u32 = 10;

/// Watches one connection; clones watch the same one.
///
/// hyper has a timeout for headers of its own, but it also ends connections that merely rest, and none while it
/// waits to tell HTTP/1 from HTTP/2.
#[derive(Clone, Debug)]
pub(super) struct Pulse(Arc<Watch>);

#[derive(Debug)]
struct Watch {
    clock: Clock,
    state: Mutex<State>,
    closing: Notify,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Requests whose header is there and whose answer is not.
    requests: u32,
    /// Those of them whose body is still coming.
    unread: u32,
    /// Seconds spent in this phase.
    ticks: u32,
    /// Since when the server waits for the peer, while no request is being answered.
    waiting_since: Instant,
    /// The peer had to be waited for since the last request began.
    has_waited: bool,
    /// For how many seconds answers lie that the peer does not take.
    blocked: Option<u32>,
    is_unwanted: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// A header is due or has begun.
    #[default]
    Header,
    /// A request is being read or answered.
    Busy,
    /// Between requests.
    Rest,
}

/// Why a connection was closed by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// No whole header, or no handshake, came in time.
    Header,
    /// It rested for too long.
    Idle,
    /// Its peer does not take its answers.
    Unread,
    /// Somebody else needed its place.
    Place,
}

impl Closed {
    /// Its name in the metrics.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Idle => "idle",
            Self::Unread => "unread",
            Self::Place => "place",
        }
    }
}

impl Pulse {
    /// Of a connection that was accepted just now.
    pub(super) fn new(clock: Clock) -> Self {
        let state = State {
            phase: Phase::Header,
            requests: 0,
            unread: 0,
            ticks: 0,
            waiting_since: clock.instant(),
            has_waited: true,
            blocked: None,
            is_unwanted: false,
        };
        Self(Arc::new(Watch { clock, state: Mutex::new(state), closing: Notify::new() }))
    }

    /// A request has begun, its body is still to come; it ends when the result is dropped.
    pub(super) fn request(&self) -> Request {
        let has_waited = self.with(|state| {
            state.requests += 1;
            state.unread += 1;
            state.enter(Phase::Busy);
            std::mem::take(&mut state.has_waited)
        });
        Request { pulse: self.clone(), is_read: false, is_in_a_row: !has_waited }
    }

    /// The handshake is done, and a header is due.
    pub(super) fn handshaken(&self) {
        self.with(|state| state.enter(Phase::Header));
    }

    /// Since when the server waits for the peer to send or to take something; nothing while it is the server's turn.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        self.with(|state| (state.requests == state.unread).then_some(state.waiting_since))
    }

    /// Has the connection closed, since its place is needed.
    pub(super) fn close(&self) {
        self.with(|state| state.is_unwanted = true);
        self.0.closing.notify_one();
    }

    /// Returns when the connection is to be closed.
    pub(super) async fn stopped(&self) -> Closed {
        let mut ticks = tokio::time::interval(TICK);
        loop {
            let why = tokio::select! {
                _ = ticks.tick() => self.with(State::tick),
                () = self.0.closing.notified() => self.with(|state| state.is_unwanted.then_some(Closed::Place)),
            };
            if let Some(why) = why {
                return why;
            }
        }
    }

    fn received(&self) {
        self.with(|state| {
            if state.phase == Phase::Rest {
                state.enter(Phase::Header);
            }
        });
    }

    fn waits(&self) {
        self.with(|state| state.has_waited = true);
    }

    fn blocked(&self, is_blocked: bool) {
        self.with(|state| state.blocked = is_blocked.then_some(0));
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        (self.phase, self.ticks) = (phase, 0);
    }

    /// A second has passed; why the connection is to be closed, if it is.
    fn tick(&mut self) -> Option<Closed> {
        self.ticks = self.ticks.saturating_add(1);
        if let Some(blocked) = &mut self.blocked {
            *blocked = blocked.saturating_add(1);
            if *blocked > BLOCKED_TICKS {
                return Some(Closed::Unread);
            }
        }
        match self.phase {
            Phase::Header if self.ticks > HEADER_TICKS => Some(Closed::Header),
            Phase::Rest if self.ticks > REST_TICKS => Some(Closed::Idle),
            Phase::Header | Phase::Rest | Phase::Busy => None,
        }
    }
}

/// A request that is being read or answered.
#[derive(Debug)]
pub(super) struct Request {
    pulse: Pulse,
    is_read: bool,
    /// It was there already when the one before it was answered.
    is_in_a_row: bool,
}

impl Request {
    /// Lets other connections go first where its own has just had its turn: else hundreds of requests that lie on each of
    /// a thousand connections are answered before whoever comes.
    pub(super) async fn make_way(&self) {
        if self.is_in_a_row {
            tokio::task::yield_now().await;
        }
    }

    /// Its body is there: now it is the server's turn.
    pub(super) fn read(&mut self) {
        if !std::mem::replace(&mut self.is_read, true) {
            self.pulse.with(|state| state.unread -= 1);
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let now = self.pulse.0.clock.instant();
        self.pulse.with(|state| {
            state.requests -= 1;
            if !self.is_read {
                state.unread -= 1;
            }
            if state.requests == state.unread {
                state.waiting_since = now;
            }
            if state.requests == 0 {
                state.enter(Phase::Rest);
            }
        });
    }
}

/// A stream that tells the pulse when bytes arrive, and when the peer takes none.
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    pulse: Pulse,
    is_blocked: bool,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, pulse: Pulse) -> Self {
        Self { stream, pulse, is_blocked: false }
    }

    /// Answers lie until all of them are gone: a byte now and then is not taking them.
    fn note<T>(&mut self, polled: Poll<T>, is_flush: bool) -> Poll<T> {
        let is_blocked = polled.is_pending();
        if is_blocked != self.is_blocked && (is_blocked || is_flush) {
            self.is_blocked = is_blocked;
            self.pulse.blocked(is_blocked);
        }
        polled
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.pulse.received();
        }
        if polled.is_pending() {
            self.pulse.waits();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(polled, false)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.note(polled, true)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note(polled, false)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn pulse() -> Pulse {
        Pulse::new(Clock::system())
    }

    /// After how many seconds the connection is closed, and why; `None` if it stays for an hour.
    fn life(pulse: &Pulse) -> Option<(u32, Closed)> {
        (1..3600).find_map(|second| pulse.with(State::tick).map(|why| (second, why)))
    }

    #[test]
    fn a_peer_that_sends_no_header_has_ten_seconds() {
        assert_eq!(life(&pulse()), Some((HEADER_TICKS + 1, Closed::Header)));
    }

    #[test]
    fn a_connection_rests_longer_than_proxies_keep_it() {
        let pulse = pulse();
        drop(pulse.request());
        assert_eq!(life(&pulse), Some((REST_TICKS + 1, Closed::Idle)));
    }

    #[test]
    fn a_request_that_is_being_answered_keeps_the_connection() {
        let pulse = pulse();
        let (one, other) = (pulse.request(), pulse.request());
        assert_eq!(life(&pulse), None);
        drop(one);
        assert_eq!(life(&pulse), None);
        drop(other);
        assert!(life(&pulse).is_some());
    }

    #[test]
    fn the_server_waits_for_its_peer_unless_a_whole_request_is_there() {
        let pulse = pulse();
        let connected = pulse.waiting_since().expect("for a header");
        let (mut one, other) = (pulse.request(), pulse.request());
        assert_eq!(pulse.waiting_since(), Some(connected), "both bodies are still coming");
        one.read();
        assert_eq!(pulse.waiting_since(), None);
        one.read();
        drop(one);
        assert!(pulse.waiting_since().expect("for the other's body") > connected);
        drop(other);
        assert!(pulse.waiting_since().is_some());
    }

    #[tokio::test]
    async fn half_a_header_after_a_request_ends_the_rest() {
        let pulse = pulse();
        drop(pulse.request());
        let mut watched = Watched::new(&b"POST"[..], pulse.clone());
        watched.read_exact(&mut [0; 4]).await.unwrap();
        assert_eq!(life(&pulse), Some((HEADER_TICKS + 1, Closed::Header)));
    }

    #[test]
    fn bytes_of_a_body_do_not_end_a_request() {
        let pulse = pulse();
        let request = pulse.request();
        pulse.received();
        assert_eq!(life(&pulse), None);
        drop(request);
    }

    #[tokio::test]
    async fn a_peer_that_does_not_take_its_answers_is_left_also_in_the_middle_of_a_request() {
        let pulse = pulse();
        let _request = pulse.request();
        let (near, mut far) = tokio::io::duplex(4);
        let mut watched = Watched::new(near, pulse.clone());
        let mut written = at_once(watched.write_all(b"an answer")).await;
        assert!(written.is_none());
        far.read_exact(&mut [0; 2]).await.unwrap();
        written = at_once(watched.write_all(b"an answer")).await;
        assert!(written.is_none(), "a few bytes are not all of them");
        assert_eq!(life(&pulse), Some((BLOCKED_TICKS + 1, Closed::Unread)));
    }

    #[tokio::test]
    async fn answers_that_were_taken_do_not_count() {
        let pulse = pulse();
        let _request = pulse.request();
        let (near, mut far) = tokio::io::duplex(4);
        let mut watched = Watched::new(near, pulse.clone());
        assert!(at_once(watched.write_all(b"answer")).await.is_none());
        far.read_exact(&mut [0; 4]).await.unwrap();
        watched.write_all(b"er").await.unwrap();
        watched.flush().await.unwrap();
        assert_eq!(life(&pulse), None);
    }

    #[tokio::test]
    async fn a_connection_whose_place_is_needed_is_closed_at_once() {
        let pulse = pulse();
        pulse.close();
        assert_eq!(pulse.stopped().await, Closed::Place);
    }

    /// What a future has at once.
    async fn at_once<F: Future>(future: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            done = future => Some(done),
            () = std::future::ready(()) => None,
        }
    }
}
