//! Calls at the same moment.

use std::collections::HashSet;
use std::sync::Arc;

use license_tests::{Reply, Shop, machine};
use serde_json::{Value, json};

/// Sends all calls at once.
async fn all_at_once(shop: &Arc<Shop>, calls: Vec<Value>) -> Vec<Reply> {
    let sent: Vec<_> = calls
        .into_iter()
        .map(|body| {
            let shop = Arc::clone(shop);
            tokio::spawn(async move { shop.call(body).await })
        })
        .collect();
    let mut replies = Vec::new();
    for call in sent {
        replies.push(call.await.expect("answered"));
    }
    replies
}

/// R9
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_purchases_of_one_order_line_are_one_instance() {
    let shop = Arc::new(Shop::open().await);
    let calls = (0..200)
        .map(|n| json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l", "businessId": format!("b{n}")}));
    let replies = all_at_once(&shop, calls.collect()).await;
    assert!(replies.iter().all(|reply| reply.code() == "000000"));
    let ids: HashSet<&str> = replies.iter().map(Reply::instance).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(shop.database().instances(shop.now(), None, false, 999).expect("readable").len(), 1);
}

/// R18
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_applications_of_one_event_are_one_license() {
    let shop = Arc::new(Shop::open().await);
    let instance = shop.buy("order").await;
    let call = shop.application(&instance, "event", &machine(1).four_part());
    let replies = all_at_once(&shop, vec![call; 200]).await;
    assert!(replies.iter().all(|reply| reply.code() == "000000"));
    let token = shop.delivered("event").await;
    assert_eq!(shop.database().licenses(shop.now(), &instance).expect("readable").len(), 1);
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    assert_eq!(shop.delivered("event").await, token);
}

/// R40
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_devices_racing_for_three_seats_get_three() {
    let shop = Arc::new(Shop::selling("[default]\ncode = \"cad\"\nseats = 3\n").await);
    let instance = shop.buy("order").await;
    let calls =
        (0..200).map(|n| shop.application(&instance, &format!("e{n}"), &machine(n).four_part())).collect();
    let replies = all_at_once(&shop, calls).await;
    let count = |code| replies.iter().filter(|reply| reply.code() == code).count();
    assert_eq!((count("000000"), count("000900")), (3, 197));
}

/// R5
#[tokio::test(flavor = "multi_thread")]
async fn the_same_signed_call_sent_a_hundred_times_at_once_has_one_answer() {
    let shop = Arc::new(Shop::open().await);
    let call =
        shop.sign(&json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l", "businessId": "b"}));
    let sent: Vec<_> = (0..100)
        .map(|_| {
            let (shop, call) = (Arc::clone(&shop), call.clone());
            tokio::spawn(async move { shop.send(&call).await.bytes })
        })
        .collect();
    let mut answers = HashSet::new();
    for call in sent {
        answers.insert(call.await.expect("answered"));
    }
    assert_eq!(answers.len(), 1);
}
