//! Random search: a fingerprint that was wrapped or damaged on its way is the same device or refused, never another.

#![expect(clippy::expect_used, reason = "the helpers of a test fail it")]

use license_core::{Binding, Device, Fingerprint, Reading, Realm, Threshold, Weights};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const REALM: &str = "https://vendor.example";

/// A machine as four parts, and as `DF1-…`.
fn machines() -> impl Strategy<Value = String> {
    let parts = (
        "0[048C]",
        "[0-9A-F]{4}[1-9][0-9A-F]{5}",
        "[0-9A-Z]{6}1[0-9A-Z]{5}5[0-9]",
        "[A-Z]{4}7[0-9]{2} [0-9]{3}",
    );
    let parts = parts.prop_map(|(first, mac, disk, board)| {
        let mac = format!("{first}{mac}");
        let mac: Vec<_> = mac.as_bytes().chunks(2).map(|byte| String::from_utf8_lossy(byte)).collect();
        format!("{}|{disk}|{board}|BFEBFBFF00090672", mac.join(":"))
    });
    let df1 = parts.clone().prop_map(|text| read(&text).expect("read").to_text().expect("components"));
    prop_oneof![parts, df1]
}

/// The same, and identifiers of the vendor's own.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![2 => machines(), 1 => "[a-z]{4,8}-[a-z]{2}[0-9]{2}7[A-F]{2}-[0-9]{3}[G-T]"]
}

fn read(text: &str) -> Result<Fingerprint, license_core::FingerprintError> {
    Fingerprint::parse(text, &Realm::new(REALM))
}

/// What stands before and after what is copied along with a text.
fn wraps() -> impl Strategy<Value = (&'static str, &'static str)> {
    select(vec![
        ("", ""),
        ("\u{feff}", "\r\n"),
        (" \u{3000}", "\u{a0}"),
        ("\u{200e}", "\u{200b}"),
        ("\u{201c}", "\u{201d}"),
        ("\u{201e}", ""),
        ("", "\u{201d}"),
        ("\"", "\""),
        ("'", "'"),
        ("`", "`"),
        ("\u{ab}\u{a0}", "\u{a0}\u{bb}"),
        ("\u{300c}", "\u{300d}"),
        ("fingerprint: ", ""),
        ("Fingerprint\t", ""),
        ("Gerätekennung: ", "\nViele Grüße"),
        ("设备指纹：", "。"),
        ("device fingerprint = ", ";"),
        ("Hello,\nthe fingerprint is:\n\n", "\n\nRegards"),
        ("{\"fingerprint\":\"", "\"}"),
        ("{\"license_request\":1,\"fingerprint\":\"", "\",\"name\":\"x\"}"),
        ("{'fingerprint': '", "'}"),
        ("**", "**"),
        ("```\n", "\n```"),
        ("> ", ""),
        ("<p>", "</p>"),
        ("&#34;", "&#34;"),
        ("%22", "%22"),
        ("\u{2026}", ""),
        ("", "\u{2026}"),
        ("(", ")"),
        ("<", ">"),
        ("| ", " |"),
    ])
}

/// What is done to a text itself.
#[derive(Clone, Debug)]
enum Damage {
    None,
    Broken(usize, &'static str),
    Dotted(Index, &'static str),
    FullWidth,
    Dashes(char),
    Coded(char, &'static str),
    Utf16,
}

fn damages() -> impl Strategy<Value = Damage> {
    let breaks = select(vec!["\n", "\r\n", "\n> ", " \n", "=\r\n", "\u{2028}"]);
    let marks = select(vec!["\u{200b}", "\u{ad}", "\u{feff}", "\u{2060}", "\u{200d}"]);
    prop_oneof![
        Just(Damage::None),
        (select(vec![20_usize, 40, 64, 72, 76, 78]), breaks).prop_map(|(at, end)| Damage::Broken(at, end)),
        (any::<Index>(), marks).prop_map(|(at, mark)| Damage::Dotted(at, mark)),
        Just(Damage::FullWidth),
        select(vec!['\u{2010}', '\u{2013}', '\u{2212}', '\u{ff0d}']).prop_map(Damage::Dashes),
        select(vec![
            ('|', "%7C"),
            ('|', "&#124;"),
            ('|', "\u{ff5c}"),
            ('|', "\u{2502}"),
            ('-', "&#45;"),
            (':', "%3A"),
            (':', "\u{ff1a}"),
            (' ', "%20"),
            (' ', "\u{a0}")
        ])
        .prop_map(|(was, is)| Damage::Coded(was, is)),
        Just(Damage::Utf16),
    ]
}

impl Damage {
    fn done_to(&self, text: &str) -> String {
        let chars = || text.chars().collect::<Vec<_>>();
        match self {
            Self::None => text.to_owned(),
            Self::Broken(at, end) => {
                chars().chunks(*at).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join(end)
            }
            Self::Dotted(at, mark) => {
                let mut chars: Vec<String> = text.chars().map(String::from).collect();
                chars.insert(at.index(chars.len()), (*mark).to_owned());
                chars.concat()
            }
            Self::FullWidth => text
                .chars()
                .map(|c| {
                    if c.is_ascii_graphic() {
                        char::from_u32(u32::from(c) + 0xfee0).expect("a letter")
                    } else {
                        c
                    }
                })
                .collect(),
            Self::Dashes(dash) => text.replace('-', &dash.to_string()),
            Self::Coded(was, is) => text.replace(*was, is),
            Self::Utf16 => text.chars().flat_map(|c| [c, '\0']).collect(),
        }
    }
}

/// The same device: what it reads as opens with a license for the text as it was.
fn is_the_same(read: &Fingerprint, meant: &Fingerprint) -> bool {
    let licensed = Binding::new(meant, &Weights::default(), Threshold::default()).expect("bound");
    read.is_opaque() == meant.is_opaque()
        && licensed.check(&Device::new(read.clone(), Reading::Unprivileged)).score_percent() == 100
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_text_that_was_wrapped_on_its_way_is_the_same_device_or_refused(
        text in texts(), (before, after) in wraps(), damage in damages(), outside in any::<bool>(),
    ) {
        let meant = read(&text).unwrap();
        let pasted = if outside {
            damage.done_to(&format!("{before}{text}{after}"))
        } else {
            format!("{before}{}{after}", damage.done_to(&text))
        };
        // Base64 ends so.
        prop_assume!(!pasted.trim_end_matches(|c: char| c.is_whitespace() || c == '\u{200b}').ends_with('='));
        if let Ok(found) = read(&pasted) {
            prop_assert!(is_the_same(&found, &meant), "{pasted:?}");
        }
    }

    #[test]
    fn a_fingerprint_of_which_something_is_lost_or_changed_is_no_identifier(
        text in machines(), at in any::<Index>(), len in 1_usize..6, other in "[A-Z0-9.!?lI]{0,3}",
    ) {
        let at = at.index(text.len());
        let end = (at + len).min(text.len());
        let pasted = format!("{}{other}{}", &text[..at], &text[end..]);
        // With a bar too few it may be what another program gives.
        if pasted.matches('|').count() == text.matches('|').count() {
            prop_assert!(!read(&pasted).is_ok_and(|found| found.is_opaque()), "{pasted:?}");
        }
    }
}
