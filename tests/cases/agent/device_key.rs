//! The machine's key: made by the agent, used by all its calls, and what a copy of the license lacks.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;

use license_core::{PossessionChallenge, ProofError, UnverifiedLicense, VerifyError};
use license_tests::{Customer, DAY, Shop, device_key, is_foreign_agent, machine};

use super::sold;

const KEY: &str = "licenses/cad.key";

async fn activated(shop: &Shop, code: &str, n: u32) -> Customer {
    let customer = Customer::new(shop, n);
    assert_eq!(customer.run(&["activate", code]).await.code, Some(0));
    customer
}

/// The error that a command ends with.
async fn error(customer: &Customer, args: &[&str]) -> (i32, String) {
    let (exit, object) = customer.json(args).await;
    (exit, object["error"]["code"].as_str().unwrap_or_else(|| panic!("an error: {object}")).to_owned())
}

#[cfg(unix)]
fn mode(customer: &Customer) -> u32 {
    fs::metadata(customer.path(KEY)).expect("a key").permissions().mode() & 0o777
}

#[tokio::test]
async fn an_activation_makes_a_key_that_only_its_user_reads_and_the_license_names_it() {
    let (shop, _, code) = sold().await;
    let customer = activated(&shop, &code, 1).await;
    assert_eq!(customer.files(), ["cad.clock", "cad.key", "cad.keys", "cad.lic", "cad.lock"]);
    let pem = fs::read_to_string(customer.path(KEY)).expect("readable");
    let key = license_core::DeviceKey::from_pkcs8_pem(&pem).expect("a key");
    #[cfg(unix)]
    if !is_foreign_agent() {
        assert_eq!(mode(&customer), 0o600);
    }
    let license = shop.verify(&customer.license().expect("one"), "cad", &machine(1)).expect("valid");
    assert_eq!(license.device_key(), Some(key.thumbprint()));
    // It stays the machine's, whatever becomes of its license.
    assert_eq!(customer.run(&["deactivate"]).await.code, Some(0));
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    assert_eq!(fs::read_to_string(customer.path(KEY)).expect("readable"), pem);
}

#[tokio::test]
async fn a_copied_license_gets_nothing_on_another_machine_or_on_a_twin_and_the_owner_keeps_all() {
    let (shop, instance, code) = sold().await;
    let owner = activated(&shop, &code, 1).await;
    let token = owner.license().expect("a license");
    let seats = || shop.database().seats(shop.now(), &instance).expect("readable");
    let before = seats();
    // Another machine, and one that shows the very same hardware.
    for (thief, leaves) in [(Customer::new(&shop, 5), "device"), (Customer::new(&shop, 1), "proof-missing")] {
        thief.put("licenses/cad.lic", &token);
        assert_eq!(error(&thief, &["renew"]).await, (4, "proof-missing".into()));
        assert_eq!(error(&thief, &["deactivate"]).await.1, leaves);
        // A key of its own does not help.
        thief.put(KEY, &device_key(9).to_pkcs8_pem().expect("PEM"));
        assert_eq!(error(&thief, &["renew"]).await, (4, "other-key".into()));
    }
    assert_eq!(seats(), before);
    assert_eq!(owner.run(&["renew"]).await.code, Some(0));
    assert_eq!(owner.run(&["deactivate"]).await.code, Some(0));
}

#[tokio::test]
async fn a_license_from_before_there_were_keys_is_renewed_and_the_code_gives_it_one() {
    let (shop, instance, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    let shown = customer.run(&["fingerprint"]).await.ok();
    let old = shop.activate_with(&code, shown.trim(), None).await;
    customer.put("licenses/cad.lic", &old.license());
    assert_eq!(shop.refresh(&instance, "RENEWAL", "second", shop.now().plus(80 * DAY)).await, "000000");
    assert_eq!(customer.run(&["renew"]).await.code, Some(0));
    assert_ne!(customer.license(), Some(old.license()));
    assert!(!customer.path(KEY).exists(), "a renewal makes none");
    assert_eq!(error(&customer, &["deactivate"]).await, (4, "code-needed".into()));
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let left = customer.run(&["deactivate"]).await;
    assert_eq!(left.code, Some(0), "{}", left.err);
}

#[tokio::test]
async fn a_lost_key_is_told_of_and_replaced_with_the_code() {
    let (shop, instance, code) = sold().await;
    let customer = activated(&shop, &code, 1).await;
    fs::remove_file(customer.path(KEY)).expect("removed");
    let doctor = customer.run(&["doctor", "--offline"]).await.out;
    assert!(doctor.contains("lost: the license names a key that is not here"), "{doctor}");
    assert_eq!(error(&customer, &["renew"]).await, (4, "proof-missing".into()));
    assert_eq!(customer.run(&["status"]).await.code, Some(0), "it works until its end");
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    assert_eq!(customer.run(&["renew"]).await.code, Some(0));
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    assert_eq!((seats.len(), seats[0].rebased.len()), (1, 1));
    // Too many of them are one machine's no more, and it is told.
    for _ in 0..2 {
        fs::remove_file(customer.path(KEY)).expect("removed");
        let ran = customer.run(&["activate", &code]).await;
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        if ran.err.contains("keeps another device key") {
            assert_eq!(error(&customer, &["renew"]).await, (4, "other-key".into()));
            return;
        }
    }
    panic!("the third lost key in a year was replaced");
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_that_others_can_read_is_told_of_and_closed_to_them() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1).with_own_agent();
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let open =
        || fs::set_permissions(customer.path(KEY), fs::Permissions::from_mode(0o644)).expect("changed");
    for args in [&["renew"][..], &["activate", &code]] {
        open();
        let doctor = customer.run(&["doctor", "--offline"]).await.out;
        assert!(doctor.contains("other users can read it (mode 0644)"), "{doctor}");
        assert_eq!(mode(&customer), 0o644, "looking changes nothing");
        let ran = customer.run(args).await;
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(ran.err.contains("(mode 0644); now they cannot"), "{}", ran.err);
        assert_eq!(mode(&customer), 0o600);
    }
    assert_eq!(customer.run(&["renew"]).await.err, "");
}

#[tokio::test]
async fn a_broken_key_is_named_and_not_replaced_by_itself() {
    let (shop, _, code) = sold().await;
    let customer = activated(&shop, &code, 1).await;
    for text in
        ["", "x", "-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n", &"x".repeat(100_000)]
    {
        customer.put(KEY, text);
        for args in [&["renew"][..], &["deactivate"], &["activate", &code]] {
            assert_eq!(error(&customer, args).await, (1, "device-key-broken".into()), "{args:?}");
        }
        assert_eq!(fs::read_to_string(customer.path(KEY)).expect("there"), text);
    }
    assert_eq!(customer.run(&["status"]).await.code, Some(0));
}

#[tokio::test]
async fn a_clock_that_is_wrong_keeps_no_machine_from_renewing() {
    let (shop, instance, code) = sold().await;
    let customer = activated(&shop, &code, 1).await;
    for (n, off) in [(1, -40 * DAY), (2, -3_600), (3, 90), (4, 3_600), (5, 400 * DAY)] {
        customer.set_clock(shop.now().plus(off));
        let (order, end) = (format!("order-{n}"), shop.now().plus((60 + n) * DAY));
        assert_eq!(shop.refresh(&instance, "RENEWAL", &order, end).await, "000000");
        let before = customer.license();
        let ran = customer.run(&["renew"]).await;
        assert!(customer.license() != before, "{off}: {}{}", ran.out, ran.err);
    }
    customer.set_clock(shop.now().plus(3_600));
    assert_eq!(customer.run(&["deactivate"]).await.code, Some(0));
}

#[tokio::test]
async fn a_key_that_was_cut_short_in_the_making_is_made_again_and_takes_one_seat() {
    let (shop, instance, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    for point in [
        "key-file-to-be-written",
        "key-file-made",
        "key-file-half-written",
        "key-file-synced",
        "key-file-renamed",
    ] {
        customer.stop_at(point, &["activate", &code]).await.kill();
    }
    let ran = customer.run(&["activate", &code]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(
        customer.files(),
        ["cad.clock", "cad.key", "cad.keys", "cad.lic", "cad.lock"],
        "nothing is left behind"
    );
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    assert_eq!((seats.len(), seats[0].rebased.len()), (1, 0));
}

#[tokio::test]
async fn a_product_that_asks_for_possession_opens_on_the_machine_and_not_with_a_copy() {
    let (shop, _, code) = sold().await;
    let (owner, twin) = (activated(&shop, &code, 1).await, Customer::new(&shop, 1));
    let token = owner.license().expect("a license");
    let license: UnverifiedLicense = token.parse().expect("a license");
    let trust = shop.trust("cad").require_possession();
    let device = machine(1).device(&shop.realm());
    let [challenge, other] = [b"7", b"8"].map(|seed| data_encoding::BASE64URL_NOPAD.encode(&seed.repeat(32)));
    let check = |challenge: &str, proof: &str| {
        let challenge: PossessionChallenge = challenge.parse().expect("a challenge");
        license.verify_with_proof(&trust, &device, shop.now(), &challenge, proof).map(|_| ())
    };
    let proof = owner.run(&["prove", &challenge]).await.ok();
    assert_eq!(check(&challenge, &proof), Ok(()));
    assert_eq!(check(&other, &proof), Err(VerifyError::Possession(ProofError::Challenge)));
    assert!(matches!(license.verify(&trust, &device, shop.now()), Err(VerifyError::Possession(_))));
    let (exit, object) = owner.json(&["prove", &challenge]).await;
    assert_eq!((exit, object["proof"].as_str()), (0, Some(proof.trim())));

    twin.put("licenses/cad.lic", &token);
    assert_eq!(error(&twin, &["prove", &challenge]).await, (2, "no-device-key".into()));
    twin.put(KEY, &device_key(9).to_pkcs8_pem().expect("PEM"));
    assert_eq!(error(&twin, &["prove", &challenge]).await, (2, "other-device-key".into()));
    let own: PossessionChallenge = challenge.parse().expect("a challenge");
    let forged = own.prove(&token, &device_key(9));
    assert!(matches!(check(&challenge, &forged), Err(VerifyError::Possession(ProofError::OtherKey { .. }))));
    assert_eq!(error(&owner, &["prove", "short"]).await, (1, "challenge".into()));
}
