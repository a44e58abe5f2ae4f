//! A store is believed by its certificate only.

use std::sync::Arc;

use license_server::clock::Clock;
use license_server::config::Secret;
use license_server::simulator::store::{Order, SimulatedStore, StoreOptions};
use license_tests::{Workplace, eventually, purchase};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

const AK: &str = "AKTLS00001";
const SK: &str = "SKtls00001-secret";

/// A self-signed certificate for a name, valid until a year, as PEM, and a server's configuration with it.
fn certificate(name: &str, until: i32) -> (String, Arc<ServerConfig>) {
    let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
    (params.not_before, params.not_after) = (date_time_ymd(2015, 1, 1), date_time_ymd(until, 1, 1));
    let key = KeyPair::generate().expect("a key");
    let cert = params.self_signed(&key).expect("a certificate");
    let secret = PrivateKeyDer::try_from(key.serialize_der()).expect("a private key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("known versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], secret)
        .expect("a key that fits");
    (cert.pem(), Arc::new(config))
}

async fn store(tls: Arc<ServerConfig>) -> SimulatedStore {
    let mut options = StoreOptions::local(Secret::from(AK), Secret::from(SK));
    options.tls = Some(tls);
    let store = SimulatedStore::listen(options).await.expect("the store listens");
    store.sell(Order::yearly("order", "OFFI0001", "cad-sku", Clock::system().now()));
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_expired_unknown_or_of_another_name_is_named_and_nothing_is_asked() {
    let (good, good_config) = certificate("127.0.0.1", 2099);
    let (expired, expired_config) = certificate("127.0.0.1", 2020);
    let (other_name, other_name_config) = certificate("store.example", 2099);
    let (_, unknown_config) = certificate("127.0.0.1", 2099);
    for (trusted, config, says) in [
        (&good, good_config, None),
        (&expired, expired_config, Some("expired")),
        (&other_name, other_name_config, Some("name")),
        (&good, unknown_config, Some("certificate")),
    ] {
        let store = store(config).await;
        let place = Workplace::ready();
        place.write("sk", SK);
        place.write("roots.pem", trusted);
        place.configure(&format!(
            "store_url = \"{}\"\nstore_ak = \"{AK}\"\nstore_sk_file = \"sk\"",
            store.url()
        ));
        let served = place.serve_trusting("roots.pem").await;
        assert_eq!(served.call(purchase("order")).await.code(), "000000", "whatever the store is");
        let Some(says) = says else {
            eventually("the order is read", || (store.counts().order_queries > 0).then_some(())).await;
            continue;
        };
        let line = eventually("the operator is told", || {
            let told = |line: &serde_json::Value| line["error"].as_str().map(str::to_owned);
            served.log_lines().iter().filter_map(told).find(|error| error.contains(says))
        })
        .await;
        assert!(line.contains("cannot be reached"), "{line}");
        assert_eq!(store.counts().order_queries, 0, "{says}");
        assert!(!served.log().contains(SK) && !served.log().contains(AK));
    }
}
