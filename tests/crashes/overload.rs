//! Far more calls at once than the server has room for.

use std::any::Any;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use license_server::clock::Clock;
use license_server::config::values;
use license_tests::postgres::Cluster;
use license_tests::{PATIENCE, Reply, Workplace, purchase, signed};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::disk::{code, readiness};
use super::memory::resident;
use super::postgres::{Other, schema};
use super::replicas::{file, workplace};
use super::sweep::Sweep;

/// Together many more than may wait, the server has room for 16 calls on each connection.
const CONNECTIONS: usize = 360;
const AT_ONCE: usize = 16;
/// Whoever waits that long waits for ever: how fast it is, is measured elsewhere.
const HANGS: Duration = PATIENCE;

/// R3
#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_what_may_wait_are_refused_at_once_and_no_accepted_one_is_lost_on_sqlite() {
    let place = workplace();
    let database = file(&place);
    let path = place.path("license.db");
    overloaded(&place, &database, || {
        let other = rusqlite::Connection::open(&path).expect("opens");
        other.execute_batch("BEGIN IMMEDIATE").expect("locks");
        Box::new(other)
    })
    .await;
}

/// R3
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn calls_beyond_what_may_wait_are_refused_at_once_and_no_accepted_one_is_lost_on_postgresql() {
    let cluster = Cluster::shared();
    let database = cluster.database();
    let lock = format!("BEGIN; LOCK TABLE {}.instance;", schema(&database));
    overloaded(&workplace(), &database, || Box::new(Other::after(cluster, &lock))).await;
}

/// Two of these cases at once would be one overload of this machine.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// `stall` keeps everybody from writing until what it gives is dropped.
async fn overloaded(place: &Workplace, database: &str, stall: impl Fn() -> Box<dyn Any + Send>) {
    let _alone = ALONE.lock().await;
    let served = place.serve_as("overloaded", database, &[]).await;
    let mut answers = BTreeMap::new();
    let mut memory = Vec::new();
    for round in ["first", "second", "third"] {
        let refused = watch::channel(0).0;
        let pressing = press(served.address, round, &refused);
        // Calls come faster than they are written, for as long as nothing is refused.
        let held = stall();
        let stalling = async {
            let mut refused = refused.subscribe();
            let any = timeout(HANGS, refused.wait_for(|refused| *refused > 0)).await.is_ok();
            drop(held);
            assert!(any, "more calls than may wait are refused");
        };
        let (answered, ()) = tokio::join!(pressing, stalling);
        answers.extend(answered);
        memory.push(resident(served.id()));
    }
    let accepted: BTreeMap<&String, &Reply> =
        answers.iter().filter(|(_, reply)| reply.code() == "000000").collect();
    let refused = answers.values().filter(|reply| reply.code() == "000005").count();
    println!("{} accepted, {refused} refused, {memory:?} MiB", accepted.len());
    assert_eq!(accepted.len() + refused, answers.len(), "nothing else is said");
    assert!(!accepted.is_empty(), "work goes on");
    // Once full, all that it needs for that much is there.
    assert!(memory[2] < memory[1] + 16, "memory is flat: {memory:?} MiB");
    let stored = Sweep::of(&values::database(database).expect("an address"));
    assert_eq!(stored.faults(), Vec::<String>::new());
    for (order, reply) in accepted {
        assert_eq!(stored.instances.get(order).map(String::as_str), Some(reply.instance()), "{order}");
    }
    assert_eq!(code(&served, purchase("afterwards")).await, "000000");
    assert_eq!(readiness(&served).await.0, 200);
}

/// Sends all that, and gives what was answered for each order.
async fn press(server: SocketAddr, name: &str, refused: &watch::Sender<usize>) -> BTreeMap<String, Reply> {
    let mut callers = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let sender = connected(server).await;
        for caller in 0..AT_ONCE {
            let (sender, refused) = (sender.clone(), refused.clone());
            let name = format!("{name}-{connection}-{caller}");
            callers.spawn(async move {
                let reply = buy(server, sender, &name).await;
                if reply.code() == "000005" {
                    refused.send_modify(|refused| *refused += 1);
                }
                (name, reply)
            });
        }
    }
    let mut answers = BTreeMap::new();
    while let Some(ended) = callers.join_next().await {
        answers.extend([ended.expect("answered")]);
    }
    answers
}

/// A connection of HTTP/2.
async fn connected(server: SocketAddr) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(server).await.expect("connected");
    let (sender, driver) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    tokio::spawn(driver);
    sender
}

/// One call, which is answered whatever is said. Where its connection ends before, it is made again as the store would:
/// on a busy machine this side may be silent for so long that the server gives a connection up.
async fn buy(server: SocketAddr, mut sender: SendRequest<Full<Bytes>>, order: &str) -> Reply {
    loop {
        match timeout(HANGS, buy_once(sender, order)).await.expect("an answer or an end") {
            Ok(reply) => return reply,
            Err(_) => sender = connected(server).await,
        }
    }
}

async fn buy_once(mut sender: SendRequest<Full<Bytes>>, order: &str) -> hyper::Result<Reply> {
    let body = purchase(order).to_string();
    let call = signed(Workplace::ACCESS_KEY, Clock::system().now_ms(), body.as_bytes());
    let request = Request::post(format!("http://shop/koogallery/produce?{}", call.query))
        .body(Full::new(Bytes::from(call.body)))
        .expect("a request");
    sender.ready().await?;
    let response = sender.send_request(request).await?;
    assert_eq!(response.status(), 200);
    Ok(Reply::read(response.into_body().collect().await?.to_bytes().to_vec()))
}
