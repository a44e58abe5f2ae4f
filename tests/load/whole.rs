//! Whole runs of the program, with servers that it starts and with one that plays tricks.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it")]

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use license_tests::postgres::Cluster;
use serde_json::Value;

/// What the program said, and how it ended.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

fn load(args: &[&str]) -> Said {
    let ran = Command::new(env!("CARGO_BIN_EXE_load")).args(args).output().unwrap();
    Said {
        code: ran.status.code(),
        out: String::from_utf8(ran.stdout).unwrap(),
        err: String::from_utf8(ran.stderr).unwrap(),
    }
}

impl Said {
    #[track_caller]
    fn json(&self, code: i32) -> Value {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

#[track_caller]
fn is_positive(value: &Value) {
    assert!(value.as_f64().is_some_and(|number| number > 0.0 && number.is_finite()), "{value}");
}

const SMALL: [&str; 8] = ["--duration", "1s", "--warm-up", "0s", "--instances", "50", "--seats", "20"];

#[track_caller]
fn compares(database: &str) {
    let args = ["run", "--serve", database, "--compare", "--connections", "8", "--json"];
    let report = load(&[&args[..], &SMALL].concat()).json(0);
    assert_eq!((&report["wrong"], &report["rehearsed"]), (&0.into(), &false.into()), "{report}");
    is_positive(&report["calls"][0]["count"]);
    let comparison = &report["comparison"];
    assert_eq!(comparison["rounds"], 1);
    is_positive(&comparison["run"]["median"]);
    for other in ["test_flag", "bare_inserts"] {
        is_positive(&comparison[other]["rate"]["median"]);
        is_positive(&comparison[other]["ratio"]);
    }
    assert_eq!(comparison["bare_inserts"]["name"], "bare inserts, 64 a transaction");
}

#[test]
fn a_run_on_sqlite_is_compared() {
    compares("sqlite");
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
fn a_run_on_postgres_is_compared() {
    compares(&Cluster::shared().database());
}

#[test]
fn every_kind_of_call_is_answered_and_rehearsed_in_rounds() {
    let args = ["run", "--serve", "sqlite", "--mix", "apply=5,open=2,repeat=2,look=1", "--count", "100"];
    let said = load(&[&args[..], &SMALL, &["--compare", "--rounds", "3", "--compare-batch", "7"]].concat());
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    for line in
        ["newInstance ", "queryInstance ", "getLicenseAsync, repeated ", "3 rounds, ", "with testFlag 1: "]
    {
        assert!(said.out.contains(line), "{line}: {}", said.out);
    }
    assert!(said.out.contains("bare inserts, 7 a transaction: "), "{}", said.out);
}

/// A run that stores 100 licenses of new devices; how many rows each of them has where each is a transaction.
#[track_caller]
fn rows_of_an_application(dir: &str, serve: &str, from: &str) -> u64 {
    let args = ["run", "--serve", serve, "--dir", dir, "--known", "0", "--count", "100", "--json"];
    let report = load(&[&args[..], &SMALL].concat()).json(0);
    assert_eq!(report["calls"][0]["count"], 100);
    let bare = load(&["bare-inserts", "--from", from, "--batch", "1,64", "--json"]).json(0);
    for (at, batch) in [(0, 1), (1, 64)] {
        assert_eq!((&bare[at]["batch"], &bare[at]["applications"]), (&batch.into(), &100.into()));
        is_positive(&bare[at]["rate"]);
    }
    let few = load(&["bare-inserts", "--from", from, "--count", "3", "--json"]).json(0);
    assert_eq!(few[0]["applications"], 3);
    let rows = bare[0]["rows"].as_u64().unwrap();
    assert_eq!(rows % 100, 0, "{bare}");
    rows / 100
}

/// The same on SQLite.
fn rows_on_sqlite() -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let rows = rows_of_an_application(text(dir), "sqlite", text(&dir.join("license.db")));
    let left = std::fs::read_dir(dir).unwrap().flatten();
    assert!(left.into_iter().all(|entry| !entry.file_name().to_str().unwrap().starts_with(".tmp")));
    rows
}

fn text(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn all_rows_of_an_application_are_inserted_bare_and_nothing_is_left_behind() {
    // Seat, its parts, what is looked at for clones, delivery, replay, application, and the instance's update.
    let rows = rows_on_sqlite();
    assert!(rows >= 1 + 2 + 5, "{rows}");
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
fn both_databases_insert_the_same_rows() {
    let dir = tempfile::tempdir().unwrap();
    // Its own cluster: in the shared one other cases insert bare rows meanwhile.
    let (cluster, folder) = (Cluster::start(), dir.path().join("postgres"));
    let database = cluster.database();
    assert_eq!(rows_of_an_application(text(&folder), &database, &database), rows_on_sqlite());
    let left = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'license_load_bare%'";
    assert_eq!(cluster.sql(left), "0");
}

#[test]
fn nothing_that_is_elsewhere_is_used_unasked() {
    for args in [
        &["run", "--url", "http://192.0.2.1/koogallery/produce", "--access-key", "k"][..],
        &["run", "--serve", "postgres://u:secret@192.0.2.1/d"],
        &["bare-inserts", "--from", "postgres://u:secret@192.0.2.1/d"],
    ] {
        let said = load(args);
        assert_eq!(said.code, Some(2), "{args:?}");
        assert_eq!(said.err, "load: 192.0.2.1 is not this machine; --anywhere if you mean it\n", "{args:?}");
    }
}

/// A server that gives everybody the same answer, to the first call after a while; its URL.
fn parrot(body: &'static str, pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/koogallery/produce", listener.local_addr().unwrap());
    let pause = Arc::new(Mutex::new(Some(pause)));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, pause) = (stream.unwrap(), Arc::clone(&pause));
            std::thread::spawn(move || repeat(stream, body, &pause));
        }
    });
    url
}

fn repeat(mut stream: TcpStream, body: &str, pause: &Mutex<Option<Duration>>) {
    let mut requests = BufReader::new(stream.try_clone().unwrap());
    while let Some(length) = head(&mut requests) {
        requests.read_exact(&mut vec![0; length]).unwrap();
        // Without a body it is no call.
        let pause = if length > 0 { pause.lock().unwrap().take() } else { None };
        std::thread::sleep(pause.unwrap_or_default());
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The length of a request's body; `None` at the end of the connection.
fn head(lines: impl BufRead) -> Option<usize> {
    let mut length = 0;
    for line in lines.lines() {
        let line = line.ok()?.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        } else if line.is_empty() {
            return Some(length);
        }
    }
    None
}

#[test]
fn a_wrong_answer_ends_the_program_with_1() {
    let url = parrot(r#"{"resultCode":"000005","resultMsg":"busy"}"#, Duration::ZERO);
    let args = ["run", "--url", &url, "--access-key", "k", "--warm-up", "0s", "--count", "3", "--json"];
    let report = load(&[&args[..], &["--test-flag"]].concat()).json(1);
    assert_eq!(report["wrong"], 3, "{report}");
    let said = load(&args);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains("load: instances were not made: "), "{}", said.err);
    let of_another = parrot(r#"{"resultCode":"000000","instanceId":"j"}"#, Duration::ZERO);
    let args =
        ["run", "--url", &of_another, "--access-key", "k", "--warm-up", "0s", "--count", "3", "--json"];
    let report = load(&[&args[..], &["--test-flag", "--mix", "look=1"]].concat()).json(1);
    assert_eq!(report["wrong"], 3, "{report}");
}

#[test]
fn an_open_loop_measures_from_the_time_that_a_call_was_due() {
    // Ten calls are due within 180 ms, and the only connection waits 400 ms for the first answer.
    let url = parrot(r#"{"resultCode":"000000"}"#, Duration::from_millis(400));
    let args =
        ["run", "--url", &url, "--access-key", "k", "--test-flag", "--warm-up", "0s", "--connections", "1"];
    let report =
        load(&[&args[..], &["--rate", "50", "--count", "10", "--known", "0", "--json"]].concat()).json(0);
    assert_eq!(report["calls"][0]["count"], 10, "{report}");
    let fastest_half = report["calls"][0]["p50"].as_f64().unwrap();
    assert!(fastest_half >= 220.0, "{report}");
}
