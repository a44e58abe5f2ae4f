//! Proofs of possession: answers to a challenge, and what can be wrong with them.

use data_encoding::BASE64URL_NOPAD;
use license_core::{DeviceKey, PossessionChallenge};
use sha2::{Digest as _, Sha256};

use super::claims::{EDGES, TEXTS, escaped};
use super::rng::Rng;
use super::signer::{Made, Signer};
use super::tokens;

/// How many ways [`proof`] knows.
pub(super) const WAYS: usize = 32;

/// The answer to a challenge in one of several ways; nothing where none is given.
pub(super) fn proof(
    key: &DeviceKey,
    challenge: &PossessionChallenge,
    license: &str,
    how: usize,
    rng: &mut Rng,
) -> Option<String> {
    let good = challenge.prove(license, key);
    Some(match how {
        0..3 => good,
        3 | 4 => return None,
        5 | 14 => PossessionChallenge::from_bytes(rng.bytes()).prove(license, key),
        6 | 15 => challenge.prove("another.license.here", key),
        7 | 16 => challenge.prove(license, &DeviceKey::from_seed(&[8; 32])),
        8 => format!("{}A", &good[..good.len() - 1]).replacen("..", ".", 1),
        9 => key.prove_call_as(
            "id",
            "POST",
            "https://vendor.example",
            license,
            license_core::UnixTime::from_secs(0),
        ),
        10 => good.replacen('.', "", 1),
        11 | 17 | 20 => "p".repeat(*rng.pick(&[10, 4096, 4097, 4097])),
        12 => format!("{good}="),
        13 | 18 | 19 => respelled(&good, key, rng),
        _ => damaged(challenge, license, rng),
    })
}

/// A proof whose payload or signature was changed.
fn respelled(good: &str, key: &DeviceKey, rng: &mut Rng) -> String {
    let parts: Vec<_> = good.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { return good.to_owned() };
    let signer = Signer::of(7);
    debug_assert_eq!(signer.id(), key.thumbprint().to_string());
    match rng.below(5) {
        // What another payload says was not signed.
        0 => format!("{header}.{}.{signature}", BASE64URL_NOPAD.encode(b"{}")),
        // Signed, and no proof of this kind.
        1 | 3 => {
            let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap_or_default();
            tokens::with_header(&signer, &header, b"{\"nonce\":1}", Made::Right, rng)
        }
        _ => format!("{header}.{payload}.{}", BASE64URL_NOPAD.encode(&[0; 64])),
    }
}

/// Members as they will be written, name and raw value.
type Members = Vec<(String, String)>;

/// A proof of the right key over members of which one to three are out of the ordinary; some prove all the same.
fn damaged(challenge: &PossessionChallenge, license: &str, rng: &mut Rng) -> String {
    let signer = Signer::of(7);
    let named = |members: &[(&str, String)]| -> Members {
        members.iter().map(|(name, value)| (format!("\"{name}\""), value.clone())).collect()
    };
    let x = signer.jwk()["x"].to_string();
    let mut jwk = named(&[("kty", "\"OKP\"".into()), ("crv", "\"Ed25519\"".into()), ("x", x)]);
    let mut header = named(&[
        ("typ", "\"license-possession+jwt\"".into()),
        ("alg", "\"EdDSA\"".into()),
        ("jwk", String::new()),
    ]);
    let hash = BASE64URL_NOPAD.encode(&Sha256::digest(license));
    let mut payload = named(&[("nonce", format!("\"{challenge}\"")), ("ath", format!("\"{hash}\""))]);
    for _ in 0..rng.below(4) {
        match rng.below(3) {
            0 => change(&mut jwk, rng),
            1 => change(&mut header, rng),
            _ => change(&mut payload, rng),
        }
    }
    for (_, value) in header.iter_mut().filter(|(_, value)| value.is_empty()) {
        *value = written(&jwk);
    }
    let made = if rng.once_in(8) {
        *rng.pick(&[Made::SecondSpelling, Made::MixedOrder, Made::OneBit])
    } else {
        Made::Right
    };
    let proof =
        tokens::with_header(&signer, written(&header).as_bytes(), written(&payload).as_bytes(), made, rng);
    if rng.once_in(6) { tokens::respell(&proof, rng).1 } else { proof }
}

fn written(members: &[(String, String)]) -> String {
    let members: Vec<_> = members.iter().map(|(name, value)| format!("{name}:{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn change(members: &mut Members, rng: &mut Rng) {
    let at = rng.below(members.len() + 1);
    let known = at.min(members.len().saturating_sub(1));
    let odd = |rng: &mut Rng| if rng.once_in(2) { rng.word(&EDGES) } else { rng.word(&TEXTS) }.to_owned();
    match rng.below(8) {
        0 if !members.is_empty() => _ = members.remove(known),
        1 if !members.is_empty() => members[known].1 = odd(rng),
        2 if !members.is_empty() => {
            let twice = members[known].clone();
            members.insert(at, twice);
        }
        3 if !members.is_empty() => {
            let name = escaped(members[known].0.trim_matches('"'));
            members[known].0 = format!("\"{name}\"");
        }
        4 => {
            let name = rng.word(&["crit", "d", "b64", "kid", "x5c", "iat", "exp"]);
            let value = rng.word(&["null", "[]", "[\"exp\"]", "true", "false", "\"\"", "0", "1790000000"]);
            members.insert(at, (format!("\"{name}\""), value.into()));
        }
        5 => {
            let alg = rng.word(&["\"Ed25519\"", "\"EdDSA\"", "\"eddsa\"", "\"none\"", "\"Ed\\u0044SA\""]);
            members
                .iter_mut()
                .filter(|(name, _)| name == "\"alg\"")
                .for_each(|(_, value)| *value = alg.into());
        }
        _ => members.insert(
            at,
            (format!("\"{}\"", rng.word(&["x-note", "X", "Crit", "D", "__proto__", ""])), odd(rng)),
        ),
    }
}
