//! Licenses by `issue`, and tokens that `issue` would never make, signed with the same key.

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::Signer as _;
use license_core::{
    Binding, Claims, Device, Fingerprint, Kind, License, Malformed, Reading, Realm, SigningKey, Threshold,
    Trust, UnixTime, UnverifiedLicense, VerifyError, Weights,
};
use serde_json::Value;

pub(crate) const VENDOR: &str = "https://vendor.example";
pub(crate) const PRODUCT: &str = "cad-pro";
pub(crate) const BEGIN: UnixTime = UnixTime::from_secs(1_790_000_000);
pub(crate) const END: UnixTime = BEGIN.plus(86_400);
pub(crate) const NOW: UnixTime = BEGIN.plus(3_600);
const SEED: [u8; 32] = [42; 32];

pub(crate) const MACHINE: [(Kind, &str); 3] = [
    (Kind::Disk, "eui.001b444a488b5cec"),
    (Kind::Board, "PF2QX7R9"),
    (Kind::Os, "5f8d2ac9b04e41c7a3b19d6e27f0c584"),
];

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed(&SEED)
}

pub(crate) fn trust() -> Trust {
    Trust::new(VENDOR, PRODUCT, VENDOR, [key().verifying_key().clone()].into_iter().collect())
}

pub(crate) fn device(values: &[(Kind, &str)], reading: Reading) -> Device {
    Device::new(fingerprint(values), reading)
}

pub(crate) fn fingerprint(values: &[(Kind, &str)]) -> Fingerprint {
    Fingerprint::from_values(&Realm::new(VENDOR), values.iter().copied()).unwrap()
}

pub(crate) fn bind(values: &[(Kind, &str)]) -> Binding {
    Binding::new(&fingerprint(values), &Weights::default(), Threshold::default()).unwrap()
}

/// A license that holds on [`MACHINE`] for a day from [`BEGIN`], with an hour of grace.
pub(crate) fn claims() -> Claims {
    Claims {
        issuer: VENDOR.into(),
        product: PRODUCT.into(),
        instance: "03pf80c2-bae9-6vc4-9b80-b917bea776d7".into(),
        license_id: "01997f3a-7b64-7c21-9d3e-5b7c0f1a2b3c".into(),
        issued_at: BEGIN,
        not_before: BEGIN,
        expires_at: Some(END),
        binding: Some(bind(&MACHINE)),
        quantity: 3,
        features: vec!["mesh".into(), "cam".into()],
        grace: 3_600,
        trial: false,
        test: false,
        device_key: None,
    }
}

/// The claims as JSON, to be spoilt.
pub(crate) fn json() -> Value {
    serde_json::to_value(claims()).unwrap()
}

/// The claims with one member set.
pub(crate) fn json_with(member: &str, value: Value) -> String {
    let mut json = json();
    json[member] = value;
    json.to_string()
}

pub(crate) fn good_header() -> String {
    format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"license+jwt"}}"#, key().id())
}

/// A JWS over any header and payload at all, genuinely signed.
pub(crate) fn sign(header: &str, payload: impl AsRef<[u8]>) -> String {
    let mut token = BASE64URL_NOPAD.encode(header.as_bytes());
    token.push('.');
    token += &BASE64URL_NOPAD.encode(payload.as_ref());
    let signature = ed25519_dalek::SigningKey::from_bytes(&SEED).sign(token.as_bytes());
    token + "." + &BASE64URL_NOPAD.encode(&signature.to_bytes())
}

pub(crate) fn verify(token: &str) -> Result<License, VerifyError> {
    verify_on(token, &device(&MACHINE, Reading::Unprivileged), NOW)
}

pub(crate) fn verify_on(token: &str, device: &Device, now: UnixTime) -> Result<License, VerifyError> {
    token.parse::<UnverifiedLicense>()?.verify(&trust(), device, now)
}

/// A genuine signature over claims that are refused for their form.
#[track_caller]
pub(crate) fn assert_claims_refused(payload: impl AsRef<[u8]>) {
    let result = verify(&sign(&good_header(), payload.as_ref()));
    let shown = String::from_utf8_lossy(payload.as_ref());
    assert!(matches!(result, Err(VerifyError::Malformed(Malformed::Claims(_)))), "{shown}: {result:?}");
}
