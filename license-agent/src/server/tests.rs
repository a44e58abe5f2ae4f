//! The client against a played server, byte for byte.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use license_core::DpopProof;

use super::*;
use crate::exit::Exit;

/// Answers one request with fixed bytes, and gives back what was asked.
fn played(reply: &str) -> (Server, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/base/", listener.local_addr().unwrap());
    let reply = reply.to_owned();
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = Vec::new();
        let mut part = [0; 4096];
        while !is_whole(&heard) {
            let read = stream.read(&mut part).unwrap();
            assert_ne!(read, 0, "the request was cut");
            heard.extend_from_slice(&part[..read]);
        }
        // A client that has seen enough may hang up.
        _ = stream.write_all(reply.as_bytes());
        String::from_utf8(heard).unwrap()
    });
    (Server::new(&args(&url), None).unwrap(), heard)
}

fn is_whole(heard: &[u8]) -> bool {
    let text = String::from_utf8_lossy(heard).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

fn args(url: &str) -> ServerArgs {
    ServerArgs { server: Some(url.to_owned()), ca_file: None, timeout: 20 }
}

fn reply(status: &str, head: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{head}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn code() -> ActivationCode {
    ActivationCode::from_bytes([7; 16])
}

fn key() -> DeviceKey {
    DeviceKey::from_seed(&[7; 32])
}

#[test]
fn an_activation_sends_what_the_server_asks_for_and_nothing_else() {
    let body = r#"{"license":"a.b.c","license_id":"l","expires_at":null,"seats_left":2,"more":1}"#;
    let (server, heard) = played(&reply("201 Created", "date: Thu, 24 Nov 2026 10:00:00 GMT\r\n", body));
    // The weekday of that date is wrong, so it counts as none.
    let answer = server.activate(&code(), "DF1-X", Some("build"), &key()).unwrap();
    assert_eq!((answer.body.license.as_str(), answer.body.seats_left), ("a.b.c", Some(2)));
    let heard = heard.join().unwrap();
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.lines().map(str::to_ascii_lowercase).collect();
    assert_eq!(lines.remove(0), "post /base/v1/activations http/1.1");
    let mut names: Vec<_> = lines.iter().map(|line| line.split(':').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "content-length", "content-type", "host", "user-agent"]);
    assert!(lines.contains(&format!("user-agent: license-agent/{}", env!("CARGO_PKG_VERSION"))));
    let key: serde_json::Value = serde_json::from_str(&key().public_jwk()).unwrap();
    let expected = format!(
        r#"{{"activation_code":"{}","fingerprint":"DF1-X","name":"build","device_key":{key}}}"#,
        code()
    );
    assert_eq!(body, expected);
}

#[test]
fn the_servers_date_comes_with_its_answer() {
    let body = r#"{"license":"a.b.c","seats_left":null}"#;
    let (server, heard) = played(&reply("200 OK", "date: Tue, 24 Nov 2026 10:00:00 GMT\r\n", body));
    let answer = server.renew("old.a.b", "DF1-X", None).unwrap();
    assert_eq!(answer.date.unwrap().to_string(), "2026-11-24T10:00:00Z");
    assert_eq!(answer.body.seats_left, None);
    let heard = heard.join().unwrap();
    assert!(heard.starts_with("POST /base/v1/licenses/renew "), "{heard}");
    assert!(heard.ends_with(r#"{"license":"old.a.b","fingerprint":"DF1-X"}"#), "{heard}");
}

#[test]
fn a_seat_is_given_back_with_the_license_as_bearer() {
    let (server, heard) = played("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
    server.deactivate("id/../x", "a.b.c", Some(&key())).unwrap();
    let heard = heard.join().unwrap();
    assert!(heard.starts_with("DELETE /base/v1/activations/id%2F%2E%2E%2Fx HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("\r\nauthorization: Bearer a.b.c\r\n"), "{heard}");
    // Signed by the machine's key, for the address as the machine knows it.
    let proof = heard.lines().find_map(|line| line.strip_prefix("dpop: ")).unwrap();
    let proof: DpopProof = proof.parse().unwrap();
    assert_eq!(proof.key(), key().thumbprint());
    assert!(proof.url().ends_with("/base/v1/activations/id%2F%2E%2E%2Fx"), "{}", proof.url());
    assert_eq!(proof.check("DELETE", "a.b.c", clock::now()), Ok(()));
}

#[test]
fn a_refusal_is_shown_in_the_servers_words() {
    let body = r#"{"type":"urn:problem-type:license:pending","title":"Not ready","status":409,
        "detail":"The order is being read.","advice":"Try again soon."}"#;
    let (server, _) = played(&reply("409 Conflict", "retry-after: 60\r\n", body));
    let error = server.activate(&code(), "DF1-X", None, &key()).unwrap_err();
    assert_eq!((error.code().as_str(), error.exit()), ("pending", Exit::Refused));
    assert_eq!(error.to_string(), "Not ready");
    assert_eq!((error.advice(), error.retry_after()), (vec!["Try again soon.".to_owned()], Some(60)));
    let head = "date: Tue, 24 Nov 2026 10:00:00 GMT\r\nretry-after: Tue, 24 Nov 2026 10:05:00 GMT\r\n";
    let (server, _) = played(&reply("503 Busy", head, r#"{"type":"urn:problem-type:license:busy"}"#));
    let error = server.renew("a.b.c", "DF1-X", None).unwrap_err();
    assert_eq!((error.code().as_str(), error.exit()), ("busy", Exit::Unreachable));
    assert_eq!(error.advice(), ["try again in 5 min"]);
}

#[test]
fn what_is_no_license_servers_answer_is_named_so() {
    let long = "x".repeat(70_000);
    for (bytes, says) in [
        (reply("200 OK", "", "<html>log in first</html>"), "status 200 without a license"),
        (reply("200 OK", "", &format!(r#"{{"license":"{}"}}"#, "x".repeat(17_000))), "status 200 without"),
        (reply("302 Found", "location: https://elsewhere.example/\r\n", ""), "status 302"),
        (reply("502 Bad Gateway", "", "<html>"), "status 502"),
        (reply("200 OK", "", &long), "the answer is too long"),
        ("SSH-2.0-x\r\n\r\n".into(), "it is no HTTP"),
    ] {
        let (server, _) = played(&bytes);
        let error = server.activate(&code(), "DF1-X", None, &key()).unwrap_err();
        assert_eq!((error.code().as_str(), error.exit()), ("strange-answer", Exit::Unreachable), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn where_nobody_listens_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let server = Server::new(&args(&format!("http://{address}")), None).unwrap();
    let error = server.look().unwrap_err();
    assert_eq!((error.code().as_str(), error.exit()), ("unreachable", Exit::Unreachable));
    assert_eq!(
        error.to_string(),
        format!("the vendor's server {address} cannot be reached: nobody listens there")
    );
}

#[test]
fn a_server_that_hangs_up_is_unreachable() {
    let (server, _) = played("");
    assert_eq!(server.renew("a.b.c", "DF1-X", None).unwrap_err().code(), "unreachable");
    let (server, _) = played("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"lic");
    assert_eq!(server.renew("a.b.c", "DF1-X", None).unwrap_err().code(), "unreachable");
}

#[test]
fn without_an_address_there_is_nobody_to_ask() {
    let none = ServerArgs { server: None, ..args("") };
    assert!(matches!(Server::new(&none, None), Err(ServerError::NoAddress)));
    let plain = Server::new(&none, Some("http://vendor.example"));
    assert!(matches!(plain, Err(ServerError::Address { source: AddressError::Plain, .. })));
}

#[test]
fn a_name_that_leads_nowhere_is_said_in_words() {
    let server = Server::new(&args("https://nobody-is-called-this.invalid"), None).unwrap();
    let error = server.renew("a.b.c", "DF1-X", None).unwrap_err();
    let says = error.to_string();
    // Where no name server answers, nothing is known of any name.
    let words = ["its name is unknown here", "no name server answers, so its address is not known"];
    assert!(
        words.iter().any(|words| says.ends_with(&format!(".invalid cannot be reached: {words}"))),
        "{says}"
    );
    assert_eq!((error.code().as_str(), error.exit()), ("unreachable", Exit::Unreachable));
}

#[test]
fn no_words_of_the_system_stand_for_what_is_wrong_with_a_name() {
    let lookup = |words: &str| {
        let error = std::io::Error::other(format!("failed to lookup address information: {words}"));
        Why::of_io(&error, 20).to_string()
    };
    assert_eq!(lookup("Name or service not known"), "its name is unknown here");
    assert_eq!(lookup("nodename nor servname provided, or not known"), "its name is unknown here");
    for away in ["Temporary failure in name resolution", "Try again"] {
        assert_eq!(lookup(away), "no name server answers, so its address is not known");
    }
    assert_eq!(Why::Name.by(true).to_string(), "the proxy's name is unknown here");
}
