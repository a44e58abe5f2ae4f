//! The cases of `tests/vectors`, as questions. What the files expect is held against the core by its own tests.

use license_core::{Device, Digest, Fingerprint, Kind, Realm};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Case;

const LICENSES: &str = include_str!("../../../../tests/vectors/licenses.json");
const FINGERPRINTS: &str = include_str!("../../../../tests/vectors/fingerprints.json");
const KEY_SETS: &str = include_str!("../../../../tests/vectors/key-sets.json");
const DEVICE_KEYS: &str = include_str!("../../../../tests/vectors/device-keys.json");

/// The vendor of the vectors.
const VENDOR: &str = "https://vendor.example";

/// A file of vectors that is not understood.
#[derive(Debug, thiserror::Error)]
#[error("tests/vectors/{file} is not understood: {source}")]
pub struct VectorError {
    file: &'static str,
    source: serde_json::Error,
}

/// A hardware value of a case.
#[derive(Deserialize)]
struct Reading {
    kind: Kind,
    value: String,
}

/// Every case of the vectors that a verifier can be asked.
///
/// # Errors
/// [`VectorError`] if a file has another form.
pub fn vectors() -> Result<Vec<Case>, VectorError> {
    let read =
        |file, text| serde_json::from_str::<Value>(text).map_err(|source| VectorError { file, source });
    let mut cases = Vec::new();
    licenses(&read("licenses.json", LICENSES)?, &mut cases);
    fingerprints(&read("fingerprints.json", FINGERPRINTS)?, &mut cases);
    key_sets(&read("key-sets.json", KEY_SETS)?, &mut cases);
    possession(&read("device-keys.json", DEVICE_KEYS)?, &mut cases);
    Ok(cases)
}

fn licenses(file: &Value, cases: &mut Vec<Case>) {
    for case in list(&file["licenses"]) {
        let trust = json!({
            "issuer": file["issuer"],
            "product": case["product"],
            "realm": file["realm"],
            "keys": file["jwks"]["keys"],
            "test": case["accept_test_licenses"],
        });
        let device = device(&case["device"], true);
        let ask = json!({"token": case["token"], "now": case["now"], "trust": trust, "device": device});
        cases.push(named("licenses", case, "verify", ask));
    }
}

fn fingerprints(file: &Value, cases: &mut Vec<Case>) {
    for case in list(&file["texts"]) {
        let text = case["text"].as_str().unwrap_or_default();
        let op = if super::is_plain_df1(text) { "df1" } else { "text" };
        cases.push(named("texts", case, op, json!({"realm": file["realm"], "text": text})));
    }
    for case in list(&file["matches"]) {
        let device = device(&case["device"], false);
        let ask = json!({"realm": file["realm"], "dev": case["dev"], "device": device});
        cases.push(named("matches", case, "match", ask));
    }
}

fn key_sets(file: &Value, cases: &mut Vec<Case>) {
    for case in list(&file["key_sets"]) {
        let ask = json!({"issuer": file["issuer"], "keys": file["jwks"]["keys"], "sets": case["sets"]});
        cases.push(named("key-sets", case, "key_set", ask));
    }
}

fn possession(file: &Value, cases: &mut Vec<Case>) {
    for case in list(&file["possession"]) {
        let trust = json!({
            "issuer": VENDOR,
            "product": "cad-pro",
            "realm": VENDOR,
            "keys": file["jwks"]["keys"],
            "possession": true,
        });
        let mut ask = json!({"token": case["license"], "now": 1_790_000_000, "trust": trust});
        ask["challenge"] = case["challenge"].clone();
        ask["proof"] = case["proof"].clone();
        cases.push(named("possession", case, "verify", ask));
    }
}

fn named(file: &str, case: &Value, op: &str, ask: Value) -> Case {
    let text = |member: &str| case[member].as_str().unwrap_or_default();
    Case::new(format!("{file}-{}", text("name")), text("why"), op, ask)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// What the agent would print of a machine with these values.
fn device(values: &Value, privileged: bool) -> Value {
    let values: Vec<Reading> = Deserialize::deserialize(values).unwrap_or_default();
    let values = values.iter().map(|reading| (reading.kind, reading.value.as_str()));
    let Ok(fingerprint) = Fingerprint::from_values(&Realm::new(VENDOR), values) else {
        return Value::Null;
    };
    let device = Device::new(fingerprint, license_core::Reading::Unprivileged);
    let fingerprint = device.fingerprint();
    let mut found: Map<String, Value> = Map::new();
    let mut add = |kind: Kind, digest: Digest| {
        let digests = found.entry(kind.as_str()).or_insert_with(|| json!([]));
        if let Some(digests) = digests.as_array_mut() {
            digests.push(json!(digest));
        }
    };
    fingerprint.into_iter().flat_map(Fingerprint::components).for_each(|c| add(c.kind, c.digest));
    let text = fingerprint.and_then(Fingerprint::to_text);
    json!({"fingerprint": text, "found": found, "privileged": privileged})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::answer;

    /// The words that a file expects are those of the core's answers, but for the two that its own tests translate.
    #[test]
    fn every_case_is_asked_and_answered_as_the_files_expect() {
        let cases = vectors().unwrap();
        let find = |name: String| cases.iter().find(|case| case.name == name).unwrap();
        let word = |case: &Case| answer(&case.ask).outcome.unwrap();
        for (file, text, list_name) in
            [("licenses", LICENSES, "licenses"), ("key-sets", KEY_SETS, "key_sets")]
        {
            let file_json: Value = serde_json::from_str(text).unwrap();
            for case in list(&file_json[list_name]) {
                let asked = find(format!("{file}-{}", case["name"].as_str().unwrap()));
                assert_eq!(word(asked), case["expect"].as_str().unwrap(), "{}", asked.name);
            }
        }
        let fingerprints: Value = serde_json::from_str(FINGERPRINTS).unwrap();
        for case in list(&fingerprints["texts"]) {
            let asked = find(format!("texts-{}", case["name"].as_str().unwrap()));
            let expected = match &case["error"] {
                Value::String(error) => error,
                _ if case["opaque"].is_string() => "opaque",
                _ => "components",
            };
            assert_eq!(word(asked), expected, "{}", asked.name);
        }
        for case in list(&fingerprints["matches"]) {
            let asked = find(format!("matches-{}", case["name"].as_str().unwrap()));
            let verdict = serde_json::to_value(answer(&asked.ask)).unwrap()["verdict"].clone();
            assert_eq!(verdict["score"], case["expect"]["score_percent"], "{}", asked.name);
            assert_eq!(verdict["passes"], case["expect"]["passes"], "{}", asked.name);
        }
        let possession: Value = serde_json::from_str(DEVICE_KEYS).unwrap();
        for case in list(&possession["possession"]) {
            let asked = find(format!("possession-{}", case["name"].as_str().unwrap()));
            let answered = answer(&asked.ask);
            assert_eq!(answered.proof.unwrap_or("good"), case["expect"].as_str().unwrap(), "{}", asked.name);
        }
    }
}
