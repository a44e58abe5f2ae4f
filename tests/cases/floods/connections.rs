//! Places: whoever comes is served, whoever rests too long goes.

use license_tests::{Workplace, exchange, purchase};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{MANY, metric, silent_after_one_call};

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn one_client_with_a_thousand_silent_connections_keeps_nobody_out() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let mut silent = Vec::new();
    for _ in 0..MANY {
        silent.extend(silent_after_one_call(served.address).await);
    }
    for n in 0..20 {
        let reply = exchange(served.address, HEALTH).await.expect("an answer");
        assert_eq!(reply.status, 200, "number {n}");
        assert_eq!(served.call(purchase(&format!("order-{n}"))).await.code(), "000000");
    }
    let closed = metric(&served, "license_connections_closed_total{why=\"place\"}").await;
    assert!(closed >= 40, "{closed} were closed for others");
    assert_eq!(silent[0].read(&mut [0; 512]).await.map_or(0, |_| 0), 0);
    let told = served.log_lines().iter().filter(|line| line["level"] == "WARN").count();
    assert!(told <= 4, "{}", served.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_header_on_a_thousand_connections_keeps_nobody_out() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let mut slow = Vec::new();
    for _ in 0..MANY {
        let mut stream = TcpStream::connect(served.address).await.expect("connected");
        stream.write_all(b"POST /koogallery/produce HTTP/1.1\r\nhost:").await.expect("sent");
        slow.push(stream);
    }
    for n in 0..20 {
        assert_eq!(served.call(purchase(&format!("order-{n}"))).await.code(), "000000");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_on_a_thousand_connections_keeps_nobody_out() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let mut slow = Vec::new();
    for _ in 0..MANY {
        let mut stream = TcpStream::connect(served.address).await.expect("connected");
        let head = b"POST /v1/activations HTTP/1.1\r\nhost: shop\r\ncontent-length: 60000\r\n\r\n{";
        stream.write_all(head).await.expect("sent");
        slow.push(stream);
    }
    for n in 0..20 {
        assert_eq!(served.call(purchase(&format!("order-{n}"))).await.code(), "000000");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_closes_its_side_after_the_request_is_answered() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    for request in [
        HEALTH.to_vec(),
        b"GET /healthz HTTP/1.1\r\nhost: shop\r\n\r\n".to_vec(),
        license_tests::post_request("", b"{}"),
        [&b"POST /v1/activations HTTP/1.1\r\nhost: shop\r\ncontent-length: 2\r\n\r\n{}"[..]].concat(),
        b"POST /v1/activations HTTP/1.1\r\nhost: s\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            .to_vec(),
    ] {
        let mut stream = TcpStream::connect(served.address).await.expect("connected");
        stream.write_all(&request).await.expect("sent");
        stream.shutdown().await.expect("half-closed");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let asked = String::from_utf8_lossy(&request);
        assert!(answer.starts_with("HTTP/1.1 "), "{asked:?}: {answer:?}");
    }
    let mut stream = TcpStream::connect(served.address).await.expect("connected");
    stream
        .write_all(b"POST /v1/activations HTTP/1.1\r\nhost: s\r\ncontent-length: 9\r\n\r\n{}")
        .await
        .expect("sent");
    stream.shutdown().await.expect("half-closed");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an end");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "half a request is none: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_closed_call_of_the_stores_is_carried_out_and_answered() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let now = license_server::clock::Clock::system().now_ms();
    let body = purchase("half-closed").to_string();
    let call = license_tests::signed(Workplace::ACCESS_KEY, now, body.as_bytes());
    let mut stream = TcpStream::connect(served.address).await.expect("connected");
    stream.write_all(&license_tests::post_request(&call.query, &call.body)).await.expect("sent");
    stream.shutdown().await.expect("half-closed");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.contains("\"resultCode\":\"000000\""), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_takes_no_answers_is_left() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let mut stream = TcpStream::connect(served.address).await.expect("connected");
    let request = b"GET /v1/openapi.json HTTP/1.1\r\nhost: shop\r\n\r\n";
    // Until nothing goes any more: all that lies between is full. The server then has ten seconds' patience.
    let refused = async { while stream.write_all(&request.repeat(100)).await.is_ok() {} };
    tokio::time::timeout(license_tests::PATIENCE, refused).await.expect("it is closed");
    assert_eq!(metric(&served, "license_connections_closed_total{why=\"unread\"}").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_file_handles_run_out_before_places_whoever_comes_is_served() {
    let place = Workplace::ready();
    let served = place.serve_as("poor", "sqlite://license.db", &["prlimit", "--nofile=128"]).await;
    let mut silent = Vec::new();
    for _ in 0..300 {
        // The system takes connections before the server does.
        let mut stream = TcpStream::connect(served.address).await.expect("connected");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: shop\r\n\r\n").await.expect("sent");
        silent.push(stream);
    }
    for n in 0..5 {
        assert_eq!(served.call(purchase(&format!("order-{n}"))).await.code(), "000000");
    }
    let lines = served.log_lines().len();
    assert!(lines < 20, "{}", served.log());
}
