//! One HTTP/1.1 exchange, byte for byte as a caller would send it.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// The header lines, lower case.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpReply {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends bytes on a connection of their own and reads the reply. The request should say `connection: close`.
pub async fn exchange(address: SocketAddr, request: &[u8]) -> std::io::Result<HttpReply> {
    exchange_over(TcpStream::connect(address).await?, request).await
}

/// GETs a path.
///
/// # Panics
/// When nobody answers.
pub async fn get(address: SocketAddr, path: &str) -> HttpReply {
    let request = format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
    exchange(address, request.as_bytes()).await.expect("the server answers")
}

/// The same on a connection that is there already.
pub async fn exchange_over(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &[u8],
) -> std::io::Result<HttpReply> {
    // A server that refuses early may close before all of a large body is sent.
    let _ = stream.write_all(request).await;
    let mut raw = Vec::new();
    match stream.read_to_end(&mut raw).await {
        Err(e) if raw.is_empty() => return Err(e),
        _ => {}
    }
    parse(&raw).ok_or_else(|| {
        let shown = String::from_utf8_lossy(&raw).into_owned();
        std::io::Error::other(format!("no HTTP reply: {shown:?}"))
    })
}

/// A POST of bytes to the production address.
#[must_use]
pub fn post_request(query: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /koogallery/produce?{query} HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json;charset=utf8\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn parse(raw: &[u8]) -> Option<HttpReply> {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&raw[..end]).to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = &raw[end + 4..];
    let body = if head.contains("transfer-encoding: chunked") { unchunk(body)? } else { body.to_vec() };
    Some(HttpReply { status, head, body })
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let len = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?.trim(), 16).ok()?;
        if len == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(line + 2..line + 2 + len)?);
        rest = rest.get(line + 4 + len..)?;
    }
}
