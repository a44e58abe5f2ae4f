//! From an activation code to a license, and back.

use license_core::ActivationCode;
use license_tests::{Customer, DAY, Shop, is_foreign_agent};

use super::{CATALOG, sold};

#[tokio::test]
async fn a_machine_is_activated_shown_renewed_and_given_back() {
    let (shop, instance, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    let mut story = customer.transcript(&shop, &["status"]).await;
    story += &customer.transcript(&shop, &["activate", &code, "--name", "bench 7"]).await;
    let first = customer.license();
    story += &customer.transcript(&shop, &["status"]).await;
    story += &customer.transcript(&shop, &["activate", &code.to_lowercase()]).await;
    assert_eq!(customer.license(), first, "no second seat, the same bytes");
    assert_eq!(shop.refresh(&instance, "RENEWAL", "second", shop.now().plus(80 * DAY)).await, "000000");
    story += &customer.transcript(&shop, &["renew"]).await;
    story += &customer.transcript(&shop, &["renew"]).await;
    story += &customer.transcript(&shop, &["deactivate"]).await;
    story += &customer.transcript(&shop, &["deactivate"]).await;
    assert_eq!(customer.files(), ["cad.clock", "cad.key", "cad.keys", "cad.lock"]);
    insta::assert_snapshot!("story", story);
}

#[tokio::test]
async fn the_objects_for_programs_say_the_same() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    let (exit, object) = customer.json(&["activate", &code]).await;
    assert_eq!((exit, &object["installed"], &object["changed"]), (0, &true.into(), &true.into()), "{object}");
    assert_eq!((&object["seats_left"], &object["days_left"]), (&1.into(), &60.into()));
    let (exit, object) = customer.json(&["renew"]).await;
    assert_eq!((exit, &object["changed"]), (0, &false.into()), "{object}");
    let (exit, object) = customer.json(&["renew", "--if-due"]).await;
    assert_eq!((exit, &object["renewed"]), (0, &false.into()), "{object}");
    let (exit, object) = customer.json(&["deactivate"]).await;
    assert_eq!((exit, &object["deactivated"]), (0, &true.into()), "{object}");
    let (exit, object) = customer.json(&["renew"]).await;
    assert_eq!((exit, &object["error"]["code"]), (2, &"not-installed".into()), "{object}");
}

#[tokio::test]
async fn seats_run_out_and_one_that_is_given_back_is_free_again() {
    let (shop, _, code) = sold().await;
    let [one, two, three] = [1, 2, 3].map(|n| Customer::new(&shop, n));
    for customer in [&one, &two] {
        assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    }
    let mut story = three.transcript(&shop, &["activate", &code]).await;
    assert_eq!(three.license(), None);
    assert_eq!(one.run(&["deactivate"]).await.code, Some(0));
    story += &three.transcript(&shop, &["activate", &code]).await;
    insta::assert_snapshot!("seats", story);
    assert_eq!(one.json(&["activate", &code]).await.1["error"]["code"], "no-seat");
}

#[tokio::test]
async fn refusals_are_shown_in_the_servers_words() {
    let (shop, instance, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    let unknown = ActivationCode::from_bytes([9; 16]).to_string();
    let mut story = customer.transcript(&shop, &["activate", &unknown]).await;
    let mistyped = format!("{}{}", if code.starts_with('0') { '1' } else { '0' }, &code[1..]);
    let said = customer.run(&["activate", &mistyped]).await;
    assert_eq!((said.code, said.err.contains("mistyped")), (Some(1), true), "{}", said.err);
    assert_eq!(shop.set_status(&instance, "FREEZE").await, "000000");
    story += &customer.transcript(&shop, &["activate", &code]).await;
    assert_eq!(shop.set_status(&instance, "UNFREEZE").await, "000000");
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let stranger = Customer::new(&shop, 5);
    stranger.put("licenses/cad.lic", &customer.license().expect("a license"));
    story += &stranger.transcript(&shop, &["renew"]).await;
    let (exit, object) = stranger.json(&["deactivate"]).await;
    assert_eq!(
        (exit, &object["error"]["code"]),
        (2, &"device".into()),
        "another machine's seat is not given back"
    );
    shop.days_pass(61);
    customer.set_clock(shop.now());
    story += &customer.transcript(&shop, &["renew"]).await;
    assert_eq!(shop.tell("releaseInstance", &instance).await, "000000");
    story += &customer.transcript(&shop, &["activate", &code]).await;
    insta::assert_snapshot!("refusals", story);
}

#[tokio::test]
async fn a_purchase_that_is_not_complete_says_when_to_try_again() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\n").await;
    let instance = shop.buy("order").await;
    let customer = Customer::new(&shop, 1);
    let (exit, object) = customer.json(&["activate", &shop.code(&instance)]).await;
    assert_eq!((exit, &object["error"]["code"]), (4, &"pending".into()), "{object}");
    assert!(object["error"]["retry_after"].as_u64().is_some_and(|seconds| seconds >= 60), "{object}");
}

#[tokio::test]
async fn a_machine_with_little_to_name_it_is_told_what_it_has_and_what_helps() {
    let shop = Shop::selling(&format!("{CATALOG}least_strength = \"fair\"\n")).await;
    let (shop, _, code) = super::sold_by(shop).await;
    let customer = Customer::weak(&shop, 1);
    let mut story = customer.transcript(&shop, &["activate", &code]).await;
    story += &customer.transcript(&shop, &["doctor", "--offline"]).await;
    assert!(story.contains("weak binding: only the OS installation id"), "{story}");
    if is_foreign_agent() {
        // On Windows the folder says who may read what is in it.
        story = story.replace("by whoever may read the folder", "by its user alone");
    }
    insta::assert_snapshot!("weak", story);
    assert_eq!(customer.license(), None);
}

#[tokio::test]
async fn a_product_that_needs_no_machine_is_activated_on_any() {
    let shop = Shop::selling(&format!("{CATALOG}binding = \"none\"\n")).await;
    let (shop, _, code) = super::sold_by(shop).await;
    let customer = Customer::weak(&shop, 1);
    std::fs::remove_file(customer.path("machine/etc/machine-id")).expect("removed");
    let ran = customer.run(&["activate", &code]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let bound = Shop::selling(CATALOG).await;
    let (bound, _, code) = super::sold_by(bound).await;
    let customer = Customer::weak(&bound, 1);
    std::fs::remove_file(customer.path("machine/etc/machine-id")).expect("removed");
    let (exit, object) = customer.json(&["activate", &code]).await;
    assert_eq!((exit, &object["error"]["code"]), (1, &"no-fingerprint".into()), "{object}");
    assert!(object.to_string().contains("LICENSE_DEVICE_ID"), "what helps is known on the machine: {object}");
}

#[tokio::test]
async fn a_longer_license_by_hand_outlives_an_activation() {
    let (shop, _, code) = sold().await;
    let (other, customer) = (shop.buy("other").await, Customer::new(&shop, 1));
    assert_eq!(shop.refresh(&other, "RENEWAL", "long", shop.now().plus(85 * DAY)).await, "000000");
    assert_eq!(customer.run(&["activate", &shop.code(&other)]).await.code, Some(0));
    let longer = customer.license();
    let (exit, object) = customer.json(&["activate", &code]).await;
    assert_eq!((exit, &object["error"]["code"]), (1, &"lasts-longer".into()), "{object}");
    assert_eq!(customer.license(), longer);
    let forced = customer.run(&["activate", &code, "--force"]).await;
    assert_eq!(forced.code, Some(0));
    assert!(
        forced.err.contains("note: the license that it replaces would have lasted longer: "),
        "{}",
        forced.err
    );
    assert_ne!(customer.license(), longer);
}
