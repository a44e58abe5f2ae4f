//! The checks that follow the signature: window, device, test or real, their order; and the promised size.

use license_core::{
    Accept, Device, Kind, LicenseState, Malformed, NOT_BEFORE_LEEWAY, Reading, SigningKey, Trust, UnixTime,
    UnverifiedLicense, VerifyError,
};
use serde_json::json;

use super::maker::*;

/// The store's limit for a string.
const STRING_LIMIT: usize = 1024;

fn at(now: UnixTime) -> Result<LicenseState, VerifyError> {
    let token = key().issue(&claims()).unwrap();
    verify_on(&token, &device(&MACHINE, Reading::Unprivileged), now)
        .map(|license| license.state_when_verified())
}

#[test]
fn a_clock_may_be_five_minutes_behind_the_beginning() {
    assert_eq!(NOT_BEFORE_LEEWAY, 300);
    assert_eq!(at(BEGIN.minus(300)), Ok(LicenseState::Active));
    let now = BEGIN.minus(301);
    assert_eq!(at(now), Err(VerifyError::NotYetValid { not_before: BEGIN, now }));
}

#[test]
fn the_end_has_no_leeway_but_the_grace_that_it_was_given() {
    let until = END.plus(3_600);
    assert_eq!(at(END.minus(1)), Ok(LicenseState::Active));
    assert_eq!(at(END), Ok(LicenseState::Grace { until }));
    assert_eq!(at(until.minus(1)), Ok(LicenseState::Grace { until }));
    assert_eq!(at(until), Err(VerifyError::Expired { ended_at: until, now: until }));
    let token = key().issue(&license_core::Claims { grace: 0, ..claims() }).unwrap();
    let refused = verify_on(&token, &device(&MACHINE, Reading::Unprivileged), END).unwrap_err();
    assert_eq!(refused, VerifyError::Expired { ended_at: END, now: END });
}

#[test]
fn a_verified_license_can_be_asked_again_later() {
    let license = verify(&key().issue(&claims()).unwrap()).unwrap();
    assert_eq!(license.state_when_verified(), LicenseState::Active);
    assert_eq!(license.state(BEGIN.minus(301)), LicenseState::NotYetValid);
    assert_eq!(license.state(END), LicenseState::Grace { until: END.plus(3_600) });
    assert_eq!(license.state(END.plus(3_600)), LicenseState::Expired);
}

#[test]
fn missing_rights_are_told_from_another_machine() {
    let [disk, board, _] = MACHINE;
    let mut privileged = json();
    privileged["dev"]["priv"] = json!(true);
    let privileged = sign(&good_header(), privileged.to_string());
    let ordinary = key().issue(&claims()).unwrap();
    let on = |token: &str, values: &[_], reading| verify_on(token, &device(values, reading), NOW).map(|_| ());
    let needs_rights =
        |r| matches!(r, Err(VerifyError::NeedsPrivileges(verdict)) if verdict.needs_privileges());
    let other_machine = |r| matches!(r, Err(VerifyError::Device(verdict)) if !verdict.needs_privileges());

    assert!(needs_rights(on(&privileged, &[disk], Reading::Unprivileged)), "the board was not read");
    assert!(other_machine(on(&privileged, &[disk], Reading::Privileged)), "the board is gone");
    assert!(other_machine(on(&ordinary, &[disk], Reading::Unprivileged)), "no right is needed");
    let (swapped, installed) = ((Kind::Board, "MB-77120"), (Kind::Os, "00c1e7d2a4b5968778695a4b3c2d1e0f"));
    let another = [disk, swapped, installed];
    assert!(other_machine(on(&privileged, &another, Reading::Unprivileged)), "another board");
    assert_eq!(on(&privileged, &[disk, board], Reading::Unprivileged), Ok(()));
    assert!(matches!(verify_on(&ordinary, &Device::none(), NOW), Err(VerifyError::Device(_))));
}

#[test]
fn a_license_for_no_device_holds_on_all_and_has_no_verdict() {
    let token = key().issue(&license_core::Claims { binding: None, ..claims() }).unwrap();
    assert_eq!(verify_on(&token, &Device::none(), NOW).unwrap().verdict(), None);
    assert!(verify(&key().issue(&claims()).unwrap()).unwrap().verdict().is_some_and(|v| v.passes()));
}

#[test]
fn the_first_check_that_fails_is_the_one_named() {
    let mut claims = claims();
    (claims.issuer, claims.product, claims.test) = ("another".into(), "another".into(), true);
    (claims.not_before, claims.expires_at) = (UnixTime::from_secs(1), Some(UnixTime::from_secs(2)));
    let stranger = SigningKey::from_seed(&[1; 32]).issue(&claims).unwrap();
    let name = |result: Result<_, VerifyError>| match result.map(|_: license_core::License| ()) {
        Ok(()) => "valid".to_owned(),
        Err(error) => format!("{error:?}").split([' ', '(']).next().unwrap().to_owned(),
    };
    let mut named = vec![name(verify(&stranger[1..])), name(verify(&stranger))];

    let token = key().issue(&claims).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    named.push(name(verify(&format!("{signed}.{}{}", "A".repeat(43), &signature[43..]))));
    named.push(name(verify(&sign(&good_header(), json_with("qty", json!(0))))));

    let elsewhere = [(Kind::Disk, "S4EWNX0M123456")];
    let mut next = |claims: &license_core::Claims, values| {
        let token = key().issue(claims).unwrap();
        named.push(name(verify_on(&token, &device(values, Reading::Unprivileged), NOW)));
    };
    next(&claims, &elsewhere);
    claims.issuer = VENDOR.into();
    next(&claims, &elsewhere);
    claims.product = PRODUCT.into();
    next(&claims, &elsewhere);
    (claims.not_before, claims.expires_at) = (BEGIN, Some(END));
    next(&claims, &elsewhere);
    next(&claims, &MACHINE);
    claims.test = false;
    next(&claims, &MACHINE);
    let order = "Malformed UnknownKey Signature Malformed Issuer Product Expired Device TestLicense valid";
    assert_eq!(named.join(" "), order);
}

#[test]
fn test_licenses_and_real_ones_are_never_accepted_together() {
    let device = device(&MACHINE, Reading::Unprivileged);
    for (test, accept, refusal) in [
        (false, Accept::Real, None),
        (true, Accept::Test, None),
        (true, Accept::Real, Some(VerifyError::TestLicense)),
        (false, Accept::Test, Some(VerifyError::RealLicense)),
    ] {
        let token = key().issue(&license_core::Claims { test, ..claims() }).unwrap();
        let license: UnverifiedLicense = token.parse().unwrap();
        assert_eq!(license.verify(&trust().accepting(accept), &device, NOW).err(), refusal);
    }
}

#[test]
fn digests_of_another_realm_match_nothing() {
    let license: UnverifiedLicense = key().issue(&claims()).unwrap().parse().unwrap();
    let trust =
        Trust::new(VENDOR, PRODUCT, "another realm", [key().verifying_key().clone()].into_iter().collect());
    let found = license_core::Fingerprint::from_values(trust.realm(), MACHINE).unwrap();
    let device = Device::new(found, Reading::Privileged);
    assert!(
        matches!(license.verify(&trust, &device, NOW), Err(VerifyError::Device(v)) if v.score_percent() == 0)
    );
}

#[test]
fn a_full_license_fits_into_a_string_of_the_store() {
    let mut claims = claims();
    claims.issuer = format!("https://{}", "v".repeat(32));
    claims.features = ["mesh", "cam", "render", "simulate"].map(|name| format!("{name:-<15}")).into();
    claims.binding = Some(bind(&[
        (Kind::Mac, "04:7c:16:5e:e3:5d"),
        (Kind::Mac, "04:7c:16:5e:e3:5e"),
        (Kind::Disk, "eui.001b444a488b5cec"),
        (Kind::Board, "PF2QX7R9"),
        (Kind::System, "4c4c4544-0051-3410-8051-b5c04f375931"),
        (Kind::Os, "5f8d2ac9b04e41c7a3b19d6e27f0c584"),
        (Kind::Cloud, "i-0b22a22eec53b9321"),
        (Kind::Tpm, "6adb368b6a0e595a448d173193032124cd0b8083b330831936cabebf44c7c612"),
    ]));
    assert_eq!((claims.issuer.len(), claims.instance.len()), (40, 36));
    assert_eq!(claims.features.concat().len(), 60);
    claims.test = true;
    for (grace, trial) in [(31_622_400, false), (0, true)] {
        (claims.grace, claims.trial) = (grace, trial);
        let token = key().issue(&claims).unwrap();
        assert!(token.len() <= STRING_LIMIT, "{} characters", token.len());
    }
}

#[test]
fn a_token_that_was_cut_off_says_so() {
    let token = key().issue(&claims()).unwrap();
    let cut = token.rsplit_once('.').unwrap().0;
    assert_eq!(verify(cut).unwrap_err(), VerifyError::Malformed(Malformed::Parts));
    let refused = verify(&token[..token.len() - 1]).unwrap_err();
    assert_eq!(refused, VerifyError::Malformed(Malformed::Encoding("signature")));
}
