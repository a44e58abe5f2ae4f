//! The runner as it is used: against the core, and against programs that are wrong, die, hang or babble.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it")]

use std::process::{Command, Output};

use license_conformance::answer::{answer, answer_line};
use license_conformance::cases::vectors;
use license_conformance::coverage::Coverage;
use license_conformance::generate;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_license-conformance");

struct Run {
    code: i32,
    out: String,
    err: String,
}

fn run(arguments: &[&str]) -> Run {
    let Output { status, stdout, stderr } = Command::new(PROGRAM).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
}

/// Runs against a shell's commands; `$P answer` is the reference.
#[cfg(unix)]
fn against(script: &str, options: &[&str]) -> Run {
    let script = format!("P='{PROGRAM}'; {script}");
    run(&[&["run"], options, &["--", "sh", "-c", &script]].concat())
}

#[test]
fn the_core_agrees_with_itself_over_pipes() {
    let found = run(&["run", "--cases", "1000", "--json", "--", PROGRAM, "answer"]);
    assert_eq!((found.code, found.err.as_str()), (0, ""), "{}", found.out);
    let report: Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!((&report["differ"], &report["left_out"]), (&0.into(), &0.into()));
    assert!(report["cases"].as_u64() > Some(1090), "the vectors are among them");
}

#[test]
fn every_outcome_and_every_form_of_a_verdict_is_asked_for_often() {
    let mut coverage = Coverage::new();
    let generated = (0..10_000).map(|number| generate::case(1, number));
    for case in vectors().unwrap().into_iter().chain(generated) {
        let answered = serde_json::to_value(answer(&case.ask)).unwrap();
        assert!(answered["error"].is_null(), "{}: {answered}", case.name);
        coverage.add(case.op(), &answered);
    }
    let rare: Vec<_> = coverage.rare(20).collect();
    assert!(rare.is_empty(), "{rare:?}");
}

#[test]
fn a_number_and_a_seed_give_the_same_case_for_ever() {
    let case = generate::case(1, 4);
    assert_eq!(case, generate::case(1, 4));
    assert_ne!(case.ask, generate::case(2, 4).ask);
}

#[test]
fn the_session_of_the_page_is_answered_as_the_page_shows() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sdk/conformance.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, session) = page.split_once("<<'END'\n").unwrap();
    let (questions, rest) = session.split_once("END\n").unwrap();
    let shown = rest.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let answers: Vec<_> = questions.lines().map(answer_line).collect();
    assert_eq!(answers, shown.lines().collect::<Vec<_>>());
}

#[test]
fn cases_are_written_with_their_answers() {
    let found = run(&["cases", "--cases", "20", "--op", "verify"]);
    assert_eq!(found.code, 0, "{}", found.err);
    for line in found.out.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        assert!(case["ask"]["token"].is_string() && case["expect"]["outcome"].is_string(), "{line}");
    }
    assert!(found.out.lines().count() > 48);
}

#[cfg(unix)]
mod programs {
    use super::*;

    const HELLO: &str = r#"{"name":"n","version":"1","protocol":1,"ops":["verify","match","df1"]}"#;

    #[test]
    fn one_that_answers_wrongly_is_shown_and_its_cases_are_kept_and_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept").to_string_lossy().into_owned();
        let wrong = r#""$P" answer | sed -u 's/"outcome":"grace"/"outcome":"active"/'"#;
        let found = against(wrong, &["--cases", "2000", "--op", "verify", "--keep", &kept]);
        assert_eq!(found.code, 1, "{}{}", found.out, found.err);
        assert!(found.out.contains("outcome: \"grace\" is due, it answers \"active\""), "{}", found.out);
        let files = std::fs::read_dir(&kept).unwrap().count();
        assert!(files > 2);
        let again = against(wrong, &["--case", &kept, "--json"]);
        let report: Value = serde_json::from_str(&again.out).unwrap();
        assert_eq!((again.code, report["differ"].as_u64()), (1, Some(files as u64)));
        let right = run(&["run", "--case", &kept, "--", PROGRAM, "answer"]);
        assert_eq!(right.code, 0, "{}", right.out);
    }

    #[test]
    fn one_that_can_do_less_is_asked_less() {
        let less = r#""$P" answer | sed -u 's/"ops":\[.*\]/"ops":["verify","df1"]/'"#;
        let found = against(less, &["--cases", "500", "--json"]);
        let report: Value = serde_json::from_str(&found.out).unwrap();
        assert_eq!(found.code, 0, "{}", found.out);
        assert_eq!(report["ops"]["match"]["cases"], 0);
        assert!(
            report["left_out"].as_u64() > Some(100) && report["ops"]["verify"]["cases"].as_u64() > Some(100)
        );
    }

    #[test]
    fn one_that_dies_is_told_with_its_last_words_and_the_case() {
        let found = against(
            &format!("read line; echo '{HELLO}'; read line; echo 'no such thing' >&2; exit 3"),
            &["--cases", "50"],
        );
        assert_eq!(found.code, 2, "{}", found.out);
        for says in ["stopped at licenses-", "the program ended", "no such thing", "asked: {"] {
            assert!(found.out.contains(says), "{says}: {}", found.out);
        }
    }

    #[test]
    fn one_that_hangs_is_ended() {
        let found = against(
            &format!("read line; echo '{HELLO}'; while read line; do :; done; exec cat"),
            &["--cases", "50", "--timeout", "1"],
        );
        assert_eq!(found.code, 2, "{}", found.out);
        assert!(found.out.contains("has not answered for 1 s"), "{}", found.out);
    }

    #[test]
    fn one_that_babbles_or_says_nothing_of_itself_is_refused() {
        for (script, says) in [
            ("read line; echo hello".to_owned(), "does not introduce itself"),
            (format!("read line; echo '{}'", HELLO.replace("1,\"ops\"", "7,\"ops\"")), "`protocol` is not 1"),
            ("exit 0".into(), "the program ended"),
            (format!("echo '{HELLO}'; head -c 3000000 /dev/zero | tr '\\0' x; cat >/dev/null"), "mebibyte"),
            (format!("echo '{HELLO}'; printf '\\377\\n'; cat >/dev/null"), "no UTF-8"),
        ] {
            let found = against(&script, &["--cases", "10"]);
            assert_eq!(found.code, 2, "{script}: {}", found.out);
            let all = format!("{}{}", found.out, found.err);
            assert!(all.contains(says), "{says}: {all}");
        }
        let found = run(&["run", "--", "/no/such/program"]);
        assert!(found.code == 2 && found.err.contains("cannot be started"), "{}", found.err);
    }

    #[test]
    fn answers_that_are_none_are_differences() {
        let found = against(
            &format!("read line; echo '{HELLO}'; while read -r line; do echo nonsense; done"),
            &["--cases", "5", "--op", "verify"],
        );
        assert_eq!(found.code, 1, "{}{}", found.out, found.err);
        assert!(found.out.contains("no JSON object"), "{}", found.out);
    }
}
