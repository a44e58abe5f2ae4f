//! A merchant who signs and sends what a test makes of a call.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use http_body_util::{BodyExt as _, Full};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::NOW;
use crate::config::Secret;
use crate::koogallery::openapi::percent;
use crate::koogallery::openapi::signing::{SignedRequest, authorization, date};
use crate::simulator::store::SimulatedStore;

pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone)]
pub(super) struct Client {
    pub(super) address: SocketAddr,
    pub(super) tls: Option<Arc<ClientConfig>>,
}

/// A call that is not signed yet; the fields are for tests to spoil.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) keys: (&'static str, &'static str),
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and code, whatever the code's name.
    pub(super) fn code(&self) -> (u16, String) {
        let json = self.json();
        let code = json.get("resultCode").or(json.get("error_code")).unwrap().as_str().unwrap();
        (self.status.as_u16(), code.to_owned())
    }
}

impl Ask {
    pub(super) fn order(id: &str, line: Option<&str>) -> Self {
        let mut query = vec![("orderId", id.to_owned())];
        query.extend(line.map(|line| ("orderLineId", line.to_owned())));
        Self {
            method: "GET",
            path: "/api/mkp-openapi-public/global/v1/order/query".into(),
            query,
            headers: vec![
                ("host", "store".into()),
                ("x-sdk-date", date(NOW)),
                ("content-type", "application/json".into()),
            ],
            body: Vec::new(),
            keys: ("AK1", "SK1"),
        }
    }

    pub(super) fn characters(event: &str, license: &str) -> Self {
        Self::form(event, &json!({ "type": "CHARACTERS", "characters": license }), None)
    }

    pub(super) fn file(event: &str, license: &[u8]) -> Self {
        let sha256 = HEXLOWER.encode(&Sha256::digest(license));
        Self::form(event, &json!({ "type": "FILE", "file_name": "x.lic", "sha256": sha256 }), Some(license))
    }

    pub(super) fn form(event: &str, request: &Value, file: Option<&[u8]>) -> Self {
        let mut body = format!(
            "--part\r\nContent-Disposition: form-data; name=\"isvUpdateFileReq\"\r\n\
             Content-Type: application/json\r\n\r\n{request}\r\n"
        )
        .into_bytes();
        if let Some(file) = file {
            body.extend(
                b"--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.lic\"\r\n\r\n",
            );
            body.extend(file.iter().chain(b"\r\n"));
        }
        body.extend(b"--part--\r\n");
        let event = percent::encode(event);
        Self {
            method: "POST",
            path: format!("/api/mkp-openapi-public/global/v1/market-event/{event}/file"),
            query: Vec::new(),
            headers: vec![
                ("host", "store".into()),
                ("x-sdk-date", date(NOW)),
                ("x-sdk-content-sha256", "UNSIGNED-PAYLOAD".into()),
                ("content-type", "multipart/form-data; boundary=part".into()),
            ],
            body,
            keys: ("AK1", "SK1"),
        }
    }

    /// With another value for a header, or with the header.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn signed(&self) -> Request<Full<Bytes>> {
        let query: Vec<_> = self.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (method, path, body) = (self.method, self.path.as_str(), self.body.as_slice());
        let request = SignedRequest { method, path, query: &query, headers: &headers, body };
        let (access, secret) = self.keys;
        let authorization = authorization(&request, &Secret::from(access), &Secret::from(secret));
        let mut target = self.path.clone();
        if !query.is_empty() {
            target.extend(["?", &percent::encode_query(&query)]);
        }
        let mut builder = Request::builder().method(self.method).uri(target);
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        let body = Full::new(Bytes::from(self.body.clone()));
        builder.header("authorization", authorization).body(body).unwrap()
    }
}

impl Client {
    pub(super) fn of(store: &SimulatedStore) -> Self {
        Self { address: store.address(), tls: None }
    }

    pub(super) async fn ask(&self, ask: &Ask) -> Result<Answer, Failure> {
        self.send(ask.signed()).await
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, Failure> {
        let stream = TcpStream::connect(self.address).await?;
        match &self.tls {
            None => exchange(stream, request).await,
            Some(tls) => {
                let name = ServerName::try_from("localhost")?;
                exchange(TlsConnector::from(Arc::clone(tls)).connect(name, stream).await?, request).await
            }
        }
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Failure> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok(Answer { status: head.status, headers: head.headers, body })
}
