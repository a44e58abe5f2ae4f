//! Keys of machines: with a license file alone nobody takes a seat, moves it or frees it.

use std::sync::Arc;

use license_core::{DeviceKey, Fingerprint, KeyId, Kind, UnverifiedLicense};
use license_tests::{AgentReply, DAY, Machine, Shop, device_key, machine};
use serde_json::json;

use super::{CATALOG, bought, text};

const RENEW: &str = "/v1/licenses/renew";

/// A text of a machine's own parts and another one's.
fn padded(shop: &Shop, own: u32, other: u32) -> String {
    // Two cards and two disks, the rest is the thief's.
    let [own, other] = [own, other].map(machine);
    let values = [
        (Kind::Mac, own.mac.as_str()),
        (Kind::Mac, &other.mac),
        (Kind::Disk, &own.disk),
        (Kind::Disk, &other.disk),
        (Kind::Os, &other.os),
    ];
    let mixed = Fingerprint::from_values(&shop.realm(), values).expect("anchors");
    mixed.to_text().expect("a text")
}

fn key_of(reply: &AgentReply) -> Option<KeyId> {
    let license: UnverifiedLicense = reply.license().parse().expect("a license");
    license.of_own_records().expect("claims").device_key()
}

/// What the store of the shop knows of the first seat: state, moves, and whether it has a key.
fn seat(shop: &Shop, instance: &str) -> (String, usize, bool) {
    let seats = shop.database().seats(shop.now(), instance).expect("readable");
    (seats[0].state.to_owned(), seats[0].rebased.len(), seats[0].device_key)
}

/// R95
#[tokio::test]
async fn a_license_file_alone_neither_renews_nor_moves_nor_frees_a_seat() {
    let shop = Shop::selling(CATALOG).await;
    let (instance, code) = bought(&shop).await;
    let (owner, thief) = (device_key(1), device_key(2));
    let held = shop.activate_with(&code, &text(&shop, 1), Some(&owner)).await;
    assert_eq!(key_of(&held), Some(owner.thumbprint()));
    for (key, problem) in [(None, (401, "proof-missing")), (Some(&thief), (403, "other-key"))] {
        // As it is, padded, and two "repairs" on the way to another machine.
        for shown in [
            text(&shop, 1),
            text(&shop, 9),
            padded(&shop, 1, 9),
            Machine { mac: machine(9).mac, board: machine(9).board, ..machine(1) }.df1(&shop.realm()),
            Machine { disk: machine(1).disk, ..machine(9) }.df1(&shop.realm()),
        ] {
            let tried = shop.renew_with(&held.license(), &shown, key).await;
            assert_eq!(tried.problem(), problem, "{shown}");
        }
        let tried = shop.deactivate_with(&held.license(), &held.license_id(), key).await;
        assert_eq!(tried.problem(), problem);
    }
    let asks = shop.renew_with(&held.license(), &text(&shop, 1), None).await;
    assert_eq!(asks.header("www-authenticate"), Some(r#"dpop algs="eddsa""#), "{asks:?}");
    assert_eq!(seat(&shop, &instance), ("taken".into(), 0, true));
    let owners = shop.renew_with(&held.license(), &text(&shop, 1), Some(&owner)).await;
    assert_eq!(owners.license(), held.license(), "the owner is not locked out");
    let left = shop.deactivate_with(&held.license(), &held.license_id(), Some(&owner)).await;
    assert_eq!(left.status, 204, "{left:?}");
}

/// R96
#[tokio::test]
async fn a_seat_without_a_key_goes_on_exactly_as_it_is_bound() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\n").await;
    let (instance, code) = bought(&shop).await;
    let thief = device_key(2);
    let held = shop.activate_with(&code, &text(&shop, 1), None).await;
    assert_eq!(key_of(&held), None);
    assert_eq!(shop.refresh(&instance, "RENEWAL", "later", shop.now().plus(90 * DAY)).await, "000000");
    let renewed = shop.renew_with(&held.license(), &text(&shop, 1), None).await;
    assert_ne!(renewed.license(), held.license(), "an old agent gets what was bought");
    let drifted = Machine { mac: machine(7).mac, board: machine(7).board, ..machine(1) };
    for key in [None, Some(&thief)] {
        for shown in [padded(&shop, 1, 9), drifted.df1(&shop.realm()), text(&shop, 1)] {
            let again = shop.renew_with(&held.license(), &shown, key).await;
            if again.status == 200 {
                assert_eq!(again.license(), renewed.license(), "{shown}");
            } else {
                let (status, name) = again.problem();
                assert!(status == 403 && ["other-device", "code-needed"].contains(&name), "{shown}: {name}");
            }
        }
        assert_eq!(
            shop.renew_with(&held.license(), &text(&shop, 9), key).await.problem(),
            (403, "other-device")
        );
        let free = shop.deactivate_with(&held.license(), &held.license_id(), key).await;
        assert_eq!(free.problem(), (403, "code-needed"));
    }
    shop.verify(&renewed.license(), "cad", &machine(1)).expect("its own machine");
    shop.verify(&renewed.license(), "cad", &machine(9)).expect_err("the thief's");
    assert_eq!(seat(&shop, &instance), ("taken".into(), 0, false));
    // With the code it gets a key, and with the key it is given back.
    let key = device_key(1);
    let keyed = shop.activate_with(&code, &drifted.df1(&shop.realm()), Some(&key)).await;
    assert_eq!((keyed.status, key_of(&keyed)), (200, Some(key.thumbprint())));
    assert_eq!(
        shop.renew_with(&held.license(), &text(&shop, 1), None).await.problem(),
        (401, "proof-missing")
    );
    let left = shop.deactivate_with(&keyed.license(), &keyed.license_id(), Some(&key)).await;
    assert_eq!(left.status, 204, "{left:?}");
}

/// R96, R103
#[tokio::test]
async fn the_operator_frees_what_has_no_key() {
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    let license = shop.delivered("event").await;
    let id: UnverifiedLicense = license.parse().expect("a license");
    let id = id.of_own_records().expect("claims").id().to_owned();
    assert_eq!(shop.deactivate(&license, &id).await.problem(), (403, "code-needed"));
    let renewed = shop.renew(&license, &machine(1).four_part()).await;
    assert_eq!((renewed.status, key_of(&renewed)), (200, None), "a key comes with the code only");
}

/// R94
#[tokio::test]
async fn a_proof_is_for_one_call_one_license_one_key_and_one_minute() {
    let shop = Shop::selling(CATALOG).await;
    let (_, code) = bought(&shop).await;
    let key = device_key(1);
    let held = shop.activate_with(&code, &text(&shop, 1), Some(&key)).await;
    let other = shop.activate_with(&code, &text(&shop, 2), Some(&key)).await;
    let (license, shown, now) = (held.license(), text(&shop, 1), shop.now());
    let leave = format!("/v1/activations/{}", held.license_id());
    let invalid = (401, "proof-invalid");

    let good = shop.proof(&key, "POST", RENEW, &license, now);
    assert_eq!(shop.renew_by(&license, &shown, Some(&good)).await.license(), license);
    let replayed = shop.renew_by(&license, &shown, Some(&good)).await;
    assert_eq!(replayed.problem(), invalid);
    assert_eq!(replayed.header("www-authenticate"), Some(r#"dpop error="invalid_dpop_proof", algs="eddsa""#));
    assert_eq!(shop.deactivate_by(&license, &held.license_id(), Some(&good)).await.problem(), invalid);

    for (method, path, about) in [
        ("DELETE", RENEW, &license),
        ("post", RENEW, &license),
        ("POST", leave.as_str(), &license),
        ("POST", "/v1/licenses/renew/", &license),
        ("POST", "/v1/licenses/renew?x=1", &license),
        ("POST", RENEW, &other.license()),
    ] {
        let proof = shop.proof(&key, method, path, about, now);
        assert_eq!(shop.renew_by(&license, &shown, Some(&proof)).await.problem(), invalid, "{method} {path}");
    }
    for (path, about) in [
        (RENEW.to_owned(), &license),
        (leave.clone(), &other.license()),
        (format!("/v1/activations/{}", other.license_id()), &license),
    ] {
        let proof = shop.proof(&key, "DELETE", &path, about, now);
        let tried = shop.deactivate_by(&license, &held.license_id(), Some(&proof)).await;
        assert_eq!(tried.problem(), invalid, "{path}");
    }
    for seconds in [-61, 61, -86_400, 3_600] {
        let proof = shop.proof(&key, "POST", RENEW, &license, now.plus(seconds));
        let tried = shop.renew_by(&license, &shown, Some(&proof)).await;
        assert_eq!(tried.problem(), (401, "proof-untimely"), "{seconds}");
        assert_eq!(tried.json["server_time"], now.to_string());
    }
    for seconds in [-60, 60] {
        let proof = shop.proof(&key, "POST", RENEW, &license, now.plus(seconds));
        assert_eq!(shop.renew_by(&license, &shown, Some(&proof)).await.status, 200, "{seconds}");
    }
    let (head, rest) = good.split_once('.').expect("parts");
    for broken in ["x", "a.b.c", &format!("{head}x.{rest}"), &format!("{good}."), &"x".repeat(5_000)] {
        assert_eq!(shop.renew_by(&license, &shown, Some(broken)).await.problem(), invalid, "{broken}");
    }
    let [one, two] = [1, 2].map(|_| format!("DPoP: {}", shop.proof(&key, "POST", RENEW, &license, now)));
    let body = json!({ "license": license, "fingerprint": shown });
    assert_eq!(shop.ask_json(RENEW, &[&one, &two], &body).await.problem(), invalid);
    assert_eq!(shop.ask_json(RENEW, &[&one], &body).await.status, 200, "neither was used up");
    // As those say it who go by RFC 9449.
    let proof = format!("DPoP: {}", shop.proof(&key, "DELETE", &leave, &license, now));
    let bearer = format!("authorization: DPoP {license}");
    assert_eq!(shop.ask("DELETE", &leave, &[&bearer, &proof], b"").await.status, 204);
}

/// R94
#[tokio::test(flavor = "multi_thread")]
async fn one_proof_sent_at_once_counts_once_and_two_proofs_count_both() {
    let shop = Arc::new(Shop::selling(CATALOG).await);
    let (_, code) = bought(&shop).await;
    let key = device_key(1);
    let held = shop.activate_with(&code, &text(&shop, 1), Some(&key)).await.license();
    let fresh = || shop.proof(&key, "POST", RENEW, &held, shop.now());
    for (proofs, counted) in [(vec![fresh(); 8], 1), ((0..8).map(|_| fresh()).collect(), 8)] {
        let sent: Vec<_> = proofs
            .into_iter()
            .map(|proof| {
                let (shop, held) = (Arc::clone(&shop), held.clone());
                tokio::spawn(async move { shop.renew_by(&held, &text(&shop, 1), Some(&proof)).await })
            })
            .collect();
        let mut renewed = 0;
        for reply in sent {
            let reply = reply.await.expect("answered");
            match reply.status {
                200 => {
                    assert_eq!(reply.license(), held);
                    renewed += 1;
                }
                _ => assert_eq!(reply.problem(), (401, "proof-invalid")),
            }
        }
        assert_eq!(renewed, counted);
    }
}

/// R97
#[tokio::test]
async fn a_lost_key_is_replaced_by_the_code_and_counted() {
    let shop = Shop::selling(CATALOG).await;
    let (instance, code) = bought(&shop).await;
    let (lost, new) = (device_key(1), device_key(2));
    let held = shop.activate_with(&code, &text(&shop, 1), Some(&lost)).await;
    let again = shop.activate_with(&code, &text(&shop, 1), Some(&new)).await;
    assert_eq!((again.status, key_of(&again)), (200, Some(new.thumbprint())));
    assert_eq!(seat(&shop, &instance), ("taken".into(), 1, true));
    let found = shop.renew_with(&held.license(), &text(&shop, 1), Some(&lost)).await;
    assert_eq!(found.problem(), (403, "other-key"), "whoever finds the old key has nothing");
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    assert_eq!(seats[0].rebased[0].changed, ["device key"]);
    // The third one in a year gets the license that there is, and no say.
    let third = shop.activate_with(&code, &text(&shop, 1), Some(&device_key(3))).await;
    assert_eq!(key_of(&third), Some(device_key(3).thumbprint()));
    let fourth = shop.activate_with(&code, &text(&shop, 1), Some(&device_key(4))).await;
    assert_eq!((fourth.status, fourth.license()), (200, third.license()));
    let history = shop.database().history(&instance, 9).expect("readable");
    let told: Vec<_> = history.iter().map(|entry| entry.what.as_str()).collect();
    assert!(told.contains(&"device-key-replaced") && told.contains(&"device-key-kept"), "{told:?}");
}

/// R87
#[tokio::test]
async fn a_private_or_a_broken_key_is_not_taken() {
    let shop = Shop::selling(CATALOG).await;
    let (_, code) = bought(&shop).await;
    let good = device_key(1).public_jwk();
    let fingerprint = text(&shop, 1);
    for jwk in [
        "7".to_owned(),
        "\"x\"".into(),
        "[]".into(),
        "{}".into(),
        good.replace('{', r#"{"d":"AA","#),
        good.replace('{', r#"{"x":"AA","#),
        good.replace("Ed25519", "P-256"),
    ] {
        let body =
            format!(r#"{{"activation_code":"{code}","fingerprint":"{fingerprint}","device_key":{jwk}}}"#);
        let headers = ["content-type: application/json"];
        let reply = shop.ask("POST", "/v1/activations", &headers, body.as_bytes()).await;
        assert_eq!(reply.problem(), (400, "malformed-request"), "{jwk}");
    }
    let body = json!({ "activation_code": code, "fingerprint": fingerprint, "device_key": null });
    assert_eq!(shop.ask_json("/v1/activations", &[], &body).await.status, 201, "as if it were not there");
}

/// R94
#[tokio::test]
async fn a_server_that_knows_its_url_takes_proofs_for_no_other() {
    let public = "https://licenses.vendor.example/cad";
    let shop = Shop::builder()
        .catalog(CATALOG)
        .with(move |settings| settings.public_urls = vec![public.parse().expect("a URL")])
        .open()
        .await;
    let (_, code) = bought(&shop).await;
    let key = device_key(1);
    let license = shop.activate_with(&code, &text(&shop, 1), Some(&key)).await.license();
    let by =
        |id: &str, base: &str| key.prove_call_as(id, "POST", &format!("{base}{RENEW}"), &license, shop.now());
    let renewed = shop.renew_by(&license, &text(&shop, 1), Some(&by("a", public))).await;
    assert_eq!(renewed.status, 200, "behind a proxy that put /cad before it: {renewed:?}");
    for (id, base) in [("b", "https://licenses.vendor.example"), ("c", "https://other.example/cad")] {
        let tried = shop.renew_by(&license, &text(&shop, 1), Some(&by(id, base))).await;
        assert_eq!(tried.problem(), (401, "proof-invalid"), "{base}");
    }
}

/// R98
#[tokio::test]
async fn a_key_is_kept_over_a_restart_and_named_by_every_license_of_its_seat() {
    let shop = Shop::selling(CATALOG).await;
    let (instance, code) = bought(&shop).await;
    let key: DeviceKey = device_key(1);
    let held = shop.activate_with(&code, &text(&shop, 1), Some(&key)).await.license();
    let folder = shop.close().await;
    let shop = Shop::builder().catalog(CATALOG).in_folder(folder).open().await;
    assert_eq!(shop.renew_with(&held, &text(&shop, 1), None).await.problem(), (401, "proof-missing"));
    assert_eq!(shop.renew_with(&held, &text(&shop, 1), Some(&key)).await.license(), held);
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    let of_store = shop.verify(&shop.delivered("event").await, "cad", &machine(1)).expect("valid");
    assert_eq!(of_store.device_key(), Some(key.thumbprint()));
}
