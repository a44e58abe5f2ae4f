//! Whether two answers say the same.

use serde_json::{Map, Value};

/// Members of an answer that are compared.
const MEMBERS: [&str; 14] = [
    "outcome",
    "days_left",
    "claims",
    "verdict",
    "proof",
    "components",
    "opaque",
    "issuer",
    "product",
    "realm",
    "server",
    "test",
    "keys",
    "trusted",
];

/// Claims that are compared; others may stand beside them.
const CLAIMS: [&str; 14] =
    ["iss", "aud", "sub", "jti", "iat", "nbf", "exp", "dev", "qty", "feat", "grace", "trial", "test", "cnf"];

/// Members of a verdict.
const VERDICT: [&str; 5] = ["passes", "score", "needs_privileges", "opaque", "parts"];

/// Members of one of its parts.
const PART: [&str; 5] = ["kind", "weight", "outcome", "matched", "of"];

/// Lists whose order says nothing.
const UNORDERED: [&str; 3] = ["parts", "components", "trusted"];

/// Where `answer` differs from what the core answered, a line each; none where both say the same.
///
/// Members that are left out and those that are null are the same, as are whole numbers however they are written, and
/// members that the protocol does not know are passed over.
#[must_use]
pub fn differences(expected: &Value, answer: &Value) -> Vec<String> {
    if !answer.is_object() {
        return vec!["the answer is no JSON object".into()];
    }
    let mut lines = Vec::new();
    compare("", &canonical(expected), &canonical(answer), &mut lines);
    if let (false, Some(error)) = (lines.is_empty(), answer["error"].as_str()) {
        lines.push(format!("it says: {}", error.chars().take(200).collect::<String>()));
    }
    lines
}

fn canonical(answer: &Value) -> Value {
    let members = MEMBERS.iter().chain(&["files"]);
    let mut picked = pick(answer, members.copied());
    if let Some(claims) = picked.get_mut("claims").filter(|claims| claims.is_object()) {
        *claims = Value::Object(pick(claims, CLAIMS.into_iter()));
        if claims["cnf"].is_object() {
            claims["cnf"] = Value::Object(pick(&claims["cnf"], ["jkt"].into_iter()));
        }
        if let Some(kinds) = claims.pointer_mut("/dev/c").and_then(Value::as_object_mut) {
            // The weight, then digests in any order.
            kinds.values_mut().filter_map(Value::as_array_mut).filter(|row| !row.is_empty()).for_each(
                |row| {
                    row[1..].sort_by_key(Value::to_string);
                },
            );
        }
    }
    if let Some(verdict) = picked.get_mut("verdict").filter(|verdict| verdict.is_object()) {
        *verdict = Value::Object(pick(verdict, VERDICT.into_iter()));
        if let Some(parts) = verdict["parts"].as_array_mut() {
            for part in parts.iter_mut().filter(|part| part.is_object()) {
                *part = Value::Object(pick(part, PART.into_iter()));
            }
        }
    }
    let mut value = Value::Object(picked);
    tidy("", &mut value);
    value
}

/// The named members that are there.
fn pick<'a>(object: &Value, names: impl Iterator<Item = &'a str>) -> Map<String, Value> {
    let there = names.filter(|name| !object[*name].is_null());
    there.map(|name| (name.to_owned(), object[name].clone())).collect()
}

/// One spelling for what may be spelled in several ways.
fn tidy(name: &str, value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.iter_mut().for_each(|(name, member)| tidy(name, member));
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|item| tidy("", item));
            if UNORDERED.contains(&name) {
                items.sort_by_key(Value::to_string);
            }
        }
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_992.0);
            if let Some(whole) = whole {
                *value = Value::from(whole as i64);
            }
        }
        _ => {}
    }
}

fn compare(path: &str, expected: &Value, answer: &Value, lines: &mut Vec<String>) {
    match (expected, answer) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let mut names: Vec<_> = ours.keys().chain(theirs.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&below, &expected[name], &answer[name], lines);
            }
        }
        _ if expected == answer => {}
        _ => lines.push(format!("{path}: {} is due, it answers {}", short(expected), short(answer))),
    }
}

fn short(value: &Value) -> String {
    let text = if value.is_null() { "nothing".to_owned() } else { value.to_string() };
    let text: String = license_core::shown(&text).chars().take(300).collect();
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_may_be_spelled_otherwise_is_no_difference() {
        let ours = json!({"outcome": "active", "claims": {"iat": 7, "dev": {"c": {"mac": [10, "a", "b"]}}},
            "verdict": {"parts": [{"kind": "mac"}, {"kind": "os"}]}});
        let theirs = json!({"id": 4, "outcome": "active", "days_left": null, "extra": 1,
            "claims": {"iat": 7.0, "exp": null, "x": 1, "dev": {"c": {"mac": [10, "b", "a"]}}},
            "verdict": {"parts": [{"kind": "os", "of": null}, {"kind": "mac"}]}});
        assert_eq!(differences(&ours, &theirs), Vec::<String>::new());
    }

    #[test]
    fn what_differs_is_named_with_its_place() {
        let ours = json!({"outcome": "device", "verdict": {"score": 44}});
        for (theirs, says) in [
            (json!({"outcome": "active", "verdict": {"score": 44}}), "outcome: \"device\" is due"),
            (json!({"outcome": "device", "verdict": {"score": 45}}), "verdict.score: 44 is due"),
            (json!({"outcome": "device"}), "verdict: "),
            (
                json!({"outcome": "device", "verdict": {"score": 44}, "claims": {"iss": "x"}}),
                "claims: nothing",
            ),
            (json!([]), "no JSON object"),
        ] {
            let lines = differences(&ours, &theirs);
            assert!(lines.len() == 1 && lines[0].contains(says), "{lines:?}");
        }
    }
}
