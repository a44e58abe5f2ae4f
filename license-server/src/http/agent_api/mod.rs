//! What machines ask: a license for an activation code, what became of a license, and to give a seat back.
//!
//! The wire is in `docs/activation-api.md` and in `openapi.json`. Nothing here decides about instances or seats.

mod admission;
mod answer;
mod call;
mod client;
#[cfg(test)]
mod documented;
mod limits;
mod problem;
mod proof;
mod words;

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use metrics::counter;
use tracing::{error, info};
use warp::reply::Response;

use super::body::Unread;
use crate::app::App;
use crate::engine::ids::InstanceId;
use crate::log_sampler::{self, Line};
pub use admission::Admission;
pub(super) use call::Call;
pub use limits::Limits;
use problem::Problem;
pub use proof::SeenProofs;

/// The description of this API ([OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html)).
const OPENAPI: &str = include_str!("openapi.json");

/// Failures that depend on an activation code are answered at whole multiples of this time, so that how long one took
/// tells nothing about whether there is such a code.
const STEP: Duration = Duration::from_millis(100);

/// Who sent a request: the other end of its connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// What a call came with.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) peer: Option<Peer>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What the log says of a call; nothing in it lets anybody in or names a machine.
#[derive(Debug, Default)]
struct Trail {
    instance: Option<InstanceId>,
}

/// Answers a call, within 4 seconds.
pub(super) async fn answer(app: App, call: Call, sent: Sent) -> Response {
    let started = app.clock.instant();
    let name = call.as_str();
    // In a task of its own: a caller that hangs up does not stop what it began, and a panic is still answered.
    let task = {
        let app = app.clone();
        tokio::spawn(async move {
            let mut trail = Trail::default();
            (call.run(&app, &sent, &mut trail).await, trail)
        })
    };
    let (decided, trail) = task.await.unwrap_or_else(|_| {
        if log_sampler::admits(Line::fault("agent call", "panic")) {
            error!("a call panicked");
        }
        (Err(Problem::Internal), Trail::default())
    });
    let took = app.clock.instant().duration_since(started);
    let outcome = decided.as_ref().map_or_else(Problem::name, answer::Success::name);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let line = if decided.is_ok() { Line::served(name, outcome) } else { Line::refused(name, outcome) };
    if log_sampler::admits(line) {
        info!(call = name, instance = trail.instance.as_ref().map(display), outcome, ms, "agent call");
    }
    counter!("agent_calls_total", "call" => name, "outcome" => outcome).increment(1);
    match decided {
        Ok(success) => success.response(&app),
        Err(problem) => {
            if problem.may_tell_of_a_code() {
                tokio::time::sleep(pause(took)).await;
            }
            problem.response(&app)
        }
    }
}

/// How long to wait after `took`, so that the whole is a multiple of [`STEP`].
fn pause(took: Duration) -> Duration {
    let over = took.as_nanos() % STEP.as_nanos();
    STEP.saturating_sub(Duration::from_nanos(u64::try_from(over).unwrap_or(0)))
}

/// The description of this API.
pub(super) fn openapi(app: &App) -> Response {
    let mut response = Response::new(OPENAPI.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer::with_common_headers(app, response)
}

/// A path of this API that there is not.
pub(super) fn not_found(app: &App) -> Response {
    Problem::NotFound.response(app)
}

/// A path with another method.
pub(super) fn method_not_allowed(app: &App, allowed: &'static str) -> Response {
    Problem::MethodNotAllowed { allowed }.response(app)
}

/// A body that was not read.
pub(super) fn unread(app: &App, why: Unread) -> Response {
    match why {
        // R87
        Unread::TooLarge => Problem::TooLarge,
        Unread::NoRoom => Problem::Busy,
        Unread::TooSlow => Problem::Malformed("The request did not arrive in time.".into()),
        Unread::Broken => Problem::Malformed("The request broke off.".into()),
    }
    .response(app)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_failure_took_it_is_answered_at_a_multiple_of_the_same_time() {
        for micros in [0, 1, 40, 9_999, 99_999, 100_000, 100_001, 250_000, 3_500_000] {
            let took = Duration::from_micros(micros);
            let (pause, step) = (pause(took), STEP.as_nanos());
            assert_eq!((took + pause).as_nanos() % step, 0, "{micros} µs");
            assert!(!pause.is_zero() && pause <= STEP, "{micros} µs");
        }
    }
}
