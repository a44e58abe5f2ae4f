//! The agent on a Windows whose MachineGuid changes. It writes the registry, so it is run by `.ci/windows.sh` alone, in
//! a Wine of its own.
#![expect(clippy::unwrap_used, reason = "a registry that cannot be written fails its test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use license_core::{
    Binding, Claims, Fingerprint, Kind, Realm, SigningKey, Threshold, UnixTime, VendorFile, Weights,
};
use serde_json::Value;

const ISSUER: &str = "https://vendor.example";
const ONE: &str = "5b1e9c0d-7a3f-4e28-b6c4-d1f0a9e8b7c6";
const OTHER: &str = "a7d40c92-16be-4f35-8e07-39c5d2b1f684";

fn reg(args: &[&str]) {
    let key = [r"HKLM\SOFTWARE\Microsoft\Cryptography", "/v", "MachineGuid", "/f"];
    let output = Command::new("reg").args(&args[..1]).args(key).args(&args[1..]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn set(guid: &str) {
    reg(&["add", "/t", "REG_SZ", "/d", guid]);
}

/// Exit code and answer of an agent that reads this Windows.
fn agent(folder: &Path, args: &[&str]) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_license-agent"));
    command.args(args).arg("--json").arg("--vendor").arg(folder.join("vendor.toml"));
    let output = command.arg("--dir").arg(folder.join("licenses")).output().unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

/// What became of MachineGuid, and the rest of the fingerprint's components.
fn os_and_others(folder: &Path) -> (String, Vec<Value>) {
    let json = agent(folder, &["fingerprint", "--explain", "--raw"]).1;
    let facts = json["components"].as_array().unwrap().iter().cloned();
    let (os, others): (Vec<_>, Vec<_>) = facts.partition(|fact| fact["kind"] == "os");
    let [os] = &os[..] else { panic!("{os:?}") };
    let value = if os["used"] == true { &os["value"] } else { &os["reason"] };
    (value.as_str().unwrap().to_owned(), others)
}

#[test]
#[ignore = "writes the registry"]
fn fingerprint_and_license_follow_machine_guid() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = SigningKey::from_seed(&[7; 32]);
    let keys = [key.verifying_key().clone()].into_iter().collect();
    let product = "cad-pro".to_owned();
    let vendor = VendorFile {
        issuer: ISSUER.into(),
        product: product.clone(),
        realm: None,
        server: None,
        test: false,
        keys,
    };
    fs::write(folder.join("vendor.toml"), vendor.to_toml()).unwrap();

    set(ONE);
    let (found, others) = os_and_others(folder);
    assert_eq!(found, ONE);
    for source in ["SMBIOS system UUID", "SMBIOS board serial number", "CPUID leaf 1"] {
        assert!(others.iter().any(|fact| fact["source"] == source), "{source}: {others:?}");
    }
    assert!(others.iter().any(|fact| fact["kind"] == "mac"), "{others:?}");
    let text = |folder: &Path| agent(folder, &["fingerprint"]).1["fingerprint"].as_str().unwrap().to_owned();
    let first = text(folder);
    let realm = Realm::new(ISSUER);
    let os = Fingerprint::from_values(&realm, [(Kind::Os, ONE)]).unwrap();
    let component = &os.components()[0];
    let whole = Fingerprint::parse(&first, &realm).unwrap();
    assert!(whole.components().iter().any(|c| c.kind == Kind::Os && c.digest == component.digest));

    let claims = Claims {
        issuer: ISSUER.into(),
        product,
        instance: "8f2e4c1a".into(),
        license_id: "1".into(),
        issued_at: UnixTime::from_secs(1_600_000_000),
        not_before: UnixTime::from_secs(1_600_000_000),
        expires_at: None,
        binding: Some(Binding::new(&os, &Weights::default(), Threshold::default()).unwrap()),
        quantity: 1,
        features: Vec::new(),
        grace: 0,
        trial: false,
        test: false,
        device_key: None,
    };
    let license = folder.join("own.lic");
    fs::write(&license, key.issue(&claims).unwrap()).unwrap();
    let license = license.to_str().unwrap();
    assert_eq!(agent(folder, &["install", license]).0, 0);
    let (code, status) = agent(folder, &["status"]);
    assert_eq!((code, &status["device"]["percent"]), (0, &100.into()), "{status}");

    set(OTHER);
    assert_eq!(os_and_others(folder), (OTHER.to_owned(), others.clone()));
    assert_ne!(text(folder), first);
    let (code, status) = agent(folder, &["status"]);
    assert_eq!((code, &status["reason"]["code"]), (2, &"device".into()), "{status}");
    assert_eq!(agent(folder, &["install", license]).1["error"]["code"], "device");

    set("00000000-0000-0000-0000-000000000000");
    assert_eq!(os_and_others(folder), ("a placeholder that many machines share".into(), others.clone()));
    reg(&["delete"]);
    assert_eq!(os_and_others(folder), ("unreadable".into(), others));

    set(&ONE.to_uppercase());
    assert_eq!(text(folder), first, "case is no difference");
    assert_eq!(agent(folder, &["status"]).0, 0);
}
