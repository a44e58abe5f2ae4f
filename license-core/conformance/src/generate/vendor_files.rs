//! `vendor_file`: files as they are written and edited, and files that cannot be used.

use license_core::VendorFile;
use serde_json::{Value, json};

use super::keys::edited_jwk;
use super::rng::Rng;
use super::signer::Signer;
use super::{Asked, VENDOR, toml_values};

pub(super) fn ask(rng: &mut Rng) -> Asked {
    let mut settings: Vec<(String, String)> = vec![
        ("issuer".into(), quoted(VENDOR, rng)),
        ("product".into(), quoted(rng.word(&["cad-pro", "CAD 产品", "a\"b\\c", "tab\there"]), rng)),
    ];
    if rng.once_in(3) {
        settings.push(("realm".into(), quoted(rng.word(&["realm-1", ""]), rng)));
    }
    if rng.once_in(3) {
        let server = rng.word(&["https://licenses.vendor.example", "https://licenses.vendor.example", ""]);
        settings.push(("server".into(), quoted(server, rng)));
    }
    if rng.once_in(3) {
        settings.push(("test".into(), (rng.word(&["true", "false"])).into()));
    }
    let mut keys: Vec<Value> = (1..=1 + rng.below(3)).map(|n| Signer::of(n as u8).jwk()).collect();
    let mut why = "a vendor file".to_owned();
    match rng.below(16) {
        0 => {
            settings.retain(|(name, _)| name != "issuer");
            why = "no issuer".into();
        }
        1 => {
            settings[1].1 = "\"\"".into();
            why = "an empty product".into();
        }
        2 => {
            keys.clear();
            why = "no keys".into();
        }
        3 | 4 => {
            keys.push(edited_jwk(&Signer::of(5), rng));
            why = "a key that may be none".into();
        }
        5 => {
            let name = rng.word(&["isuer", "tests", "Issuer", "key", "x"]);
            settings.push((name.into(), "1".into()));
            why = format!("a setting `{name}` that is not known");
        }
        6 => {
            let twice = settings[0].clone();
            settings.push(twice);
            why = "a setting twice".into();
        }
        7 => {
            settings[0].1 =
                (rng.word(&["7", "true", "[]", "https://vendor.example", "\"open", "'a\"", "\"a\\qb\""]))
                    .into();
            why = format!("an issuer that is {}", settings[0].1);
        }
        8 => {
            settings.push(("test".into(), (rng.word(&["1", "\"true\"", "yes", "True"])).into()));
            why = "a test that is neither true nor false".into();
        }
        9 => {
            let first = keys[0].clone();
            keys.push(first);
            why = "a key twice".into();
        }
        _ => {}
    }
    if rng.once_in(3) {
        let to = rng.below(settings.len());
        settings.rotate_left(to);
    }
    let mut more = None;
    if rng.once_in(2) {
        let (member, value) = (rng.word(&MEMBERS), toml_values::value(rng));
        why = format!("{why}; a key's `{member}` is {}", value.chars().take(60).collect::<String>());
        more = Some(format!("{member} = {value}"));
    }
    let mut text = write(&settings, &keys, more.as_deref(), rng);
    if rng.once_in(4) {
        let edited = edited(&text, rng);
        // More of TOML may be read than vendor files are made of, but nothing that is none.
        if edited.parse::<VendorFile>().is_err() {
            text = edited;
            why = "a vendor file with a character changed, added or left out".into();
        }
    }
    if rng.once_in(6) {
        text = text.replace('\n', "\r\n");
    }
    if rng.once_in(30) {
        text = text[..text.len() / 2].to_owned();
        why = "half a file".into();
    }
    (why, json!({"text": text}))
}

/// Members of a key: most are passed over.
const MEMBERS: [&str; 8] = ["x-note", "n", "exp", "key_ops", "'a b'", "\"\"", "use", "kid"];

fn edited(text: &str, rng: &mut Rng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..1 + rng.below(2) {
        let at = rng.below(chars.len() + 1);
        let new = *rng.pick(&[
            '"', '\'', '\\', '[', ']', '{', '}', '=', ',', '.', '#', '\n', '\r', '\t', ' ', '\0', '\u{7f}',
            '\u{b}', '\u{85}', '\u{2028}', '\u{feff}', 'é', '0', '_', '-', '+', 'u', 'U', 'a',
        ]);
        match rng.below(3) {
            0 if at < chars.len() => _ = chars.remove(at),
            1 if at < chars.len() => chars[at] = new,
            _ => chars.insert(at, new),
        }
    }
    chars.into_iter().collect()
}

/// The file; `more` stands in its first key, behind the other members.
fn write(settings: &[(String, String)], keys: &[Value], more: Option<&str>, rng: &mut Rng) -> String {
    let mut text = String::new();
    if rng.once_in(3) {
        text.push_str("# Whose licenses are trusted # here\n\n");
    }
    let equals = rng.word(&[" = ", "=", "  =  "]);
    for (name, value) in settings {
        let remark = if rng.once_in(6) { "  # a remark with \"quotes\" = 1" } else { "" };
        text.push_str(&format!("{name}{equals}{value}{remark}\n"));
    }
    if rng.once_in(4) {
        let with = |(n, jwk): (usize, &Value)| format!("{{ {} }}", with_more(n, jwk, more).join(", "));
        let tables: Vec<_> = keys.iter().enumerate().map(with).collect();
        text.push_str(&format!("keys = [{}]\n", tables.join(if rng.once_in(2) { ", " } else { ",\n  " })));
        return text;
    }
    for (n, jwk) in keys.iter().enumerate() {
        let indent = if rng.once_in(6) { "  " } else { "" };
        text.push_str("\n[[keys]]\n");
        with_more(n, jwk, more).iter().for_each(|member| text.push_str(&format!("{indent}{member}\n")));
    }
    text
}

fn with_more(n: usize, jwk: &Value, more: Option<&str>) -> Vec<String> {
    let mut members = members(jwk);
    members.extend(more.filter(|_| n == 0).map(str::to_owned));
    members
}

fn members(jwk: &Value) -> Vec<String> {
    let members = jwk.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    members.map(|(name, value)| format!("{name} = {value}")).collect()
}

/// A text in either kind of quotes.
fn quoted(text: &str, rng: &mut Rng) -> String {
    let is_plain = text.chars().all(|c| c != '\'' && !c.is_control());
    if is_plain && rng.once_in(4) {
        return format!("'{text}'");
    }
    if rng.once_in(6) {
        let spelled: String = text.chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect();
        return format!("\"{spelled}\"");
    }
    // JSON's escapes are among TOML's.
    Value::from(text).to_string()
}
