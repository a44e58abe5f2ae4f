//! The same signed call again.

use license_tests::{NOW_MS, Shop, machine, signed};
use serde_json::json;

const ACCESS_KEY: &str = "demo-access-key-0001";

/// R5
#[tokio::test]
async fn a_signed_call_keeps_its_answer_though_the_world_has_moved_on() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    let freeze = json!({"activity": "updateInstanceStatus", "instanceId": instance, "status": "FREEZE"});
    let early = shop.sign(&shop.application(&instance, "early", &machine(1).four_part()));
    assert_eq!(shop.call(freeze).await.code(), "000000");
    let refused = shop.send(&early).await;
    assert_eq!(refused.code(), "000901");
    assert_eq!(shop.set_status(&instance, "UNFREEZE").await, "000000");
    assert_eq!(shop.send(&early).await.bytes, refused.bytes, "the same call, the same answer");
    assert_eq!(shop.apply_for(&instance, "early", 1).await, "000000", "signed anew, it is judged anew");
}

/// R5
#[tokio::test]
async fn an_answer_survives_a_restart_and_upper_case_is_the_same_signature() {
    let shop = Shop::open().await;
    let body = json!({"activity": "releaseInstance", "instanceId": "nobody"});
    let mut call = shop.sign(&body);
    let first = shop.send(&call).await;
    assert_eq!(first.code(), "000003");
    let shop = Shop::builder().in_folder(shop.close().await).open().await;
    let made = json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l", "businessId": "nobody"});
    assert_eq!(shop.call(made).await.instance(), "nobody");
    let (head, signature) = call.query.split_once("signature=").expect("signed");
    let (signature, tail) = signature.split_once('&').expect("a timestamp follows");
    call.query = format!("{head}signature={}&{tail}", signature.to_ascii_uppercase());
    assert_eq!(shop.send(&call).await.bytes, first.bytes);
    assert_eq!(shop.call(body).await.code(), "000000", "signed anew, it finds the instance");
}

/// R8
#[tokio::test]
async fn a_nonce_under_another_valid_signature_is_not_refused() {
    let shop = Shop::open().await;
    let body =
        json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l", "businessId": "b"}).to_string();
    let sign = |ms: i64| {
        let secret = license_server::config::Secret::from(ACCESS_KEY);
        let signature =
            license_server::koogallery::sign(&secret, "the-same-nonce", &ms.to_string(), body.as_bytes());
        let signature = data_encoding::HEXLOWER.encode(&signature);
        format!("signature={signature}&timestamp={ms}&nonce=the-same-nonce")
    };
    for ms in [NOW_MS, NOW_MS + 1] {
        assert_eq!(shop.post(&sign(ms), body.as_bytes()).await.status, 200);
        let reply = shop.post(&sign(ms), body.as_bytes()).await;
        assert!(reply.text().contains("000000"), "{}", reply.text());
    }
}

/// R1
#[tokio::test]
async fn a_call_that_was_not_authentic_is_judged_anew() {
    let shop = Shop::open().await;
    let body =
        json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l", "businessId": "b"}).to_string();
    let early = signed(ACCESS_KEY, NOW_MS + 61_000, body.as_bytes());
    assert_eq!(shop.send(&early).await.code(), "000001");
    shop.hand.advance_ms(2_000);
    assert_eq!(shop.send(&early).await.code(), "000000", "its time has come");
}
