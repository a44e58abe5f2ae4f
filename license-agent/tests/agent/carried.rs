//! What is carried to the vendor by hand: requests, QR codes; and manual pages.

use std::fs;

use license_core::ActivationCode;

use crate::bench::{Bench, CONTAINER, LAPTOP, LAPTOP_SECRETS};

fn code() -> String {
    ActivationCode::from_bytes([7; 16]).to_string()
}

#[test]
fn a_request_is_one_line_of_json_with_code_fingerprint_and_name() {
    let bench = Bench::new(LAPTOP);
    let fingerprint = bench.run(&["fingerprint"]).out;
    let fingerprint = fingerprint.trim_end();
    let typed = code().to_lowercase().replace('-', " ");
    let run = bench.run(&["request", &typed, "--name", "bench \"1\""]);
    assert_eq!(run.code, 0, "{}", run.err);
    let code = code();
    // The public half of the machine's key, which was made for it.
    let at = run.out.find("\"device_key\"").expect("a key");
    let key = run.out[at..].split_once('}').expect("its end").0.to_owned() + "}";
    assert!(key.starts_with("\"device_key\":{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\""), "{key}");
    // What tells that nothing was changed on the way.
    let with_checksum = |members: String| {
        let sum = license_core::saved_text::request_checksum(
            &serde_json::from_str(&format!("{members}}}")).unwrap(),
        );
        format!("{members},\"checksum\":\"{sum}\"}}\n")
    };
    assert_eq!(
        run.out,
        with_checksum(format!(
            "{{\"license_request\":1,\"activation_code\":\"{code}\",\"fingerprint\":\"{fingerprint}\",\"name\":\"bench \\\"1\\\"\",{key}"
        ))
    );
    assert_eq!(run.err, "note: the activation code is in it: give it to nobody but the vendor\n");
    let bare = bench.run(&["request"]);
    assert_eq!(
        bare.out,
        with_checksum(format!("{{\"license_request\":1,\"fingerprint\":\"{fingerprint}\",{key}"))
    );
    assert_eq!(bare.err, "");
    let from_input = bench.run_with_input(&["request", "-"], &format!("\n  {code} \nmore"));
    assert!(from_input.out.contains(&code), "{}", from_input.err);
}

#[cfg(unix)]
#[test]
fn a_request_is_written_for_its_owner_alone_and_replaces_nothing_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new(LAPTOP);
    let out = bench.path("request.json");
    let name = out.to_str().unwrap();
    let run = bench.run(&["request", &code(), "--out", name]);
    assert_eq!(
        run.out,
        "\
Wrote the license request to FOLDER/request.json.

What to do:
  - carry the file to the vendor, or to the person who asks the vendor for you
  - put the license that comes back into place: license-agent install FILE
"
    );
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(bench.run(&["request", "--out", name]).code, 0, "an older request is replaced");
    let json = bench.run(&["request", "--out", name, "--json"]).json();
    assert_eq!(
        (json["file"].as_str(), json["request"].as_str().map(str::len)),
        (Some("FOLDER/request.json"), Some(fs::read(&out).unwrap().len() - 1))
    );
    let other = bench.file("notes.txt", "mine");
    let run = bench.run(&["request", "--out", &other]);
    assert_eq!(run.code, 1);
    assert!(
        run.err.starts_with("error: FOLDER/notes.txt is there already, and is no license request\n"),
        "{}",
        run.err
    );
    assert_eq!(fs::read_to_string(other).unwrap(), "mine");
    assert_eq!(bench.run(&["request", "--out", "/nowhere/at/all"]).code, 1);
}

#[test]
fn a_mistyped_code_goes_nowhere() {
    let bench = Bench::new(LAPTOP);
    for (typed, says) in [
        ("ABC", "an activation code has 28 characters"),
        ("!234-5678-9012-3456-7890-1234-5678", "no activation code has"),
        ("0000-0000-0000-0000-0000-0000-0001", "mistyped"),
    ] {
        for command in ["request", "activate"] {
            let run = bench.run(&[command, typed]);
            assert_eq!((run.code, run.out.as_str()), (1, ""), "{typed}");
            assert!(run.err.contains(says) && run.err.contains("nothing was sent"), "{}", run.err);
            assert_eq!(bench.run(&[command, typed, "--json"]).json()["error"]["code"], "mistyped-code");
        }
    }
    assert_eq!(bench.run_with_input(&["activate", "-"], "  \n").code, 1);
}

#[test]
fn a_qr_code_stands_below_the_text() {
    let bench = Bench::new(LAPTOP);
    let fingerprint = bench.run(&["fingerprint"]).out;
    let run = bench.run(&["fingerprint", "--qr"]);
    let picture = run.out.strip_prefix(&fingerprint).unwrap();
    assert!(picture.lines().count() > 15 && !picture.contains('\x1b'), "{picture}");
    assert!(picture.chars().all(|c| "█▀▄ \n".contains(c)), "{picture}");
    let request = bench.run(&["request", &code(), "--qr"]);
    assert!(request.out.chars().all(|c| "█▀▄ \n".contains(c)), "{}", request.out);
    let widest = request.out.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 80, "it fits on a usual terminal: {widest}");
    assert_eq!(bench.run(&["request", "--qr", "--json"]).code, 1);
}

#[test]
fn a_machine_without_identity_has_nothing_to_ask_with() {
    let bench = Bench::new(CONTAINER);
    let run = bench.run(&["request", &code()]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.starts_with("error: nothing "), "{}", run.err);
}

#[test]
fn nothing_of_the_hardware_is_in_a_request() {
    let bench = Bench::new(LAPTOP);
    let out = bench.run(&["request", &code()]).out.to_lowercase();
    for secret in LAPTOP_SECRETS {
        assert!(!out.contains(secret), "{secret}");
    }
}

#[test]
fn manual_pages_are_made_for_every_command() {
    let bench = Bench::new(LAPTOP);
    let folder = bench.path("man");
    let run = bench.run_bare(&["man", folder.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.err);
    for name in [
        "license-agent",
        "license-agent-activate",
        "license-agent-renew",
        "license-agent-doctor",
        "license-agent-man",
    ] {
        let page = fs::read_to_string(folder.join(name).with_extension("1")).unwrap();
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains("EXAMPLE") || page.contains("Example"),
            "{name}"
        );
    }
}
