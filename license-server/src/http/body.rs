//! A request's body, read whole before anything looks at it.

use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body;

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
}

/// Reads a body of at most 64 KiB, chunked or not, within `limit`.
pub(super) async fn read<B>(body: B, limit: Duration) -> Result<Bytes, Unread>
where
    B: Body + Unpin,
    B::Data: Send,
{
    tokio::time::timeout(limit, read_all(body)).await.unwrap_or(Err(Unread::TooSlow))
}

async fn read_all<B: Body + Unpin>(mut body: B) -> Result<Bytes, Unread> {
    if body.size_hint().lower() > MAX_DRAINED as u64 {
        return Err(Unread::TooLarge);
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut total = 0_usize;
    while let Some(frame) = body.frame().await {
        // Trailers say nothing to us.
        let Ok(mut data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        let length = data.remaining();
        total = total.saturating_add(length);
        if total > MAX_DRAINED {
            return Err(Unread::TooLarge);
        }
        if total > MAX_BODY {
            continue;
        }
        // Nearly every body comes in one piece, which need not be copied.
        if first.is_empty() {
            first = data.copy_to_bytes(length);
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data.copy_to_bytes(length));
        }
    }
    match (total > MAX_BODY, rest.is_empty()) {
        (true, _) => Err(Unread::TooLarge),
        (false, true) => Ok(first),
        (false, false) => Ok(rest.freeze()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;
    use proptest::prelude::*;

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
        runtime.block_on(read(body, READ_TIMEOUT))
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
        assert_eq!(read(Silent, Duration::ZERO).await, Err(Unread::TooSlow));
    }

    proptest! {
        #[test]
        fn chunks_come_together_in_order(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..12)) {
            let body = Chunks(parts.iter().cloned().map(Bytes::from).collect());
            prop_assert_eq!(read_now(body).unwrap(), parts.concat());
        }
    }
}
