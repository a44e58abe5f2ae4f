//! The store's side: signing calls and reading replies.

use data_encoding::HEXLOWER;
use license_core::UnixTime;
use license_server::config::Secret;
use license_server::koogallery::sign;
use serde_json::Value;

/// A signed query and the body it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// `signature=…&timestamp=…&nonce=…`
    pub query: String,
    /// The bytes that were signed.
    pub body: Vec<u8>,
}

/// Signs a body at a time in milliseconds, with a nonce of its own.
#[must_use]
pub fn signed(access_key: &str, now_ms: i64, body: &[u8]) -> Signed {
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let timestamp = now_ms.to_string();
    let signature = HEXLOWER.encode(&sign(&Secret::from(access_key), &nonce, &timestamp, body));
    Signed {
        query: format!("signature={signature}&timestamp={timestamp}&nonce={nonce}"),
        body: body.to_vec(),
    }
}

/// A reply of the store's interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// All its members.
    pub json: Value,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
}

impl Reply {
    /// `resultCode`
    #[must_use]
    pub fn code(&self) -> &str {
        self.json["resultCode"].as_str().expect("every reply has a resultCode")
    }

    /// `resultMsg`
    #[must_use]
    pub fn message(&self) -> &str {
        self.json["resultMsg"].as_str().unwrap_or_default()
    }

    /// The reply of an HTTP body.
    #[must_use]
    pub fn read(bytes: Vec<u8>) -> Self {
        Self { json: serde_json::from_slice(&bytes).expect("the reply is JSON"), bytes }
    }

    /// What no caller should see of the server's inside, or a message over the store's 255 characters.
    #[must_use]
    pub fn indiscretion(&self) -> Option<String> {
        let inside = [
            "sql",
            "serde",
            "panick",
            ".rs",
            "thread",
            "license.db",
            "/tmp",
            "rawvalue",
            "at line",
            "column",
            "utf8error",
            "unwrap",
            "backtrace",
            "rows",
            "table",
        ];
        let message = self.message().to_lowercase();
        let word = inside.into_iter().find(|word| message.contains(word)).map(str::to_owned);
        word.or_else(|| (message.chars().count() > 255).then(|| "over 255 characters".to_owned()))
    }

    /// `instanceId`
    #[must_use]
    pub fn instance(&self) -> &str {
        self.json["instanceId"].as_str().expect("the reply has an instanceId")
    }
}

/// `2026-11-23 10:15:00 z`
#[must_use]
pub fn store_time(time: UnixTime) -> String {
    time.to_string().replacen('T', " ", 1).replacen('Z', " z", 1)
}

/// `20261123101500`
#[must_use]
pub fn utc14(time: UnixTime) -> String {
    time.to_string().chars().filter(char::is_ascii_digit).collect()
}
