//! What the vendor's operator sees of machines, and does for them.

use std::fs;

use license_tests::{Ran, Workplace, device_key, files_that_hold, machine};
use serde_json::{Value, json};

use license_core::Realm;

fn workplace() -> Workplace {
    let place = Workplace::ready();
    place.write("catalog.toml", "[default]\ncode = \"cad\"\nseats = 2\nmax_license_days = 90\n");
    let device = machine(9).four_part();
    let _ = place
        .run(&[
            "issue",
            "--product",
            "cad",
            "--instance",
            "bought",
            "--fingerprint",
            &device,
            "--end",
            "2090-01-01",
        ])
        .ok();
    place
}

fn code(place: &Workplace) -> String {
    place.run(&["instances", "code", "bought"]).ok().trim().to_owned()
}

fn request(place: &Workplace, code: Option<&str>, n: u32) -> String {
    let mut request = json!({
        "license_request": 1, "fingerprint": machine(n).df1(&Realm::new("https://vendor.example")), "name": "workshop 3",
    });
    if let Some(code) = code {
        request["activation_code"] = code.into();
    }
    place.write("machine.req", &format!("{request}\n"));
    "machine.req".into()
}

/// R105
#[test]
fn a_request_from_a_machine_without_a_network_is_answered_with_a_file() {
    let place = workplace();
    let file = request(&place, Some(&code(&place)), 1);
    let said = place.run(&["answer", &file, "--out", "machine.lic"]).ok();
    assert!(said.contains("machine.lic") && said.contains("0 seats left"), "{said}");
    let license = fs::read_to_string(place.path("machine.lic")).expect("written");
    let again = place.run(&["answer", &file, "--json"]).json();
    assert_eq!(again["license"], license.as_str(), "asked again, the same license");
    let there = place.run(&["answer", &file, "--out", "machine.lic"]).failed();
    assert!(there.contains("nothing was issued"), "{there}");

    let third = request(&place, Some(&code(&place)), 2);
    let refused = place.run(&["answer", &third, "--out", "second.lic"]).failed();
    assert!(refused.contains("all 2 seats are taken"), "{refused}");
    assert!(!place.path("second.lic").exists(), "nothing is left of it");
    let seats = place.run(&["seats", "list", "bought"]).ok();
    assert!(seats.contains("workshop 3"), "{seats}");
    assert!(place.run(&["instances", "show", "bought"]).ok().contains("to its machine"));
}

/// R105
#[test]
fn a_request_that_came_by_mail_is_answered() {
    let place = workplace();
    let file = request(&place, Some(&code(&place)), 1);
    let text = std::fs::read_to_string(place.path(&file)).expect("readable");
    let first = place.run(&["answer", &file]).ok();
    let lines: Vec<_> = text.trim().as_bytes().chunks(72).map(String::from_utf8_lossy).collect();
    let utf16 = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    for (name, bytes) in [
        ("with-a-mark.req", format!("\u{feff}{text}").into_bytes()),
        ("utf-16.req", utf16),
        ("wrapped.req", lines.join("\r\n").into_bytes()),
        ("quoted.req", format!("Hello,\n> {}\n", lines.join("\n> ")).into_bytes()),
        ("printable.req", lines.join("=\r\n").into_bytes()),
        ("fenced.req", format!("```\n{text}\n```").into_bytes()),
    ] {
        std::fs::write(place.path(name), bytes).expect("written");
        assert_eq!(place.run(&["answer", name]).ok(), first, "{name}");
    }
    place.write("page.req", "<!doctype html><html><body>Log in</body></html>");
    place.write("license.req", &first);
    for (name, says) in [("page.req", "it is a web page"), ("license.req", "it is a license")] {
        let said = place.run(&["answer", name]).failed();
        assert!(said.contains(&format!("{name} is no license request: {says}")), "{said}");
    }
}

#[test]
fn a_request_without_a_code_is_answered_for_the_purchase_that_the_operator_names() {
    let place = workplace();
    let file = request(&place, None, 1);
    let asked = place.run(&["answer", &file]).failed();
    assert!(asked.contains("--instance"), "{asked}");
    let license = place.run(&["answer", &file, "--instance", "bought"]).ok();
    assert_eq!(license.trim().split('.').count(), 3, "{license}");
    let with_code = request(&place, Some(&code(&place)), 1);
    assert!(
        place.run(&["answer", &with_code, "--instance", "bought"]).failed().contains("leave --instance out")
    );
    for (broken, says) in [
        ("", "it is empty"),
        ("x", "not a JSON object"),
        ("{}", "license_request is missing"),
        (r#"{"license_request":2}"#, "version 2"),
        (r#"{"license_request":1,"activation_code":"ABCD"}"#, "copy all of it"),
        (r#"{"license_request":1,"activation_code":7}"#, "not a text"),
    ] {
        place.write("broken.req", broken);
        let said = place.run(&["answer", "broken.req"]).failed();
        assert!(said.contains(says), "{broken}: {said}");
    }
    assert!(place.run(&["answer", "nowhere.req"]).failed().contains("nowhere.req"));
}

/// R104
#[test]
fn a_code_is_shown_again_and_replaced() {
    let place = workplace();
    let first = code(&place);
    assert_eq!(
        place.run(&["instances", "show", "bought", "--json"]).json()["activation_code"],
        first.as_str()
    );
    assert!(place.run(&["instances", "show", "bought"]).ok().contains(&first));
    let replaced = place.run(&["instances", "code", "bought", "--replace", "--json"]).json();
    assert_eq!(replaced["instance"], "bought");
    assert_ne!(replaced["activation_code"], first.as_str());
    assert_eq!(code(&place), replaced["activation_code"]);
    let old = request(&place, Some(&first), 1);
    assert!(place.run(&["answer", &old]).failed().contains("no purchase has this activation code"));
    let new = request(&place, replaced["activation_code"].as_str(), 1);
    let _ = place.run(&["answer", &new]).ok();
    assert!(place.run(&["instances", "show", "bought"]).ok().contains("code-replaced"));
    assert!(place.run(&["instances", "code", "nobody"]).failed().contains("there is no instance nobody"));
    assert!(!place.run(&["instances", "list", "--json"]).ok().contains(&first), "a list shows no codes");
}

fn check(ran: Ran) -> (bool, String) {
    let findings: Value = serde_json::from_str(&ran.out).expect("JSON");
    let found =
        findings.as_array().expect("a list").iter().find(|found| found["what"] == "codes").expect("codes");
    (found["good"] == true, found["says"].as_str().expect("a text").to_owned())
}

#[test]
fn a_lost_secret_is_named_and_every_code_can_be_made_anew() {
    let place = workplace();
    let first = code(&place);
    assert!(check(place.run(&["check", "--json"])).0);
    place.write("keys/server.secret", "another secret that has more than enough bytes\n");
    let (good, says) = check(place.run(&["check", "--json"]));
    assert!(!good && says.contains("instances code --all --replace"), "{says}");
    assert!(place.run_briefly(&["serve"]).failed().contains("activation codes"));
    assert!(place.run(&["instances", "code", "bought"]).failed().contains("--all --replace"));
    let _ = place.run(&["seats", "list", "bought"]).ok();
    let _ = place.run(&["instances", "code", "--all", "--replace"]).ok();
    assert!(check(place.run(&["check", "--json"])).0);
    assert_ne!(code(&place), first);
    let file = request(&place, Some(&code(&place)), 1);
    let _ = place.run(&["answer", &file]).ok();
}

#[test]
fn the_operators_own_secret_is_used_where_one_is_named() {
    let place = Workplace::ready();
    place.write("catalog.toml", "[default]\ncode = \"cad\"\nmax_license_days = 90\n");
    place.write("codes.secret", &format!("{}\n", "5e".repeat(32)));
    place.configure("secret_file = \"codes.secret\"");
    let _ = place
        .run(&[
            "issue",
            "--product",
            "cad",
            "--instance",
            "bought",
            "--fingerprint",
            &machine(1).four_part(),
            "--end",
            "2090-01-01",
        ])
        .ok();
    let expected = license_core::ActivationCode::derive("5e".repeat(32).as_bytes(), "bought", 0).to_string();
    assert_eq!(code(&place), expected);
    assert!(!place.path("keys/server.secret").exists());
    fs::remove_file(place.path("codes.secret")).expect("removed");
    let (good, says) = check(place.run(&["check", "--json"]));
    assert!(!good && says.contains("codes.secret"), "{says}");
}

#[tokio::test]
async fn neither_codes_nor_names_licenses_fingerprints_or_addresses_are_in_the_log_or_in_the_metrics() {
    let place = workplace();
    place.configure("trusted_proxies = \"127.0.0.1\"");
    let code = code(&place);
    let served = place.serve("trace").await;
    let fingerprint = machine(1).df1(&Realm::new("https://vendor.example"));
    let ask = async |method: &str, path: &str, extra: &str, body: Value| {
        let body = body.to_string();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-type: application/json\r\n\
             x-forwarded-for: 203.0.113.77\r\n{extra}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        license_tests::exchange(served.address, request.as_bytes()).await.expect("an answer")
    };
    let key = device_key(1);
    let jwk: Value = serde_json::from_str(&key.public_jwk()).expect("JSON");
    let body = json!({
        "activation_code": code, "fingerprint": fingerprint, "name": "Anna's workshop", "device_key": jwk,
    });
    let reply = ask("POST", "/v1/activations", "", body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let held: Value = serde_json::from_slice(&reply.body).expect("JSON");
    let license = held["license"].as_str().expect("a license").to_owned();
    let renewal = json!({ "license": license, "fingerprint": fingerprint });
    let now = license_server::clock::Clock::system().now();
    let prove = |id: &str, method: &str, path: &str| {
        let proof = key.prove_call_as(id, method, &format!("https://vendor.example{path}"), &license, now);
        (format!("dpop: {proof}\r\n"), proof)
    };
    let (renews, proof) = prove("renewal", "POST", "/v1/licenses/renew");
    assert_eq!(ask("POST", "/v1/licenses/renew", &renews, renewal).await.status, 200);
    let path = format!("/v1/activations/{}", held["license_id"].as_str().expect("an id"));
    let bearer = format!("authorization: Bearer {license}\r\n{}", prove("leaving", "DELETE", &path).0);
    assert_eq!(ask("DELETE", &path, &bearer, Value::Null).await.status, 204);
    let other = license_core::ActivationCode::from_bytes([3; 16]).to_string();
    let guess = json!({ "activation_code": other, "fingerprint": fingerprint });
    assert_eq!(ask("POST", "/v1/activations", "", guess).await.status, 404);

    let metrics = license_tests::get(served.operator_address, "/metrics").await.text();
    for line in [
        r#"agent_calls_total{call="activate",outcome="new-seat"} 1"#,
        r#"agent_calls_total{call="activate",outcome="unknown-code"} 1"#,
        r#"agent_calls_total{call="renew",outcome="same-seat"} 1"#,
        r#"agent_calls_total{call="deactivate",outcome="done"} 1"#,
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    let signature = license.rsplit('.').next().expect("a signature").to_owned();
    let secrets = [
        code,
        other,
        license,
        signature,
        proof,
        fingerprint,
        "Anna's workshop".into(),
        "203.0.113.77".into(),
    ];
    let (log, counted) = (served.log(), metrics.to_lowercase());
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
        assert!(!counted.contains(&secret.to_lowercase()), "{secret} is in the metrics");
    }
    assert!(log.contains("agent call"), "{log}");
    let ended = served.stop().await;
    assert!(ended.success());
    // The seat was given back, and with it went the name; the code itself was never stored.
    let kept = secrets[..2].iter().chain(&secrets[4..5]).chain(&secrets[6..]).cloned().collect::<Vec<_>>();
    let (files, found) = files_that_hold(place.dir.path(), &kept);
    assert!(files > 5 && found.is_empty(), "{found:?}");
}
