//! A JSON object from outside, read strictly.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// The members of an object, each once. Those that nobody asks for are ignored.
pub(crate) struct Members(BTreeMap<String, Value>);

/// What is wrong with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MembersError {
    /// It is none, or a member stands in it twice.
    #[error("this is not a JSON object of members that each stand once")]
    NotAnObject,
    /// A member is left out.
    #[error("the member {0} is missing")]
    Missing(&'static str),
    /// A member is something else than a text.
    #[error("the member {0} is not a text")]
    NotAText(&'static str),
}

impl Members {
    /// Reads a text.
    ///
    /// # Errors
    /// It is no JSON object, or a member stands in it twice: two programs would disagree on which of them counts.
    pub(crate) fn read(body: &[u8]) -> Result<Self, MembersError> {
        serde_json::from_slice(body).map_err(|_| MembersError::NotAnObject)
    }

    /// A text that may be left out.
    ///
    /// # Errors
    /// It is something else than a text.
    pub(crate) fn optional(&self, name: &'static str) -> Result<Option<&str>, MembersError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(MembersError::NotAText(name)),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// It is missing, or something else than a text.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, MembersError> {
        self.optional(name)?.ok_or(MembersError::Missing(name))
    }

    /// A whole number, if it is one.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

/// The bytes of a member of an object that was read, as they came: members that stand twice inside are still there.
pub(crate) fn raw<'a>(body: &'a [u8], name: &str) -> Option<&'a str> {
    let members: BTreeMap<Cow<'a, str>, &RawValue> = serde_json::from_slice(body).ok()?;
    members.get(name).map(|value| value.get()).filter(|json| *json != "null")
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("twice"));
            }
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_body_is_one_object_of_members_that_stand_once() {
        for body in [
            "",
            "[]",
            "\"x\"",
            "null",
            "{",
            "{}{}",
            r#"{"a":1,"a":1}"#,
            r#"{"a":"\ud800"}"#,
            "{\"a\":\"\u{0}\"}",
        ] {
            assert!(Members::read(body.as_bytes()).is_err(), "{body}");
        }
        assert!(Members::read(b"{\"a\":\"\xff\"}").is_err());
        let members = Members::read(br#" {"a":"x","b":null,"c":7,"d":{"e":[]}} "#).unwrap();
        assert_eq!((members.required("a").unwrap(), members.optional("b").unwrap()), ("x", None));
        let error = |name| members.required(name).unwrap_err();
        assert_eq!((error("b"), error("z")), (MembersError::Missing("b"), MembersError::Missing("z")));
        assert_eq!((error("c"), members.number("c")), (MembersError::NotAText("c"), Some(7)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,40}") {
            let _ = Members::read(&body);
            let json = serde_json::json!({ "license": text }).to_string();
            let members = Members::read(json.as_bytes()).unwrap();
            prop_assert_eq!(members.required("license").unwrap(), text);
        }
    }
}
