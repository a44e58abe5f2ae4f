//! Captures of a machine, and commands that are played on them.

use std::fs;

use crate::bench::{Bench, ISSUER, LAPTOP, LAPTOP_SECRETS, agent};

fn captured(bench: &Bench) -> String {
    let file = bench.path("machine.txt").into_os_string().into_string().unwrap();
    let run = bench.run(&["fingerprint", "--capture", &file]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(
        run.out.starts_with("Wrote what was read on this machine to FOLDER/machine.txt.\n"),
        "{}",
        run.out
    );
    file
}

#[test]
fn a_capture_holds_nothing_that_names_the_machine_and_comes_to_the_same() {
    let bench = Bench::new(LAPTOP);
    let file = captured(&bench);
    let text = fs::read_to_string(&file).unwrap();
    let lower = text.to_lowercase();
    for secret in LAPTOP_SECRETS {
        assert!(!lower.contains(&secret.to_lowercase()), "{secret}\n{text}");
    }
    assert!(text.contains("\n# Look at it before you mail it.\n"), "{text}");

    let here = bench.run(&["fingerprint", "--explain", "--json"]).json();
    let played = bench.run_bare(&["play", &file, "fingerprint", "--realm", ISSUER, "--explain", "--json"]);
    assert_eq!(played.code, 0, "{}", played.err);
    let played = played.json();
    for member in ["environment", "strength", "kinds"] {
        assert_eq!(played[member], here[member], "{member}");
    }
    let fates = |json: &serde_json::Value| {
        let fates =
            json["components"].as_array().unwrap().iter().map(|c| (c["kind"].clone(), c["reason"].clone()));
        fates.map(|fate| format!("{fate:?}")).collect::<Vec<_>>()
    };
    assert_eq!(fates(&played), fates(&here));
    assert_ne!(played["fingerprint"], here["fingerprint"]);
}

#[test]
fn a_capture_is_printed_or_given_in_an_object_where_no_file_is_wanted() {
    let bench = Bench::new(LAPTOP);
    let text = fs::read_to_string(captured(&bench)).unwrap();
    let printed = bench.run(&["fingerprint", "--capture", "-"]);
    assert_eq!((printed.code, printed.out.as_str()), (0, text.as_str()));
    assert_eq!(bench.run(&["fingerprint", "--capture", "-", "--json"]).json()["capture"], text);
    let again =
        bench.run(&["fingerprint", "--capture", bench.path("machine.txt").to_str().unwrap(), "--json"]);
    assert_eq!(
        (again.code, &again.json()["error"]["code"]),
        (1, &"output-unwritable".into()),
        "it is left alone"
    );
}

#[test]
fn rights_are_captured_and_played() {
    let bench = Bench::new(LAPTOP);
    let file = bench.path("root.txt").into_os_string().into_string().unwrap();
    assert_eq!(bench.run(&["fingerprint", "--privileged", "--capture", &file]).code, 0);
    assert!(fs::read_to_string(&file).unwrap().contains("\n! privileged\n"));
    let played = bench.run_bare(&["play", &file]);
    assert!(played.out.contains("  board   /sys/class/dmi/id/board_serial  used\n"), "{}", played.out);
}

#[test]
fn a_license_is_tried_on_a_machine_that_is_played() {
    let bench = Bench::new(LAPTOP);
    let file = captured(&bench);
    let folder = bench.path("played").into_os_string().into_string().unwrap();
    let vendor = bench.path("vendor.toml").into_os_string().into_string().unwrap();
    let play = |args: &[&str]| {
        let before = ["--vendor", &vendor, "--dir", &folder, "play", &file];
        bench.run_bare(&[&before[..], args].concat())
    };
    let license = bench.file("here.lic", &bench.token(&bench.claims()));
    let refused = play(&["install", &license, "--json"]);
    assert_eq!(
        (refused.code, &refused.json()["error"]["code"]),
        (2, &"device".into()),
        "it is this machine's"
    );
    assert_eq!(play(&["status", "--json"]).json()["state"], "none");
    assert!(!bench.path("licenses").exists(), "this machine's folder is left alone");
}

#[test]
fn only_what_touches_nothing_here_is_played() {
    let bench = Bench::new(LAPTOP);
    let file = captured(&bench);
    for (args, code) in [
        (&["play", &file, "renew", "--json"][..], "not-played"),
        (&["play", &file, "play", &file], "not-played"),
        (&["play", &file, "status", "--json"], "no-folder"),
        (&["play", "/nowhere/machine.txt", "fingerprint", "--json"], "input-unreadable"),
        (&["play", &bench.file("other.txt", "no machine"), "fingerprint", "--json"], "no-machine"),
    ] {
        let run = bench.finish(agent().args(args));
        assert_eq!(run.code, 1, "{args:?}");
        let said = run.out + &run.err;
        assert!(
            said.contains(code) || said.contains("only fingerprint, status and install"),
            "{args:?}: {said}"
        );
    }
    let bad = bench.file("line.txt", "/etc/machine-id = x\nsomething\n");
    let run = bench.run_bare(&["play", &bad]);
    assert!(run.err.contains("is no machine that can be played: line 2 is of no known form"), "{}", run.err);
}

#[test]
fn a_windows_that_is_played_is_captured_as_one() {
    let windows = r#"{"machine_guid":"0b4c8a52-6f1d-4e7b-9c35-d2e8f7a61b09","firmware":null,"adapters":[{"name":"Ethernet","interface_type":6,"physical_medium":14,"hardware":true,"permanent":"047C165EE35D","instance":"PCI\\VEN_8086&DEV_15FB\\3&11583659&0&FE"}],"drives":[]}"#;
    let bench = Bench::new(&[("windows.json", windows)]);
    let file = captured(&bench);
    let text = fs::read_to_string(&file).unwrap();
    for secret in ["0b4c8a52", "5EE35D", "11583659"] {
        assert!(!text.contains(secret), "{secret}\n{text}");
    }
    assert!(text.contains("\"permanent\": \"047C16") && text.contains("PCI\\\\VEN_8086&DEV_15FB"), "{text}");
    let played = bench.run_bare(&["play", &file]);
    assert!(played.out.contains("network card Ethernet"), "{}", played.out);
}
