//! Another key takes over, and no product needs a new release.

use license_core::VerifyError;
use license_tests::{Customer, Workplace, machine};

use super::{activated, counts, first, keys, product, second, signer, sold, vendor_file, with_standby};

#[tokio::test]
async fn a_machine_learns_the_key_that_stands_by_and_an_old_product_goes_on_when_it_signs() {
    let (shop, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    let _ = customer.run(&["activate", &code]).await.ok();
    let shop = with_standby(shop).await;
    let doctor = customer.run(&["doctor"]).await.ok();
    assert!(doctor.contains(&format!("the server's key {} is not known here", second().id())), "{doctor}");

    let license = customer.license();
    let _ = customer.run(&["renew"]).await.ok();
    assert_eq!(customer.license(), license, "it signs nothing yet");
    assert_eq!(customer.files(), ["cad.clock", "cad.key", "cad.keys", "cad.lic", "cad.lock"]);
    let doctor = customer.run(&["doctor"]).await.ok();
    assert!(doctor.contains("2 keys of the vendor count here"), "{doctor}");
    let told = |published| shop.database().machines_told(shop.now(), published).expect("readable");
    let published = keys(&shop).entries()[1].published.expect("a number");
    assert_eq!((told(published), told(published + 1)), ((1, 1), (0, 1)));

    let shop = activated(shop).await;
    let _ = customer.run(&["renew"]).await.ok();
    assert_eq!(signer(&customer), second().id());
    let status = customer.run(&["status"]).await;
    assert_eq!((status.code, status.err.as_str()), (Some(0), ""), "{}", status.out);
    assert_eq!(counts(&customer, &product(&customer)), Ok(()));
    let unknown = VerifyError::UnknownKey { kid: second().id() };
    assert_eq!(counts(&customer, &vendor_file(&customer)), Err(unknown), "by the vendor file alone");
    // What is kept is enough without the server, and what is there already is not written again.
    let kept = std::fs::read(customer.path("licenses/cad.keys")).expect("keys");
    let _ = customer.run(&["renew"]).await.ok();
    assert_eq!(std::fs::read(customer.path("licenses/cad.keys")).expect("keys"), kept);
    drop(shop);
    assert_eq!(customer.run(&["status"]).await.code, Some(0));
}

#[tokio::test]
async fn a_machine_that_was_away_while_the_key_stood_by_follows_the_word_of_the_former_one() {
    let (shop, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    let _ = customer.run(&["activate", &code]).await.ok();
    // A second one with the same vendor file that is only activated afterwards.
    let late = Customer::new(&shop, 2);
    let shop = activated(with_standby(shop).await).await;
    let _ = customer.run(&["renew"]).await.ok();
    let _ = late.run(&["activate", &code]).await.ok();
    for machine in [&customer, &late] {
        assert_eq!(signer(machine), second().id());
        assert_eq!(machine.run(&["status"]).await.code, Some(0));
        assert_eq!(counts(machine, &product(machine)), Ok(()));
    }
    drop(shop);
}

#[tokio::test]
async fn a_license_by_hand_under_a_key_that_is_not_known_says_so_and_what_to_do() {
    let place = Workplace::ready();
    let vendor = place.run(&["keys", "export", "--agent", "cad"]).ok();
    let customer = Customer::bare(&machine(1), &vendor);
    let new = place.run(&["keys", "generate", "--json"]).json()["id"].as_str().expect("an id").to_owned();
    let _ = place.run(&["keys", "activate", "--", &new]).ok();
    let text = customer.run(&["fingerprint"]).await.ok();
    let license = place.run(&["issue", "--product", "cad", "--perpetual", "--fingerprint", text.trim()]).ok();
    customer.put("new.lic", &license);
    let refused = customer.run(&["install", "new.lic"]).await;
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(
        refused.err.contains(&new) && refused.err.contains("not one of the vendor's keys"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("newest vendor file") && refused.err.contains("--keys"), "{}", refused.err);
    let (_, object) = customer.json(&["install", "new.lic"]).await;
    assert_eq!(object["error"]["code"], "unknown-key");
    assert_eq!(customer.license(), None);

    // The vendor's signed keys go the same way as the license.
    customer.put("vendor.keys", &place.run(&["keys", "export", "--signed"]).ok());
    let _ = customer.run(&["install", "new.lic", "--keys", "vendor.keys"]).await.ok();
    assert_eq!(customer.run(&["status"]).await.code, Some(0));
    assert_eq!(counts(&customer, &product(&customer)), Ok(()));
}

#[tokio::test]
async fn a_vendor_file_that_names_the_next_key_already_needs_to_learn_nothing() {
    let (shop, code) = sold().await;
    let shop = with_standby(shop).await;
    let customer = Customer::new(&shop, 1);
    assert!(vendor_file(&customer).keys().find(second().id()).is_some());
    let _ = customer.run(&["activate", &code]).await.ok();
    assert_eq!(signer(&customer), first().id());
    let shop = activated(shop).await;
    let _ = customer.run(&["renew"]).await.ok();
    assert_eq!(counts(&customer, &vendor_file(&customer)), Ok(()));
    let doctor = customer.run(&["doctor"]).await.ok();
    assert!(doctor.contains("they are those of the server"), "{doctor}");
    drop(shop);
}
