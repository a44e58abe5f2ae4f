//! Proofs that somebody sends again: elsewhere, after a restart, with another text.

use license_core::UnixTime;
use license_tests::{Machine, Shop, device_key, machine};
use serde_json::json;

use super::{CATALOG, bought, text};

const RENEW: &str = "/v1/licenses/renew";

/// Machine `own` with a disk and a board of another one: a repair, as whoever copied its license would show it.
fn repaired(shop: &Shop, own: u32, other: u32) -> String {
    Machine { disk: machine(other).disk, ..machine(own) }.df1(&shop.realm())
}

/// R94
#[tokio::test]
async fn a_proof_that_is_sent_again_after_a_restart_comes_with_what_it_was_made_for() {
    let shop = Shop::selling(CATALOG).await;
    let (instance, code) = bought(&shop).await;
    let owner = device_key(1);
    let held = shop.activate_with(&code, &text(&shop, 1), Some(&owner)).await.license();
    let own = json!({ "license": held, "fingerprint": text(&shop, 1) }).to_string();
    let proof = owner.prove_request_as(
        "one",
        "POST",
        &format!("http://{}{RENEW}", shop.address()),
        &held,
        own.as_bytes(),
        shop.now(),
    );
    let header = format!("DPoP: {proof}");
    let headers = ["content-type: application/json", header.as_str()];
    assert_eq!(shop.ask("POST", RENEW, &headers, own.as_bytes()).await.license(), held);
    let moved = json!({ "license": held, "fingerprint": repaired(&shop, 1, 9) }).to_string();
    let shop = Shop::builder().catalog(CATALOG).in_folder(shop.close().await).open().await;
    let tried = shop.ask("POST", RENEW, &headers, moved.as_bytes()).await;
    assert_eq!(tried.problem(), (401, "proof-invalid"), "{tried:?}");
    assert_eq!(shop.ask("POST", RENEW, &headers, own.as_bytes()).await.license(), held, "the very call");
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    assert!(seats[0].rebased.is_empty());
}

/// R94, R95
#[tokio::test]
async fn tricks_with_proofs_prove_nothing() {
    let shop = Shop::selling(CATALOG).await;
    let (_, code) = bought(&shop).await;
    let owner = device_key(1);
    let first = shop.activate_with(&code, &text(&shop, 1), Some(&owner)).await;
    let (held, id) = (first.license(), first.license_id());
    let other = shop.activate_with(&code, &text(&shop, 2), Some(&device_key(2))).await.license();
    let base = format!("http://{}", shop.address());
    let mut count = 0;
    let mut by = |method: &str, url: &str, license: &str, at: UnixTime| {
        count += 1;
        owner.prove_call_as(&format!("id-{count}"), method, url, license, at)
    };
    let now = shop.now();
    let mut wrong: Vec<String> = [
        "/v1/licenses/renew/",
        "/v1/licenses/../licenses/renew",
        "/v1/licenses/./renew",
        "/v1/licenses/renew?",
        "/v1/licenses/renew?x=/v1/licenses/renew",
        "/v1/licenses/renew#/v1/licenses/renew",
        "/v1/licenses/%72enew",
        "/v1%2Flicenses%2Frenew",
        "/V1/licenses/renew",
        "/v1/licenses//renew",
        "/v1/activations",
        "/v1/licenses/renew%00",
        "/v1/licenses/renew ",
        "",
    ]
    .iter()
    .map(|path| by("POST", &format!("{base}{path}"), &held, now))
    .collect();
    wrong.push(by("post", &format!("{base}{RENEW}"), &held, now));
    wrong.push(by("DELETE", &format!("{base}{RENEW}"), &held, now));
    wrong.push(by("POST", &format!("{base}/v1/activations/{id}"), &held, now));
    wrong.push(by("POST", &format!("{base}{RENEW}"), &other, now));
    wrong.push(by("POST", &format!("ftp://shop{RENEW}"), &held, now));
    wrong.push(by("POST", RENEW, &held, now));
    let good = by("POST", &format!("{base}{RENEW}"), &held, now);
    let two =
        [good.clone(), by("POST", &format!("{base}{RENEW}"), &held, now)].map(|one| format!("DPoP: {one}"));
    let body = json!({ "license": held, "fingerprint": text(&shop, 1) });
    let tried = shop.ask_json(RENEW, &[&two[0], &two[1]], &body).await;
    assert_eq!(tried.problem(), (401, "proof-invalid"));
    let parts: Vec<&str> = good.split('.').collect();
    wrong.push(format!("{}.{}.", parts[0], parts[1]));
    wrong.push(format!("{good}."));
    wrong.push(format!("{good}="));
    wrong.push(format!("{}, {}", good, good));
    for proof in &wrong {
        let tried = shop.renew_by(&held, &text(&shop, 1), Some(proof)).await;
        // Who failed too often is told that and nothing else.
        assert!(matches!(tried.problem(), (401, "proof-invalid") | (429, _)), "{proof}: {tried:?}");
    }
    for off in [-61, 61, -3600, 3600, i64::MAX / 4, -(1 << 40)] {
        let at = UnixTime::from_secs(now.as_secs().saturating_add(off));
        let untimely = by("POST", &format!("{base}{RENEW}"), &held, at);
        let tried = shop.renew_by(&held, &text(&shop, 1), Some(&untimely)).await;
        assert!(matches!(tried.status, 401 | 429), "{off}: {tried:?}");
    }
    assert_eq!(shop.renew_by(&held, &text(&shop, 1), Some(&good)).await.license(), held);
    let again = shop.renew_by(&held, &text(&shop, 1), Some(&good)).await;
    assert!(matches!(again.status, 401 | 429), "once: {again:?}");
}

/// R109
#[tokio::test]
async fn a_seat_of_no_device_in_particular_is_found_as_one_machines_once_its_product_binds() {
    let unbound = "[default]\ncode = \"cad\"\nbinding = \"none\"\nmax_license_days = 90\n";
    let shop = Shop::selling(unbound).await;
    let (instance, code) = bought(&shop).await;
    let owner = device_key(0);
    let jwk: serde_json::Value = serde_json::from_str(&owner.public_jwk()).expect("JSON");
    let body = json!({ "activation_code": code, "device_key": jwk });
    let held = shop.ask_json("/v1/activations", &[], &body).await.license();
    std::fs::write(
        shop.dir.path().join("catalog.toml"),
        "[default]\ncode = \"cad\"\nmax_license_days = 90\n",
    )
    .expect("written");
    shop.reload().await;
    let bound = shop.renew(&held, &text(&shop, 1)).await.license();
    shop.verify(&bound, "cad", &machine(1)).expect("its machine's");
    for n in 2..5 {
        assert_eq!(shop.renew(&held, &text(&shop, n)).await.problem(), (403, "other-device"));
        assert_eq!(shop.activate(&code, &text(&shop, n)).await.problem(), (409, "no-seat"));
    }
    assert_eq!(shop.activate(&code, &text(&shop, 1)).await.license(), bound, "found by its parts");
    assert_eq!(shop.database().seats(shop.now(), &instance).expect("readable").len(), 1);
}
