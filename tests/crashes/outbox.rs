//! Licenses that wait, and two servers to bring them away.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use license_server::clock::Clock;
use license_server::config::{Secret, StoreApi, values};
use license_server::simulator::store::SimulatedStore;
use license_tests::{Shop, Workplace, hundreds_of_deliveries};
use tokio::task::JoinSet;

use super::leases::{AK, SK, with_store};
use super::memory::resident;
use super::replicas::shared;
use super::sweep::Sweep;

const DEVICES: u32 = 100;

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn two_servers_empty_a_full_outbox_and_send_each_license_once() {
    let (database, instances) = (shared(), hundreds_of_deliveries());
    let licenses = (instances * DEVICES) as usize;
    let orders: Vec<_> = (0..instances).map(|n| (format!("order-{n}"), u64::from(DEVICES))).collect();
    let (store, place) = with_store(&orders).await;
    fill(&place, &database, &store, instances).await;

    let servers =
        [place.serve_as("one", &database, &[]).await, place.serve_as("other", &database, &[]).await];
    let memory = || servers.each_ref().map(|served| resident(served.id()));
    let mut early = None;
    let arrived = async {
        loop {
            let taken = store.counts().accepted;
            if taken >= licenses as u64 {
                return;
            }
            if taken > licenses as u64 / 2 && early.is_none() {
                early = Some(memory());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(license_tests::PATIENCE, arrived).await.expect("all arrive");
    let database = values::database(&database).expect("an address");
    license_tests::eventually("all are settled", || {
        let db = database.open_for_reading().expect("it opens");
        db.deliveries(Clock::system().now(), false, false, 1).expect("readable").is_empty().then_some(())
    })
    .await;

    let (early, late) = (early.expect("half arrived first"), memory());
    let stored = Sweep::of(&database).licenses;
    let mut arrived: HashMap<String, usize> = HashMap::new();
    for upload in store.all_uploads() {
        assert_eq!(upload.license, stored[&upload.event].as_bytes(), "no other bytes for {}", upload.event);
        *arrived.entry(upload.event).or_default() += 1;
    }
    assert_eq!(arrived.len(), licenses);
    assert_eq!(arrived.values().filter(|times| **times > 1).count(), 0, "each once");
    assert_eq!(store.complaints(), []);
    println!("{early:?} MiB at half, {late:?} MiB at the end");
    for (early, late) in early.iter().zip(late) {
        assert!(late < early + 16, "memory is flat: {early} MiB at half, {late} MiB at the end");
    }
    store.stop().await;
}

/// Makes the licenses on a server that delivers nothing.
async fn fill(place: &Workplace, database: &str, store: &SimulatedStore, instances: u32) {
    let api = StoreApi {
        url: store.url(),
        fallback_url: None,
        access_key: Secret::from(AK),
        secret_key: Secret::from(SK),
    };
    let (clock, hand) = Clock::settable(Clock::system().now_ms());
    let (address, keys) = (values::database(database).expect("an address"), place.path("keys"));
    let catalog = std::fs::read_to_string(place.path("catalog.toml")).expect("readable");
    let shop = Shop::builder().catalog(&catalog).clock(clock, hand).with(move |settings| {
        (settings.database, settings.keys, settings.store) = (address, keys, Some(api));
        settings.delivers = false;
    });
    let shop = Arc::new(shop.open().await);
    let mut callers = JoinSet::new();
    for caller in 0..20 {
        let shop = Arc::clone(&shop);
        callers.spawn(async move {
            for instance in (0..instances).filter(|n| n % 20 == caller) {
                let id = shop.buy(&format!("order-{instance}")).await;
                for n in (instance * DEVICES)..(instance + 1) * DEVICES {
                    assert_eq!(shop.apply_for(&id, &format!("e{n}"), n + 1).await, "000000");
                }
            }
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended.expect("granted");
    }
    Arc::into_inner(shop).expect("nobody else has it").close().await;
}
