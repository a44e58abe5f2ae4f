//! How often each outcome and each form of a verdict occurs among the cases.

use std::collections::BTreeMap;

use license_core::OutcomeCode;
use serde_json::Value;

/// Counts by operation and word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    counts: BTreeMap<(&'static str, String), u64>,
}

/// The subject under which the forms of verdicts are counted.
const VERDICTS: &str = "verdict";

/// The subject under which reasons of proofs are counted.
const PROOFS: &str = "proof";

/// Every form that a verdict or one of its parts can have.
const FORMS: [&str; 10] = [
    "matched",
    "partly",
    "changed",
    "missing",
    "unreadable",
    "passes",
    "fails",
    "needs-privileges",
    "opaque that passes",
    "opaque that fails",
];

/// Every reason why a proof proves nothing, of those that an answer to a challenge can have.
const REASONS: [&str; 11] = [
    "missing",
    "no-key",
    "too-long",
    "parts",
    "encoding",
    "header",
    "signature",
    "claims",
    "challenge",
    "license",
    "other-key",
];

impl Coverage {
    /// Everything that can occur, never seen yet.
    #[must_use]
    pub fn new() -> Self {
        let mut all = Self::default();
        let holds_or_not = |code: &&OutcomeCode| code.number() < 22 || matches!(code.number(), 50 | 51);
        let of = |subject: &'static str, words: &mut dyn Iterator<Item = &'static str>, all: &mut Self| {
            words.for_each(|word| {
                all.counts.insert((subject, word.to_owned()), 0);
            });
        };
        let codes = |from: u16, to: u16| {
            OutcomeCode::ALL.iter().filter(move |c| (from..=to).contains(&c.number())).map(|c| c.as_str())
        };
        of("verify", &mut OutcomeCode::ALL.iter().filter(holds_or_not).map(|c| c.as_str()), &mut all);
        let matches = ["matched", "device", "needs-privileges", "malformed", "unreadable-device"];
        of("match", &mut matches.into_iter(), &mut all);
        of("text", &mut codes(30, 39).chain(["components", "opaque"]), &mut all);
        of("df1", &mut codes(33, 38).chain(["components"]), &mut all);
        of("vendor_file", &mut ["trust", "unusable-trust"].into_iter(), &mut all);
        of("key_set", &mut codes(40, 44).chain(["learned"]), &mut all);
        of("find", &mut ["files", "name-too-long"].into_iter(), &mut all);
        of(VERDICTS, &mut FORMS.into_iter(), &mut all);
        of(PROOFS, &mut REASONS.into_iter(), &mut all);
        all
    }

    /// Counts what the core answered to a question of `op`.
    pub fn add(&mut self, op: &str, answer: &Value) {
        let subjects = ["verify", "match", "text", "df1", "vendor_file", "key_set", "find"];
        if let (Some(subject), Some(word)) =
            (subjects.into_iter().find(|known| *known == op), answer["outcome"].as_str())
        {
            self.count(subject, word);
        }
        if let Some(reason) = answer["proof"].as_str() {
            self.count(PROOFS, reason);
        }
        let verdict = &answer["verdict"];
        let Some(passes) = verdict["passes"].as_bool() else { return };
        if verdict["opaque"] == true {
            self.count(VERDICTS, if passes { "opaque that passes" } else { "opaque that fails" });
            return;
        }
        self.count(VERDICTS, if passes { "passes" } else { "fails" });
        if verdict["needs_privileges"] == true {
            self.count(VERDICTS, "needs-privileges");
        }
        for part in verdict["parts"].as_array().into_iter().flatten() {
            self.count(VERDICTS, part["outcome"].as_str().unwrap_or_default());
        }
    }

    fn count(&mut self, subject: &'static str, word: &str) {
        *self.counts.entry((subject, word.to_owned())).or_default() += 1;
    }

    /// Subject, word and how often.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, &str, u64)> {
        self.counts.iter().map(|((subject, word), count)| (*subject, word.as_str(), *count))
    }

    /// What occurs fewer than `least` times.
    pub fn rare(&self, least: u64) -> impl Iterator<Item = (&'static str, &str, u64)> {
        self.rows().filter(move |(_, _, count)| *count < least)
    }
}
