//! The table of contents: what the server answers, and where.

use std::convert::Infallible;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use tracing::error;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::agent_api::{self, Call, Peer, Sent};
use super::body::Unread;
use crate::app::App;
use crate::koogallery::{self, Reply};
use crate::log_sampler::{self, Line};

/// Whose calls a listener answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Serves {
    /// Everybody's.
    Everybody,
    /// All but the store's, which has a listener of its own.
    Machines,
    /// The store's.
    Store,
}

/// All routes of a listener; anything else is 404, and a known path with another method 405.
pub(super) fn routes(app: App, serves: Serves) -> BoxedFilter<(Response,)> {
    let mut table = unread(&app);
    if serves != Serves::Machines {
        table = table.or(stores(&app)).unify().boxed();
    }
    if serves != Serves::Store {
        table = table.or(machines(&app)).unify().or(verifiers(&app)).unify().boxed();
    }
    table
        .or(health(&app))
        .unify()
        .or(warp::any().map(|| text(StatusCode::NOT_FOUND, "not found")))
        .unify()
        .boxed()
}

/// What the store asks.
fn stores(app: &App) -> BoxedFilter<(Response,)> {
    let (app, path) = (app.clone(), at(&app.produce_path));
    let refused = at(&app.produce_path).map(|| method_not_allowed("POST"));
    path.and(warp::post())
        .and(query())
        .and(warp::body::bytes())
        .then(move |query, body| {
            let app = app.clone();
            async move { produce(app, query, body).await }
        })
        .or(refused)
        .unify()
        .boxed()
}

/// What verifiers ask.
fn verifiers(app: &App) -> BoxedFilter<(Response,)> {
    get(app, "/.well-known/jwks.json", async |app| jwks(&app))
}

/// What the operator's listener answers; anything else is 404, and a known path with another method 405.
pub(super) fn operator_routes(app: &App) -> BoxedFilter<(Response,)> {
    unread(app)
        .or(get(app, "/metrics", async |app| metrics(&app)))
        .unify()
        .or(health(app))
        .unify()
        .or(warp::any().map(|| text(StatusCode::NOT_FOUND, "not found")))
        .unify()
        .boxed()
}

/// What load balancers ask.
fn health(app: &App) -> BoxedFilter<(Response,)> {
    let live = get(app, "/healthz", async |_| text(StatusCode::OK, "live"));
    live.or(get(app, "/readyz", ready)).unify().boxed()
}

/// A path that is read, and refused with other methods.
fn get<F>(
    app: &App,
    path: &str,
    answer: impl Fn(App) -> F + Clone + Send + Sync + 'static,
) -> BoxedFilter<(Response,)>
where
    F: Future<Output = Response> + Send + 'static,
{
    let app = app.clone();
    at(path)
        .and(warp::get())
        .then(move || answer(app.clone()))
        .or(at(path).map(|| method_not_allowed("GET")))
        .unify()
        .boxed()
}

/// In a task of its own: a caller that hangs up does not stop what it began, and a panic is still answered.
async fn produce(app: App, query: String, body: Bytes) -> Response {
    let (front_end_url, codes) = (app.front_end_url.clone(), app.codes.clone());
    // R3
    let call = tokio::spawn(async move { koogallery::produce(&app, &query, body).await });
    let reply = call.await.unwrap_or_else(|_| {
        if log_sampler::admits(Line::fault("call", "panic")) {
            error!("a call panicked");
        }
        Reply::internal()
    });
    typed("application/json; charset=utf-8", reply.to_json(front_end_url.as_deref(), &codes))
}

/// What machines ask; all of it lies under `/v1`.
fn machines(app: &App) -> BoxedFilter<(Response,)> {
    let post = |path: &str, call: Call| {
        let app = app.clone();
        at(path)
            .and(warp::post())
            .and(sent())
            .then(move |sent| agent_api::answer(app.clone(), call.clone(), sent))
    };
    let seat = || warp::path!("v1" / "activations" / String);
    let refuse = |path: BoxedFilter<()>, allowed: &'static str| {
        let app = app.clone();
        path.map(move || agent_api::method_not_allowed(&app, allowed))
    };
    let (leaving, describing, missing) = (app.clone(), app.clone(), app.clone());
    post("/v1/activations", Call::Activate)
        .or(post("/v1/licenses/renew", Call::Renew))
        .unify()
        .or(seat().and(warp::delete()).and(sent()).then(move |license_id, sent| {
            agent_api::answer(leaving.clone(), Call::Deactivate { license_id }, sent)
        }))
        .unify()
        .or(at("/v1/openapi.json").and(warp::get()).map(move || agent_api::openapi(&describing)))
        .unify()
        .or(refuse(at("/v1/activations"), "POST"))
        .unify()
        .or(refuse(at("/v1/licenses/renew"), "POST"))
        .unify()
        .or(refuse(seat().map(drop).untuple_one().boxed(), "DELETE"))
        .unify()
        .or(refuse(at("/v1/openapi.json"), "GET"))
        .unify()
        .or(warp::path("v1").map(move || agent_api::not_found(&missing)))
        .unify()
        .boxed()
}

/// What a machine's call came with.
fn sent() -> impl Filter<Extract = (Sent,), Error = warp::Rejection> + Clone {
    warp::ext::optional::<Peer>()
        .and(warp::header::headers_cloned())
        .and(warp::body::bytes())
        .map(|peer, headers, body| Sent { peer, headers, body })
}

/// A request whose body was not read.
fn unread(app: &App) -> BoxedFilter<(Response,)> {
    let app = app.clone();
    warp::ext::get::<Unread>()
        .and(warp::path::full())
        .map(move |why, path: warp::path::FullPath| match why {
            why if path.as_str().starts_with("/v1/") => agent_api::unread(&app, why),
            why => not_read(why),
        })
        .boxed()
}

/// What the store and everybody else is told of it.
pub(super) fn not_read(why: Unread) -> Response {
    match why {
        Unread::TooLarge => text(StatusCode::PAYLOAD_TOO_LARGE, "body over 64 KiB"),
        Unread::TooSlow => text(StatusCode::REQUEST_TIMEOUT, "body took too long"),
        Unread::NoRoom => text(StatusCode::SERVICE_UNAVAILABLE, "too many bodies at once"),
        Unread::Broken => text(StatusCode::BAD_REQUEST, "body broken off"),
    }
}

fn jwks(app: &App) -> Response {
    let mut response = typed("application/jwk-set+json", app.keystore.jwks().into());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
    response
}

/// The reason is one word: who asks may be anybody.
async fn ready(app: App) -> Response {
    let storage = app.readiness.of(&app.store).await;
    if let Err(error) = storage {
        if log_sampler::admits(Line::notice("readiness", "storage")) {
            error!(%error, "not ready");
        }
        text(StatusCode::SERVICE_UNAVAILABLE, "storage")
    } else if !app.keystore.has_signing_key() {
        let cannot_be_read = app.keystore.is_broken();
        text(StatusCode::SERVICE_UNAVAILABLE, if cannot_be_read { "keys" } else { "key" })
    } else if app.clock_watch.believed().is_err() {
        // Calls are answered by it all the same: a proxy that took the server away would help nobody.
        text(StatusCode::OK, "ready; clock")
    } else {
        text(StatusCode::OK, "ready")
    }
}

fn metrics(app: &App) -> Response {
    typed("text/plain; version=0.0.4; charset=utf-8", app.metrics.render().into())
}

fn method_not_allowed(allowed: &'static str) -> Response {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// Exactly this path; its segments are not decoded.
fn at(path: &str) -> BoxedFilter<()> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .fold(warp::any().boxed(), |filter, segment| filter.and(warp::path(segment.to_owned())).boxed())
        .and(warp::path::end())
        .boxed()
}

/// The raw query, empty if there is none.
fn query() -> impl Filter<Extract = (String,), Error = Infallible> + Clone {
    warp::query::raw().or(warp::any().map(String::new)).unify()
}

/// A short plain answer.
pub(super) fn text(status: StatusCode, words: &'static str) -> Response {
    let mut response = typed("text/plain; charset=utf-8", words.into());
    *response.status_mut() = status;
    response
}

fn typed(content_type: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXUPPER;
    use http_body_util::{BodyExt as _, Full};
    use hyper::Request;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;

    use super::*;
    use crate::config::Secret;
    use crate::keystore::{Consent, KeyFolder, KeyStore};
    use crate::koogallery::signature::sign;

    const NOW: i64 = 1_790_144_272_509;

    async fn ask(method: &str, uri: &str, body: &str) -> (u16, Response, String) {
        let folder = tempfile::tempdir().unwrap();
        ask_app(App::in_folder(folder.path(), NOW), method, uri, body).await
    }

    async fn ask_app(app: App, method: &str, uri: &str, body: &str) -> (u16, Response, String) {
        ask_routes(routes(app, Serves::Everybody), method, uri, body).await
    }

    async fn ask_operator(method: &str, uri: &str) -> (u16, Response, String) {
        let folder = tempfile::tempdir().unwrap();
        ask_routes(operator_routes(&App::in_folder(folder.path(), NOW)), method, uri, "").await
    }

    async fn ask_routes(
        routes: BoxedFilter<(Response,)>,
        method: &str,
        uri: &str,
        body: &str,
    ) -> (u16, Response, String) {
        let service = TowerToHyperService::new(warp::service(routes));
        let request =
            Request::builder().method(method).uri(uri).body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        let response = service.call(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        (head.status.as_u16(), Response::from_parts(head, Bytes::new().into()), text)
    }

    #[tokio::test]
    async fn a_signed_call_is_answered_in_the_stores_json() {
        let body = r#"{"activity":"queryInstance","instanceId":"i","testFlag":"1"}"#;
        let key = Secret::from("demo-access-key-0001");
        let signature = HEXUPPER.encode(&sign(&key, "n", &NOW.to_string(), body.as_bytes()));
        let uri = format!("/koogallery/produce?nonce=n&timestamp={NOW}&signature={signature}");
        let (status, response, text) = ask("POST", &uri, body).await;
        assert_eq!(
            (status, &response.headers()[CONTENT_TYPE]),
            (200, &"application/json; charset=utf-8".parse().unwrap())
        );
        assert_eq!(
            text,
            concat!(
                r#"{"resultCode":"000000","resultMsg":"success","info":"#,
                r#"[{"instanceId":"i","appInfo":{"frontEndUrl":"https://cad.example"}}]}"#
            )
        );
    }

    /// R3
    #[tokio::test]
    async fn whatever_reaches_the_stores_route_gets_200_and_a_code() {
        for (uri, body) in [
            ("/koogallery/produce", ""),
            ("/koogallery/produce?", "{}"),
            ("/koogallery/produce?nonce=%", "x"),
        ] {
            let (status, _, text) = ask("POST", uri, body).await;
            assert_eq!(status, 200);
            assert!(text.starts_with(r#"{"resultCode":"000001","resultMsg":""#), "{text}");
        }
    }

    #[tokio::test]
    async fn a_server_is_ready_while_it_has_a_key_to_sign_with() {
        let folder = tempfile::tempdir().unwrap();
        let app = App::in_folder(folder.path(), NOW);
        let mut keys = KeyFolder::open(&folder.path().join("keys")).unwrap();
        let (status, _, text) = ask_app(app.clone(), "GET", "/readyz", "").await;
        assert_eq!((status, text.as_str()), (200, "ready"));
        keys.retire(keys.entries()[0].kid, app.clock.now(), Consent::Given).unwrap();
        let app = App { keystore: KeyStore::load(&folder.path().join("keys")).unwrap(), ..app };
        let (status, _, reason) = ask_app(app.clone(), "GET", "/readyz", "").await;
        assert_eq!((status, reason.as_str()), (503, "key"));
        assert_eq!(ask_app(app, "GET", "/healthz", "").await.0, 200);
    }

    #[tokio::test]
    async fn the_keys_may_be_kept_for_five_minutes() {
        let (status, response, _) = ask("GET", "/.well-known/jwks.json", "").await;
        assert_eq!((status, &response.headers()[CACHE_CONTROL]), (200, &"max-age=300".parse().unwrap()));
    }

    #[tokio::test]
    async fn calls_are_counted() {
        ask("POST", "/koogallery/produce", "").await;
        let (status, _, text) = ask_operator("GET", "/metrics").await;
        assert_eq!(status, 200);
        assert!(text.contains(r#"koogallery_calls_total{activity="unknown",code="000001"}"#), "{text}");
    }

    #[tokio::test]
    async fn another_method_is_405_and_another_path_404() {
        for (method, uri, allowed) in [
            ("GET", "/koogallery/produce", "POST"),
            ("POST", "/healthz", "GET"),
            ("DELETE", "/.well-known/jwks.json", "GET"),
            ("HEAD", "/readyz", "GET"),
        ] {
            let (status, response, _) = ask(method, uri, "").await;
            assert_eq!(
                (status, &response.headers()[ALLOW]),
                (405, &allowed.parse().unwrap()),
                "{method} {uri}"
            );
        }
        assert_eq!(ask_operator("PUT", "/metrics").await.0, 405);
        assert_eq!(ask_operator("POST", "/koogallery/produce").await.0, 404);
        assert_eq!(ask("GET", "/metrics", "").await.0, 404, "for the operator only");
        for uri in
            ["/", "/koogallery", "/koogallery/produce/x", "/koogallery//produce", "/Healthz", "/%68ealthz"]
        {
            assert_eq!(ask("POST", uri, "").await.0, 404, "{uri}");
        }
    }
}
