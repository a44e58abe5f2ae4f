//! What a server had taken when it died is carried out by another one.

use license_server::clock::Clock;
use license_server::config::Secret;
use license_server::simulator::store::{Behaviour, Fault, Order, SimulatedStore, StoreOptions};
use license_tests::{PATIENCE, Workplace, purchase};

use super::callers::apply;
use super::replicas::{shared, workplace};

/// The credentials of the store.
pub const AK: &str = "AKLEASE01";
pub const SK: &str = "SKlease01-secret";
const LICENSES: u32 = 20;
/// How long a server has what it took, in seconds: the usual lease of 25 s is nothing to wait for.
const LEASE: i64 = 3;

/// A store that sells `orders`, and a vendor's folder that knows it.
pub async fn with_store(orders: &[(String, u64)]) -> (SimulatedStore, Workplace) {
    let store = SimulatedStore::listen(StoreOptions::local(Secret::from(AK), Secret::from(SK)));
    let store = store.await.expect("the store listens");
    for (name, quantity) in orders {
        sell(&store, name, *quantity);
    }
    let place = workplace();
    place.write("sk", SK);
    place.configure(&format!("store_url = \"{}\"\nstore_ak = \"{AK}\"\nstore_sk_file = \"sk\"", store.url()));
    (store, place)
}

/// Makes an order known to a store.
pub fn sell(store: &SimulatedStore, name: &str, quantity: u64) {
    let mut order = Order::yearly(name, "OFFI0001", "cad-sku", Clock::system().now());
    order.lines[0].quantity = quantity;
    store.sell(order);
}

/// R73
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn what_a_dead_server_was_sending_is_sent_by_another_when_its_lease_ends() {
    let database = shared();
    let (store, place) = with_store(&[("order".into(), u64::from(LICENSES))]).await;
    // Calls are read and never answered: whoever sends holds on to what it took.
    store.behave(Behaviour::good().always(Fault::Silence).for_uploads());
    let dying = place.serve_with_lease("dying", &database, LEASE).await;
    let instance = dying.call(purchase("order")).await.instance().to_owned();
    for n in 0..LICENSES {
        let (_, body) = apply(&instance, &format!("e{n}"), n + 1);
        assert_eq!(dying.call(body).await.code(), "000000");
    }
    let taken = || {
        let rows = deliveries(&place, &database);
        (rows.iter().filter(|state| *state == "being sent").count() == LICENSES as usize).then_some(())
    };
    license_tests::eventually("all are being sent", taken).await;
    let heir = place.serve_with_lease("heir", &database, LEASE).await;
    store.behave(Behaviour::good());
    dying.kill();
    for n in 0..LICENSES {
        let uploads = store.wait_for_uploads(&format!("e{n}"), 1, PATIENCE).await;
        assert_eq!(uploads.len(), 1, "e{n}: {}", heir.log());
    }
    license_tests::eventually("all are settled", || {
        deliveries(&place, &database).iter().all(|state| state == "delivered").then_some(())
    })
    .await;
    assert_eq!(store.all_uploads().len(), LICENSES as usize, "each once");
    assert_eq!(store.complaints(), []);
    store.stop().await;
}

/// The states of all deliveries.
fn deliveries(place: &Workplace, database: &str) -> Vec<String> {
    let mut command = place.command(&["deliveries", "list", "--all", "--json"]);
    command.env("LICENSE_SERVER_DATABASE", database);
    let rows = license_tests::ran(&mut command).json();
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|row| row["state"].as_str().expect("a state").to_owned()).collect()
}
