//! `issue`: licenses by hand.

use std::fs;

use license_core::{Realm, Trust, VerifyError};
use license_tests::{Workplace, machine};

use super::{REALM, verify_on};

const CATALOG: &str = "[default]\ncode = \"cad\"\nfeatures = [\"mesh\"]\ngrace = \"7d\"\n\
     [[product]]\nsku = [\"s\"]\ncode = \"cad-pro\"\n\
     [[product]]\nsku = [\"t\"]\ncode = \"viewer\"\nbinding = \"none\"\nterm = \"perpetual\"\n";

fn place() -> Workplace {
    let place = Workplace::ready();
    place.write("catalog.toml", CATALOG);
    place
}

fn trust(place: &Workplace, product: &str) -> Trust {
    let file = place.run(&["keys", "export", "--agent", product]).ok();
    Trust::from_vendor_file(&file).expect("a vendor file")
}

fn df1() -> String {
    machine(1).df1(&Realm::new(REALM))
}

/// `license-server issue` for machine 1, with more arguments.
fn args<'a>(fingerprint: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["issue", "--fingerprint", fingerprint], more].concat()
}

fn instances(place: &Workplace) -> usize {
    let listed = place.run(&["instances", "list", "--json"]).json();
    listed["instances"].as_array().expect("a list").len()
}

#[test]
fn a_license_on_the_terminal_holds_on_its_machine_with_the_exported_vendor_file() {
    let place = place();
    let df1 = df1();
    let more = ["--product", "cad", "--end", "2099-01-02", "--quantity", "5", "--instance", "by-phone-1"];
    let token = place.run(&args(&df1, &more)).ok();
    assert_eq!(token.lines().count(), 1, "the license and nothing else");
    let license = verify_on(&machine(1), token.trim(), &trust(&place, "cad")).expect("it holds");
    assert_eq!((license.instance(), license.product(), license.quantity()), ("by-phone-1", "cad", 5));
    assert_eq!(license.expires_at().map(|end| end.to_string()).as_deref(), Some("2099-01-02T00:00:00Z"));
    assert!(license.has_feature("mesh") && !license.is_test());
    let elsewhere = verify_on(&machine(2), token.trim(), &trust(&place, "cad"));
    assert!(matches!(elsewhere, Err(VerifyError::Device(_))), "{elsewhere:?}");
    verify_on(&machine(1), token.trim(), &trust(&place, "cad-pro")).expect_err("another product");
}

#[test]
fn a_license_may_end_in_the_last_second_of_9999_and_no_later() {
    let place = place();
    let df1 = df1();
    for (end, until) in
        [("9999-12-31", "9999-12-31T00:00:00Z"), ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z")]
    {
        // With a grace of seven days beyond it.
        let token = place.run(&args(&df1, &["--product", "cad", "--end", end])).ok();
        let license = verify_on(&machine(1), token.trim(), &trust(&place, "cad")).expect("it holds");
        assert_eq!(license.expires_at().map(|end| end.to_string()).as_deref(), Some(until));
        let shown = place.run(&["instances", "show", license.instance(), "--json"]).json();
        assert_eq!(shown["licenses"][0]["expires_at"], until, "{shown}");
    }
    for (end, says) in [
        ("9999-12-31T23:59:59-01:00", "the latest time is 9999-12-31T23:59:59Z; for no end: --perpetual"),
        ("10000-01-01", "a date such as"),
        ("0000-01-01", "times are from 1970"),
    ] {
        let ended = place.run(&args(&df1, &["--product", "cad", "--end", end]));
        assert_eq!((ended.code, ended.err.contains(says)), (Some(2), true), "{}", ended.err);
    }
    let said = place.run(&args(&df1, &["--product", "cad", "--end", "1970-01-02"])).failed();
    assert!(said.contains("the end is not after the beginning"), "{said}");
}

#[test]
fn a_fingerprint_with_something_around_it_is_refused_with_what_to_paste() {
    let place = place();
    let (df1, four_part) = (df1(), machine(1).four_part());
    let wide =
        |text: &str| -> String {
            text.chars()
                .map(|c| {
                    if c.is_ascii_graphic() {
                        char::from_u32(u32::from(c) + 0xfee0).expect("wide")
                    } else {
                        c
                    }
                })
                .collect()
        };
    for text in [&df1, &four_part] {
        for around in [
            format!("\u{201c}{text}\u{201d}"),
            format!("fingerprint: {text}"),
            format!("{{\"fingerprint\":\"{text}\"}}"),
            format!("设备指纹：{text}"),
            text[4..].to_owned(),
        ] {
            let said = place.run(&args(&around, &["--product", "cad", "--end", "2099-01-02"])).failed();
            assert!(said.contains("paste only the line that begins DF1-"), "{around}: {said}");
        }
        for same in [format!("\u{feff}{text}"), wide(text), text.replace('|', "\u{ff5c}")] {
            let token = place.run(&args(&same, &["--product", "cad", "--end", "2099-01-02"])).ok();
            verify_on(&machine(1), token.trim(), &trust(&place, "cad")).expect("the same machine");
        }
    }
}

#[test]
fn the_stores_own_four_part_text_is_a_fingerprint_as_well() {
    let place = place();
    let text = machine(1).four_part();
    let token = place.run(&args(&text, &["--product", "cad-pro", "--end", "2099-01-02T10:15:00+08:00"])).ok();
    let license = verify_on(&machine(1), token.trim(), &trust(&place, "cad-pro")).expect("it holds");
    assert_eq!(license.expires_at().map(|end| end.to_string()).as_deref(), Some("2099-01-02T02:15:00Z"));
    let held: Vec<Vec<u8>> =
        ["license.db", "license.db-wal"].iter().filter_map(|f| fs::read(place.path(f)).ok()).collect();
    for raw in [machine(1).disk, machine(1).board] {
        assert!(
            held.iter().all(|bytes| !bytes.windows(raw.len()).any(|w| w == raw.as_bytes())),
            "{raw} is stored"
        );
    }
}

#[test]
fn a_file_gets_the_license_once_and_is_never_overwritten() {
    let place = place();
    let df1 = df1();
    let more = ["--product", "cad", "--end", "2099-01-02", "--out", "cad.lic"];
    let said = place.run(&args(&df1, &more)).ok();
    assert!(said.contains("cad.lic") && !said.contains("eyJ"), "{said}");
    let token = fs::read_to_string(place.path("cad.lic")).expect("a license");
    verify_on(&machine(1), &token, &trust(&place, "cad")).expect("it holds");
    assert_eq!(instances(&place), 1);

    let _ = place.run(&args(&df1, &more)).failed();
    assert_eq!(fs::read_to_string(place.path("cad.lic")).expect("a license"), token);
    assert_eq!(instances(&place), 1, "nothing was issued");
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let place = place();
    place.write("there.lic", "something else");
    let df1 = df1();
    for file in ["there.lic", "nowhere/cad.lic"] {
        let more = ["--product", "cad", "--end", "2099-01-02", "--out", file];
        let said = place.run(&args(&df1, &more)).failed();
        assert!(said.contains(file), "{said}");
    }
    assert_eq!(instances(&place), 0, "nothing was issued");
}

/// R16, R26
#[test]
fn a_refused_license_leaves_no_file_and_no_instance() {
    let place = place();
    let df1 = df1();
    for (more, says) in [
        (
            &["--product", "cad", "--start", "2099-01-02", "--end", "2099-01-02"][..],
            "the end is not after the beginning",
        ),
        (&["--product", "cad", "--end", "2099-01-02", "--order", "no-line"], "ORDER/LINE"),
        (&["--product", "cad", "--end", "2099-01-02", "--instance", ""], "instance id"),
    ] {
        let said = place.run(&args(&df1, &[more, &["--out", "x.lic"]].concat())).failed();
        assert!(said.contains(says), "{said}");
        assert!(!place.path("x.lic").exists(), "{more:?}");
    }
    let bound = ["issue", "--product", "cad", "--no-device", "--end", "2099-01-02", "--out", "x.lic"];
    let said = place.run(&bound).failed();
    assert!(said.contains("fingerprint is needed"), "{said}");
    assert!(!place.path("x.lic").exists());
    assert_eq!(instances(&place), 0);
}

#[test]
fn programs_get_json() {
    let place = place();
    let df1 = df1();
    let made = place.run(&args(&df1, &["--product", "cad", "--end", "2099-01-02", "--json"])).json();
    assert_eq!(made["seat"], 1);
    let token = made["license"].as_str().expect("a license");
    let license = verify_on(&machine(1), token, &trust(&place, "cad")).expect("it holds");
    assert_eq!(made["instance"], license.instance());
    let shown = place.run(&["instances", "show", license.instance(), "--json"]).json();
    assert_eq!(shown["licenses"][0]["delivery"], "by hand");
    assert_eq!(shown["licenses"][0]["license_id"], license.id());
}

#[test]
fn a_license_for_no_device_in_particular_opens_anywhere_and_for_ever() {
    let place = place();
    let made = place.run(&["issue", "--product", "viewer", "--no-device", "--perpetual", "--json"]).json();
    assert_eq!(made["seat"], serde_json::Value::Null);
    let token = made["license"].as_str().expect("a license");
    for n in 1..3 {
        let license = verify_on(&machine(n), token, &trust(&place, "viewer")).expect("it holds anywhere");
        assert_eq!((license.expires_at(), license.binding().is_none()), (None, true));
    }
}

/// R102
#[test]
fn a_test_license_is_refused_where_real_ones_are_due() {
    let place = place();
    let df1 = df1();
    let token = place.run(&args(&df1, &["--product", "cad", "--end", "2099-01-02", "--test"])).ok();
    let real = trust(&place, "cad");
    verify_on(&machine(1), token.trim(), &real).expect_err("a verifier of real licenses");
    let license =
        verify_on(&machine(1), token.trim(), &real.accepting(license_core::Accept::Test)).expect("holds");
    assert!(license.is_test());

    place.configure("keys = \"dev\"");
    let _ = place.run(&["keys", "generate"]).ok();
    let token = place.run(&args(&df1, &["--product", "cad", "--end", "2099-01-02"])).ok();
    let license =
        verify_on(&machine(1), token.trim(), &trust(&place, "cad")).expect("dev keys make test licenses");
    assert!(license.is_test());
}

#[test]
fn what_is_wrong_is_named_and_what_there_is_is_listed() {
    let place = place();
    let df1 = df1();
    let foreign = machine(1).df1(&Realm::new("https://other.example"));
    let broken = format!("{}A", &df1[..df1.len() - 1]);
    let end = ["--product", "cad", "--end", "2099-01-02"];
    for (args, says) in [
        (args(&df1, &["--product", "cd", "--end", "2099-01-02"]), &["`cd`", "cad", "cad-pro", "viewer"][..]),
        (args(&foreign, &end), &["realm"]),
        (args(&broken, &end), &["incomplete or mistyped"]),
        (args("DF1-", &end), &[]),
        (args("x", &end), &[]),
        (args("To be filled by O.E.M.", &end), &[]),
    ] {
        let said = place.run(&args).failed();
        assert!(
            said.starts_with("license-server: ") && says.iter().all(|s| said.contains(s)),
            "{args:?}: {said}"
        );
    }
    for wrong in [
        &["issue", "--product", "cad", "--fingerprint", &df1][..],
        &["issue", "--product", "cad", "--end", "2099-01-02"],
        &["issue", "--fingerprint", &df1, "--end", "2099-01-02"],
        &["issue", "--product", "cad", "--fingerprint", &df1, "--end", "2099-01-02", "--perpetual"],
        &["issue", "--product", "cad", "--fingerprint", &df1, "--no-device", "--perpetual"],
        &["issue", "--product", "cad", "--fingerprint", &df1, "--end", "tomorrow"],
        &["issue", "--product", "cad", "--fingerprint", &df1, "--end", "2099-13-01"],
        &["issue", "--product", "cad", "--fingerprint", &df1, "--end", "2099-01-02", "--quantity", "0"],
    ] {
        let ended = place.run(wrong);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{wrong:?}: {}", ended.err);
    }
    assert_eq!(instances(&place), 0, "nothing was issued");
}

#[test]
fn without_a_key_nothing_is_issued() {
    let place = Workplace::new();
    let df1 = df1();
    let said =
        place.run(&args(&df1, &["--product", "cad", "--end", "2099-01-02", "--out", "x.lic"])).failed();
    assert!(said.contains("keys generate"), "{said}");
    assert!(!place.path("x.lic").exists());
}
