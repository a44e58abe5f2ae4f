//! Key sets that are not the vendor's, or not of today.

use license_core::{Claims, KeyRing, KeySet, SigningKey, UnixTime};
use license_tests::Customer;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{ISSUER, activated, first, product, second, sold, with_standby};

/// Whoever answers in the server's place, with a license that is genuine and key sets of his own.
async fn impostor(license: String, key_sets: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let body = json!({
        "license": license, "license_id": "x", "expires_at": null, "seats_left": 1, "key_sets": key_sets,
    });
    let body = body.to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut heard = Vec::new();
            // A renewal's body ends with the fingerprint.
            while !heard.ends_with(b"\"}") && stream.read_buf(&mut heard).await.is_ok_and(|read| read > 0) {}
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    format!("http://{address}")
}

fn set(signer: &SigningKey, issuer: &str, sequence: u64) -> String {
    let keys: KeyRing = [signer, &SigningKey::from_seed(&[66; 32])]
        .map(|key| key.verifying_key().clone())
        .into_iter()
        .collect();
    let issued_at = UnixTime::from_secs(1_790_000_000);
    let set = KeySet { issuer: issuer.to_owned(), sequence, issued_at, keys, distrusted: Vec::new() };
    signer.sign_key_set(&set).expect("signed")
}

#[tokio::test]
async fn no_key_is_learned_from_what_a_trusted_key_has_not_signed() {
    let (shop, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    let _ = customer.run(&["activate", &code]).await.ok();
    let shop = activated(with_standby(shop).await).await;
    let _ = customer.run(&["renew"]).await.ok();
    let license = customer.license().expect("a license");
    let kept = std::fs::read(customer.path("licenses/cad.keys")).expect("keys");
    let known = product(&customer).keys().iter().count();

    let stranger = SigningKey::from_seed(&[66; 32]);
    let late = 4_000_000_000;
    let good = set(&second(), ISSUER, late);
    let (input, _) = good.rsplit_once('.').expect("a signature");
    let (_, other) = set(&stranger, ISSUER, late)
        .rsplit_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .expect("two");
    let claims = Claims {
        issuer: ISSUER.into(),
        product: "cad".into(),
        instance: "i".into(),
        license_id: "l".into(),
        issued_at: shop.now(),
        not_before: shop.now(),
        expires_at: None,
        binding: None,
        quantity: 1,
        features: Vec::new(),
        grace: 0,
        trial: false,
        test: false,
        device_key: None,
    };
    for (what, sets, says) in [
        ("a stranger's", vec![set(&stranger, ISSUER, late)], "which is not trusted here"),
        ("another signature", vec![format!("{input}.{other}")], "changed or forged"),
        ("an old one", vec![set(&second(), ISSUER, 5)], "is known already"),
        ("one of a retired key that is old", vec![set(&first(), ISSUER, 6)], "is known already"),
        ("another vendor's", vec![set(&second(), "https://other.example", late)], "other.example"),
        ("a license", vec![second().issue(&claims).expect("signed")], "typ is not license-keys+jwt"),
        ("no token", vec!["hello".into()], "this is not a key set"),
        ("a stranger's after a good one", vec![String::new(), set(&stranger, ISSUER, late)], "not trusted"),
        ("a line in a line", vec![format!("{}\n{}", "x", set(&stranger, ISSUER, late))], "not trusted"),
    ] {
        let server = impostor(license.clone(), sets).await;
        let ran = customer.run(&["renew", "--server", &server]).await;
        assert_eq!(ran.code, Some(0), "{what}: {}", ran.err);
        assert!(
            ran.err.contains("the vendor's newest keys were not taken") && ran.err.contains(says),
            "{what}: {}",
            ran.err
        );
        assert_eq!(std::fs::read(customer.path("licenses/cad.keys")).expect("keys"), kept, "{what}");
        assert_eq!(product(&customer).keys().iter().count(), known, "{what}");
        assert_eq!(customer.run(&["status"]).await.code, Some(0), "{what}");
    }
    // A license of the stranger's does not come in with the stranger's set.
    let server = impostor(stranger.issue(&claims).expect("signed"), vec![set(&stranger, ISSUER, late)]).await;
    let (exit, object) = customer.json(&["renew", "--server", &server]).await;
    assert_eq!((exit, &object["error"]["code"]), (2, &"unknown-key".into()), "{object}");
    assert_eq!(customer.license(), Some(license));
}

#[tokio::test]
async fn a_text_beside_the_license_that_is_broken_teaches_nothing_and_is_mended_by_the_next_renewal() {
    let (shop, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    let _ = customer.run(&["activate", &code]).await.ok();
    let shop = activated(with_standby(shop).await).await;
    let _ = customer.run(&["renew"]).await.ok();
    let stranger = set(&SigningKey::from_seed(&[66; 32]), ISSUER, 9);
    for broken in ["", "\u{1}\u{2}", &stranger, &"x\n".repeat(100_000)] {
        customer.put("licenses/cad.keys", broken);
        let status = customer.run(&["status"]).await;
        assert_eq!(status.code, Some(2), "its key is not known any more: {}", status.out);
        let _ = customer.run(&["renew"]).await.ok();
        assert_eq!(customer.run(&["status"]).await.code, Some(0));
    }
    drop(shop);
}
