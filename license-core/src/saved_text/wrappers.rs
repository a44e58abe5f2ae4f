//! What programs wrap around a good file, at random: each wrapped file is read as what it is, or named.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::{ActivationCode, KeySet, SigningKey, UnixTime, VendorFile};

const LICENSE: &str = include_str!("../../examples/cad-pro.lic");
const VENDOR: &str = include_str!("../../examples/vendor.toml");
pub(super) const REQUEST: &str = r#"{"license_request":1,"activation_code":"CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ","fingerprint":"DF1-2YV4QVQCX4UPWPYPXNKUP2QPQOGRZ4QVYSKYNOTASOC2GXHY","name":"workshop 3","device_key":{"crv":"Ed25519","kty":"OKP","x":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"}}"#;
const CODE: &str = "CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ";

/// A program, and what it makes of a text.
pub(super) type Wrapper = (&'static str, fn(&str) -> String);

fn each_line(text: &str, wrap: impl Fn(&str) -> String) -> String {
    text.lines().map(wrap).collect::<Vec<_>>().join("\n") + "\n"
}

fn columns(text: &str, width: usize) -> String {
    let broken = |line: &str| {
        line.chars().collect::<Vec<_>>().chunks(width).map(String::from_iter).collect::<Vec<_>>().join("\n")
    };
    each_line(text, broken)
}

fn quoted_printable(text: &str) -> String {
    each_line(text, |line| {
        let coded: String = line
            .chars()
            .map(|c| {
                if c == '=' || c == '.' || !c.is_ascii() {
                    c.to_string().bytes().map(|b| format!("={b:02X}")).collect()
                } else {
                    c.to_string()
                }
            })
            .collect();
        let mut out = String::new();
        let mut width = 0;
        let mut rest = coded.as_str();
        while let Some(c) = rest.chars().next() {
            let take = if c == '=' { 3 } else { 1 };
            if width + take > 75 {
                out.push_str("=\n");
                width = 0;
            }
            out.push_str(&rest[..take]);
            rest = &rest[take..];
            width += take;
        }
        out
    })
}

fn base64(text: &str) -> String {
    columns(&data_encoding::BASE64.encode(text.as_bytes()), 76)
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Format=flowed: lines end at a space, which stays there.
fn flowed(text: &str) -> String {
    each_line(text, |line| {
        let mut out = String::new();
        let mut width = 0;
        for word in line.split_inclusive(' ') {
            if width > 0 && width + word.len() > 78 {
                out.push('\n');
                width = 0;
            }
            out.push_str(word);
            width += word.len();
        }
        out
    })
}

const MAIL: &str = "Return-Path: <vendor@example.com>\nReceived: from mx.example.com by mail.example.org;\n\tSat, 28 Nov 2026 10:00:00 +0000\nFrom: Vendor <vendor@example.com>\nTo: you@example.org\nSubject: Your file\nDate: Sat, 28 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\n";

pub(super) const WRAPPERS: &[Wrapper] = &[
    ("byte order mark", |text| format!("\u{feff}{text}")),
    ("mark of an 8-bit editor", |text| format!("\u{ef}\u{bb}\u{bf}{text}")),
    ("CRLF", |text| text.replace('\n', "\r\n")),
    ("FTP in ASCII, twice", |text| text.replace('\n', "\r\r\n")),
    ("old Mac", |text| text.replace('\n', "\r")),
    ("quotation", |text| each_line(text, |line| format!("> {line}"))),
    ("quotation of a quotation", |text| each_line(text, |line| format!(">> {line}"))),
    ("bar of a chat", |text| each_line(text, |line| format!("| {line}"))),
    ("frame of a terminal", |text| each_line(text, |line| format!("\u{2502} {line} \u{2502}"))),
    ("indented", |text| each_line(text, |line| format!("    {line}"))),
    ("columns of 76", |text| columns(text, 76)),
    ("columns of 72", |text| columns(text, 72)),
    ("columns of 80", |text| columns(text, 80)),
    ("format=flowed", flowed),
    ("quoted-printable", quoted_printable),
    ("Base64", base64),
    ("mail", |text| format!("{MAIL}Content-Type: text/plain; charset=utf-8\n\n{text}\n-- \nThe vendor\n")),
    ("mail in quoted-printable", |text| {
        format!(
            "{MAIL}Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n{}",
            quoted_printable(text)
        )
    }),
    ("mail in Base64", |text| format!("{MAIL}Content-Transfer-Encoding: base64\n\n{}", base64(text))),
    ("attachment", |text| {
        format!(
            "{MAIL}Content-Type: multipart/mixed;\n boundary=\"=_b1\"\n\nIn parts.\n--=_b1\nContent-Type: text/plain\n\nHello, the file is attached.\n\n--=_b1\nContent-Type: application/octet-stream; name=\"file\"\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n{}\n--=_b1--\n",
            base64(text)
        )
    }),
    ("saved page of several parts", |text| {
        format!(
            "From: <Saved by Blink>\nSubject: mail\nMIME-Version: 1.0\nContent-Type: multipart/related;\n\ttype=\"text/html\";\n\tboundary=\"--MhtBoundary--x\"\n\n\n----MhtBoundary--x\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n{}\n----MhtBoundary--x--\n",
            quoted_printable(&format!("<!DOCTYPE html><html><body><pre>{}</pre></body></html>", html(text)))
        )
    }),
    ("web page", |text| {
        format!(
            "<!DOCTYPE html>\n<html><head><title>File</title><style>p {{ a: b }}</style></head><body><p>Your file:</p><pre>{}</pre></body></html>",
            html(text)
        )
    }),
    ("rich text", |text| {
        let inner =
            text.replace('\\', "\\\\").replace('{', "\\{").replace('}', "\\}").replace('\n', "\\par\n");
        format!("{{\\rtf1\\ansi\\deff0{{\\fonttbl{{\\f0 Calibri;}}}}\n\\pard\\f0\\fs22 {inner}\\par\n}}")
    }),
    ("fence", |text| format!("```text\n{}\n```\n", text.trim_end())),
    ("fence of tildes", |text| format!("~~~\n{}\n~~~\n", text.trim_end())),
    ("JSON", |text| serde_json::json!({"license": text.trim(), "seats_left": 1}).to_string()),
    ("JSON in ASCII", |text| serde_json::json!(text.trim()).to_string().replace('.', "\\u002e")),
    ("YAML", |text| format!("file: |\n{}", each_line(text, |line| format!("  {line}")))),
    ("shell", |text| format!("cat > file <<'EOF'\n{}\nEOF\n", text.trim_end())),
    ("continued in a shell", |text| {
        each_line(text.trim(), |line| columns(line, 60).trim_end().replace('\n', "\\\n"))
    }),
    ("typographic quotes", |text| text.replace('"', "\u{201d}")),
    ("non-breaking blanks", |text| text.replace(' ', "\u{a0}")),
    ("letter", |text| format!("Dear customer,\n\n{}\n\nRegards\n", text.trim_end())),
    ("invisible marks", |text| text.replace('.', ".\u{200b}")),
    ("address", |text| text.replace('.', "%2E").replace('"', "%22")),
    ("SMTP", |text| {
        each_line(text, |line| if line.starts_with('.') { format!(".{line}") } else { line.into() }) + ".\n"
    }),
    ("colours of a terminal", |text| each_line(text, |line| format!("\u{1b}[1;32m{line}\u{1b}[0m\u{1b}[K"))),
    ("colours that a log shows", |text| each_line(text, |line| format!("^[[32m{line}^[[0m"))),
    ("Secret of Kubernetes", |text| {
        let coded = data_encoding::BASE64.encode(text.as_bytes());
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: cad\ndata:\n  cad.file: {coded}\ntype: Opaque\n"
        )
    }),
    ("value of TOML in Base64", |text| {
        format!("[cad]\nfile = \"{}\"\n", data_encoding::BASE64.encode(text.as_bytes()))
    }),
    ("binary value of YAML", |text| {
        format!("file: !!binary |\n{}", each_line(&base64(text), |line| format!("  {line}")))
    }),
    ("variable in Base64", |text| format!("CAD_FILE={}\n", data_encoding::BASE64.encode(text.as_bytes()))),
    ("mail in GBK and Base64", |text| {
        // "您好：" and "此致".
        let letter =
            [b"\xc4\xfa\xba\xc3\xa3\xba\r\n\r\n", text.as_bytes(), b"\r\n\r\n\xb4\xcb\xd6\xc2\r\n"].concat();
        let coded = columns(&data_encoding::BASE64.encode(&letter), 76);
        format!(
            "{MAIL}Content-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: base64\n\n{coded}"
        )
    }),
    ("mail in Latin-1 and Base64", |text| {
        let letter = [b"Sch\xf6ne Gr\xfc\xdfe,\r\n\r\n", text.as_bytes(), b"\r\n\r\nJos\xe9\r\n"].concat();
        let coded = columns(&data_encoding::BASE64.encode(&letter), 76);
        format!(
            "{MAIL}Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: base64\n\n{coded}"
        )
    }),
    ("numbers of lines", |text| {
        text.lines().enumerate().map(|(at, line)| format!("{:6}\t{line}\n", at + 1)).collect()
    }),
];

/// What a chat or a sentence puts around a single word.
const AROUND_A_WORD: &[Wrapper] = &[
    ("end of a sentence", |text| format!("Your license is {}.", text.trim())),
    ("full stop", |text| format!("{}.", text.trim())),
    ("emphasis", |text| format!("_{}_", text.trim())),
    ("strong emphasis", |text| format!("**{}**", text.trim())),
    ("strong emphasis of lines", |text| format!("__{}__", text.trim())),
    ("quotes", |text| format!("\u{201c}{}\u{201d}", text.trim())),
    ("words of a shell", |text| format!("license-agent install - <<< '{}'", text.trim())),
    ("twice", |text| format!("{}{}", text.trim(), text.trim())),
    ("codes of Markdown", |text| text.replace('_', "\\_")),
    ("a name", |text| format!("LICENSE={}", text.trim())),
    ("soft hyphens", |text| text.replace('-', "-\u{ad}")),
];

type Save = fn(&str) -> Vec<u8>;

/// How a text is saved at last.
const SAVED: &[(&str, Save)] = &[
    ("UTF-8", |text| text.into()),
    ("UTF-16", |text| format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ("UTF-16 the other way", |text| {
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect()
    }),
    ("UTF-16 without a mark", |text| {
        text.trim_start_matches('\u{feff}').encode_utf16().flat_map(u16::to_le_bytes).collect()
    }),
];

#[allow(clippy::unwrap_used, reason = "a set that cannot be made fails its test")]
fn key_set() -> String {
    let key = SigningKey::from_seed(&[7; 32]);
    let set = KeySet {
        issuer: "https://vendor.example".into(),
        sequence: 1,
        issued_at: UnixTime::from_secs(1_800_000_000),
        keys: [key.verifying_key().clone()].into_iter().collect(),
        distrusted: Vec::new(),
    };
    key.sign_key_set(&set).unwrap()
}

/// Reads a wrapped file by its reader, and compares it with what it is; `Ok(false)` where it was named.
fn holds(kind: SavedText, bytes: &[u8]) -> Result<bool, String> {
    let named = |what: SavedTextError| {
        assert!(
            what.to_string().starts_with("it ")
                || what.to_string().starts_with("there ")
                || what.to_string().starts_with("a mail")
        );
        assert!(!what.advice().is_empty());
        match what {
            SavedTextError::Other(_) | SavedTextError::Empty | SavedTextError::Several(_) => {
                Err(format!("named {what}"))
            }
            _ => Ok(false),
        }
    };
    let squeezed =
        |value: &serde_json::Value| value.to_string().replace([' ', '\u{a0}', '\n'], "").replace("\\n", "");
    match kind {
        SavedText::License => match license(bytes) {
            Ok(text) if text == LICENSE.trim() => Ok(true),
            Ok(text) => Err(text),
            Err(what) => named(what),
        },
        SavedText::KeySets => match key_sets(bytes) {
            Ok(text) if text.trim() == key_set() => Ok(true),
            Ok(text) => Err(text),
            Err(what) => named(what),
        },
        SavedText::Request => match request(bytes) {
            Ok(text) => match (serde_json::from_str(&text), serde_json::from_str(REQUEST)) {
                (Ok(read), Ok(meant)) if squeezed(&read) == squeezed(&meant) => Ok(true),
                _ => Err(text),
            },
            Err(what) => named(what),
        },
        SavedText::VendorFile => match vendor_file(bytes) {
            Ok(text) if text.parse::<VendorFile>() == VENDOR.parse() => Ok(true),
            Ok(text) => Err(text),
            Err(what) => named(what),
        },
        _ => match activation_code(bytes) {
            Ok(code) if Ok(&code) == CODE.parse::<ActivationCode>().as_ref() => Ok(true),
            Ok(code) => Err(code.to_string()),
            Err(SavedCodeError::Code(_)) => Ok(false),
            Err(SavedCodeError::Text(what)) => named(what),
        },
    }
}

fn files() -> [(SavedText, String); 4] {
    [
        (SavedText::License, LICENSE.to_owned()),
        (SavedText::KeySets, key_set()),
        (SavedText::Request, REQUEST.to_owned()),
        (SavedText::VendorFile, VENDOR.to_owned()),
    ]
}

#[test]
fn what_one_program_wraps_around_a_file_is_read() {
    let mut wrong = Vec::new();
    for (kind, text) in files() {
        let words: &[Wrapper] =
            if matches!(kind, SavedText::License | SavedText::KeySets) { AROUND_A_WORD } else { &[] };
        for (name, wrap) in WRAPPERS.iter().chain(words) {
            match holds(kind, wrap(&text).as_bytes()) {
                Ok(true) => {}
                Ok(false) => wrong.push(format!("{kind} in {name} was named only")),
                Err(read) => wrong.push(format!("{kind} in {name}: {read}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_two_programs_wrap_around_a_file_is_read_or_named() {
    let (mut wrong, mut named, mut all) = (Vec::new(), Vec::new(), 0);
    for (kind, text) in files() {
        for (outer, wrap_again) in WRAPPERS {
            for (inner, wrap) in WRAPPERS {
                all += 1;
                match holds(kind, wrap_again(&wrap(&text)).as_bytes()) {
                    Ok(true) => {}
                    Ok(false) => named.push(format!("{kind} in {inner} in {outer}")),
                    Err(read) => wrong.push(format!("{kind} in {inner} in {outer}: {read}")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {all} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(named.len() * 10 < all, "{} of {all} named only:\n{}", named.len(), named.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, rng_seed: RngSeed::Fixed(15), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_wrapped_file_is_read_as_it_was_or_named(
        file in 0_usize..4,
        layers in prop::collection::vec(0..WRAPPERS.len(), 1..5),
        saved in 0..SAVED.len(),
    ) {
        let (kind, text) = &files()[file];
        let wrapped = layers.iter().fold(text.clone(), |text, layer| WRAPPERS[*layer].1(&text));
        let read = holds(*kind, &SAVED[saved].1(&wrapped));
        prop_assert!(read.is_ok(), "{kind} as {:?} in {}: {read:?}", layers.iter().map(|layer| WRAPPERS[*layer].0).collect::<Vec<_>>(), SAVED[saved].0);
    }

    #[test]
    fn another_kind_of_file_is_called_what_it_is(file in 0_usize..4, wanted in 0_usize..4, layer in 0..WRAPPERS.len()) {
        let ((kind, text), (wanted, _)) = (&files()[file], &files()[wanted]);
        prop_assume!(kind != wanted);
        let wrapped = WRAPPERS[layer].1(text);
        let what = match wanted {
            SavedText::License => license(wrapped.as_bytes()),
            SavedText::KeySets => key_sets(wrapped.as_bytes()),
            SavedText::Request => request(wrapped.as_bytes()),
            _ => vendor_file(wrapped.as_bytes()),
        };
        prop_assert!(what.is_err(), "{kind} in {} for {wanted}: {what:?}", WRAPPERS[layer].0);
    }
}
