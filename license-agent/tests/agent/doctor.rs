//! `doctor`: what it finds, and what it keeps to itself.

use serde_json::Value;

use crate::bench::{Bench, CONTAINER, LAPTOP, LAPTOP_SECRETS};

/// Each check and what it found.
fn found(json: &Value) -> Vec<(&str, &str)> {
    let checks = json["checks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let pair = |check| (text(check, "name"), text(check, "found"));
    checks.iter().map(pair).collect()
}

fn text<'a>(check: &'a Value, member: &str) -> &'a str {
    check[member].as_str().unwrap_or_default()
}

#[test]
fn a_good_machine_is_told_so() {
    let bench = Bench::new(LAPTOP);
    bench.install(&bench.claims());
    let run = bench.run(&["doctor", "--offline"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let json = bench.run(&["doctor", "--offline", "--json"]);
    assert_eq!(json.code, 0);
    assert_eq!(
        found(&json.json()),
        [
            ("vendor file", "good"),
            ("machine", "good"),
            ("files", "good"),
            ("license", "good"),
            ("device key", "good"),
            ("clock", "good"),
            ("server", "skipped"),
        ]
    );
    assert!(run.out.contains("\nA license can work on this machine.\n"), "{}", run.out);
}

#[test]
fn what_keeps_a_license_from_working_is_named_with_a_remedy() {
    let bench = Bench::new(CONTAINER);
    let run = bench.run(&["doctor", "--offline", "--json"]);
    assert_eq!(run.code, 1);
    assert_eq!(found(&run.json())[1], ("machine", "bad"));
    let run = bench.run(&["doctor", "--offline"]);
    assert!(
        run.out.contains("\nA license cannot work on this machine as it is.\nWhat to do:\n"),
        "{}",
        run.out
    );
    assert!(run.out.contains("set LICENSE_DEVICE_ID"), "{}", run.out);

    let bench = Bench::new(LAPTOP);
    let below_a_file = bench.file("file", "") + "/licenses";
    let run = bench.run(&["doctor", "--offline", "--dir", &below_a_file, "--json"]);
    assert_eq!((run.code, found(&run.json())[2]), (1, ("files", "bad")));
    bench.file("vendor.toml", "something else");
    let run = bench.run(&["doctor", "--offline", "--json"]);
    assert_eq!((run.code, found(&run.json())[0]), (1, ("vendor file", "bad")));
}

#[cfg(unix)]
#[test]
fn what_a_crash_left_and_who_may_write_are_told() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new(LAPTOP);
    bench.install(&bench.claims());
    fs::write(bench.path("licenses/.cad-pro.lic.new"), "half").unwrap();
    fs::set_permissions(bench.installed(), fs::Permissions::from_mode(0o666)).unwrap();
    let run = bench.run(&["doctor", "--offline"]);
    assert_eq!(run.code, 0);
    for says in ["a run was cut short and left a file", "every user can replace or break it", "chmod o-w "] {
        assert!(run.out.contains(says), "{}", run.out);
    }
    // Looking changes nothing.
    assert!(bench.path("licenses/.cad-pro.lic.new").exists());
}

#[test]
fn nothing_personal_is_in_what_it_says() {
    let bench = Bench::new(LAPTOP);
    bench.install(&bench.claims());
    let fingerprint = bench.run(&["fingerprint"]).out;
    let home = bench.path("licenses");
    let home = home.parent().unwrap();
    for args in [&["doctor", "--offline"][..], &["doctor", "--offline", "--json"]] {
        let mut command = bench.command(args);
        command.arg("--sysroot").arg(bench.path("machine")).env("HOME", home).env("USERPROFILE", home);
        let run = bench.finish(&mut command);
        let says = format!("{}{}", run.out, run.err).to_lowercase().replace(r"\\", "/").replace('\\', "/");
        for secret in LAPTOP_SECRETS {
            assert!(!says.contains(secret), "{secret}: {says}");
        }
        assert!(!says.contains(fingerprint.trim_end().to_lowercase().split_at(12).1), "{says}");
        assert!(!says.contains("eno1") && !says.contains("nvme0n1"), "{says}");
        let own = if cfg!(windows) { "%userprofile%/licenses" } else { "~/licenses" };
        assert!(says.contains(own) && !says.contains("folder/"), "{says}");
    }
}

#[test]
fn no_path_names_a_user() {
    let bench = Bench::new(LAPTOP);
    for (folder, shown) in [("home/Annika Smith/licenses", "licenses"), ("media/annika/licenses", "media")] {
        let dir = bench.path(folder);
        let mut command = bench.command(&["doctor", "--offline", "--dir"]);
        command.arg(&dir).arg("--sysroot").arg(bench.path("machine"));
        // A service has no home, and may know the user's name all the same.
        command.env("USER", "annika").env("USERNAME", "annika");
        let run = bench.finish(&mut command);
        assert_eq!(run.code, 0, "{}", run.out);
        let says = run.out.to_lowercase();
        assert!(says.contains(shown) && !says.contains("annika") && !says.contains("smith"), "{says}");
    }
}

#[test]
fn a_server_that_is_not_there_is_no_reason_to_fail() {
    let bench = Bench::new(LAPTOP);
    bench.write_vendor_file(|file| file.server = Some("http://127.0.0.1:1".into()));
    let run = bench.run(&["doctor", "--json"]);
    assert_eq!(run.code, 0, "{}", run.out);
    let json = run.json();
    let last = found(&json).pop().unwrap();
    assert_eq!(last, ("connection", "warning"));
    assert!(run.out.contains("nobody listens there"), "{}", run.out);
}
