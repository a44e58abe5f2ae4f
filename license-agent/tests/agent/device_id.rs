//! An id that the operator set, by a variable or by a file.

use license_core::{Binding, Claims, Fingerprint, Kind, Realm, Threshold, Weights};

use crate::bench::{Bench, CONTAINER, ISSUER, LAPTOP, LAPTOP_SECRETS, Run, unbound_claims};

const ID: &str = "rack-7/slot-3";

#[expect(clippy::expect_used, reason = "a constant")]
fn custom() -> Fingerprint {
    Fingerprint::from_values(&Realm::new(ISSUER), [(Kind::Custom, ID)]).expect("an id that can be used")
}

fn run_with(bench: &Bench, (name, value): (&str, &str), args: &[&str]) -> Run {
    let mut command = bench.command(args);
    bench.finish(command.arg("--sysroot").arg(bench.path("machine")).env(name, value))
}

#[test]
fn it_is_the_whole_fingerprint_and_is_named() {
    for machine in [LAPTOP, CONTAINER] {
        let bench = Bench::new(machine);
        let file = bench.file("id", &format!("{ID}\n"));
        for (set, source) in [
            (("LICENSE_DEVICE_ID", ID), "LICENSE_DEVICE_ID"),
            (("LICENSE_DEVICE_ID_FILE", &file), "FOLDER/id"),
        ] {
            let run = run_with(&bench, set, &["fingerprint"]);
            assert_eq!((run.code, run.out.trim_end()), (0, custom().to_text().unwrap().as_str()));
            let note =
                format!("note: the id in {source} stands for this machine; its hardware is not used\n");
            assert_eq!(run.err, note);
            let run = run_with(&bench, set, &["fingerprint", "--explain"]);
            assert!(run.out.contains(&format!(" {source} ")), "{}", run.out);
            assert!(
                run.out
                    .contains("\nStrength: strong binding: an id set by the operator, who answers for it.\n")
            );
            assert_eq!(run.err, note);
            let printed = run.out.to_lowercase();
            assert!(!printed.contains(ID) && LAPTOP_SECRETS.iter().all(|secret| !printed.contains(secret)));
            let json = run_with(&bench, set, &["fingerprint", "--json", "--explain"]).json();
            assert_eq!(json["kinds"], serde_json::json!(["custom"]));
            let used: Vec<_> =
                json["components"].as_array().unwrap().iter().filter(|c| c["used"] == true).collect();
            assert_eq!((used.len(), &used[0]["source"]), (1, &source.into()));
        }
        let run = bench.run(&["fingerprint", "--device-id-file", &file]);
        assert_eq!(run.out.trim_end(), custom().to_text().unwrap());
        assert!(
            run.err.contains("the product finds it where LICENSE_DEVICE_ID_FILE names the file"),
            "{}",
            run.err
        );
    }
}

#[test]
fn a_license_for_it_holds_wherever_it_is_set_and_nowhere_else() {
    let binding = Binding::new(&custom(), &Weights::default(), Threshold::default()).unwrap();
    let claims = Claims { binding: Some(binding), ..unbound_claims() };
    for machine in [LAPTOP, CONTAINER] {
        let bench = Bench::new(machine);
        let file = bench.file("new.lic", &bench.token(&claims));
        let set = ("LICENSE_DEVICE_ID", ID);
        assert_eq!(run_with(&bench, set, &["install", &file]).code, 0);
        let status = run_with(&bench, set, &["status"]);
        assert_eq!(status.code, 0);
        assert!(status.out.contains("    custom     100 % matched\n"), "{}", status.out);
        assert_eq!(
            status.err,
            "note: the id in LICENSE_DEVICE_ID stands for this machine; its hardware is not used\n"
        );
        assert_eq!(bench.run(&["status"]).code, 2);
        assert_eq!(run_with(&bench, ("LICENSE_DEVICE_ID", "rack-7/slot-4"), &["status"]).code, 2);
    }
    let bench = Bench::new(LAPTOP);
    bench.install(&bench.claims());
    assert_eq!(
        run_with(&bench, ("LICENSE_DEVICE_ID", ID), &["status"]).code,
        2,
        "hardware is not used beside it"
    );
}

#[test]
fn an_id_that_cannot_be_used_is_an_error_and_hardware_takes_no_place() {
    let bench = Bench::new(LAPTOP);
    for (set, says) in [
        (("LICENSE_DEVICE_ID", ""), "is not of 1 to 128 printable ASCII characters"),
        (("LICENSE_DEVICE_ID", "none"), "is a placeholder"),
        (("LICENSE_DEVICE_ID_FILE", "/nowhere/id"), "the device id file /nowhere/id cannot be read"),
    ] {
        for command in [&["fingerprint"][..], &["fingerprint", "--explain"], &["status"]] {
            let run = run_with(&bench, set, command);
            assert_eq!((run.code, run.out.as_str()), (1, ""), "{command:?}");
            assert!(run.err.starts_with("error: the device id") && run.err.contains(says), "{}", run.err);
        }
        let json = run_with(&bench, set, &["fingerprint", "--json"]).json();
        assert_eq!(json["error"]["code"], "device-id");
    }
    let mut command = bench.command(&["fingerprint"]);
    command.env("LICENSE_DEVICE_ID", ID).env("LICENSE_DEVICE_ID_FILE", "id");
    let run = bench.finish(&mut command);
    assert!(run.err.contains("are both set; leave one out"), "{}", run.err);
}
