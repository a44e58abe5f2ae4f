mod stub;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

use self::stub::{Stub, Then, http, nowhere, raw};
use super::*;
use crate::clock::ClockHand;

const NOW_MS: i64 = 1_795_429_200_000;
/// Long enough for any answer that comes; no test waits for it.
const LONG: Duration = Duration::from_secs(60);
/// Short enough to wait for where no answer comes.
const SHORT: Duration = Duration::from_millis(200);
const ORDER: &str = r#"{"resultCode":"MKT.0000","orderInfo":{"orderId":"O1","orderType":"NEW"}}"#;

fn settings(url: &str, fallback: Option<&str>) -> (OpenApiSettings, ClockHand) {
    let (clock, hand) = Clock::settable(NOW_MS);
    let settings = OpenApiSettings {
        url: url.into(),
        fallback_url: fallback.map(str::to_owned),
        access_key: "AKDEMO0001".into(),
        secret_key: "SKdemo".into(),
        keep_buyer: false,
        clock,
    };
    (settings, hand)
}

fn api(url: &str, fallback: Option<&str>) -> OpenApi {
    OpenApi::trusting(settings(url, fallback).0, RootCertStore::empty()).unwrap()
}

async fn order(api: &OpenApi, budget: Duration) -> Result<Order, CallError> {
    api.order(&OrderId::parse("O 1/ü").unwrap(), &LineId::parse("O1-1").unwrap(), budget).await
}

async fn answered(then: Then) -> Result<Order, CallError> {
    order(&api(&Stub::start(then).await.url, None), LONG).await
}

async fn kind_of(then: Then) -> CallErrorKind {
    answered(then).await.unwrap_err().kind
}

#[tokio::test]
async fn an_order_is_asked_for_with_a_signed_query() {
    let stub = Stub::start(http("200 OK", "", ORDER)).await;
    order(&api(&stub.url, None), LONG).await.unwrap();
    let path = "/api/mkp-openapi-public/global/v1/order/query?orderId=O%201%2F%C3%BC&orderLineId=O1-1";
    assert_eq!(stub.only().line, format!("GET {path} HTTP/1.1"));
}

#[tokio::test]
async fn a_license_is_uploaded_under_its_event_as_one_segment_of_the_path() {
    let stub = Stub::start(http("200 OK", "", r#"{"error_code":"92020000"}"#)).await;
    api(&stub.url, None).upload("e/1?", "eyJ", DeliveryForm::Auto).await.unwrap();
    let seen = stub.only();
    let path = "/api/mkp-openapi-public/global/v1/market-event/e%2F1%3F/file";
    assert_eq!(seen.line, format!("POST {path} HTTP/1.1"));
    let header = |name: &str| seen.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    assert_eq!(header("x-sdk-content-sha256"), Some("UNSIGNED-PAYLOAD"));
    let boundary = header("content-type").unwrap().strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = String::from_utf8(seen.body.clone()).unwrap();
    assert!(body.starts_with(&format!("--{boundary}\r\n")) && body.ends_with(&format!("--{boundary}--\r\n")));
}

#[tokio::test]
async fn what_cannot_be_sent_is_not() {
    let stub = Stub::start(http("200 OK", "", r#"{"error_code":"92020000"}"#)).await;
    let api = api(&stub.url, None);
    let long = api.upload("e", &"x".repeat(1025), DeliveryForm::Characters).await;
    assert_eq!(long.unwrap_err().kind, CallErrorKind::TooLong);
    for event in ["", ".", ".."] {
        let odd = api.upload(event, "eyJ", DeliveryForm::Auto).await;
        assert_eq!(odd.unwrap_err().kind, CallErrorKind::Parameter);
    }
    assert_eq!(stub.count(), 0);
}

#[tokio::test]
async fn the_code_in_the_body_decides() {
    assert!(answered(http("500 Internal Server Error", "", ORDER)).await.is_ok());
    assert_eq!(kind_of(http("200 OK", "", r#"{"resultCode":"MKT.0100"}"#)).await, CallErrorKind::Parameter);
    let upload_code = r#"{"resultCode":"92020000","orderInfo":{}}"#;
    assert_eq!(kind_of(http("200 OK", "", upload_code)).await, CallErrorKind::Failed);
    let chunked =
        format!("{:x}\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", 9, &ORDER[..9], ORDER.len() - 9, &ORDER[9..]);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    assert!(answered(raw(format!("{head}{chunked}"))).await.is_ok());
    for (info, order) in [("{}", true), ("null", false), ("[]", false), ("1", false)] {
        let body = format!(r#"{{"resultCode":"CBC.0000","orderInfo":{info}}}"#);
        assert_eq!(answered(http("200 OK", "", &body)).await.is_ok(), order, "{info}");
    }
}

#[tokio::test]
async fn a_failed_answer_may_ask_for_a_pause() {
    let body = r#"{"resultCode":"MKT.0250","resultMsg":"slow down"}"#;
    let error = answered(http("406 Not Acceptable", "Retry-After: 7\r\n", body)).await.unwrap_err();
    let message = "the store wants fewer calls: MKT.0250 slow down".into();
    let pause = Some(Duration::from_secs(7));
    assert_eq!(
        error,
        CallError { kind: CallErrorKind::RateLimited, message, retry_after: pause, earlier: None }
    );
    let error = answered(http("503 Service Unavailable", "Retry-After: 9999\r\n", "")).await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (CallErrorKind::Failed, Some(Duration::from_secs(3600))));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Stub::start(http("200 OK", "", ORDER)).await;
    let to = format!("Location: {}/x\r\n", target.url);
    for status in ["301 Moved Permanently", "307 Temporary Redirect"] {
        let error = answered(http(status, &to, "")).await.unwrap_err();
        assert!(error.message.contains("redirects") && error.message.contains("STORE_URL"), "{error}");
    }
    assert_eq!(target.count(), 0);
}

#[tokio::test]
async fn half_an_answer_is_none() {
    for then in [
        Then::Drop,
        raw("HTTP/1.1 200 OK\r\nContent-Le"),
        raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{ORDER}")),
        raw(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{ORDER}\r\n", ORDER.len())),
        raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        raw("SSH-2.0-OpenSSH_9.9\r\n"),
        raw(vec![0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]),
        http("200 OK", "", &ORDER[..ORDER.len() - 1]),
        http("200 OK", "", "<html>"),
        http("200 OK", "Content-Encoding: gzip\r\n", "\u{1f}\u{8b}"),
    ] {
        assert_eq!(kind_of(then).await, CallErrorKind::Garbled);
    }
}

#[tokio::test]
async fn an_answer_has_a_longest_length() {
    let body = |length: usize| format!("{ORDER}{}", " ".repeat(length - ORDER.len()));
    assert!(answered(http("200 OK", "", &body(1024 * 1024))).await.is_ok());
    for length in [1024 * 1024 + 1, 10 * 1024 * 1024] {
        let error = answered(http("200 OK", "", &body(length))).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::Garbled);
        assert!(error.message.ends_with("is longer than 1024 KiB"), "{error}");
    }
    let headers = format!("X: {}\r\n", "x".repeat(10 * 1024 * 1024));
    assert_eq!(kind_of(http("200 OK", &headers, ORDER)).await, CallErrorKind::Garbled);
    let stub = Stub::start(http("200 OK", "", &format!("{{}}{}", " ".repeat(64 * 1024)))).await;
    let error = api(&stub.url, None).upload("e", "eyJ", DeliveryForm::Auto).await.unwrap_err();
    assert!(error.message.ends_with("is longer than 64 KiB"), "{error}");
}

#[tokio::test]
async fn silence_ends_with_the_budget() {
    let stub = Stub::start(Then::Silence).await;
    let error = order(&api(&stub.url, None), SHORT).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::TimedOut);
    let error = order(&api(&stub.url, Some(&stub.url)), Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::TimedOut);
}

#[tokio::test]
async fn an_address_that_does_not_answer_is_replaced_by_the_other_one() {
    let good = Stub::start(http("200 OK", "", ORDER)).await;
    for bad in [Then::Drop, raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{ORDER}"))] {
        let bad = Stub::start(bad).await;
        assert!(order(&api(&bad.url, Some(&good.url)), LONG).await.is_ok());
        assert_eq!(bad.count(), 1);
    }
    let silent = Stub::start(Then::Silence).await;
    // Half of it for the silent one.
    assert!(order(&api(&silent.url, Some(&good.url)), Duration::from_secs(2)).await.is_ok());
    let (nowhere, _held) = nowhere();
    assert!(order(&api(&nowhere, Some(&good.url)), LONG).await.is_ok());
    assert_eq!(good.count(), 4);
}

#[tokio::test]
async fn an_address_that_answers_is_not() {
    let other = Stub::start(http("200 OK", "", ORDER)).await;
    for then in [
        http("200 OK", "", r#"{"resultCode":"MKT.0999"}"#),
        http("502 Bad Gateway", "", ""),
        http("200 OK", "", "<html>"),
        raw("SSH-2.0-OpenSSH_9.9\r\n"),
    ] {
        let stub = Stub::start(then).await;
        assert!(order(&api(&stub.url, Some(&other.url)), LONG).await.is_err());
    }
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn after_a_failure_the_other_address_is_asked_first_for_thirty_seconds() {
    let [bad, good] = [Stub::start(Then::Drop).await, Stub::start(http("200 OK", "", ORDER)).await];
    let (settings, hand) = settings(&bad.url, Some(&good.url));
    let api = OpenApi::trusting(settings, RootCertStore::empty()).unwrap();
    for (advance, asked) in [(0, 1), (29_999, 1), (1, 2), (29_999, 2), (1, 3)] {
        hand.advance_ms(advance);
        order(&api, LONG).await.unwrap();
        assert_eq!(bad.count(), asked, "after {advance} ms");
    }
    assert_eq!(good.count(), 5);
}

#[tokio::test]
async fn two_failures_are_told_as_one() {
    let ((nowhere, _held), dropping) = (nowhere(), Stub::start(Then::Drop).await);
    for [first, fallback] in [[&nowhere, &dropping.url], [&dropping.url, &nowhere]] {
        let error = order(&api(first, Some(fallback)), LONG).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::Garbled, "the store may have read it");
        assert!(error.message.contains("cannot be reached") && error.message.contains("broke"), "{error}");
    }
    let error = order(&api(&nowhere, None), LONG).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Unreachable);
    assert!(error.message.contains("refused"), "{error}");
}

#[tokio::test]
async fn a_refusal_does_not_hide_that_the_other_address_may_have_taken_it() {
    let dropping = Stub::start(Then::Drop).await;
    let refusing = Stub::start(http("200 OK", "", r#"{"error_code":"MKT.0250"}"#)).await;
    let (nowhere, _held) = nowhere();
    for (first, may_have) in [(&dropping.url, true), (&nowhere, false)] {
        let error = api(first, Some(&refusing.url)).upload("e", "eyJ", DeliveryForm::Auto).await.unwrap_err();
        assert_eq!((error.kind, error.may_have_arrived()), (CallErrorKind::RateLimited, may_have));
    }
}

#[tokio::test]
async fn a_certificate_is_checked() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], made.signing_key.into())
        .unwrap();
    let stub = Stub::listen(http("200 OK", "", ORDER), Some(TlsAcceptor::from(Arc::new(config)))).await;
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let trusting = |certificate: &rcgen::Certificate| {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).unwrap();
        OpenApi::trusting(settings(&stub.url, None).0, roots).unwrap()
    };
    assert!(order(&trusting(&made.cert), LONG).await.is_ok());
    let error = order(&trusting(&other.cert), LONG).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Unreachable);
    assert!(error.message.contains("certificate"), "{error}");
    assert_eq!(stub.count(), 1);
    let plain = Stub::start(http("200 OK", "", ORDER)).await;
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let api = OpenApi::trusting(settings(&plain.url.replace("http:", "https:"), None).0, roots).unwrap();
    assert!(order(&api, SHORT).await.is_err());
    assert_eq!(plain.count(), 0, "nothing goes out in the clear");
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let refused = |url: &str, fallback: Option<&str>, access: &str| {
        let mut settings = settings(url, fallback).0;
        settings.access_key = access.into();
        OpenApi::trusting(settings, RootCertStore::empty()).unwrap_err().to_string()
    };
    let good = "http://127.0.0.1:1";
    assert!(refused("http://store.example", None, "AK").starts_with("STORE_URL must begin with https://"));
    assert!(refused(good, Some("store.example"), "AK").starts_with("STORE_FALLBACK_URL must be"));
    for key in ["", "A,K", "A K", "Ä", "A\nK", &"x".repeat(129)] {
        assert!(refused(good, None, key).starts_with("STORE_AK must be"));
    }
    assert!(refused("https://store.example", None, "AK").contains("SSL_CERT_FILE"));
    assert!(refused(good, Some("https://store.example"), "AK").contains("ca-certificates"));
}

#[tokio::test]
async fn no_key_is_printed() {
    let (settings, _) = settings("http://127.0.0.1:1", None);
    let printed = format!("{settings:?} {:?}", OpenApi::trusting(settings.clone(), RootCertStore::empty()));
    assert!(printed.contains("127.0.0.1:1") && !printed.contains("AKDEMO") && !printed.contains("SKdemo"));
    let body = r#"{"error_code":"APIG.0301","error_msg":"key AKDEMO0001 unknown"}"#;
    let error = answered(http("401 Unauthorized", "", body)).await.unwrap_err();
    assert!(error.message.ends_with("APIG.0301 key *** unknown"), "{error}");
}

#[tokio::test]
async fn a_stream_that_ends_at_once_is_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let accept =
        tokio::spawn(async move { listener.accept().await.map(|(stream, _): (TcpStream, _)| drop(stream)) });
    let error = order(&api(&url, None), LONG).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Garbled);
    accept.await.unwrap().unwrap();
}
