//! Machines that ask for their licenses themselves.

use license_tests::{DAY, Shop, machine};

/// An instance's end is known here without an order: the product says how long a license lasts at most.
const CATALOG: &str = "[default]\ncode = \"cad\"\nfeatures = [\"mesh\"]\nseats = 2\nmax_license_days = 90\n";

#[tokio::test]
async fn a_code_activates_a_machine_and_its_license_is_verified_offline() {
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.refresh(&instance, "RENEWAL", "next", shop.now().plus(60 * DAY)).await, "000000");
    let (code, text) = (shop.code(&instance), machine(1).df1(&shop.realm()));
    let first = shop.activate(&code, &text).await;
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
    let again = shop.activate(&code.to_lowercase().replace('-', " "), &text).await;
    assert_eq!((again.status, again.license()), (200, first.license()), "no second seat, the same bytes");
    let renewed = shop.renew(&first.license(), &text).await;
    assert_eq!((renewed.status, renewed.license()), (200, first.license()));

    let second = shop.activate(&code, &machine(2).df1(&shop.realm())).await;
    assert_eq!((second.status, &second.json["seats_left"]), (201, &0.into()), "{second:?}");
    let third = shop.activate(&code, &machine(3).df1(&shop.realm())).await;
    assert_eq!((third.problem(), &third.json["seats"]), ((409, "no-seat"), &2.into()));

    let gone = shop.deactivate(&first.license(), &first.license_id()).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(shop.activate(&code, &machine(3).df1(&shop.realm())).await.status, 201);
}
