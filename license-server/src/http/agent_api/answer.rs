//! Answers to calls that succeeded, and what all answers have in common.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, DATE, HeaderValue, LOCATION};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde::Serialize;
use warp::reply::Response;

use crate::app::App;
use crate::engine::request::Activated;

/// What a call came to.
#[derive(Debug)]
pub(super) enum Success {
    /// A license.
    Licensed(Box<Activated>),
    /// A seat was given back.
    Deactivated,
}

#[derive(Serialize)]
struct Body<'a> {
    license: &'a str,
    license_id: &'a str,
    /// `null` for ever.
    expires_at: Option<String>,
    seats_left: Option<u32>,
    /// What the machine learns the vendor's keys from, the oldest first.
    key_sets: &'a [String],
}

impl Success {
    /// Its name in the metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Licensed(activated) if activated.had_seat => "same-seat",
            Self::Licensed(_) => "new-seat",
            Self::Deactivated => "done",
        }
    }

    pub(super) fn response(&self, app: &App) -> Response {
        let Self::Licensed(activated) = self else {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NO_CONTENT;
            return with_common_headers(app, response);
        };
        let key_sets = app.keystore.key_sets();
        let body = Body {
            license: &activated.token,
            license_id: &activated.license_id,
            expires_at: activated.expires_at.map(|at| at.to_string()),
            seats_left: Some(activated.seats_left),
            key_sets: &key_sets,
        };
        let mut response = json(app, "application/json", &body);
        if !activated.had_seat {
            *response.status_mut() = StatusCode::CREATED;
            let location = HeaderValue::try_from(format!("/v1/activations/{}", activated.license_id));
            // Ids are made here, of letters that every header may hold.
            location.ok().and_then(|location| response.headers_mut().insert(LOCATION, location));
        }
        response
    }
}

/// A body as JSON.
pub(super) fn json(app: &App, content_type: &'static str, body: &impl Serialize) -> Response {
    // Texts, numbers and lists of texts always serialise.
    let mut response = Response::new(Bytes::from(serde_json::to_vec(body).unwrap_or_default()).into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    with_common_headers(app, response)
}

/// The server's time, by which machines correct theirs, and nothing for caches.
pub(super) fn with_common_headers(app: &App, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(date(app.clock.now().as_secs()).map(|date| (DATE, date)));
    response
}

/// `Mon, 21 Sep 2026 14:13:20 GMT` ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7)).
fn date(now: i64) -> Option<HeaderValue> {
    let now = Timestamp::from_second(now).ok()?;
    HeaderValue::try_from(DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_that_of_http() {
        assert_eq!(date(1_790_000_000).unwrap(), "Mon, 21 Sep 2026 14:13:20 GMT");
        assert_eq!(date(0).unwrap(), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
