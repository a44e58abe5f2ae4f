//! What a server says when it refuses: RFC 9457 problems, made harmless before anybody reads them.

use license_core::UnixTime;
use serde::Deserialize;

/// What the types of this API begin with.
const PREFIX: &str = "urn:problem-type:license:";

/// Most characters of a sentence that are shown.
const LONGEST: usize = 500;

/// Most remedies that are shown.
const MOST_REMEDIES: usize = 8;

/// Names of problems that are the server's own trouble, not a refusal.
const TROUBLES: [&str; 2] = ["busy", "internal"];

/// A refusal in the server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The type without its prefix, of `a` to `z` and `-`; `refused` where it has none of this API's.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) advice: Vec<String>,
    /// Seconds until it is worth asking again.
    pub(crate) retry_after: Option<u64>,
    /// When the server says it was said.
    pub(crate) date: Option<UnixTime>,
}

/// A problem as it is written; what it holds beyond this is for other readers.
#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    advice: Advice,
    #[serde(default)]
    remedies: Vec<String>,
}

/// One sentence or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Advice {
    One(String),
    Several(Vec<String>),
}

impl Default for Advice {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Problem {
    /// Reads a body; nothing if it is no problem of this API.
    pub(crate) fn read(body: &[u8], retry_after: Option<u64>, date: Option<UnixTime>) -> Option<Self> {
        let wire: Wire = serde_json::from_slice(body).ok()?;
        let name = wire.r#type.strip_prefix(PREFIX)?;
        let is_name =
            (1..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        let given = match wire.advice {
            Advice::One(one) => vec![one],
            Advice::Several(several) => several,
        };
        // Advice may be its remedies in one sentence; a list reads better.
        let is_told_twice = |text: &String| wire.remedies.first().is_some_and(|remedy| text.contains(remedy));
        let advice =
            given.iter().filter(|text| !is_told_twice(text)).chain(&wire.remedies).map(|text| clean(text));
        let advice = advice.filter(|text| !text.is_empty()).take(MOST_REMEDIES).collect();
        Some(Self {
            name: if is_name { name.to_owned() } else { "refused".into() },
            title: clean(&wire.title),
            detail: clean(&wire.detail),
            advice,
            retry_after,
            date,
        })
    }

    /// Whether the server would have answered otherwise if it were well.
    pub(crate) fn is_trouble(&self) -> bool {
        TROUBLES.contains(&self.name.as_str())
    }

    /// What it is called, without a full stop.
    pub(crate) fn headline(&self) -> String {
        match bare(&self.title) {
            "" => format!("the server refused it ({})", self.name),
            title => title.to_owned(),
        }
    }
}

fn bare(sentence: &str) -> &str {
    sentence.trim_end_matches('.')
}

/// Control characters, and marks that turn the direction of text, become spaces; white space is made single; what is
/// too long is cut.
fn clean(text: &str) -> String {
    let harmless = |c: char| if license_core::misleads(c) { ' ' } else { c };
    let spaced: String = text.chars().take(4 * LONGEST).map(harmless).collect();
    let single = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    match single.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &single[..at]),
        None => single,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<Problem> {
        Problem::read(body.as_bytes(), None, None)
    }

    #[test]
    fn a_problem_is_read_with_its_advice_and_remedies() {
        let problem = read(
            r#"{"type":"urn:problem-type:license:weak-binding","title":"Weak binding","status":422,
                "detail":"Weak binding: only the OS installation id.","advice":"To do: Set an id., or Run it as administrator..",
                "remedies":["Set an id.","Run it as administrator."]}"#,
        )
        .unwrap();
        assert_eq!(problem.name, "weak-binding");
        assert_eq!(problem.headline(), "Weak binding");
        assert_eq!(problem.detail, "Weak binding: only the OS installation id.");
        assert_eq!(problem.advice, ["Set an id.", "Run it as administrator."]);
        assert!(!problem.is_trouble());
        assert!(read(r#"{"type":"urn:problem-type:license:busy"}"#).unwrap().is_trouble());
    }

    #[test]
    fn what_is_no_problem_of_this_api_is_none() {
        for body in
            ["", "<html>", "{}", "[]", r#"{"type":"about:blank","title":"Bad gateway"}"#, r#"{"type":5}"#]
        {
            assert_eq!(read(body), None, "{body}");
        }
        let strange = read(r#"{"type":"urn:problem-type:license:../A","title":"T","detail":"D."}"#).unwrap();
        assert_eq!((strange.name.as_str(), strange.headline().as_str()), ("refused", "T"));
    }

    #[test]
    fn no_server_can_command_a_terminal_or_fill_it() {
        assert_eq!(clean("a\u{1b}[2Jb\r\n\tc\u{202e}d\u{0}"), "a [2Jb c d");
        let long = clean(&"x".repeat(100_000));
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert!(long.ends_with('…'));
    }
}
