//! Calls that are refused, many of them, and what others notice of it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use license_core::Realm;
use license_server::clock::Clock;
use license_server::config::Settings;
use license_tests::{
    DAY, Reply, Served, Shop, Workplace, exchange, machine, post_request, purchase, signed, utc14,
};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const CATALOG: &str = "[default]\ncode = \"cad\"\nseats = 2\nmax_license_days = 90\n";

/// Who floods: so many connections with so many calls each.
const FLOODERS: usize = 64;
const CALLS_EACH: usize = 20;
/// Who buys meanwhile.
const BUYERS: usize = 8;

/// A kept connection.
async fn connection(server: SocketAddr) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(server).await.expect("connected");
    let (sender, driver) = handshake(TokioIo::new(stream)).await.expect("HTTP/1");
    tokio::spawn(driver);
    sender
}

/// Status and body of one call on it.
async fn call(sender: &mut SendRequest<Full<Bytes>>, path: &str, body: &str) -> (u16, Bytes) {
    let request = Request::post(path).header("host", "shop").header("content-type", "application/json");
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).expect("a request");
    sender.ready().await.expect("a connection");
    let response = sender.send_request(request).await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.into_body().collect().await.expect("a body").to_bytes())
}

/// A server that has sold one purchase, and the license of its machine number 1.
async fn selling(place: &Workplace) -> (Served, String) {
    place.write("catalog.toml", CATALOG);
    let served = place.serve("info").await;
    let instance = served.call(purchase("order")).await.instance().to_owned();
    let renewal = json!({
        "activity": "refreshInstance", "scene": "RENEWAL", "orderId": "next", "orderLineId": "next-000001",
        "instanceId": instance, "expireTime": utc14(Clock::system().now().plus(60 * DAY)),
    });
    assert_eq!(served.call(renewal).await.code(), "000000");
    let code = place.run(&["instances", "code", &instance, "--json"]).json();
    let code = code["activation_code"].as_str().or(code["code"].as_str()).expect("a code").to_owned();
    let body = json!({ "activation_code": code, "fingerprint": text(1) }).to_string();
    let (status, answer) = call(&mut connection(served.address).await, "/v1/activations", &body).await;
    assert_eq!(status, 201, "{answer:?}");
    let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
    (served, answer["license"].as_str().expect("a license").to_owned())
}

/// The agent's text of machine number `n`.
fn text(n: u32) -> String {
    machine(n).df1(&Realm::new("https://vendor.example"))
}

#[tokio::test(flavor = "multi_thread")]
async fn while_refused_calls_come_in_a_flood_the_store_is_answered_and_the_log_stays_short() {
    let place = Workplace::ready();
    let (served, license) = selling(&place).await;
    let server = served.address;
    let wrong = json!({ "license": license, "fingerprint": text(2) }).to_string();
    let mut flood = JoinSet::new();
    for _ in 0..FLOODERS {
        let wrong = wrong.clone();
        flood.spawn(async move {
            let mut sender = connection(server).await;
            let mut told = Vec::new();
            for _ in 0..CALLS_EACH {
                told.push(call(&mut sender, "/v1/licenses/renew", &wrong).await.0);
            }
            told
        });
    }
    let mut buyers = JoinSet::new();
    for buyer in 0..BUYERS {
        buyers.spawn(async move {
            let (mut sender, clock, mut took) = (connection(server).await, Clock::system(), Vec::new());
            for n in 0..100 {
                let body = purchase(&format!("flood-{buyer}-{n}")).to_string();
                let call_ = signed(Workplace::ACCESS_KEY, clock.now_ms(), body.as_bytes());
                let from = clock.instant();
                let path = format!("/koogallery/produce?{}", call_.query);
                let (status, answer) = call(&mut sender, &path, &body).await;
                took.push(clock.instant().duration_since(from));
                assert_eq!(status, 200);
                assert_eq!(Reply::read(answer.to_vec()).code(), "000000");
            }
            took
        });
    }
    let mut took: Vec<Duration> = buyers.join_all().await.concat();
    let told = flood.join_all().await.concat();
    took.sort();
    let of = |status| told.iter().filter(|told| **told == status).count();
    println!(
        "{} calls of the store: median {:?}, p99 {:?}, slowest {:?}; {} refused calls: {} told why, {} told to wait, {} \
         turned away",
        took.len(),
        took[took.len() / 2],
        took[took.len() * 99 / 100],
        took[took.len() - 1],
        told.len(),
        of(403) + of(409),
        of(429),
        of(503)
    );
    assert!(of(403) + of(409) <= 60, "{}", of(403) + of(409));
    assert_eq!(of(403) + of(409) + of(429) + of(503), told.len());
    let lines = served.log_lines();
    let of_agents = lines.iter().filter(|line| line["message"] == "agent call").count();
    assert!(of_agents <= 60, "{of_agents} lines");
    let right = json!({ "license": license, "fingerprint": text(1) }).to_string();
    let (status, answer) = call(&mut connection(server).await, "/v1/licenses/renew", &right).await;
    assert_eq!(status, 200, "its own machine is served, from the same address: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_nobody_signed_are_a_few_lines_of_the_log() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let mut callers = JoinSet::new();
    for _ in 0..16 {
        let server = served.address;
        callers.spawn(async move {
            let mut sender = connection(server).await;
            for _ in 0..100 {
                let (status, _) = call(&mut sender, "/koogallery/produce?signature=00", "{}").await;
                assert_eq!(status, 200);
                assert_eq!(call(&mut sender, "/v1/activations", "[]").await.0 / 100, 4);
            }
        });
    }
    callers.join_all().await;
    assert_eq!(served.call(purchase("order")).await.code(), "000000");
    let lines = served.log_lines().len();
    assert!(lines < 60, "{lines} lines");
    assert!(served.log().contains("\"code\":\"000000\""), "the store's own calls have their lines");
}

fn behind_a_proxy() -> license_tests::ShopBuilder {
    Shop::builder().catalog(CATALOG).with(|settings: &mut Settings| {
        settings.trusted_proxies = vec!["127.0.0.1".parse().expect("a network")];
    })
}

async fn activated(shop: &Shop) -> String {
    let instance = shop.buy("order").await;
    assert_eq!(shop.refresh(&instance, "RENEWAL", "next", shop.now().plus(60 * DAY)).await, "000000");
    // Without a key: what is limited here are failures of every kind.
    shop.activate_with(&shop.code(&instance), &text(1), None).await.license()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_license_that_fails_from_everywhere_is_limited_and_its_own_machine_is_not() {
    let shop = behind_a_proxy().open().await;
    let license = activated(&shop).await;
    let mut names = Vec::new();
    for n in 0..40 {
        let from = format!("x-forwarded-for: 203.0.113.{n}");
        let body = json!({ "license": license, "fingerprint": text(2) });
        let reply = shop.ask_json("/v1/licenses/renew", &[&from], &body).await;
        names.push(reply.problem().1.to_owned());
    }
    assert!(names[..30].iter().all(|name| name == "other-device"), "{names:?}");
    assert!(names[30..].iter().all(|name| name == "too-many-attempts"), "{names:?}");
    assert_eq!(shop.renew_with(&license, &text(1), None).await.status, 200);
    shop.days_pass(1);
    assert_eq!(shop.renew_with(&license, &text(2), None).await.problem().1, "other-device");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_its_calls_are_refused_for_an_address_is_told_to_wait_in_the_end() {
    let shop = behind_a_proxy().open().await;
    let license = activated(&shop).await;
    let from = "x-forwarded-for: 203.0.113.7";
    let mut told = None;
    for n in 0..330 {
        let reply = match n % 3 {
            0 => shop.ask_json("/v1/activations", &[from], &json!([])).await,
            1 => shop.ask("POST", "/v1/licenses/renew", &[from], b"x").await,
            _ => shop.ask("DELETE", "/v1/activations/x", &[from], b"").await,
        };
        if reply.problem().0 == 429 {
            told = Some(n);
            break;
        }
    }
    assert_eq!(told, Some(300));
    let body = json!({ "license": license, "fingerprint": text(1) });
    assert_eq!(shop.ask_json("/v1/licenses/renew", &[from], &body).await.status, 200);
    let other = shop.ask_json("/v1/activations", &["x-forwarded-for: 203.0.113.8"], &json!([])).await;
    assert_eq!(other.status, 400, "nobody else is meant");
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_ask_whether_it_is_ready_the_store_is_answered() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let mut watchers = JoinSet::new();
    for _ in 0..200 {
        let server = served.address;
        watchers.spawn(async move {
            let request = b"GET /readyz HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";
            exchange(server, request).await.expect("an answer").status
        });
    }
    for n in 0..20 {
        assert_eq!(served.call(purchase(&format!("order-{n}"))).await.code(), "000000");
    }
    assert!(watchers.join_all().await.into_iter().all(|status| status == 200));
    let reply = exchange(served.address, &post_request("", b"{}")).await.expect("an answer");
    assert_eq!(reply.status, 200);
}
