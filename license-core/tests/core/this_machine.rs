//! Reads the machine that runs the tests, whatever it is.
use license_core::collect::{CollectOptions, FactStatus, collect};
use license_core::{
    Binding, Claims, Fingerprint, Kind, Realm, SigningKey, Threshold, Trust, UnixTime, Weights,
    verify_on_this_machine,
};

#[test]
fn this_machine_can_be_read() {
    let collected = collect(&CollectOptions::default());
    let cpu = collected.facts().iter().find(|f| f.kind == Kind::Cpu).unwrap();
    assert_eq!(cpu.status == FactStatus::Used, cfg!(target_arch = "x86_64"));
    assert!(collected.system().is_some());
    assert!(collected.device(&Realm::new("https://vendor.example")).is_ok());
    let again = collect(&CollectOptions::default());
    assert_eq!(again.facts(), collected.facts());
}

const ISSUER: &str = "https://vendor.example";

/// Set in the children of a test.
const CHILD: &str = "LICENSE_TEST_CHILD";

/// A license for an id that the operator sets, and who trusts it.
#[expect(clippy::unwrap_used, reason = "constants")]
fn license_for(id: &str) -> (String, Trust) {
    let key = SigningKey::from_seed(&[7; 32]);
    let fingerprint = Fingerprint::from_values(&Realm::new(ISSUER), [(Kind::Custom, id)]).unwrap();
    let claims = Claims {
        issuer: ISSUER.into(),
        product: "cad".into(),
        instance: "i".into(),
        license_id: "l".into(),
        issued_at: UnixTime::from_secs(0),
        not_before: UnixTime::from_secs(0),
        expires_at: None,
        binding: Some(Binding::new(&fingerprint, &Weights::default(), Threshold::default()).unwrap()),
        quantity: 1,
        features: Vec::new(),
        grace: 0,
        trial: false,
        test: false,
        device_key: None,
    };
    let trust = Trust::new(ISSUER, "cad", ISSUER, [key.verifying_key().clone()].into_iter().collect());
    (key.issue(&claims).unwrap(), trust)
}

#[test]
fn a_program_sees_the_id_that_its_operator_set() {
    // An environment belongs to a process, so each case is a child that runs this test again.
    if std::env::var_os(CHILD).is_some() {
        let (token, trust) = license_for("rack-7/slot-3");
        let verified = verify_on_this_machine(&token, &trust, UnixTime::from_secs(1));
        assert!(verified.is_ok(), "the license does not hold");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("id");
    std::fs::write(&file, "rack-7/slot-3\n").unwrap();
    let file = file.to_str().unwrap();
    for (variables, holds) in [
        (&[("LICENSE_DEVICE_ID", "rack-7/slot-3")][..], true),
        (&[("LICENSE_DEVICE_ID", "RACK-7/slot-3 ")], true),
        (&[("LICENSE_DEVICE_ID_FILE", file)], true),
        (&[], false),
        (&[("LICENSE_DEVICE_ID", "rack-7/slot-4")], false),
        (&[("LICENSE_DEVICE_ID_FILE", "/nowhere/id")], false),
        (&[("LICENSE_DEVICE_ID", "rack-7/slot-3"), ("LICENSE_DEVICE_ID_FILE", file)], false),
    ] {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "this_machine::a_program_sees_the_id_that_its_operator_set"]).env(CHILD, "1");
        child
            .env_remove("LICENSE_DEVICE_ID")
            .env_remove("LICENSE_DEVICE_ID_FILE")
            .envs(variables.iter().copied());
        let output = child.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("running 1 test"), "{said}");
        assert_eq!(output.status.success(), holds, "{variables:?}: {said}");
        assert!(
            holds
                || said.contains("the license does not hold")
                || errors.contains("the license does not hold"),
            "{said}"
        );
    }
}
