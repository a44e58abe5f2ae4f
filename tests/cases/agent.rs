//! The real agent on played machines, against the real server.

mod activation;
mod carried;
mod clock;
mod device_key;
mod files;
mod grown;
mod network;
mod renewal;

use license_tests::{DAY, Shop};

/// Two machines; the end is known without an order.
const CATALOG: &str = "[default]\ncode = \"cad\"\nfeatures = [\"mesh\"]\nseats = 2\nmax_license_days = 90\n";

/// A shop that has sold one instance of 60 days, and the instance's activation code.
async fn sold() -> (Shop, String, String) {
    sold_by(Shop::selling(CATALOG).await).await
}

async fn sold_by(shop: Shop) -> (Shop, String, String) {
    let instance = shop.buy("order").await;
    assert_eq!(shop.refresh(&instance, "RENEWAL", "first", shop.now().plus(60 * DAY)).await, "000000");
    let code = shop.code(&instance);
    (shop, instance, code)
}
