//! HTTPS: the certificate, its replacement, and callers that speak something else.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use license_server::http::TlsFiles;
use license_tests::{NOW_MS, Reply, Shop, Workplace, eventually, exchange_over, post_request, signed};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

/// A certificate for `localhost` and its key, as PEM and as a caller pins it.
struct Identity {
    cert: String,
    key: String,
    der: CertificateDer<'static>,
}

fn identity() -> Identity {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let der = made.cert.der().clone();
    Identity { cert: made.cert.pem(), key: made.signing_key.serialize_pem(), der }
}

/// Puts a file in place whole, as certificate tools do.
fn put(folder: &Path, name: &str, text: &str) {
    let beside = folder.join(format!("{name}.new"));
    license_tests::write_privately(&beside, text);
    fs::rename(&beside, folder.join(name)).expect("renamed");
}

/// A caller that believes these certificates and nothing else.
fn caller(believed: &[&Identity], versions: &[&'static SupportedProtocolVersion]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for identity in believed {
        roots.add(identity.der.clone()).expect("a root");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .expect("known versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config).into()
}

async fn connect(
    caller: &TlsConnector,
    address: std::net::SocketAddr,
) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").expect("a name");
    caller.connect(name, TcpStream::connect(address).await?).await
}

/// Waits until new connections show the certificate; until then they must show one that the caller believes.
async fn until_shown(caller: &TlsConnector, address: std::net::SocketAddr, wanted: &Identity) {
    loop_until("the certificate is shown", async || {
        let stream = connect(caller, address).await.expect("a believed certificate");
        let shown = stream.get_ref().1.peer_certificates().expect("a chain");
        shown[0] == wanted.der
    })
    .await;
}

async fn loop_until(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let looked = tokio::time::timeout(license_tests::PATIENCE, async {
        while !look().await {
            tokio::task::yield_now().await;
        }
    });
    looked.await.unwrap_or_else(|_| panic!("{what} does not happen"));
}

/// A shop with a certificate in its folder.
async fn open(identity: &Identity) -> Shop {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "cert.pem", &identity.cert);
    put(folder.path(), "key.pem", &identity.key);
    let files = |settings: &mut license_server::config::Settings| {
        let (cert, key) = (settings.keys.with_file_name("cert.pem"), settings.keys.with_file_name("key.pem"));
        settings.tls = Some(TlsFiles { cert, key });
    };
    Shop::builder().in_folder(folder).with(files).open().await
}

async fn buy_over(stream: TlsStream<TcpStream>) -> Reply {
    let body =
        json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l", "businessId": "b"}).to_string();
    let call = signed("demo-access-key-0001", NOW_MS, body.as_bytes());
    let reply = exchange_over(stream, &post_request(&call.query, &call.body)).await.expect("an answer");
    assert_eq!(reply.status, 200);
    Reply::read(reply.body)
}

#[tokio::test]
async fn a_call_over_https_is_answered_to_who_verifies_the_certificate() {
    let (ours, other) = (identity(), identity());
    let shop = open(&ours).await;
    for version in [&TLS13, &TLS12] {
        let stream = connect(&caller(&[&ours], &[version]), shop.address()).await.expect("a handshake");
        assert_eq!(buy_over(stream).await.code(), "000000");
    }
    connect(&caller(&[&other], &[&TLS13]), shop.address())
        .await
        .expect_err("another certificate is not believed");
}

#[tokio::test]
async fn a_caller_over_https_that_closes_its_side_after_the_request_is_answered() {
    let ours = identity();
    let shop = open(&ours).await;
    for version in [&TLS13, &TLS12] {
        let mut stream = connect(&caller(&[&ours], &[version]), shop.address()).await.expect("a handshake");
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: shop\r\n\r\n").await.expect("sent");
        stream.shutdown().await.expect("half-closed");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_no_tls_of_today_ends_its_own_connection() {
    let ours = identity();
    let shop = open(&ours).await;
    // TLS 1.1 says hello: record 3.1, version 3.2, 32 bytes of chance, no session, one cipher, no compression,
    // and RSA signatures as its one extension.
    let hello = [&[3, 2][..], &[7; 32], &[0, 0, 2, 0, 0x2f, 1, 0], &[0, 8, 0, 13, 0, 4, 0, 2, 4, 1]].concat();
    let length = u8::try_from(hello.len()).expect("short");
    let old = [&[0x16, 3, 1, 0, length + 4, 1, 0, 0, length][..], &hello].concat();
    let plain = post_request("signature=x&timestamp=1&nonce=n", b"{}");
    let mut hanging = Vec::new();
    for (bytes, refusal) in [
        (&old[..], Some(70)),
        (&plain, None),
        (b"\x16\x03\x01\xff\xffgarbage", None),
        (b"\x80\x2e\x01\x00\x02", None),
        (b"\0\0\0\0\0\0\0\0", None),
    ] {
        let mut stream = TcpStream::connect(shop.address()).await.expect("connects");
        stream.write_all(bytes).await.expect("sent");
        stream.shutdown().await.expect("closed");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/"), "{}", String::from_utf8_lossy(&answer));
        if let Some(refusal) = refusal {
            // An alert, fatal, 70: the version is not spoken (RFC 8446, section 6).
            assert_eq!((answer.first(), answer.get(5..)), (Some(&0x15), Some(&[2, refusal][..])));
        }
        let mut half = TcpStream::connect(shop.address()).await.expect("connects");
        half.write_all(&bytes[..bytes.len() / 2]).await.expect("sent");
        hanging.push(half);
    }
    assert_eq!(shop.stored(), []);
    let stream = connect(&caller(&[&ours], &[&TLS13]), shop.address()).await.expect("a handshake");
    assert_eq!(buy_over(stream).await.code(), "000000");
}

#[tokio::test]
async fn a_replaced_certificate_is_shown_without_a_restart() {
    let (first, second) = (identity(), identity());
    let shop = open(&first).await;
    let caller = caller(&[&first, &second], &[&TLS13]);
    let before = connect(&caller, shop.address()).await.expect("a handshake");
    put(shop.dir.path(), "cert.pem", &second.cert);
    put(shop.dir.path(), "key.pem", &second.key);
    until_shown(&caller, shop.address(), &second).await;
    assert_eq!(buy_over(before).await.code(), "000000", "a connection that was there goes on");
}

#[tokio::test]
async fn files_that_cannot_be_used_leave_the_old_certificate_and_are_complained_of() {
    let (first, second) = (identity(), identity());
    let place = Workplace::ready();
    put(place.dir.path(), "cert.pem", &first.cert);
    put(place.dir.path(), "key.pem", &first.key);
    place.configure("tls_cert = \"cert.pem\"\ntls_key = \"key.pem\"");
    let served = place.serve("info").await;
    let caller = caller(&[&first, &second], &[&TLS13]);
    let complaints = || served.log().matches("the old one stays").count();
    let broken = [
        ("cert.pem", second.cert.as_str()),
        ("cert.pem", "no certificate"),
        ("key.pem", ""),
        ("key.pem", &second.cert),
    ];
    for (nth, (name, text)) in broken.into_iter().enumerate() {
        put(place.dir.path(), name, text);
        eventually("the log complains", || (complaints() > nth).then_some(())).await;
        until_shown(&caller, served.address, &first).await;
    }
    fs::remove_file(place.path("cert.pem")).expect("removed");
    eventually("the log complains", || (complaints() > broken.len()).then_some(())).await;
    until_shown(&caller, served.address, &first).await;
    put(place.dir.path(), "cert.pem", &second.cert);
    put(place.dir.path(), "key.pem", &second.key);
    until_shown(&caller, served.address, &second).await;
    assert_eq!(served.stop().await.code(), Some(0));
}
