//! A key is withdrawn: what it signed holds no more where that is known, and machines get on.

use license_core::VerifyError;
use license_server::keystore::KeyFolder;
use license_tests::{Customer, Shop, machine};
use serde_json::json;

use super::{activated, changed, counts, first, product, second, signer, sold, vendor_file, with_standby};

async fn distrusted(shop: Shop) -> Shop {
    changed(shop, |keys: &mut KeyFolder, now| keys.distrust(first().id(), now).expect("distrusted")).await
}

/// A machine that knows the second key, with a license of the first, which is withdrawn then.
async fn struck() -> (Shop, Customer) {
    let (shop, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    let _ = customer.run(&["activate", &code]).await.ok();
    let shop = with_standby(shop).await;
    let _ = customer.run(&["renew"]).await.ok();
    assert_eq!(signer(&customer), first().id());
    (distrusted(activated(shop).await).await, customer)
}

#[tokio::test]
async fn a_machine_that_knows_the_next_key_gets_another_license_and_refuses_the_old_one() {
    let (shop, customer) = struck().await;
    let old = customer.license().expect("a license");
    let _ = customer.run(&["renew"]).await.ok();
    assert_eq!(signer(&customer), second().id());
    assert_eq!(customer.run(&["status"]).await.code, Some(0));
    let trust = product(&customer);
    assert_eq!((counts(&customer, &trust), trust.distrusts(first().id())), (Ok(()), true));
    // The old one, put back by hand, holds no more, though the vendor file names its key.
    assert!(vendor_file(&customer).keys().find(first().id()).is_some());
    customer.put("licenses/cad.lic", &old);
    assert_eq!(counts(&customer, &trust), Err(VerifyError::UnknownKey { kid: first().id() }));
    let status = customer.run(&["status"]).await;
    assert_eq!(status.code, Some(2));
    assert!(status.out.contains("which the vendor has withdrawn"), "{}{}", status.out, status.err);
    assert!(status.out.contains("license-agent renew"), "{}", status.out);
    // And that helps.
    let _ = customer.run(&["renew"]).await.ok();
    assert_eq!(customer.run(&["status"]).await.code, Some(0));
    drop(shop);
}

#[tokio::test]
async fn a_machine_that_knows_the_withdrawn_key_alone_needs_a_new_vendor_file() {
    let (shop, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    let _ = customer.run(&["activate", &code]).await.ok();
    let before = customer.license();
    let shop = distrusted(activated(with_standby(shop).await).await).await;
    let (exit, object) = customer.json(&["renew"]).await;
    assert_eq!((exit, &object["error"]["code"]), (2, &"unknown-key".into()), "{object}");
    assert!(object["error"]["advice"].to_string().contains("newest vendor file"), "{object}");
    assert_eq!(customer.license(), before, "nothing is changed");
    let doctor = customer.run(&["doctor"]).await;
    assert!(doctor.out.contains("none of the server's keys is known"), "{}", doctor.out);
    // With the vendor file of today it goes on, by the license that it has.
    let newest = Customer::new(&shop, 1);
    customer.put("vendor.toml", &std::fs::read_to_string(newest.path("vendor.toml")).expect("a vendor file"));
    let _ = customer.run(&["renew"]).await.ok();
    assert_eq!(signer(&customer), second().id());
}

/// R90
#[tokio::test]
async fn what_a_thief_signs_with_a_withdrawn_key_is_not_taken_for_a_license_that_was_issued() {
    let (shop, customer) = struck().await;
    let issued = customer.license().expect("a license");
    let payload = issued.split('.').nth(1).expect("a payload");
    let payload = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).expect("base64url");
    let mut claims: license_core::Claims = serde_json::from_slice(&payload).expect("claims");
    claims.quantity += 1;
    let forged = first().issue(&claims).expect("signed");
    let text = machine(1).df1(&shop.realm());
    assert_eq!(shop.renew(&forged, &text).await.problem(), (401, "untrusted-license"));
    let id = claims.license_id;
    assert_eq!(shop.deactivate(&forged, &id).await.problem(), (401, "untrusted-license"));
    let pem = std::fs::read_to_string(customer.path("licenses/cad.key")).expect("the machine's key");
    let key = license_core::DeviceKey::from_pkcs8_pem(&pem).expect("a key");
    assert_eq!(shop.renew_with(&issued, &text, Some(&key)).await.status, 200);
    assert_eq!(shop.deactivate_with(&issued, &id, Some(&key)).await.status, 204);
    let body = json!({ "license": forged, "fingerprint": text });
    assert_eq!(shop.ask_json("/v1/licenses/renew", &[], &body).await.status, 401);
}

/// Steps of such a renewal in their order: the license comes before the set that withdraws the old one's key.
const STEPS: [&str; 10] = [
    "renewed",
    "lic-file-half-written",
    "lic-file-synced",
    "lic-file-renamed",
    "lic-folder-synced",
    "keys-file-to-be-written",
    "keys-file-made",
    "keys-file-half-written",
    "keys-file-synced",
    "keys-file-renamed",
];

#[tokio::test]
async fn a_renewal_that_is_cut_short_anywhere_leaves_a_license_that_an_old_product_opens_on() {
    let (shop, customer) = struck().await;
    let at_first = ["cad.lic", "cad.keys"].map(|name| {
        let path = customer.path(&format!("licenses/{name}"));
        (path.clone(), std::fs::read(path).expect("a file"))
    });
    for point in STEPS {
        at_first.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).expect("written"));
        customer.stop_at(point, &["renew"]).await.kill();
        assert_eq!(counts(&customer, &product(&customer)), Ok(()), "{point}");
        assert_eq!(customer.run(&["status"]).await.code, Some(0), "{point}");
        let _ = customer.run(&["renew"]).await.ok();
        assert_eq!(signer(&customer), second().id(), "{point}");
        assert!(product(&customer).distrusts(first().id()), "{point}");
        assert_eq!(customer.files(), ["cad.clock", "cad.key", "cad.keys", "cad.lic", "cad.lock"], "{point}");
    }
    drop(shop);
}
