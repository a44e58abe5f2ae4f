//! Every bit, and anything that chance brings.

use license_core::{
    Claims, Kind, LicenseState, Malformed, Reading, Trust, UnixTime, UnverifiedLicense, VerifyError,
};
use proptest::prelude::*;
use serde_json::Value;

use super::maker::*;

#[test]
fn no_bit_of_a_license_can_change() {
    let unbound = Claims { binding: None, expires_at: None, grace: 0, trial: true, ..claims() };
    for claims in [claims(), unbound] {
        let token = key().issue(&claims).unwrap();
        assert!(verify(&token).is_ok());
        for bit in 0..token.len() * 8 {
            let mut bytes = token.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // A text file that is no UTF-8 is not even a text to parse.
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(verify(&changed).is_err(), "bit {bit}: {changed}");
            }
        }
    }
}

#[test]
fn no_part_of_a_license_is_a_license() {
    let token = key().issue(&claims()).unwrap();
    for at in 0..token.len() {
        assert!(verify(&token[..at]).is_err(), "the first {at}");
        assert!(verify(&token[token.len() - at..]).is_err(), "the last {at}");
        assert!(verify(&[&token[..at], &token[at + 1..]].concat()).is_err(), "without {at}");
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z0-9:/.-]{1,64}", 1 => "\\PC{1,40}", 1 => any::<String>().prop_map(|t| t.chars().take(60).collect::<String>() + "x")]
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 0..=2_000_000_000_i64, 1 => 0..=253_402_300_799_i64]
}

/// Values of one machine: some kinds of it, an id of the operator, or none.
fn machine() -> impl Strategy<Value = Vec<(Kind, String)>> {
    let part = prop_oneof![
        (0x0400_0000_1000_u64..0x0400_0fff_ffff).prop_map(|n| (Kind::Mac, format!("{n:012x}"))),
        "[A-Z]{4}[0-9]{7}[A-Z]".prop_map(|s| (Kind::Disk, s)),
    ];
    let single = (any::<u128>(), "[A-Z]{4}[0-9]{7}[A-Z]")
        .prop_map(|(n, s)| vec![(Kind::Os, format!("{n:032x}")), (Kind::Board, s)]);
    prop_oneof![
        6 => (prop::collection::vec(part, 0..4), single).prop_map(|(mut a, b)| { a.extend(b); a }),
        1 => "[A-Z]{4}[0-9]{7}[A-Z]".prop_map(|id| vec![(Kind::Custom, id)]),
        2 => Just(Vec::new()),
    ]
}

fn any_claims() -> impl Strategy<Value = (Claims, Vec<(Kind, String)>)> {
    let texts = (text(), text(), text(), text(), prop::collection::vec(text(), 0..6));
    let window = (time(), time(), prop::option::weighted(0.8, 1..400_000_000_i64), any::<u32>());
    let key = prop::option::of(any::<[u8; 32]>());
    (texts, window, 1..=u32::MAX, any::<[bool; 2]>(), (machine(), key)).prop_map(
        |(
            (issuer, product, instance, license_id, features),
            (iat, nbf, term, grace),
            quantity,
            [trial, test],
            (machine, key),
        )| {
            let values: Vec<_> = machine.iter().map(|(kind, value)| (*kind, value.as_str())).collect();
            let claims = Claims {
                issuer,
                product,
                instance,
                license_id,
                issued_at: UnixTime::from_secs(iat),
                not_before: UnixTime::from_secs(nbf),
                expires_at: term.map(|term| UnixTime::from_secs(nbf + term)),
                binding: (!values.is_empty()).then(|| bind(&values)),
                quantity,
                features,
                grace: if trial { 0 } else { grace },
                trial,
                test,
                device_key: key.map(license_core::KeyId::from_bytes),
            };
            (claims, machine)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_issued_verifies_back_to_the_same_values((claims, machine) in any_claims(), late in 0.0..1.0_f64) {
        let token = match key().issue(&claims) {
            Ok(token) => token,
            Err(refusal) => {
                // The only claim of the strategy that can be out of range: an end after the year 9999.
                prop_assert!(claims.expires_at.is_some_and(|end| end.as_secs() > 253_402_300_799), "{refusal}");
                return Ok(());
            }
        };
        let accept = if claims.test { license_core::Accept::Test } else { license_core::Accept::Real };
        let keys = [key().verifying_key().clone()].into_iter().collect();
        let trust = Trust::new(&claims.issuer, &claims.product, VENDOR, keys).accepting(accept);
        let values: Vec<_> = machine.iter().map(|(kind, value)| (*kind, value.as_str())).collect();
        let device = if values.is_empty() { license_core::Device::none() } else { device(&values, Reading::Privileged) };
        let begin = claims.not_before.minus(300);
        let until = claims.expires_at.map(|end| end.plus(i64::from(claims.grace)));
        let length = until.map_or(1_000_000_000, |until| until.as_secs() - 1 - begin.as_secs());
        let now = begin.plus((length as f64 * late) as i64);

        let license = token.parse::<UnverifiedLicense>().unwrap().verify(&trust, &device, now).unwrap();
        let back = Claims {
            issuer: license.issuer().into(),
            product: license.product().into(),
            instance: license.instance().into(),
            license_id: license.id().into(),
            issued_at: license.issued_at(),
            not_before: license.not_before(),
            expires_at: license.expires_at(),
            binding: license.binding().cloned(),
            quantity: license.quantity(),
            features: license.features().to_vec(),
            grace: license.grace(),
            trial: license.is_trial(),
            test: license.is_test(),
            device_key: license.device_key(),
        };
        let in_grace = claims.expires_at.is_some_and(|end| now >= end);
        prop_assert_eq!(matches!(license.state(now), LicenseState::Grace { .. }), in_grace);
        prop_assert_eq!(&back, &claims);
        prop_assert_eq!(key().issue(&back).unwrap(), token);
    }

    #[test]
    fn any_text_at_all_is_refused_without_a_panic(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        prop_assert!(verify(&text).is_err());
        prop_assert!(verify(&String::from_utf8_lossy(&bytes)).is_err());
    }

    #[test]
    fn any_three_parts_are_refused_without_a_panic(text in "[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{86}") {
        prop_assert!(verify(&text).is_err());
    }

    #[test]
    fn a_license_with_a_stretch_replaced_is_refused(
        from in 0..700_usize, len in 0..300_usize, with in prop_oneof!["[A-Za-z0-9_.=-]{0,40}", "\\PC{0,20}"],
    ) {
        let token = key().issue(&claims()).unwrap();
        let from = from.min(token.len());
        let changed = format!("{}{with}{}", &token[..from], &token[(from + len).min(token.len())..]);
        prop_assert_eq!(verify(&changed).is_ok(), changed.trim_ascii() == token);
    }

    #[test]
    fn any_signed_payload_is_judged_without_a_panic(payload in any::<Vec<u8>>()) {
        let refused = verify(&sign(&good_header(), payload)).unwrap_err();
        prop_assert!(matches!(refused, VerifyError::Malformed(Malformed::Claims(_))));
    }

    #[test]
    fn any_value_of_a_claim_is_judged_without_a_panic(
        member in prop::sample::select(vec!["iss", "iat", "nbf", "exp", "dev", "qty", "feat", "grace", "trial", "x"]),
        value in any_json(),
    ) {
        let license = verify(&sign(&good_header(), json_with(member, value.clone())));
        if let Ok(license) = license {
            prop_assert!(member == "x" || license_matches(&license, member, &value), "{member}: {value}");
        }
    }
}

/// Whether the license says of `member` what its payload said.
fn license_matches(license: &license_core::License, member: &str, value: &Value) -> bool {
    match member {
        "iss" => value == license.issuer(),
        "iat" => *value == license.issued_at().as_secs(),
        "nbf" => *value == license.not_before().as_secs(),
        "exp" => license.expires_at().is_some_and(|end| *value == end.as_secs()),
        "qty" => *value == license.quantity(),
        "grace" => *value == license.grace(),
        "trial" => *value == license.is_trial(),
        "feat" => *value == Value::from(license.features().to_vec()),
        _ => false,
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..3_000_000_000_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{0,5}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
