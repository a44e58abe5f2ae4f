//! The agent on the machine that runs the tests, whatever it is.

use std::process::Command;

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
