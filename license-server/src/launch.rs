//! From settings to a running server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use license_core::{Realm, UnixTime};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::backoff::Pause;
use crate::clock::Clock;
use crate::clock_watch::ClockWatch;
use crate::clones::CloneFinder;
use crate::config::{ConfigError, Settings, StoreApi};
use crate::delivery::{Folder, FolderError, Way, Worker};
use crate::engine::codes::Codes;
use crate::engine::ids::InstanceId;
use crate::engine::request::{Command, Request};
use crate::engine::{LEASE, Policy};
use crate::http;
use crate::keystore::{KeyFolder, KeySource, KeyStore, KeyStoreError, SecretFile};
use crate::koogallery::NonceLog;
use crate::koogallery::openapi::{OpenApi, OpenApiError, OpenApiSettings};
use crate::orders::Orders;
use crate::pruning::Pruner;
use crate::reloading::Reloading;
use crate::storage::{Database, OnlyServer, SharedPolicy, StorageError, Store, StoreSettings};
use crate::telemetry::Metrics;

/// How often the folder of keys is looked at.
const KEYS_LOOKED_AT: Duration = Duration::from_secs(2);

/// How often erasing is tried again where a reader was in the way.
const ERASING_TRIED: Duration = Duration::from_secs(1);
/// How many tries it may take before that is said, and after how many it is said again.
const ERASING_SAID: (u32, u32) = (10, 60);

/// How long each part may take to end; connections have 10 s to finish.
const ENDS_WITHIN: Duration = Duration::from_secs(12);

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyStoreError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The delivery folder.
    #[error("the delivery folder cannot be used: {0}")]
    Folder(#[from] FolderError),
    /// The store's open API.
    #[error("the store's open API cannot be used: {0}")]
    OpenApi(#[from] OpenApiError),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] http::TlsError),
    /// The address.
    #[error("cannot listen on {address}: {why}; choose another address with --listen")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// The operator's address.
    #[error(
        "cannot listen on {address} for the operator: {why}; choose another address with --operator-listen, or off"
    )]
    OperatorListen {
        /// Which address.
        address: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// There is nothing to sign with.
    #[error("there is no active key in {0}; run `license-server keys generate`")]
    NoKey(PathBuf),
}

/// Whose keys may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Real ones.
    Serve,
    /// Development keys, whose licenses are test licenses.
    Demo,
}

/// A server that runs until it is stopped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it answers the operator.
    pub operator_address: Option<SocketAddr>,
    reloading: Reloading,
    /// Where it listens for the store, if that has a listener of its own.
    pub store_address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    storage: Vec<std::thread::JoinHandle<()>>,
    /// Given back when all the rest has ended.
    _alone: Option<OnlyServer>,
}

/// Opens everything that the settings name, and answers on a listener.
///
/// # Errors
/// The first thing that is wrong, and what to do.
pub async fn launch(settings: &Settings, mode: Mode, clock: Clock) -> Result<Running, LaunchError> {
    let access_keys = settings.access_keys()?;
    let keystore = load_keys(settings, mode)?;
    let codes = secret_file(settings).read_or_make()?;
    let policy = policy(settings, codes.clone())?;
    // Before the database is opened: one that is served is not brought up to date by another program.
    let alone = settings.database.serve_alone()?;
    let mut writer = settings.database.open()?;
    let realm = keep_realm(&mut *writer, settings)?;
    writer.complete_codes(&codes)?;
    // Of a database that is shared, only its own server knows what is left of an erased row.
    let shared = writer.is_shared();
    let erases = !shared && (settings.keep_buyer || writer.has_personal_data()?);
    if erases {
        writer.erase_for_good()?;
    }
    let reader = settings.database.open_for_reading()?;
    let api = open_api(settings, &clock)?;
    let way = match &api {
        Some(api) => Way::Store(api.clone()),
        None => Way::Folder(Arc::new(Folder::open(&settings.delivery_dir)?)),
    };
    let tls = settings.tls.clone().map(http::Tls::load).transpose()?;
    warn_of_certificate(settings, clock.now());
    let address = settings.listen;
    let (public, address) = listen(address).await?;
    let store_listener = match settings.store_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let store_address = store_listener.as_ref().map(|(_, address)| *address);
    let listeners = http::Listeners { public, store: store_listener.map(|(listener, _)| listener) };
    let operator = match settings.operator_listen {
        Some(address) => Some(listen_for_operator(address).await?),
        None => None,
    };
    let operator_address = operator.as_ref().and_then(|listener| listener.local_addr().ok());

    let clock_watch = ClockWatch::new(clock.clone(), writer.newest_time()?.as_ref());
    writer.end_leases(clock.now())?;
    // What was put off under a clock that was ahead does not wait for it.
    writer.pull_far_jobs(clock.now())?;
    writer.checkpoint_apart()?;
    let unserved = writer.instances_without_entry()?;
    let policy = SharedPolicy::from(policy);
    let stored = StoreSettings { policy: policy.clone(), keys: keystore.clone(), clock: clock_watch.clone() };
    let mut writers = vec![writer];
    for _ in 1..settings.database.writers() {
        writers.push(settings.database.open()?);
    }
    let (store, storage) = Store::start(writers, reader, stored)?;
    let (stop, stopped) = watch::channel(false);
    let pause = Pause::default();
    let worker = Worker::new(store.clone(), way, clock.clone(), pause.clone());
    let orders = api.map(|api| Orders::new(store.clone(), api, clock.clone(), pause));
    if orders.is_some() {
        read_again(&store, unserved).await?;
    }
    let pruner = Pruner::new(store.clone(), clock_watch.clone(), settings.retention);
    let clones = CloneFinder::new(store.clone(), clock.clone());
    let (erasing, watching) = (store.clone(), clock_watch.clone().run(store.clone(), stopped.clone()));
    let app = App {
        clock,
        clock_watch,
        realm,
        access_keys,
        store,
        orders: orders.clone(),
        keystore: keystore.clone(),
        front_end_url: settings.front_end_url.as_deref().map(Into::into),
        codes,
        agent_limits: Arc::default(),
        seen_proofs: Arc::default(),
        public_urls: settings.public_urls.as_slice().into(),
        agent_admission: Arc::new(http::Admission::new(settings.bounds.agent_calls)),
        readiness: Arc::default(),
        trusted_proxies: settings.trusted_proxies.as_slice().into(),
        issuer: settings.issuer()?.into(),
        produce_path: settings.produce_path.as_str().into(),
        metrics: Metrics::install(),
        nonces: NonceLog::default(),
    };
    let reloading = Reloading {
        settings: settings.clone(),
        policy,
        keystore: keystore.clone(),
        tls: tls.clone(),
        store: app.store.clone(),
    };
    let mut tasks = vec![
        tokio::spawn(follow_keys(keystore, stopped.clone())),
        tokio::spawn(http::serve(listeners, app.clone(), tls, settings.bounds, stopped.clone())),
        tokio::spawn(watching),
        tokio::spawn(pruner.run(stopped.clone())),
        tokio::spawn(clones.run(stopped.clone())),
    ];
    if let Some(listener) = operator {
        tasks.push(tokio::spawn(http::serve_operator(listener, app, stopped.clone())));
    }
    if settings.delivers {
        tasks.push(tokio::spawn(worker.run(stopped.clone())));
    }
    if !shared {
        tasks.push(tokio::spawn(finish_erasing(erasing, stopped.clone())));
    }
    tasks.extend(orders.map(|orders| tokio::spawn(orders.run(stopped))));
    Ok(Running { address, operator_address, store_address, reloading, stop, tasks, storage, _alone: alone })
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), LaunchError> {
    let fault = |why| LaunchError::Listen { address, why };
    let listener = TcpListener::bind(address).await.map_err(fault)?;
    let bound = listener.local_addr().map_err(fault)?;
    Ok((listener, bound))
}

impl Running {
    /// Reads catalog, keys and certificate again, each by itself: one that cannot be used stays as it was. What became
    /// of each is in the log.
    pub async fn reload(&self) {
        self.reloading.reload().await;
    }

    /// Finishes what is under way, then ends.
    pub async fn stop(self) {
        // Nobody listening any more means that everything has ended already.
        let _ = self.stop.send(true);
        // It holds a way to storage, which ends when nobody can call it any more.
        drop(self.reloading);
        for task in self.tasks {
            match tokio::time::timeout(ENDS_WITHIN, task).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a part of the server ended early"),
                Err(_) => tracing::error!("a part of the server did not end in time and is left"),
            }
        }
        // Storage ends when nobody can call it any more; SQLite folds its log into the file on its way out.
        let ended = async {
            while !self.storage.iter().all(std::thread::JoinHandle::is_finished) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        if tokio::time::timeout(ENDS_WITHIN, ended).await.is_err() {
            tracing::error!("storage did not end in time; the database recovers at the next start");
        }
    }
}

async fn listen_for_operator(address: SocketAddr) -> Result<TcpListener, LaunchError> {
    TcpListener::bind(address).await.map_err(|why| LaunchError::OperatorListen { address, why })
}

/// The vendor's rules, with the catalog that they need.
///
/// # Errors
/// [`ConfigError`]
pub fn policy(settings: &Settings, codes: Codes) -> Result<Policy, ConfigError> {
    Ok(Policy {
        catalog: settings.catalog()?,
        issuer: settings.issuer()?.to_owned(),
        validity_slack: settings.validity_slack,
        max_start_ahead: settings.max_start_ahead,
        front_end_url: settings.front_end_url.clone(),
        asks_orders: settings.store.is_some(),
        lease: crate::fault::lease().unwrap_or(LEASE),
        codes,
    })
}

/// Where the secret of the activation codes is.
#[must_use]
pub fn secret_file(settings: &Settings) -> SecretFile {
    SecretFile::of(settings.secret_file.as_deref(), &settings.keys)
}

/// The folder of signing keys, with the passphrase that the settings name.
///
/// # Errors
/// [`KeyStoreError`]
pub fn key_folder(settings: &Settings) -> Result<KeyFolder, KeyStoreError> {
    Ok(KeyFolder::open(&settings.keys)?.with_passphrase(settings.keys_passphrase_file.as_deref()))
}

/// The store's open API, if the settings name it. Nothing is asked yet.
///
/// # Errors
/// [`OpenApiError`]
pub fn open_api(settings: &Settings, clock: &Clock) -> Result<Option<OpenApi>, OpenApiError> {
    let Some(store) = settings.store.clone() else {
        return Ok(None);
    };
    let StoreApi { url, fallback_url, access_key, secret_key } = store;
    let (keep_buyer, clock) = (settings.keep_buyer, clock.clone());
    OpenApi::new(OpenApiSettings { url, fallback_url, access_key, secret_key, keep_buyer, clock }).map(Some)
}

/// The realm that the database keeps; at the first start the setting's, else the issuer.
///
/// # Errors
/// [`StorageError::Differs`] when the setting names another one.
pub fn keep_realm(db: &mut dyn Database, settings: &Settings) -> Result<Realm, LaunchError> {
    let name = match (db.kept_setting("realm")?, &settings.realm) {
        (Some(kept), None) => kept,
        (_, Some(given)) => given.clone(),
        (None, None) => settings.issuer()?.to_owned(),
    };
    db.keep_setting("realm", &name)?;
    Ok(Realm::new(&name))
}

fn load_keys(settings: &Settings, mode: Mode) -> Result<KeyStore, LaunchError> {
    if mode == Mode::Serve {
        KeyFolder::open(&settings.keys)?.refuse_dev()?;
    }
    let keystore = KeyStore::open(KeySource {
        folder: settings.keys.clone(),
        passphrase_file: settings.keys_passphrase_file.clone(),
        issuer: Some(settings.issuer()?.to_owned()),
    })?;
    if !keystore.has_signing_key() {
        return Err(LaunchError::NoKey(settings.keys.clone()));
    }
    Ok(keystore)
}

/// Names what callers will refuse. The server starts all the same: a certificate is replaced while it runs.
fn warn_of_certificate(settings: &Settings, now: UnixTime) {
    let host = settings.server_url.as_ref().filter(|url| url.is_tls()).map(license_core::ServerUrl::host);
    let Some(Ok(seen)) = settings.tls.as_ref().map(|files| http::inspect(files, host, now)) else {
        return;
    };
    for fault in seen.faults {
        tracing::warn!(%fault, "callers will refuse the certificate");
    }
}

/// The catalog may serve now what it did not serve before.
pub(crate) async fn read_again(store: &Store, instances: Vec<InstanceId>) -> Result<(), StorageError> {
    for instance in instances {
        // R71
        let command = Command::Requery { instance };
        store.submit(Request { replay: None, entropy: [0; 16], command }).await?;
    }
    Ok(())
}

/// Takes what was erased out of the database's log, as soon as nobody reads, also while nothing else happens.
async fn finish_erasing(store: Store, mut stopped: watch::Receiver<bool>) {
    let mut tries = 0_u32;
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(ERASING_TRIED) => {}
        }
        match store.write(|db| db.finish_erasing()).await {
            Ok(true) => tries = 0,
            Ok(false) => tries = tries.saturating_add(1),
            // Too much to do is no fault; whatever else is wrong is said by the calls it fails.
            Err(error) => tracing::debug!(%error, "what was erased may still be in the database's log"),
        }
        metrics::gauge!("license_erasing_waits_seconds").set(f64::from(tries));
        let (first, again) = ERASING_SAID;
        if tries >= first && (tries - first).is_multiple_of(again) {
            tracing::warn!(
                seconds = tries,
                "what was erased is still in the database's log, because somebody has been reading the database \
                 since before: end the other program that has it open"
            );
        }
    }
}

/// Takes in keys that the operator makes, activates, retires or distrusts while the server runs.
async fn follow_keys(keystore: KeyStore, mut stopped: watch::Receiver<bool>) {
    // What was said of a folder that cannot be used is not said again every two seconds.
    let mut said = None;
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(KEYS_LOOKED_AT) => {}
        }
        let looked = keystore.clone();
        match tokio::task::spawn_blocking(move || looked.reload()).await {
            Ok(Ok(true)) => {
                said = None;
                tracing::info!(
                    signs = keystore.has_signing_key(),
                    "the folder of keys changed and was read again"
                );
            }
            Ok(Ok(false)) => {}
            Ok(Err(error)) if said.as_ref() == Some(&error) => {}
            Ok(Err(error)) => {
                if keystore.has_signing_key() {
                    tracing::error!(%error, "the changed folder of keys cannot be used; the key that signs goes on");
                } else {
                    tracing::error!(
                        %error,
                        "the changed folder of keys cannot be used; nothing is signed until it can be"
                    );
                }
                said = Some(error);
            }
            Err(error) => tracing::error!(%error, "the folder of keys was not read"),
        }
    }
}
