//! What an order says decides what is granted.

use license_server::simulator::store::{Behaviour, Fault, OrderKind};
use license_tests::{DAY, Market, eventually, machine, purchase, store_time};
use serde_json::json;

/// R12, R39
#[tokio::test]
async fn the_order_says_how_many_seats_until_when_and_which_product() {
    let market = Market::open().await;
    let instance = market.buy("order", 2).await;
    let row = market.becomes(&instance, "active").await;
    assert_eq!(
        (&row["quantity"], &row["ends_at"]),
        (&json!(2), &json!(market.shop.now().plus(365 * DAY).to_string()))
    );
    for n in 1..=2 {
        assert_eq!(market.shop.apply_for(&instance, &format!("e{n}"), n).await, "000000");
    }
    assert_eq!(market.shop.apply_for(&instance, "e3", 3).await, "000900");
    let mut call = market.shop.application(&instance, "late", &machine(1).four_part());
    call["expireTime"] = json!(store_time(market.shop.now().plus(367 * DAY)));
    assert_eq!(market.shop.call(call.clone()).await.code(), "000901", "beyond the order's end and the slack");
    call["expireTime"] = json!(store_time(market.shop.now().plus(365 * DAY + 3600)));
    assert_eq!(market.shop.call(call).await.code(), "000000");
    let license = market.shop.verify(&market.delivered("late").await, "cad", &machine(1)).expect("it opens");
    assert_eq!(license.expires_at(), Some(market.shop.now().plus(365 * DAY)), "cut to the order's end");
    assert!(!license.is_trial());
}

/// R30, R38
#[tokio::test]
async fn a_trial_is_one_and_what_was_bought_once_needs_no_end() {
    let market = Market::open().await;
    let mut trial = market.order("trial", 1);
    trial.kind = OrderKind::Trial;
    market.store.sell(trial);
    let instance = market.shop.buy("trial").await;
    assert_eq!(market.shop.apply_for(&instance, "t", 1).await, "000000");
    let license = market.shop.verify(&market.delivered("t").await, "cad", &machine(1)).expect("it opens");
    assert!(license.is_trial());

    let mut once = market.order("once", 1);
    once.lines[0].charging = license_server::simulator::store::Charging::OneTime;
    (once.lines[0].expires_at, once.lines[0].period) = (None, None);
    market.store.sell(once);
    let instance = market.shop.buy("once").await;
    let mut call = market.shop.application(&instance, "o", &machine(2).four_part());
    call.as_object_mut().expect("an object").remove("expireTime");
    assert_eq!(market.shop.call(call).await.code(), "000000");
    let license = market.shop.verify(&market.delivered("o").await, "cad", &machine(2)).expect("it opens");
    assert_eq!(license.expires_at(), None);
}

/// R11
#[tokio::test]
async fn an_order_that_no_entry_fits_is_refused_and_nothing_is_stored_until_the_catalog_is_mended() {
    let market = Market::open().await;
    let mut order = market.order("order", 1);
    order.lines[0].sku = "new-sku".into();
    market.store.sell(order);
    let reply = market.shop.call(purchase("order")).await;
    assert_eq!(reply.code(), "000100", "{reply:?}");
    assert!(reply.message().starts_with("orderId: "), "{}", reply.message());
    assert_eq!(market.shop.stored(), []);
    let market = market.reopen("[[product]]\nsku = [\"new-sku\"]\ncode = \"new\"\n").await;
    let instance = market.shop.buy("order").await;
    assert_eq!(market.shop.apply_for(&instance, "e", 1).await, "000000");
    market.shop.verify(&market.delivered("e").await, "new", &machine(1)).expect("it opens");
}

/// R12, R70
#[tokio::test]
async fn a_purchase_is_answered_at_once_while_the_store_is_slow_and_its_applications_are_judged_later() {
    let market = Market::open().await;
    market.store.behave(Behaviour::good().always(Fault::Silence).for_orders());
    let instance = market.buy("order", 1).await;
    let again = market.buy("order", 1).await;
    assert_eq!(instance, again, "one instance for its order line, whatever is known of it");
    market.becomes(&instance, "pending").await;
    for n in 1..=2 {
        assert_eq!(market.shop.apply_for(&instance, &format!("e{n}"), n).await, "000004");
    }
    assert_eq!(market.shop.apply_for(&instance, "e1", 1).await, "000004", "a repeat waits too");
    market.store.behave(Behaviour::good());
    market
        .as_time_passes("the order is read", || {
            let row = market.shop.database().instances(market.shop.now(), Some(&instance), false, 1);
            (row.expect("readable")[0].state == "active").then_some(())
        })
        .await;
    market.shop.verify(&market.delivered("e1").await, "cad", &machine(1)).expect("the first has the seat");
    assert_eq!(market.shop.apply_for(&instance, "e1", 1).await, "000000");
    assert_eq!(market.shop.apply_for(&instance, "e2", 2).await, "000900", "parked with its code");
    assert!(market.store.uploads("e2").is_empty());
}

/// R69, R72
#[tokio::test]
async fn an_order_that_contradicts_the_call_is_parked_and_shown_and_asking_again_mends_it() {
    let market = Market::open().await;
    let mut other_line = market.order("other-line", 1);
    other_line.lines[0].id = "other-line-000002".into();
    let mut gone = market.order("gone", 1);
    gone.kind = OrderKind::Unsubscribe;
    market.store.sell(other_line);
    market.store.sell(gone);
    for (name, says) in [("other-line", "line"), ("gone", "unsubscri"), ("unknown", "not know")] {
        let instance = market.shop.buy(name).await;
        let database = || market.shop.database();
        let problem = market
            .as_time_passes(&format!("{name} is parked"), || {
                let rows =
                    database().instances(market.shop.now(), Some(&instance), true, 1).expect("readable");
                rows.into_iter().find(|row| row.state == "problem").and_then(|row| row.problem)
            })
            .await;
        assert!(problem.contains(says), "{name}: {problem}");
        assert_eq!(market.shop.apply_for(&instance, name, 1).await, "000004");
        assert!(database().instances_with_parked_orders().expect("readable").contains(&instance));
        market.store.sell(market.order(name, 1));
        requery(&market, &instance);
        market.becomes(&instance, "active").await;
        market.delivered(name).await;
    }
}

/// What `instances requery` does, from another process.
fn requery(market: &Market, instance: &str) {
    let out = market.operator(&["instances", "requery", instance]);
    assert!(out.ok().contains("read again"));
}

/// R60, R61
#[tokio::test]
async fn an_upgrade_and_a_renewal_bring_what_their_orders_say() {
    let market = Market::open().await;
    let instance = market.buy("order", 1).await;
    assert_eq!(market.shop.apply_for(&instance, "e1", 1).await, "000000");
    assert_eq!(market.shop.apply_for(&instance, "e2", 2).await, "000900");
    market.shop.hand.advance_ms(60_000);
    let mut upgrade = market.order("upgrade", 3);
    upgrade.kind = OrderKind::Change;
    market.store.sell(upgrade);
    assert_eq!(market.upgrade(&instance, "upgrade").await, "000000");
    assert_eq!(market.upgrade(&instance, "upgrade").await, "000000", "once per order");
    let accepted = market.shop.apply_for(&instance, "f2", 2).await;
    assert!(["000000", "000004"].contains(&accepted.as_str()), "{accepted}");
    market.delivered("f2").await;
    market.shop.hand.advance_ms(60_000);
    let mut renewal = market.order("renewal", 2);
    renewal.kind = OrderKind::Renew;
    renewal.lines[0].sku = "cam-sku".into();
    market.store.sell(renewal);
    let end = market.shop.now().plus(700 * DAY);
    assert_eq!(market.shop.refresh(&instance, "RENEWAL_CHANGE", "renewal", end).await, "000000");
    eventually("the renewal's order is read", || {
        let row = market.shop.database().instances(market.shop.now(), Some(&instance), false, 1);
        (row.expect("readable")[0].quantity == Some(2)).then_some(())
    })
    .await;
    assert_eq!(market.shop.apply_for(&instance, "g1", 1).await, "000000");
    let token = market.delivered("g1").await;
    market.shop.verify(&token, "cam", &machine(1)).expect("the renewal's product");
    let orders = market.shop.database().orders(&instance).expect("readable");
    assert!(orders.iter().all(|order| order.state == "read") && orders.len() == 3, "{orders:?}");
}

/// R41
#[tokio::test]
async fn a_trial_that_is_paid_while_the_store_is_away_is_served_when_it_is_back() {
    let market = Market::open().await;
    let mut trial = market.order("trial", 1);
    trial.kind = OrderKind::Trial;
    market.store.sell(trial);
    let instance = market.shop.buy("trial").await;
    assert_eq!(market.shop.apply_for(&instance, "t", 1).await, "000000");
    market.delivered("t").await;
    market.store.down().await;
    market.shop.hand.advance_ms(60_000);
    let end = market.shop.now().plus(365 * DAY);
    assert_eq!(market.shop.refresh(&instance, "TRIAL_TO_FORMAL", "paid", end).await, "000000");
    for n in 1..=3 {
        let code = market.shop.apply_for(&instance, &format!("p{n}"), n).await;
        assert!(["000000", "000004"].contains(&code.as_str()), "{n}: {code}");
    }
    let mut paid = market.order("paid", 3);
    paid.kind = OrderKind::TrialToFormal;
    market.store.sell(paid);
    market.store_comes_back().await;
    for n in 1..=3 {
        let event = format!("p{n}");
        market.as_time_passes("the license arrives", || market.store.uploads(&event).pop()).await;
        let license =
            market.shop.verify(&market.delivered(&event).await, "cad", &machine(n)).expect("it opens");
        assert!(!license.is_trial());
    }
}

/// R23, R71: an application waits and a machine is asked to come again, until the entry is back.
#[tokio::test]
async fn what_waits_while_an_entry_is_out_of_the_catalog_is_served_when_it_is_back() {
    let market = Market::open().await;
    let instance = market.buy("order", 2).await;
    let code = market.shop.code(&instance);
    let market = market.reopen("[[product]]\nsku = [\"other-sku\"]\ncode = \"other\"\n").await;
    assert_eq!(market.shop.apply_for(&instance, "e", 1).await, "000004");
    let text = machine(2).df1(&market.shop.realm());
    assert_eq!(market.shop.activate(&code, &text).await.problem(), (409, "pending"));
    let row = market.becomes(&instance, "problem").await;
    assert!(row["problem"].as_str().is_some_and(|why| why.contains("no entry")), "{row}");
    let market = market.reopen("[[product]]\nsku = [\"cad-sku\"]\ncode = \"cad\"\n").await;
    market.shop.verify(&market.delivered("e").await, "cad", &machine(1)).expect("it opens");
    assert_eq!(market.shop.activate(&code, &text).await.status, 201);
}
