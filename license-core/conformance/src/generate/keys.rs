//! `key_set` and JWKs: keys that vouch for keys, and what can be wrong with them.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::rng::Rng;
use super::signer::{Made, Signer, odd_point};
use super::{Asked, VENDOR};

pub(super) fn ask(rng: &mut Rng) -> Asked {
    let (why, sets) = sets(rng);
    let mut own = vec![Signer::of(2).jwk()];
    if rng.once_in(4) {
        own.push(Signer::of(1).jwk());
    }
    (why, json!({"issuer": VENDOR, "keys": own, "sets": sets}))
}

/// Sets that begin with key 2, and often lead to key 1.
pub(super) fn sets(rng: &mut Rng) -> (String, Vec<String>) {
    let chain = [2, 3, 4, 1];
    let len = 1 + rng.below(3);
    let mut sets: Vec<String> = Vec::new();
    let mut sequence = 10;
    for step in 0..len {
        let signer = chain[step];
        let next = if step + 1 == len { 1 } else { chain[step + 1] };
        sets.push(set(signer, sequence, &[signer, next], &[], rng).1);
        sequence += 1 + rng.below(9) as u64;
    }
    let last = if len == 1 { 2 } else { chain[len - 1] };
    let why = match rng.below(16) {
        0 => "each vouches for the next".into(),
        1 => {
            sets.push(sets[0].clone());
            "the first one again".into()
        }
        2 => {
            sets.push(sets.last().cloned().unwrap_or_default());
            "the last one again".into()
        }
        3 => {
            sets.push(set(last, sequence, &[last], &[1], rng).1);
            "a key is withdrawn".into()
        }
        4 => {
            sets.push(set(last, sequence, &[last], &[1], rng).1);
            sets.push(set(last, sequence + 1, &[last, 1], &[], rng).1);
            "a withdrawn key is named again".into()
        }
        5 => {
            sets.push(set(7, sequence, &[7, 1], &[], rng).1);
            "a key that nobody knows".into()
        }
        6 => {
            sets.push(set(last, *rng.pick(&[0, 5, 10]), &[last, 1], &[], rng).1);
            "an old number".into()
        }
        7 => {
            let many = (0..17).map(|n| set(2, 100 + n, &[2, 1], &[], rng).1);
            sets = many.collect();
            "more sets than are read".into()
        }
        8 => {
            let keys: Vec<u8> = (0..*rng.pick(&[30, 31, 32])).map(|n| n + 40).chain([last]).collect();
            sets.push(set(last, sequence, &keys, &[], rng).1);
            format!("{} keys", keys.len())
        }
        9 => {
            let withdrawn: Vec<u8> = (0..*rng.pick(&[63, 64, 65])).map(|n| n + 100).collect();
            sets.push(set(last, sequence, &[last, 1], &withdrawn, rng).1);
            format!("{} withdrawn keys", withdrawn.len())
        }
        _ => {
            let (why, set) = broken(last, sequence, rng);
            sets.push(set);
            why
        }
    };
    (why, sets)
}

fn set(signer: u8, sequence: u64, keys: &[u8], withdrawn: &[u8], rng: &mut Rng) -> (String, String) {
    let payload = payload(sequence, keys, withdrawn);
    (String::new(), token(&Signer::of(signer), "license-keys+jwt", &payload.to_string(), Made::Right, rng))
}

fn payload(sequence: u64, keys: &[u8], withdrawn: &[u8]) -> Value {
    let jwks: Vec<_> = keys.iter().map(|n| Signer::of(*n).jwk()).collect();
    let mut payload = json!({"iss": VENDOR, "seq": sequence, "iat": 1_790_000_000, "keys": jwks});
    if !withdrawn.is_empty() {
        payload["distrusted"] = withdrawn.iter().map(|n| json!(Signer::of(*n).id())).collect();
    }
    payload
}

/// A set with one fault, or none.
fn broken(signer: u8, sequence: u64, rng: &mut Rng) -> (String, String) {
    let (signer, id) = (Signer::of(signer), signer);
    let mut payload = payload(sequence, &[id, 1], &[]);
    let (mut typ, mut made) = ("license-keys+jwt", Made::Right);
    let mut text = None;
    let why = match rng.below(24) {
        0 => {
            typ = "license+jwt";
            "the type of a license"
        }
        1 | 19..22 => {
            made = Made::OneBit;
            "a bit of the signature"
        }
        2 | 22 | 23 => {
            made = Made::SecondSpelling;
            "another spelling of the signature"
        }
        3 | 16..19 => {
            payload["iss"] = "https://other.example".into();
            "another vendor"
        }
        4 => {
            payload["iss"] = "".into();
            "no vendor"
        }
        5 => {
            payload["seq"] = json!(1u64 << 53);
            "a number that is too great"
        }
        6 => {
            payload["seq"] = json!((1u64 << 53) - 1);
            "the greatest number"
        }
        7 => {
            payload["seq"] = "12".into();
            "a number as a text"
        }
        8 => {
            payload["keys"] = json!([Signer::of(1).jwk()]);
            "the signer is not in it"
        }
        9 => {
            payload["distrusted"] = json!([signer.id()]);
            "it withdraws its own signer"
        }
        10 => {
            payload["keys"] = json!([signer.jwk(), edited_jwk(&Signer::of(1), rng)]);
            "a key that may be none"
        }
        11 => {
            payload["x"] = json!({"a": [1]});
            "a member that is not known"
        }
        12 => {
            text = Some(payload.to_string().replacen("\"seq\"", "\"seq\":1,\"seq\"", 1));
            "a member twice"
        }
        13 => {
            payload["distrusted"] = json!(["short"]);
            "a thumbprint that is none"
        }
        14 => {
            payload["iat"] = json!(-1);
            "a time before 1970"
        }
        _ => {
            text = Some(format!("[{payload}]"));
            "a list"
        }
    };
    let text = text.unwrap_or_else(|| payload.to_string());
    (why.into(), token(&signer, typ, &text, made, rng))
}

fn token(signer: &Signer, typ: &str, payload: &str, made: Made, rng: &mut Rng) -> String {
    let header = json!({"alg": "EdDSA", "kid": signer.id(), "typ": typ}).to_string();
    super::tokens::with_header(signer, header.as_bytes(), payload.as_bytes(), made, rng)
}

/// A JWK with one member changed; some are usable.
pub(super) fn edited_jwk(signer: &Signer, rng: &mut Rng) -> Value {
    let mut jwk = signer.jwk();
    let x = jwk["x"].as_str().unwrap_or_default().to_owned();
    match rng.below(22) {
        19..22 => {
            // With a name it would be refused for that.
            jwk["kid"] = Value::Null;
            jwk["x"] = BASE64URL_NOPAD.encode(&odd_point(rng)).into();
        }
        18 => jwk = json!([jwk["kty"], jwk["crv"], jwk["x"]]),
        0 => jwk["kty"] = "RSA".into(),
        1 => jwk["crv"] = "X25519".into(),
        2 => jwk["crv"] = "ed25519".into(),
        3 => jwk["alg"] = "Ed25519".into(),
        4 => jwk["alg"] = "HS256".into(),
        5 => jwk["use"] = "enc".into(),
        6 => jwk["use"] = Value::Null,
        7 => jwk["kid"] = Value::Null,
        8 => jwk["kid"] = "mine".into(),
        9 => jwk["kid"] = Signer::of(9).id().into(),
        10 => jwk["x"] = format!("{x}=").into(),
        11 => jwk["x"] = x[1..].into(),
        12 => jwk["x"] = Value::Null,
        13 => jwk["x"] = 7.into(),
        14 => jwk["key_ops"] = json!(["verify"]),
        15 => jwk["d"] = BASE64URL_NOPAD.encode(&[1; 32]).into(),
        16 => jwk["kty"] = Value::Null,
        _ => jwk["alg"] = Value::Null,
    }
    jwk
}
