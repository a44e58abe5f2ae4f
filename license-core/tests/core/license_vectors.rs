//! Every case of `tests/vectors/licenses.json`. A member or an expectation that is not known here fails.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test fail it")]

use license_core::{
    Accept, Claims, Device, Fingerprint, KeyRing, Kind, License, LicenseState, Reading, Realm, SigningKey,
    Trust, UnixTime, UnverifiedLicense, VerifyError,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    issuer: String,
    realm: String,
    jwks: serde_json::Value,
    private_seed_for_tests_only: String,
    licenses: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    why: String,
    token: String,
    now: UnixTime,
    product: String,
    accept_test_licenses: bool,
    device: Vec<Value>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    kind: Kind,
    value: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Expect {
    Active,
    Grace,
    Malformed,
    Signature,
    UnknownKey,
    Issuer,
    Product,
    NotYetValid,
    Expired,
    Device,
    NeedsPrivileges,
    TestLicense,
    RealLicense,
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/licenses.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

impl Vectors {
    fn keys(&self) -> KeyRing {
        KeyRing::from_jwks(&self.jwks.to_string()).unwrap()
    }

    fn signing_key(&self) -> SigningKey {
        let seed = data_encoding::HEXLOWER.decode(self.private_seed_for_tests_only.as_bytes()).unwrap();
        SigningKey::from_seed(seed.as_slice().try_into().unwrap())
    }

    fn verify(&self, case: &Case) -> Result<License, VerifyError> {
        let accept = if case.accept_test_licenses { Accept::Test } else { Accept::Real };
        let trust = Trust::new(&self.issuer, &case.product, &self.realm, self.keys()).accepting(accept);
        case.token.parse::<UnverifiedLicense>()?.verify(&trust, &self.device(case), case.now)
    }

    fn device(&self, case: &Case) -> Device {
        if case.device.is_empty() {
            return Device::none();
        }
        let values = case.device.iter().map(|v| (v.kind, v.value.as_str()));
        let found = Fingerprint::from_values(&Realm::new(&self.realm), values).unwrap();
        Device::new(found, Reading::Privileged)
    }
}

fn outcome(result: &Result<License, VerifyError>, now: UnixTime) -> Expect {
    match result {
        Ok(license) => match license.state(now) {
            LicenseState::Active => Expect::Active,
            LicenseState::Grace { .. } => Expect::Grace,
            LicenseState::NotYetValid | LicenseState::Expired => {
                panic!("verified, yet {:?}", license.state(now))
            }
        },
        Err(VerifyError::Malformed(_)) => Expect::Malformed,
        Err(VerifyError::Signature) => Expect::Signature,
        Err(VerifyError::UnknownKey { .. }) => Expect::UnknownKey,
        Err(VerifyError::Issuer { .. }) => Expect::Issuer,
        Err(VerifyError::Product { .. }) => Expect::Product,
        Err(VerifyError::NotYetValid { .. }) => Expect::NotYetValid,
        Err(VerifyError::Expired { .. }) => Expect::Expired,
        Err(VerifyError::Device(_)) => Expect::Device,
        Err(VerifyError::NeedsPrivileges(_)) => Expect::NeedsPrivileges,
        Err(VerifyError::TestLicense) => Expect::TestLicense,
        Err(VerifyError::RealLicense) => Expect::RealLicense,
        Err(VerifyError::Possession(_)) => panic!("nothing asks for it here; see device-keys.json"),
    }
}

#[test]
fn every_license_comes_out_as_its_case_says() {
    let vectors = vectors();
    assert!(!vectors.licenses.is_empty());
    for case in &vectors.licenses {
        let result = vectors.verify(case);
        assert_eq!(outcome(&result, case.now), case.expect, "{}: {}: {result:?}", case.name, case.why);
    }
}

#[test]
fn signing_the_claims_of_a_good_license_again_gives_the_same_bytes() {
    let vectors = vectors();
    let good = |case: &&Case| matches!(case.expect, Expect::Active | Expect::Grace);
    assert!(vectors.licenses.iter().filter(good).any(|case| case.name == "valid"));
    for case in vectors.licenses.iter().filter(good) {
        let payload = case.token.split('.').nth(1).unwrap();
        let payload = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
        let claims: Claims = serde_json::from_slice(&payload).unwrap();
        assert_eq!(vectors.signing_key().issue(&claims).unwrap(), case.token, "{}", case.name);
    }
}

#[test]
fn the_seed_is_that_of_the_published_key_and_the_set_is_written_as_it_was_read() {
    let vectors = vectors();
    assert!(vectors.keys().find(vectors.signing_key().id()).is_some());
    let written: serde_json::Value = serde_json::from_str(&vectors.keys().to_jwks()).unwrap();
    assert_eq!(written, vectors.jwks);
}

#[test]
fn the_page_of_the_format_shows_the_valid_case_as_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/license-format.md");
    let page = std::fs::read_to_string(path).unwrap();
    let vectors = vectors();
    let valid = vectors.licenses.iter().find(|case| case.name == "valid").unwrap();
    assert!(page.replace('\n', "").contains(&valid.token));
    for part in valid.token.split('.').take(2) {
        let json = data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap();
        assert!(page.lines().any(|line| line.as_bytes() == json), "{}", String::from_utf8_lossy(&json));
    }
    assert!(page.contains(&vectors.keys().to_jwks()));
}
