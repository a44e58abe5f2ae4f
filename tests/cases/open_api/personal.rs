//! Who bought is nobody's business, unless the vendor says so.

use license_server::simulator::store::BuyerInfo;
use license_server::storage::Address;
use license_tests::{Market, eventually, files_that_hold};

fn buyer() -> BuyerInfo {
    BuyerInfo {
        customer_id: Some("cust-4711-zz".into()),
        customer_name: Some("Muster Werkzeuge".into()),
        customer_real_name: Some("Muster Werkzeugbau Beispiel".into()),
        customer_type: Some(1),
        mobile_phone: Some("+99000123456789".into()),
        email: Some("einkauf@muster.example".into()),
        user_id: Some("user-8899-zz".into()),
        user_name: Some("muster-user-name".into()),
    }
}

/// What must not be found, as it is and as parts of it.
fn traces() -> Vec<String> {
    ["cust-4711-zz", "Werkzeug", "99000123456789", "einkauf", "user-8899-zz", "muster-user"]
        .map(str::to_owned)
        .into()
}

/// Fills a database so that pages are split and used again.
async fn buy(market: &Market, count: usize) -> Vec<String> {
    let mut instances = Vec::new();
    for n in 0..count {
        let mut order = market.order(&format!("order-{n}"), 1);
        order.buyer = Some(buyer());
        market.store.sell(order);
        instances.push(market.shop.buy(&format!("order-{n}")).await);
        assert_eq!(
            market.shop.apply_for(&instances[n], &format!("e{n}"), u32::try_from(n).expect("few")).await,
            "000000"
        );
    }
    market.delivered("e0").await;
    instances
}

/// Waits until no file holds anything of the buyer: a reader may have been in the way for a moment.
async fn gone(market: &Market, when: &str) {
    let folder = market.shop.dir.path();
    eventually(&format!("nothing is left {when}"), || {
        files_that_hold(folder, &traces()).1.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn nothing_of_the_buyer_is_kept_unless_the_vendor_asks_for_it() {
    let market = Market::open().await;
    buy(&market, 5).await;
    let (_, found) = files_that_hold(market.shop.dir.path(), &traces());
    assert_eq!(found, Vec::<String>::new(), "while it runs");
    let folder = market.close().await;
    let (files, found) = files_that_hold(folder.path(), &traces());
    assert_eq!(found, Vec::<String>::new());
    assert!(files >= 4, "{files}");
}

/// R66
#[tokio::test]
async fn what_is_kept_of_the_buyer_is_shown_and_erased_on_release() {
    let catalog = "[[product]]\nsku = [\"cad-sku\"]\ncode = \"cad\"\n";
    let market = Market::with(catalog, |settings| settings.keep_buyer = true).await;
    let instances = buy(&market, 60).await;
    let kept = market.shop.database().buyer(&instances[7]).expect("readable").expect("kept");
    assert_eq!(kept["email"], "einkauf@muster.example");
    if matches!(market.shop.settings.database, Address::Sqlite(_)) {
        let (_, found) = files_that_hold(market.shop.dir.path(), &traces());
        assert!(!found.is_empty(), "the search finds what is there");
    }
    for instance in &instances {
        assert_eq!(market.shop.tell("releaseInstance", instance).await, "000000");
    }
    assert_eq!(market.shop.database().buyer(&instances[7]), Ok(None));
    gone(&market, "while it still runs").await;
    let folder = market.close().await;
    assert_eq!(files_that_hold(folder.path(), &traces()).1, Vec::<String>::new());
}

#[tokio::test]
async fn a_reader_keeps_what_was_erased_in_the_log_only_for_as_long_as_it_reads() {
    let catalog = "[[product]]\nsku = [\"cad-sku\"]\ncode = \"cad\"\n";
    let market = Market::with(catalog, |settings| {
        settings.keep_buyer = true;
        settings.database = Address::Sqlite(settings.keys.with_file_name("read.db"));
    })
    .await;
    let Address::Sqlite(file) = market.shop.settings.database.clone() else { panic!("it is on SQLite") };
    let instances = buy(&market, 1).await;
    let reader = rusqlite::Connection::open(file).expect("opens");
    reader.execute_batch("BEGIN; SELECT count(*) FROM buyer").expect("reads");
    assert_eq!(market.shop.tell("releaseInstance", &instances[0]).await, "000000");
    assert_ne!(files_that_hold(market.shop.dir.path(), &traces()).1, Vec::<String>::new(), "it reads still");
    reader.execute_batch("COMMIT").expect("ends");
    gone(&market, "after the reader").await;
}
