//! Forms that are refused, and spellings that are not. Everything here is signed with the right key.

use license_core::{ClaimsError, MAX_TOKEN_LEN, Malformed, UnixTime, VerifyError};
use serde_json::{Value, json};

use super::maker::*;

const TIMES: [&str; 3] = ["iat", "nbf", "exp"];
const NUMBERS: [&str; 5] = ["iat", "nbf", "exp", "qty", "grace"];
const TEXTS: [&str; 4] = ["iss", "aud", "sub", "jti"];

#[test]
fn the_test_signer_and_issue_make_the_same_bytes() {
    let payload = serde_json::to_string(&claims()).unwrap();
    let token = sign(&good_header(), payload);
    assert_eq!(token, key().issue(&claims()).unwrap());
    assert_eq!(verify(&token).unwrap().quantity(), 3);
}

#[test]
fn members_may_stand_in_any_order_and_between_white_space() {
    let other_order = format!(r#"{{"typ":"license+jwt","kid":"{}","alg":"EdDSA"}}"#, key().id());
    let spaced = good_header().replace(',', " ,\n ");
    for header in [other_order, spaced] {
        assert!(verify(&sign(&header, json().to_string())).is_ok(), "{header}");
    }
    assert!(verify(&sign(&good_header(), serde_json::to_vec_pretty(&json()).unwrap())).is_ok());
}

#[test]
fn a_header_that_is_not_exactly_that_of_a_license_is_refused() {
    let good = good_header();
    let id = key().id().to_string();
    let headers = [
        good.replace('}', r#","crit":["exp"]}"#),
        good.replace('}', r#","b64":true}"#),
        good.replace('}', r#","x":null}"#),
        good.replace('}', r#","alg":"EdDSA"}"#),
        good.replace("EdDSA", "Ed25519"),
        good.replace("EdDSA", "eddsa"),
        good.replace("license+jwt", "JWT"),
        good.replace("license+jwt", "application/license+jwt"),
        good.replace(r#""typ":"license+jwt""#, r#""typ":null"#),
        good.replace(r#","typ":"license+jwt""#, ""),
        good.replace(r#""alg":"EdDSA","#, ""),
        good.replace(&id, &id[1..]),
        good.replace(&id, &format!("{id}=")),
        format!(r#"["EdDSA","{id}","license+jwt"]"#),
        format!("{good}{good}"),
        format!("\u{feff}{good}"),
        format!(r#""{id}""#),
        "null".into(),
        "{}".into(),
        String::new(),
    ];
    for header in headers {
        assert_ne!(header, good);
        let result = verify(&sign(&header, json().to_string()));
        assert!(matches!(result, Err(VerifyError::Malformed(Malformed::Header(_)))), "{header}: {result:?}");
    }
}

#[test]
fn what_a_header_says_cannot_reach_a_terminal_as_control_characters() {
    let hostile = good_header().replace('}', ",\"\\u001b[2J\\r\\n\":1}");
    let error = verify(&sign(&hostile, json().to_string())).unwrap_err().to_string();
    assert!(!error.contains(char::is_control), "{error:?}");
}

#[test]
fn a_payload_that_is_no_object_is_refused() {
    let values: Vec<Value> = json().as_object().unwrap().values().cloned().collect();
    let good = json().to_string();
    let spoilt =
        [Value::from(values).to_string(), format!("{good},"), format!("{good}{good}"), format!("[{good}]")];
    spoilt.iter().for_each(assert_claims_refused);
    ["", " ", "null", "true", "1", "\"license\"", "[]", "{}", "{"].iter().for_each(assert_claims_refused);
    assert_claims_refused(format!("\u{feff}{good}"));
    assert_claims_refused([good.as_bytes(), b"\0"].concat());
    assert_claims_refused(good.replace("cad-pro", "cad\u{0}pro"));
    let mut no_utf8 = good.into_bytes();
    let place = no_utf8.iter().position(|b| *b == b'-').unwrap();
    no_utf8[place] = 0xff;
    assert_claims_refused(no_utf8);
}

#[test]
fn a_claim_of_another_type_is_refused() {
    for member in json().as_object().unwrap().keys().map(String::as_str).chain(["trial", "test"]) {
        assert_claims_refused(json_with(member, Value::Null));
        assert_claims_refused(json_with(member, json!({})));
        assert_claims_refused(json_with(member, json!([[]])));
        assert_claims_refused(json_with(member, json!(1.5)));
        if !matches!(member, "trial" | "test") {
            assert_claims_refused(json_with(member, json!(true)));
        }
        if !TEXTS.contains(&member) {
            assert_claims_refused(json_with(member, json!("1")));
        }
        if !NUMBERS.contains(&member) {
            assert_claims_refused(json_with(member, json!(1)));
        }
    }
}

#[test]
fn a_number_that_is_not_a_whole_one_in_range_is_refused() {
    for member in NUMBERS {
        let digits = json()[member].to_string();
        let with = |text: &str| json().to_string().replacen(&format!("\"{member}\":{digits}"), text, 1);
        let bad = [".0", "e0", "E+0", ".5"].map(|end| format!("{digits}{end}"));
        for number in bad.iter().map(String::as_str).chain([
            "-1",
            "-0",
            "+1",
            "01",
            "0x1",
            "18446744073709551616",
            "1e999",
        ]) {
            assert_claims_refused(with(&format!("\"{member}\":{number}")));
        }
    }
    for member in ["qty", "grace"] {
        assert_claims_refused(json_with(member, json!(1_u64 << 32)));
    }
    assert_claims_refused(json_with("qty", json!(0)));
    for member in TIMES {
        assert_claims_refused(json_with(member, json!(253_402_300_800_i64)));
    }
}

#[test]
fn a_time_that_a_verifier_refuses_is_not_signed() {
    for secs in [-1, 253_402_300_800, i64::MIN, i64::MAX] {
        let time = UnixTime::from_secs(secs);
        let mut spoilt = [claims(), claims(), claims()];
        spoilt[0].issued_at = time;
        spoilt[1].not_before = time;
        spoilt[2].expires_at = Some(time);
        for (claims, claim) in spoilt.iter().zip(TIMES) {
            assert_eq!(key().issue(claims), Err(ClaimsError::Time { claim, secs }));
        }
    }
}

#[test]
fn a_missing_claim_is_refused_unless_it_may_be_left_out() {
    for member in json().as_object().unwrap().keys() {
        let mut without = json();
        without.as_object_mut().unwrap().remove(member);
        if ["exp", "dev", "grace"].contains(&member.as_str()) {
            assert!(verify(&sign(&good_header(), without.to_string())).is_ok(), "{member}");
        } else {
            assert_claims_refused(without.to_string());
        }
    }
}

#[test]
fn claims_that_are_not_signed_are_not_accepted_either() {
    for member in TEXTS {
        assert_claims_refused(json_with(member, json!("")));
        assert_claims_refused(json_with(member, json!("x".repeat(257))));
    }
    assert_claims_refused(json_with("feat", json!(["mesh", ""])));
    assert_claims_refused(json_with("trial", json!(true)));
    assert_claims_refused(json_with("exp", json!(BEGIN.as_secs())));
    assert_claims_refused(json_with("aud", json!(["cad-pro"])));
}

#[test]
fn a_member_that_stands_twice_is_refused_at_any_depth() {
    let twice = |from: &str, to: &str| {
        let good = json_with("unknown", json!({"deep":[{"a":1}]}));
        let spoilt = good.replacen(from, to, 1);
        assert_ne!(spoilt, good, "{from}");
        assert_claims_refused(spoilt);
    };
    for member in json().as_object().unwrap().keys() {
        let value = &json()[member];
        twice(&format!("\"{member}\":"), &format!("\"{member}\":{value},\"{member}\":"));
        let escaped = format!("\\u{:04x}{}", u32::from(member.as_bytes()[0]), &member[1..]);
        twice(&format!("\"{member}\":"), &format!("\"{escaped}\":{value},\"{member}\":"));
    }
    twice("\"min\":60", "\"min\":60,\"min\":60");
    twice("\"os\":[", "\"os\":[15,\"AAAAAAAAAAAAAA\"],\"os\":[");
    twice("\"unknown\":", "\"unknown\":1,\"unknown\":");
    twice("{\"a\":1}", "{\"a\":1,\"a\":1}");
}

#[test]
fn claims_that_are_not_known_are_ignored() {
    let extra = json_with("x", json!({"n": null, "f": [1.5, -2, true], "t": "\u{1}\u{10ffff}"}));
    let (plain, extra) =
        (verify(&sign(&good_header(), json().to_string())), verify(&sign(&good_header(), extra)));
    assert_eq!(format!("{:?}", plain.unwrap()), format!("{:?}", extra.unwrap()));
}

#[test]
fn a_binding_that_is_not_understood_is_never_ignored() {
    for (member, value) in [("x", json!(1)), ("id", Value::Null), ("priv", json!(false)), ("v", json!(2))] {
        let mut spoilt = json();
        spoilt["dev"][member] = value;
        assert_claims_refused(spoilt.to_string());
    }
    for dev in [json!(null), json!({}), json!([]), json!("any"), json!(false), json!({"v":1,"r":"1ivIVg"})] {
        assert_claims_refused(json_with("dev", dev));
    }
}

#[test]
fn json_nests_at_most_127_deep() {
    let nested = |depth: usize| {
        let lists = format!("{}{}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        json().to_string().replacen('{', &format!("{{\"x\":{lists},"), 1)
    };
    assert!(verify(&sign(&good_header(), nested(127))).is_ok());
    [128, 4_000].map(nested).iter().for_each(assert_claims_refused);
}

#[test]
fn claims_that_are_ignored_are_json_all_the_same() {
    for value in ["1e999", "01", "\"\\ud800\"", "\"\t\"", "nul", "[1,]", "{\"a\"}", "NaN"] {
        assert_claims_refused(json().to_string().replacen('{', &format!("{{\"x\":{value},"), 1));
    }
}

#[test]
fn a_token_is_read_up_to_its_longest_length_and_no_further() {
    let padded = |n: usize| sign(&good_header(), json_with("x", json!("x".repeat(n))));
    let room = (MAX_TOKEN_LEN - padded(0).len()) / 4 * 3;
    let longest = (room - 3..=room + 3).rev().map(padded).find(|t| t.len() <= MAX_TOKEN_LEN).unwrap();
    assert!(longest.len() > MAX_TOKEN_LEN - 3 && verify(&longest).is_ok());
    assert!(verify(&format!("\n {longest}\r\n\t")).is_ok(), "white space around it does not count");
    let over = padded(room + 6);
    assert_eq!(verify(&over).unwrap_err(), VerifyError::Malformed(Malformed::TooLong(over.len())));
    let mut claims = claims();
    claims.features = (0..60).map(|n| format!("{n:0>200}")).collect();
    let refused = key().issue(&claims);
    assert!(matches!(refused, Err(ClaimsError::TooLong { len }) if len > MAX_TOKEN_LEN), "{refused:?}");
}
