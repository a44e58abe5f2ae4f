//! The store's side of a call, for one machine talking to itself.

use std::net::SocketAddr;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::super::CommandError;
use crate::clock::Clock;
use crate::config::Secret;
use crate::koogallery::sign;

/// Signs and sends calls as the store does.
pub(super) struct StoreClient {
    pub(super) address: SocketAddr,
    pub(super) access_key: Secret,
    pub(super) clock: Clock,
}

impl StoreClient {
    /// Sends a call, and gives the reply's members.
    pub(super) async fn call(&self, body: &serde_json::Value) -> Result<serde_json::Value, CommandError> {
        let body = body.to_string();
        let timestamp = self.clock.now_ms().to_string();
        let nonce = HEXLOWER.encode(&rand::random::<[u8; 16]>());
        let signature = HEXLOWER.encode(&sign(&self.access_key, &nonce, &timestamp, body.as_bytes()));
        let path = format!("/koogallery/produce?signature={signature}&timestamp={timestamp}&nonce={nonce}");
        let reply = self.post(&path, body).await.map_err(|e| CommandError::Said(e.to_string()))?;
        serde_json::from_slice(&reply).map_err(|e| CommandError::Said(format!("the reply is no JSON: {e}")))
    }

    async fn post(
        &self,
        path: &str,
        body: String,
    ) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let request = Request::post(path)
            .header("host", self.address.to_string())
            .header("content-type", "application/json;charset=utf8")
            .body(Full::new(Bytes::from(body)))?;
        let reply = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
        drop(sender);
        connection.await??;
        Ok(reply)
    }
}
