//! Whether a connection is still good for anything.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const TICK: Duration = Duration::from_secs(1);
/// How many seconds a peer may take to send a whole header, the first one counted from when it connected.
const HEADER_TICKS: u32 = 10;
/// How many seconds a connection may rest between requests: longer than the 60 that proxies keep one for re-use.
const REST_TICKS: u32 = 75;

/// Watches one connection; clones watch the same one.
///
/// hyper has a timeout for headers of its own, but it also ends connections that merely rest, and none while it
/// waits to tell HTTP/1 from HTTP/2.
#[derive(Clone, Debug, Default)]
pub(super) struct Pulse(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    requests: u32,
    /// Seconds spent in this phase.
    ticks: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// A header is due or has begun.
    #[default]
    Header,
    /// A request is being answered.
    Busy,
    /// Between requests.
    Rest,
}

impl Pulse {
    /// A request has begun; it ends when the result is dropped.
    pub(super) fn request(&self) -> Request {
        self.with(|state| {
            state.requests += 1;
            state.enter(Phase::Busy);
        });
        Request(self.clone())
    }

    /// Returns when the connection has been useless for too long.
    pub(super) async fn stopped(&self) {
        let mut ticks = tokio::time::interval(TICK);
        loop {
            ticks.tick().await;
            if self.with(State::tick) {
                return;
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

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        (self.phase, self.ticks) = (phase, 0);
    }

    /// A second has passed; true if the connection is to be closed.
    fn tick(&mut self) -> bool {
        self.ticks = self.ticks.saturating_add(1);
        match self.phase {
            Phase::Header => self.ticks > HEADER_TICKS,
            Phase::Busy => false,
            Phase::Rest => self.ticks > REST_TICKS,
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Request(Pulse);

impl Drop for Request {
    fn drop(&mut self) {
        self.0.with(|state| {
            state.requests -= 1;
            if state.requests == 0 {
                state.enter(Phase::Rest);
            }
        });
    }
}

/// A stream that tells the pulse when bytes arrive.
#[derive(Debug)]
pub(super) struct Watched<S> {
    pub(super) stream: S,
    pub(super) pulse: Pulse,
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
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many seconds pass before the connection is closed; `None` if it stays for an hour.
    fn life(pulse: &Pulse) -> Option<u32> {
        (1..3600).find(|_| pulse.with(State::tick))
    }

    #[test]
    fn a_peer_that_sends_no_header_has_ten_seconds() {
        assert_eq!(life(&Pulse::default()), Some(HEADER_TICKS + 1));
    }

    #[test]
    fn a_connection_rests_longer_than_proxies_keep_it() {
        let pulse = Pulse::default();
        drop(pulse.request());
        assert_eq!(life(&pulse), Some(REST_TICKS + 1));
    }

    #[test]
    fn a_request_that_is_being_answered_keeps_the_connection() {
        let pulse = Pulse::default();
        let (one, other) = (pulse.request(), pulse.request());
        assert_eq!(life(&pulse), None);
        drop(one);
        assert_eq!(life(&pulse), None);
        drop(other);
        assert!(life(&pulse).is_some());
    }

    #[tokio::test]
    async fn half_a_header_after_a_request_ends_the_rest() {
        use tokio::io::AsyncReadExt as _;

        let pulse = Pulse::default();
        drop(pulse.request());
        let mut watched = Watched { stream: &b"POST"[..], pulse: pulse.clone() };
        watched.read_exact(&mut [0; 4]).await.unwrap();
        assert_eq!(life(&pulse), Some(HEADER_TICKS + 1));
    }

    #[test]
    fn bytes_of_a_body_do_not_end_a_request() {
        let pulse = Pulse::default();
        let request = pulse.request();
        pulse.received();
        assert_eq!(life(&pulse), None);
        drop(request);
    }
}
