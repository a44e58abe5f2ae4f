//! Applications for licenses: repeats, events, windows, delivery.

use license_core::UnixTime;
use license_tests::{DAY, NOW_MS, Shop, eventually, machine, store_time};
use serde_json::json;

const NOW: UnixTime = UnixTime::from_secs(NOW_MS / 1000);

async fn apply_between(shop: &Shop, instance: &str, event: &str, from: UnixTime, to: UnixTime) -> String {
    let body = json!({
        "activity": "getLicenseAsync", "instanceId": instance, "eventId": event,
        "effectiveTime": store_time(from), "expireTime": store_time(to),
        "deviceFingerprint": machine(1).four_part(),
    });
    shop.call(body).await.code().to_owned()
}

/// The one license of an instance could not be delivered yet, and no attempt is under way.
async fn first_attempt_failed(shop: &Shop, instance: &str) {
    eventually("the failed attempt is recorded", || {
        let licenses = shop.database().licenses(shop.now(), instance).expect("readable");
        licenses[0].error.is_some().then_some(())
    })
    .await;
}

/// R20
#[tokio::test]
async fn the_same_event_with_another_fingerprint_is_a_new_application() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\nseats = 2\n").await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    let first = shop.delivered("event").await;
    assert_eq!(shop.apply_for(&instance, "event", 2).await, "000000");
    let file = shop.license_file("event");
    let second = eventually("the newest license replaces the older one", || {
        std::fs::read_to_string(&file).ok().filter(|token| *token != first)
    })
    .await;
    shop.verify(&second, "cad", &machine(2)).expect("it is for the second machine");
    assert_eq!(
        shop.apply_for(&instance, "other", 3).await,
        "000900",
        "the first was delivered and keeps its seat"
    );
}

/// R20
#[tokio::test]
async fn an_undelivered_license_gives_its_seat_back_when_its_event_comes_with_another_fingerprint() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    // Nothing can be delivered as long as a file stands where the license would go.
    let file = shop.license_file("event");
    std::fs::create_dir_all(&file).expect("in the way");
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    first_attempt_failed(&shop, &instance).await;
    assert_eq!(shop.apply_for(&instance, "other", 2).await, "000900");
    assert_eq!(shop.apply_for(&instance, "event", 2).await, "000000");
    std::fs::remove_dir(&file).expect("out of the way");
    shop.hand.advance_ms(3_600_000);
    let token = shop.delivered("event").await;
    shop.verify(&token, "cad", &machine(2)).expect("the newest one is delivered");
    assert_eq!(shop.apply_for(&instance, "event", 2).await, "000000");
    let licenses = shop.database().licenses(shop.now(), &instance).expect("readable");
    assert_eq!(licenses.len(), 1, "{licenses:?}");
}

/// R18, R31, R64, R74
#[tokio::test]
async fn a_repeat_while_frozen_gets_its_license_and_the_delivery_waits() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    let file = shop.license_file("event");
    std::fs::create_dir_all(&file).expect("in the way");
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    first_attempt_failed(&shop, &instance).await;
    assert_eq!(shop.set_status(&instance, "FREEZE").await, "000000");
    std::fs::remove_dir(&file).expect("out of the way");
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000", "a repeat");
    assert_eq!(shop.apply_for(&instance, "new", 1).await, "000901", "a new application");
    shop.hand.advance_ms(3_600_000);
    // Another instance's license passes: the worker is awake and leaves the frozen one alone.
    let other = shop.buy("other").await;
    assert_eq!(shop.apply_for(&other, "passes", 2).await, "000000");
    shop.delivered("passes").await;
    assert!(!file.exists());
    assert_eq!(shop.set_status(&instance, "UNFREEZE").await, "000000");
    shop.verify(&shop.delivered("event").await, "cad", &machine(1)).expect("delivered after all");
}

/// R17
#[tokio::test]
async fn an_event_belongs_to_one_instance() {
    let shop = Shop::open().await;
    let (one, two) = (shop.buy("one").await, shop.buy("two").await);
    assert_eq!(shop.apply_for(&one, "event", 1).await, "000000");
    let reply = shop.apply(&two, "event", &machine(1).four_part()).await;
    assert_eq!(reply.code(), "000002");
    assert!(reply.message().contains("eventId"), "{}", reply.message());
}

#[tokio::test]
async fn an_event_id_cannot_leave_the_delivery_folder() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply_for(&instance, "../../x", 1).await, "000000");
    shop.delivered("../../x").await;
    let names: Vec<_> = std::fs::read_dir(&shop.settings.delivery_dir)
        .expect("readable")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("plain"))
        .collect();
    assert_eq!(names, ["%2E.%2F..%2Fx.lic"]);
}

/// R33
#[tokio::test]
async fn an_end_past_the_orders_is_cut_within_the_slack_and_refused_beyond() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    let end = NOW.plus(30 * DAY);
    shop.refresh(&instance, "RENEWAL", "a", end).await;
    assert_eq!(apply_between(&shop, &instance, "at-the-slack", NOW, end.plus(DAY)).await, "000000");
    let license = shop.verify(&shop.delivered("at-the-slack").await, "cad", &machine(1)).expect("valid");
    assert_eq!(license.expires_at(), Some(end), "cut to the order's end");
    assert_eq!(apply_between(&shop, &instance, "beyond", NOW, end.plus(DAY + 1)).await, "000901");
    assert_eq!(apply_between(&shop, &instance, "before", NOW, end.minus(1)).await, "000000");
    let license = shop.verify(&shop.delivered("before").await, "cad", &machine(1)).expect("valid");
    assert_eq!(license.expires_at(), Some(end.minus(1)), "an earlier end is kept");
}

/// R34, R36
#[tokio::test]
async fn a_beginning_near_now_never_refuses_and_begins_at_once() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    let end = NOW.plus(30 * DAY);
    for (event, from, begins) in [
        ("a-day-ago", NOW.minus(DAY), NOW.minus(DAY)),
        ("in-a-day", NOW.plus(DAY), NOW),
        ("long-ago", NOW.minus(9 * DAY), NOW.minus(DAY)),
        ("later", NOW.plus(9 * DAY), NOW.plus(9 * DAY)),
    ] {
        assert_eq!(apply_between(&shop, &instance, event, from, end).await, "000000", "{event}");
        let token = shop.delivered(event).await;
        shop.hand.set_ms((begins.as_secs() + 1).max(NOW.as_secs()) * 1000);
        let license = shop.verify(&token, "cad", &machine(1)).expect("valid");
        assert_eq!(license.not_before(), begins, "{event}");
        assert_eq!(license.issued_at(), NOW);
        shop.hand.set_ms(NOW_MS);
    }
}

/// R32
#[tokio::test]
async fn unknown_bounds_never_refuse() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    assert_eq!(apply_between(&shop, &instance, "far", NOW, NOW.plus(20_000 * DAY)).await, "000000");
    assert_eq!(
        apply_between(&shop, &instance, "past", NOW.minus(90 * DAY), NOW.minus(60 * DAY)).await,
        "000000"
    );
}

/// R30
#[tokio::test]
async fn an_end_may_be_left_out_only_where_the_product_is_perpetual() {
    let catalog = "[default]\ncode = \"cad\"\n[[product]]\nproduct_id = [\"P\"]\ncode = \"once\"\nterm = \"perpetual\"\n";
    let shop = Shop::selling(catalog).await;
    let instance = shop.buy("order").await;
    let apply = |event: &str| {
        json!({
            "activity": "getLicenseAsync", "instanceId": instance, "eventId": event,
            "effectiveTime": store_time(NOW), "deviceFingerprint": machine(1).four_part(),
        })
    };
    assert_eq!(shop.call(apply("e1")).await.code(), "000902");
    let renew = json!({
        "activity": "refreshInstance", "scene": "RENEWAL_CHANGE", "orderId": "a", "orderLineId": "a",
        "instanceId": instance, "productId": "P", "expireTime": license_tests::utc14(NOW.plus(30 * DAY)),
    });
    assert_eq!(shop.call(renew).await.code(), "000000");
    assert_eq!(shop.call(apply("e2")).await.code(), "000000");
    let license = shop.verify(&shop.delivered("e2").await, "once", &machine(1)).expect("valid");
    assert_eq!(license.expires_at(), Some(NOW.plus(30 * DAY)), "an end that the order has is honoured");
    let shop = Shop::selling("[default]\ncode = \"once\"\nterm = \"perpetual\"\n").await;
    let instance = shop.buy("order").await;
    let mut body = shop.application(&instance, "e3", &machine(1).four_part());
    body.as_object_mut().expect("an object").remove("expireTime");
    assert_eq!(shop.call(body).await.code(), "000000");
    let license = shop.verify(&shop.delivered("e3").await, "once", &machine(1)).expect("valid");
    assert_eq!(license.expires_at(), None, "nothing is known of an end");
}

/// R18, R26
#[tokio::test]
async fn a_product_without_binding_needs_no_fingerprint() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\nbinding = \"none\"\n").await;
    let instance = shop.buy("order").await;
    let mut body = shop.application(&instance, "event", "");
    body.as_object_mut().expect("an object").remove("deviceFingerprint");
    assert_eq!(shop.call(body.clone()).await.code(), "000000");
    let token = shop.delivered("event").await;
    for n in 1..3 {
        let license = shop.verify(&token, "cad", &machine(n)).expect("it opens anywhere");
        assert!(license.binding().is_none());
    }
    assert_eq!(shop.call(body).await.code(), "000000", "no fingerprint is one value, so this is a repeat");
    assert_eq!(shop.delivered("event").await, token);
}

/// R26, R27
#[tokio::test]
async fn a_fingerprint_that_names_no_machine_is_asked_for_and_a_broken_one_is_named() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    let df1 = machine(1).df1(&shop.realm());
    let other_realm = machine(1).df1(&license_core::Realm::new("https://other.example"));
    for (fingerprint, code, says) in [
        ("", "000903", ""),
        ("undefined", "000903", ""),
        ("|||BFEBFBFF00090672", "000903", ""),
        ("02:FC:00:00:00:01|||", "000903", ""),
        (&df1[..df1.len() - 3], "000002", "deviceFingerprint"),
        (other_realm.as_str(), "000002", "realm"),
        (&"x".repeat(1025), "000002", "deviceFingerprint"),
        (df1.as_str(), "000000", ""),
    ] {
        let reply = shop.apply(&instance, &format!("event-{}", fingerprint.len()), fingerprint).await;
        assert_eq!(reply.code(), code, "{fingerprint}: {}", reply.message());
        assert!(reply.message().contains(says), "{}", reply.message());
    }
}

#[tokio::test]
async fn the_text_of_a_vendors_own_is_matched_exactly() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    let text = "vendor-id 7F3A-99";
    assert_eq!(shop.apply(&instance, "event", text).await.code(), "000000");
    let token = shop.delivered("event").await;
    let license: license_core::UnverifiedLicense = token.parse().expect("a license");
    let device = |text| license_core::Device::from_text(text, &shop.realm()).expect("a text");
    license.verify(&shop.trust("cad"), &device(text), NOW).expect("its own text");
    license.verify(&shop.trust("cad"), &device("vendor-id 7F3A-98"), NOW).expect_err("another one");
}

/// R15: everything is wrong at first, and what is mended lets the next check speak.
#[tokio::test]
async fn checks_are_made_in_their_order_and_the_first_that_fails_is_the_answer() {
    let shop = Shop::open().await;
    let (instance, other) = (shop.buy("order").await, shop.buy("other").await);
    let end = NOW.plus(30 * DAY);
    shop.refresh(&instance, "RENEWAL", "a", end).await;
    assert_eq!(shop.apply_for(&other, "others", 1).await, "000000");
    assert_eq!(shop.apply_for(&instance, "taken", 9).await, "000000");
    let repeat = shop.application(&instance, "taken", &machine(9).four_part());
    assert_eq!(shop.set_status(&instance, "FREEZE").await, "000000");
    let mut body = json!({
        "activity": "getLicenseAsync", "instanceId": "nobody", "eventId": "others", "deviceFingerprint": "",
        "effectiveTime": store_time(NOW), "expireTime": store_time(NOW),
    });
    let refused = async |body: &serde_json::Value, code: &str, says: &str| {
        let reply = shop.call(body.clone()).await;
        assert_eq!(reply.code(), code, "{}", reply.message());
        assert!(reply.message().starts_with(says), "{}", reply.message());
    };
    refused(&body, "000002", "expireTime: the end").await;
    body["expireTime"] = json!("");
    refused(&body, "000003", "instanceId: ").await;
    body["instanceId"] = json!(instance);
    refused(&body, "000002", "eventId: ").await;
    body["eventId"] = json!("new");
    refused(&body, "000903", "deviceFingerprint: ").await;
    body["deviceFingerprint"] = json!(machine(1).four_part());
    refused(&body, "000902", "expireTime: ").await;
    body["expireTime"] = json!(store_time(end.plus(DAY + 1)));
    refused(&body, "000901", "instanceId: the instance is frozen").await;
    assert_eq!(shop.call(repeat).await.code(), "000000", "a repeat goes before all of it");
    assert_eq!(shop.set_status(&instance, "UNFREEZE").await, "000000");
    refused(&body, "000901", "expireTime: ").await;
    body["expireTime"] = json!(store_time(end));
    refused(&body, "000900", "instanceId: ").await;
}
