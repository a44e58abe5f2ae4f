//! That the description of this API says what the server says.

use std::collections::BTreeSet;

use http_body_util::BodyExt as _;
use license_core::{ActivationCode, UnixTime};
use serde_json::Value;

use super::OPENAPI;
use super::problem::Problem;
use crate::app::App;
use crate::engine::request::{Refusal, WeakBinding};

const NOW: i64 = 1_790_000_000_000;

fn description() -> Value {
    serde_json::from_str(OPENAPI).expect("JSON")
}

/// One of each.
fn problems() -> Vec<Problem> {
    let weak = WeakBinding {
        strength: "weak".into(),
        least: "fair".into(),
        remedies: vec![
            "run license-agent fingerprint --privileged as administrator".into(),
            "set LICENSE_DEVICE_ID".into(),
        ],
        why: "weak binding: only the OS installation id".into(),
    };
    let mistyped = "0".repeat(27).parse::<ActivationCode>().expect_err("too short");
    vec![
        Problem::Malformed("The member activation_code is missing.".into()),
        Problem::UnsupportedMediaType,
        Problem::TooLarge,
        Problem::NotFound,
        Problem::MethodNotAllowed { allowed: "POST" },
        Problem::MistypedCode(mistyped),
        Problem::UnknownCode,
        Problem::NoFingerprint("the fingerprint text is incomplete or mistyped; copy all of it again".into()),
        Problem::WeakBinding(Box::new(weak)),
        Problem::CustomIdNotAccepted,
        Problem::Frozen,
        Problem::Ended { at: UnixTime::from_secs(NOW / 1000 - 86_400) },
        Problem::Released,
        Problem::Pending,
        Problem::NoSeat { seats: 3 },
        Problem::UnknownLicense,
        Problem::Untrusted("The license is not one that this vendor's server has signed."),
        Problem::OtherDevice,
        Problem::SeatGone,
        Problem::ProofMissing,
        Problem::ProofInvalid(
            "The call's proof by the machine's key cannot be used: it was used before; each call needs a new one."
                .into(),
        ),
        Problem::ProofUntimely { now: UnixTime::from_secs(NOW / 1000) },
        Problem::OtherKey,
        Problem::CodeNeeded,
        Problem::TooManyDeactivations { limit: 3, again_at: Some(UnixTime::from_secs(NOW / 1000 + 86_400)) },
        Problem::TooManyAttempts { seconds: 10 },
        Problem::Busy,
        Problem::Internal,
    ]
}

#[tokio::test]
async fn every_problem_is_described_with_an_example_that_is_what_the_server_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = App::in_folder(folder.path(), NOW);
    let description = description();
    let examples = &description["components"]["examples"];
    let mut described: BTreeSet<String> = examples.as_object().expect("examples").keys().cloned().collect();
    let mut shown = serde_json::Map::new();
    for problem in problems() {
        let body = problem.response(&app).into_body().collect().await.expect("a body").to_bytes();
        let said: Value = serde_json::from_slice(&body).expect("JSON");
        shown.insert(problem.name().into(), said.clone());
        described.remove(problem.name());
    }
    for (name, said) in &shown {
        assert_eq!(examples[name]["value"], *said, "all of them: {}", Value::from(shown.clone()));
    }
    let others: Vec<_> =
        described.iter().filter(|name| !name.ends_with("-answer") && !name.ends_with("-request")).collect();
    assert!(others.is_empty(), "described and never said: {others:?}");
}

/// Each variant at least once: some have one name together.
fn every_variant() -> Vec<Problem> {
    let mut all = problems();
    all.extend([Problem::EndUnknown, Problem::NoLicense]);
    all
}

#[test]
fn the_page_of_codes_has_every_problem_of_the_code_once_with_its_status_and_no_other() {
    let (_, variants) = include_str!("problem.rs").split_once("enum Problem {").expect("the variants");
    let (variants, _) = variants.split_once("\n}").expect("their end");
    let word = |line: &str| line.split(|letter: char| !letter.is_alphanumeric()).next().map(str::to_owned);
    let variants: BTreeSet<String> = variants
        .lines()
        .filter_map(|line| line.strip_prefix("    ").filter(|rest| rest.starts_with(char::is_uppercase)))
        .filter_map(word)
        .collect();
    let listed: BTreeSet<String> =
        every_variant().iter().filter_map(|problem| word(&format!("{problem:?}"))).collect();
    assert_eq!(variants, listed, "the list is all of them");

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/result-codes.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let row = |line: &str| {
        let (name, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
        Some((name.to_owned(), rest.split_once(':')?.0.to_owned()))
    };
    let rows: Vec<(String, String)> = page.lines().filter_map(row).collect();
    let told: BTreeSet<(String, String)> =
        every_variant().iter().map(|it| (it.name().into(), it.row().1.as_str().into())).collect();
    assert_eq!(rows.len(), told.len(), "each once");
    assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), told);
}

#[test]
fn every_route_names_the_problems_that_it_can_answer_with() {
    let description = description();
    let named = |path: &str, method: &str| {
        let responses = description["paths"][path][method]["responses"].as_object().expect("responses");
        let of = |answer: &Value| {
            let examples = answer["content"]["application/problem+json"]["examples"].clone();
            examples.as_object().map(|all| all.keys().cloned().collect::<Vec<_>>()).unwrap_or_default()
        };
        responses.values().flat_map(of).collect::<BTreeSet<String>>()
    };
    let post =
        ["malformed-request", "unsupported-media-type", "too-large", "no-fingerprint", "busy", "internal"];
    let all = ["too-many-attempts", "busy", "internal"];
    let purchase =
        ["frozen", "ended", "released", "pending", "no-seat", "weak-binding", "custom-id-not-accepted"];
    let license = ["untrusted-license", "unknown-license"];
    let key = ["proof-missing", "proof-invalid", "proof-untimely", "other-key", "code-needed"];
    let sets: [(&str, &str, Vec<&[&str]>); 3] = [
        ("/v1/activations", "post", vec![&post, &all, &purchase, &["mistyped-code", "unknown-code"]]),
        (
            "/v1/licenses/renew",
            "post",
            vec![&post, &all, &purchase, &license, &key, &["other-device", "seat-gone"]],
        ),
        (
            "/v1/activations/{license_id}",
            "delete",
            vec![&all, &license, &key, &["too-many-deactivations", "too-large", "malformed-request"]],
        ),
    ];
    for (path, method, problems) in sets {
        let expected: BTreeSet<String> =
            problems.into_iter().flatten().map(|name| (*name).to_owned()).collect();
        let found: BTreeSet<String> = named(path, method);
        assert_eq!(found, expected, "{method} {path}");
    }
}

/// R24, R26, R29, R31, R40, R65, R78, R80, R81, R82, R91, R92, R93, R95, R100
#[test]
fn every_refusal_of_the_rules_has_its_problem() {
    let at = UnixTime::from_secs(NOW / 1000);
    for (refusal, name) in [
        (Refusal::UnknownCode, "unknown-code"),
        (Refusal::Released, "released"),
        (Refusal::Ended { at }, "ended"),
        (Refusal::Frozen, "frozen"),
        (Refusal::Pending, "pending"),
        (Refusal::EndUnknown, "pending"),
        (Refusal::FingerprintNeeded("x".into()), "no-fingerprint"),
        (Refusal::CustomIdNotAccepted, "custom-id-not-accepted"),
        (Refusal::SeatsTaken { quantity: 1 }, "no-seat"),
        (Refusal::UnknownLicense, "unknown-license"),
        (Refusal::OtherDevice, "other-device"),
        (Refusal::SeatGone, "seat-gone"),
        (Refusal::ProofMissing, "proof-missing"),
        (Refusal::OtherKey, "other-key"),
        (Refusal::CodeNeeded, "code-needed"),
        (Refusal::TooManyDeactivations { limit: 0, again_at: None }, "too-many-deactivations"),
        (Refusal::Unsignable("internal words".into()), "internal"),
    ] {
        let problem = Problem::of(refusal);
        assert_eq!(problem.name(), name);
        assert!(!problem.detail().contains("internal words"), "{problem:?}");
        // Of a code that there is as of one that there is not.
        assert_eq!(problem.may_tell_of_a_code(), name != "internal", "{name}");
    }
}
