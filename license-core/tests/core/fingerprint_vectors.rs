//! Every case of `tests/vectors/fingerprints.json`. A member or a kind of case that is not known here fails.

use std::collections::BTreeMap;
use std::error::Error;

use license_core::{Binding, Component, Device, Fingerprint, Kind, Reading, Realm};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    realm: String,
    texts: Vec<TextCase>,
    matches: Vec<MatchCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextCase {
    name: String,
    why: String,
    text: String,
    components: Option<Vec<Expected>>,
    opaque: Option<String>,
    error: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    kind: Kind,
    digest: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchCase {
    name: String,
    why: String,
    dev: Binding,
    device: Vec<Value>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    kind: Kind,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    score_percent: u8,
    passes: bool,
    verdict: BTreeMap<Kind, String>,
}

fn vectors() -> Result<Vectors, Box<dyn Error>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/fingerprints.json");
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

#[test]
fn every_text_is_read_as_its_case_says() {
    let Vectors { realm, texts, .. } = vectors().unwrap();
    let realm = Realm::new(&realm);
    assert!(!texts.is_empty());
    for TextCase { name, why, text, components, opaque, error } in texts {
        let read = Fingerprint::parse(&text, &realm);
        match (components, opaque, error) {
            (Some(expected), None, None) => {
                let read = read.unwrap();
                let found: Vec<_> = read.components().iter().map(shown).collect();
                assert_eq!(found, in_order(expected), "{name}: {why}");
                let again = Fingerprint::parse(&read.to_text().unwrap(), &realm);
                assert_eq!(again.as_ref(), Ok(&read), "{name}: {why}");
                assert_eq!(Fingerprint::from_bytes(&read.to_bytes()), Ok(read), "{name}: {why}");
            }
            (None, Some(id), None) => {
                let read = read.unwrap();
                assert!(read.is_opaque(), "{name}: {why}");
                assert_eq!(hex(&read.to_bytes()[5..]), id, "{name}: {why}");
            }
            (None, None, Some(error)) => assert_eq!(read.unwrap_err().name(), error, "{name}: {why}"),
            _ => panic!("{name}: a case expects exactly one of components, opaque and error"),
        }
    }
}

#[test]
fn every_match_comes_out_as_its_case_says() {
    let Vectors { realm, matches, .. } = vectors().unwrap();
    let realm = Realm::new(&realm);
    assert!(!matches.is_empty());
    for MatchCase { name, why, dev, device, expect } in matches {
        let values = device.iter().map(|v| (v.kind, v.value.as_str()));
        let device = Device::new(Fingerprint::from_values(&realm, values).unwrap(), Reading::Unprivileged);
        let verdict = dev.check(&device);
        let outcomes: BTreeMap<_, _> =
            verdict.components().iter().map(|c| (c.kind, c.outcome.to_string())).collect();
        assert_eq!(verdict.score_percent(), expect.score_percent, "{name}: {why}");
        assert_eq!(verdict.passes(), expect.passes, "{name}: {why}");
        assert_eq!(outcomes, expect.verdict, "{name}: {why}");
    }
}

fn shown(component: &Component) -> Expected {
    Expected { kind: component.kind, digest: hex(component.digest.as_bytes()) }
}

/// The file lists the values of a kind as they came; a fingerprint sorts them.
fn in_order(mut expected: Vec<Expected>) -> Vec<Expected> {
    expected.sort_by(|a, b| (a.kind, &a.digest).cmp(&(b.kind, &b.digest)));
    expected
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
