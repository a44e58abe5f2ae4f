//! Attempts that fail, and the good ones beside them.

use license_core::ActivationCode;
use license_tests::{AgentReply, Shop};
use serde_json::json;

use super::{CATALOG, bought, text};

/// More than an address or a code may fail at once.
const MANY: u8 = 40;

fn guess(n: u8) -> String {
    ActivationCode::from_bytes([n; 16]).to_string()
}

async fn activate_from(shop: &Shop, forwarded: &str, code: &str, fingerprint: &str) -> AgentReply {
    let body = json!({ "activation_code": code, "fingerprint": fingerprint });
    shop.ask_json("/v1/activations", &[&format!("x-forwarded-for: {forwarded}")], &body).await
}

async fn behind_a_proxy() -> Shop {
    let trust = |settings: &mut license_server::config::Settings| {
        settings.trusted_proxies = vec!["127.0.0.1".parse().expect("a network")];
    };
    Shop::builder().catalog(CATALOG).with(trust).open().await
}

/// R88
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_guesses_is_told_to_wait_and_a_good_machine_beside_it_is_not() {
    let shop = Shop::selling(CATALOG).await;
    let (_, code) = bought(&shop).await;
    let mut names = Vec::new();
    for n in 0..MANY {
        let reply = shop.activate(&guess(n), &text(&shop, 1)).await;
        names.push(reply.problem().1.to_owned());
        if reply.status == 429 {
            let seconds: u32 = reply.header("retry-after").expect("how long").parse().expect("seconds");
            assert!(seconds > 0, "{reply:?}");
        }
    }
    let told = names.iter().position(|name| name == "too-many-attempts").expect("told to wait");
    assert!(names[..told].iter().all(|name| name == "unknown-code"), "{names:?}");
    assert!(names[told..].iter().all(|name| name == "too-many-attempts"), "{names:?}");
    let first = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!(first.status, 201, "the factory's other machines go on: {first:?}");
    assert_eq!(shop.renew(&first.license(), &text(&shop, 1)).await.status, 200);
    shop.days_pass(1);
    assert_eq!(shop.activate(&guess(99), &text(&shop, 1)).await.problem(), (404, "unknown-code"));
}

/// R88
#[tokio::test(flavor = "multi_thread")]
async fn success_never_counts() {
    let shop = Shop::selling(CATALOG).await;
    let (_, code) = bought(&shop).await;
    for _ in 0..2 * MANY {
        assert!(shop.activate(&code, &text(&shop, 1)).await.status < 300);
    }
    assert_eq!(shop.activate(&guess(1), &text(&shop, 1)).await.problem(), (404, "unknown-code"));
}

/// R88
#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_fails_everywhere_is_limited_and_its_own_machines_are_not() {
    let shop = behind_a_proxy().await;
    let (_, code) = bought(&shop).await;
    for n in 1..=2 {
        assert_eq!(shop.activate(&code, &text(&shop, n)).await.status, 201);
    }
    let mut last = None;
    for n in 0..MANY {
        let from = format!("203.0.113.{n}");
        last = Some(activate_from(&shop, &from, &code, &text(&shop, 10 + u32::from(n))).await);
    }
    assert_eq!(last.expect("many").problem(), (429, "too-many-attempts"));
    assert_eq!(activate_from(&shop, "203.0.113.9", &code, &text(&shop, 1)).await.status, 200);
    let other = activate_from(&shop, "203.0.113.9", &guess(1), &text(&shop, 1)).await;
    assert_eq!(other.problem(), (404, "unknown-code"), "no address failed often");
}

#[tokio::test(flavor = "multi_thread")]
async fn forwarded_addresses_count_only_where_the_proxy_is_trusted() {
    for is_trusted in [true, false] {
        let shop = if is_trusted { behind_a_proxy().await } else { Shop::selling(CATALOG).await };
        let mut guessed = 0_u8;
        // A guesser writes another address before its own each time; the proxy adds the true one.
        for n in 0..MANY {
            let from = format!("198.51.100.{n}, 203.0.113.7");
            let reply = activate_from(&shop, &from, &guess(n), &text(&shop, 1)).await;
            guessed += u8::from(reply.problem().1 == "unknown-code");
        }
        assert!(guessed < MANY, "its own address counts");
        let other = activate_from(&shop, "203.0.113.8", &guess(200), &text(&shop, 1)).await;
        let expected = if is_trusted { (404, "unknown-code") } else { (429, "too-many-attempts") };
        assert_eq!(other.problem(), expected, "trusted: {is_trusted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_guesses_from_one_address_does_not_reach_the_writer() {
    let shop = Shop::selling(CATALOG).await;
    let (_, code) = bought(&shop).await;
    let stored = shop.stored();
    for n in 0..MANY {
        let reply = shop.activate(&guess(n), &text(&shop, 1)).await;
        assert!(matches!(reply.status, 404 | 429), "{reply:?}");
    }
    assert_eq!(shop.stored(), stored, "a guess leaves nothing behind");
    assert_eq!(shop.activate(&code, &text(&shop, 1)).await.status, 201);
}
