//! Every case of `tests/vectors/device-keys.json`, which another implementation made (`.ci/device_keys.py`).

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it")]

use license_core::{
    Device, DeviceKey, DpopProof, KeyId, KeyRing, PossessionChallenge, ProofError, Trust, UnixTime,
    UnverifiedLicense, VerifyError,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    jwks: serde_json::Value,
    private_seed_for_tests_only: String,
    public_jwk: serde_json::Value,
    thumbprint: KeyId,
    proofs: Vec<CallCase>,
    possession: Vec<PossessionCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallCase {
    name: String,
    why: String,
    proof: String,
    method: String,
    license: String,
    now: UnixTime,
    expect: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PossessionCase {
    name: String,
    why: String,
    challenge: String,
    license: String,
    proof: String,
    expect: String,
}

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/device-keys.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

impl Vectors {
    fn key(&self) -> DeviceKey {
        let seed = data_encoding::HEXLOWER.decode(self.private_seed_for_tests_only.as_bytes()).unwrap();
        DeviceKey::from_seed(seed.as_slice().try_into().unwrap())
    }

    fn trust(&self) -> Trust {
        let keys = KeyRing::from_jwks(&self.jwks.to_string()).unwrap();
        Trust::new("https://vendor.example", "cad-pro", "https://vendor.example", keys)
    }
}

#[test]
fn every_proof_comes_out_as_its_case_says() {
    let vectors = vectors();
    assert!(vectors.proofs.len() > 30);
    for case in &vectors.proofs {
        let read = case.proof.parse::<DpopProof>();
        let checked = read.and_then(|proof| {
            proof.check(&case.method, &case.license, case.now)?;
            assert_eq!(proof.key(), vectors.thumbprint, "{}", case.name);
            Ok(())
        });
        let found = checked.as_ref().map_or_else(ProofError::word, |()| "good");
        assert_eq!(found, case.expect, "{}: {}: {checked:?}", case.name, case.why);
    }
}

#[test]
fn every_answer_to_a_challenge_comes_out_as_its_case_says() {
    let vectors = vectors();
    let (asking, trusting) = (vectors.trust().require_possession(), vectors.trust());
    for case in &vectors.possession {
        let license: UnverifiedLicense = case.license.parse().unwrap();
        let challenge: PossessionChallenge = case.challenge.parse().unwrap();
        for trust in [&asking, &trusting] {
            let checked = license.verify_with_proof(trust, &Device::none(), NOW, &challenge, &case.proof);
            let found = match &checked {
                Ok(_) => "good",
                Err(VerifyError::Possession(error)) => error.word(),
                Err(_) => "another check",
            };
            assert_eq!(found, case.expect, "{}: {}: {checked:?}", case.name, case.why);
        }
        let without = license.verify(&asking, &Device::none(), NOW).unwrap_err();
        assert_eq!(without, VerifyError::Possession(ProofError::Missing), "{}", case.name);
        assert!(license.verify(&trusting, &Device::none(), NOW).is_ok(), "{}", case.name);
    }
}

#[test]
fn the_key_signs_what_the_other_implementation_signed() {
    let vectors = vectors();
    let key = vectors.key();
    assert_eq!(key.thumbprint(), vectors.thumbprint);
    let jwk: serde_json::Value = serde_json::from_str(&key.public_jwk()).unwrap();
    assert_eq!(jwk, vectors.public_jwk);
    let call = vectors.proofs.iter().find(|case| case.name == "renewal").unwrap();
    let (id, url) = ("AAECAwQFBgcICQoLDA0ODw", "https://licenses.vendor.example/v1/licenses/renew");
    assert_eq!(key.prove_call_as(id, &call.method, url, &call.license, call.now), call.proof);
    let good = vectors.possession.iter().find(|case| case.name == "good").unwrap();
    let challenge: PossessionChallenge = good.challenge.parse().unwrap();
    assert_eq!(challenge.prove(&good.license, &key), good.proof);
}
