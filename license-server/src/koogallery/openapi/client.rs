//! Calls to the open API, at one of two addresses.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::HeaderValue;
use tokio_rustls::rustls::RootCertStore;

use super::error::{CallError, CallErrorKind, OpenApiError};
use super::exchange::{Http, Lost};
use super::host::Host;
use super::order::Order;
use super::percent::{encode, encode_query};
use super::reply::Answer;
use super::signing::{SignedRequest, UNSIGNED_PAYLOAD, authorization, date};
use super::upload::Form;
use crate::clock::Clock;
use crate::config::Secret;
use crate::engine::catalog::DeliveryForm;
use crate::engine::ids::{LineId, OrderId};

const ORDER_QUERY: &str = "/api/mkp-openapi-public/global/v1/order/query";
const MARKET_EVENT: &str = "/api/mkp-openapi-public/global/v1/market-event/";
const JSON: &str = "application/json";
const UPLOAD_BUDGET: Duration = Duration::from_secs(15);
/// The least time after which no answer means that an address fails.
const PATIENT: Duration = Duration::from_secs(3);
/// For so long after the first address failed, the other one is asked first.
const AVOID_MS: u64 = 30_000;

/// What the open API is called with.
#[derive(Clone, Debug)]
pub struct OpenApiSettings {
    /// The store's address, such as `https://mkt.myhuaweicloud.com`; plain HTTP for loopback hosts only.
    pub url: String,
    /// Its other address, asked when the first one does not answer.
    pub fallback_url: Option<String>,
    /// AK
    pub access_key: Secret,
    /// SK
    pub secret_key: Secret,
    /// Whether it is looked at who bought.
    pub keep_buyer: bool,
    /// What time it is.
    pub clock: Clock,
}

/// The store's open API; clones share connections.
#[derive(Clone)]
pub struct OpenApi(Arc<Inner>);

struct Inner {
    first: Host,
    fallback: Option<Host>,
    /// When the first address failed last, in milliseconds; far in the past if it did not.
    failed_ms: AtomicI64,
    access_key: Secret,
    secret_key: Secret,
    keep_buyer: bool,
    clock: Clock,
    http: Http,
}

/// One call, before it is known where it goes.
struct Call<'a> {
    method: &'static str,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    content_type: &'a str,
    body: Bytes,
    /// The most bytes of an answer.
    limit: usize,
}

impl OpenApi {
    /// Prepares calls; makes none.
    ///
    /// # Errors
    /// [`OpenApiError`]
    pub fn new(settings: OpenApiSettings) -> Result<Self, OpenApiError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self::trusting(settings, roots)
    }

    fn trusting(settings: OpenApiSettings, roots: RootCertStore) -> Result<Self, OpenApiError> {
        let parse = |setting, url: &str| Host::parse(url).map_err(|why| OpenApiError::Url { setting, why });
        let first = parse("STORE_URL", &settings.url)?;
        let fallback = settings.fallback_url.map(|url| parse("STORE_FALLBACK_URL", &url)).transpose()?;
        for (setting, key) in [("STORE_AK", &settings.access_key), ("STORE_SK", &settings.secret_key)] {
            let plain = key.expose().bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
            if !plain || !(1..=128).contains(&key.expose().len()) {
                return Err(OpenApiError::Key(setting));
            }
        }
        if roots.is_empty()
            && [Some(&first), fallback.as_ref()].into_iter().flatten().any(|host| host.encrypted)
        {
            return Err(OpenApiError::NoRoots);
        }
        Ok(Self(Arc::new(Inner {
            first,
            fallback,
            failed_ms: AtomicI64::new(i64::MIN),
            access_key: settings.access_key,
            secret_key: settings.secret_key,
            keep_buyer: settings.keep_buyer,
            clock: settings.clock,
            http: Http::new(roots)?,
        })))
    }

    /// Asks for an order, within `budget` for both addresses together.
    ///
    /// # Errors
    /// [`CallError`]
    pub async fn order(&self, order: &OrderId, line: &LineId, budget: Duration) -> Result<Order, CallError> {
        let call = Call {
            method: "GET",
            path: ORDER_QUERY,
            query: &[("orderId", order.as_str()), ("orderLineId", line.as_str())],
            content_type: JSON,
            body: Bytes::new(),
            limit: 1024 * 1024,
        };
        let answer = self.0.call(&call, budget).await?;
        let wire = answer.accept(&["MKT.0000", "CBC.0000"], self.0.keys())?;
        let order = wire.order_info.and_then(|info| Order::read(info, self.0.keep_buyer));
        // As good as an order that is not known.
        order.ok_or_else(|| CallError::new(CallErrorKind::Parameter, "the store's answer holds no order"))
    }

    /// Delivers a license under an event, within 15 seconds. May be repeated with the same license.
    ///
    /// # Errors
    /// [`CallError`]
    pub async fn upload(&self, event: &str, license: &str, form: DeliveryForm) -> Result<(), CallError> {
        // As a segment of a path these would lead elsewhere.
        if matches!(event, "" | "." | "..") {
            return Err(CallError::new(
                CallErrorKind::Parameter,
                "the event's id cannot be part of an address",
            ));
        }
        let form = Form::new(event, license, form, rand::random())?;
        let call = Call {
            method: "POST",
            path: &format!("{MARKET_EVENT}{}/file", encode(event)),
            query: &[],
            content_type: &form.content_type,
            body: form.body,
            limit: 64 * 1024,
        };
        let answer = self.0.call(&call, UPLOAD_BUDGET).await?;
        answer.accept(&["MKT.0000", "CBC.0000", "92020000"], self.0.keys()).map(drop)
    }
}

impl std::fmt::Debug for OpenApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fallback = self.0.fallback.as_ref().map(|host| &host.name);
        f.debug_struct("OpenApi")
            .field("host", &self.0.first.name)
            .field("fallback", &fallback)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn keys(&self) -> [&Secret; 2] {
        [&self.access_key, &self.secret_key]
    }

    /// Asks one address, and the other one if the first asked does not answer in its share of the time.
    async fn call(&self, call: &Call<'_>, budget: Duration) -> Result<Answer, CallError> {
        let Some(fallback) = &self.fallback else {
            return self.ask(&self.first, call, budget).await.map_err(|lost| lost.at(&self.first.name));
        };
        let avoided = self.clock.now_ms().abs_diff(self.failed_ms.load(Ordering::Acquire)) < AVOID_MS;
        let [one, other] = if avoided { [fallback, &self.first] } else { [&self.first, fallback] };
        let started = self.clock.instant();
        let lost = match self.ask(one, call, budget / 2).await {
            Err(lost) if lost.is_elsewhere_better() => lost.at(&one.name),
            answered => return answered.map_err(|lost| lost.at(&one.name)),
        };
        tracing::warn!(error = %lost, other = %other.name, "the store is asked at its other address");
        let left = budget.saturating_sub(self.clock.instant().saturating_duration_since(started));
        match self.ask(other, call, left).await {
            Ok(answer) => Ok(Answer { earlier: Some(lost.kind), ..answer }),
            Err(second) => Err(both(lost, second.at(&other.name))),
        }
    }

    async fn ask(&self, host: &Host, call: &Call<'_>, time: Duration) -> Result<Answer, Lost> {
        let request = self.request(host, call).map_err(|error| Lost::Unreachable(error.to_string()))?;
        let result = self.http.exchange(request, call.limit, time, self.clock.now()).await;
        if *host == self.first {
            // A call in a hurry that was not answered in its time says little about the address.
            let is_patient = time >= PATIENT;
            let failed = matches!(&result, Err(lost) if lost.is_elsewhere_better() && (is_patient || lost.is_refusal()));
            self.failed_ms.store(if failed { self.clock.now_ms() } else { i64::MIN }, Ordering::Release);
        }
        result
    }

    /// The call as a signed request to a host.
    fn request(&self, host: &Host, call: &Call<'_>) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let date = date(self.clock.now());
        let mut headers =
            vec![("Host", &*host.name), ("X-Sdk-Date", &date), ("Content-Type", call.content_type)];
        // As the store's SDK does it for bodies that are not JSON.
        if call.content_type != JSON {
            headers.push(("X-Sdk-Content-Sha256", UNSIGNED_PAYLOAD));
        }
        let Call { method, path, query, ref body, .. } = *call;
        let signed = SignedRequest { method, path, query, headers: &headers, body };
        let mut authorization: HeaderValue =
            authorization(&signed, &self.access_key, &self.secret_key).try_into()?;
        authorization.set_sensitive(true);

        let separator = if query.is_empty() { "" } else { "?" };
        let url = host.url(&format!("{path}{separator}{}", encode_query(query)));
        let builder = Request::builder().method(method).uri(url).header("Authorization", authorization);
        let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
        builder.body(Full::new(body.clone()))
    }
}

/// The failures of both addresses as one: of the first kind if the call may have arrived there.
fn both(one: CallError, other: CallError) -> CallError {
    let kind = if one.kind.may_have_arrived() { one.kind } else { other.kind };
    CallError { earlier: Some(one.kind), ..CallError::new(kind, format!("{one}; {other}")) }
}

#[cfg(test)]
mod tests;
