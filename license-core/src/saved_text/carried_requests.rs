//! Requests that programs wrapped and broke: read as they were, or refused.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::wrappers::{REQUEST, WRAPPERS};
use super::*;

/// A request of this agent's, with an id that holds spaces.
fn spaced_request(id: &str) -> String {
    let mut request = serde_json::json!({"license_request": 1, "fingerprint": id, "name": "bench  7 - left"});
    request["checksum"] = request_checksum(&request).into();
    request.to_string()
}

fn same_or_refused(wanted: &str, wrapped: &str) -> Result<bool, String> {
    match request(wrapped.as_bytes()) {
        Ok(read) => {
            // What is no JSON is refused by whoever reads it.
            let Ok(read) = serde_json::from_str::<serde_json::Value>(&read) else { return Ok(false) };
            let wanted: serde_json::Value = serde_json::from_str(wanted).unwrap_or_default();
            if read == wanted { Ok(true) } else { Err(format!("{read}")) }
        }
        Err(_) => Ok(false),
    }
}

#[test]
fn an_id_with_spaces_is_read_as_it_was_or_refused() {
    let id = "ACME  bench 7 = 12 34 56 78 90 | a  long id of many words that a mail breaks somewhere - 1 2 3";
    let wanted = spaced_request(id);
    let (mut read, mut wrong) = (0, Vec::new());
    for (outer, wrap_again) in WRAPPERS {
        for (inner, wrap) in WRAPPERS {
            match same_or_refused(&wanted, &wrap_again(&wrap(&wanted))) {
                Ok(is_read) => read += usize::from(is_read),
                Err(other) => wrong.push(format!("{inner} in {outer}: {other}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(read * 4 > WRAPPERS.len() * WRAPPERS.len() * 3, "{read} of {}", WRAPPERS.len() * WRAPPERS.len());
}

#[test]
fn a_request_is_read_wherever_its_one_line_was_broken() {
    let mut asked: serde_json::Value = serde_json::from_str(REQUEST).unwrap();
    asked["name"] = "bench7".into();
    let mut wrong = Vec::new();
    // As agents before the checksum wrote them, and with one.
    for has_checksum in [false, true] {
        let members = asked.as_object_mut().unwrap();
        members.remove("checksum");
        if has_checksum {
            asked["checksum"] = request_checksum(&asked).into();
        }
        let line = asked.to_string();
        for width in 56..=line.len() {
            let lines: Vec<_> = line.as_bytes().chunks(width).map(String::from_utf8_lossy).collect();
            for (begin, end) in [("", "\n"), ("", "\r\n"), ("", "=\r\n"), ("> ", "\n> ")] {
                let broken = format!("{begin}{}", lines.join(end));
                let read = request(broken.as_bytes()).map(|read| squeezed(&read));
                if read != Ok(squeezed(&line)) {
                    wrong.push(format!("{width} {end:?} {has_checksum}: {read:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_request_is_read_whether_it_was_broken_at_spaces_or_behind_dashes() {
    let mut request: serde_json::Value = serde_json::from_str(REQUEST).unwrap();
    request["name"] = "Werkstatt 3 - links, hinten".into();
    request["checksum"] = request_checksum(&request).into();
    let line = request.to_string();
    for width in 40..120 {
        let mut wrapped = String::new();
        let mut rest = line.as_str();
        while rest.len() > width {
            let Some(at) = rest[..width].rfind([' ', '-']) else { break };
            // The space goes, the dash stays.
            wrapped += rest[..=at].trim_end();
            wrapped += "\n";
            rest = &rest[at + 1..];
        }
        wrapped += rest;
        assert_eq!(same_or_refused(&line, &wrapped), Ok(true), "{width}: {wrapped}");
    }
}

/// A text without its white space.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect::<String>().replace("\\n", "").replace("\\r", "")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, rng_seed: RngSeed::Fixed(15), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_request_in_any_layers_names_the_same_machine_or_none(
        id in "[A-Za-z0-9=|>#. -]{12,120}",
        layers in prop::collection::vec(0..WRAPPERS.len(), 1..4),
    ) {
        let wanted = spaced_request(&id);
        let wrapped = layers.iter().fold(wanted.clone(), |text, layer| WRAPPERS[*layer].1(&text));
        let read = same_or_refused(&wanted, &wrapped);
        prop_assert!(read.is_ok(), "{:?}: {read:?}", layers.iter().map(|layer| WRAPPERS[*layer].0).collect::<Vec<_>>());
    }
}
