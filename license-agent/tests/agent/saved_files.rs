//! Files as customers save and send them: read where that is certain, else named.

use std::fs;

use crate::bench::{Bench, LAPTOP};

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn wrapped(text: &str, end: &str) -> String {
    let lines: Vec<_> = text.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
    lines.join(end)
}

#[test]
fn a_license_is_installed_from_a_mail_and_from_any_editor() {
    let bench = Bench::new(LAPTOP);
    let token = bench.token(&bench.claims());
    for bytes in [
        format!("\u{feff}{token}\r\n").into_bytes(),
        utf16(&token),
        wrapped(&token, "\r\n").into_bytes(),
        format!("Hello,\n\n> {}\n\nRegards", wrapped(&token, "\n> ")).into_bytes(),
        wrapped(&token, "=\r\n").into_bytes(),
        format!("\u{201c}{token}\u{201d}").into_bytes(),
        format!("{{\"license\": \"{token}\"}}").into_bytes(),
    ] {
        fs::write(bench.path("mail.txt"), &bytes).unwrap();
        let run = bench.run(&["install", bench.path("mail.txt").to_str().unwrap(), "--force"]);
        assert_eq!(run.code, 0, "{}: {}", String::from_utf8_lossy(&bytes), run.err);
        assert_eq!(fs::read_to_string(bench.installed()).unwrap(), format!("{token}\n"));
    }
    let (start, end) = token.rsplit_once('.').unwrap();
    let changed = format!("{start}.{}", end.replacen(char::is_alphabetic, "0", 1));
    for (bytes, says, todo) in [
        (
            token.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "it is UTF-16 without a mark",
            "save it as UTF-8",
        ),
        (b"PK\x03\x04cad-pro.lic".to_vec(), "it is a ZIP archive", "unpack it"),
        (b"%PDF-1.7".to_vec(), "it is a PDF", "a plain editor"),
        (br"{\rtf1".to_vec(), "it is rich text", "a plain editor"),
        (b"<!doctype html><html></html>".to_vec(), "it is a web page", "download the file itself"),
        (Vec::new(), "it is empty", "save it again"),
        (
            format!("{token}\n{changed}").into_bytes(),
            "there are 2 different ones in it",
            "the one that is meant",
        ),
        (b"{\"license_request\":1}".to_vec(), "it is a license request", "license-server answer FILE"),
        (fs::read(bench.path("vendor.toml")).unwrap(), "it is a vendor file", "--vendor FILE"),
    ] {
        fs::write(bench.path("mail.txt"), &bytes).unwrap();
        let run = bench.run(&["install", bench.path("mail.txt").to_str().unwrap()]);
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(run.err.contains(&format!("is no license: {says}")) && run.err.contains(todo), "{}", run.err);
        assert_eq!(bench.run(&["status"]).code, 0, "the old one is left in place");
    }
}

#[test]
fn a_license_that_somebody_saved_into_the_folder_counts_and_is_written_anew_by_install() {
    let bench = Bench::new(LAPTOP);
    let token = bench.token(&bench.claims());
    bench.plant("");
    fs::write(bench.installed(), utf16(&token)).unwrap();
    let run = bench.run(&["status"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("note: the license file is not as license-agent writes it"), "{}", run.err);
    let file = bench.file("new.lic", &token);
    assert_eq!(bench.run(&["install", &file]).code, 0);
    assert_eq!(fs::read_to_string(bench.installed()).unwrap(), format!("{token}\n"));
    assert_eq!(bench.run(&["status"]).err, "");
    bench.plant("<html><head></head></html>");
    let run = bench.run(&["status"]);
    assert_eq!(run.code, 2);
    let says = "this is not a license: it is a web page";
    assert!(run.out.contains(says) && run.out.contains("download the file itself"), "{}", run.out);
    let run = bench.run(&["doctor", "--offline"]);
    assert!(run.out.contains(says) && run.out.contains("download the file itself"), "{}", run.out);
}

#[test]
fn a_vendor_file_and_an_id_are_read_from_any_editor() {
    let bench = Bench::new(LAPTOP);
    let text = fs::read_to_string(bench.path("vendor.toml")).unwrap();
    let plain = bench.run(&["fingerprint"]).out;
    for bytes in
        [utf16(&text), format!("\u{feff}{text}").into_bytes(), text.replace('\n', "\r\n").into_bytes()]
    {
        fs::write(bench.path("vendor.toml"), bytes).unwrap();
        let run = bench.run(&["fingerprint"]);
        assert_eq!((run.code, run.out.as_str()), (0, plain.as_str()), "{}", run.err);
    }
    let file = bench.file("id", "rack-7/slot-3\n");
    let by_id = bench.run(&["fingerprint", "--device-id-file", &file]).out;
    for bytes in
        [utf16("rack-7/slot-3"), "\u{feff}rack-7\u{200b}/slot-3\r\n".into(), "ｒａｃｋ-7/slot-3".into()]
    {
        fs::write(bench.path("id"), bytes).unwrap();
        let run = bench.run(&["fingerprint", "--device-id-file", &file]);
        assert_eq!((run.code, run.out.as_str()), (0, by_id.as_str()), "{}", run.err);
    }
    for (bytes, says) in [
        (b"\"rack-7/slot-3\"".to_vec(), "stands in quotes or behind a name"),
        (b"LICENSE_DEVICE_ID=rack-7/slot-3".to_vec(), "stands in quotes or behind a name"),
        (b"r\0a\0c\0k\0-\x007\0".to_vec(), "it is UTF-16 without a mark; save it as UTF-8"),
        (b"PK\x03\x04".to_vec(), "it is a ZIP archive"),
    ] {
        fs::write(bench.path("id"), bytes).unwrap();
        let run = bench.run(&["fingerprint", "--device-id-file", &file]);
        assert_eq!(run.code, 1, "{}", run.out);
        assert!(run.err.contains(says), "{}", run.err);
    }
}

#[test]
fn a_code_is_read_as_it_is_pasted_and_what_is_none_is_named() {
    const CODE: &str = "CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ";
    let bench = Bench::new(LAPTOP);
    let wide: String = CODE.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    for text in
        [wide, format!("\u{201c}{CODE}\u{201d}"), CODE.replace('-', "\u{ad}"), format!("Code: {CODE}")]
    {
        let run = bench.run(&["request", &text]);
        assert_eq!(run.code, 0, "{text}: {}", run.err);
        assert!(run.out.contains(CODE), "{}", run.out);
    }
    let token = bench.token(&bench.claims());
    let run = bench.run(&["request", &token]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("this is no activation code: it is a license"), "{}", run.err);
}

#[test]
fn keys_that_are_a_license_are_refused_as_one() {
    let bench = Bench::new(LAPTOP);
    let file = bench.file("new.lic", &bench.token(&bench.claims()));
    let run = bench.run(&["install", &file, "--keys", &file]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("is no set of the vendor's signed keys: it is a license"), "{}", run.err);
    assert!(!bench.installed().exists());
}

#[test]
fn a_token_of_another_program_is_named_and_one_mark_ends_what_is_said() {
    let bench = Bench::new(LAPTOP);
    let token =
        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUifQ.c2lnbmF0dXJl";
    fs::write(bench.path("token.txt"), token).unwrap();
    let run = bench.run(&["install", bench.path("token.txt").to_str().unwrap()]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("it is a token of something else") && !run.err.contains("eyJ"), "{}", run.err);
    fs::create_dir_all(bench.installed().parent().unwrap()).unwrap();
    for text in ["hello", "a.b.c", token, "eyJ"] {
        fs::write(bench.installed(), text).unwrap();
        for command in [&["status"][..], &["doctor"], &["renew"], &[]] {
            // The bench looks at the marks.
            _ = bench.run_bare(command);
        }
    }
}

#[test]
fn a_machine_to_play_is_read_as_it_was_saved_or_named() {
    let bench = Bench::new(LAPTOP);
    let capture = bench.path("machine.txt");
    let capture = capture.to_str().unwrap();
    assert_eq!(bench.run(&["fingerprint", "--capture", capture]).code, 0);
    let text = fs::read_to_string(capture).unwrap();
    let expected = bench.run_bare(&["play", capture]);
    assert_eq!(expected.code, 0, "{}", expected.err);
    let quoted: String = text.lines().map(|line| format!("> {line}\n")).collect();
    for bytes in [
        format!("\u{feff}{text}").into_bytes(),
        utf16(&text),
        format!("Here it is:\n\n{quoted}").into_bytes(),
    ] {
        fs::write(capture, &bytes).unwrap();
        let run = bench.run_bare(&["play", capture]);
        assert_eq!((run.code, run.out), (0, expected.out.clone()), "{}", run.err);
    }
    for (bytes, says) in [
        (b"PK\x03\x04machine.txt".to_vec(), "it is a ZIP archive"),
        (text.encode_utf16().flat_map(u16::to_le_bytes).collect(), "it is UTF-16 without a mark"),
        (Vec::new(), "it is empty"),
    ] {
        fs::write(capture, &bytes).unwrap();
        let run = bench.run_bare(&["play", capture]);
        assert!(run.code == 1 && run.err.contains(says), "{}", run.err);
    }
}

#[test]
fn a_device_key_that_an_editor_saved_is_read_or_named() {
    let bench = Bench::new(LAPTOP);
    assert_eq!(bench.run(&["request"]).code, 0);
    let path = bench.installed().with_extension("key");
    let pem = fs::read_to_string(&path).unwrap();
    let expected = bench.run(&["request"]).out;
    for bytes in [format!("\u{feff}{}", pem.replace('\n', "\r\n")).into_bytes(), utf16(&pem)] {
        fs::write(&path, &bytes).unwrap();
        let run = bench.run(&["request"]);
        assert_eq!(run.out, expected, "{}", run.err);
    }
    fs::write(&path, b"PK\x03\x04cad.key").unwrap();
    let run = bench.run(&["request"]);
    assert!(run.err.contains("cannot be used: it is a ZIP archive"), "{}", run.err);
}
