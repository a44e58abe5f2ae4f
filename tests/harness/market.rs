//! A shop that reads orders and uploads licenses, and the store that it does this with.

use std::process::{Command, Stdio};

use license_server::clock::Clock;
use license_server::config::{Secret, Settings, StoreApi};
use license_server::simulator::store::{Order, SimulatedStore, StoreOptions, Upload};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::place::database_url;
use crate::program::{Ran, program, ran};
use crate::shop::{Shop, eventually};

/// What every order of a market names, unless it is changed.
pub const SKU: &str = "cad-sku";
/// The store's name for the product.
const PRODUCT_ID: &str = "OFFI0001";
/// Two products that orders can name, and no default.
const CATALOG: &str = "\
[[product]]\nsku = [\"cad-sku\"]\ncode = \"cad\"\nfeatures = [\"mesh\"]\n\
[[product]]\nsku = [\"cam-sku\"]\ncode = \"cam\"\n";
const AK: &str = "AKTEST0001";
const SK: &str = "SKtest0001secret-of-the-market";

/// A real server, and a store that plays the open API. Both have one clock, which stands where this machine's stood
/// when they began.
pub struct Market {
    /// The server, its folder and its calls.
    pub shop: Shop,
    /// The store.
    pub store: SimulatedStore,
}

impl Market {
    /// Sells `cad` and `cam` to whoever orders them.
    pub async fn open() -> Self {
        Self::with(CATALOG, |_| {}).await
    }

    /// Sells by another catalog and other settings.
    pub async fn with(catalog: &str, change: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        let (clock, hand) = Clock::settable(Clock::system().now_ms());
        let mut options = StoreOptions::local(Secret::from(AK), Secret::from(SK));
        options.clock = clock.clone();
        let store = SimulatedStore::listen(options).await.expect("the store listens");
        let api = Self::api(&store);
        let builder = Shop::builder().catalog(catalog).clock(clock, hand).with(move |settings| {
            settings.store = Some(api);
            change(settings);
        });
        Self { shop: builder.open().await, store }
    }

    /// Closes the server and opens it again in the same folder with another catalog, at the same time.
    pub async fn reopen(self, catalog: &str) -> Self {
        let (clock, hand) = (self.shop.clock.clone(), self.shop.hand.clone());
        let dir = self.shop.close().await;
        let api = Self::api(&self.store);
        let builder = Shop::builder().catalog(catalog).clock(clock, hand).in_folder(dir);
        let shop = builder.with(move |settings| settings.store = Some(api)).open().await;
        Self { shop, store: self.store }
    }

    /// Runs an operator's command beside the server. Afterwards the server's clock is a minute on, so that whatever is
    /// due by this machine's clock is due there as well.
    #[must_use]
    pub fn operator(&self, args: &[&str]) -> Ran {
        let settings = &self.shop.settings;
        let api = settings.store.as_ref().expect("a market has an open API");
        let products = settings.products.as_ref().expect("a market has a catalog");
        let mut command = Command::new(program());
        command.args(args).current_dir(self.shop.dir.path()).env_clear().stdin(Stdio::null());
        command.env("LICENSE_SERVER_DATABASE", database_url(self.shop.dir.path()));
        command.env("LICENSE_SERVER_PRODUCTS", products).env("LICENSE_SERVER_KEYS", &settings.keys);
        command.env("LICENSE_SERVER_ISSUER", settings.issuer.as_deref().unwrap_or_default());
        command.env("LICENSE_SERVER_STORE_URL", &api.url);
        command.env("LICENSE_SERVER_STORE_AK", AK).env("LICENSE_SERVER_STORE_SK", SK);
        let ran = ran(&mut command);
        self.shop.hand.advance_ms(60_000);
        ran
    }

    /// Closes both and keeps the server's folder.
    pub async fn close(self) -> TempDir {
        self.store.stop().await;
        self.shop.close().await
    }

    fn api(store: &SimulatedStore) -> StoreApi {
        let (access_key, secret_key) = (Secret::from(AK), Secret::from(SK));
        StoreApi { url: store.url(), fallback_url: None, access_key, secret_key }
    }

    /// An order of a year that the store does not sell yet: `quantity` units.
    #[must_use]
    pub fn order(&self, name: &str, quantity: u64) -> Order {
        let mut order = Order::yearly(name, PRODUCT_ID, SKU, self.shop.now());
        order.lines[0].quantity = quantity;
        order
    }

    /// Has the store listen again where it did. Meanwhile the port may be another's for a moment: a process that is just
    /// being started has a copy of every file, and whoever calls somewhere gets a free port.
    pub async fn store_comes_back(&self) {
        let coming = async {
            while self.store.up().await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(crate::PATIENCE, coming).await.expect("the port is free");
    }

    /// Sells that many units and buys them; gives the instance.
    pub async fn buy(&self, name: &str, quantity: u64) -> String {
        self.store.sell(self.order(name, quantity));
        self.shop.buy(name).await
    }

    /// The first license that the store got under an event.
    pub async fn delivered(&self, event: &str) -> String {
        let uploads = self.store.wait_for_uploads(event, 1, crate::PATIENCE).await;
        text(uploads.first().unwrap_or_else(|| panic!("an upload under {event}")))
    }

    /// The license of an event as the database has it.
    #[must_use]
    pub fn stored(&self, event: &str) -> String {
        let of_event = format!(
            "SELECT event_id, token FROM application WHERE event_id = '{event}' AND token IS NOT NULL"
        );
        self.shop.texts(&of_event).pop().expect("a license of the event").1
    }

    /// An upgradeInstance by an order; gives the result code.
    pub async fn upgrade(&self, instance: &str, order: &str) -> String {
        let body = json!({
            "activity": "upgradeInstance", "instanceId": instance, "orderId": order,
            "orderLineId": format!("{order}-000001"),
        });
        self.shop.call(body).await.code().to_owned()
    }

    /// What `instances show` would say of an instance, once it is `state`.
    pub async fn becomes(&self, instance: &str, state: &str) -> Value {
        eventually(&format!("{instance} becomes {state}"), || {
            let rows =
                self.shop.database().instances(self.shop.now(), Some(instance), false, 1).expect("readable");
            let row = rows.into_iter().next()?;
            (row.state == state).then(|| serde_json::to_value(row).expect("JSON"))
        })
        .await
    }

    /// The state and the last error of an event's delivery, once it is `state`.
    pub async fn delivery_becomes(&self, event: &str, state: &str) -> String {
        eventually(&format!("the delivery of {event} becomes {state}"), || {
            let rows =
                self.shop.database().deliveries(self.shop.now(), false, true, 100_000).expect("readable");
            let row = rows.into_iter().find(|row| row.event == event && row.state == state)?;
            Some(row.error.unwrap_or_default())
        })
        .await
    }

    /// Lets the clock run, in leaps of five seconds, until something is there: pauses between attempts pass.
    pub async fn as_time_passes<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        eventually(what, || {
            let found = look();
            if found.is_none() {
                self.shop.hand.advance_ms(5_000);
            }
            found
        })
        .await
    }
}

/// An upload's license as text.
fn text(upload: &Upload) -> String {
    String::from_utf8(upload.license.clone()).expect("a license is text")
}
