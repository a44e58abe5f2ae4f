//! The whole way once.

use license_tests::{Shop, machine};

#[tokio::test]
async fn a_purchase_becomes_a_license_that_only_this_machine_verifies() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.buy("order").await, instance, "the store repeats itself");
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    let token = shop.delivered("event").await;
    let license = shop.verify(&token, "cad", &machine(1)).expect("it opens here");
    assert_eq!(license.instance(), instance);
    assert!(license.has_feature("mesh"));
    assert!(!license.is_test());
    shop.verify(&token, "cad", &machine(2)).expect_err("it opens on no other machine");
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    assert_eq!(shop.delivered("event").await, token, "the same application, the same bytes");
}
