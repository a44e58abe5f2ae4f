//! The machines' side of a shop: what an agent asks, as bytes on a connection.

use license_core::{DeviceKey, UnixTime};
use license_server::engine::ids::InstanceId;
use license_server::keystore::SecretFile;
use serde_json::{Value, json};

use crate::Shop;
use crate::http::{HttpReply, exchange};

/// What a machine was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentReply {
    /// The status.
    pub status: u16,
    /// The header lines, lower case.
    pub head: String,
    /// The body; `null` where there is none.
    pub json: Value,
}

impl AgentReply {
    /// The license of a success.
    #[must_use]
    #[track_caller]
    pub fn license(&self) -> String {
        assert!(matches!(self.status, 200 | 201), "{self:?}");
        self.json["license"].as_str().expect("a license").to_owned()
    }

    /// The license's id.
    #[must_use]
    #[track_caller]
    pub fn license_id(&self) -> String {
        assert!(matches!(self.status, 200 | 201), "{self:?}");
        self.json["license_id"].as_str().expect("an id").to_owned()
    }

    /// Status and name of a problem.
    #[must_use]
    #[track_caller]
    pub fn problem(&self) -> (u16, &str) {
        assert!(self.head.contains("content-type: application/problem+json"), "{self:?}");
        assert_eq!(self.json["status"], self.status, "{self:?}");
        for member in ["title", "detail", "advice"] {
            let words = self.json[member].as_str().unwrap_or_default();
            assert!((8..=500).contains(&words.chars().count()), "{member}: {self:?}");
        }
        let name = self.json["type"].as_str().and_then(|name| name.strip_prefix("urn:problem-type:license:"));
        (self.status, name.expect("a type"))
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

impl From<HttpReply> for AgentReply {
    fn from(reply: HttpReply) -> Self {
        let json = if reply.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&reply.body).unwrap_or_else(|_| panic!("JSON: {}", reply.text()))
        };
        Self { status: reply.status, head: reply.head, json }
    }
}

/// The key of machine number `n`.
#[must_use]
pub fn device_key(n: u8) -> DeviceKey {
    DeviceKey::from_seed(&[n; 32])
}

impl Shop {
    /// The activation code of an instance, as the vendor shows it.
    #[must_use]
    pub fn code(&self, instance: &str) -> String {
        let counter = self.database().code_counter(instance).expect("readable").expect("a code");
        let file = SecretFile::of(self.settings.secret_file.as_deref(), &self.settings.keys);
        let codes = file.read().expect("readable").expect("made at the start");
        codes.code(&InstanceId::parse(instance).expect("an id"), counter).expect("a secret").to_string()
    }

    /// Sends a machine's request: method, path, header lines and a body.
    pub async fn ask(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> AgentReply {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        for header in headers {
            request += &format!("{header}\r\n");
        }
        let request = [request.as_bytes(), b"\r\n", body].concat();
        exchange(self.address(), &request).await.expect("an answer").into()
    }

    /// The same with a JSON body.
    pub async fn ask_json(&self, path: &str, headers: &[&str], body: &Value) -> AgentReply {
        let headers = [&["content-type: application/json"], headers].concat();
        self.ask("POST", path, &headers, body.to_string().as_bytes()).await
    }

    /// Activates a machine by a code. All of a shop's machines have the same key, unless a case gives them others.
    pub async fn activate(&self, code: &str, fingerprint: &str) -> AgentReply {
        self.activate_with(code, fingerprint, Some(&device_key(0))).await
    }

    /// Asks what became of a license, with the shop's machines' key.
    pub async fn renew(&self, license: &str, fingerprint: &str) -> AgentReply {
        self.renew_with(license, fingerprint, Some(&device_key(0))).await
    }

    /// Gives the seat of a license back, with the shop's machines' key.
    pub async fn deactivate(&self, license: &str, license_id: &str) -> AgentReply {
        self.deactivate_with(license, license_id, Some(&device_key(0))).await
    }

    /// Activates a machine that has a key, or one whose agent knows of none.
    pub async fn activate_with(&self, code: &str, fingerprint: &str, key: Option<&DeviceKey>) -> AgentReply {
        let mut body = json!({ "activation_code": code, "fingerprint": fingerprint });
        if let Some(key) = key {
            body["device_key"] = serde_json::from_str(&key.public_jwk()).expect("JSON");
        }
        self.ask_json("/v1/activations", &[], &body).await
    }

    /// Asks what became of a license, signed by a key or not at all.
    pub async fn renew_with(&self, license: &str, fingerprint: &str, key: Option<&DeviceKey>) -> AgentReply {
        let proof = key.map(|key| self.proof(key, "POST", "/v1/licenses/renew", license, self.now()));
        self.renew_by(license, fingerprint, proof.as_deref()).await
    }

    /// Asks what became of a license, with this proof.
    pub async fn renew_by(&self, license: &str, fingerprint: &str, proof: Option<&str>) -> AgentReply {
        let body = json!({ "license": license, "fingerprint": fingerprint });
        let proof = proof.map(|proof| format!("DPoP: {proof}"));
        self.ask_json("/v1/licenses/renew", &proof.as_deref().into_iter().collect::<Vec<_>>(), &body).await
    }

    /// Gives the seat of a license back, signed by a key or not at all.
    pub async fn deactivate_with(&self, license: &str, id: &str, key: Option<&DeviceKey>) -> AgentReply {
        let path = format!("/v1/activations/{id}");
        let proof = key.map(|key| self.proof(key, "DELETE", &path, license, self.now()));
        self.deactivate_by(license, id, proof.as_deref()).await
    }

    /// Gives the seat of a license back, with this proof.
    pub async fn deactivate_by(&self, license: &str, id: &str, proof: Option<&str>) -> AgentReply {
        let mut headers = vec![format!("authorization: Bearer {license}")];
        headers.extend(proof.map(|proof| format!("DPoP: {proof}")));
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        self.ask("DELETE", &format!("/v1/activations/{id}"), &headers, b"").await
    }

    /// A proof that was not used before, for a call to this server.
    #[must_use]
    pub fn proof(&self, key: &DeviceKey, method: &str, path: &str, license: &str, at: UnixTime) -> String {
        let (id, url) = (uuid::Uuid::new_v4().to_string(), format!("http://{}{path}", self.address()));
        key.prove_call_as(&id, method, &url, license, at)
    }
}
