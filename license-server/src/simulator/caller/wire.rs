//! One exchange over HTTP or HTTPS.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::url::ProductionUrl;

/// The most bytes of a reply that are read.
const MAX_REPLY: usize = 1024 * 1024;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
    /// From the connection's begin to the reply's end.
    pub took: Duration,
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// No connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// No trust.
    #[error("the TLS handshake failed: {0}")]
    Tls(String),
    /// The connection broke, or what came is no HTTP.
    #[error("the connection broke off: {0}")]
    Broken(String),
    /// Nothing whole within the time.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// Posts to one address.
#[derive(Clone)]
pub(super) struct Wire {
    url: ProductionUrl,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Wire {
    /// Makes ready; for `https` it reads the system's certificates.
    ///
    /// # Errors
    /// When there are none, or the host's name cannot stand in a certificate.
    pub(super) fn to(url: ProductionUrl) -> Result<Self, Unanswered> {
        let tls = if url.is_tls() { Some((connector()?, name(&url)?)) } else { None };
        Ok(Self { url, tls })
    }

    /// Posts a body on a connection of its own.
    pub(super) async fn post(&self, parameters: &str, body: Bytes) -> Result<Answer, Unanswered> {
        let stream = TcpStream::connect((self.url.host(), self.url.port()));
        let stream = stream.await.map_err(|e| Unanswered::Connect(e.to_string()))?;
        // Only slower without it.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => self.exchange(stream, parameters, body).await,
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await;
                self.exchange(stream.map_err(|e| Unanswered::Tls(e.to_string()))?, parameters, body).await
            }
        }
    }

    async fn exchange(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        parameters: &str,
        body: Bytes,
    ) -> Result<Answer, Unanswered> {
        let broken = |e: &dyn std::fmt::Display| Unanswered::Broken(e.to_string());
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| broken(&e))?;
        // It ends with the sender; what goes wrong on it is said by the request as well.
        let connection = tokio::spawn(connection);
        let request = Request::post(self.url.target_with(parameters))
            .header("host", self.url.authority())
            .header("content-type", "application/json;charset=utf8")
            .header("connection", "close")
            .body(Full::new(body))
            .map_err(|e| broken(&e))?;
        let answer = async {
            let reply = sender.send_request(request).await.map_err(|e| broken(&e))?;
            let status = reply.status().as_u16();
            let body = Limited::new(reply.into_body(), MAX_REPLY).collect().await.map_err(|e| broken(&e))?;
            Ok(Answer { status, body: body.to_bytes(), took: Duration::ZERO })
        };
        let answer = answer.await;
        connection.abort();
        answer
    }
}

fn connector() -> Result<TlsConnector, Unanswered> {
    let mut roots = RootCertStore::empty();
    // One that cannot be read is missed only if the server's certificate needs it, and the handshake says so then.
    let (good, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if good == 0 {
        return Err(Unanswered::Tls(
            "this machine has no trusted certificates; install its package of them".into(),
        ));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| Unanswered::Tls(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config).into())
}

fn name(url: &ProductionUrl) -> Result<ServerName<'static>, Unanswered> {
    ServerName::try_from(url.host().to_owned()).map_err(|e| Unanswered::Tls(e.to_string()))
}
