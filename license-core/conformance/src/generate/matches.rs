//! `match`: bindings in every form, and bindings that are none.

use serde_json::{Value, json};

use super::rng::Rng;
use super::{Asked, VENDOR, devices};

/// Replacements in the text of a good binding; most leave none.
const EDITS: [(&str, &str); 44] = [
    ("\"v\":1", "\"v\":2"),
    ("\"v\":1", "\"v\":\"1\""),
    ("\"v\":1", "\"v\":1.0"),
    ("\"v\":1", "\"v\":0"),
    ("\"v\":1", "\"v\":1,\"v\":1"),
    (",\"v\":1", ""),
    ("\"r\":\"1ivIVg\"", "\"r\":\"1ivIVgA\""),
    ("\"r\":\"1ivIVg\"", "\"r\":\"1ivIVh\""),
    ("\"r\":\"1ivIVg\"", "\"r\":\"1ivIVg==\""),
    ("\"r\":\"1ivIVg\"", "\"r\":\"AAAAAA\""),
    ("\"r\":\"1ivIVg\"", "\"r\":null"),
    ("\"r\":\"1ivIVg\",", ""),
    ("\"min\":60", "\"min\":50"),
    ("\"min\":60", "\"min\":51"),
    ("\"min\":60", "\"min\":100"),
    ("\"min\":60", "\"min\":101"),
    ("\"min\":60", "\"min\":60.0"),
    ("\"min\":60", "\"min\":6e1"),
    ("\"min\":60", "\"min\":-60"),
    ("\"min\":60", "\"min\":\"60\""),
    ("\"min\":60", "\"min\":null"),
    ("\"min\":60", "\"min\":316"),
    (",\"min\":60", ""),
    ("[20,", "[0,"),
    ("[20,", "[1,"),
    ("[20,", "[100,"),
    ("[20,", "[101,"),
    ("[20,", "[276,"),
    ("[20,", "[20.0,"),
    ("[20,", "[\"20\","),
    ("[20,", "["),
    ("\"disk\"", "\"Disk\""),
    ("\"disk\"", "\"gpu\""),
    ("\"disk\"", "\"cpu\""),
    ("\"disk\"", "\"custom\""),
    ("\"disk\"", "\"di\\u0073k\""),
    ("vyj7Pw-7VUfqDw\"", "vyj7Pw-7VUfqDw\",\"vyj7Pw-7VUfqDw\""),
    ("vyj7Pw-7VUfqDw", "vyj7Pw-7VUfqDx"),
    ("vyj7Pw-7VUfqDw", "vyj7Pw+7VUfqDw"),
    ("\"vyj7Pw-7VUfqDw\"", "null"),
    ("\"vyj7Pw-7VUfqDw\"", ""),
    ("}}", "}"),
    ("{\"board\"", "{\"disk\":[20,\"AAAAAAAAAAAAAA\"],\"board\""),
    ("\"jRzyFcSVhrpgkw\"", "\"jRzyFcSVhrpgkw\",\"AAAAAAAAAAAAAA\""),
];

/// Members that stand behind those of a good binding.
const ENDS: [&str; 10] = [
    ",\"priv\":true}",
    ",\"priv\":false}",
    ",\"priv\":null}",
    ",\"priv\":1}",
    ",\"priv\":true,\"priv\":true}",
    ",\"x\":1}",
    ",\"id\":null}",
    ",\"id\":\"BcXTz-OnnoFfIUtVbz7E15TqoiWDn7gDjJ0A7L3vWeE\"}",
    "}x",
    " }\n",
];

/// Texts that are no binding from the first character on, or only one of them.
const OTHERS: [&str; 10] = [
    "null",
    "[]",
    "{}",
    "\"dev\"",
    "",
    "[1,\"1ivIVg\",60,{\"disk\":[20,\"vyj7Pw-7VUfqDw\"]}]",
    "{\"v\":1,\"r\":\"1ivIVg\"}",
    "{\"v\":1,\"r\":\"1ivIVg\",\"id\":\"BcXTz-OnnoFfIUtVbz7E15TqoiWDn7gDjJ0A7L3vWe\"}",
    "{\"v\":1,\"r\":\"1ivIVg\",\"id\":\"BcXTz-OnnoFfIUtVbz7E15TqoiWDn7gDjJ0A7L3vWeE\"}",
    "{\"v\":1,\"r\":\"1ivIVg\",\"min\":60,\"c\":{}}",
];

pub(super) fn ask(rng: &mut Rng) -> Asked {
    let devices::Pair { why, dev, device } = devices::pair(rng);
    if rng.below(4) > 0 {
        return (why, json!({"realm": VENDOR, "dev": dev, "device": device}));
    }
    let (why, dev) = edited(rng);
    (why, json!({"realm": VENDOR, "dev": dev, "device": device}))
}

/// The text of a binding in which one thing may be wrong.
pub(super) fn edited(rng: &mut Rng) -> (String, String) {
    let good =
        r#"{"c":{"board":[25,"jRzyFcSVhrpgkw"],"disk":[20,"vyj7Pw-7VUfqDw"]},"r":"1ivIVg","min":60,"v":1}"#;
    match rng.below(8) {
        0 => {
            let end = *rng.pick(&ENDS);
            (format!("a binding that ends {end}"), format!("{}{end}", &good[..good.len() - 1]))
        }
        1 => {
            let other = *rng.pick(&OTHERS);
            (format!("a binding that is {other}"), other.into())
        }
        _ => {
            let (from, to) = *rng.pick(&EDITS);
            (format!("a binding with {to} for {from}"), good.replacen(from, to, 1))
        }
    }
}

/// A binding's JSON as it would stand in a license.
pub(super) fn raw(dev: &Value) -> String {
    dev.to_string()
}
