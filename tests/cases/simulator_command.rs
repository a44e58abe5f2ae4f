//! `simulate` as an operator or a build server runs it.

use std::fs;

use license_tests::{Ran, Toy, ToyFault, Workplace};
use serde_json::Value;

/// Runs the command against a toy, without its open API.
async fn simulate(fault: Option<ToyFault>, args: &[&str]) -> (Workplace, Ran) {
    let toy = Toy::open(fault).await;
    let (place, url) = (Workplace::new(), toy.url().to_string());
    place.write("toy-key", &format!("{}\n", Toy::ACCESS_KEY));
    let mut command =
        place.bare(&["simulate", "--url", &url, "--access-key-file", "toy-key", "--without-open-api"]);
    command.args(args);
    let ran = tokio::task::spawn_blocking(move || license_tests::ran(&mut command)).await.expect("it runs");
    (place, ran)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_is_in_the_table_in_the_junit_file_and_in_the_exit_code() {
    let fault = Some(ToyFault::StaleClockAccepted);
    let (place, ran) = simulate(fault, &["--only", "clock", "--junit", "report.xml"]).await;
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    for part in [
        "FAIL  stale-clock",
        "expected  000001",
        "came      000000",
        "page 0070649286",
        "faults: stale-clock-accepted",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    let xml = fs::read_to_string(place.path("report.xml")).expect("a report");
    assert!(xml.contains("<failure type=\"stale-clock-accepted\""), "{xml}");
    assert!(!format!("{}{}{xml}", ran.out, ran.err).contains(Toy::ACCESS_KEY), "the key is shown nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_out_by_request_does_not_fail_and_json_says_so() {
    let (_place, ran) = simulate(None, &["--json", "--only", "signature"]).await;
    let report: Value = ran.json();
    let cases = report["cases"].as_array().expect("cases");
    let ended = |verdict: &str| cases.iter().filter(|case| case["verdict"] == verdict).count();
    assert_eq!((ended("passed"), ended("passed") + ended("left-out")), (6, cases.len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_command_line_is_2_and_says_what_is_missing() {
    let place = Workplace::new();
    let said = |args: &[&str]| {
        let ran = license_tests::ran(place.bare(&["simulate"]).args(args));
        assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
        ran.err
    };
    assert!(said(&["--url", "http://127.0.0.1:1/"]).contains("--access-key-file"));
    assert!(said(&["--url", "vendor.example"]).contains("https://"));
    assert!(said(&["--without-open-api", "--only", "no such case"]).contains("--list"));
    assert!(said(&["--slow", "7"]).contains("200ms"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cases_are_listed_with_their_pages() {
    let list = Workplace::new().run(&["simulate", "--list"]).ok();
    let rows = list.lines().skip(1).count();
    assert_eq!(rows, license_server::simulator::cases::all().count());
    assert!(list.contains("renewals-out-of-order") && list.contains("0070649252"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_url_the_programs_own_server_is_played_against_and_leaves_nothing() {
    let place = Workplace::new();
    let temporary = place.path("temporary");
    fs::create_dir(&temporary).expect("a folder");
    let mut command = place.bare(&["simulate", "--only", "renewal"]);
    let ran = license_tests::ran(command.env("TMPDIR", &temporary));
    assert!(ran.ok().contains("3 passed, 0 failed, 0 not checked"));
    assert_eq!(fs::read_dir(&temporary).expect("readable").count(), 0);
}
