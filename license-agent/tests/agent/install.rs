//! `install`: what gets in, what does not, and what stays.

use std::fs;

use license_core::{Claims, SigningKey, UnixTime};
use serde_json::json;

use crate::bench::{Bench, CONTAINER, FAR, LAPTOP, LONG_AGO, unbound_claims};

#[test]
fn a_license_for_this_machine_is_put_into_place() {
    let bench = Bench::new(LAPTOP);
    let token = bench.token(&bench.claims());
    let run = bench.install(&bench.claims());
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(
        run.out,
        "\
Installed the license for cad-pro.

  license      01990000-0000-7000-8000-000000000001
  valid until  3000-01-01T00:00:00Z, N days left
  file         FOLDER/licenses/cad-pro.lic
"
    );
    assert_eq!(fs::read_to_string(bench.installed()).unwrap(), format!("{token}\n"));
    assert_eq!(bench.licenses(), ["cad-pro.clock", "cad-pro.lic", "cad-pro.lock"]);
}

#[test]
fn installing_again_changes_nothing() {
    let bench = Bench::new(LAPTOP);
    bench.install(&bench.claims());
    let before = fs::metadata(bench.installed()).unwrap().modified().unwrap();
    let run = bench.install(&bench.claims());
    assert_eq!(run.code, 0);
    assert!(run.out.starts_with("The license for cad-pro was installed already; nothing was changed.\n"));
    assert_eq!(fs::metadata(bench.installed()).unwrap().modified().unwrap(), before);
}

#[test]
fn a_license_that_lasts_longer_stays_unless_it_is_forced_away() {
    let bench = Bench::new(LAPTOP);
    let until = |secs| Claims { expires_at: Some(UnixTime::from_secs(secs)), ..bench.claims() };
    bench.install(&Claims { expires_at: None, ..bench.claims() });
    let before = fs::read(bench.installed()).unwrap();
    let file = bench.file("new.lic", &bench.token(&until(FAR)));
    let run = bench.run(&["install", &file]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert_eq!(
        run.err,
        "\
error: the installed license lasts longer, without end, and was left in place; the other one ends at 3000-01-01T00:00:00Z
What to do: to replace it all the same, do it again with --force
"
    );
    assert_eq!(bench.run(&["install", &file, "--json"]).json()["error"]["code"], "lasts-longer");
    assert_eq!(fs::read(bench.installed()).unwrap(), before);
    let run = bench.run(&["install", &file, "--force"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.err, "note: the license that it replaces would have lasted longer: for ever\n");
    assert_eq!(bench.install(&until(FAR + 1)).code, 0, "one that lasts longer needs no force");
    // One that is over, for another machine or broken does not last.
    bench.plant(&bench.token(&until(LONG_AGO + 1)));
    assert_eq!(bench.install(&until(FAR)).code, 0);
    bench.plant("something else");
    assert_eq!(bench.install(&until(FAR)).code, 0);
}

#[test]
fn the_standard_input_is_read_for_a_dash() {
    let bench = Bench::new(LAPTOP);
    let run = bench.run_with_input(&["install", "-"], &bench.token(&bench.claims()));
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(bench.installed().is_file());
    let run = bench.run_with_input(&["install", "-"], "");
    assert_eq!(run.code, 2);
    assert!(run.err.starts_with("error: the standard input is no license: it is empty"), "{}", run.err);
}

#[test]
fn the_object_tells_what_was_done() {
    let bench = Bench::new(LAPTOP);
    let file = bench.file("new.lic", &bench.token(&Claims { expires_at: None, ..bench.claims() }));
    let expected = |changed: bool| {
        json!({
            "installed": true, "changed": changed, "file": "FOLDER/licenses/cad-pro.lic", "product": "cad-pro",
            "license": "01990000-0000-7000-8000-000000000001", "instance": "8f2e4c1a", "state": "active",
            "valid_until": null, "grace_until": null, "days_left": null, "notes": [],
        })
    };
    assert_eq!(bench.run(&["install", &file, "--json"]).json(), expected(true));
    assert_eq!(bench.run(&["install", &file, "--json"]).json(), expected(false));
}

#[test]
fn the_object_tells_of_grace_that_has_not_begun() {
    let bench = Bench::new(LAPTOP);
    let file = bench.file("new.lic", &bench.token(&Claims { grace: 86_400, ..bench.claims() }));
    let object = bench.run(&["install", &file, "--json"]).json();
    assert_eq!(
        (&object["state"], &object["grace_until"]),
        (&json!("active"), &json!("3000-01-02T00:00:00Z"))
    );
}

#[test]
fn what_does_not_hold_here_is_refused_and_the_old_license_stays() {
    let bench = Bench::new(LAPTOP);
    assert_eq!(bench.install(&bench.claims()).code, 0);
    let old = fs::read(bench.installed()).unwrap();
    let good = bench.claims();
    let time = UnixTime::from_secs;
    let other_machine = Bench::new(&[("etc/machine-id", "0a1c2b3a4d5e6f708192a3b4c5d6e7f9\n")]).claims();
    let token = bench.token(&good);
    let middle = token.find('.').unwrap() + 40;
    let changed_byte = format!(
        "{}{}{}",
        &token[..middle],
        if &token[middle..=middle] == "A" { "B" } else { "A" },
        &token[middle + 1..]
    );
    for (name, text, says) in [
        ("signature", changed_byte, "the signature does not fit: the license was changed or forged"),
        (
            "malformed",
            token[..token.len() - 1].to_owned(),
            "this is not a license: its signature is not base64url",
        ),
        ("malformed", "hello".into(), "this is not a license: it is not three parts"),
        (
            "unknown-key",
            SigningKey::from_seed(&[8; 32]).issue(&good).unwrap(),
            "not one of the vendor's keys",
        ),
        (
            "issuer",
            bench.token(&Claims { issuer: "https://other.example".into(), ..good.clone() }),
            "from https://other.example, not from https://vendor.example",
        ),
        (
            "product",
            bench.token(&Claims { product: "cam".into(), ..good.clone() }),
            "for the product cam, not for cad-pro",
        ),
        (
            "expired",
            bench.token(&Claims { expires_at: Some(time(LONG_AGO + 1)), ..good.clone() }),
            "the license ended at 2020-09-13T12:26:41Z; the clock here says NOW",
        ),
        (
            "not-yet-valid",
            bench.token(&Claims { not_before: time(FAR - 1), ..good.clone() }),
            "the license is valid from 2999-12-31T23:59:59Z",
        ),
        (
            "device",
            bench.token(&other_machine),
            "bound to another machine, or too much of this one was changed",
        ),
        (
            "device",
            bench.token(&Claims { not_before: time(FAR - 1), ..other_machine.clone() }),
            "bound to another machine",
        ),
        (
            "test-license",
            bench.token(&Claims { test: true, ..good.clone() }),
            "this is a test license; real ones are asked for",
        ),
        (
            "malformed",
            "A".repeat(16 * 1024 + 1),
            "FOLDER/new.lic is no license: it is longer than 16384 bytes",
        ),
    ] {
        let file = bench.file("new.lic", &text);
        let run = bench.run(&["install", &file]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{name}");
        assert!(run.err.starts_with("error: ") && run.err.contains(says), "{name}: {}", run.err);
        assert!(run.err.contains("\nWhat to do:"), "{name}: {}", run.err);
        assert!(!run.err.contains(&text), "{name}: {}", run.err);
        let json = bench.run(&["install", &file, "--json"]);
        assert_eq!((json.code, &json.json()["error"]["code"]), (2, &name.into()));
        assert_eq!(fs::read(bench.installed()).unwrap(), old, "{name}");
        assert_eq!(bench.licenses(), ["cad-pro.clock", "cad-pro.lic", "cad-pro.lock"], "{name}");
    }
}

#[test]
fn a_license_of_the_future_says_from_when_it_can_be_installed() {
    let bench = Bench::new(LAPTOP);
    let run = bench.install(&Claims { not_before: UnixTime::from_secs(FAR - 1), ..bench.claims() });
    assert_eq!(
        run.err,
        "\
error: the license is valid from 2999-12-31T23:59:59Z; the clock here says NOW
What to do:
  - install it from 2999-12-31T23:59:59Z on, in N days
  - if the clock here is wrong, set it
"
    );
}

#[test]
fn a_license_in_grace_is_installed_with_a_warning() {
    let bench = Bench::new(LAPTOP);
    let claims =
        Claims { expires_at: Some(UnixTime::from_secs(LONG_AGO + 1)), grace: u32::MAX, ..bench.claims() };
    let run = bench.install(&claims);
    assert_eq!(run.code, 0);
    assert!(run.out.contains("  valid until  2020-09-13T12:26:41Z\n"), "{}", run.out);
    assert_eq!(
        run.err,
        "note: this license is over and works in grace until 2156-10-20T18:54:56Z, N days left; renew it at your \
         vendor's\n"
    );
}

#[test]
fn a_test_license_counts_with_a_vendor_file_for_tests_only() {
    let bench = Bench::new(LAPTOP);
    bench.write_vendor_file(|file| file.test = true);
    assert_eq!(bench.install(&Claims { test: true, ..bench.claims() }).code, 0);
    let run = bench.install(&bench.claims());
    assert_eq!(run.code, 2);
    assert!(run.err.contains("this is a real license; test ones are asked for"), "{}", run.err);
}

#[test]
fn a_file_that_is_not_there_is_a_mistake_of_the_call() {
    let bench = Bench::new(LAPTOP);
    let run = bench.run(&["install", "/nowhere/cad.lic"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.starts_with("error: /nowhere/cad.lic cannot be read: "), "{}", run.err);
    fs::write(bench.path("new.lic"), [0xff, 0xfe, 0x00]).unwrap();
    let run = bench.run(&["install", bench.path("new.lic").to_str().unwrap()]);
    assert_eq!((run.code, run.err.contains("is no license: it is damaged UTF-16")), (2, true));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let bench = Bench::new(LAPTOP);
    let license = bench.file("new.lic", &bench.token(&bench.claims()));
    // Beneath a file there is no folder, whoever runs the test.
    let below_a_file = bench.file("file", "") + "/licenses";
    let run = bench.run(&["install", &license, "--dir", &below_a_file]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(
        run.err.starts_with("error: the license cannot be written to FOLDER/file/licenses: "),
        "{}",
        run.err
    );
    assert!(
        run.err.contains("What to do: nothing was changed; check that you may write there"),
        "{}",
        run.err
    );
    let json = bench.run(&["install", &license, "--dir", &below_a_file, "--json"]).json();
    assert_eq!(json["error"]["code"], "folder-not-writable");
}

#[test]
fn a_product_code_cannot_leave_the_folder() {
    let bench = Bench::new(LAPTOP);
    bench.write_vendor_file(|file| file.product = "../cad/pro".into());
    let run = bench.install(&Claims { product: "../cad/pro".into(), ..bench.claims() });
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(bench.path("licenses").join("%2E.%2Fcad%2Fpro.lic").is_file());
}

#[test]
fn a_machine_without_identity_takes_only_unbound_licenses_or_those_for_a_text() {
    let bench = Bench::new(CONTAINER);
    let bound = Bench::new(LAPTOP).claims();
    let run = bench.install(&bound);
    assert_eq!(run.code, 2);
    assert!(
        run.err.starts_with(
            "error: the license is bound to a machine, and nothing on this one tells it from others\n"
        ),
        "{}",
        run.err
    );
    assert_eq!(bench.install(&unbound_claims()).code, 0);

    let text = Bench::new(LAPTOP).run(&["fingerprint"]).out;
    let file = bench.file("new.lic", &bench.token(&bound));
    let run = bench.run(&["install", &file, "--device", text.trim_end()]);
    assert_eq!(run.code, 0, "{}", run.err);
    let json = bench.run(&["install", &file, "--device", "DF1-ABC", "--json"]).json();
    assert_eq!(json["error"]["code"], "device-text");
    let run = bench.run(&["install", &file, "--device", "DF1-ABC"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        run.err,
        "error: the text after --device is no fingerprint: the fingerprint text is incomplete or mistyped; copy all of \
         it again\nWhat to do: give the text exactly as the vendor has it, in quotes\n"
    );
}
