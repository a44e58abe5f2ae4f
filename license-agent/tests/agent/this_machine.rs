//! The agent on the machine that runs the tests, whatever it is.

use std::fs;
use std::process::Command;

use license_core::collect::{CollectOptions, collect};
use license_core::{Binding, Claims, Device, Realm, SigningKey, Threshold, UnixTime, VendorFile, Weights};

const ISSUER: &str = "https://vendor.example";
/// 3000-01-01.
const FAR: i64 = 32_503_680_000;

#[test]
fn a_license_for_this_machine_is_installed_and_shown_and_one_for_another_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let realm = Realm::new(ISSUER);
    let found = collect(&CollectOptions::default()).fingerprint(&realm);
    // A machine that shows nothing of its own stands for one whose vendor named it.
    let (device, named) = match found {
        Ok(found) => (found, &[][..]),
        Err(_) => {
            let device = Device::from_text("rack-7/slot-3", &realm).unwrap();
            (device.fingerprint().unwrap().clone(), &["--device", "rack-7/slot-3"][..])
        }
    };
    let other = Device::from_text("rack-8/slot-1", &realm).unwrap();
    let key = SigningKey::from_seed(&[7; 32]);
    let issue = |name: &str, id: &str, fingerprint| {
        let binding = Binding::new(fingerprint, &Weights::default(), Threshold::default()).unwrap();
        let claims = Claims { license_id: id.into(), binding: Some(binding), ..claims() };
        fs::write(folder.path().join(name), key.issue(&claims).unwrap()).unwrap();
        folder.path().join(name)
    };
    let (own, foreign) =
        (issue("own.lic", "1", &device), issue("foreign.lic", "2", other.fingerprint().unwrap()));
    let vendor = folder.path().join("vendor.toml");
    let keys = [key.verifying_key().clone()].into_iter().collect();
    let file = VendorFile {
        issuer: ISSUER.into(),
        product: "cad-pro".into(),
        realm: None,
        server: None,
        test: false,
        keys,
    };
    fs::write(&vendor, file.to_toml()).unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_license-agent"));
        command.args(args).args(named).arg("--vendor").arg(&vendor);
        let output = command.arg("--dir").arg(folder.path().join("licenses")).arg("--json").output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), json)
    };
    assert_eq!(run(&["status"]).0, 2);
    let (code, json) = run(&["install", own.to_str().unwrap()]);
    assert_eq!((code, &json["installed"]), (0, &true.into()), "{json}");
    let (code, json) = run(&["install", foreign.to_str().unwrap()]);
    assert_eq!((code, &json["error"]["code"]), (2, &"device".into()), "{json}");
    let (code, json) = run(&["status"]);
    assert_eq!((code, &json["licensed"], &json["license"]), (0, &true.into(), &"1".into()), "{json}");
    assert_eq!(json["device"]["percent"], 100, "{json}");
}

fn claims() -> Claims {
    Claims {
        issuer: ISSUER.into(),
        product: "cad-pro".into(),
        instance: "8f2e4c1a".into(),
        license_id: String::new(),
        issued_at: UnixTime::from_secs(1_600_000_000),
        not_before: UnixTime::from_secs(1_600_000_000),
        expires_at: Some(UnixTime::from_secs(FAR)),
        binding: None,
        quantity: 1,
        features: Vec::new(),
        grace: 0,
        trial: false,
        test: false,
        device_key: None,
    }
}

#[test]
fn this_machine_is_read_or_refused_with_advice() {
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_license-agent"));
        command.env_remove("LICENSE_AGENT_VENDOR").args(["fingerprint", "--realm", "https://vendor.example"]);
        let output = command.args(args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    match run(&[]) {
        (Some(0), out, _) => {
            assert!(out.starts_with("DF1-") && out.ends_with('\n') && out.lines().count() == 1, "{out}");
            assert_eq!(run(&[]).1, out, "the same again");
            assert!(run(&["--explain"]).1.contains(out.trim_end()));
        }
        (code, out, err) => {
            assert_eq!((code, out.as_str()), (Some(1), ""));
            assert!(err.contains("What to do:"), "{err}");
        }
    }
}
