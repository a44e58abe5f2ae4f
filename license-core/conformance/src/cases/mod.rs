//! Cases: a question, and why it is asked.

mod kept;
mod vectors;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use kept::{CaseFileError, read};
pub use vectors::{VectorError, vectors};

/// A question with its name. It has the form in which cases are kept as files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Unique among the cases of one run; fit for a file name.
    pub name: String,
    /// What is tried, in a few words.
    pub why: String,
    /// The question: `op` and its members.
    pub ask: Value,
}

impl Case {
    /// A case of an operation; `ask` is an object without `op`.
    #[must_use]
    pub fn new(name: impl Into<String>, why: impl Into<String>, op: &str, mut ask: Value) -> Self {
        ask["op"] = op.into();
        Self { name: name.into(), why: why.into(), ask }
    }

    /// What is asked.
    #[must_use]
    pub fn op(&self) -> &str {
        self.ask["op"].as_str().unwrap_or_default()
    }

    /// The case as it is put to a program that can do `ops`: nothing if it cannot do what is asked. Who reads every
    /// text reads the agent's as well.
    #[must_use]
    pub fn for_ops(mut self, ops: &[String]) -> Option<Self> {
        let can = |op: &str| ops.iter().any(|known| known == op);
        let reads_all = can("text");
        let ask = &self.ask;
        let needs_all = ask["device"]["text"].as_str().is_some_and(|text| !is_plain_df1(text));
        let needs_sets = !ask["trust"]["learned"].is_null();
        let needs_proof =
            ask["trust"]["possession"] == true || !ask["challenge"].is_null() || !ask["proof"].is_null();
        let lacks = (needs_all && !reads_all)
            || (needs_sets && !can("key_set"))
            || (needs_proof && !can("possession"));
        if lacks {
            return None;
        }
        if !can(self.op()) {
            match self.op() {
                "df1" if reads_all => self.ask["op"] = "text".into(),
                _ => return None,
            }
        }
        Some(self)
    }
}

/// Whether a text begins `DF1` and holds nothing but letters, digits, dashes and blanks of ASCII.
#[must_use]
pub fn is_plain_df1(text: &str) -> bool {
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b' '));
    is_plain && text.trim_start().get(..3).is_some_and(|start| start.eq_ignore_ascii_case("DF1"))
}
