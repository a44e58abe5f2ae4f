//! One call, from its head to its answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use serde_json::json;

use super::behaviour::{Call, Fault, Stage};
use super::book::{About, Book, Complaint, Upload};
use super::delivered::{self, Code, Refused};
use super::mocks;
use super::reply::{self, Reply};
use crate::clock::Clock;
use crate::config::Secret;

const ORDER_PATH: &str = "/api/mkp-openapi-public/global/v1/order/query";
pub(super) const EVENT_PATH: &str = "/api/mkp-openapi-public/global/v1/market-event/";
const MAX_BODY: usize = 1 << 20;
/// As much of a body that is too long is thrown away before it is answered, so that the client can hear it.
const MAX_DISCARDED: usize = 16 << 20;
const BODY_WITHIN: Duration = Duration::from_secs(30);
/// The codes of success, in turn.
const SUCCESS: [&str; 3] = ["MKT.0000", "92020000", "CBC.0000"];

type Hook = Arc<dyn Fn(&Upload) + Send + Sync>;

/// What every connection of the store needs.
pub(super) struct Desk {
    pub(super) book: Book,
    pub(super) stage: Stage,
    pub(super) access_key: Secret,
    pub(super) secret_key: Secret,
    pub(super) clock: Clock,
    pub(super) hook: Mutex<Option<Hook>>,
}

/// The connection ends here, without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed without an answer")]
pub(super) struct Closed;

/// A call that was read.
pub(super) struct Received {
    pub(super) call: Call,
    pub(super) head: Parts,
    /// `None` if it was too long.
    pub(super) body: Option<Bytes>,
}

impl Desk {
    /// Answers a call, well or as it was told to.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Closed> {
        let (head, body) = request.into_parts();
        let Some(call) = which(&head) else {
            self.complain(&head, About::Path, &format!("there is no {} here", head.method));
            return Ok(reply::plain(StatusCode::NOT_FOUND, "no such API\n"));
        };
        let fault = self.stage.next(call);
        self.book.count(|counts| {
            *match call {
                Call::Order => &mut counts.order_queries,
                Call::Upload => &mut counts.uploads,
            } += 1;
            counts.faults += u64::from(fault.is_some());
        });
        if fault == Some(Fault::Drop) {
            return Err(Closed);
        }
        let body = tokio::time::timeout(BODY_WITHIN, read(body)).await.map_err(|_| Closed)??;
        let received = Received { call, head, body };
        let Some(fault) = fault else {
            return Ok(self.good(&received));
        };
        self.bad(&received, fault).await
    }

    async fn bad(&self, received: &Received, fault: Fault) -> Result<Reply, Closed> {
        let call = received.call;
        Ok(match fault {
            Fault::Drop => return Err(Closed),
            Fault::DropAfter => {
                self.good(received);
                return Err(Closed);
            }
            Fault::Slow(time) => {
                let reply = self.good(received);
                tokio::time::sleep(time).await;
                reply
            }
            Fault::HalfJson => reply::half(self.good(received)),
            Fault::Huge(bytes) => reply::huge(self.good(received), bytes),
            Fault::Status(number) => reply::status(number),
            Fault::Code(code) => reply::coded(call, StatusCode::OK, &code, "played"),
            Fault::RateLimited { retry_after } => reply::rate_limited(call, retry_after),
            Fault::Garbage => reply::garbage(),
            Fault::Redirect(to) => reply::redirect(&to),
            Fault::Silence => std::future::pending().await,
        })
    }

    /// Carries the call out.
    fn good(&self, received: &Received) -> Reply {
        let answer = match received.call {
            Call::Order => self.order(received),
            Call::Upload => self.upload(received),
        };
        answer.unwrap_or_else(|refused| {
            self.complain(&received.head, refused.about, &refused.message);
            match refused.about {
                About::UnknownOrder => {
                    reply::coded(received.call, StatusCode::OK, "MKT.0100", &refused.message)
                }
                _ => reply::refused(received.call, refused.code, &refused.message),
            }
        })
    }

    fn order(&self, received: &Received) -> Result<Reply, Refused> {
        self.authenticate(received)?;
        let query = received.query();
        let order_id = single(&query, "orderId")?.ok_or_else(|| form("orderId is missing"))?;
        let line_id = single(&query, "orderLineId")?;
        let unknown = |what: &str| Refused {
            about: About::UnknownOrder,
            code: Code::Value,
            message: format!("there is no such {what}"),
        };
        let order = self.book.order(order_id).or_else(|| mocks::mock(order_id, self.clock.now()));
        let order = order.ok_or_else(|| unknown("order"))?;
        if line_id.is_some_and(|id| order.lines.iter().all(|line| line.id != id)) {
            return Err(unknown("line of this order"));
        }
        let info = order.info(line_id);
        Ok(reply::json(
            StatusCode::OK,
            &json!({ "resultCode": "MKT.0000", "resultMsg": "Success", "orderInfo": info }),
        ))
    }

    fn upload(&self, received: &Received) -> Result<Reply, Refused> {
        self.authenticate(received)?;
        let event = received.event()?;
        let content_type = received.head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let (form, license) = delivered::read(content_type, received.body()?)?;
        if let Some(refusal) = self.book.refusal(&event) {
            return Ok(reply::coded(Call::Upload, StatusCode::OK, refusal.code(), refusal.message()));
        }
        let upload = Upload { event, at: self.clock.instant(), form, license };
        let hook = self.hook.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let seen = hook.is_some().then(|| upload.clone());
        let number = self.book.record(upload);
        if let (Some(hook), Some(upload)) = (hook, seen) {
            hook(&upload);
        }
        let turn = usize::try_from(number).unwrap_or(0) % SUCCESS.len();
        Ok(reply::coded(Call::Upload, StatusCode::OK, SUCCESS[turn], "success"))
    }

    fn complain(&self, head: &Parts, about: About, message: &str) {
        let path = head.uri.path().chars().take(200).collect();
        self.book.complain(Complaint { about, path, message: message.to_owned() });
    }
}

/// Which call a path and a method mean.
fn which(head: &Parts) -> Option<Call> {
    let path = head.uri.path();
    if path == ORDER_PATH && head.method == Method::GET {
        return Some(Call::Order);
    }
    let event = path.strip_prefix(EVENT_PATH)?.strip_suffix("/file")?;
    (head.method == Method::POST && !event.contains('/')).then_some(Call::Upload)
}

/// The whole body, or nothing of one that is too long.
async fn read(mut body: Incoming) -> Result<Option<Bytes>, Closed> {
    let mut whole = BytesMut::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Closed)?.into_data() else { continue };
        length += data.len();
        if length > MAX_DISCARDED {
            break;
        }
        if length <= MAX_BODY {
            whole.extend_from_slice(&data);
        }
    }
    Ok((length <= MAX_BODY).then(|| whole.freeze()))
}

fn form(message: &str) -> Refused {
    Refused { about: About::Form, code: Code::Interface, message: message.to_owned() }
}

/// The one value of a parameter, 1 to 64 characters.
fn single<'a>(query: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Refused> {
    let mut values = query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let first = values.next();
    if values.next().is_some() {
        return Err(form(&format!("{name} is given twice")));
    }
    match first.map(|value| value.chars().count()) {
        None | Some(1..=64) => Ok(first),
        Some(_) => Err(Refused {
            about: About::Form,
            code: Code::Value,
            message: format!("{name} is not 1 to 64 characters"),
        }),
    }
}
