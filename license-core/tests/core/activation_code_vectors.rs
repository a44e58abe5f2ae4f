//! Every case of `tests/vectors/activation-codes.json`, which the Python of `docs/activation-codes.md` made. A member
//! that is not known here fails.

use std::error::Error;

use license_core::{ActivationCode, ActivationCodeError};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    derivations: Vec<Derivation>,
    texts: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Derivation {
    name: String,
    why: String,
    secret: String,
    instance: String,
    counter: u32,
    bytes: String,
    code: String,
    sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    name: String,
    why: String,
    text: String,
    bytes: Option<String>,
    error: Option<Fault>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Fault {
    Length(usize),
    Character(usize),
    Checksum,
}

fn vectors() -> Result<Vectors, Box<dyn Error>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/activation-codes.json");
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

#[test]
fn every_code_is_derived_and_written_as_its_case_says() {
    let derivations = vectors().unwrap().derivations;
    assert!(!derivations.is_empty());
    for case in derivations {
        let Derivation { name, why, .. } = &case;
        let secret = data_encoding::HEXLOWER.decode(case.secret.as_bytes()).unwrap();
        let code = ActivationCode::derive(&secret, &case.instance, case.counter);
        assert_eq!(hex(code.as_bytes()), case.bytes, "{name}: {why}");
        assert_eq!(code.to_string(), case.code, "{name}: {why}");
        assert_eq!(hex(&code.sha256()), case.sha256, "{name}: {why}");
        assert_eq!(case.code.parse(), Ok(code), "{name}: {why}");
    }
}

#[test]
fn every_text_is_read_as_its_case_says() {
    let texts = vectors().unwrap().texts;
    assert!(!texts.is_empty());
    for Text { name, why, text, bytes, error } in texts {
        let read = text.parse::<ActivationCode>();
        match (bytes, error) {
            (Some(bytes), None) => assert_eq!(hex(read.unwrap().as_bytes()), bytes, "{name}: {why}"),
            (None, Some(error)) => assert_eq!(fault(read.unwrap_err()), error, "{name}: {why}"),
            _ => panic!("{name}: a case expects exactly one of bytes and error"),
        }
    }
}

fn fault(error: ActivationCodeError) -> Fault {
    match error {
        ActivationCodeError::Length { found } => Fault::Length(found),
        ActivationCodeError::Character { place, .. } => Fault::Character(place),
        ActivationCodeError::Checksum => Fault::Checksum,
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
