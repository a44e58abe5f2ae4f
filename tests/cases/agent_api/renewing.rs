//! What a seat's machine gets as time goes on, and how it leaves.

use license_core::Kind;
use license_tests::{DAY, Machine, Shop, machine};

use super::{CATALOG, bought, text};

/// R84, R90, R93
#[tokio::test]
async fn a_renewed_purchase_is_a_newer_license_on_the_same_seat() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\n").await;
    let (instance, code) = bought(&shop).await;
    let first = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!(shop.refresh(&instance, "RENEWAL", "later", shop.now().plus(90 * DAY)).await, "000000");
    let second = shop.renew(&first.license(), &text(&shop, 1)).await;
    assert_ne!(second.license_id(), first.license_id());
    let license = shop.verify(&second.license(), "cad", &machine(1)).expect("valid");
    assert_eq!(license.expires_at(), Some(shop.now().plus(90 * DAY)));
    // The old license leads to the new one for as long as the seat is its machine's, ended or not.
    for days in [0, 70] {
        shop.days_pass(days);
        let again = shop.renew(&first.license(), &text(&shop, 1)).await;
        assert_eq!((again.status, again.license()), (200, second.license()));
    }
    assert_eq!(shop.database().seats(shop.now(), &instance).expect("readable").len(), 1);
}

/// R83, R84
#[tokio::test]
async fn what_the_product_limits_is_given_anew_when_half_of_it_is_over() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\nmax_license_days = 30\n").await;
    let (_, code) = bought(&shop).await;
    let first = shop.activate(&code, &text(&shop, 1)).await;
    let ends = |reply: &license_tests::AgentReply| {
        shop.verify(&reply.license(), "cad", &machine(1)).expect("valid").expires_at().expect("an end")
    };
    assert_eq!(ends(&first), shop.now().plus(30 * DAY));
    shop.days_pass(15);
    let half = shop.renew(&first.license(), &text(&shop, 1)).await;
    assert_eq!(half.license(), first.license());
    shop.hand.advance_ms(1_000);
    let newer = shop.renew(&first.license(), &text(&shop, 1)).await;
    assert_eq!(ends(&newer), shop.now().plus(30 * DAY));
    shop.days_pass(31);
    let last = shop.renew(&newer.license(), &text(&shop, 1)).await;
    assert_eq!(ends(&last), shop.now().plus(60 * DAY - 46 * DAY - 1), "the end of the purchase");
}

/// R47, R93
#[tokio::test]
async fn a_drifted_machine_keeps_its_seat_and_another_one_does_not_get_it() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\n").await;
    let (instance, code) = bought(&shop).await;
    let first = shop.activate(&code, &text(&shop, 1)).await;
    let drifted = Machine { mac: machine(7).mac, board: machine(7).board, ..machine(1) };
    let other = shop.renew(&first.license(), &text(&shop, 2)).await;
    assert_eq!(other.problem(), (403, "other-device"));
    let newer = shop.renew(&first.license(), &drifted.df1(&shop.realm())).await;
    assert_eq!(newer.status, 200);
    let license = shop.verify(&newer.license(), "cad", &drifted).expect("valid");
    assert_eq!(license.verdict().expect("bound").score_percent(), 100, "for what it is now");
    let again = shop.activate(&code, &drifted.df1(&shop.realm())).await;
    assert_eq!((again.status, again.license()), (200, newer.license()));
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    assert_eq!((seats.len(), seats[0].rebased.len()), (1, 1));
    assert!(seats[0].rebased[0].changed.contains(&Kind::Mac.to_string()), "{seats:?}");
}

/// R40
#[tokio::test]
async fn a_machine_that_was_away_takes_its_seat_again_if_it_is_still_free() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\nmax_license_days = 10\n").await;
    let (_, code) = bought(&shop).await;
    let first = shop.activate(&code, &text(&shop, 1)).await;
    shop.days_pass(20);
    let back = shop.renew(&first.license(), &text(&shop, 1)).await;
    assert_eq!((back.status, back.header("location")), (200, None), "a renewal is always 200");
    shop.days_pass(20);
    assert_eq!(shop.activate(&code, &text(&shop, 2)).await.status, 201);
    assert_eq!(shop.renew(&first.license(), &text(&shop, 1)).await.problem(), (409, "no-seat"));
}

/// R90, R92, R99
#[tokio::test]
async fn giving_back_is_repeatable_and_ends_with_the_seat() {
    let shop = Shop::selling(CATALOG).await;
    let (instance, code) = bought(&shop).await;
    let (first, other) =
        (shop.activate(&code, &text(&shop, 1)).await, shop.activate(&code, &text(&shop, 2)).await);
    let wrong = shop.deactivate(&first.license(), &other.license_id()).await;
    assert_eq!(
        (wrong.problem(), wrong.header("www-authenticate")),
        ((401, "untrusted-license"), Some("bearer"))
    );
    for _ in 0..3 {
        assert_eq!(shop.deactivate(&first.license(), &first.license_id()).await.status, 204);
    }
    assert_eq!(shop.renew(&first.license(), &text(&shop, 1)).await.problem(), (409, "seat-gone"));
    let back = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!(back.status, 201);
    assert_eq!(
        shop.deactivate(&first.license(), &first.license_id()).await.status,
        204,
        "the old seat, not the new"
    );
    assert_eq!(shop.activate(&code, &text(&shop, 1)).await.license(), back.license());
    let history = shop.database().history(&instance, 9).expect("readable");
    assert_eq!(history.iter().filter(|entry| entry.what == "deactivated").count(), 1, "{history:?}");
}

/// R100
#[tokio::test]
async fn seats_are_given_back_three_times_in_a_year_and_no_more() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\nmax_license_days = 90\n").await;
    let instance = shop.buy("order").await;
    let code = shop.code(&instance);
    let first_time = shop.now();
    for n in 1..=3 {
        let held = shop.activate(&code, &text(&shop, n)).await;
        assert_eq!(shop.deactivate(&held.license(), &held.license_id()).await.status, 204);
        shop.days_pass(1);
    }
    let held = shop.activate(&code, &text(&shop, 4)).await;
    let refused = shop.deactivate(&held.license(), &held.license_id()).await;
    assert_eq!(refused.problem(), (429, "too-many-deactivations"));
    let again_at = first_time.plus(365 * DAY);
    assert_eq!(
        (&refused.json["limit"], &refused.json["again_at"]),
        (&3.into(), &again_at.to_string().into())
    );
    let seconds = (again_at.as_secs() - shop.now().as_secs()).to_string();
    assert_eq!(refused.header("retry-after"), Some(seconds.as_str()));
    shop.days_pass(362);
    assert_eq!(
        shop.deactivate(&held.license(), &held.license_id()).await.status,
        204,
        "the first one counts no more"
    );

    let never =
        Shop::selling("[default]\ncode = \"cad\"\nmax_license_days = 90\ndeactivation_limit = 0\n").await;
    let code = never.code(&never.buy("order").await);
    let held = never.activate(&code, &text(&never, 1)).await;
    let refused = never.deactivate(&held.license(), &held.license_id()).await;
    assert_eq!((refused.problem(), refused.header("retry-after")), ((429, "too-many-deactivations"), None));
}

/// R90, R91
#[tokio::test]
async fn licenses_of_others_and_of_nobody_are_not_accepted() {
    let shop = Shop::selling(CATALOG).await;
    let other = Shop::builder()
        .catalog(CATALOG)
        .with(|settings| settings.issuer = Some("https://other.example".into()))
        .open()
        .await;
    let (_, code) = bought(&other).await;
    let foreign = other.activate(&code, &text(&shop, 1)).await;
    assert_eq!(foreign.problem(), (422, "no-fingerprint"), "another realm");
    let theirs = machine(1).df1(&license_core::Realm::new("https://other.example"));
    let foreign = other.activate(&code, &theirs).await;
    for (license, name) in [
        (foreign.license().as_str(), "untrusted-license"),
        ("eyJ.e30.AA", "untrusted-license"),
        ("", "untrusted-license"),
    ] {
        let reply = shop.renew(license, &text(&shop, 1)).await;
        assert_eq!((reply.problem(), reply.header("www-authenticate")), ((401, name), Some("bearer")));
    }
    // One of its own that the database has forgotten.
    let (_, code) = bought(&shop).await;
    let own = shop.activate(&code, &text(&shop, 1)).await.license();
    let twin = Shop::selling(CATALOG).await;
    assert_eq!(twin.renew(&own, &text(&shop, 1)).await.problem(), (404, "unknown-license"));
}
