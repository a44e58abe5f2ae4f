//! Two servers want the same thing at the same moment.

use std::collections::BTreeMap;

use license_tests::{Shop, machine, purchase};
use tokio::task::JoinSet;

use super::two_servers;

const ONE_SEAT: &str = "[default]\ncode = \"cad\"\n";

/// How often each code was given.
async fn codes(calls: Vec<impl Future<Output = String> + Send + 'static>) -> BTreeMap<String, usize> {
    let mut under_way: JoinSet<String> = calls.into_iter().collect();
    let mut counted = BTreeMap::new();
    while let Some(code) = under_way.join_next().await {
        *counted.entry(code.expect("answered")).or_default() += 1;
    }
    counted
}

/// A call that is signed now and sent when it is polled.
fn call(shop: &Shop, body: &serde_json::Value) -> impl Future<Output = String> + Send + 'static + use<> {
    let (address, signed) = (shop.address(), shop.sign(body));
    async move {
        let request = license_tests::post_request(&signed.query, &signed.body);
        let reply = license_tests::exchange(address, &request);
        license_tests::Reply::read(reply.await.expect("the server answers").body).code().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn two_servers_that_race_for_the_last_seat_grant_it_once() {
    let (one, other) = two_servers(ONE_SEAT).await;
    for round in 0..10 {
        let instance = one.buy(&format!("order-{round}")).await;
        let calls = (0..16_u32).map(|n| {
            let shop = if n % 2 == 0 { &one } else { &other };
            let device = machine(n + 1).four_part();
            call(shop, &shop.application(&instance, &format!("e-{round}-{n}"), &device))
        });
        let counted = codes(calls.collect()).await;
        assert_eq!(counted, BTreeMap::from([("000000".into(), 1), ("000900".into(), 15)]), "round {round}");
        let seats = one.database().seats(one.now(), &instance).expect("readable");
        assert_eq!(seats.iter().filter(|seat| seat.state == "taken").count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn two_servers_that_are_told_of_one_order_line_make_one_instance() {
    let (one, other) = two_servers(ONE_SEAT).await;
    for round in 0..10 {
        let calls = (0..16).map(|n| {
            let shop = if n % 2 == 0 { &one } else { &other };
            call(shop, &purchase(&format!("order-{round}")))
        });
        assert_eq!(codes(calls.collect()).await, BTreeMap::from([("000000".into(), 16)]));
        assert_eq!(one.buy(&format!("order-{round}")).await, other.buy(&format!("order-{round}")).await);
        assert_eq!(one.count("instance"), round + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn one_event_under_two_instances_on_two_servers_belongs_to_one_of_them() {
    let (one, other) = two_servers("[default]\ncode = \"cad\"\nseats = 100\n").await;
    let (a, b) = (one.buy("a").await, one.buy("b").await);
    for round in 0..20 {
        let event = format!("e{round}");
        let device = |n| machine(n).four_part();
        let calls = vec![
            call(&one, &one.application(&a, &event, &device(2 * round + 1))),
            call(&other, &other.application(&b, &event, &device(2 * round + 2))),
        ];
        assert_eq!(codes(calls).await, BTreeMap::from([("000000".into(), 1), ("000002".into(), 1)]));
        assert_eq!(one.count(&format!("application WHERE event_id = '{event}'")), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn one_signed_call_on_two_servers_is_carried_out_once_and_answered_twice_alike() {
    let (one, other) = two_servers(ONE_SEAT).await;
    for round in 0..20 {
        let bought = one.sign(&purchase(&format!("order-{round}")));
        let (first, second) = tokio::join!(one.send(&bought), other.send(&bought));
        assert_eq!(first.instance(), second.instance());
        let applied =
            one.sign(&one.application(first.instance(), &format!("e{round}"), &machine(1).four_part()));
        let (first, second) = tokio::join!(one.send(&applied), other.send(&applied));
        assert_eq!((first.code(), second.code()), ("000000", "000000"));
        assert_eq!(one.count("replay"), 2 * (i64::from(round) + 1));
        assert_eq!(one.count("application"), i64::from(round) + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn two_servers_deliver_every_license_once() {
    let (one, other) = two_servers("[default]\ncode = \"cad\"\nseats = 200\n").await;
    let instance = one.buy("order").await;
    let calls = (0..100_u32).map(|n| {
        let shop = if n % 2 == 0 { &one } else { &other };
        call(shop, &shop.application(&instance, &format!("e{n}"), &machine(n + 1).four_part()))
    });
    assert_eq!(codes(calls.collect()).await, BTreeMap::from([("000000".into(), 100)]));
    for n in 0..100 {
        one.delivered(&format!("e{n}")).await;
    }
    license_tests::eventually("all are settled", || {
        (one.count("delivery WHERE status = 1") == 100).then_some(())
    })
    .await;
    assert_eq!(one.count("delivery WHERE attempts > 0"), 0);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_license_that_another_server_is_sending_is_left_to_it_until_its_lease_ends() {
    let (one, other) = two_servers(ONE_SEAT).await;
    let instance = one.buy("order").await;
    assert_eq!(one.set_status(&instance, "FREEZE").await, "000000");
    assert_eq!(one.set_status(&instance, "UNFREEZE").await, "000000");
    assert_eq!(one.apply_for(&instance, "e", 1).await, "000000");
    one.delivered("e").await;
    license_tests::eventually("it is settled", || {
        (one.count("delivery WHERE status = 1") == 1).then_some(())
    })
    .await;
    std::fs::remove_file(one.license_file("e")).expect("it was there");
    // As if a third server had taken it and died.
    let until = one.now().plus(30).as_secs();
    license_tests::change(&one.settings.database, &format!("UPDATE delivery SET status = 4, at = {until}"));
    other.close().await;
    let started = one.beside().await;
    assert_eq!(started.buy("another").await, one.buy("another").await);
    assert_eq!(one.count("delivery WHERE status = 4"), 1, "a server that starts ends nobody's lease");
    one.hand.advance_ms(30_000);
    one.delivered("e").await;
}
