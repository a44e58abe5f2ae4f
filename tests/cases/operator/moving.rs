//! `migrate-to`: from one file to a PostgreSQL, with everything that calls of all kinds have left.

use license_server::simulator::store::{About, Behaviour, Fault, FinalRefusal, OrderKind};
use license_tests::postgres::Cluster;
use license_tests::{DAY, Machine, Market, Ran, Shop, Signed, Workplace, eventually, machine, purchase, ran};
use serde_json::{Value, json};

const CATALOG: &str = "[[product]]\nsku = [\"cad-sku\"]\ncode = \"cad\"\n";

/// What was asked, and the bytes of the answer.
type Asked = Vec<(Signed, Vec<u8>)>;

/// Fills a database by calls of all kinds; the instances by their orders.
async fn busy(market: &Market) -> Vec<(&'static str, String)> {
    let (shop, store) = (&market.shop, &market.store);
    let mut found = Vec::new();
    for (name, quantity) in
        [("plain", 2), ("frozen", 2), ("released", 2), ("clones", 5), ("machines", 2), ("sent", 3)]
    {
        found.push((name, market.buy(name, quantity).await));
    }
    let of = |name: &str| found.iter().find(|(known, _)| *known == name).expect("bought").1.clone();
    for (name, event, n) in [
        ("plain", "p1", 1),
        ("plain", "p2", 2),
        ("frozen", "f1", 3),
        ("released", "r1", 4),
        ("clones", "c1", 5),
    ] {
        assert_eq!(shop.apply_for(&of(name), event, n).await, "000000");
    }
    market.delivered("p1").await;
    assert_eq!(shop.apply_for(&of("plain"), "p3", 9).await, "000900");
    // A renewal that the store tells of, and one that it does not know.
    let mut renewal = market.order("renewal", 2);
    renewal.kind = OrderKind::Renew;
    store.sell(renewal);
    for order in ["renewal", "unknown-renewal"] {
        assert_eq!(shop.refresh(&of("plain"), "RENEWAL", order, shop.now().plus(400 * DAY)).await, "000000");
    }
    assert_eq!(shop.set_status(&of("frozen"), "FREEZE").await, "000000");
    assert_eq!(shop.tell("releaseInstance", &of("released")).await, "000000");
    let clone = Machine { board: machine(5).board, ..machine(6) };
    assert_eq!(shop.apply(&of("clones"), "c2", &clone.four_part()).await.code(), "000000");
    eventually("clones are looked for", || (shop.count("suspect") == 1).then_some(())).await;
    // Machines that ask by themselves: one has a name, one gives its seat back.
    let text = |n| machine(n).df1(&shop.realm());
    let code = shop.code(&of("machines"));
    let named = json!({"activation_code": code, "fingerprint": text(11), "name": "Käthe's \u{1F5A5}"});
    assert_eq!(shop.ask_json("/v1/activations", &[], &named).await.status, 201);
    let left = shop.activate(&code, &text(12)).await;
    assert_eq!(shop.deactivate(&left.license(), &left.license_id()).await.status, 204);
    // A delivery that the store refuses, and one whose application is overtaken.
    store.refuse_event("s1", FinalRefusal::NothingLeft);
    assert_eq!(shop.apply_for(&of("sent"), "s1", 21).await, "000000");
    market.delivery_becomes("s1", "parked").await;
    store.behave(Behaviour::good().always(Fault::Status(502)).for_uploads());
    for n in [22, 23] {
        assert_eq!(shop.apply_for(&of("sent"), "s2", n).await, "000000");
    }
    // An order that came late and granted one of two; one that is not read yet.
    store.behave(Behaviour::good().always(Fault::Silence).for_orders());
    found.push(("late", market.buy("late", 1).await));
    for n in [31, 32] {
        assert_eq!(shop.apply_for(&found[6].1, &format!("l{n}"), n).await, "000004");
    }
    store.behave(Behaviour::good());
    let states = || shop.database().instances(shop.now(), Some(&found[6].1), false, 1).expect("readable");
    market.as_time_passes("the order is read", || (states()[0].state == "active").then_some(())).await;
    store.behave(Behaviour::good().always(Fault::Silence).for_orders());
    found.push(("waiting", market.buy("waiting", 1).await));
    assert_eq!(shop.apply_for(&found[7].1, "w1", 41).await, "000004");
    let notice = json!({"activity": "orderNotify", "orderId": "CS-7", "orderLineId": "L-1"});
    assert_eq!(shop.call(notice).await.code(), "000000");
    found
}

/// Everything that an operator can see.
fn seen(shop: &Shop, instances: &[(&str, String)]) -> Value {
    let (db, now) = (shop.database(), shop.now());
    let seats: Vec<_> = instances.iter().map(|(_, id)| db.seats(now, id).expect("readable")).collect();
    json!({
        "instances": db.instances(now, None, false, 100).expect("readable"),
        "seats": seats,
        "suspects": db.suspects(now, 100).expect("readable").iter().map(|row| format!("{row:?}")).collect::<Vec<_>>(),
        "applications": shop.texts("SELECT event_id, token FROM application ORDER BY n"),
        "history": shop.texts("SELECT what, detail FROM history ORDER BY n"),
        "buyers": shop.texts("SELECT data, data FROM buyer ORDER BY instance"),
        "names": shop.texts("SELECT name, name FROM seat WHERE name IS NOT NULL"),
    })
}

/// Signed calls and their answers, to be asked again.
async fn ask(shop: &Shop, instances: &[(&str, String)]) -> Asked {
    let mut asked = Vec::new();
    let of = |n: usize| instances[n].1.as_str();
    let apply =
        |instance: &str, event: &str, n: u32| shop.application(instance, event, &machine(n).four_part());
    let calls = [
        purchase("plain"),
        apply(of(0), "p1", 1),
        apply(of(0), "p9", 9),
        apply(of(1), "f9", 3),
        apply(of(2), "r9", 4),
        json!({"activity": "queryInstance", "instanceId": of(0)}),
        json!({"activity": "releaseInstance", "instanceId": of(2)}),
    ];
    for call in calls {
        let signed = shop.sign(&call);
        asked.push((signed.clone(), shop.send(&signed).await.bytes));
    }
    asked
}

pub(super) fn migrate(place: &Workplace, source: &str, args: &[&str]) -> Ran {
    let mut command = place.bare(&[&["migrate-to"], args].concat());
    command.env("LICENSE_SERVER_DATABASE", source).env("LICENSE_SERVER_ISSUER", "https://vendor.example");
    ran(&mut command)
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_server_on_the_copy_answers_as_before_and_goes_on_with_fresh_keys() {
    let cluster = Cluster::shared();
    let market = Market::with(CATALOG, |settings| {
        settings.keep_buyer = true;
        let file = settings.keys.with_file_name("source.db");
        settings.database = license_server::storage::Address::Sqlite(file);
    })
    .await;
    let instances = busy(&market).await;
    let Market { shop, store } = market;
    let asked = ask(&shop, &instances).await;
    let before = seen(&shop, &instances);
    for (table, rows) in [
        ("instance", 8),
        ("order_change", 1),
        ("buyer", 6),
        ("inquiry", 2),
        ("notice", 1),
        ("suspect", 1),
        ("known_part", 20),
    ] {
        assert!(shop.count(table) >= rows, "{table}: {}", shop.count(table));
    }
    let statuses = shop.texts("SELECT CAST(status AS TEXT), '' FROM application GROUP BY status ORDER BY 1");
    assert_eq!(statuses.iter().map(|(status, _)| status.as_str()).collect::<Vec<_>>(), ["0", "1", "2", "3"]);
    let highest = |shop: &Shop| {
        let of = |table| -> i64 {
            shop.texts(&format!("SELECT CAST(max(n) AS TEXT), '' FROM {table}"))[0]
                .0
                .parse()
                .expect("a number")
        };
        ["instance", "application", "order_change", "notice"].map(of)
    };
    let keys = highest(&shop);
    let (settings, clock, hand) = (shop.settings.clone(), shop.clock.clone(), shop.hand.clone());
    let place = Workplace { dir: shop.close().await };
    let original = std::fs::read(place.path("source.db")).expect("readable");

    let target = cluster.database();
    let copied = migrate(&place, "sqlite://source.db", &[&target, "--json"]);
    assert_eq!(copied.err, "", "progress is for terminals");
    let copied = copied.json();
    assert_eq!(copied["tables"].as_array().map(Vec::len), Some(15));
    assert!(
        copied["tables"]
            .as_array()
            .expect("tables")
            .iter()
            .all(|table| table["was_there"] == json!(false) || table["rows"] == json!(0)),
        "{copied}"
    );
    assert!(std::fs::read(place.path("source.db")).expect("readable") == original, "it stays as it is");

    let schema = target.rsplit_once("%3D").expect("a schema").1;
    let identities = ["order_change", "seat_moved", "suspect", "inquiry", "notice", "history"];
    let sequences =
        identities.map(|table| (table, format!("pg_get_serial_sequence('{schema}.{table}', 'n')")));
    let blocks = ["instance", "application"].map(|table| (table, format!("'{schema}.{table}_n'")));
    for (table, sequence) in sequences.into_iter().chain(blocks) {
        let comes_after = format!("SELECT nextval({sequence}) > coalesce(max(n), 0) FROM {schema}.{table}");
        assert_eq!(cluster.sql(&comes_after), "t", "{table}");
    }

    let on_postgres = license_server::config::values::database(&target).expect("an address");
    let builder = Shop::builder().clock(clock, hand).in_folder(place.dir).with(move |changed| {
        *changed = settings;
        changed.database = on_postgres;
    });
    let shop = builder.open().await;
    for (signed, bytes) in &asked {
        assert_eq!(shop.send(signed).await.bytes, *bytes);
    }
    assert_eq!(seen(&shop, &instances), before);
    // The same under new signatures.
    let again = ask(&shop, &instances).await;
    assert_eq!(
        again.iter().map(|(_, bytes)| bytes).collect::<Vec<_>>(),
        asked.iter().map(|(_, bytes)| bytes).collect::<Vec<_>>()
    );
    assert_eq!(seen(&shop, &instances)["applications"], before["applications"], "repeats make no license");
    store.behave(Behaviour::good());
    let market = Market { shop, store };
    market
        .as_time_passes("what waited is granted", || {
            market
                .shop
                .texts("SELECT token, '' FROM application WHERE event_id = 'w1' AND token IS NOT NULL")
                .pop()
        })
        .await;
    market.delivered("w1").await;
    market.delivered("s2").await;
    let new = market.buy("new", 1).await;
    assert_eq!(market.shop.apply_for(&new, "n1", 51).await, "000000");
    let later = market.shop.now().plus(500 * DAY);
    assert_eq!(market.shop.refresh(&new, "RENEWAL", "unknown-too", later).await, "000000");
    assert_eq!(market.shop.apply_for(&instances[0].1, "p4", 2).await, "000000", "its own seat again");
    assert_eq!(market.shop.apply_for(&instances[0].1, "p5", 8).await, "000900", "and no third one");
    let notice = json!({"activity": "orderNotify", "orderId": "CS-8", "orderLineId": "L-1"});
    assert_eq!(market.shop.call(notice).await.code(), "000000");
    for (after, before) in highest(&market.shop).into_iter().zip(keys) {
        assert!(after > before, "{after} after {before}");
    }
    market.delivered("n1").await;
    let complaints = market.store.complaints().into_iter();
    let others: Vec<_> = complaints.filter(|complaint| complaint.about != About::UnknownOrder).collect();
    assert_eq!(others, [], "all that it does not know are two renewals");
}
