//! The Windows machines of `tests/vectors/captures`, read by the program on whatever system the tests run.

#![expect(clippy::unwrap_used, reason = "a machine that cannot be played fails its test")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::bench::Bench;

const CAPTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/captures");

fn object(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A machine as its file says, its firmware's table in full.
fn machine(path: &Path) -> Value {
    let mut machine = object(path);
    if let Some(name) = machine["firmware"].as_str() {
        let table = Path::new(CAPTURES).join("smbios").join(format!("{name}.json"));
        machine["firmware"] = object(&table)["raw"].clone();
    }
    machine
}

fn play(bench: &Bench, machine: &Value) {
    let is_answer = |member: &str| !["about", "origin", "environment", "quality", "facts"].contains(&member);
    let members = machine.as_object().unwrap().iter().filter(|(member, _)| is_answer(member));
    let answers: Value = members.map(|(member, answer)| (member.clone(), answer.clone())).collect();
    bench.put("windows.json", &answers.to_string());
}

fn named(name: &str) -> Bench {
    let bench = Bench::new(&[]);
    play(&bench, &machine(&Path::new(CAPTURES).join("windows").join(format!("{name}.json"))));
    bench
}

#[test]
fn every_windows_is_judged_as_its_file_says() {
    let files = fs::read_dir(Path::new(CAPTURES).join("windows")).unwrap();
    let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 23, "{files:?}");
    for file in files {
        let (name, machine, bench) = (file.display(), machine(&file), Bench::new(&[]));
        play(&bench, &machine);
        let run = bench.run(&["fingerprint", "--explain", "--json"]);
        let json = run.json();
        assert_eq!(run.code, i32::from(machine["quality"].is_null()), "{name}");
        assert_eq!(json["environment"]["text"], machine["environment"], "{name}");
        assert_eq!(json["strength"]["summary"], machine["quality"], "{name}");
        let facts = json["components"].as_array().unwrap().iter().map(|fact| {
            let status = fact["reason"].as_str().unwrap_or("used");
            format!("{} {} : {status}", fact["kind"].as_str().unwrap(), fact["source"].as_str().unwrap())
        });
        assert_eq!(json!(facts.collect::<Vec<_>>()), machine["facts"], "{name}");
    }
}

#[test]
fn a_license_outlives_a_new_installation_and_does_not_follow_a_disk_image() {
    let bench = named("windows-11-laptop");
    let token = bench.token(&bench.claims());
    assert_eq!(bench.install(&bench.claims()).code, 0);
    let path = Path::new(CAPTURES).join("windows/windows-11-laptop.json");
    let laptop = machine(&path);
    let mut installed_anew = laptop.clone();
    installed_anew["machine_guid"] = "0d6c1b2e-4f5a-4978-a1b2-c3d4e5f60718".into();
    play(&bench, &installed_anew);
    let status = bench.run(&["status", "--json"]).json();
    assert_eq!((&status["licensed"], &status["device"]["percent"]), (&true.into(), &72.into()));

    let guest = Path::new(CAPTURES).join("windows/windows-10-hyper-v-guest.json");
    let mut image = machine(&guest);
    image["machine_guid"] = laptop["machine_guid"].clone();
    play(&bench, &image);
    let run = bench.run(&["install", &bench.file("new.lic", &token), "--json"]);
    assert_eq!((run.code, &run.json()["error"]["code"]), (2, &"device".into()));
}

#[test]
fn rights_add_nothing_and_are_not_asked_for() {
    let bench = named("windows-server-2019-team");
    let plain = bench.run(&["fingerprint"]);
    let with_rights = bench.run(&["fingerprint", "--privileged"]);
    assert_eq!((plain.code, &plain.out, plain.err.as_str()), (0, &with_rights.out, ""));
    assert_eq!(with_rights.err, "");
}

#[test]
fn what_does_not_read_like_windows_has_no_fingerprint() {
    let bench =
        Bench::new(&[("windows.json", "{}"), ("etc/machine-id", "9f1c2b3a4d5e6f708192a3b4c5d6e7f8\n")]);
    let run = bench.run(&["fingerprint", "--json"]);
    assert_eq!(
        (run.code, &run.json()["error"]["code"]),
        (1, &"no-fingerprint".into()),
        "Linux takes no place"
    );
}
