//! Power cuts at every step, and agents that get into each other's way.

use license_tests::{Customer, DAY, Shop};

use super::{sold, sold_by};

/// Steps of a renewal in their order; from the rename on the new license is there.
const RENEWAL: [(&str, bool); 14] = [
    ("clock-file-to-be-written", false),
    ("clock-file-made", false),
    ("clock-file-half-written", false),
    ("clock-file-written", false),
    ("clock-file-synced", false),
    ("clock-file-renamed", false),
    ("renewed", false),
    ("lic-file-to-be-written", false),
    ("lic-file-made", false),
    ("lic-file-half-written", false),
    ("lic-file-written", false),
    ("lic-file-synced", false),
    ("lic-file-renamed", true),
    ("lic-folder-synced", true),
];

#[tokio::test]
async fn a_renewal_that_is_cut_short_anywhere_leaves_a_license_that_works() {
    // More new licenses than a machine gets in a day.
    let many = "[default]\ncode = \"cad\"\nfeatures = [\"mesh\"]\nseats = 2\nmax_license_days = 90\ndaily_license_limit = 100\n";
    let (shop, instance, code) = sold_by(Shop::selling(many).await).await;
    let customer = Customer::new(&shop, 1);
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    for (n, (point, is_new)) in (1_i64..).zip(RENEWAL) {
        let before = customer.license();
        let order = format!("order-{n}");
        assert_eq!(
            shop.refresh(&instance, "RENEWAL", &order, shop.now().plus((60 + n) * DAY)).await,
            "000000"
        );
        customer.stop_at(point, &["renew"]).await.kill();
        assert_eq!(customer.license() != before, is_new, "{point}");
        let status = customer.run(&["status"]).await;
        assert_eq!((status.code, status.err.as_str()), (Some(0), ""), "{point}: {}", status.out);
        let again = customer.run(&["renew"]).await;
        assert_eq!(again.code, Some(0), "{point}: {}", again.err);
        assert!(customer.license() != before, "{point}");
        assert_eq!(
            customer.files(),
            ["cad.clock", "cad.key", "cad.keys", "cad.lic", "cad.lock"],
            "{point}: nothing is left behind"
        );
    }
}

#[tokio::test]
async fn an_activation_that_is_cut_short_takes_one_seat_when_it_is_done_again() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    for point in ["activated", "lic-file-half-written", "lic-file-synced", "lic-file-renamed"] {
        let _ = std::fs::remove_file(customer.path("licenses/cad.lic"));
        customer.stop_at(point, &["activate", &code]).await.kill();
        let (exit, object) = customer.json(&["activate", &code]).await;
        assert_eq!((exit, &object["seats_left"]), (0, &1.into()), "{point}: {object}");
        assert_eq!(customer.run(&["status"]).await.code, Some(0), "{point}");
    }
}

#[tokio::test]
async fn a_deactivation_that_is_cut_short_is_finished_when_it_is_done_again() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    customer.stop_at("deactivated", &["deactivate"]).await.kill();
    assert!(customer.license().is_some());
    let again = customer.run(&["deactivate"]).await;
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert_eq!(customer.license(), None);
}

#[tokio::test]
async fn agents_at_once_take_one_seat_and_leave_one_license() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    let args = ["activate", &code];
    let (a, b, c, d) =
        tokio::join!(customer.run(&args), customer.run(&args), customer.run(&args), customer.run(&args));
    for ran in [a, b, c, d] {
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    assert_eq!(customer.json(&["renew"]).await.1["seats_left"], 1);
    assert_eq!(customer.files(), ["cad.clock", "cad.key", "cad.keys", "cad.lic", "cad.lock"]);
}

#[tokio::test]
async fn an_agent_waits_for_the_other_one_and_goes_on_when_that_dies() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let standing = customer.stop_at("renewed", &["renew"]).await;
    // Looking needs no lock.
    assert_eq!(customer.run(&["status"]).await.code, Some(0));
    let doctor = customer.run(&["doctor", "--offline"]).await;
    assert!(doctor.out.contains("another license-agent is at work there now"), "{}", doctor.out);
    let waits = customer.run(&["renew"]);
    let dies = async {
        tokio::task::yield_now().await;
        standing.kill();
    };
    let (renewed, ()) = tokio::join!(waits, dies);
    assert_eq!(renewed.code, Some(0), "{}", renewed.err);
}
