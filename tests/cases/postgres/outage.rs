//! PostgreSQL goes away and comes back.

use license_tests::postgres::Cluster;
use license_tests::{PATIENCE, Shop, eventually, purchase};

/// A shop on a cluster of its own, which may be stopped.
async fn shop(cluster: &Cluster) -> Shop {
    let address = cluster.address();
    Shop::builder()
        .catalog("[default]\ncode = \"cad\"\nseats = 1000\n")
        .with(move |settings| settings.database = address)
        .open()
        .await
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn while_it_is_away_calls_are_refused_in_time_and_afterwards_all_goes_on_by_itself() {
    let cluster = Cluster::start();
    let shop = shop(&cluster).await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.get("/readyz").await.status, 200);
    cluster.stop();
    for n in 0..3 {
        let answered = tokio::time::timeout(PATIENCE, shop.call(purchase(&format!("away-{n}")))).await;
        assert_eq!(answered.expect("in time").code(), "000005");
    }
    assert_eq!(shop.get("/readyz").await.status, 503);
    assert_eq!(shop.get("/healthz").await.status, 200);
    cluster.go_on();
    assert_eq!(shop.apply_for(&instance, "e", 1).await, "000000");
    assert_eq!(shop.get("/readyz").await.status, 200);
    shop.delivered("e").await;
    assert_eq!(shop.database().instances(shop.now(), None, false, 9).expect("readable").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn nothing_that_was_acknowledged_is_lost_when_it_is_killed_and_started_again_under_load() {
    let cluster = Cluster::start();
    let shop = std::sync::Arc::new(shop(&cluster).await);
    let instance = shop.buy("order").await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..8_u32 {
        let (shop, instance, stopped) = (std::sync::Arc::clone(&shop), instance.clone(), stopped.clone());
        callers.spawn(async move {
            let mut granted = Vec::new();
            let mut n = 0;
            while !*stopped.borrow() && n < 100 {
                let event = format!("e-{caller}-{n}");
                match shop.apply_for(&instance, &event, caller * 100 + n + 1).await.as_str() {
                    "000000" => granted.push(event),
                    "000005" => {}
                    other => panic!("{event}: {other}"),
                }
                n += 1;
            }
            granted
        });
    }
    for _ in 0..3 {
        let before = shop.count("application");
        eventually("some are granted", || (shop.count("application") > before + 20).then_some(())).await;
        tokio::task::block_in_place(|| cluster.restart_immediately());
    }
    let before = shop.count("application");
    eventually("it goes on by itself", || (shop.count("application") > before).then_some(())).await;
    stop.send(true).expect("they listen");
    let mut granted = Vec::new();
    while let Some(ended) = callers.join_next().await {
        granted.extend(ended.expect("no other answer"));
    }
    assert!(granted.len() > 60, "{}", granted.len());
    for event in &granted {
        let of_event = format!("application WHERE status = 1 AND event_id = '{event}'");
        assert_eq!(shop.count(&of_event), 1, "{event}");
    }
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    let applications = shop.count("application");
    assert_eq!(i64::try_from(seats.len()).expect("few"), applications, "a machine has one seat");
    assert_eq!(shop.apply_for(&instance, "last", 5_000).await, "000000");
}
