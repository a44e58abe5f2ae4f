//! The store's open API, played: order queries and uploads over HTTP, good or with faults.
//!
//! ```no_run
//! # use license_server::{clock::Clock, config::Secret, simulator::store::*};
//! # async fn play() -> std::io::Result<()> {
//! let clock = Clock::system();
//! let now = clock.now();
//! let options = StoreOptions { clock, ..StoreOptions::local(Secret::from("ak"), Secret::from("sk")) };
//! let store = SimulatedStore::listen(options).await?;
//! store.sell(Order::yearly("CS1", "OFFI1", "sku-1", now));
//! store.behave(Behaviour::good().next([Fault::DropAfter]).for_uploads());
//! // … a license server with `store.url()` works …
//! assert!(store.complaints().is_empty());
//! store.stop().await;
//! # Ok(())
//! # }
//! ```

mod answer;
mod behaviour;
mod book;
mod delivered;
mod door;
mod form;
mod gate;
mod mocks;
mod order;
mod order_file;
mod reply;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::clock::Clock;
use crate::config::Secret;
use answer::Desk;
use behaviour::Stage;
pub use behaviour::{Behaviour, Call, Fault};
use book::Book;
pub use book::{About, Complaint, Counts, FinalRefusal, Upload, UploadForm};
use door::Door;
pub use order::{BuyerInfo, Charging, Line, Order, OrderKind};
pub use order_file::OrderFileError;

/// How a store is started.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The access key (AK) that calls must name.
    pub access_key: Secret,
    /// The secret key (SK) that calls must be signed with.
    pub secret_key: Secret,
    /// The clock that signatures and mock orders are held against.
    pub clock: Clock,
    /// The certificate; without it the store speaks plain HTTP.
    pub tls: Option<Arc<ServerConfig>>,
}

impl StoreOptions {
    /// Plain HTTP at a free port of this machine, by the system's clock.
    #[must_use]
    pub fn local(access_key: Secret, secret_key: Secret) -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { listen, access_key, secret_key, clock: Clock::system(), tls: None }
    }
}

/// A running store; clones are handles of the same one. It ends with [`SimulatedStore::stop`] or its last handle.
#[derive(Clone)]
pub struct SimulatedStore {
    desk: Arc<Desk>,
    door: Arc<Door>,
}

impl SimulatedStore {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the address cannot be listened at.
    pub async fn listen(options: StoreOptions) -> io::Result<Self> {
        let StoreOptions { listen, access_key, secret_key, clock, tls } = options;
        let desk = Arc::new(Desk {
            book: Book::new(),
            stage: Stage::default(),
            access_key,
            secret_key,
            clock,
            hook: Mutex::new(None),
        });
        let tls = tls.map(|config| {
            let mut config = ServerConfig::clone(&config);
            // The only protocol that is spoken here.
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            TlsAcceptor::from(Arc::new(config))
        });
        let door = Arc::new(Door::open(listen, Arc::clone(&desk), tls).await?);
        Ok(Self { desk, door })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// Its address for a client on this machine: `http://127.0.0.1:8443`, with TLS `https://…`.
    #[must_use]
    pub fn url(&self) -> String {
        let mut address = self.address();
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        format!("{}://{address}", if self.door.is_tls() { "https" } else { "http" })
    }

    /// Adds an order that it can be asked about, or replaces it. The guide's mock orders are there from the beginning.
    pub fn sell(&self, order: Order) {
        self.desk.book.sell(order);
    }

    /// Changes how calls go from now on: those that the behaviour is for, with all that was planned for them.
    pub fn behave(&self, behaviour: Behaviour) {
        self.desk.stage.play(behaviour);
    }

    /// Refuses uploads under an event from now on, for ever.
    pub fn refuse_event(&self, event: &str, refusal: FinalRefusal) {
        self.desk.book.refuse_event(event, refusal);
    }

    /// Calls `hook` with every upload that is taken, before it is answered. It replaces the hook before it. The hook
    /// may ask this store things, but a handle kept in it keeps the store alive.
    pub fn on_upload(&self, hook: impl Fn(&Upload) + Send + Sync + 'static) {
        *self.desk.hook.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(hook));
    }

    /// Remembers this many uploads, 100,000 unless it is told; older ones are forgotten, and so are those before the
    /// last 1 GiB.
    pub fn remember(&self, uploads: usize) {
        self.desk.book.remember(uploads);
    }

    /// What it took under an event, in order, repeats included.
    #[must_use]
    pub fn uploads(&self, event: &str) -> Vec<Upload> {
        self.desk.book.uploads(event)
    }

    /// All that it took, in order.
    #[must_use]
    pub fn all_uploads(&self) -> Vec<Upload> {
        self.desk.book.all_uploads()
    }

    /// Waits until it took `count` uploads under an event, and gives as many as came `within` that time.
    pub async fn wait_for_uploads(&self, event: &str, count: usize, within: Duration) -> Vec<Upload> {
        self.desk.book.wait(event, count, within).await;
        self.uploads(event)
    }

    /// The last 10,000 calls that were wrong, in order. Faults that were asked for are not among them.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        self.desk.book.complaints()
    }

    /// How often what happened.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.desk.book.counts()
    }

    /// An outage begins: connections end, new ones are refused. What is known is kept.
    pub async fn down(&self) {
        self.door.shut().await;
    }

    /// The outage ends, at the same port.
    ///
    /// # Errors
    /// When somebody else took the port, or the store was stopped.
    pub async fn up(&self) -> io::Result<()> {
        self.door.reopen().await
    }

    /// Ends it with all its connections, for ever.
    pub async fn stop(&self) {
        self.door.end().await;
    }
}
