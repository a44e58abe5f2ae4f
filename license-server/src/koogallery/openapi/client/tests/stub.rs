//! A store of one answer, for the tests of the client.

use std::sync::{Arc, Mutex};

use license_core::UnixTime;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};
use tokio_rustls::TlsAcceptor;

use super::NOW_MS;
use crate::koogallery::openapi::percent::decode_query;
use crate::koogallery::openapi::{SignedRequest, check};

/// Gives every request the same answer, which may be anything at all.
pub(super) struct Stub {
    pub(super) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// What the stub does after it has read a request.
#[derive(Clone)]
pub(super) enum Then {
    Answer(Vec<u8>),
    /// Closes without a word.
    Drop,
    /// Neither answers nor closes.
    Silence,
}

impl Stub {
    pub(super) async fn start(then: Then) -> Self {
        Self::listen(then, None).await
    }

    pub(super) async fn listen(then: Then, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = if tls.is_some() { "https://localhost" } else { "http://127.0.0.1" };
        let url = format!("{base}:{}", listener.local_addr().unwrap().port());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (then, log, tls) = (then.clone(), Arc::clone(&log), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, then, log).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, then, log).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url, seen }
    }

    pub(super) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// The only request, whose signature is checked.
    pub(super) fn only(&self) -> Seen {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1);
        let Seen { line, headers, body } = &seen[0];
        let [method, target, _] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = decode_query(query);
        let query: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = SignedRequest { method, path, query: &query, headers: &headers, body };
        let now = UnixTime::from_secs(NOW_MS / 1000);
        assert_eq!(check(&request, &"AKDEMO0001".into(), &"SKdemo".into(), now), Ok(()));
        seen[0].clone()
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, then: Then, log: Arc<Mutex<Vec<Seen>>>) {
    let Some(seen) = read_request(&mut stream).await else { return };
    log.lock().unwrap().push(seen);
    match then {
        Then::Answer(bytes) => {
            // The client need not read it all.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Then::Drop => {}
        Then::Silence => drop(stream.read(&mut [0]).await),
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())))
        .collect::<Option<_>>()?;
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        stream.read_buf(&mut body).await.ok()?;
    }
    Some(Seen { line, headers, body })
}

pub(super) fn http(status: &str, headers: &str, body: &str) -> Then {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}");
    Then::Answer(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

pub(super) fn raw(text: impl Into<Vec<u8>>) -> Then {
    Then::Answer(text.into())
}

/// An address where nobody listens, as long as the socket is held.
pub(super) fn nowhere() -> (String, TcpSocket) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (format!("http://{}", socket.local_addr().unwrap()), socket)
}
