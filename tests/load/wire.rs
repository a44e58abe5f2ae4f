//! HTTP/1.1 with as little work as there can be: one request, one answer with a length, the connection stays.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// No answer of the store's interface comes near.
const MAX_ANSWER: usize = 256 * 1024;

/// A connection that stays open.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer; its body lies in the connection's buffer until the next exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

/// What went wrong with an exchange.
#[derive(Debug)]
pub enum WireError {
    /// The connection.
    Io(std::io::Error),
    /// The peer closed it before a whole answer.
    Closed,
    /// The answer is not HTTP/1.1 with a content-length, or is too long.
    Malformed,
}

impl Wire {
    /// Connects.
    ///
    /// # Errors
    /// [`WireError::Io`]
    pub async fn connect(address: SocketAddr) -> Result<Self, WireError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// [`WireError`]; the connection is of no use then.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>, WireError> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if let Some((status, body)) = whole(&self.buffer)? {
                return Ok(Answer { status, body: &self.buffer[body] });
            }
            if self.buffer.len() > MAX_ANSWER {
                return Err(WireError::Malformed);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(WireError::Closed);
            }
        }
    }
}

/// The status and where the body lies, once all of it is there.
fn whole(buffer: &[u8]) -> Result<Option<(u16, std::ops::Range<usize>)>, WireError> {
    let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&buffer[..end]).map_err(|_| WireError::Malformed)?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok())
        .ok_or(WireError::Malformed)?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .filter(|length| *length <= MAX_ANSWER)
        .ok_or(WireError::Malformed)?;
    let body = end + 4..end + 4 + length;
    Ok((buffer.len() >= body.end).then_some((status, body)))
}

impl From<std::io::Error> for WireError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl std::fmt::Display for WireError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Closed => f.write_str("the server closed the connection"),
            Self::Malformed => f.write_str("the answer is not HTTP/1.1 with a length"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\ndate: x\r\n\r\nhello";

    #[test]
    fn an_answer_is_whole_when_its_last_byte_is_there() {
        for end in 0..ANSWER.len() {
            assert!(matches!(whole(&ANSWER[..end]), Ok(None)), "{end}");
        }
        let (status, body) = whole(ANSWER).unwrap().unwrap();
        assert_eq!((status, &ANSWER[body]), (200, &b"hello"[..]));
    }

    #[test]
    fn what_is_no_answer_with_a_length_is_refused() {
        for bytes in [
            &b"HTTP/1.1 200 OK\r\n\r\n"[..],
            b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 2\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
            b"\xff\r\n\r\n",
        ] {
            assert!(whole(bytes).is_err(), "{bytes:?}");
        }
    }
}
