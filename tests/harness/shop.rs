//! A running server with its folder, its clock and its store.

use std::path::{Path, PathBuf};
use std::time::Duration;

use license_core::{KeyRing, License, Realm, SigningKey, Trust, UnixTime, UnverifiedLicense, VerifyError};
use license_server::clock::{Clock, ClockHand};
use license_server::config::{Secret, Settings};
use license_server::delivery::file_name;
use license_server::keystore::KeyFolder;
use license_server::launch::{LaunchError, Mode, Running, launch};
use license_server::storage::{Address, Database};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{HttpReply, exchange, get, post_request};
use crate::store::{Reply, Signed, signed, store_time, utc14};
use crate::{Machine, database_of, machine, put_on_sqlite};

/// The time at which every shop opens, in milliseconds: 2026-09-21T14:13:20Z.
pub const NOW_MS: i64 = 1_790_000_000_000;
/// A day in seconds.
pub const DAY: i64 = 86_400;
/// How long anything is waited for. It only ends a case that would wait for ever: no case depends on the machine's speed.
pub const PATIENCE: Duration = Duration::from_secs(180);

const ISSUER: &str = "https://vendor.example";
const ACCESS_KEY: &str = "demo-access-key-0001";
const CATALOG: &str = "[default]\ncode = \"cad\"\nfeatures = [\"mesh\"]\n";

/// A shop that is not open yet.
pub struct ShopBuilder {
    catalog: String,
    access_key: String,
    clock: (Clock, ClockHand),
    dir: Option<TempDir>,
    change: Box<dyn FnOnce(&mut Settings) + Send>,
}

/// A real server, its folder and its store.
#[derive(Debug)]
pub struct Shop {
    /// Everything the server writes lies here.
    pub dir: TempDir,
    /// Moves the server's clock.
    pub hand: ClockHand,
    /// The server's clock.
    pub clock: Clock,
    /// Where and how it runs.
    pub settings: Settings,
    running: Running,
}

impl Default for ShopBuilder {
    fn default() -> Self {
        Self {
            catalog: CATALOG.into(),
            access_key: ACCESS_KEY.into(),
            clock: Clock::settable(NOW_MS),
            dir: None,
            change: Box::new(|_| {}),
        }
    }
}

impl ShopBuilder {
    /// Sells by another catalog.
    #[must_use]
    pub fn catalog(mut self, toml: &str) -> Self {
        self.catalog = toml.to_owned();
        self
    }

    /// Believes another access key. [`Shop::sign`] goes on with the first one.
    #[must_use]
    pub fn access_key(mut self, key: &str) -> Self {
        self.access_key = key.to_owned();
        self
    }

    /// Opens at another time, in milliseconds.
    #[must_use]
    pub fn at(mut self, now_ms: i64) -> Self {
        self.clock = Clock::settable(now_ms);
        self
    }

    /// Opens with a clock that somebody else has as well.
    #[must_use]
    pub fn clock(mut self, clock: Clock, hand: ClockHand) -> Self {
        self.clock = (clock, hand);
        self
    }

    /// Opens in a folder that another shop left behind.
    #[must_use]
    pub fn in_folder(mut self, dir: TempDir) -> Self {
        self.dir = Some(dir);
        self
    }

    /// Opens with other settings.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        self.change = Box::new(change);
        self
    }

    /// Opens the shop.
    pub async fn open(self) -> Shop {
        self.try_open().await.unwrap_or_else(|(error, _)| panic!("the server starts: {error}"))
    }

    /// Opens the shop, or says why it does not open and gives its folder back.
    pub async fn try_open(self) -> Result<Shop, (LaunchError, TempDir)> {
        let dir = self.dir.unwrap_or_else(|| tempfile::tempdir().expect("a folder"));
        let (clock, hand) = self.clock;
        let mut settings = settings(dir.path(), &self.catalog);
        settings.access_keys = vec![Secret::from(self.access_key.as_str())];
        (self.change)(&mut settings);
        let mut tries = 0;
        loop {
            match launch(&settings, Mode::Serve, clock.clone()).await {
                Ok(running) => return Ok(Shop { dir, hand, clock, settings, running }),
                // One that listens where a former one did: a process that is just being started has a copy of every
                // file, and whoever calls somewhere gets a free port.
                Err(LaunchError::Listen { why, .. })
                    if why.kind() == std::io::ErrorKind::AddrInUse && tries < 1_000 =>
                {
                    tries += 1;
                    tokio::task::yield_now().await;
                }
                Err(error) => return Err((error, dir)),
            }
        }
    }
}

fn settings(dir: &Path, catalog: &str) -> Settings {
    let keys = dir.join("keys");
    let mut folder = KeyFolder::open_or_create(&keys).expect("a folder of keys");
    if folder.entries().is_empty() {
        folder.add(&SigningKey::from_seed(&[42; 32]), UnixTime::from_secs(NOW_MS / 1000)).expect("a key");
    }
    let products = dir.join("catalog.toml");
    std::fs::write(&products, catalog).expect("the catalog is written");
    let mut settings = Settings::new(ISSUER, vec![Secret::from(ACCESS_KEY)]);
    settings.listen = "127.0.0.1:0".parse().expect("an address");
    settings.operator_listen = Some(settings.listen);
    settings.database = database_of(dir);
    settings.keys = keys;
    settings.products = Some(products);
    settings.delivery_dir = dir.join("delivered");
    settings
}

impl Shop {
    /// A shop with one seat of the product `cad`.
    pub async fn open() -> Self {
        ShopBuilder::default().open().await
    }

    /// A shop with a catalog.
    pub async fn selling(catalog: &str) -> Self {
        ShopBuilder::default().catalog(catalog).open().await
    }

    /// The same on an SQLite file, for cases that are about it.
    pub async fn selling_on_sqlite(catalog: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        put_on_sqlite(dir.path());
        ShopBuilder::default().catalog(catalog).in_folder(dir).open().await
    }

    /// A shop that is not open yet.
    #[must_use]
    pub fn builder() -> ShopBuilder {
        ShopBuilder::default()
    }

    /// Another server of the same shop: on its database, with its keys, its clock and its deliveries.
    pub async fn beside(&self) -> Self {
        let first = self.settings.clone();
        let builder = Self::builder().clock(self.clock.clone(), self.hand.clone());
        let same = move |settings: &mut Settings| *settings = first;
        builder.with(same).open().await
    }

    /// Closes the shop and keeps its folder.
    pub async fn close(self) -> TempDir {
        self.running.stop().await;
        self.dir
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> std::net::SocketAddr {
        self.running.address
    }

    /// Where it listens for the store.
    #[must_use]
    pub fn store_address(&self) -> std::net::SocketAddr {
        self.running.store_address.unwrap_or(self.running.address)
    }

    /// The server's time.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// Moves the server's clock on.
    pub fn days_pass(&self, days: i64) {
        self.hand.advance_ms(days * DAY * 1000);
    }

    /// Signs a call now.
    #[must_use]
    pub fn sign(&self, body: &Value) -> Signed {
        signed(ACCESS_KEY, self.clock.now_ms(), body.to_string().as_bytes())
    }

    /// Sends a call that was signed before.
    pub async fn send(&self, call: &Signed) -> Reply {
        let reply = self.post(&call.query, &call.body).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        Reply::read(reply.body)
    }

    /// Signs and sends a call.
    pub async fn call(&self, body: Value) -> Reply {
        self.send(&self.sign(&body)).await
    }

    /// POSTs bytes to the production address.
    pub async fn post(&self, query: &str, body: &[u8]) -> HttpReply {
        exchange(self.store_address(), &post_request(query, body)).await.expect("the server answers")
    }

    /// GETs a path.
    pub async fn get(&self, path: &str) -> HttpReply {
        get(self.address(), path).await
    }

    /// GETs a path of the operator's listener.
    pub async fn ask_as_operator(&self, path: &str) -> HttpReply {
        get(self.running.operator_address.expect("it answers the operator"), path).await
    }

    /// Has it read catalog, keys and certificate again, as SIGHUP does.
    pub async fn reload(&self) {
        self.running.reload().await;
    }

    /// Buys under an order line named after `name`, and gives the instance.
    pub async fn buy(&self, name: &str) -> String {
        let reply = self.call(purchase(name)).await;
        assert_eq!(reply.code(), "000000", "{reply:?}");
        reply.instance().to_owned()
    }

    /// Applies for 30 days from now.
    pub async fn apply(&self, instance: &str, event: &str, fingerprint: &str) -> Reply {
        self.call(self.application(instance, event, fingerprint)).await
    }

    /// The body of such an application.
    #[must_use]
    pub fn application(&self, instance: &str, event: &str, fingerprint: &str) -> Value {
        let now = self.now();
        json!({
            "activity": "getLicenseAsync", "instanceId": instance, "eventId": event,
            "effectiveTime": store_time(now), "expireTime": store_time(now.plus(30 * DAY)),
            "deviceFingerprint": fingerprint,
        })
    }

    /// Applies with the four-part text of machine number `n`, and gives the result code.
    pub async fn apply_for(&self, instance: &str, event: &str, n: u32) -> String {
        self.apply(instance, event, &machine(n).four_part()).await.code().to_owned()
    }

    /// A refreshInstance with an end, and gives the result code.
    pub async fn refresh(&self, instance: &str, scene: &str, order: &str, ends_at: UnixTime) -> String {
        let body = json!({
            "activity": "refreshInstance", "scene": scene, "orderId": order, "orderLineId": format!("{order}-000001"),
            "instanceId": instance, "expireTime": utc14(ends_at),
        });
        self.call(body).await.code().to_owned()
    }

    /// A call that names an instance only, and gives the result code.
    pub async fn tell(&self, activity: &str, instance: &str) -> String {
        self.call(json!({ "activity": activity, "instanceId": instance })).await.code().to_owned()
    }

    /// FREEZE or UNFREEZE, and gives the result code.
    pub async fn set_status(&self, instance: &str, status: &str) -> String {
        let body = json!({ "activity": "updateInstanceStatus", "instanceId": instance, "status": status });
        self.call(body).await.code().to_owned()
    }

    /// The file of an event's license.
    #[must_use]
    pub fn license_file(&self, event: &str) -> PathBuf {
        self.settings.delivery_dir.join(file_name(event))
    }

    /// The license of an event, once it is delivered.
    pub async fn delivered(&self, event: &str) -> String {
        let file = self.license_file(event);
        eventually(&format!("{} arrives", file.display()), || std::fs::read_to_string(&file).ok()).await
    }

    /// What verifies this shop's licenses for a product code.
    #[must_use]
    pub fn trust(&self, product: &str) -> Trust {
        let keys: KeyRing =
            KeyFolder::open(&self.settings.keys).and_then(|f| f.published()).expect("readable keys");
        Trust::new(ISSUER, product, ISSUER, keys)
    }

    /// Under whose name this shop's digests are made.
    #[must_use]
    pub fn realm(&self) -> Realm {
        Realm::new(ISSUER)
    }

    /// Verifies a license on a machine at the shop's time.
    pub fn verify(&self, token: &str, product: &str, on: &Machine) -> Result<License, VerifyError> {
        let license: UnverifiedLicense = token.parse()?;
        license.verify(&self.trust(product), &on.device(&self.realm()), self.now())
    }

    /// How many rows each table has that calls write to; empty ones are left out.
    #[must_use]
    pub fn stored(&self) -> Vec<(&'static str, i64)> {
        let tables = [
            "instance",
            "order_change",
            "inquiry",
            "buyer",
            "seat",
            "application",
            "delivery",
            "replay",
            "notice",
            "history",
        ];
        tables.into_iter().map(|table| (table, self.count(table))).filter(|(_, rows)| *rows > 0).collect()
    }

    /// How many rows there are `FROM` somewhere.
    #[must_use]
    pub fn count(&self, from: &str) -> i64 {
        let mut found = None;
        let count = format!("SELECT count(*) FROM {from}");
        let looked = self.database().select(&count, &[], &mut |row| {
            found = row.int(0)?;
            Ok(())
        });
        looked.expect("readable");
        found.expect("a number")
    }

    /// The texts in two columns.
    #[must_use]
    pub fn texts(&self, query: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let looked = self.database().select(query, &[], &mut |row| {
            let (first, second) = (row.text(0)?.unwrap_or_default(), row.text(1)?.unwrap_or_default());
            found.push((first.to_owned(), second.to_owned()));
            Ok(())
        });
        looked.expect("readable");
        found
    }

    /// The database, for looking.
    #[must_use]
    pub fn database(&self) -> Box<dyn Database> {
        self.settings.database.open_for_reading().expect("the database opens")
    }
}

/// Changes what a closed shop left behind.
pub fn change(database: &Address, statement: &str) {
    database.open().expect("the database opens").execute(statement, &[&[]]).expect("written");
}

/// A newInstance call under an order line named after `name`; every call proposes another instance id, as the store does.
#[must_use]
pub fn purchase(name: &str) -> Value {
    json!({
        "activity": "newInstance", "orderId": name, "orderLineId": format!("{name}-000001"),
        "businessId": uuid::Uuid::new_v4().to_string(),
    })
}

/// Waits until something is there.
pub async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what} within {} s", PATIENCE.as_secs()))
}
