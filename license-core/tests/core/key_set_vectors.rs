//! Every case of `tests/vectors/key-sets.json`. A member or an expectation that is not known here fails.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it")]

use std::collections::BTreeMap;

use license_core::{KeyId, KeyRing, KeySetError, SigningKey, Trust, UnverifiedKeySet};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    issuer: String,
    /// The keys of the vendor file.
    jwks: serde_json::Value,
    private_seeds_for_tests_only: BTreeMap<KeyId, String>,
    key_sets: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    why: String,
    /// The oldest first.
    sets: Vec<String>,
    /// What becomes of the last one.
    expect: Expect,
    /// The keys that count then.
    trusted: Vec<KeyId>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Expect {
    Learned,
    Malformed,
    UnknownKey,
    Signature,
    Issuer,
    Old,
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/key-sets.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn outcome(learned: Result<bool, KeySetError>) -> Expect {
    match learned {
        Ok(_) => Expect::Learned,
        Err(KeySetError::Malformed(_) | KeySetError::TooMany) => Expect::Malformed,
        Err(KeySetError::UnknownKey { .. }) => Expect::UnknownKey,
        Err(KeySetError::Signature) => Expect::Signature,
        Err(KeySetError::Issuer { .. }) => Expect::Issuer,
        Err(KeySetError::Old { .. }) => Expect::Old,
    }
}

#[test]
fn every_case_comes_out_as_it_says() {
    let vectors = vectors();
    let keys = KeyRing::from_jwks(&vectors.jwks.to_string()).unwrap();
    for Case { name, why, sets, expect, trusted } in &vectors.key_sets {
        let fresh = || Trust::new(&vectors.issuer, "cad", &vectors.issuer, keys.clone());
        let ids = |trust: &Trust| trust.keys().iter().map(license_core::VerifyingKey::id).collect::<Vec<_>>();
        // All at once, and one after the other, as an agent gets them over the years.
        let mut at_once = fresh();
        assert_eq!(outcome(at_once.learn(&sets.join("\n"))), *expect, "{name}: {why}");
        assert_eq!(ids(&at_once), *trusted, "{name}: {why}");
        let mut one_by_one = fresh();
        let last = sets.iter().map(|set| one_by_one.learn(set)).last().unwrap();
        assert_eq!(outcome(last), *expect, "{name}: {why}");
        // What is kept teaches a product the same.
        let mut product = fresh();
        let _ = product.learn(&one_by_one.learned_keys());
        assert_eq!(ids(&product), *trusted, "{name}: {why}");
    }
}

#[test]
fn the_sets_that_hold_are_signed_again_to_the_same_bytes() {
    let vectors = vectors();
    let signers: BTreeMap<KeyId, SigningKey> = vectors
        .private_seeds_for_tests_only
        .iter()
        .map(|(kid, seed)| {
            let seed = data_encoding::HEXLOWER.decode(seed.as_bytes()).unwrap();
            (*kid, SigningKey::from_seed(seed.as_slice().try_into().unwrap()))
        })
        .collect();
    let keys: KeyRing = signers.values().map(|key| key.verifying_key().clone()).collect();
    let chain = vectors.key_sets.iter().find(|case| case.name == "chain").unwrap();
    for token in &chain.sets {
        let unverified: UnverifiedKeySet = token.parse().unwrap();
        let set = unverified.verify(&keys, &vectors.issuer).unwrap();
        assert_eq!(signers[&unverified.key()].sign_key_set(&set).unwrap(), *token);
    }
}
