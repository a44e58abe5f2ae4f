//! The binding as the `dev` claim of a license: one spelling out, strict in.

use std::fmt;

use serde::de::{
    self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer,
};
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::binding::{Binding, Form, Weighted};
use super::kind::{Kind, TABLE};
use super::realm::{Digest, OpaqueId, RealmTag};
use super::weights::Threshold;

const VERSION: u8 = 1;

impl Serialize for Binding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("v", &VERSION)?;
        map.serialize_entry("r", &self.realm)?;
        match &self.form {
            Form::Weighted(weighted) => {
                map.serialize_entry("min", &weighted.min.get())?;
                map.serialize_entry("c", weighted)?;
                if weighted.privileged {
                    map.serialize_entry("priv", &true)?;
                }
            }
            Form::Opaque(id) => map.serialize_entry("id", id)?,
        }
        map.end()
    }
}

/// The `c` member.
impl Serialize for Weighted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.kinds().map(|(kind, weight, digests)| (kind, Row { weight, digests })))
    }
}

struct Row<'a> {
    weight: u8,
    digests: &'a [(Kind, Digest)],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(1 + self.digests.len()))?;
        seq.serialize_element(&self.weight)?;
        self.digests.iter().try_for_each(|(_, digest)| seq.serialize_element(digest))?;
        seq.end()
    }
}

impl<'de> Deserialize<'de> for Binding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asking for a map first: a derived struct would also be read from an array.
        deserializer.deserialize_map(DevVisitor)
    }
}

struct DevVisitor;

impl<'de> Visitor<'de> for DevVisitor {
    type Value = Binding;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a device binding")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Binding, A::Error> {
        let dev = Dev::deserialize(MapAccessDeserializer::new(map))?;
        if dev.v != VERSION {
            return Err(de::Error::custom("unknown version of the device binding"));
        }
        let form = match dev {
            Dev { min: Some(min), c: Some(licensed), id: None, privileged, .. }
                if privileged != Some(false) =>
            {
                let min = Threshold::try_from(min).map_err(de::Error::custom)?;
                let Licensed { weights, digests } = licensed;
                Form::Weighted(Weighted { min, weights, digests, privileged: privileged.is_some() })
            }
            Dev { min: None, c: None, id: Some(id), privileged: None, .. } => Form::Opaque(id),
            _ => {
                return Err(de::Error::custom(
                    "a device binding has either min and c or id, and priv only if true",
                ));
            }
        };
        Ok(Binding { realm: dev.r, form })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dev {
    v: u8,
    r: RealmTag,
    #[serde(default, deserialize_with = "present")]
    min: Option<u8>,
    #[serde(default, deserialize_with = "present")]
    c: Option<Licensed>,
    #[serde(default, deserialize_with = "present")]
    id: Option<OpaqueId>,
    #[serde(default, rename = "priv", deserialize_with = "present")]
    privileged: Option<bool>,
}

/// A member that may be absent but never null.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

struct Licensed {
    weights: [u8; TABLE],
    digests: Vec<(Kind, Digest)>,
}

impl<'de> Deserialize<'de> for Licensed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LicensedVisitor)
    }
}

struct LicensedVisitor;

impl<'de> Visitor<'de> for LicensedVisitor {
    type Value = Licensed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("licensed components by kind")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Licensed, A::Error> {
        let mut licensed = Licensed { weights: [0; TABLE], digests: Vec::with_capacity(8) };
        while let Some(kind) = map.next_key::<Kind>()? {
            if kind == Kind::Cpu {
                return Err(de::Error::custom("a processor model is never licensed"));
            }
            if licensed.weights[usize::from(kind.as_byte())] != 0 {
                return Err(de::Error::custom(format_args!("kind {kind} is there twice")));
            }
            map.next_value_seed(RowSeed { kind, licensed: &mut licensed })?;
        }
        let Licensed { digests, .. } = &mut licensed;
        digests.sort_unstable();
        if digests.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(de::Error::custom("a digest is there twice"));
        }
        // Every kind that got here but a custom id may be joined by others, and all of them are anchors.
        let custom = digests.iter().any(|(kind, _)| *kind == Kind::Custom);
        if digests.is_empty() || (custom && digests.len() > 1) {
            return Err(de::Error::custom(
                "at least one component is licensed, and a custom id stands alone",
            ));
        }
        Ok(licensed)
    }
}

/// Reads one kind's weight and digests into the list.
struct RowSeed<'a> {
    kind: Kind,
    licensed: &'a mut Licensed,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a weight from 1 to 100, then 1 to {} digests", self.kind.limit())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some(weight @ 1..=100) = seq.next_element::<u8>()? else {
            return Err(de::Error::invalid_length(0, &self));
        };
        self.licensed.weights[usize::from(self.kind.as_byte())] = weight;
        let mut found = 0;
        while found < self.kind.limit() {
            let Some(digest) = seq.next_element()? else { break };
            self.licensed.digests.push((self.kind, digest));
            found += 1;
        }
        if found == 0 || seq.next_element::<IgnoredAny>()?.is_some() {
            return Err(de::Error::invalid_length(found, &self));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: &str = "vyj7Pw-7VUfqDw";
    const BOARD: &str = "jRzyFcSVhrpgkw";

    #[test]
    fn a_binding_is_written_in_one_way() {
        for json in [
            r#"{"v":1,"r":"1ivIVg","min":60,"c":{"mac":[10,"XnQK0wQHtUAIzg","mBiP_vxazkthrw"],"board":[25,"jRzyFcSVhrpgkw"]}}"#,
            r#"{"v":1,"r":"1ivIVg","min":51,"c":{"custom":[100,"jRzyFcSVhrpgkw"]}}"#,
            r#"{"v":1,"r":"1ivIVg","min":100,"c":{"tpm":[40,"jRzyFcSVhrpgkw"]},"priv":true}"#,
            r#"{"v":1,"r":"1ivIVg","id":"BcXTz-OnnoFfIUtVbz7E15TqoiWDn7gDjJ0A7L3vWeE"}"#,
        ] {
            let binding: Binding = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&binding).unwrap(), json);
        }
        let other_order = r#"{"c":{"board":[25,"jRzyFcSVhrpgkw"],"mac":[10,"mBiP_vxazkthrw","XnQK0wQHtUAIzg"]},"min":60,"r":"1ivIVg","v":1}"#;
        let binding: Binding = serde_json::from_str(other_order).unwrap();
        assert!(
            serde_json::to_string(&binding)
                .unwrap()
                .starts_with(r#"{"v":1,"r":"1ivIVg","min":60,"c":{"mac":[10,"X"#)
        );
    }

    #[test]
    fn anything_else_is_refused() {
        let with = |c: &str| format!(r#"{{"v":1,"r":"1ivIVg","min":60,"c":{c}}}"#);
        let digests = |n: u8| {
            (0..n).map(|i| format!("\"AAAAAAAAAAAA{}A\"", char::from(b'A' + i))).collect::<Vec<_>>().join(",")
        };
        assert!(serde_json::from_str::<Binding>(&with(&format!(r#"{{"mac":[10,{}]}}"#, digests(4)))).is_ok());
        let good = with(&format!(r#"{{"disk":[20,"{DISK}"]}}"#));
        assert!(serde_json::from_str::<Binding>(&good).is_ok());
        let mut bad: Vec<String> = [
            r#"{}"#.into(),
            format!(r#"{{"disk":[0,"{DISK}"]}}"#),
            format!(r#"{{"disk":[101,"{DISK}"]}}"#),
            format!(r#"{{"disk":[300,"{DISK}"]}}"#),
            format!(r#"{{"disk":[20.0,"{DISK}"]}}"#),
            format!(r#"{{"disk":["20","{DISK}"]}}"#),
            format!(r#"{{"disk":["{DISK}",20]}}"#),
            r#"{"disk":[20]}"#.into(),
            r#"{"disk":[]}"#.into(),
            r#"{"disk":20}"#.into(),
            r#"{"disk":null}"#.into(),
            format!(r#"{{"disk":[20,"{DISK}","{DISK}"]}}"#),
            format!(r#"{{"disk":[20,"{DISK}"],"disk":[20,"{BOARD}"]}}"#),
            format!(r#"{{"board":[20,"{DISK}","{BOARD}"]}}"#),
            format!(r#"{{"mac":[10,{}]}}"#, digests(5)),
            format!(r#"{{"cpu":[10,"{DISK}"]}}"#),
            format!(r#"{{"Disk":[20,"{DISK}"]}}"#),
            format!(r#"{{"gpu":[20,"{DISK}"]}}"#),
            format!(r#"{{"custom":[100,"{DISK}"],"disk":[20,"{DISK}"]}}"#),
            r#"{"disk":[20,"vyj7Pw-7VUfqDx"]}"#.into(),
            r#"{"disk":[20,"vyj7Pw-7VUfqD"]}"#.into(),
            r#"{"disk":[20,"vyj7Pw-7VUfqDw=="]}"#.into(),
            r#"{"disk":[20,"vyj7Pw+7VUfqDw"]}"#.into(),
            r#"{"disk":[20,null]}"#.into(),
            format!(r#"[["disk",[20,"{DISK}"]]]"#),
            "null".into(),
        ]
        .iter()
        .map(|c: &String| with(c))
        .collect();
        for (from, to) in [
            (r#""v":1"#, r#""v":2"#),
            (r#""v":1"#, r#""v":"1""#),
            (r#""v":1,"#, ""),
            (r#""v":1"#, r#""v":1,"v":1"#),
            (r#""min":60,"#, ""),
            ("60", "50"),
            ("60", "101"),
            ("60", "60.0"),
            ("60", "null"),
            (r#""r":"1ivIVg","#, ""),
            ("1ivIVg", "1ivIVgA"),
            ("}}", r#"},"priv":false}"#),
            ("}}", r#"},"priv":null}"#),
            ("}}", r#"},"priv":true,"priv":true}"#),
            ("}}", r#"},"x":1}"#),
            ("}}", r#"},"id":null}"#),
            ("}}", r#"},"id":"BcXTz-OnnoFfIUtVbz7E15TqoiWDn7gDjJ0A7L3vWeE"}"#),
        ] {
            bad.push(good.replacen(from, to, 1));
        }
        bad.extend(
            [
                r#"{"v":1,"r":"1ivIVg"}"#,
                r#"{"v":1,"r":"1ivIVg","id":"BcXTz-OnnoFfIUtVbz7E15TqoiWDn7gDjJ0A7L3vWe"}"#,
                r#"{"v":1,"r":"1ivIVg","id":"BcXTz-OnnoFfIUtVbz7E15TqoiWDn7gDjJ0A7L3vWeE","priv":true}"#,
                r#"{"v":1,"r":"1ivIVg","id":"BcXTz-OnnoFfIUtVbz7E15TqoiWDn7gDjJ0A7L3vWeE","min":60}"#,
                r#"[1,"1ivIVg",60,{"disk":[20,"vyj7Pw-7VUfqDw"]}]"#,
                "null",
                "\"dev\"",
            ]
            .map(String::from),
        );
        for json in bad {
            assert_ne!(json, good);
            assert!(serde_json::from_str::<Binding>(&json).is_err(), "{json}");
        }
    }
}
