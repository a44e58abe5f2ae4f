//! The store's answers as HTTP.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::behaviour::Call;
use super::delivered::Code;

static SPACES: [u8; 16 * 1024] = [b' '; 16 * 1024];

/// The body of an answer: some bytes, and spaces that are made while they are sent.
#[derive(Debug)]
pub(super) struct Text {
    first: Bytes,
    /// Without them the length is announced.
    spaces: Option<usize>,
}

pub(super) type Reply = Response<Text>;

impl Code {
    /// The guide's code and HTTP status.
    fn spelled(self) -> (&'static str, StatusCode) {
        match self {
            Self::Value => ("MKT.0100", StatusCode::INTERNAL_SERVER_ERROR),
            Self::Interface => ("MKT.0101", StatusCode::BAD_REQUEST),
            Self::Other => ("MKT.0199", StatusCode::BAD_REQUEST),
            Self::Signature => ("MKT.0154", StatusCode::UNAUTHORIZED),
        }
    }
}

/// An answer without JSON.
pub(super) fn plain(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Text { first: body.into(), spaces: None });
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=utf-8"));
    reply
}

pub(super) fn json(status: StatusCode, body: &Value) -> Reply {
    let mut reply = plain(status, body.to_string());
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    reply
}

/// A code and a message under the names that the call's answer has for them.
pub(super) fn coded(call: Call, status: StatusCode, code: &str, message: &str) -> Reply {
    json(
        status,
        &match call {
            Call::Order => json!({ "resultCode": code, "resultMsg": message, "orderInfo": null }),
            Call::Upload => json!({ "error_code": code, "error_msg": message }),
        },
    )
}

/// A refusal of a wrong call.
pub(super) fn refused(call: Call, code: Code, message: &str) -> Reply {
    let (code, status) = code.spelled();
    coded(call, status, code, message)
}

/// A status that a number may not be: then 500.
pub(super) fn status(number: u16) -> Reply {
    let status = StatusCode::from_u16(number).ok().filter(|status| !status.is_informational());
    plain(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), "played\n")
}

pub(super) fn rate_limited(call: Call, retry_after: Option<u32>) -> Reply {
    let reply = coded(call, StatusCode::NOT_ACCEPTABLE, "MKT.0250", "Access frequency overlimit");
    match retry_after {
        Some(secs) => with_header(reply, RETRY_AFTER, &secs.to_string()),
        None => reply,
    }
}

/// What a proxy in the way might say, and bytes that are no text.
pub(super) fn garbage() -> Reply {
    plain(StatusCode::OK, b"<html>\xff\xfe{\"resultCode\":".as_slice())
}

pub(super) fn redirect(to: &str) -> Reply {
    with_header(plain(StatusCode::TEMPORARY_REDIRECT, ""), LOCATION, to)
}

/// The first half of an answer, as if it were all of it.
pub(super) fn half(mut reply: Reply) -> Reply {
    let text = reply.body_mut();
    text.first.truncate(text.first.len() / 2);
    reply
}

/// An answer with spaces behind it, `bytes` in all.
pub(super) fn huge(mut reply: Reply, bytes: usize) -> Reply {
    let text = reply.body_mut();
    text.first.truncate(bytes);
    text.spaces = Some(bytes - text.first.len());
    reply
}

/// A value that no header can have is left out.
fn with_header(mut reply: Reply, name: HeaderName, value: &str) -> Reply {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
    reply
}

impl Body for Text {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !self.first.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.first)))));
        }
        let left = self.spaces.unwrap_or(0);
        if left == 0 {
            return Poll::Ready(None);
        }
        let now = left.min(SPACES.len());
        self.spaces = Some(left - now);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&SPACES).slice(..now)))))
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_empty() && self.spaces.unwrap_or(0) == 0
    }

    fn size_hint(&self) -> SizeHint {
        match self.spaces {
            None => SizeHint::with_exact(u64::try_from(self.first.len()).unwrap_or(u64::MAX)),
            Some(_) => SizeHint::default(),
        }
    }
}
