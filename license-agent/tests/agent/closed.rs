//! A system that keeps what it shows of its hardware from ordinary users.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a machine that cannot be closed fails its test")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::bench::{Bench, LAPTOP, Run};

/// `nobody` almost everywhere.
const NOBODY: u32 = 65_534;

/// Runs the agent as a user to whom a folder of the machine is closed, whoever runs the tests.
fn run(bench: &Bench, closed: &str, args: &[&str]) -> Run {
    let folder = bench.path(&format!("machine/{closed}"));
    fs::set_permissions(&folder, Permissions::from_mode(0o000)).unwrap();
    let is_root = fs::read_dir(&folder).is_ok();
    let mut command = bench.command(args);
    if is_root {
        // Where that user finds all that it takes, the program included.
        let program = bench.path("license-agent");
        if !program.exists() {
            // By a program of its own: what this process writes cannot be started while another test's child still has
            // it open for writing.
            let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_license-agent")).arg(&program).status();
            assert!(copied.unwrap().success());
        }
        fs::set_permissions(bench.path("."), Permissions::from_mode(0o755)).unwrap();
        if bench.path("licenses").exists() {
            chown(bench.path("licenses"), Some(NOBODY), None).unwrap();
            fs::read_dir(bench.path("licenses"))
                .unwrap()
                .for_each(|file| chown(file.unwrap().path(), Some(NOBODY), None).unwrap());
        }
        let mut as_nobody = Command::new(program);
        as_nobody.env_clear().args(command.get_args()).uid(NOBODY).gid(NOBODY);
        as_nobody.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command = as_nobody;
    }
    let run = bench.finish(command.arg("--sysroot").arg(bench.path("machine")));
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    run
}

const SENTENCE: &str = "the system does not show its network cards and its disks to this user";
const ADVICE: &str =
    "let the user of the agent and the one of the product read what the system shows of its hardware";

#[test]
fn a_closed_sys_is_named_as_such_and_not_as_missing_parts() {
    let bench = Bench::new(LAPTOP);
    let explained = run(&bench, "sys", &["fingerprint", "--explain"]);
    assert_eq!(explained.code, 0, "{}", explained.err);
    for said in
        ["/sys/class/net   left out: unreadable", "/sys/block       left out: unreadable", SENTENCE, ADVICE]
    {
        assert!(explained.out.contains(said), "{said}: {}", explained.out);
    }
    let text = run(&bench, "sys", &["fingerprint"]);
    assert!(text.err.contains(&format!("note: {SENTENCE}, so they are left out\n")), "{}", text.err);
    let doctor = run(&bench, "sys", &["doctor", "--offline"]);
    assert!(doctor.out.contains(SENTENCE) && doctor.out.contains(ADVICE), "{}", doctor.out);
}

#[test]
fn where_nothing_else_is_there_the_error_says_that_it_is_closed() {
    let bench = Bench::new(&LAPTOP[1..]);
    let error = run(&bench, "sys", &["fingerprint"]);
    assert_eq!((error.code, error.out.as_str()), (1, ""));
    assert!(
        error.err.starts_with(&format!("error: {SENTENCE}, so it has no fingerprint\n")),
        "{}",
        error.err
    );
    assert!(error.err.contains(ADVICE), "{}", error.err);
}

#[test]
fn a_license_for_what_is_closed_now_is_refused_for_that_and_holds_when_it_is_opened() {
    let bench = Bench::new(LAPTOP);
    assert_eq!(bench.install(&bench.claims()).code, 0);
    let closed = run(&bench, "sys", &["status", "--json"]).json();
    assert_eq!(
        (&closed["licensed"], &closed["reason"]["code"]),
        (&false.into(), &"machine-unreadable".into()),
        "{closed}"
    );
    assert_eq!(closed["device"]["components"][0]["outcome"], "unreadable", "{closed}");
    assert!(closed["advice"][0].as_str().unwrap().starts_with(ADVICE), "{closed}");
    let status = run(&bench, "sys", &["status"]);
    assert!(
        status.out.contains("parts of this machine that the system does not show to this user"),
        "{}",
        status.out
    );
    assert_eq!(bench.run(&["status"]).code, 0);
}
