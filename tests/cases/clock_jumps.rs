//! The server's clock is set, ahead and back: what it leaves behind, what it must not delete, and how it is confirmed.

use license_server::simulator::store::{Behaviour, Fault};
use license_tests::{
    DAY, Market, Shop, Workplace, change, database_of, eventually, exchange, folder_on_postgres, machine,
};
use serde_json::json;

use crate::agent_api::{bought, text};

const CATALOG: &str = "[default]\ncode = \"cad\"\nseats = 2\n";
const MARKET: &str = "[[product]]\nsku = [\"cad-sku\"]\ncode = \"cad\"\n";
/// So many calls are as many batches: of those of a clock that is believed one at least forgets old answers.
const BATCHES: usize = 20;

async fn readiness(shop: &Shop) -> (u16, String) {
    let reply = shop.get("/readyz").await;
    (reply.status, reply.text())
}

/// Closes a shop and opens it again on the same database, with the same clock.
async fn restart(shop: Shop) -> Shop {
    let (clock, hand) = (shop.clock.clone(), shop.hand.clone());
    Shop::builder().clock(clock, hand).in_folder(shop.close().await).catalog(CATALOG).open().await
}

/// When the next pass over old rows is due, once one is over that began after the clock was as it is.
async fn next_pass(shop: &Shop) {
    let soon = shop.now().as_secs() + 3600;
    let leased = "SELECT value, value FROM setting WHERE name = 'pruning'";
    eventually("a pass is over", || {
        let until: i64 = shop.texts(leased).first().and_then(|(value, _)| value.get(..12)?.parse().ok())?;
        (soon..soon + DAY).contains(&until).then_some(())
    })
    .await;
}

/// R19
#[tokio::test]
async fn a_license_that_was_signed_under_a_clock_that_was_ahead_is_not_given_again() {
    let shop = Shop::selling(CATALOG).await;
    let (instance, code) = bought(&shop).await;
    shop.hand.jump_ms(20 * DAY * 1000);
    let early = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!(early.status, 201, "{early:?}");
    assert_eq!(shop.apply_for(&instance, "event", 2).await, "000000");
    let delivered = shop.delivered("event").await;
    shop.hand.jump_ms(-20 * DAY * 1000);
    shop.hand.advance_ms(1_000);
    assert!(shop.verify(&early.license(), "cad", &machine(1)).is_err(), "it begins in 20 days");

    for call in ["activate", "renew"] {
        let again = match call {
            "activate" => shop.activate(&code, &text(&shop, 1)).await,
            _ => shop.renew(&early.license(), &text(&shop, 1)).await,
        };
        assert_eq!(again.status, 200, "{call}: {again:?}");
        assert_ne!(again.license(), early.license(), "{call}");
        shop.verify(&again.license(), "cad", &machine(1)).expect("it holds now");
    }
    // The store's way: the same event, the same machine.
    std::fs::remove_file(shop.license_file("event")).expect("it is there");
    assert_eq!(shop.apply_for(&instance, "event", 2).await, "000000");
    let again = shop.delivered("event").await;
    assert_ne!(again, delivered);
    shop.verify(&again, "cad", &machine(2)).expect("it holds now");
    assert_eq!(shop.apply_for(&instance, "event", 2).await, "000000");
    assert_eq!(shop.delivered("event").await, again, "and that one is given again");
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    assert_eq!(seats.len(), 2, "each machine has the seat that it had");
    assert_eq!(shop.activate(&code, &text(&shop, 3)).await.problem(), (409, "no-seat"));
}

/// R18, R19
#[tokio::test]
async fn a_beginning_that_was_asked_for_is_no_jump_and_its_license_is_given_again() {
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    let mut body = shop.application(&instance, "event", &machine(1).four_part());
    body["effectiveTime"] = json!(license_tests::store_time(shop.now().plus(9 * DAY)));
    assert_eq!(shop.call(body.clone()).await.code(), "000000");
    let first = shop.delivered("event").await;
    shop.hand.advance_ms(1_000);
    assert_eq!(shop.call(body).await.code(), "000000");
    assert_eq!(shop.delivered("event").await, first);
    assert_eq!(shop.count("application"), 1);
}

/// A delivery fails while the clock is ten months ahead.
async fn fail_many_months_ahead(market: &Market) {
    let instance = market.buy("order", 5).await;
    market.shop.hand.jump_ms(300 * DAY * 1000);
    market.store.behave(Behaviour::good().next([Fault::RateLimited { retry_after: None }]).for_uploads());
    assert_eq!(market.shop.apply_for(&instance, "event", 1).await, "000000");
    eventually("an attempt has failed", || {
        (market.shop.count("delivery WHERE attempts > 0") > 0).then_some(())
    })
    .await;
    market.shop.hand.jump_ms(-300 * DAY * 1000);
}

/// R69, R75
#[tokio::test(flavor = "multi_thread")]
async fn what_failed_while_the_clock_was_ahead_is_tried_again_soon() {
    let market = Market::open().await;
    let began = market.shop.now();
    fail_many_months_ahead(&market).await;
    market.as_time_passes("it arrives", || market.store.uploads("event").pop()).await;
    assert!(market.shop.now() < began.plus(3_600), "within the hour");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_while_the_clock_was_ahead_is_tried_again_soon_after_a_restart() {
    let market = Market::open().await;
    let began = market.shop.now();
    fail_many_months_ahead(&market).await;
    let market = market.reopen(MARKET).await;
    market.as_time_passes("it arrives", || market.store.uploads("event").pop()).await;
    assert!(market.shop.now() < began.plus(3_600), "within the hour");
}

#[tokio::test]
async fn a_clock_three_years_ahead_deletes_nothing_until_the_operator_confirms_it() {
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    shop.delivered("event").await;
    eventually("it is settled", || (shop.count("delivery WHERE status = 1") == 1).then_some(())).await;
    next_pass(&shop).await;
    assert_eq!(readiness(&shop).await, (200, "ready".into()));

    shop.hand.jump_ms(3 * 365 * DAY * 1000);
    assert_eq!(readiness(&shop).await, (200, "ready; clock".into()));
    let shop = restart(shop).await;
    assert_eq!(readiness(&shop).await, (200, "ready; clock".into()), "a restart does not make it right");
    assert_eq!(shop.buy("order").await, instance, "the store is answered");
    assert_eq!(shop.count("delivery"), 1);
    shop.settings.database.open().expect("opens").confirm_time(shop.now()).expect("confirmed");
    eventually("old rows go", || (shop.count("delivery") == 0).then_some(())).await;
    assert_eq!(readiness(&shop).await, (200, "ready".into()));

    // Back by three years: what was confirmed is newer.
    shop.hand.jump_ms(-3 * 365 * DAY * 1000);
    let shop = restart(shop).await;
    assert_eq!(readiness(&shop).await, (200, "ready; clock".into()));
    shop.settings.database.open().expect("opens").confirm_time(shop.now()).expect("confirmed");
    next_pass(&shop).await;
    assert_eq!(readiness(&shop).await, (200, "ready".into()));
}

/// R7
#[tokio::test]
async fn an_answer_that_was_forgotten_under_a_wrong_clock_does_not_let_its_call_be_played_again() {
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    let freeze = json!({"activity": "updateInstanceStatus", "instanceId": instance, "status": "FREEZE"});
    let recorded = shop.sign(&freeze);
    assert_eq!(shop.send(&recorded).await.code(), "000000");
    shop.hand.advance_ms(1_000);
    assert_eq!(shop.set_status(&instance, "UNFREEZE").await, "000000");
    for days in [20, 0] {
        // The second time it is the minute after, which forgets; then the clock is set back into it.
        shop.hand.jump_ms(days * DAY * 1000 + 70_000);
        for _ in 0..BATCHES {
            assert_eq!(shop.tell("releaseInstance", "nobody").await, "000003");
        }
        shop.hand.jump_ms(-days * DAY * 1000 - 70_000);
        shop.hand.advance_ms(1_000);
        let again = shop.send(&recorded).await;
        match days {
            // A clock that is not believed forgets nothing: it is the same call.
            20 => assert_eq!(again.code(), "000000"),
            _ => assert_eq!(
                (again.code(), again.message().contains("timestamp")),
                ("000001", true),
                "{again:?}"
            ),
        }
        assert_eq!(
            shop.apply_for(&instance, &format!("event-{days}"), 1).await,
            "000000",
            "it is not frozen"
        );
    }
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn of_two_servers_one_with_a_wrong_clock_deletes_nothing_and_the_other_goes_on() {
    let shop = Shop::builder().catalog(CATALOG).in_folder(folder_on_postgres()).open().await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply_for(&instance, "event", 1).await, "000000");
    shop.delivered("event").await;
    eventually("it is settled", || (shop.count("delivery WHERE status = 1") == 1).then_some(())).await;
    next_pass(&shop).await;
    let wrong = license_server::clock::Clock::settable(license_tests::NOW_MS + 3 * 365 * DAY * 1000);
    let first = shop.settings.clone();
    let other = Shop::builder().clock(wrong.0, wrong.1).with(move |settings| *settings = first).open().await;
    assert_eq!(readiness(&other).await, (200, "ready; clock".into()));
    assert_eq!(readiness(&shop).await, (200, "ready".into()));
    for _ in 0..BATCHES {
        assert_eq!(other.buy("order").await, instance);
        assert_eq!(shop.buy("order").await, instance, "what it answered is not forgotten by the other one");
    }
    let _ = other.close().await;
    assert_eq!(shop.count("delivery"), 1);
    let seen = shop.texts("SELECT value, value FROM setting WHERE name = 'clock'");
    assert!(seen[0].0.as_str() < "001800000000", "what the wrong one saw is not kept: {seen:?}");
}

#[tokio::test]
async fn a_jump_is_in_the_log_in_readyz_and_in_check_until_the_clock_is_confirmed() {
    for (seen, side) in [("001790000000", "ahead of"), ("004000000000", "behind")] {
        let place = Workplace::ready();
        drop(place.serve("info").await);
        let database = database_of(place.dir.path());
        change(&database, "DELETE FROM setting WHERE name = 'clock'");
        change(&database, &format!("INSERT INTO setting (name, value) VALUES ('clock', '{seen} ')"));
        let said = place.run(&["check"]).failed();
        assert!(said.contains("WRONG  clock") && said.contains(side), "{said}");
        assert!(place.run(&["clock", "show"]).failed().contains("clock confirm"));

        let served = place.serve("info").await;
        let ready = b"GET /readyz HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
        let reply = exchange(served.address, ready).await.expect("an answer");
        assert_eq!((reply.status, reply.text().as_str()), (200, "ready; clock"));
        eventually("it is in the log", || {
            let lines = served.log_lines();
            let says =
                |line: &serde_json::Value| line["message"].as_str().is_some_and(|text| text.contains(side));
            lines.iter().any(|line| line["level"] == "ERROR" && says(line)).then_some(())
        })
        .await;
        assert!(place.run(&["clock", "confirm"]).ok().starts_with("confirmed"));
        eventually("it is believed", || {
            served.log().contains("agrees with the running time again").then_some(())
        })
        .await;
        let reply = exchange(served.address, ready).await.expect("an answer");
        assert_eq!(reply.text(), "ready");
        let _ = place.run(&["check"]).ok();
        for command in ["confirm", "show"] {
            let shown = place.run(&["clock", command, "--json"]).ok();
            let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
            for time in ["now", "newest"] {
                let text = shown[time].as_str().unwrap_or_default();
                assert!(text.ends_with('Z') && text.contains('T'), "{time} of {command}: {shown}");
            }
        }
    }
}
