//! `simulate` as an operator or a build server runs it.

use std::fs;

use license_server::simulator::{Fault, cases};
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
    assert_eq!(rows, cases::all().count());
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

/// The open API does not listen where a server of this project's pages does, and a wait is no silence.
#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_waits_for_an_upload_is_named_while_it_waits() {
    let place = Workplace::ready();
    // It delivers into its folder, so that no license comes to the played open API.
    let served = place.serve("info").await;
    let url = format!("http://{}/koogallery/produce", served.address);
    let mut command = place.bare(&[
        "simulate",
        "--url",
        &url,
        "--access-key-file",
        "access-key",
        "--only",
        "first-license",
        "--patience",
        "5s",
        "--listen",
        "127.0.0.1:0",
    ]);
    let ran = tokio::task::block_in_place(|| license_tests::ran(&mut command));
    assert_ne!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(
        ran.err.contains("first-license: 2 s so far") && ran.err.contains("5 s (--patience)"),
        "{}",
        ran.err
    );
    assert_eq!(ran.err.matches("so far").count(), 1, "once in a while: {}", ran.err);
    let help = place.run(&["simulate", "--help"]).ok();
    assert!(help.contains("127.0.0.1:9443") && !help.contains("8443"), "{help}");
    assert_eq!(served.stop().await.code(), Some(0));
}

#[test]
fn the_documentation_names_every_case_and_every_fault() {
    let page =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/simulator.md")).expect("a page");
    for case in cases::all() {
        let row = format!("| `{}` | {} |", case.name, case.page);
        assert!(page.contains(&row), "{row}");
    }
    for fault in Fault::ALL {
        let row = format!("| `{fault}` | {} |", fault.advice());
        assert!(page.contains(&row), "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_a_certificate_must_be_believed() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let place = Workplace::ready();
    place.write("cert.pem", &made.cert.pem());
    place.write("key.pem", &made.signing_key.serialize_pem());
    place.configure("tls_cert = \"cert.pem\"\ntls_key = \"key.pem\"");
    let served = place.serve("info").await;
    let ran = |host: &str, trusted: &str| {
        let url = format!("https://{host}:{}/koogallery/produce", served.address.port());
        let mut command =
            place.bare(&["simulate", "--without-open-api", "--only", "repeated-purchase", "--url", &url]);
        command.env("LICENSE_SIMULATE_ACCESS_KEY", Workplace::ACCESS_KEY);
        command.env("SSL_CERT_FILE", place.path(trusted));
        tokio::task::block_in_place(|| license_tests::ran(&mut command))
    };
    let passed = ran("localhost", "cert.pem").ok();
    assert!(passed.contains("1 passed, 0 failed, 0 not checked"), "{passed}");
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    place.write("other.pem", &other.cert.pem());
    for (host, trusted) in [("localhost", "other.pem"), ("127.0.0.1", "cert.pem")] {
        let failed = ran(host, trusted).failed();
        assert!(failed.contains("unreachable: the TLS handshake failed"), "{failed}");
    }
    served.stop().await;
}
