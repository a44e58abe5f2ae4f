//! A request's body, read whole before anything looks at it.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use hyper::body::Body;

use super::room::Room;

/// The most bytes of a body that is looked at.
pub(super) const MAX_BODY: usize = 64 * 1024;
/// A longer body is read on up to here, so that the sender sees the refusal and not a broken connection.
const MAX_DRAINED: usize = 1024 * 1024;
/// How long a sender may take.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// Over 64 KiB.
    TooLarge,
    /// It did not come in time.
    TooSlow,
    /// The sender gave up, or broke the protocol.
    Broken,
    /// Others came, and all unread bodies together were too large.
    NoRoom,
}

impl Unread {
    /// Its name in the metrics.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::TooSlow => "too-slow",
            Self::Broken => "broken",
            Self::NoRoom => "room",
        }
    }
}

/// Reads a body of at most 64 KiB, chunked or not, within `limit`. While it is still coming it takes part in `room`,
/// together with the `header` bytes before it.
pub(super) async fn read<B>(mut body: B, header: usize, room: &Room, limit: Duration) -> Result<Bytes, Unread>
where
    B: Body + Unpin,
    B::Data: Send,
{
    if body.size_hint().lower() > MAX_DRAINED as u64 {
        return Err(Unread::TooLarge);
    }
    let mut whole = Whole::default();
    if let Poll::Ready(read) = poll_fn(|cx| Poll::Ready(whole.poll_read(&mut body, cx))).await {
        return read;
    }
    let hold = room.hold(header + whole.size());
    let coming = poll_fn(|cx| {
        let polled = whole.poll_read(&mut body, cx);
        if polled.is_pending() {
            hold.set(header + whole.size());
        }
        polled
    });
    tokio::select! {
        biased;
        read = tokio::time::timeout(limit, coming) => read.unwrap_or(Err(Unread::TooSlow)),
        () = hold.taken() => Err(Unread::NoRoom),
    }
}

/// What has come of a body.
#[derive(Default)]
struct Whole {
    /// A body that came in one piece, and is not copied.
    only: Bytes,
    /// Copies of several pieces: a small one may be a part of something large that it would keep.
    pieces: BytesMut,
    total: usize,
}

impl Whole {
    fn poll_read<B: Body + Unpin>(
        &mut self,
        body: &mut B,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Bytes, Unread>> {
        while let Some(frame) = ready!(Pin::new(&mut *body).poll_frame(cx)) {
            let Ok(frame) = frame else { return Poll::Ready(Err(Unread::Broken)) };
            // Trailers say nothing to us.
            let Ok(mut data) = frame.into_data() else { continue };
            let length = data.remaining();
            self.total = self.total.saturating_add(length);
            if self.total > MAX_DRAINED {
                return Poll::Ready(Err(Unread::TooLarge));
            }
            if self.total > MAX_BODY {
                self.pieces = BytesMut::new();
            } else if self.pieces.is_empty() && body.is_end_stream() {
                self.only = data.copy_to_bytes(length);
            } else {
                self.pieces.put(data);
            }
        }
        let Self { only, pieces, total } = std::mem::take(self);
        Poll::Ready(match (total > MAX_BODY, pieces.is_empty()) {
            (true, _) => Err(Unread::TooLarge),
            (false, true) => Ok(only),
            (false, false) => Ok(pieces.freeze()),
        })
    }

    fn size(&self) -> usize {
        self.pieces.capacity()
    }
}

#[cfg(test)]
mod tests {
    use hyper::body::Frame;
    use proptest::prelude::*;
    use std::collections::VecDeque;
    use std::convert::Infallible;

    use super::*;

    /// A chunked body: nobody knows its length before.
    struct Chunks(VecDeque<Bytes>);

    impl Body for Chunks {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.pop_front().map(|chunk| Ok(Frame::data(chunk))))
        }
    }

    struct Silent;

    impl Body for Silent {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    fn chunks(lengths: &[usize]) -> Chunks {
        Chunks(lengths.iter().map(|&n| Bytes::from(vec![b'x'; n])).collect())
    }

    fn read_now(body: impl Body<Data = Bytes> + Unpin) -> Result<Bytes, Unread> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(read(body, 0, &Room::of(1 << 20), READ_TIMEOUT))
    }

    #[test]
    fn a_body_of_exactly_the_limit_is_read_and_one_more_byte_is_not() {
        assert_eq!(read_now(chunks(&[MAX_BODY])).unwrap().len(), MAX_BODY);
        assert_eq!(read_now(chunks(&[1, MAX_BODY - 1])).unwrap().len(), MAX_BODY);
        assert_eq!(read_now(chunks(&[MAX_BODY, 1])), Err(Unread::TooLarge));
        assert_eq!(read_now(chunks(&[MAX_BODY + 1])), Err(Unread::TooLarge));
        assert_eq!(read_now(chunks(&[])).unwrap(), Bytes::new());
    }

    #[test]
    fn a_body_without_end_is_refused() {
        struct Endless;
        impl Body for Endless {
            type Data = Bytes;
            type Error = Infallible;

            fn poll_frame(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 4096])))))
            }
        }
        assert_eq!(read_now(Endless), Err(Unread::TooLarge));
    }

    #[tokio::test]
    async fn a_sender_that_falls_silent_is_given_up() {
        assert_eq!(read(Silent, 0, &Room::of(1 << 20), Duration::ZERO).await, Err(Unread::TooSlow));
    }

    proptest! {
        #[test]
        fn chunks_come_together_in_order(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..12)) {
            let body = Chunks(parts.iter().cloned().map(Bytes::from).collect());
            prop_assert_eq!(read_now(body).unwrap(), parts.concat());
        }
    }
}
