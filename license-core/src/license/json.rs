//! JSON without a member that stands twice: two parsers would disagree on which of them counts.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

/// Whether a JSON text is an object: serde would read a struct from a list of its values as well.
pub(crate) fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().first() == Some(&b'{')
}

/// A value that is read from an object alone, at whatever depth it stands.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Members<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members))
            }
        }
        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

/// What was wrong with a JSON text, in one short line: what it quotes may be hostile to a terminal.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let shown = |c: char| c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric();
    error.to_string().chars().take(160).map(|c| if shown(c) { c } else { '?' }).collect()
}

/// Any JSON value, read only to see that no object in it names a member twice.
pub(crate) struct UniqueMembers;

impl<'de> Deserialize<'de> for UniqueMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> de::Visitor<'de> for AnyValue {
    type Value = UniqueMembers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without duplicate members")
    }

    fn visit_bool<E>(self, _: bool) -> Result<UniqueMembers, E> {
        Ok(UniqueMembers)
    }

    fn visit_i64<E>(self, _: i64) -> Result<UniqueMembers, E> {
        Ok(UniqueMembers)
    }

    fn visit_u64<E>(self, _: u64) -> Result<UniqueMembers, E> {
        Ok(UniqueMembers)
    }

    fn visit_f64<E>(self, _: f64) -> Result<UniqueMembers, E> {
        Ok(UniqueMembers)
    }

    fn visit_str<E>(self, _: &str) -> Result<UniqueMembers, E> {
        Ok(UniqueMembers)
    }

    fn visit_unit<E>(self) -> Result<UniqueMembers, E> {
        Ok(UniqueMembers)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<UniqueMembers, A::Error> {
        while items.next_element::<UniqueMembers>()?.is_some() {}
        Ok(UniqueMembers)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut members: A) -> Result<UniqueMembers, A::Error> {
        // Few are looked through faster, and many would take the square of their number.
        let mut seen: Vec<Cow<'de, str>> = Vec::with_capacity(16);
        let mut more: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(MemberName(name)) = members.next_key()? {
            if seen.contains(&name) || more.contains(&name) {
                return Err(de::Error::custom(format_args!("duplicate member `{name}`")));
            }
            if seen.len() < FEW {
                seen.push(name);
            } else {
                more.insert(name);
            }
            members.next_value::<UniqueMembers>()?;
        }
        Ok(UniqueMembers)
    }
}

/// Members that are kept in a row.
const FEW: usize = 32;

/// A member's name, borrowed unless it holds escapes.
struct MemberName<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for MemberName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> de::Visitor<'de> for Name {
            type Value = MemberName<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<MemberName<'de>, E> {
                Ok(MemberName(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<MemberName<'de>, E> {
                Ok(MemberName(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_stands_twice_is_refused_at_any_depth() {
        let reads = |json: &str| serde_json::from_str::<UniqueMembers>(json).is_ok();
        assert!(reads(r#"{"a":1,"b":{"a":[{"a":null},{"a":-1.5}]},"c":"x","d":true}"#));
        assert!(!reads(r#"{"a":1,"a":1}"#));
        assert!(!reads(r#"{"a":1,"\u0061":1}"#), "the same name in another spelling");
        assert!(!reads(r#"{"x":[{"b":{"a":1,"c":2,"a":3}}]}"#));
    }

    /// The largest double is 1.7976931348623157e308, and what rounds to it reaches to half of a step beyond it.
    #[test]
    fn a_number_is_too_great_if_its_nearest_double_is_none() {
        let reads = |json: &str| serde_json::from_str::<UniqueMembers>(json).is_ok();
        for fits in [
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "-1.7976931348623158e308",
            "17976931348623158e292",
            "1.797693134862315807e308",
            "5e-324",
            "1e-999",
            "0e999",
        ] {
            assert!(reads(fits), "{fits}");
        }
        for too_great in [
            "1.7976931348623159e308",
            "1.797693134862315808e308",
            "179769313486231593e291",
            "-179769313486231593e291",
            "1e309",
            "1e999",
        ] {
            assert!(!reads(too_great), "{too_great}");
        }
    }

    #[test]
    fn a_member_that_stands_twice_is_found_among_many() {
        let members: Vec<String> = (0..100).map(|n| format!("\"m{n}\":{n}")).collect();
        let object = |more: &str| format!("{{{}{more}}}", members.join(","));
        assert!(serde_json::from_str::<UniqueMembers>(&object("")).is_ok());
        for twice in [0, 31, 32, 99] {
            assert!(
                serde_json::from_str::<UniqueMembers>(&object(&format!(",\"m{twice}\":0"))).is_err(),
                "{twice}"
            );
        }
    }
}
