//! The period of an instance, whatever order the store's calls arrive in.

use license_core::UnixTime;
use license_tests::{DAY, NOW_MS, Shop, utc14};
use serde_json::json;

fn in_days(days: i64) -> UnixTime {
    UnixTime::from_secs(NOW_MS / 1000 + days * DAY)
}

fn end_of(shop: &Shop, instance: &str) -> Option<i64> {
    let rows = shop.database().instances(shop.now(), Some(instance), false, 1).expect("readable");
    rows[0].ends_at
}

fn state_of(shop: &Shop, instance: &str) -> &'static str {
    shop.database().instances(shop.now(), Some(instance), false, 1).expect("readable")[0].state
}

/// R56
#[tokio::test]
async fn renewals_arriving_in_any_order_end_the_same() {
    let shop = Shop::open().await;
    let calls = [("TRIAL_TO_FORMAL", "a", 30), ("RENEWAL", "b", 60), ("RENEWAL_CHANGE", "c", 90)];
    for (n, order) in
        [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].into_iter().enumerate()
    {
        let instance = shop.buy(&format!("order-{n}")).await;
        for i in order {
            let (scene, order, days) = calls[i];
            assert_eq!(shop.refresh(&instance, scene, order, in_days(days)).await, "000000");
        }
        assert_eq!(end_of(&shop, &instance), Some(in_days(90).as_secs()), "{order:?}");
    }
}

/// R57
#[tokio::test]
async fn a_cancelled_renewal_changes_nothing_when_it_arrives_after_its_cancellation() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    shop.refresh(&instance, "RENEWAL", "a", in_days(30)).await;
    assert_eq!(shop.refresh(&instance, "UNSUBSCRIBE_RENEWAL_PERIOD", "b", in_days(30)).await, "000000");
    assert_eq!(shop.refresh(&instance, "RENEWAL", "b", in_days(60)).await, "000000");
    assert_eq!(end_of(&shop, &instance), Some(in_days(30).as_secs()));
    assert_eq!(shop.refresh(&instance, "RENEWAL", "c", in_days(90)).await, "000000");
    assert_eq!(end_of(&shop, &instance), Some(in_days(90).as_secs()), "another order still renews");
}

/// R57
#[tokio::test]
async fn a_cancellation_shortens_to_the_given_end() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    shop.refresh(&instance, "RENEWAL", "a", in_days(30)).await;
    shop.refresh(&instance, "RENEWAL", "b", in_days(60)).await;
    shop.refresh(&instance, "UNSUBSCRIBE_RENEWAL_PERIOD", "b", in_days(30)).await;
    assert_eq!(end_of(&shop, &instance), Some(in_days(30).as_secs()));
}

/// R55
#[tokio::test]
async fn a_renewal_counts_once_for_each_order_line_and_scene() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.refresh(&instance, "RENEWAL", "a", in_days(30)).await, "000000");
    assert_eq!(shop.refresh(&instance, "RENEWAL", "a", in_days(99)).await, "000000", "a repeat succeeds");
    assert_eq!(end_of(&shop, &instance), Some(in_days(30).as_secs()), "and changes nothing");
    assert_eq!(shop.refresh(&instance, "RENEWAL_CHANGE", "a", in_days(40)).await, "000000");
    assert_eq!(end_of(&shop, &instance), Some(in_days(40).as_secs()), "another scene does");
}

/// R106
#[tokio::test]
async fn a_time_of_seventeen_digits_is_read_to_the_second() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    let reply = shop
        .call(json!({
            "activity": "refreshInstance", "scene": "RENEWAL", "orderId": "a", "orderLineId": "a-1",
            "instanceId": instance, "expireTime": format!("{}789", utc14(in_days(30))),
        }))
        .await;
    assert_eq!(reply.code(), "000000");
    assert_eq!(end_of(&shop, &instance), Some(in_days(30).as_secs()));
}

/// R59, R64
#[tokio::test]
async fn a_freeze_at_the_end_is_lifted_by_a_renewal_and_any_other_is_not() {
    let shop = Shop::open().await;
    let (ended, violated) = (shop.buy("ended").await, shop.buy("violated").await);
    for instance in [&ended, &violated] {
        shop.refresh(instance, "RENEWAL", "a", in_days(10)).await;
    }
    assert_eq!(shop.set_status(&violated, "FREEZE").await, "000000");
    shop.days_pass(10);
    assert_eq!(shop.set_status(&ended, "FREEZE").await, "000000");
    for instance in [&ended, &violated] {
        assert_eq!(shop.refresh(instance, "RENEWAL", "b", in_days(40)).await, "000000");
    }
    assert_eq!(state_of(&shop, &ended), "active");
    assert_eq!(state_of(&shop, &violated), "frozen");
    assert_eq!(shop.set_status(&violated, "UNFREEZE").await, "000000");
    assert_eq!(state_of(&shop, &violated), "active");
}

/// R58
#[tokio::test]
async fn a_product_id_that_the_catalog_knows_replaces_the_product_and_an_unknown_one_does_not() {
    let shop = Shop::selling(
        "[default]\ncode = \"cad\"\n[[product]]\nproduct_id = [\"OFFI1\"]\ncode = \"cad-pro\"\nfeatures = [\"cam\"]\n",
    )
    .await;
    let instance = shop.buy("order").await;
    let renew = |order: &str, product: &str| {
        json!({
            "activity": "refreshInstance", "scene": "RENEWAL_CHANGE", "orderId": order, "orderLineId": order,
            "instanceId": instance, "productId": product, "expireTime": utc14(in_days(60)),
        })
    };
    assert_eq!(shop.call(renew("a", "OFFI-unknown")).await.code(), "000000");
    assert_eq!(shop.apply_for(&instance, "e1", 1).await, "000000");
    let machine = license_tests::machine(1);
    shop.verify(&shop.delivered("e1").await, "cad", &machine).expect("still the product that was bought");
    assert_eq!(shop.call(renew("b", "OFFI1")).await.code(), "000000");
    assert_eq!(shop.apply_for(&instance, "e2", 1).await, "000000");
    let license = shop.verify(&shop.delivered("e2").await, "cad-pro", &machine).expect("the new product");
    assert!(license.has_feature("cam"));
}
