//! The listener: outages, its end, TLS, bytes that are no HTTP.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::client::Ask;
use super::*;

#[tokio::test]
async fn an_outage_ends_connections_refuses_new_ones_and_loses_nothing() {
    let (store, client) = open().await;
    client.ask(&Ask::characters("e", "1")).await.unwrap();
    let mut resting = TcpStream::connect(store.address()).await.unwrap();
    for _ in 0..2 {
        store.down().await;
        assert!(TcpStream::connect(store.address()).await.is_err());
        assert!(client.ask(&Ask::characters("e", "2")).await.is_err());
    }
    // Closed or reset: it had not been accepted, perhaps.
    assert!(!matches!(resting.read(&mut [0]).await, Ok(1..)));
    for _ in 0..2 {
        store.up().await.unwrap();
        assert_eq!(client.ask(&Ask::characters("e", "3")).await.unwrap().code().0, 200);
    }
    assert_eq!(taken(&store, "e"), [b"1", b"3", b"3"]);
}

#[tokio::test]
async fn a_stopped_store_stays_stopped() {
    let (store, client) = open().await;
    let address = store.address();
    store.stop().await;
    store.clone().down().await;
    assert!(store.up().await.is_err());
    assert!(client.ask(&Ask::characters("e", "1")).await.is_err());
    assert_eq!(store.address(), address);
}

#[tokio::test]
async fn the_last_handle_takes_the_store_with_it() {
    let (store, client) = open().await;
    let twin = store.clone();
    drop(store);
    assert!(client.ask(&Ask::characters("e", "1")).await.is_ok());
    let mut resting = TcpStream::connect(twin.address()).await.unwrap();
    drop(twin);
    assert!(!matches!(resting.read(&mut [0]).await, Ok(1..)));
}

#[tokio::test]
async fn tls_is_spoken_where_there_is_a_certificate() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let versions = || Arc::new(ring::default_provider());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(versions())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let (clock, _) = Clock::settable(NOW.as_secs() * 1000);
    let local = StoreOptions::local(Secret::from("AK1"), Secret::from("SK1"));
    let store =
        SimulatedStore::listen(StoreOptions { clock, tls: Some(Arc::new(config)), ..local }).await.unwrap();
    assert_eq!(store.url(), format!("https://127.0.0.1:{}", store.address().port()));

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(versions())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let client = Client { tls: Some(Arc::new(config)), ..Client::of(&store) };
    assert_eq!(client.ask(&Ask::file("e", b"x")).await.unwrap().code().0, 200);
    assert!(Client::of(&store).ask(&Ask::file("e", b"x")).await.is_err(), "plain HTTP");
    store.stop().await;
}

#[tokio::test]
async fn bytes_that_are_no_call_end_their_connection_and_nothing_else() {
    let (store, client) = open().await;
    for bytes in [b"\x00\xff\r\n\r\n".as_slice(), b"GET / HTTP/1.1\r\nhost", &[b'x'; 40_000]] {
        let mut stream = TcpStream::connect(store.address()).await.unwrap();
        // The store may close before it has read all of it.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"));
    }
    assert_eq!(client.ask(&Ask::characters("e", "x")).await.unwrap().code().0, 200);
    assert_eq!(store.url(), format!("http://{}", store.address()));
}

#[tokio::test]
async fn a_store_that_listens_everywhere_is_called_on_this_machine() {
    for (listen, host) in [("0.0.0.0:0", "127.0.0.1"), ("[::]:0", "[::1]")] {
        let local = StoreOptions::local(Secret::from("AK1"), Secret::from("SK1"));
        let options = StoreOptions { listen: listen.parse().unwrap(), ..local };
        // A machine may be without IPv6.
        let Ok(store) = SimulatedStore::listen(options).await else { continue };
        assert_eq!(store.url(), format!("http://{host}:{}", store.address().port()));
    }
}
