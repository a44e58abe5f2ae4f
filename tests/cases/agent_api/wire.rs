//! Requests that are not what they should be.

use license_server::storage::Address;
use license_tests::Shop;
use serde_json::json;

use super::{CATALOG, bought, text};

const JSON: &str = "content-type: application/json";

/// R87
#[tokio::test]
async fn the_edge_is_strict_and_unknown_members_are_ignored() {
    let shop = Shop::selling(CATALOG).await;
    let (_, code) = bought(&shop).await;
    let fingerprint = text(&shop, 1);
    let twice =
        format!(r#"{{"activation_code":"{code}","activation_code":"{code}","fingerprint":"{fingerprint}"}}"#);
    for body in
        ["", "[]", "{", "null", "{}", r#"{"activation_code":7}"#, &twice, "{\"activation_code\":\"\u{1}\"}"]
    {
        let reply = shop.ask("POST", "/v1/activations", &[JSON], body.as_bytes()).await;
        assert_eq!(reply.problem(), (400, "malformed-request"), "{body}");
    }
    for name in ["", "   ", "a\u{202e}b", "tab\tbed", &"x".repeat(65)] {
        let body = json!({ "activation_code": code, "fingerprint": fingerprint, "name": name });
        assert_eq!(
            shop.ask_json("/v1/activations", &[], &body).await.problem(),
            (400, "malformed-request"),
            "{name:?}"
        );
    }
    for kind in ["", "content-type: text/plain", "content-type: application/json; charset=latin1"] {
        let headers: Vec<&str> = if kind.is_empty() { Vec::new() } else { vec![kind] };
        let reply = shop.ask("POST", "/v1/activations", &headers, b"{}").await;
        assert_eq!(reply.problem(), (415, "unsupported-media-type"), "{kind}");
    }
    let body = json!({ "activation_code": code, "fingerprint": fingerprint, "name": null, "later": [{}] });
    let headers = ["content-type: Application/JSON; charset=\"UTF-8\""];
    let reply = shop.ask("POST", "/v1/activations", &headers, body.to_string().as_bytes()).await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

/// R87
#[tokio::test]
async fn every_address_below_v1_answers_in_the_same_way() {
    let shop = Shop::open().await;
    let large = vec![b' '; 65 * 1024];
    let reply = shop.ask("POST", "/v1/activations", &[JSON], &large).await;
    assert_eq!(reply.problem(), (413, "too-large"));
    for path in ["/v1", "/v1/", "/v1/nothing", "/v1/activations/a/b", "/v1/activations//"] {
        let reply = shop.ask("POST", path, &[JSON], b"{}").await;
        assert_eq!(reply.problem(), (404, "not-found"), "{path}");
        assert!(
            reply.header("date").is_some() && reply.header("cache-control") == Some("no-store"),
            "{reply:?}"
        );
    }
    for (method, path, allowed) in [
        ("GET", "/v1/activations", "post"),
        ("PUT", "/v1/licenses/renew", "post"),
        ("POST", "/v1/activations/019a", "delete"),
        ("DELETE", "/v1/openapi.json", "get"),
    ] {
        let reply = shop.ask(method, path, &[], b"").await;
        assert_eq!(
            (reply.problem(), reply.header("allow")),
            ((405, "method-not-allowed"), Some(allowed)),
            "{path}"
        );
    }
    let description = shop.ask("GET", "/v1/openapi.json", &[], b"").await;
    assert_eq!((description.status, &description.json["openapi"]), (200, &"3.1.0".into()));
}

/// R90
#[tokio::test]
async fn giving_back_needs_the_license_itself() {
    let shop = Shop::selling(CATALOG).await;
    let (_, code) = bought(&shop).await;
    let held = shop.activate(&code, &text(&shop, 1)).await;
    let path = format!("/v1/activations/{}", held.license_id());
    let bearer = format!("authorization: bearer {}", held.license());
    for headers in [
        &[][..],
        &["authorization: Basic eyJ"],
        &["authorization: Bearer"],
        &["authorization: Bearer eyJ"],
        &[&bearer, &bearer],
    ] {
        let reply = shop.ask("DELETE", &path, headers, b"").await;
        assert_eq!(
            (reply.problem(), reply.header("www-authenticate")),
            ((401, "untrusted-license"), Some("bearer"))
        );
    }
    assert_eq!(shop.ask("DELETE", &path, &[&bearer], b"").await.problem(), (401, "proof-missing"));
    assert_eq!(shop.deactivate(&held.license(), &held.license_id()).await.status, 204);
}

/// R89
#[tokio::test]
async fn a_server_that_cannot_write_says_that_it_is_busy_and_goes_on_afterwards() {
    // PostgreSQL goes away in cases of its own.
    let shop = Shop::selling_on_sqlite(CATALOG).await;
    let Address::Sqlite(file) = &shop.settings.database else { panic!("it is on SQLite") };
    let (_, code) = bought(&shop).await;
    let other = rusqlite::Connection::open(file).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("locks");
    let busy = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!(busy.problem(), (503, "busy"));
    assert!(busy.header("retry-after").is_some(), "{busy:?}");
    other.execute_batch("ROLLBACK").expect("unlocks");
    // A writer that was already waiting for the lock may have carried the first call out after its answer.
    let again = shop.activate(&code, &text(&shop, 1)).await;
    assert!(matches!(again.status, 200 | 201), "{again:?}");
    assert_eq!(shop.count("seat"), 1);
}
