//! Old rows go by themselves, and nobody who asks again notices.

use license_tests::{Shop, eventually};

/// Waits until the pass that begins with the server is over, and says when the next one is.
async fn next_pass(shop: &Shop) -> i64 {
    let leased = "SELECT value, value FROM setting WHERE name = 'pruning'";
    let hours_away = shop.now().as_secs() + 3600;
    eventually("the pass is over", || {
        let until: i64 = shop.texts(leased).first().and_then(|(value, _)| value.get(..12)?.parse().ok())?;
        (until > hours_away).then_some(until)
    })
    .await
}

/// R18, R107
#[tokio::test]
async fn a_delivery_that_was_forgotten_counts_as_done_and_the_license_is_the_same() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\nterm = \"perpetual\"\nseats = 2\n").await;
    let instance = shop.buy("order").await;
    let asked = |shop: &Shop| {
        let mut body = shop.application(&instance, "event", &license_tests::machine(1).four_part());
        body.as_object_mut().expect("an object").remove("expireTime");
        body
    };
    assert_eq!(shop.call(asked(&shop)).await.code(), "000000");
    let license = shop.delivered("event").await;
    let token = "SELECT token, license_id FROM application";
    let stored = shop.texts(token);
    let done = "delivery WHERE status = 1";
    eventually("it is settled", || (shop.count(done) == 1).then_some(())).await;

    next_pass(&shop).await;
    shop.days_pass(91);
    let (clock, hand) = (shop.clock.clone(), shop.hand.clone());
    let shop = Shop::builder().clock(clock, hand).in_folder(shop.close().await);
    let shop = shop.catalog("[default]\ncode = \"cad\"\nterm = \"perpetual\"\nseats = 2\n").open().await;
    eventually("it is forgotten", || (shop.count("delivery") == 0).then_some(())).await;
    next_pass(&shop).await;
    std::fs::remove_file(shop.license_file("event")).expect("it is there");
    assert_eq!(shop.call(asked(&shop)).await.code(), "000000");
    assert_eq!(shop.texts(token), stored);
    assert!(license.starts_with(&stored[0].0));
    assert_eq!(shop.count("delivery"), 0, "it is not delivered again");
    let metrics = String::from_utf8(shop.ask_as_operator("/metrics").await.body).expect("a text");
    assert!(metrics.contains("license_rows_pruned_total{table=\"deliveries\"}"), "{metrics}");
}

#[tokio::test]
async fn what_is_kept_for_ever_stays_and_the_next_pass_is_hours_away() {
    let shop = Shop::builder().with(|settings| settings.retention.deliveries = None).open().await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    shop.delivered("event").await;
    eventually("it is settled", || (shop.count("delivery WHERE status = 1") == 1).then_some(())).await;
    next_pass(&shop).await;
    shop.days_pass(91);
    let (clock, hand, dir) = (shop.clock.clone(), shop.hand.clone(), shop.close().await);
    let again = Shop::builder().clock(clock, hand).in_folder(dir);
    let again = again.with(|settings| settings.retention.deliveries = None).open().await;
    assert!(next_pass(&again).await <= again.now().as_secs() + 86_400);
    assert_eq!(again.count("delivery"), 1);
}
