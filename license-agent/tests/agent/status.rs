//! `status`: the screen, the object and the exit code.

use std::fs;

use license_core::{Binding, Claims, Device, Realm, Threshold, UnixTime, Weights};
use serde_json::{Value, json};

use crate::bench::{Bench, FAR, ISSUER, LAPTOP, LAPTOP_SECRETS, LONG_AGO, unbound_claims};

const NOTHING_TO_DO: &str = "What to do: nothing.\n";

#[test]
fn before_anything_is_installed_the_way_to_a_license_is_shown() {
    let bench = Bench::new(LAPTOP);
    let run = bench.run(&["status"]);
    assert_eq!((run.code, run.err.as_str()), (2, ""));
    assert_eq!(
        run.out,
        "\
cad-pro is not licensed on this machine: no license for cad-pro is installed.

  product      cad-pro
  issuer       https://vendor.example
  state        none
  file         FOLDER/licenses/cad-pro.lic

What to do:
  - if you have no license yet, give your vendor what `license-agent fingerprint` prints
  - install the license that you get: license-agent install FILE
"
    );
}

#[test]
fn a_valid_license_is_shown_on_one_screen() {
    let bench = Bench::new(LAPTOP);
    bench.install(&bench.claims());
    let run = bench.run(&["status"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(
        run.out,
        "\
cad-pro is licensed on this machine.

  product      cad-pro
  issuer       https://vendor.example
  license      01990000-0000-7000-8000-000000000001
  instance     8f2e4c1a
  state        active
  valid from   2020-09-13T12:26:40Z
  valid until  3000-01-01T00:00:00Z, N days left
  quantity     1
  features     mesh, cam
  device       100 % matches, 60 % needed
    mac        25 % matched
    disk       37 % matched
    os         37 % matched
  file         FOLDER/licenses/cad-pro.lic

What to do: nothing.
"
    );
}

#[test]
fn a_perpetual_trial_for_any_machine_says_so() {
    let bench = Bench::new(LAPTOP);
    bench.write_vendor_file(|file| file.test = true);
    let claims = Claims {
        expires_at: None,
        trial: true,
        test: true,
        features: vec![],
        quantity: 25,
        ..unbound_claims()
    };
    bench.install(&claims);
    let run = bench.run(&["status"]);
    assert_eq!(run.code, 0);
    let part = "\
  valid until  no end
  quantity     25
  features     none
  mark         trial license
  mark         test license
  device       any; the license is bound to none
";
    assert!(run.out.contains(part), "{}", run.out);
    assert!(run.out.ends_with(NOTHING_TO_DO));
}

#[test]
fn a_changed_part_is_shown_while_the_license_holds() {
    let bench = Bench::new(LAPTOP);
    bench.install(&bench.claims());
    bench.put("sys/class/net/eno1/address", "04:7c:16:00:00:99\n");
    let run = bench.run(&["status"]);
    assert_eq!(run.code, 0);
    let part = "\
  device       74 % matches, 60 % needed
    mac        25 % changed
    disk       37 % matched
    os         37 % matched
";
    assert!(run.out.contains(part), "{}", run.out);
    assert!(run.out.contains("What to do: parts of this machine were changed and the license still holds"));
}

#[test]
fn on_another_machine_the_difference_is_shown() {
    let bench = Bench::new(LAPTOP);
    bench.install(&bench.claims());
    bench.put("sys/block/nvme0n1/wwid", "eui.0025388b710c5a42\n");
    fs::remove_file(bench.path("machine/etc/machine-id")).unwrap();
    let run = bench.run(&["status"]);
    assert_eq!((run.code, run.err.as_str()), (2, ""));
    assert_eq!(
        run.out,
        "\
cad-pro is not licensed on this machine: the license is bound to another machine, or too much of this one was changed.

  product      cad-pro
  issuer       https://vendor.example
  state        refused
  device       25 % matches
    mac        25 % matched
    disk       37 % changed
    os         37 % missing
  file         FOLDER/licenses/cad-pro.lic

What to do:
  - install it on the machine that it was made for
  - for this machine, give your vendor what `license-agent fingerprint` prints and ask for a license
"
    );
}

#[test]
fn an_expired_license_shows_what_it_granted() {
    let bench = Bench::new(LAPTOP);
    bench.plant(
        &bench.token(&Claims { expires_at: Some(UnixTime::from_secs(LONG_AGO + 86_400)), ..bench.claims() }),
    );
    let run = bench.run(&["status"]);
    assert_eq!(run.code, 2);
    assert!(
        run.out.starts_with(
            "cad-pro is not licensed on this machine: the license ended at 2020-09-14T12:26:40Z; the clock here says NOW.\n"
        ),
        "{}",
        run.out
    );
    let part = "\
  state        expired
  valid from   2020-09-13T12:26:40Z
  valid until  2020-09-14T12:26:40Z
  quantity     1
";
    assert!(run.out.contains(part), "{}", run.out);
    assert!(run.out.contains(
        "\n  - renew: license-agent renew, or at your vendor's and install the license that you get\n"
    ));
}

#[test]
fn grace_is_valid_and_asks_to_renew() {
    let bench = Bench::new(LAPTOP);
    let claims =
        Claims { expires_at: Some(UnixTime::from_secs(LONG_AGO + 1)), grace: u32::MAX, ..bench.claims() };
    bench.install(&claims);
    let run = bench.run(&["status"]);
    assert_eq!(run.code, 0);
    assert!(
        run.out.starts_with("cad-pro is licensed on this machine, but the license is over and in grace.\n")
    );
    let part = "\
  state        in grace until 2156-10-20T18:54:56Z, N days left
  valid from   2020-09-13T12:26:40Z
  valid until  2020-09-13T12:26:41Z
";
    assert!(run.out.contains(part), "{}", run.out);
    assert!(
        run.out.ends_with("What to do: renew now: license-agent renew, or at your vendor's and install the license that you get\n")
    );
    let json = bench.run(&["status", "--json"]).json();
    assert_eq!((&json["licensed"], &json["state"]), (&json!(true), &json!("grace")));
    assert_eq!(json["grace_until"], "2156-10-20T18:54:56Z");
}

#[test]
fn grace_is_told_before_it_begins_and_after_it_ended() {
    let bench = Bench::new(LAPTOP);
    bench.install(&Claims { grace: 7 * 86_400, ..bench.claims() });
    let run = bench.run(&["status"]);
    let part = "\
  state        active
  valid from   2020-09-13T12:26:40Z
  valid until  3000-01-01T00:00:00Z, N days left
  grace until  3000-01-08T00:00:00Z
";
    assert!(
        run.out.starts_with("cad-pro is licensed on this machine.\n") && run.out.contains(part),
        "{}",
        run.out
    );
    let json = bench.run(&["status", "--json"]).json();
    assert_eq!((&json["state"], &json["grace_until"]), (&json!("active"), &json!("3000-01-08T00:00:00Z")));

    let claims = Claims { expires_at: Some(UnixTime::from_secs(LONG_AGO + 60)), grace: 60, ..bench.claims() };
    bench.plant(&bench.token(&claims));
    let json = bench.run(&["status", "--json"]).json();
    assert_eq!((&json["state"], &json["grace_until"]), (&json!("expired"), &json!("2020-09-13T12:28:40Z")));
}

#[test]
fn firmware_facts_need_the_same_rights_again() {
    let bench = Bench::new(LAPTOP);
    // Without a card and a disk an ordinary user sees one part of two.
    bench.put("sys/class/net/eno1/addr_assign_type", "3\n");
    fs::remove_file(bench.path("machine/sys/block/nvme0n1/wwid")).unwrap();
    let claims = Claims { binding: Some(bench.binding(true)), ..bench.claims() };
    let file = bench.file("new.lic", &bench.token(&claims));
    assert_eq!(bench.run(&["install", &file, "--privileged"]).code, 0);
    let run = bench.run(&["status"]);
    assert_eq!(run.code, 2);
    assert!(
        run.out.contains("bound to hardware facts that only an administrator can read.\n"),
        "{}",
        run.out
    );
    assert!(run.out.contains("    board      23 % missing\n"), "{}", run.out);
    assert!(run.out.ends_with("What to do: run it as administrator with --privileged\n"));
    let run = bench.run(&["status", "--privileged"]);
    assert_eq!((run.code, run.out.ends_with(NOTHING_TO_DO)), (0, true));
}

#[test]
fn an_identifier_of_the_vendors_own_matches_as_a_whole() {
    let bench = Bench::new(LAPTOP);
    let device = Device::from_text("rack-7/slot-3", &Realm::new(ISSUER)).unwrap();
    let binding =
        Binding::new(device.fingerprint().unwrap(), &Weights::default(), Threshold::default()).unwrap();
    bench.plant(&bench.token(&Claims { binding: Some(binding), ..bench.claims() }));
    let run = bench.run(&["status", "--device", "rack-7/slot-3"]);
    assert_eq!(run.code, 0);
    assert!(run.out.contains("  device       the identifier matches\n"), "{}", run.out);
    let run = bench.run(&["status"]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("  device       another identifier\n"), "{}", run.out);
    assert!(run.out.contains("give it with --device\n"), "{}", run.out);
}

#[test]
fn what_is_no_license_is_said_to_be_none() {
    let bench = Bench::new(LAPTOP);
    for text in ["", "hello", "a.b.c"] {
        bench.plant(text);
        let run = bench.run(&["status"]);
        assert_eq!(run.code, 2);
        assert!(
            run.out.starts_with("cad-pro is not licensed on this machine: this is not a license: it"),
            "{}",
            run.out
        );
        assert_eq!(bench.run(&["status", "--json"]).json()["reason"]["code"], "malformed");
    }
    fs::write(bench.installed(), vec![b'a'; 17 * 1024]).unwrap();
    assert_eq!(bench.run(&["status"]).code, 2);
}

#[test]
fn a_license_that_cannot_be_read_is_an_error_and_not_a_missing_one() {
    let bench = Bench::new(LAPTOP);
    fs::create_dir_all(bench.installed()).unwrap();
    let run = bench.run(&["status"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(
        run.err.starts_with("error: the installed license FOLDER/licenses/cad-pro.lic cannot be read: "),
        "{}",
        run.err
    );
}

#[test]
fn the_object_always_has_the_same_members() {
    let bench = Bench::new(LAPTOP);
    let none = bench.run(&["status", "--json"]).json();
    bench.install(&bench.claims());
    let mut valid = bench.run(&["status", "--json"]).json();
    assert!(valid["days_left"].take().as_i64().unwrap() > 300_000);
    assert_eq!(
        valid,
        json!({
            "licensed": true, "state": "active", "product": "cad-pro", "issuer": ISSUER,
            "license": "01990000-0000-7000-8000-000000000001", "instance": "8f2e4c1a",
            "issued_at": "2020-09-13T12:26:40Z", "valid_from": "2020-09-13T12:26:40Z",
            "valid_until": "3000-01-01T00:00:00Z", "grace_until": null, "days_left": null, "quantity": 1,
            "features": ["mesh", "cam"], "trial": false, "test": false,
            "device": {"percent": 100, "threshold": 60, "components": [
                {"kind": "mac", "percent": 25, "outcome": "matched"},
                {"kind": "disk", "percent": 37, "outcome": "matched"},
                {"kind": "os", "percent": 37, "outcome": "matched"},
            ]},
            "file": "FOLDER/licenses/cad-pro.lic", "reason": null, "advice": ["nothing."], "notes": [],
        })
    );
    bench.plant(&bench.token(&Claims { not_before: UnixTime::from_secs(FAR - 1), ..bench.claims() }));
    let future = bench.run(&["status", "--json"]).json();
    assert_eq!(
        (&future["state"], &future["reason"]["code"]),
        (&json!("not-yet-valid"), &json!("not-yet-valid"))
    );
    assert_eq!(future["instance"], "8f2e4c1a");
    bench.plant("hello");
    let broken = bench.run(&["status", "--json"]).json();
    assert_eq!((&broken["licensed"], &broken["state"]), (&json!(false), &json!("refused")));

    let members = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for other in [none, future, broken] {
        assert_eq!(members(&other), members(&valid));
    }
}

#[test]
fn the_users_own_folder_is_the_place_unless_another_is_named() {
    let bench = Bench::new(LAPTOP);
    let file = bench.file("new.lic", &bench.token(&bench.claims()));
    let places = if cfg!(windows) {
        &[("LOCALAPPDATA", "data", "data/license-agent/cad-pro.lic")][..]
    } else if cfg!(target_os = "macos") {
        &[("HOME", "home", "home/Library/Application Support/license-agent/cad-pro.lic")][..]
    } else {
        &[
            ("HOME", "home", "home/.local/share/license-agent/cad-pro.lic"),
            ("XDG_DATA_HOME", "data", "data/license-agent/cad-pro.lic"),
        ]
    };
    for &(name, value, place) in places {
        let mut command = bench.command(&["install", &file, "--sysroot"]);
        command.arg(bench.path("machine")).env_remove("LICENSE_AGENT_DIR").env(name, bench.path(value));
        let run = bench.finish(&mut command);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(bench.path(place).is_file(), "{}", run.out);
    }
    let mut command = bench.command(&["status", "--sysroot"]);
    let run = bench.finish(command.arg(bench.path("machine")).env_remove("LICENSE_AGENT_DIR"));
    assert_eq!(run.code, 1);
    let variable = if cfg!(windows) { "LOCALAPPDATA" } else { "HOME" };
    let says = format!("there is no folder for licenses, since {variable} is not set");
    assert!(run.err.contains(&says), "{}", run.err);
    assert!(run.err.contains("--dir DIR"), "{}", run.err);
}

#[test]
fn no_screen_shows_hardware() {
    let bench = Bench::new(LAPTOP);
    bench.install(&bench.claims());
    for args in [&["status"][..], &["status", "--json"], &["status", "--privileged"]] {
        let run = bench.run(args);
        let printed = (run.out + &run.err).to_lowercase();
        assert!(LAPTOP_SECRETS.iter().all(|secret| !printed.contains(secret)), "{printed}");
    }
}
