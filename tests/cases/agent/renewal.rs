//! Renewing by hand, by a timer and as a service, with and without a network.

use license_tests::{Customer, DAY, Shop};

use super::sold;

#[tokio::test]
async fn a_timer_renews_when_it_is_due_and_not_before() {
    let (shop, instance, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let first = customer.license();
    assert_eq!(shop.refresh(&instance, "RENEWAL", "second", shop.now().plus(85 * DAY)).await, "000000");
    let early = customer.run(&["renew", "--if-due"]).await.ok();
    assert!(early.starts_with("Nothing to do: the license for cad is renewed from 2026-1"), "{early}");
    assert_eq!(customer.license(), first);
    shop.days_pass(45);
    customer.set_clock(shop.now());
    let renewed = customer.run(&["renew", "--if-due"]).await.ok();
    assert!(renewed.starts_with("Renewed the license for cad.\n"), "{renewed}");
    assert_ne!(customer.license(), first);
}

#[tokio::test]
async fn a_service_renews_by_itself_says_so_and_stops_when_it_is_told() {
    let (shop, instance, code) = sold().await;
    let customer = Customer::new(&shop, 1).with("FAULT_PACE", "3000");
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    assert_eq!(shop.refresh(&instance, "RENEWAL", "second", shop.now().plus(85 * DAY)).await, "000000");
    let mut service = customer.start(&["renew", "--watch"]);
    let line = service.says("the license for cad holds until 2026-11-20").await;
    assert!(line.contains("60 days left; it is renewed from 2026-1"), "{line}");
    shop.days_pass(45);
    customer.set_clock(shop.now());
    let line = service.says("renewed the license for cad: it holds until 2026-12-15").await;
    assert!(line.starts_with("2026-11-05T"), "{line}");
    let resident = service.resident();
    assert!(resident <= 40 * 1024, "{resident} KiB of a build that is not stripped");
    service.stop().await;
    assert_eq!(customer.run(&["status"]).await.code, Some(0));
}

#[tokio::test]
async fn a_license_that_is_put_there_by_hand_is_seen_by_the_service() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1).with("FAULT_PACE", "3000");
    let mut service = customer.start(&["renew", "--watch", "--json"]);
    let line = service.says("not-installed").await;
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!((&line["level"], &line["valid_until"]), (&"error".into(), &serde_json::Value::Null));
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let line = service.says("\"watching\"").await;
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!((&line["level"], &line["valid_until"]), (&"info".into(), &"2026-11-20T14:13:20Z".into()));
    service.stop().await;
}

#[tokio::test]
async fn a_service_works_on_while_the_server_is_away_and_renews_when_it_is_back() {
    let (shop, instance, code) = sold().await;
    let address = shop.address();
    let customer = Customer::new(&shop, 1).with("FAULT_PACE", "3000");
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let (clock, hand, bought) = (shop.clock.clone(), shop.hand.clone(), shop.now());
    let folder = shop.close().await;
    customer.set_clock(bought.plus(50 * DAY));
    let mut service = customer.start(&["renew", "--watch"]);
    let away = service.says("cannot be reached").await;
    assert!(
        away.contains("warning: the vendor's server") && away.contains("holds until 2026-11-20"),
        "{away}"
    );
    assert!(away.contains("9 days left") || away.contains("10 days left"), "{away}");
    assert!(away.contains("; trying again in "), "{away}");
    assert_eq!(customer.run(&["status"]).await.code, Some(0), "it works offline");
    customer.set_clock(bought.plus(61 * DAY));
    let over = service.says("error: cad is not licensed on this machine: the license ended at ").await;
    assert!(over.contains("2026-11-20"), "{over}");
    assert_eq!(customer.run(&["status"]).await.code, Some(2));
    let told = service.out();
    assert!(told.lines().count() <= 8, "trouble that lasts is not said again and again: {told}");

    let builder = Shop::builder().catalog(super::CATALOG).clock(clock, hand).in_folder(folder);
    let shop = builder.with(move |settings| settings.listen = address).open().await;
    shop.days_pass(61);
    assert_eq!(shop.refresh(&instance, "RENEWAL", "second", shop.now().plus(30 * DAY)).await, "000000");
    let back = service.says("renewed the license for cad").await;
    assert!(back.contains("holds until 2026-12-21"), "{back}");
    assert_eq!(customer.run(&["status"]).await.code, Some(0));
    service.stop().await;
}

#[tokio::test]
async fn offline_for_the_whole_run_everything_but_asking_works() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let token = customer.license();
    customer.put("copy.lic", token.as_deref().expect("a license"));
    let address = shop.address().to_string();
    shop.close().await;
    for (args, exit) in [
        (&["status"][..], 0),
        (&["fingerprint"], 0),
        (&["install", "copy.lic"], 0),
        (&["request", &code], 0),
        (&["doctor"], 0),
        (&["renew", "--if-due"], 0),
        (&["renew"], 3),
        (&["activate", &code], 3),
        (&["deactivate"], 3),
    ] {
        let ran = customer.run(args).await;
        assert_eq!(ran.code, Some(exit), "{args:?}: {}{}", ran.out, ran.err);
        assert_eq!(customer.license(), token, "{args:?}");
    }
    let said = customer.run(&["renew"]).await.err.replace(&address, "SERVER");
    insta::assert_snapshot!("offline", said);
}

#[tokio::test]
async fn a_vendor_file_that_is_replaced_is_read_by_a_running_service() {
    let (shop, instance, code) = sold().await;
    let customer = Customer::new(&shop, 1).with("FAULT_PACE", "3000");
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let good = std::fs::read_to_string(customer.path("vendor.toml")).expect("text");
    let elsewhere = good.replace(&format!("http://{}", shop.address()), "http://127.0.0.1:1");
    customer.put("vendor.toml", &elsewhere);
    shop.days_pass(45);
    customer.set_clock(shop.now());
    assert_eq!(shop.refresh(&instance, "RENEWAL", "second", shop.now().plus(40 * DAY)).await, "000000");
    let mut service = customer.start(&["renew", "--watch"]);
    service.says("127.0.0.1:1 cannot be reached").await;
    customer.put("vendor.toml", "half of a fi");
    service.says("vendor.toml is no vendor file that can be read").await;
    customer.put("vendor.toml", &good);
    service.says("renewed the license for cad").await;
    service.stop().await;
}
