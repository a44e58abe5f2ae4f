//! Clocks that are wrong, and clocks that were made so.

use license_core::UnixTime;
use license_tests::{Customer, DAY};

use super::sold;

/// 2099-01-01.
const FAR: UnixTime = UnixTime::from_secs(4_070_908_800);

#[tokio::test]
async fn a_clock_that_was_set_back_is_named() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let bought = shop.now();
    customer.set_clock(bought.minus(40 * DAY));
    let mut story = customer.transcript(&shop, &["status"]).await;
    // The server says that it is over; nobody wins by going back then.
    shop.days_pass(65);
    customer.set_clock(shop.now());
    assert_eq!(customer.json(&["renew"]).await.1["error"]["code"], "ended");
    customer.set_clock(bought.plus(10 * DAY));
    story += &customer.transcript(&shop, &["status"]).await;
    let (exit, object) = customer.json(&["status"]).await;
    assert_eq!((exit, &object["reason"]["code"]), (2, &"clock-set-back".into()), "{object}");
    story += &customer.transcript(&shop, &["renew"]).await;
    insta::assert_snapshot!("set_back", story);
    // What defeats it, as the documents say.
    std::fs::remove_file(customer.path("licenses/cad.clock")).expect("removed");
    assert_eq!(customer.run(&["status"]).await.code, Some(0));
}

#[tokio::test]
async fn a_clock_that_once_stood_far_ahead_does_no_harm_once_it_is_set() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    customer.set_clock(FAR);
    assert_eq!(customer.json(&["status"]).await.1["reason"]["code"], "expired");
    customer.set_clock(shop.now().plus(DAY));
    let status = customer.run(&["status"]).await;
    assert_eq!((status.code, status.err.as_str()), (Some(0), ""), "{}", status.out);
}

#[tokio::test]
async fn a_machine_that_starts_in_1970_is_activated_and_told_to_set_its_clock() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    customer.set_clock(UnixTime::from_secs(60));
    let ran = customer.run(&["activate", &code]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("note: the clock of this machine is not set"), "{}", ran.err);
    let status = customer.run(&["status"]).await;
    assert_eq!(status.code, Some(0), "by the server's time it holds: {}", status.out);
}

#[tokio::test]
async fn a_clock_far_ahead_of_the_server_is_named_and_the_servers_counts() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    customer.set_clock(FAR);
    let ran = customer.run(&["activate", &code]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("ahead of the server's"), "{}", ran.err);
    let doctor = customer.run(&["doctor"]).await;
    assert!(doctor.out.contains("ahead of the server's"), "{}", doctor.out);
}
