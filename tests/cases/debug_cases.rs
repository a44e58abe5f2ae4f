//! The store's saved debug cases, replayed every morning and afternoon for ever.

use license_tests::{NOW_MS, Shop};
use serde_json::{Value, json};

fn saved_cases() -> [Value; 5] {
    [
        json!({"activity": "newInstance", "orderId": "CS2211181819B4LVS", "orderLineId": "CS2211181819B4LVS-000001",
               "businessId": "03pf80c2-bae9-6vc4-9b80-b917bea776d7", "testFlag": "1"}),
        json!({"activity": "refreshInstance", "scene": "RENEWAL", "orderId": "CS2211181819B4LVS",
               "orderLineId": "CS2211181819B4LVS-000001", "instanceId": "03pf80c2-bae9-6vc4-9b80-b917bea776d7",
               "productId": "00301-666688-0--0", "expireTime": "20221110203141186", "testFlag": "1"}),
        json!({"activity": "updateInstanceStatus", "instanceId": "03pf80c2-bae9-6vc4-9b80-b917bea776d7",
               "status": "FREEZE", "testFlag": "1"}),
        json!({"activity": "getLicenseAsync", "instanceId": "03pf80c2-bae9-6vc4-9b80-b917bea776d7",
               "eventId": "8e5694c8e03d4d11a8f3", "effectiveTime": "2023-10-27 10:30:15 z",
               "expireTime": "2023-10-28 10:30:15 z", "testFlag": "1",
               "deviceFingerprint": "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||BFEBFBFF00090672"}),
        json!({"activity": "releaseInstance", "instanceId": "03pf80c2-bae9-6vc4-9b80-b917bea776d7",
               "orderId": "CS2211181819B4LVS", "orderLineId": "CS2211181819B4LVS-000001", "testFlag": "1"}),
    ]
}

/// R4
#[tokio::test]
async fn the_five_saved_debug_cases_succeed_under_a_clock_ten_years_on() {
    let ten_years = 10 * 365 * 86_400_000;
    let shop = Shop::builder().at(NOW_MS + ten_years).open().await;
    for _ in 0..2 {
        for case in saved_cases() {
            let reply = shop.call(case.clone()).await;
            assert_eq!(reply.code(), "000000", "{case}: {}", reply.message());
            if case["activity"] == "newInstance" {
                assert!(!reply.instance().is_empty());
            }
        }
    }
    assert!(
        shop.database().instances(shop.now(), None, false, 9).expect("readable").is_empty(),
        "nothing is written"
    );
    assert!(!shop.license_file("8e5694c8e03d4d11a8f3").exists());
}

/// R4
#[tokio::test]
async fn a_debug_call_leaves_a_real_instance_of_the_same_name_alone() {
    let shop = Shop::open().await;
    let real = json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l",
                      "businessId": "03pf80c2-bae9-6vc4-9b80-b917bea776d7"});
    let instance = shop.call(real).await.instance().to_owned();
    for case in saved_cases() {
        assert_eq!(shop.call(case).await.code(), "000000");
    }
    let row = &shop.database().instances(shop.now(), Some(&instance), false, 1).expect("readable")[0];
    assert_eq!((row.state, row.ends_at, row.seats_taken), ("active", None, 0));
}
