//! Machines that ask for their licenses themselves.

mod device_key;
mod limits;
mod operator;
mod proofs;
mod races;
mod refusals;
mod renewing;
mod wire;

use license_tests::{DAY, Shop, machine};

/// An instance's end is known here without an order: the product says how long a license lasts at most.
const CATALOG: &str = "[default]\ncode = \"cad\"\nfeatures = [\"mesh\"]\nseats = 2\nmax_license_days = 90\n";

/// A purchase, its code, and an end.
pub(crate) async fn bought(shop: &Shop) -> (String, String) {
    let instance = shop.buy("order").await;
    assert_eq!(shop.refresh(&instance, "RENEWAL", "next", shop.now().plus(60 * DAY)).await, "000000");
    let code = shop.code(&instance);
    (instance, code)
}

/// The agent's text of machine number `n`.
pub(crate) fn text(shop: &Shop, n: u32) -> String {
    machine(n).df1(&shop.realm())
}

/// R78, R83
#[tokio::test]
async fn a_code_activates_a_machine_and_its_license_is_verified_offline() {
    let shop = Shop::selling(CATALOG).await;
    let (_, code) = bought(&shop).await;
    let first = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!((first.status, &first.json["seats_left"]), (201, &1.into()), "{first:?}");
    let location = format!("/v1/activations/{}", first.license_id());
    assert_eq!(first.header("location"), Some(location.as_str()));
    assert_eq!(first.header("date"), Some("mon, 21 sep 2026 14:13:20 gmt"));
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let license = shop.verify(&first.license(), "cad", &machine(1)).expect("valid");
    assert_eq!(license.expires_at(), Some(shop.now().plus(60 * DAY)));
    assert_eq!(first.json["expires_at"], license.expires_at().expect("an end").to_string());
    assert!(license.has_feature("mesh"));

    shop.days_pass(3);
    let again = shop.activate(&code.to_lowercase().replace('-', " "), &text(&shop, 1)).await;
    assert_eq!((again.status, again.license()), (200, first.license()), "no second seat, the same bytes");
    let renewed = shop.renew(&first.license(), &text(&shop, 1)).await;
    assert_eq!((renewed.status, renewed.license()), (200, first.license()));

    let second = shop.activate(&code, &text(&shop, 2)).await;
    assert_eq!((second.status, &second.json["seats_left"]), (201, &0.into()), "{second:?}");
    assert_ne!(second.license_id(), first.license_id());
    let third = shop.activate(&code, &text(&shop, 3)).await;
    assert_eq!((third.problem(), &third.json["seats"]), ((409, "no-seat"), &2.into()));

    let gone = shop.deactivate(&first.license(), &first.license_id()).await;
    assert_eq!((gone.status, gone.header("cache-control")), (204, Some("no-store")), "{gone:?}");
    assert_eq!(shop.activate(&code, &text(&shop, 3)).await.status, 201);
    assert_eq!(shop.activate(&code, &text(&shop, 1)).await.problem(), (409, "no-seat"));
}

/// R44
#[tokio::test]
async fn a_machine_and_the_store_speak_of_the_same_seat() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\nmax_license_days = 90\n").await;
    let (instance, code) = bought(&shop).await;
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    let first = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!(first.status, 200, "the store's license took the seat: {first:?}");
    assert_eq!(shop.activate(&code, &text(&shop, 2)).await.problem(), (409, "no-seat"));
    assert_eq!(shop.apply_for(&instance, "other", 2).await, "000900");
    let brought = shop.renew(&shop.delivered("event").await, &text(&shop, 1)).await;
    assert_eq!(
        (brought.status, brought.license()),
        (200, first.license()),
        "the store's license is renewed as well"
    );
}

/// R14
#[tokio::test]
async fn the_store_shows_the_code_to_the_buyer_and_repeats_it_byte_by_byte() {
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    let call = shop.sign(&serde_json::json!({ "activity": "queryInstance", "instanceId": instance }));
    let reply = shop.send(&call).await;
    let memo = reply.json["info"][0]["appInfo"]["memo"].as_str().expect("a memo").to_owned();
    let code = shop.code(&instance);
    assert!(memo.contains(&format!("license-agent activate {code}")) && memo.len() <= 1024, "{memo}");
    let folder = shop.close().await;
    let shop = Shop::builder().catalog(CATALOG).in_folder(folder).open().await;
    assert_eq!(shop.send(&call).await.bytes, reply.bytes, "after a restart as well");
    assert_eq!(shop.tell("releaseInstance", &instance).await, "000000");
    let after = shop.call(serde_json::json!({ "activity": "queryInstance", "instanceId": instance })).await;
    assert_eq!((after.code(), after.json.to_string().contains(&code)), ("000003", false));
}
