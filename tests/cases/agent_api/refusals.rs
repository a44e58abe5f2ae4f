//! What a buyer is refused, and what is said then.

use license_core::{Fingerprint, Kind};
use license_tests::{DAY, Market, Shop, machine};
use serde_json::json;

use super::{CATALOG, bought, text};

/// R78
#[tokio::test]
async fn an_unknown_and_a_mistyped_code_are_told_apart() {
    let shop = Shop::selling(CATALOG).await;
    let (_, code) = bought(&shop).await;
    let other = license_core::ActivationCode::from_bytes([7; 16]).to_string();
    assert_eq!(shop.activate(&other, &text(&shop, 1)).await.problem(), (404, "unknown-code"));
    let mistyped = code.replacen(&code[..1], if code.starts_with('7') { "8" } else { "7" }, 1);
    assert_eq!(shop.activate(&mistyped, &text(&shop, 1)).await.problem(), (422, "mistyped-code"));
    let short = shop.activate(&code[..20], &text(&shop, 1)).await;
    assert_eq!(short.problem(), (422, "mistyped-code"));
    assert!(short.json["detail"].as_str().is_some_and(|said| said.contains("copy all of it")), "{short:?}");
}

/// R31, R65, R79, R80, R99
#[tokio::test]
async fn a_frozen_an_ended_and_a_released_purchase_are_named() {
    let shop = Shop::selling(CATALOG).await;
    let (instance, code) = bought(&shop).await;
    let first = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!(shop.set_status(&instance, "FREEZE").await, "000000");
    assert_eq!(shop.activate(&code, &text(&shop, 2)).await.problem(), (403, "frozen"));
    assert_eq!(shop.renew(&first.license(), &text(&shop, 1)).await.problem(), (403, "frozen"));
    assert_eq!(shop.set_status(&instance, "UNFREEZE").await, "000000");
    assert_eq!(shop.activate(&code, &text(&shop, 2)).await.status, 201);

    let end = shop.now().plus(60 * DAY);
    shop.days_pass(60);
    let ended = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!((ended.problem(), &ended.json["ended_at"]), ((403, "ended"), &end.to_string().into()));
    assert_eq!(shop.set_status(&instance, "FREEZE").await, "000000");
    let frozen = shop.renew(&first.license(), &text(&shop, 1)).await;
    assert_eq!(frozen.problem(), (403, "ended"), "the end is what the buyer can do something about");

    assert_eq!(shop.tell("releaseInstance", &instance).await, "000000");
    assert_eq!(shop.activate(&code, &text(&shop, 1)).await.problem(), (403, "released"));
    assert_eq!(shop.renew(&first.license(), &text(&shop, 1)).await.problem(), (403, "released"));
    assert_eq!(
        shop.deactivate(&first.license(), &first.license_id()).await.status,
        204,
        "nothing is left to free"
    );
}

/// R81
#[tokio::test]
async fn a_purchase_whose_order_is_not_read_yet_is_pending() {
    let market = Market::open().await;
    let shop = &market.shop;
    let instance = shop.buy("order").await;
    let code = shop.code(&instance);
    let pending = shop.activate(&code, &text(shop, 1)).await;
    assert_eq!((pending.problem(), pending.header("retry-after")), ((409, "pending"), Some("60")));
    market.store.sell(market.order("order", 3));
    let _ = market.operator(&["instances", "requery", &instance]).ok();
    market.becomes(&instance, "active").await;
    let first = shop.activate(&code, &text(shop, 1)).await;
    assert_eq!((first.status, &first.json["seats_left"]), (201, &2.into()), "{first:?}");
    let license = shop.verify(&first.license(), "cad", &machine(1)).expect("it opens");
    assert_eq!(
        license.expires_at().map(|end| end > shop.now().plus(364 * DAY)),
        Some(true),
        "the order's end"
    );
}

/// R82
#[tokio::test]
async fn a_purchase_whose_end_nobody_knows_waits_for_it() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\n").await;
    let instance = shop.buy("order").await;
    let code = shop.code(&instance);
    let pending = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!((pending.problem(), pending.header("retry-after")), ((409, "pending"), Some("3600")));
    assert_eq!(shop.refresh(&instance, "RENEWAL", "next", shop.now().plus(9 * DAY)).await, "000000");
    assert_eq!(shop.activate(&code, &text(&shop, 1)).await.status, 201);

    let shop = Shop::selling("[default]\ncode = \"cad\"\nterm = \"perpetual\"\n").await;
    let code = shop.code(&shop.buy("order").await);
    let forever = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!((forever.status, &forever.json["expires_at"]), (201, &serde_json::Value::Null));
}

/// R28, R29
#[tokio::test]
async fn a_weak_fingerprint_is_refused_with_what_helps() {
    let catalog = format!("{CATALOG}least_strength = \"fair\"\n");
    let shop = Shop::selling(&catalog).await;
    let (_, code) = bought(&shop).await;
    let of = |kind, value| {
        let found = Fingerprint::from_values(&shop.realm(), [(kind, value)]).expect("an anchor");
        found.to_text().expect("a text")
    };
    let installation = of(Kind::Os, "9f1c2b3a4d5e6f708192a3b4c5d6e7f8");
    let weak = shop.activate(&code, &installation).await;
    assert_eq!(weak.problem(), (422, "weak-binding"));
    assert_eq!((&weak.json["strength"], &weak.json["least"]), (&"weak".into(), &"fair".into()));
    let remedies = weak.json["remedies"].as_array().expect("a list");
    assert!(
        remedies.iter().any(|remedy| remedy.as_str().is_some_and(|it| it.contains("--privileged"))),
        "{weak:?}"
    );
    assert!(
        !weak.json.to_string().contains("LICENSE_DEVICE_ID"),
        "not where the product takes none: {weak:?}"
    );
    let own = of(Kind::Custom, "rack-7/slot-3");
    assert_eq!(shop.activate(&code, &own).await.problem(), (422, "custom-id-not-accepted"));
    assert_eq!(shop.database().seats(shop.now(), "order").expect("readable").len(), 0);
    assert_eq!(shop.activate(&code, &text(&shop, 1)).await.status, 201);
}

/// R26, R27
#[tokio::test]
async fn a_fingerprint_that_cannot_be_used_is_named() {
    let shop = Shop::selling(CATALOG).await;
    let (_, code) = bought(&shop).await;
    let whole = text(&shop, 1);
    let foreign = machine(1).df1(&license_core::Realm::new("https://other.example"));
    let many = (1..=6).map(|n| machine(n).mac).collect::<Vec<_>>().join(",");
    for broken in [
        "",
        "To be filled by O.E.M.",
        &whole[..whole.len() - 4],
        &foreign,
        &format!("{many}|||"),
        "|||BFEBFBFF00090672",
    ] {
        let reply = shop.activate(&code, broken).await;
        assert_eq!(reply.problem(), (422, "no-fingerprint"), "{broken}");
    }
    let absent = shop.ask_json("/v1/activations", &[], &json!({ "activation_code": code })).await;
    assert_eq!(absent.problem(), (422, "no-fingerprint"));
    let shop = Shop::selling(&format!("{CATALOG}binding = \"none\"\n")).await;
    let (_, code) = bought(&shop).await;
    let free = shop.ask_json("/v1/activations", &[], &json!({ "activation_code": code })).await;
    assert_eq!(free.status, 201, "a license for no machine in particular needs none: {free:?}");
}
