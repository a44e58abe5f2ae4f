//! The data files beside the example are what the example makes, and verify.

use license_core::{Device, LicenseState, Realm, Trust, UnixTime, UnverifiedLicense, VerifyError};

#[path = "../../examples/issue.rs"]
#[expect(dead_code, reason = "its command line is not called here")]
mod issue;

const VENDOR_FILE: &str = include_str!("../../examples/vendor.toml");
const LICENSE: &str = include_str!("../../examples/cad-pro.lic");
/// `private_seed_for_tests_only` of the vectors.
const SEED: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const NOW: UnixTime = UnixTime::from_secs(1_760_000_000);

#[test]
fn the_files_are_what_the_example_makes() {
    let key = issue::key(SEED).unwrap();
    assert_eq!(VENDOR_FILE, issue::vendor_file(&key));
    assert_eq!(LICENSE, key.issue(&issue::perpetual()).unwrap() + "\n");
}

#[test]
fn the_perpetual_license_holds_on_any_machine_for_ever() {
    let trust = Trust::from_vendor_file(VENDOR_FILE).unwrap();
    let license: UnverifiedLicense = LICENSE.parse().unwrap();
    let license = license.verify(&trust, &Device::none(), UnixTime::from_secs(i64::MAX)).unwrap();
    assert!(license.has_feature("mesh") && license.has_feature("cam") && !license.has_feature("render"));
    assert_eq!((license.expires_at(), license.binding()), (None, None));
}

#[test]
fn the_bound_license_holds_on_its_machine_only() {
    let trust = Trust::from_vendor_file(VENDOR_FILE).unwrap();
    let machine = "|eui.001b444a488b5cec|PF2QX7R9|";
    let token = issue::key(SEED).unwrap().issue(&issue::bound_to(machine).unwrap()).unwrap();
    let license: UnverifiedLicense = token.parse().unwrap();
    let on =
        |text| license.verify(&trust, &Device::from_text(text, &Realm::new(trust.issuer())).unwrap(), NOW);
    assert_eq!(on(machine).unwrap().state(NOW), LicenseState::Active);
    assert!(matches!(on("|S4EWNX0M123456|MB-77120|"), Err(VerifyError::Device(_))));
}
