//! What somebody sees who does not know the agent yet, and what scripts see when their pipe breaks.

use std::fs::File;
use std::process::Stdio;

use license_core::{Claims, UnixTime};

use crate::bench::{Bench, LAPTOP, LONG_AGO, agent, unbound_claims};

#[test]
fn the_first_run_says_what_to_do_next_by_what_is_there() {
    let bare = agent().current_dir("/").output().unwrap();
    assert_eq!((bare.status.code(), bare.stdout.as_slice()), (Some(1), &b""[..]));
    let says = String::from_utf8(bare.stderr).unwrap();
    assert!(says.starts_with("No vendor file was named, so there is no product to license yet.\n"), "{says}");

    let bench = Bench::new(LAPTOP);
    let beside = agent().current_dir(bench.path("")).output().unwrap();
    let says = String::from_utf8(beside.stderr).unwrap();
    assert!(
        says.contains("There is a vendor.toml here. Name it:\n\n  license-agent --vendor vendor.toml\n"),
        "{says}"
    );

    // As `status` would: an answer, and its exit code.
    let first = |bench: &Bench, code: i32| {
        let run = bench.run_bare(&[]);
        assert_eq!((run.code, run.err.as_str()), (code, ""));
        run.out
    };
    bench.write_vendor_file(|file| file.server = Some("https://licenses.vendor.example".into()));
    assert!(first(&bench, 2).starts_with("cad-pro: no license is installed on this machine.\n\nNext:\n"));
    bench.plant(&bench.token(&unbound_claims()));
    assert_eq!(
        first(&bench, 0),
        "\
cad-pro: licensed on this machine, N days left.

Next:
  license-agent status
      shows what is licensed, and until when
  license-agent renew --watch
      as a service: renews it whenever it is due

All commands and options: license-agent --help
"
    );
    bench.plant(
        &bench.token(&Claims { expires_at: Some(UnixTime::from_secs(LONG_AGO + 60)), ..unbound_claims() }),
    );
    let says = first(&bench, 2);
    assert!(says.starts_with("cad-pro: not licensed on this machine: the license ended at 2020-"), "{says}");
    assert!(says.contains("\n\nNext:\n  license-agent renew\n"), "{says}");
    bench.plant("something else");
    assert!(first(&bench, 2).contains("\n  license-agent doctor\n      looks for what is wrong\n"));
    bench.file("vendor.toml", "something else");
    let broken = bench.run_bare(&[]);
    assert_eq!((broken.code, broken.out.as_str()), (1, ""));
    assert!(broken.err.contains("What to do: take the file again as the vendor ships it"), "{}", broken.err);
}

#[test]
fn the_help_is_as_it_was_read_through() {
    let mut help = String::new();
    for args in [
        &["--help"][..],
        &["activate", "--help"],
        &["renew", "--help"],
        &["request", "--help"],
        &["doctor", "-h"],
    ] {
        let output = agent().args(args).output().unwrap();
        help +=
            &format!("$ license-agent {}\n{}\n", args.join(" "), String::from_utf8(output.stdout).unwrap());
    }
    insta::assert_snapshot!("help", help.replace("license-agent.exe", "license-agent"));
}

#[test]
fn the_codes_in_the_help_are_codes() {
    let output = agent().args(["activate", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let code = help.split_whitespace().find(|word| word.matches('-').count() == 6).unwrap();
    code.parse::<license_core::ActivationCode>().unwrap();
}

#[test]
fn wrong_arguments_end_with_1_and_help_with_0() {
    let bench = Bench::new(LAPTOP);
    for (args, code) in [
        (&["frobnicate"][..], 1),
        (&["install"], 1),
        (&["fingerprint", "--raw"], 1),
        (&["fingerprint", "--realm", ""], 1),
        (&["status", "--device", "host-7-of-9", "--privileged"], 1),
        (&["status", "--device", "host-7-of-9", "--device-id-file", "id"], 1),
        (&["fingerprint", "--device-id-file", "id", "--privileged"], 1),
        (&["completions", "tcl"], 1),
        (&["--help"], 0),
        (&["install", "--help"], 0),
        (&["--version"], 0),
        (&["completions", "zsh"], 0),
    ] {
        let run = bench.run_bare(args);
        assert_eq!(run.code, code, "{args:?}: {}", run.err);
        assert_eq!(run.out.is_empty(), code == 1, "{args:?}");
    }
}

#[test]
fn without_a_vendor_file_nothing_is_trusted() {
    let status = agent().arg("status").output().unwrap();
    assert_eq!(status.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(status.stderr).unwrap(),
        "error: no vendor file was named, so there is nobody whose licenses could be trusted\n\
         What to do: give the file that came with the product: --vendor FILE, or its path in LICENSE_AGENT_VENDOR\n"
    );
    let bench = Bench::new(LAPTOP);
    let missing = bench.run(&["--vendor", "/nowhere/vendor.toml", "status"]);
    assert_eq!(missing.code, 1);
    assert_eq!(
        missing.err,
        "error: the vendor file /nowhere/vendor.toml does not exist\n\
         What to do: check the path after --vendor or in LICENSE_AGENT_VENDOR, and that you may read the file\n"
    );
}

#[test]
fn a_broken_vendor_file_is_named_with_its_fault() {
    let bench = Bench::new(LAPTOP);
    for (text, says) in [
        ("isuer = 'x'", "isuer"),
        ("issuer = 'https://vendor.example'\nproduct = ''\nkeys = []", "empty `product`"),
        ("issuer = 'x'\nproduct = 'y'\nkeys = []", "empty `keys`"),
        ("<html>", "is no vendor file that can be read: it is a web page"),
    ] {
        bench.file("vendor.toml", text);
        for command in ["fingerprint", "status"] {
            let run = bench.run(&[command]);
            assert_eq!((run.code, run.out.as_str()), (1, ""));
            assert!(run.err.starts_with("error: FOLDER/vendor.toml"), "{}", run.err);
            assert!(run.err.contains(says), "{}", run.err);
            let json = bench.run(&[command, "--json"]);
            assert_eq!((json.code, &json.json()["error"]["code"]), (1, &"vendor-file-broken".into()));
        }
    }
    bench.file("vendor.toml", &"#".repeat(70_000));
    assert!(bench.run(&["status"]).err.contains("longer than 65536 bytes or not text"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::new(LAPTOP);
    for args in [&["fingerprint"][..], &["fingerprint", "--json"], &["completions", "bash"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = bench.command(args).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(!errors.contains("panicked") && !errors.contains("error"), "{errors}");
        assert_ne!(output.status.code(), Some(101));
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux has a device that is always full")]
fn an_answer_that_cannot_be_written_is_one() {
    let bench = Bench::new(LAPTOP);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = bench.command(&["fingerprint", "--sysroot"]);
    let run = bench.finish(command.arg(bench.path("machine")).stdout(full));
    assert_eq!(run.code, 1);
    assert!(run.err.starts_with("error: the answer cannot be written: "), "{}", run.err);
}
