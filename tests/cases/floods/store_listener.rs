//! A listener of the store's own.

use license_server::config::Settings;
use license_tests::{Shop, exchange, post_request};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

async fn apart() -> Shop {
    let apart = |settings: &mut Settings| {
        settings.store_listen = Some("127.0.0.1:0".parse().expect("an address"));
        settings.bounds.connections = 8;
        settings.bounds.store_connections = 4;
    };
    Shop::builder().with(apart).open().await
}

async fn status(address: std::net::SocketAddr, method: &str, path: &str) -> u16 {
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    exchange(address, request.as_bytes()).await.expect("an answer").status
}

#[tokio::test(flavor = "multi_thread")]
async fn each_listener_answers_its_own_callers_only() {
    let shop = apart().await;
    let (public, store) = (shop.address(), shop.store_address());
    assert_ne!(public, store);
    shop.buy("order").await;
    assert_eq!(exchange(public, &post_request("", b"{}")).await.expect("an answer").status, 404);
    for (method, path, of_public, of_store) in [
        ("GET", "/healthz", 200, 200),
        ("GET", "/readyz", 200, 200),
        ("GET", "/.well-known/jwks.json", 200, 404),
        ("GET", "/v1/openapi.json", 200, 404),
        ("POST", "/v1/activations", 415, 404),
        ("GET", "/koogallery/produce", 404, 405),
        ("GET", "/", 404, 404),
    ] {
        assert_eq!(status(public, method, path).await, of_public, "{method} {path}");
        assert_eq!(status(store, method, path).await, of_store, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_the_public_places_the_store_has_its_own() {
    let shop = apart().await;
    let mut held = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(shop.address()).await.expect("connected");
        stream.write_all(b"POST /v1/activations HTTP/1.1\r\n").await.expect("sent");
        held.push(stream);
    }
    for n in 0..20 {
        shop.buy(&format!("order-{n}")).await;
    }
    assert_eq!(status(shop.address(), "GET", "/healthz").await, 200);
}
