//! A store that answers nonsense: a clear line, a retry, never a lost license.

use license_server::simulator::store::{Behaviour, Fault};
use license_tests::{Market, machine};

/// What a store can do wrong, and a word of the line that tells the operator.
fn nonsense() -> Vec<(Fault, &'static [&'static str])> {
    vec![
        (Fault::Garbage, &["no result code"]),
        (Fault::HalfJson, &["no result code"]),
        (Fault::Huge(10 * 1024 * 1024), &["longer than"]),
        (Fault::Redirect("https://elsewhere.example/".into()), &["redirect"]),
        (Fault::Status(502), &["502"]),
        (Fault::Code("MKT.0999".into()), &["MKT.0999"]),
        (Fault::Drop, &["connection", "closed"]),
        (Fault::DropAfter, &["connection", "closed"]),
    ]
}

fn says_why(error: &str, words: &[&str]) -> bool {
    words.iter().any(|word| error.contains(word))
}

/// R73, R75
#[tokio::test(flavor = "multi_thread")]
async fn nonsense_in_answer_to_an_upload_is_named_and_the_license_is_sent_again() {
    let market = Market::open().await;
    let instance = market.buy("order", 100).await;
    for (n, (fault, words)) in (1..).zip(nonsense()) {
        let event = format!("e{n}");
        market.store.behave(Behaviour::good().next([fault.clone()]).for_uploads());
        assert_eq!(market.shop.apply_for(&instance, &event, n).await, "000000");
        let error = license_tests::eventually(&format!("{fault:?} is settled"), || {
            let rows =
                market.shop.database().deliveries(market.shop.now(), false, true, 99).expect("readable");
            rows.into_iter().find(|row| row.event == event).and_then(|row| row.error)
        })
        .await;
        assert!(says_why(&error, words), "{fault:?}: {error}");
        assert!(error.len() < 300 && !error.contains('\n'), "one line: {error}");
        market
            .as_time_passes(&format!("{event} is delivered"), || {
                let rows =
                    market.shop.database().deliveries(market.shop.now(), false, true, 99).expect("readable");
                rows.into_iter().find(|row| row.event == event && row.state == "delivered")
            })
            .await;
        let uploads = market.store.uploads(&event);
        assert!(uploads.iter().all(|upload| upload.license == market.stored(&event).as_bytes()));
        market.shop.verify(&market.stored(&event), "cad", &machine(n)).expect("it opens");
    }
    assert_eq!(market.store.complaints(), []);
}

/// R12, R69
#[tokio::test(flavor = "multi_thread")]
async fn nonsense_in_answer_to_an_order_query_leaves_the_purchase_pending_until_it_can_be_read() {
    for (n, (fault, words)) in (1..).zip(nonsense()) {
        let market = Market::open().await;
        market.store.behave(Behaviour::good().always(fault.clone()).for_orders());
        let instance = market.buy("order", 1).await;
        assert_eq!(market.shop.apply_for(&instance, "e", n).await, "000004", "{fault:?}");
        let error = license_tests::eventually(&format!("{fault:?} is settled"), || {
            let orders = market.shop.database().orders(&instance).expect("readable");
            orders.into_iter().find_map(|order| order.error)
        })
        .await;
        assert!(says_why(&error, words), "{fault:?}: {error}");
        market.store.behave(Behaviour::good());
        market.as_time_passes("the license arrives", || market.store.uploads("e").pop()).await;
    }
}

/// R3, R75
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_never_answers_holds_up_no_other_delivery_and_no_call() {
    let market = Market::open().await;
    let instance = market.buy("order", 100).await;
    market.store.behave(Behaviour::good().next([Fault::Silence, Fault::Silence]).for_uploads());
    for n in 1..=10 {
        assert_eq!(market.shop.apply_for(&instance, &format!("e{n}"), n).await, "000000");
    }
    license_tests::eventually("all but the two that hang arrive", || {
        (market.store.all_uploads().len() >= 8).then_some(())
    })
    .await;
    // Their attempts end by themselves, and the licenses go out again.
    for n in 1..=10 {
        let event = format!("e{n}");
        market.as_time_passes(&format!("{event} arrives"), || market.store.uploads(&event).pop()).await;
    }
}
