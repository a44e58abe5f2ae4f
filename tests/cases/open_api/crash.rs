//! The server is killed between any two steps: afterwards it is as if nothing had happened.

use license_server::clock::Clock;
use license_server::config::Secret;
use license_server::simulator::store::{Behaviour, BuyerInfo, Fault, Order, SimulatedStore, StoreOptions};
use license_tests::{PATIENCE, Served, Workplace, files_that_hold, machine, purchase, store_time};
use serde_json::{Value, json};

const AK: &str = "AKCRASH01";
const SK: &str = "SKcrash01-secret";
const DAY: i64 = 86_400;

/// Every place between two steps of the way from a purchase to a delivered license.
const POINTS: [&str; 8] = [
    "order-read",
    "call-decided",
    "inquiry-taken",
    "inquiry-answered",
    "inquiry-settled",
    "delivery-taken",
    "delivery-attempted",
    "delivery-settled",
];

async fn store() -> SimulatedStore {
    let store = SimulatedStore::listen(StoreOptions::local(Secret::from(AK), Secret::from(SK)))
        .await
        .expect("the store listens");
    let mut order = Order::yearly("order", "OFFI0001", "cad-sku", Clock::system().now());
    order.lines[0].quantity = 1;
    store.sell(order);
    store
}

fn workplace(store: &SimulatedStore) -> Workplace {
    let place = Workplace::ready();
    place.write("sk", SK);
    place.configure(&format!("store_url = \"{}\"\nstore_ak = \"{AK}\"\nstore_sk_file = \"sk\"", store.url()));
    place
}

fn application(instance: &str) -> Value {
    let now = Clock::system().now();
    json!({
        "activity": "getLicenseAsync", "instanceId": instance, "eventId": "event",
        "effectiveTime": store_time(now), "expireTime": store_time(now.plus(30 * DAY)),
        "deviceFingerprint": machine(1).four_part(),
    })
}

/// Whatever the store tells of who bought.
fn of_the_buyer() -> Vec<String> {
    let buyer = BuyerInfo::example();
    let told =
        [buyer.customer_id, buyer.customer_name, buyer.customer_real_name, buyer.mobile_phone, buyer.email];
    told.into_iter().chain([buyer.user_id, buyer.user_name]).flatten().filter(|text| text.len() > 5).collect()
}

/// What the store does: it calls until it is answered, whatever happens to the server meanwhile.
async fn buy_and_apply(served: &Served) -> Option<(String, Vec<String>)> {
    let bought = served.try_call(purchase("order")).await?;
    assert_eq!(bought.code(), "000000", "{bought:?}");
    let instance = bought.instance().to_owned();
    let applied = served.try_call(application(&instance)).await?;
    assert!(["000000", "000004"].contains(&applied.code()), "{applied:?}");
    Some((instance, vec![applied.code().to_owned()]))
}

/// R9, R68, R73
#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_steps_it_ends_with_the_same_license_for_one_instance_on_one_seat() {
    // On PostgreSQL another server might be at work: what the killed one had taken is left alone for half a minute.
    let mut all: tokio::task::JoinSet<()> = POINTS.into_iter().map(killed_at).collect();
    while let Some(ended) = all.join_next().await {
        ended.expect("as if nothing had happened");
    }
}

async fn killed_at(point: &'static str) {
    let store = store().await;
    // The order cannot be read while the purchase waits where a job has to read it.
    if point.starts_with("inquiry") {
        store.behave(Behaviour::good().next([Fault::Status(503)]).for_orders());
    }
    let place = workplace(&store);
    let served = place.serve_until(point).await;
    let before = tokio::select! {
        done = buy_and_apply(&served) => done,
        () = served.reached() => None,
    };
    served.reached().await;
    served.kill();

    let served = place.serve("debug").await;
    let (instance, _) = buy_and_apply(&served).await.expect("answered");
    if let Some((known, _)) = before {
        assert_eq!(known, instance, "{point}: one instance for its order line");
    }
    let uploads = store.wait_for_uploads("event", 1, PATIENCE).await;
    assert!(!uploads.is_empty(), "{point}: the license arrives; {}", served.log());
    license_tests::eventually(&format!("{point}: the delivery is settled"), || {
        let rows = place.run(&["deliveries", "list", "--all", "--json"]).json();
        (rows[0]["state"] == "delivered").then_some(())
    })
    .await;
    let shown = place.run(&["instances", "show", &instance, "--json"]).json();
    assert_eq!(shown["licenses"].as_array().map(Vec::len), Some(1), "{point}: {shown}");
    assert_eq!(shown["seats_taken"], 1, "{point}: {shown}");
    let first = &store.uploads("event")[0].license;
    assert!(store.uploads("event").iter().all(|upload| upload.license == *first), "{point}: the same bytes");
    let listed = place.run(&["instances", "list", "--json"]).json();
    assert_eq!(listed["instances"].as_array().map(Vec::len), Some(1), "{point}: {listed}");
    assert_eq!(store.complaints(), [], "{point}");
    let _ = served.stop().await;
    // The database, the logs of both processes and everything else that lies there.
    let (files, found) = files_that_hold(place.dir.path(), &of_the_buyer());
    assert_eq!(found, Vec::<String>::new(), "{point}");
    assert!(files > 5, "{files}");
    store.stop().await;
}
