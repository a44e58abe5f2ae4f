//! The store's signed requests, as they are written down, through the whole server.

use license_tests::{Reply, Shop};
use serde_json::Value;

fn cases() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/store-requests.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("readable")).expect("JSON")
}

/// RFC 3986: everything but unreserved characters.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Every byte, whether it has to be or not.
fn fully_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn query(case: &Value, spell: fn(&str) -> String) -> String {
    let members = case["query"].as_object().expect("an object");
    let pairs: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("{}={}", spell(name), spell(value.as_str().expect("a text"))))
        .collect();
    pairs.join("&")
}

/// R1, R2
#[tokio::test]
async fn every_case_of_the_store_comes_out_as_it_is_written_down() {
    let (mut accepted, mut refused) = (0, 0);
    for case in cases() {
        let text = |name: &str| case[name].as_str().expect("a text");
        let now_ms = case["now_ms"].as_i64().expect("a time");
        for spell in [encoded, fully_encoded] {
            // A server of its own: to one that knows the signature it would be a repeat.
            let shop = Shop::builder().at(now_ms).access_key(text("access_key")).open().await;
            let reply = shop.post(&query(&case, spell), text("body").as_bytes()).await;
            assert_eq!(reply.status, 200, "{}", text("name"));
            let reply = Reply::read(reply.body);
            let named = format!("{}: {} {}", text("name"), reply.code(), reply.message());
            assert_eq!(reply.indiscretion(), None, "{named}");
            match text("expect") {
                "accept" => assert_ne!(reply.code(), "000001", "{named}"),
                code => assert_eq!(reply.code(), code, "{named}"),
            }
            if reply.code() == "000001" {
                assert_eq!(shop.stored(), [], "{named}");
                refused += 1;
            } else {
                accepted += 1;
            }
        }
    }
    assert!(accepted >= 30 && refused >= 26, "{accepted} accepted, {refused} refused");
}

/// R1
#[tokio::test]
async fn no_case_is_accepted_under_another_access_key() {
    let now_ms = |case: &Value| case["now_ms"].as_i64().expect("a time");
    let cases = cases();
    let shop = Shop::builder().at(now_ms(&cases[0])).access_key("demo-access-key-0002").open().await;
    for case in cases {
        shop.hand.set_ms(now_ms(&case));
        let body = case["body"].as_str().expect("a text");
        let reply = Reply::read(shop.post(&query(&case, encoded), body.as_bytes()).await.body);
        assert_eq!(reply.code(), "000001", "{}", case["name"]);
    }
    assert_eq!(shop.stored(), []);
}
