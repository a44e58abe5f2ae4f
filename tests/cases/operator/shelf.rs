//! `instances`, `seats`, and orders that are delivered by hand, beside a running server.

use license_core::{Realm, UnixTime};
use license_server::clock::Clock;
use license_tests::{DAY, Served, Workplace, machine, store_time, utc14};
use serde_json::json;

use super::REALM;

async fn buy(served: &Served, order: &str) -> String {
    let body = json!({"activity": "newInstance", "orderId": order, "orderLineId": format!("{order}-1"),
                      "businessId": format!("instance-of-{order}")});
    served.call(body).await.instance().to_owned()
}

async fn apply(served: &Served, instance: &str, event: &str, n: u32) -> String {
    let now: UnixTime = Clock::system().now();
    let body = json!({
        "activity": "getLicenseAsync", "instanceId": instance, "eventId": event,
        "effectiveTime": store_time(now), "expireTime": store_time(now.plus(30 * DAY)),
        "deviceFingerprint": machine(n).four_part(),
    });
    served.call(body).await.code().to_owned()
}

/// R64
#[tokio::test]
async fn a_frozen_instance_is_listed_shown_and_lifted_while_the_server_runs() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let (frozen, other) = (buy(&served, "first").await, buy(&served, "second").await);
    assert_eq!(apply(&served, &frozen, "e1", 1).await, "000000");
    let freeze = json!({"activity": "updateInstanceStatus", "instanceId": frozen, "status": "FREEZE"});
    assert_eq!(served.call(freeze).await.code(), "000000");
    assert_eq!(apply(&served, &frozen, "e2", 1).await, "000901");

    let listed = place.run(&["instances", "list", "--json"]).json();
    let rows = listed["instances"].as_array().expect("a list");
    let states: Vec<_> = rows.iter().map(|row| (row["id"].as_str(), row["state"].as_str())).collect();
    assert_eq!(states, [(Some(other.as_str()), Some("active")), (Some(frozen.as_str()), Some("frozen"))]);
    let table = place.run(&["instances", "list"]).ok();
    assert!(table.lines().any(|line| line.starts_with(&frozen) && line.contains("frozen")), "{table}");
    assert_eq!(
        place.run(&["instances", "list", "--limit", "1", "--json"]).json()["instances"][0]["id"],
        other
    );

    let shown = place.run(&["instances", "show", &frozen]).ok();
    for part in ["first/first-1", "frozen", "1 taken", "event e1"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let said = place.run(&["instances", "unfreeze", &frozen]).ok();
    assert!(said.contains(&frozen), "{said}");
    assert_eq!(apply(&served, &frozen, "e2", 1).await, "000000", "the running server sees it");
    let shown = place.run(&["instances", "show", &frozen, "--json"]).json();
    assert_eq!((&shown["state"], &shown["history"][0]["what"]), (&json!("active"), &json!("unfrozen")));
    assert_eq!(shown["licenses"].as_array().map(Vec::len), Some(2));
    assert_eq!(served.stop().await.code(), Some(0));
}

/// R67
#[tokio::test]
async fn licenses_that_outlive_a_shortened_or_released_instance_are_named() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let (shortened, released) = (buy(&served, "first").await, buy(&served, "second").await);
    let shown = |instance: &str| place.run(&["instances", "show", instance]).ok();
    for (instance, event) in [(&shortened, "e1"), (&released, "e2")] {
        assert_eq!(apply(&served, instance, event, 1).await, "000000");
        assert!(!shown(instance).contains("outlive"), "{}", shown(instance));
    }
    let cut = json!({
        "activity": "refreshInstance", "scene": "UNSUBSCRIBE_RENEWAL_PERIOD", "orderId": "x", "orderLineId": "x-1",
        "instanceId": shortened, "expireTime": utc14(Clock::system().now().plus(DAY)),
    });
    assert_eq!(served.call(cut).await.code(), "000000");
    let release = json!({"activity": "releaseInstance", "instanceId": released});
    assert_eq!(served.call(release).await.code(), "000000");
    for instance in [&shortened, &released] {
        let shown = shown(instance);
        assert!(
            shown.contains("outlives the instance") && shown.contains("work offline until they end"),
            "{shown}"
        );
    }
}

/// R67, R103
#[tokio::test]
async fn a_lost_machines_seat_is_listed_and_freed() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let instance = buy(&served, "order").await;
    assert_eq!(apply(&served, &instance, "e1", 1).await, "000000");
    assert_eq!(apply(&served, &instance, "e2", 2).await, "000900");

    let seats = place.run(&["seats", "list", &instance, "--json"]).json();
    assert_eq!((&seats[0]["no"], &seats[0]["state"]), (&json!(1), &json!("taken")));
    assert_eq!(seats[0]["recognised_by"], json!(["mac", "disk", "board", "cpu"]));
    let table = place.run(&["seats", "list", &instance]).ok();
    assert!(table.contains("taken") && table.contains("mac disk board cpu"), "{table}");
    for raw in machine(1).raw_values() {
        assert!(!table.contains(&raw), "{table}");
    }

    assert_eq!(place.run(&["seats", "free", &instance, "1"]).code, Some(2), "no reason");
    assert!(place.run(&["seats", "free", &instance, "1", "--reason", " "]).failed().contains("reason"));
    assert!(place.run(&["seats", "free", &instance, "2", "--reason", "lost"]).failed().contains("no seat 2"));
    assert!(
        place
            .run(&["seats", "free", "nobody", "1", "--reason", "lost"])
            .failed()
            .contains("no such instance")
    );
    assert_eq!(apply(&served, &instance, "e3", 2).await, "000900", "nothing was freed so far");
    let said = place.run(&["seats", "free", &instance, "1", "--reason", "stolen at a fair"]).ok();
    assert!(said.contains("works offline until it ends"), "{said}");
    assert_eq!(apply(&served, &instance, "e4", 2).await, "000000");
    let shown = place.run(&["instances", "show", &instance]).ok();
    assert!(shown.contains("stolen at a fair"), "{shown}");
    assert_eq!(served.stop().await.code(), Some(0));
}

/// R63
#[tokio::test]
async fn a_notified_order_is_listed_until_it_was_issued_for() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let notify = |order: &str| json!({"activity": "orderNotify", "orderId": order, "orderLineId": "L-1"});
    for order in ["CS-7", "CS-8", "CS-7"] {
        assert_eq!(served.call(notify(order)).await.code(), "000000");
    }
    assert_eq!(served.stop().await.code(), Some(0));

    let listed = |place: &Workplace| place.run(&["instances", "list"]).ok();
    let said = listed(&place);
    assert_eq!(said.matches("order CS-7/L-1 (notified").count(), 1, "{said}");
    assert!(said.contains("issue --order CS-8/L-1"), "it says how: {said}");
    let df1 = machine(1).df1(&Realm::new(REALM));
    let issue = |order: &str| {
        let args =
            ["issue", "--product", "cad", "--fingerprint", &df1, "--end", "2099-01-02", "--order", order];
        place.run(&args)
    };
    let _ = issue("CS-7/L-1").ok();
    let said = listed(&place);
    assert!(
        !said.contains("order CS-7/L-1 (notified") && said.contains("order CS-8/L-1 (notified"),
        "{said}"
    );
    let orders = place.run(&["instances", "list", "--json"]).json();
    assert_eq!(orders["orders_by_hand"].as_array().map(Vec::len), Some(1));
    assert_eq!(orders["instances"][0]["order"], "CS-7/L-1");
}

#[test]
fn what_is_not_there_is_said() {
    let place = Workplace::ready();
    for args in [&["instances", "list"][..], &["instances", "show", "x"], &["seats", "list", "x"]] {
        let said = place.run(args).failed();
        assert!(said.contains("there is no database license.db"), "{said}");
    }
    assert!(!place.path("license.db").exists(), "looking makes nothing");
    super::issue(&place, &machine(1));
    for args in [&["instances", "show", "x"][..], &["seats", "list", "x"]] {
        let said = place.run(args).failed();
        assert!(said.contains("there is no instance x; see `license-server instances list`"), "{said}");
    }
    assert!(place.run(&["instances", "unfreeze", "x"]).failed().contains("no such instance"));
}
