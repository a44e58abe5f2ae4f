//! How a license leaves, and what stops it.

use license_server::simulator::store::{Behaviour, Fault, FinalRefusal, UploadForm};
use license_tests::{Market, PATIENCE, SKU, machine};

/// A catalog whose licenses are longer than the store's 1024 characters.
fn long(delivery: &str) -> String {
    let features: Vec<_> = (0..60).map(|n| format!("\"feature-number-{n}\"")).collect();
    let features = features.join(", ");
    format!(
        "[[product]]\nsku = [\"{SKU}\"]\ncode = \"cad\"\nfeatures = [{features}]\ndelivery = \"{delivery}\"\n"
    )
}

#[tokio::test]
async fn a_license_goes_as_characters_if_it_fits_and_as_a_file_if_not() {
    let market = Market::open().await;
    let instance = market.buy("order", 1).await;
    assert_eq!(market.shop.apply_for(&instance, "short", 1).await, "000000");
    let uploads = market.store.wait_for_uploads("short", 1, PATIENCE).await;
    assert_eq!(uploads[0].form, UploadForm::Characters);
    assert_eq!(String::from_utf8_lossy(&uploads[0].license), market.stored("short"));

    for (delivery, catalog) in [("auto", long("auto")), ("file", long("file"))] {
        let market = Market::with(&catalog, |_| {}).await;
        let instance = market.buy("order", 1).await;
        assert_eq!(market.shop.apply_for(&instance, "long/…", 1).await, "000000");
        let uploads = market.store.wait_for_uploads("long/…", 1, PATIENCE).await;
        let upload = uploads.first().unwrap_or_else(|| panic!("{delivery}: {:?}", market.store.complaints()));
        assert!(
            matches!(&upload.form, UploadForm::File { name } if name.ends_with(".lic")),
            "{:?}",
            upload.form
        );
        assert!(upload.license.len() > 1024);
        let token = String::from_utf8(upload.license.clone()).expect("text");
        market.shop.verify(&token, "cad", &machine(1)).expect("it opens");
        assert_eq!(market.store.complaints(), []);
    }
}

#[tokio::test]
async fn a_license_that_must_go_as_characters_and_is_too_long_is_parked_with_the_reason() {
    let market = Market::with(&long("characters"), |_| {}).await;
    let instance = market.buy("order", 1).await;
    assert_eq!(market.shop.apply_for(&instance, "e", 1).await, "000000");
    let why = market.delivery_becomes("e", "parked").await;
    assert!(why.contains("1024"), "{why}");
    assert_eq!(market.store.counts().uploads, 0);
    let problems = market.shop.database().instances(market.shop.now(), None, true, 9).expect("readable");
    assert_eq!(problems.len(), 1, "the instance is among the problems");
    // Once the catalog allows a file, a retry delivers it.
    let market = market.reopen(&long("auto")).await;
    let out = market.operator(&["deliveries", "retry", "--parked"]).ok();
    assert!(out.contains("is due"), "{out}");
    assert_eq!(market.delivered("e").await, market.stored("e"));
}

/// R75, R77
#[tokio::test]
async fn what_the_store_refuses_for_good_is_parked_visible_and_can_be_retried_or_cancelled() {
    let market = Market::open().await;
    let instance = market.buy("order", 5).await;
    market.store.refuse_event("gone", FinalRefusal::ApplicationInvalid);
    market.store.refuse_event("used-up", FinalRefusal::NothingLeft);
    for (event, n, code) in [("gone", 1, "91381034"), ("used-up", 2, "91381035")] {
        assert_eq!(market.shop.apply_for(&instance, event, n).await, "000000");
        let why = market.delivery_becomes(event, "parked").await;
        assert!(why.contains(code), "{why}");
    }
    market.store.behave(Behaviour::good().always(Fault::Code("MKT.0101".into())).for_uploads());
    assert_eq!(market.shop.apply_for(&instance, "parameter", 3).await, "000000");
    let why = market.delivery_becomes("parameter", "parked").await;
    assert!(why.contains("MKT.0101"), "{why}");

    let listed = market.operator(&["deliveries", "list", "--parked", "--json"]).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(3), "{listed}");
    let shown = market.operator(&["deliveries", "list"]).ok();
    assert!(shown.contains("91381034") && shown.contains("parked"), "{shown}");
    market.store.behave(Behaviour::good());
    let _ = market.operator(&["deliveries", "retry", "parameter"]).ok();
    assert_eq!(market.delivered("parameter").await, market.stored("parameter"));
    let cancel = ["deliveries", "cancel", "gone", "--reason", "the buyer gave it back"];
    let _ = market.operator(&cancel).ok();
    let again = market.operator(&["deliveries", "retry", "gone"]).failed();
    assert!(again.contains("no delivery of event gone is open"), "{again}");
    let seats = market.shop.database().seats(market.shop.now(), &instance).expect("readable");
    assert_eq!(seats.iter().filter(|seat| seat.state == "taken").count(), 2, "its seat is free again");
}

#[tokio::test]
async fn a_store_that_is_asked_too_often_is_left_alone_for_as_long_as_it_says() {
    let market = Market::open().await;
    let instance = market.buy("order", 5).await;
    market
        .store
        .behave(Behaviour::good().next([Fault::RateLimited { retry_after: Some(600) }]).for_uploads());
    assert_eq!(market.shop.apply_for(&instance, "e1", 1).await, "000000");
    let why = market.delivery_becomes("e1", "due").await;
    let rows = market.shop.database().deliveries(market.shop.now(), false, true, 9).expect("readable");
    // It is due before the attempt as well: wait for what the attempt left.
    let rows = if why.is_empty() {
        license_tests::eventually("the attempt is settled", || {
            let rows =
                market.shop.database().deliveries(market.shop.now(), false, true, 9).expect("readable");
            rows[0].error.is_some().then_some(rows)
        })
        .await
    } else {
        rows
    };
    assert!(rows[0].at >= market.shop.now().as_secs() + 600, "{rows:?}");
    assert_eq!(market.shop.apply_for(&instance, "e2", 2).await, "000000");
    market.shop.hand.advance_ms(500_000);
    assert_eq!(market.shop.apply_for(&instance, "e3", 3).await, "000000");
    // The worker looks at least once a second; what it looks at is due by now.
    assert!(market.shop.database().has_due_deliveries(market.shop.now()).expect("readable"));
    let waited = market.store.wait_for_uploads("e2", 1, std::time::Duration::from_millis(1_500)).await;
    assert!(waited.is_empty(), "others wait as well");
    assert_eq!(market.store.counts().uploads, 1);
    market.shop.hand.advance_ms(200_000);
    for event in ["e1", "e2", "e3"] {
        market.as_time_passes("it arrives", || market.store.uploads(event).pop()).await;
        assert_eq!(market.delivered(event).await, market.stored(event));
    }
}

/// R64, R66, R74
#[tokio::test]
async fn a_frozen_instance_delivers_nothing_until_it_is_thawed_and_a_released_one_never() {
    let market = Market::open().await;
    let instance = market.buy("order", 5).await;
    market.store.down().await;
    assert_eq!(market.shop.apply_for(&instance, "e", 1).await, "000000");
    assert_eq!(market.shop.set_status(&instance, "FREEZE").await, "000000");
    market.store_comes_back().await;
    let other = market.buy("other", 1).await;
    market.shop.hand.advance_ms(3_600_000);
    assert_eq!(market.shop.apply_for(&other, "f", 2).await, "000000");
    market.as_time_passes("the other instance's license", || market.store.uploads("f").pop()).await;
    assert!(market.store.uploads("e").is_empty());
    assert_eq!(market.shop.set_status(&instance, "UNFREEZE").await, "000000");
    market.as_time_passes("the thawed license", || market.store.uploads("e").pop()).await;

    market.store.down().await;
    assert_eq!(market.shop.apply_for(&instance, "g", 3).await, "000000");
    assert_eq!(market.shop.tell("releaseInstance", &instance).await, "000000");
    market.store_comes_back().await;
    assert_eq!(market.shop.apply_for(&other, "h", 2).await, "000000");
    market.as_time_passes("a license after it", || market.store.uploads("h").pop()).await;
    assert!(market.store.uploads("g").is_empty(), "a released one delivers nothing");
    market.delivery_becomes("g", "cancelled").await;
}

/// R18
#[tokio::test]
async fn a_repeat_of_what_was_delivered_sends_nothing_and_of_what_was_not_sends_the_same_bytes() {
    let market = Market::open().await;
    let instance = market.buy("order", 5).await;
    assert_eq!(market.shop.apply_for(&instance, "e", 1).await, "000000");
    market.delivered("e").await;
    market.delivery_becomes("e", "delivered").await;
    assert_eq!(market.shop.apply_for(&instance, "e", 1).await, "000000");
    market.store.behave(Behaviour::good().next([Fault::DropAfter]).for_uploads());
    assert_eq!(market.shop.apply_for(&instance, "f", 2).await, "000000");
    let first = market.delivered("f").await;
    market.as_time_passes("it is sent again", || (market.store.uploads("f").len() >= 2).then_some(())).await;
    assert!(market.store.uploads("f").iter().all(|upload| upload.license == first.as_bytes()));
    assert_eq!(market.store.uploads("e").len(), 1);
}
