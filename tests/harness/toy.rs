//! A small license server of somebody else's: in memory, correct unless it is told to be wrong in one way.
//!
//! Nothing in it is this project's but the check of the store's signature and the client of the open API.

mod book;
mod calls;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use license_server::clock::Clock;
use license_server::config::Secret;
use license_server::engine::catalog::DeliveryForm;
use license_server::engine::ids::{LineId, OrderId, OrderLine};
use license_server::engine::request::OrderFacts;
use license_server::koogallery::openapi::{OpenApi, OpenApiSettings, Purpose};
use license_server::koogallery::signature::authenticate;
use license_server::simulator::ProductionUrl;
use license_server::simulator::store::{SimulatedStore, StoreOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use book::Book;

/// A way to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToyFault {
    /// Makes a new instance of a repeated purchase.
    ForgottenRepeat,
    /// Makes a new license of a repeated application.
    ReSignedRepeat,
    /// Does not look at the timestamp.
    StaleClockAccepted,
    /// Answers FREEZE and forgets it.
    LostFreeze,
    /// Gives one license more than was bought.
    DoubleSeat,
    /// Takes the end of whichever renewal came last.
    RenewalBackward,
    /// Does what a debug call says.
    TestFlagWrites,
    /// Answers a purchase only when it has read the order.
    LateReply,
}

impl ToyFault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ForgottenRepeat,
        Self::ReSignedRepeat,
        Self::StaleClockAccepted,
        Self::LostFreeze,
        Self::DoubleSeat,
        Self::RenewalBackward,
        Self::TestFlagWrites,
        Self::LateReply,
    ];

    /// The name that the simulator should find.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ForgottenRepeat => "forgotten-repeat",
            Self::ReSignedRepeat => "re-signed-repeat",
            Self::StaleClockAccepted => "stale-clock-accepted",
            Self::LostFreeze => "lost-freeze",
            Self::DoubleSeat => "double-seat",
            Self::RenewalBackward => "renewal-backward",
            Self::TestFlagWrites => "test-flag-writes",
            Self::LateReply => "late-reply",
        }
    }
}

/// A running toy, and the played store that it works with. It ends when it is dropped.
pub struct Toy {
    /// The store.
    pub store: SimulatedStore,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Toy {
    /// The access key that it believes.
    pub const ACCESS_KEY: &str = "toy-access-key-4410";

    /// Starts one.
    pub async fn open(fault: Option<ToyFault>) -> Self {
        Self::with_secret(fault, "toy-sk").await
    }

    /// Starts one that signs its own calls with another secret key than the store's, `toy-sk`.
    pub async fn with_secret(fault: Option<ToyFault>, secret_key: &str) -> Self {
        let (ak, sk) = (Secret::from("TOYAK"), Secret::from("toy-sk"));
        let store = SimulatedStore::listen(StoreOptions::local(ak.clone(), sk)).await.expect("a store");
        let api = OpenApi::new(OpenApiSettings {
            url: store.url(),
            fallback_url: None,
            access_key: ak,
            secret_key: Secret::from(secret_key),
            keep_buyer: false,
            clock: Clock::system(),
        });
        let shelf = Shelf { api: api.expect("a client"), fault, book: Mutex::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shelf = Arc::new(shelf);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(Arc::clone(&shelf), stream));
            }
        });
        Self { store, address, accepting }
    }

    /// Where the store calls it.
    #[must_use]
    pub fn url(&self) -> ProductionUrl {
        format!("http://{}/store/calls?tenant=7", self.address).parse().expect("a URL")
    }
}

impl Drop for Toy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What a toy has.
struct Shelf {
    api: OpenApi,
    fault: Option<ToyFault>,
    book: Mutex<Book>,
}

impl Shelf {
    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a call.
    async fn answer(self: Arc<Self>, query: &str, body: &[u8]) -> Value {
        let timestamp = query.split('&').find_map(|pair| pair.strip_prefix("timestamp="));
        let now = match (self.fault, timestamp.and_then(|text| text.parse::<i64>().ok())) {
            (Some(ToyFault::StaleClockAccepted), Some(seconds)) if seconds < 10_000_000_000 => seconds * 1000,
            (Some(ToyFault::StaleClockAccepted), Some(milliseconds)) => milliseconds,
            _ => Clock::system().now_ms(),
        };
        let Ok(signed) = authenticate(&[Secret::from(Toy::ACCESS_KEY)], query, body, None, now) else {
            return json!({ "resultCode": "000001" });
        };
        let known = self.book().replies.get(&signed.signature).cloned();
        if let Some(known) = known {
            return known;
        }
        let call: Value = serde_json::from_slice(body).unwrap_or_default();
        let reply = calls::answer(&self, &call).await.unwrap_or_else(|code| json!({ "resultCode": code }));
        if call["testFlag"].is_null() && reply["resultCode"] != "000004" {
            self.book().replies.insert(signed.signature, reply.clone());
        }
        reply
    }

    /// What the store says of an order; asked until it does.
    async fn facts(&self, order: &str, line: &str) -> OrderFacts {
        let wanted = OrderLine {
            order: OrderId::parse(order).expect("an order"),
            line: LineId::parse(line).expect("a line"),
        };
        loop {
            let asked = self.api.order(&wanted.order, &wanted.line, Duration::from_secs(20)).await;
            if let Some(facts) = asked.ok().and_then(|order| order.facts(&wanted, Purpose::Change).ok()) {
                return facts;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Uploads until the store takes it.
    fn deliver(self: &Arc<Self>, event: &str, license: String) {
        let (shelf, event) = (Arc::clone(self), event.to_owned());
        tokio::spawn(async move {
            while shelf.api.upload(&event, &license, DeliveryForm::Auto).await.is_err() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
    }
}

/// One request on one connection.
async fn serve(shelf: Arc<Shelf>, mut stream: TcpStream) {
    let mut raw = Vec::new();
    let (head, mut body) = loop {
        if stream.read_buf(&mut raw).await.unwrap_or(0) == 0 {
            return;
        }
        if let Some(end) = raw.windows(4).position(|four| four == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&raw[..end]).into_owned(), raw.split_off(end + 4));
        }
    };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    while body.len() < length.unwrap_or(0) {
        if stream.read_buf(&mut body).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let target = head.split(' ').nth(1).unwrap_or_default();
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let reply = shelf.answer(query, &body).await.to_string();
    let reply =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{reply}", reply.len());
    // Who hung up does not hear it.
    let _ = stream.write_all(reply.as_bytes()).await;
}
