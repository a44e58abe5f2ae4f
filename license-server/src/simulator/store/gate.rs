//! Who may call: the signature, strictly.

use super::answer::{Desk, EVENT_PATH, Received};
use super::behaviour::Call;
use super::book::About;
use super::delivered::{Code, Refused};
use crate::engine::ids::EventId;
use crate::koogallery::openapi::percent;
use crate::koogallery::openapi::signing::{self, CONTENT_HEADER, SignedRequest, UNSIGNED_PAYLOAD};

impl Desk {
    /// Whether the holder of the keys signed this call, now.
    pub(super) fn authenticate(&self, received: &Received) -> Result<(), Refused> {
        let body = received.body()?;
        let headers: Option<Vec<_>> = received
            .head
            .headers
            .iter()
            .map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let headers = headers.ok_or_else(|| forged("a header is not ASCII"))?;
        let unsigned = |(name, value): &(&str, &str)| *name == CONTENT_HEADER && *value == UNSIGNED_PAYLOAD;
        if received.call == Call::Order && headers.iter().any(unsigned) {
            return Err(forged("UNSIGNED-PAYLOAD is for uploads only"));
        }
        let query = received.query();
        let query: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = SignedRequest {
            method: received.head.method.as_str(),
            path: received.head.uri.path(),
            query: &query,
            headers: &headers,
            body,
        };
        signing::check(&request, &self.access_key, &self.secret_key, self.clock.now())
            .map_err(|error| forged(&error.to_string()))
    }
}

impl Received {
    /// The query's names and values, decoded.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        percent::decode_query(self.head.uri.query().unwrap_or_default())
    }

    /// The event that the path names.
    pub(super) fn event(&self) -> Result<String, Refused> {
        let wrong = || Refused {
            about: About::Form,
            code: Code::Value,
            message: "the event id is not 1 to 64 characters".to_owned(),
        };
        let path = self.head.uri.path();
        let encoded = path.strip_prefix(EVENT_PATH).and_then(|rest| rest.strip_suffix("/file"));
        let encoded = encoded.ok_or_else(wrong)?;
        let event = String::from_utf8(percent::decode(encoded)).map_err(|_| wrong())?;
        EventId::parse(&event).map_err(|_| wrong())?;
        Ok(event)
    }

    /// The body, if it was not too long.
    pub(super) fn body(&self) -> Result<&[u8], Refused> {
        self.body.as_deref().ok_or_else(|| Refused {
            about: About::Size,
            code: Code::Value,
            message: "the body is longer than 1 MiB".to_owned(),
        })
    }
}

fn forged(message: &str) -> Refused {
    Refused { about: About::Signature, code: Code::Signature, message: message.to_owned() }
}
