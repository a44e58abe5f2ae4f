//! The body of a call, and the form of it that the store signs.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Arrays and objects inside each other; the store's calls have two.
const MAX_DEPTH: usize = 32;

/// A call's JSON object, its members sorted by name, their values as they were sent.
#[derive(Debug)]
pub struct Body<'a> {
    members: BTreeMap<String, &'a RawValue>,
}

/// How numbers and booleans of the top level stand in the canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalars {
    /// As they were sent.
    AsSent,
    /// As strings: the store's sample code binds them so before it signs.
    AsText,
}

/// A body that is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not one JSON object in UTF-8.
    #[error("is not a JSON object")]
    NotAnObject,
    /// A member stands twice: two readers would disagree on which of them counts.
    #[error("names a member twice")]
    Duplicate,
    /// Over 32 arrays and objects inside each other.
    #[error("is nested too deeply")]
    TooDeep,
    /// An escape for half a character.
    #[error("holds a string that is no text")]
    NotText,
}

impl<'a> Body<'a> {
    /// Reads a body. White space around it is allowed, anything else is not.
    ///
    /// # Errors
    /// [`BodyError`]; a string that is no text is found only by [`canonical`](Self::canonical) or by who reads it.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BodyError> {
        let text = std::str::from_utf8(bytes).map_err(|_| BodyError::NotAnObject)?;
        if depth(text.as_bytes()) > MAX_DEPTH {
            return Err(BodyError::TooDeep);
        }
        match serde_json::from_str(text) {
            Ok(Members { duplicate: true, .. }) => Err(BodyError::Duplicate),
            Ok(Members { members, .. }) => Ok(Self { members }),
            Err(_) => Err(BodyError::NotAnObject),
        }
    }

    /// The value of a member as it was sent; `null` counts as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.members.get(name).copied().filter(|value| value.get() != "null")
    }

    /// Compact JSON with the top level sorted and its nulls left out, nested values in the order they were sent,
    /// and strings with no escape that JSON does not demand.
    ///
    /// # Errors
    /// [`BodyError::NotText`]
    pub fn canonical(&self, scalars: Scalars) -> Result<String, BodyError> {
        let mut out = String::from("{");
        for (name, value) in self.members.iter().filter(|(_, value)| value.get() != "null") {
            if out.len() > 1 {
                out.push(',');
            }
            push_string(name, &mut out);
            out.push(':');
            let bare = !value.get().starts_with(['"', '{', '[']);
            if bare && scalars == Scalars::AsText {
                push_string(value.get(), &mut out);
            } else {
                push_compact(value.get(), &mut out)?;
            }
        }
        out.push('}');
        Ok(out)
    }

    /// Whether a number or a boolean stands at the top level, so that the two canonical forms differ.
    #[must_use]
    pub fn has_bare_scalars(&self) -> bool {
        self.members.values().any(|value| !value.get().starts_with(['"', '{', '[', 'n']))
    }
}

/// Appends valid JSON without its white space and with its strings respelled.
fn push_compact(json: &str, out: &mut String) -> Result<(), BodyError> {
    let mut rest = json;
    while let Some(at) = rest.find(['"', ' ', '\t', '\n', '\r']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('"') {
            let (string, after) = rest.split_at(string_len(rest.as_bytes()));
            let string: String = serde_json::from_str(string).map_err(|_| BodyError::NotText)?;
            push_string(&string, out);
            rest = after;
        } else {
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Ok(())
}

fn push_string(text: &str, out: &mut String) {
    use fmt::Write as _;
    out.push('"');
    for c in text.chars() {
        // Writing to a String cannot fail.
        let _ = match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            '\u{8}' => out.write_str("\\b"),
            '\u{c}' => out.write_str("\\f"),
            c if c < ' ' => write!(out, "\\u{:04x}", u32::from(c)),
            c => out.write_char(c),
        };
    }
    out.push('"');
}

/// The bytes of the string that `json` begins with, both quotes included; all of it when the end is missing.
fn string_len(json: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in json.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

/// How many arrays and objects stand inside each other, strings not counted.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => at += string_len(&json[at..]) - 1,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// What serde reads; a duplicate is told apart from other faults here.
struct Members<'a> {
    members: BTreeMap<String, &'a RawValue>,
    duplicate: bool,
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let (mut members, mut duplicate) = (BTreeMap::new(), false);
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    duplicate |= members.insert(name, value).is_some();
                    // A body is at most 64 KiB, but nobody sends this many members in earnest.
                    if members.len() > 256 {
                        return Err(A::Error::custom("too many members"));
                    }
                }
                Ok(Members { members, duplicate })
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn canonical(json: &str) -> String {
        Body::parse(json.as_bytes()).unwrap().canonical(Scalars::AsSent).unwrap()
    }

    #[test]
    fn the_top_level_is_sorted_and_loses_its_nulls() {
        assert_eq!(canonical(r#" {"b" : 1 , "a" : "x y", "c":null }"#), r#"{"a":"x y","b":1}"#);
        assert_eq!(canonical("{}"), "{}");
    }

    #[test]
    fn nested_values_stay_in_order_and_keep_their_nulls() {
        assert_eq!(
            canonical("{\"z\":{ \"y\":null,\n\"x\" : [ 1.50, true, \"a b\" ] }}"),
            r#"{"z":{"y":null,"x":[1.50,true,"a b"]}}"#
        );
    }

    #[test]
    fn strings_lose_every_escape_that_json_does_not_demand() {
        assert_eq!(
            canonical(r#"{"a":"\u4e2d\/\u0022\\\u0009\u001f\ud83d\ude00","\u0062":{"\u0063":"\/"}}"#),
            "{\"a\":\"中/\\\"\\\\\\t\\u001f😀\",\"b\":{\"c\":\"/\"}}"
        );
    }

    #[test]
    fn scalars_become_text_only_at_the_top_and_only_when_asked() {
        let body = Body::parse(br#"{"a":7,"b":true,"c":{"d":1},"e":"f","g":null}"#).unwrap();
        assert!(body.has_bare_scalars());
        assert_eq!(body.canonical(Scalars::AsText).unwrap(), r#"{"a":"7","b":"true","c":{"d":1},"e":"f"}"#);
        assert!(!Body::parse(br#"{"a":"7","g":null,"c":{"d":1}}"#).unwrap().has_bare_scalars());
    }

    #[test]
    fn what_is_no_call_is_refused() {
        let error = |json: &str| Body::parse(json.as_bytes()).unwrap_err();
        for json in
            ["", "[]", "7", "null", "{", "{}x", "{}{}", "{\"a\":}", "{'a':1}", "\u{feff}{}", "{\"a\":01}"]
        {
            assert_eq!(error(json), BodyError::NotAnObject, "{json}");
        }
        assert_eq!(error(r#"{"a":1,"a":1}"#), BodyError::Duplicate);
        assert_eq!(error(r#"{"a":1,"\u0061":null}"#), BodyError::Duplicate);
        assert_eq!(Body::parse(b"{\"a\":\"\xff\"}").unwrap_err(), BodyError::NotAnObject);
        let nested = |n| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(Body::parse(nested(31).as_bytes()).is_ok());
        assert_eq!(error(&nested(32)), BodyError::TooDeep);
        assert_eq!(error(&"[".repeat(60_000)), BodyError::TooDeep);
        let many: Vec<_> = (0..257).map(|n| format!("\"m{n}\":0")).collect();
        assert_eq!(error(&format!("{{{}}}", many.join(","))), BodyError::NotAnObject);
    }

    #[test]
    fn brackets_in_strings_are_not_depth() {
        assert!(Body::parse(format!(r#"{{"a":"\"{}"}}"#, "[".repeat(99)).as_bytes()).is_ok());
    }

    #[test]
    fn half_a_character_has_no_canonical_form() {
        for json in [r#"{"a":"\ud800"}"#, r#"{"a":[{"b":"\udc00x"}]}"#] {
            let body = Body::parse(json.as_bytes()).unwrap();
            assert_eq!(body.canonical(Scalars::AsSent), Err(BodyError::NotText));
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,8}|[\\x00-\\x20\"\\\\/]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("\\PC{0,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(bytes in vec(any::<u8>(), 0..200)) {
            let _ = Body::parse(&bytes).map(|body| body.canonical(Scalars::AsText));
        }

        #[test]
        fn anything_like_json_gets_an_answer(text in "[\\[\\]{}\",:\\\\u0-9a-f ntrl.-]{0,60}") {
            let _ = Body::parse(text.as_bytes()).map(|body| body.canonical(Scalars::AsSent));
        }

        #[test]
        fn the_canonical_form_means_the_same_is_sorted_and_is_its_own(
            members in proptest::collection::btree_map("\\PC{0,6}", any_json(), 0..6),
            pretty: bool,
        ) {
            let object = Value::Object(members.clone().into_iter().collect());
            let sent = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) };
            let once = canonical(&sent.unwrap());
            prop_assert_eq!(canonical(&once), once.clone());

            let kept: Vec<_> = members.into_iter().filter(|(_, value)| !value.is_null()).collect();
            let reread: Value = serde_json::from_str(&once).unwrap();
            prop_assert_eq!(reread, Value::Object(kept.iter().cloned().collect()));
            let mut at = 0;
            for (name, _) in &kept {
                let mut quoted = String::new();
                push_string(name, &mut quoted);
                at += once[at..].find(&quoted).unwrap();
            }
        }
    }
}
