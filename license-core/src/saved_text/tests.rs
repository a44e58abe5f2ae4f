use proptest::prelude::*;

use super::*;
use crate::{ActivationCode, ActivationCodeError, VendorFile};

const LICENSE: &str = include_str!("../../examples/cad-pro.lic");
const VENDOR: &str = include_str!("../../examples/vendor.toml");
const REQUEST: &str = r#"{"license_request":1,"activation_code":"CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ","fingerprint":"DF1-2YV4QVQCX4UPWPYPXNKUP2QPQOGRZ4QVYSKYNOTASOC2GXHY","name":"Käthe's PC","device_key":{"crv":"Ed25519","kty":"OKP","x":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"}}"#;
const CODE: &str = "CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ";

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

fn wrapped(text: &str, at: usize, end: &str) -> String {
    text.chars()
        .collect::<Vec<_>>()
        .chunks(at)
        .map(|line| line.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(end)
}

/// What editors and mail programs make of a text.
fn saved(text: &str) -> Vec<Vec<u8>> {
    let text = text.trim();
    let mut all: Vec<Vec<u8>> = vec![
        text.into(),
        format!("\u{feff}{text}\r\n").into(),
        utf16(&format!("\u{feff}{text}\r\n"), u16::to_le_bytes),
        utf16(&format!("\u{feff}{text}"), u16::to_be_bytes),
        format!("\r\n\r\n  {text}\t\r\n").into(),
        format!("```\n{text}\n```\n").into(),
        text.lines().map(|line| format!("> {line}\n")).collect::<String>().into(),
        text.lines().map(|line| format!(">> {line}\r\n")).collect::<String>().into(),
    ];
    if !text.contains('\n') {
        for at in [20, 64, 72, 76, 78] {
            for end in ["\n", "\r\n", "\r\n> ", "=\r\n"] {
                let quote = if end.contains('>') { "> " } else { "" };
                all.push(format!("{quote}{}", wrapped(text, at, end)).into());
            }
        }
    }
    all
}

#[test]
fn a_license_is_read_as_it_was_saved() {
    let token = LICENSE.trim();
    for bytes in saved(LICENSE) {
        assert_eq!(license(&bytes).as_deref(), Ok(token), "{}", String::from_utf8_lossy(&bytes));
    }
    for around in [
        format!("\u{201c}{token}\u{201d}"),
        format!("'{token}'"),
        format!("{{\"license\": \"{token}\", \"seats_left\": 1}}"),
        format!("-----BEGIN LICENSE-----\n{}\n-----END LICENSE-----", wrapped(token, 64, "\n")),
        format!("Dear customer,\r\n\r\n{}\r\n\r\nRegards\r\nThe vendor", wrapped(token, 76, "\r\n")),
        format!("license = {token};"),
        format!("{token}\n{token}\n"),
        format!("<pre>{token}</pre>"),
        token.replace("--", "\u{2014}").replace('-', "\u{2013}"),
        data_encoding::BASE64.encode(token.as_bytes()),
        token.chars().flat_map(|c| [c, '\u{200b}']).collect(),
    ] {
        assert_eq!(license(around.as_bytes()).as_deref(), Ok(token), "{around}");
    }
    let mut in_another_code = format!("{token}\nGr").into_bytes();
    in_another_code.extend([0xfc, 0xdf, b'e']);
    assert_eq!(license(&in_another_code).as_deref(), Ok(token));
}

#[test]
fn what_is_no_license_is_named() {
    let (middle, end) = LICENSE.trim().rsplit_once('.').unwrap();
    let second = format!("{middle}.{}", end.replacen(char::is_alphabetic, "0", 1));
    let named: Vec<(Vec<u8>, SavedTextError)> = vec![
        (b"".into(), SavedTextError::Empty),
        ("\u{feff}\r\n \u{200b}".into(), SavedTextError::Empty),
        (utf16(LICENSE, u16::to_le_bytes), SavedTextError::Utf16WithoutMark),
        (utf16(LICENSE, u16::to_be_bytes), SavedTextError::Utf16WithoutMark),
        (b"\xff\xfe\0".into(), SavedTextError::Utf16Broken),
        (b"\xff\xfe\0\xd8".into(), SavedTextError::Utf16Broken),
        (b"Gr\xfc\xdfe".into(), SavedTextError::NotUtf8),
        (b"PK\x03\x04\x14\0\0\0cad-pro.lic".into(), SavedTextError::Zip),
        (b"PK\x03\x04\x14\0\0\0[Content_Types].xml".into(), SavedTextError::Office),
        (b"\x1f\x8b\x08\0".into(), SavedTextError::Archive),
        (b"\xd0\xcf\x11\xe0\xa1\xb1".into(), SavedTextError::Office),
        (b"%PDF-1.7\n".into(), SavedTextError::Pdf),
        (br"{\rtf1\ansi".into(), SavedTextError::Rtf),
        (b"\x89PNG\r\n".into(), SavedTextError::Picture),
        ("<!DOCTYPE html>\n<html><body>Log in</body></html>".into(), SavedTextError::WebPage),
        (format!("{LICENSE}\n{second}\n").into(), SavedTextError::Several(2)),
        (REQUEST.into(), SavedTextError::Other(SavedText::Request)),
        (VENDOR.into(), SavedTextError::Other(SavedText::VendorFile)),
        (CODE.into(), SavedTextError::Other(SavedText::ActivationCode)),
        (
            "DF1-2YV4QVQCX4UPWPYPXNKUP2QPQOGRZ4QVYSKYNOTASOC2GXHY".into(),
            SavedTextError::Other(SavedText::Fingerprint),
        ),
        (format!("{}\n", "-----BEGIN PRIVATE KEY-----").into(), SavedTextError::Other(SavedText::PrivateKey)),
    ];
    for (bytes, what) in named {
        assert_eq!(license(&bytes), Err(what), "{}", String::from_utf8_lossy(&bytes));
        assert!(!what.to_string().is_empty() && !what.advice().is_empty());
    }
    // What nobody knows is left to the reader of licenses.
    for text in ["hello", "a.b.c", &LICENSE.trim()[..200]] {
        assert_eq!(license(text.as_bytes()).as_deref(), Ok(text));
    }
}

#[test]
fn a_request_is_read_as_it_was_carried() {
    let expected: serde_json::Value = serde_json::from_str(REQUEST).unwrap();
    let squeezed = |value: &serde_json::Value| -> serde_json::Value {
        let mut value = value.clone();
        for member in ["activation_code", "fingerprint", "name"] {
            let text: String =
                value[member].as_str().unwrap().chars().filter(|c| !c.is_whitespace()).collect();
            value[member] = text.into();
        }
        value
    };
    let mut all = saved(REQUEST);
    all.extend([
        format!("Please answer this:\n{REQUEST}\nThank you").into_bytes(),
        format!("\u{201c}{REQUEST}\u{201d}").into_bytes(),
        REQUEST.replace('"', "\u{201d}").into_bytes(),
        serde_json::json!({"request": REQUEST, "file": null, "notes": []}).to_string().into_bytes(),
        serde_json::json!(REQUEST).to_string().into_bytes(),
        format!("{REQUEST}\n{REQUEST}\n").into_bytes(),
        REQUEST.replace("ä", "=C3=A4").replace("fingerprint", "finger=\r\nprint").into_bytes(),
    ]);
    for bytes in all {
        let read = request(&bytes).unwrap();
        let read: serde_json::Value =
            serde_json::from_str(&read).unwrap_or_else(|why| panic!("{why}: {read}"));
        assert_eq!(squeezed(&read), squeezed(&expected), "{}", String::from_utf8_lossy(&bytes));
    }
    let other = REQUEST.replace("Käthe", "Jo");
    for (text, what) in [
        (format!("{REQUEST}\n{other}"), SavedTextError::Several(2)),
        (LICENSE.into(), SavedTextError::Other(SavedText::License)),
        ("<html><head></head></html>".into(), SavedTextError::WebPage),
        (CODE.into(), SavedTextError::Other(SavedText::ActivationCode)),
    ] {
        assert_eq!(request(text.as_bytes()), Err(what), "{text}");
    }
    assert_eq!(request(b"{}").as_deref(), Ok("{}"));
}

#[test]
fn a_vendor_file_is_read_as_it_was_saved() {
    let expected: VendorFile = VENDOR.parse().unwrap();
    let mut all = saved(VENDOR);
    all.push(VENDOR.replace('"', "\u{201d}").into_bytes());
    all.push(VENDOR.replace('\n', "\r\n").into_bytes());
    for bytes in all {
        let read = vendor_file(&bytes).unwrap();
        assert_eq!(read.parse().as_ref(), Ok(&expected), "{read}");
    }
    for (text, what) in [
        (LICENSE, SavedTextError::Other(SavedText::License)),
        (REQUEST, SavedTextError::Other(SavedText::Request)),
        ("<html><head></head></html>", SavedTextError::WebPage),
    ] {
        assert_eq!(vendor_file(text.as_bytes()), Err(what));
    }
}

#[test]
fn an_activation_code_is_read_as_it_was_pasted() {
    let code: ActivationCode = CODE.parse().unwrap();
    let wide: String = CODE.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    let alike =
        CODE.replace('C', "\u{421}").replace('A', "\u{410}").replace('E', "\u{395}").replace('0', "\u{41e}");
    let mut all = saved(CODE);
    all.extend(
        [
            wide.as_str(),
            &wide.to_lowercase(),
            &alike,
            &alike.to_lowercase(),
            &CODE.replace('-', "\u{ff0d}"),
            &CODE.replace('-', "\u{30fc}"),
            &CODE.replace('-', "\u{ad}\u{200b}"),
            &CODE.replace('-', "\u{2011}\u{2060}"),
            &format!("\u{201c}{CODE}\u{201d}."),
            &format!("({CODE})"),
            &format!("Activation code: {CODE}\nThank you for your purchase"),
            &format!("Aktivierungscode：{CODE}"),
            &format!("{{\"activation_code\":\"{CODE}\"}}"),
            &format!("{CODE} {CODE}"),
        ]
        .map(|text| text.as_bytes().to_vec()),
    );
    for dash in [
        "=2D",
        "%2D",
        "%2d",
        "%252D",
        "&#45;",
        "&#8209;",
        "&#x2011;",
        "&ndash;",
        "&mdash;",
        "&minus;",
        "&hyphen;",
        "&dash;",
        "&amp;ndash;",
        "&shy;",
        "&nbsp;",
        "&#8203;",
        "=E2=80=91",
        "%E2%80%93",
        "\\u2011",
        "\\x2d",
        "\\u{2d}",
        "\\055",
        "\\-",
        "_x002D_",
        "+IBE-",
        "-<wbr>",
        "<br>",
        "[b]-[/b]",
        "\u{1b}[0m-\u{1b}[1m",
        "\u{e2}\u{20ac}\u{201c}",
        "\\n",
        " / ",
        ".",
        "_",
        "|",
        "~",
        "=\r\n-",
        "-=\n",
    ] {
        let coded = CODE.replace('-', dash);
        all.push(coded.clone().into_bytes());
        all.push(format!("Your code: {coded}\nThank you").into_bytes());
        all.push(format!("<p>{coded}</p>").into_bytes());
        all.push(format!("\u{1b}[32m{coded}\u{1b}[0m").into_bytes());
        all.push(format!("{{\"activation_code\":\"{coded}\"}}").into_bytes());
    }
    for bytes in all {
        assert_eq!(activation_code(&bytes), Ok(code.clone()), "{}", String::from_utf8_lossy(&bytes));
    }
    let zeros = "0000-0000-0000-0000-0000-0000-0000";
    for (text, error) in [
        (format!("{CODE}\n{zeros}"), SavedTextError::Several(2).into()),
        (LICENSE.to_owned(), SavedTextError::Other(SavedText::License).into()),
        (REQUEST.replace(CODE, ""), SavedTextError::Other(SavedText::Request).into()),
        (String::new(), SavedTextError::Empty.into()),
        (CODE[..20].to_owned(), ActivationCodeError::Length { found: 16 }.into()),
        (CODE.replace("ZWNQ", "ZWNR"), ActivationCodeError::Checksum.into()),
    ] {
        assert_eq!(activation_code(text.as_bytes()), Err(error), "{text}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "(ey[A-Za-z0-9._-]{0,90}|[{}\"license_request:,\n =>]|\\PC){0,40}") {
        for bytes in [&bytes[..], text.as_bytes()] {
            let _ = (license(bytes), key_sets(bytes), request(bytes), vendor_file(bytes), activation_code(bytes));
        }
    }

    #[test]
    fn a_code_that_was_damaged_is_that_code_or_none(code in any::<[u8; 16]>(), at in 0_usize..34, other in "[A-ZА-Я0-9 -]{0,2}") {
        let text = ActivationCode::from_bytes(code).to_string();
        let damaged = format!("{}{other}{}", &text[..at], &text[at + 1..]);
        if let Ok(read) = activation_code(damaged.as_bytes()) {
            prop_assert_eq!(read.as_bytes(), &code);
        }
    }
}

/// "请收好：", "José", and the like: letters of 8-bit codes around a text in ASCII.
const AROUND: [(&[u8], &[u8]); 4] = [
    (b"\xc7\xeb\xca\xd5\xba\xc3\xa3\xba\n", b"\n\xd0\xbb\xd0\xbb"),
    (b"\xd4\x5a\xd4\x41\n", b"\n\xd4\x5a"),
    (b"Gr\xfc\xdfe an Jos\xe9:\r\n", b"\r\n\x84Danke\x93"),
    (b"\x93Hello\x94 \x96 here it is:\n", b"\n\xa9 2026"),
];

fn within(around: (&[u8], &[u8]), text: &str) -> Vec<u8> {
    [around.0, text.trim().as_bytes(), around.1].concat()
}

#[test]
fn what_is_ascii_is_read_within_text_in_an_8_bit_code() {
    let code: ActivationCode = CODE.parse().unwrap();
    let request_text = REQUEST.replace("Käthe", "Kathe");
    let expected: VendorFile = VENDOR.parse().unwrap();
    for around in AROUND {
        assert_eq!(license(&within(around, LICENSE)).as_deref(), Ok(LICENSE.trim()), "{around:?}");
        assert_eq!(activation_code(&within(around, CODE)), Ok(code.clone()), "{around:?}");
        let read: serde_json::Value =
            serde_json::from_str(&request(&within(around, &request_text)).unwrap()).unwrap();
        assert_eq!(read, serde_json::from_str::<serde_json::Value>(&request_text).unwrap());
        assert_eq!(vendor_file(&within(around, VENDOR)).unwrap().parse().as_ref(), Ok(&expected));
        let mail = |text: &str| {
            let coded = data_encoding::BASE64.encode(&within(around, text));
            format!(
                "From: a@example.com\nContent-Transfer-Encoding: base64\n\n{}\n",
                wrapped(&coded, 76, "\n")
            )
        };
        assert_eq!(license(mail(LICENSE).as_bytes()).as_deref(), Ok(LICENSE.trim()), "{around:?}");
        assert_eq!(activation_code(mail(CODE).as_bytes()), Ok(code.clone()), "{around:?}");
    }
    // Straight behind a letter whose second byte looks like one of ASCII.
    assert_eq!(license(&within((b"\xd4\x5a", b""), LICENSE)).as_deref(), Ok(LICENSE.trim()));
    assert_eq!(activation_code(&within((b"\xd4\x5a", b"\xd4\x5a"), CODE)), Ok(code));
}

#[test]
fn what_is_no_ascii_is_named_where_it_would_be_used() {
    let not_ascii = |text: &str, from: &str, bytes: &[u8]| {
        let (start, end) = text.split_once(from).unwrap();
        [start.as_bytes(), bytes, end.as_bytes()].concat()
    };
    let request_bytes = not_ascii(REQUEST, "Käthe", b"K\xe4the");
    assert_eq!(request(&request_bytes), Err(SavedTextError::NotUtf8));
    let product = not_ascii(VENDOR, "cad-pro", b"\xc9\xe8\xbc\xc6");
    assert_eq!(vendor_file(&product), Err(SavedTextError::NotUtf8));
    let commented = [b"# \xc7\xeb\xca\xd5\xba\xc3\n", VENDOR.as_bytes()].concat();
    assert_eq!(vendor_file(&commented).unwrap().parse::<VendorFile>(), VENDOR.parse());
}

#[test]
fn a_vendor_file_that_a_word_processor_changed_is_read_where_its_words_are_certain() {
    let expected: VendorFile = VENDOR.parse().unwrap();
    let quoted = VENDOR.replacen('"', "\u{201c}", 1).replacen('"', "\u{201d}", 1);
    assert_eq!(vendor_file(quoted.as_bytes()).unwrap().parse().as_ref(), Ok(&expected));
    for (from, to) in
        [("cad-pro", "cad\u{2013}pro"), ("https://", "https://\u{2013}"), ("https://", "https://it\u{2019}s")]
    {
        for text in [VENDOR.replace(from, to), quoted.replace(from, to)] {
            assert_eq!(
                vendor_file(text.as_bytes()),
                Err(SavedTextError::Damaged(SavedText::VendorFile)),
                "{text}"
            );
        }
    }
}

#[test]
fn tokens_of_other_programs_are_named_and_not_shown() {
    let coded = |json: &str| data_encoding::BASE64URL_NOPAD.encode(json.as_bytes());
    let token = |header: &str| {
        format!("{}.{}.c2lnbmF0dXJl", coded(header), coded(r#"{"iss":"https://login.example"}"#))
    };
    for header in [
        r#"{"alg":"RS256","typ":"JWT","kid":"1"}"#,
        r#"{"alg":"EdDSA"}"#,
        r#"{"typ":"at+jwt","alg":"ES256"}"#,
    ] {
        for text in [token(header), format!("Bearer {}\n", token(header)), format!("> {}", token(header))] {
            assert_eq!(license(text.as_bytes()), Err(SavedTextError::Token), "{text}");
        }
    }
    for key in [
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "AKIAIOSFODNN7EXAMPLE",
        "Bearer 4d7c0e91b5f8a3620d97ecb5",
    ] {
        assert_eq!(license(key.as_bytes()), Err(SavedTextError::AccessKey), "{key}");
    }
    // One of ours that was changed stays for its reader to say what is wrong with it.
    let changed = LICENSE.trim().replacen('.', ".e", 1);
    assert_eq!(license(changed.as_bytes()).as_deref(), Ok(changed.as_str()));
}
