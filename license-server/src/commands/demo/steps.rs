//! The steps themselves. Each uses the same doors as a real store, a real agent and a real program.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use license_core::atomic_file::{self, Readers};
use license_core::collect::{CollectOptions, collect};
use license_core::{
    ActivationCode, Device, Fingerprint, Kind, License, Reading, Realm, SigningKey, Trust, UnixTime,
    UnverifiedLicense, VendorFile, VerifyError,
};
use serde_json::{Value, json};

use super::super::{CommandError, Done};
use super::client::StoreClient;
use super::programs::{self, quoted};
use super::sdk;
use super::show::Show;
use crate::clock::Clock;
use crate::config::{Secret, Settings, StoreApi};
use crate::delivery::file_name;
use crate::keystore::{DEV_FOLDER, KeyFolder};
use crate::simulator::store::{Order, SimulatedStore, StoreOptions};

const ISSUER: &str = "https://vendor.example";
const PRODUCT: &str = "cad-demo";
const DAY: i64 = 86_400;
/// With these the demo's server asks the played store; nobody else can be asked with them.
const STORE_AK: &str = "AKDEMO0001";
const STORE_SK: &str = "SKdemo0001-played-store";
/// How long a delivery may take before the demo gives up on it.
const DELIVERED_WITHIN: Duration = Duration::from_secs(10);

const CATALOG: &str = r#"# The catalog of the demo. [default] serves every purchase.
[default]
name = "CAD Demo"
code = "cad-demo"
features = ["mesh", "cam"]
seats = 1
grace = "7d"
"#;

/// For the other commands, beside the demo's server or after it.
const SETTINGS: &str = r#"# The settings of the demo, for the operator's commands. Paths start in this folder.
issuer = "https://vendor.example"
database = "sqlite://license.db"
keys = "keys/dev"
products = "catalog.toml"
access_keys_file = "access-key"
delivery_dir = "delivered"
"#;

type Step<T = ()> = Result<T, CommandError>;

fn said(text: impl std::fmt::Display) -> CommandError {
    CommandError::Said(text.to_string())
}

/// Makes the data folder, a development key and a catalog, or finds those of an earlier run.
pub(super) fn prepare(
    show: &mut Show,
    data: &Path,
    listen: SocketAddr,
    market: &SimulatedStore,
) -> Step<Settings> {
    let keys = data.join("keys").join(DEV_FOLDER);
    let mut folder = KeyFolder::open_or_create(&keys)?;
    if folder.entries().is_empty() {
        folder.add(&SigningKey::generate(&mut rand::rng()), Clock::system().now())?;
    }
    let kid = folder.signing_key()?.ok_or_else(|| said("the folder of dev keys has no active key"))?.id();
    let products = data.join("catalog.toml");
    if !products.exists() {
        std::fs::write(&products, CATALOG)?;
    }
    std::fs::write(data.join("server.toml"), SETTINGS)?;
    let short: String = kid.to_string().chars().take(8).collect();
    show.step("data folder", &format!("{}, development key {short}…", data.display()))?;
    let mut settings = Settings::new(ISSUER, vec![access_key(data)?]);
    settings.listen = listen;
    settings.operator_listen = None;
    settings.database = data.join("license.db").into();
    settings.keys = keys;
    settings.products = Some(products);
    settings.delivery_dir = data.join("delivered");
    let (access_key, secret_key) = (Secret::from(STORE_AK), Secret::from(STORE_SK));
    settings.store = Some(StoreApi { url: market.url(), fallback_url: None, access_key, secret_key });
    show.step("store", &format!("played at {}: sells orders, takes licenses", market.url()))?;
    Ok(settings)
}

/// Writes what agents trust and where they ask; the server listens elsewhere in every run.
pub(super) fn write_vendor_file(data: &Path, address: SocketAddr) -> Done {
    let keys = KeyFolder::open(&data.join("keys").join(DEV_FOLDER))?.published()?;
    let server = Some(format!("http://{address}"));
    let vendor =
        VendorFile { issuer: ISSUER.into(), product: PRODUCT.into(), realm: None, server, test: true, keys };
    std::fs::write(data.join("vendor.toml"), vendor.to_toml())?;
    Ok(())
}

/// Plays the store's open API on this machine.
pub(super) async fn open_market(clock: Clock) -> Step<SimulatedStore> {
    let mut options = StoreOptions::local(Secret::from(STORE_AK), Secret::from(STORE_SK));
    options.clock = clock;
    Ok(SimulatedStore::listen(options).await?)
}

/// A random access key that later runs find again.
fn access_key(data: &Path) -> Step<Secret> {
    let file = data.join("access-key");
    if !file.exists() {
        let key = data_encoding::HEXLOWER.encode(&rand::random::<[u8; 16]>());
        atomic_file::replace(&file, key.as_bytes(), Readers::Owner)?;
    }
    Ok(Secret::from(std::fs::read_to_string(&file)?.trim()))
}

/// What the steps share.
pub(super) struct Stage {
    data: PathBuf,
    store: StoreClient,
    market: SimulatedStore,
    clock: Clock,
    license: Option<PathBuf>,
    bought: Option<Bought>,
    /// What stands for a machine that nothing names.
    stand_in: Option<String>,
}

/// What a buyer has.
struct Bought {
    instance: String,
    code: Option<ActivationCode>,
}

impl Stage {
    pub(super) fn new(data: &Path, address: SocketAddr, market: SimulatedStore, clock: Clock) -> Self {
        let access_key = access_key(data).unwrap_or_else(|_| Secret::from(""));
        let store = StoreClient { address, access_key, clock: clock.clone() };
        Self { data: data.to_owned(), store, market, clock, license: None, bought: None, stand_in: None }
    }

    pub(super) async fn play(&mut self, show: &mut Show) -> Done {
        let instance = self.buy(show).await?;
        self.look(show, &instance).await?;
        let (text, device) = this_machine(show)?;
        self.stand_in = Some(text.clone()).filter(|text| !text.starts_with("DF1-"));
        let token = self.apply(show, &instance, &text).await?;
        let trust = Trust::from_vendor_file(&std::fs::read_to_string(self.data.join("vendor.toml"))?)
            .map_err(said)?;
        let license = self.verify(show, &token, &trust, &device)?;
        self.refuse(show, &token, &trust, &device, &license)
    }

    /// A signed newInstance; repeated, as the store repeats it, it has the same answer.
    async fn buy(&self, show: &mut Show) -> Step<String> {
        let order = format!("DEMO{}", data_encoding::HEXUPPER.encode(&rand::random::<[u8; 6]>()));
        self.market.sell(Order::yearly(&order, "OFFI0001", "cad-demo-sku", self.clock.now()));
        let call = || {
            json!({
                "activity": "newInstance", "orderId": order, "orderLineId": format!("{order}-000001"),
                "businessId": uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string(),
            })
        };
        let first = expect_ok(self.store.call(&call()).await?)?;
        let instance = first["instanceId"].as_str().unwrap_or_default().to_owned();
        show.step("buy", &format!("order {order} is instance {instance}"))?;
        show.detail("its order was read through the open API: five units for a year")?;
        let again = expect_ok(self.store.call(&call()).await?)?;
        if again["instanceId"] != first["instanceId"] {
            return Err(said("a repeated purchase made another instance"));
        }
        show.step("buy again", "the store repeats itself: the same instance")?;
        Ok(instance)
    }

    /// What the buyer sees in the store: the code with which machines activate by themselves.
    async fn look(&mut self, show: &mut Show, instance: &str) -> Done {
        let call = json!({ "activity": "queryInstance", "instanceId": instance });
        let reply = expect_ok(self.store.call(&call).await?)?;
        let memo = reply["info"][0]["appInfo"]["memo"].as_str().unwrap_or_default();
        let words = memo.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let code = words.filter(|word| word.len() > 28).find_map(|word| word.parse::<ActivationCode>().ok());
        let shown = code.as_ref().map_or_else(|| "none yet".to_owned(), ToString::to_string);
        show.step("activation code", &format!("{shown}: the buyer reads it in the store"))?;
        self.bought = Some(Bought { instance: instance.to_owned(), code });
        Ok(())
    }

    /// A signed getLicenseAsync; the license comes through the outbox. Repeated, it is the same license.
    async fn apply(&mut self, show: &mut Show, instance: &str, fingerprint: &str) -> Step<String> {
        let event = data_encoding::HEXLOWER.encode(&rand::random::<[u8; 10]>());
        let now = self.clock.now();
        let call = json!({
            "activity": "getLicenseAsync", "instanceId": instance, "eventId": event,
            "effectiveTime": store_time(now), "expireTime": store_time(now.plus(365 * DAY)),
            "deviceFingerprint": fingerprint,
        });
        expect_ok(self.store.call(&call).await?)?;
        show.step("apply", "a license for this machine is asked for: accepted")?;
        let token = self.uploaded(&event).await?;
        show.step("upload", &format!("the store has it under its event: {} characters", token.len()))?;
        expect_ok(self.store.call(&call).await?)?;
        let all = self.market.uploads(&event);
        if all.iter().any(|upload| upload.license != token.as_bytes()) {
            return Err(said("a repeated application made another license"));
        }
        show.step("apply again", "the same application: the same license, nothing is sent twice")?;
        let path = self.data.join("delivered").join(file_name(&event));
        std::fs::create_dir_all(self.data.join("delivered"))?;
        atomic_file::replace(&path, token.as_bytes(), Readers::Group)?;
        show.step("download", &format!("the buyer has it as {}", path.display()))?;
        self.license = Some(path);
        Ok(token)
    }

    /// What the store got under an event.
    async fn uploaded(&self, event: &str) -> Step<String> {
        let uploads = self.market.wait_for_uploads(event, 1, DELIVERED_WITHIN).await;
        let upload = uploads.first().ok_or_else(|| said("no license was uploaded within 10 s"))?;
        String::from_utf8(upload.license.clone()).map_err(said)
    }

    fn verify(&self, show: &mut Show, token: &str, trust: &Trust, device: &Device) -> Step<License> {
        let unverified: UnverifiedLicense = token.parse().map_err(said)?;
        let license = unverified.verify(trust, device, self.clock.now()).map_err(said)?;
        let until = license.expires_at().map_or_else(|| "for ever".to_owned(), |end| format!("until {end}"));
        let features = license.features().join(", ");
        show.step("verify offline", &format!("valid {until}: {} with {features}", license.product()))?;
        if let Some(verdict) = license.verdict() {
            let parts: Vec<String> =
                verdict.components().iter().map(|part| format!("{} {}", part.kind, part.outcome)).collect();
            let parts =
                if parts.is_empty() { "the vendor's own text matched".into() } else { parts.join(", ") };
            show.detail(&format!("{} % of the binding: {parts}", verdict.score_percent()))?;
        }
        Ok(license)
    }

    fn refuse(
        &self,
        show: &mut Show,
        token: &str,
        trust: &Trust,
        device: &Device,
        license: &License,
    ) -> Done {
        let now = self.clock.now();
        let check = |token: &str, device: &Device, now| {
            token
                .parse::<UnverifiedLicense>()
                .map_err(VerifyError::from)?
                .verify(trust, device, now)
                .map(drop)
        };
        let changed = changed_byte(token);
        expect_refusal(show, "changed byte", check(&changed, device, now), |e| {
            matches!(e, VerifyError::Signature | VerifyError::Malformed(_))
        })?;
        let stranger = another_machine(trust.realm())?;
        expect_refusal(show, "another machine", check(token, &stranger, now), |e| {
            matches!(e, VerifyError::Device(_))
        })?;
        let end = license.expires_at().unwrap_or(now).plus(i64::from(license.grace()));
        expect_refusal(show, "expired clock", check(token, device, end), |e| {
            matches!(e, VerifyError::Expired { .. })
        })
    }

    /// The check in other languages, with this vendor file and this license.
    pub(super) fn leave_programs(&self, show: &mut Show, whole: bool) -> Done {
        let license = self.license.as_ref().ok_or_else(|| said("there is no license"))?;
        sdk::leave(&self.data, PRODUCT, &std::fs::read_to_string(license)?)?;
        let folder = sdk::folder(&self.data);
        show.step(
            "in your program",
            &format!(
                "ten lines in each language: build one as {} says, then run it:",
                quoted(&folder.join("README.md"))
            ),
        )?;
        for command in sdk::commands(&self.data) {
            show.detail(&command)?;
        }
        if self.stand_in.is_some() {
            show.detail("they will say that this machine has no identity: nothing here names it")?;
        }
        for (language, program) in sdk::programs().filter(|_| whole) {
            show.say("")?;
            show.say(&format!("{language}:"))?;
            program.lines().try_for_each(|line| show.say(&format!("  {line}")))?;
        }
        Ok(())
    }

    /// How to go on by hand while the server runs, in words that work in this folder.
    pub(super) fn say_what_next(&self, show: &Show) -> Done {
        let base = format!("http://{}", self.store.address);
        let data = quoted(&self.data);
        let license = self.license.as_ref().map_or_else(|| "FILE".into(), |path| quoted(path));
        let (server, agent) = (programs::server(), programs::agent());
        let agent_line = format!("{} --vendor {data}/vendor.toml --dir {data}/installed", agent.command);
        let device = self.stand_in.as_ref().map_or_else(String::new, |text| format!(" --device {text}"));
        show.say("")?;
        show.say(&format!("The server runs on {base} until Ctrl-C. In another terminal, in this folder:"))?;
        show.say(&format!("  curl {base}/readyz"))?;
        show.say(&format!("  {server} instances list --config {data}/server.toml"))?;
        if let Some(Bought { instance, code }) = &self.bought {
            show.say(&format!("  {server} seats list {instance} --config {data}/server.toml"))?;
            show.say("As the buyer on this machine:")?;
            if let Some(build) = &agent.first {
                show.say(&format!("  {build}"))?;
            }
            if let Some(code) = code {
                show.say(&format!("  {agent_line} activate {code}{device}"))?;
            }
        }
        show.say(&format!("  {agent_line} status{device}"))?;
        show.say(&format!("  {agent_line} fingerprint --explain"))?;
        show.say("Without a network, the license of above instead of the code:")?;
        show.say(&format!("  {agent_line} install {license} --force{device}"))
    }
}

/// This machine's fingerprint text, and the machine as a verifier sees it.
fn this_machine(show: &mut Show) -> Step<(String, Device)> {
    let realm = Realm::new(ISSUER);
    let collected = collect(&CollectOptions::default());
    let found = collected.fingerprint(&realm).ok().and_then(|found| Some((found.to_text()?, found)));
    let Some((text, fingerprint)) = found else {
        // Nothing here names this machine, as in a container without an id: a vendor's own text stands for it.
        let text = format!("demo-{}", uuid::Builder::from_random_bytes(rand::random()).into_uuid());
        let device = Device::from_text(&text, &realm).map_err(said)?;
        show.step(
            "fingerprint",
            "nothing here names this machine; a text of the vendor's own stands for it",
        )?;
        return Ok((text, device));
    };
    let kinds: Vec<&str> = fingerprint.components().iter().map(|part| part.kind.as_str()).collect();
    let short: String = text.chars().take(24).collect();
    show.step("fingerprint", &format!("{short}… from {}", kinds.join(", ")))?;
    if fingerprint.components().iter().all(|part| !part.kind.is_anchor() || part.kind == Kind::Os) {
        show.detail("weak: only the installation of the operating system names this machine")?;
    }
    Ok((text, collected.device(&realm).map_err(said)?))
}

fn expect_ok(reply: Value) -> Step<Value> {
    if reply["resultCode"] == "000000" {
        Ok(reply)
    } else {
        Err(said(format!("the server answered {reply}")))
    }
}

fn expect_refusal(
    show: &mut Show,
    what: &str,
    result: Result<(), VerifyError>,
    is_right: impl FnOnce(&VerifyError) -> bool,
) -> Done {
    match result {
        Err(error) if is_right(&error) => {
            let error = error.to_string();
            show.step(
                what,
                &format!("refused: {}", error.lines().next().unwrap_or_default().trim_end_matches(':')),
            )
        }
        Err(error) => Err(said(format!("{what} was refused for another reason: {error}"))),
        Ok(()) => Err(said(format!("{what} was not refused"))),
    }
}

/// The token with one bit of its payload changed.
fn changed_byte(token: &str) -> String {
    let middle = token.len() / 2;
    let change = |(i, c): (usize, char)| match (i == middle, c) {
        (true, 'A') => 'B',
        (true, _) => 'A',
        (false, same) => same,
    };
    token.chars().enumerate().map(change).collect()
}

/// A machine that shares nothing with this one.
fn another_machine(realm: &Realm) -> Step<Device> {
    let values = [(Kind::Disk, "OTHER-DISK-0001"), (Kind::Board, "OTHER-BOARD-0001")];
    let fingerprint = Fingerprint::from_values(realm, values).map_err(said)?;
    Ok(Device::new(fingerprint, Reading::Privileged))
}

/// `2026-11-23 10:15:00 z`, as the store writes times.
fn store_time(time: UnixTime) -> String {
    let text = time.to_string();
    text.replacen('T', " ", 1).replacen('Z', " z", 1)
}
