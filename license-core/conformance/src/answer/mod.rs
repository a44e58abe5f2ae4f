//! The core's answer to a question: what every other program is measured by.

mod device;
mod find;
mod keys;
mod license;
mod matching;
mod text;

use serde::Serialize;
use serde_json::Value;

pub use license::ClaimsView;
pub use matching::{PartView, VerdictView};
pub use text::ComponentView;

/// The version of the protocol.
pub const PROTOCOL: u64 = 1;

/// What a program can be asked.
pub const OPS: [&str; 8] = ["verify", "match", "df1", "text", "vendor_file", "key_set", "possession", "find"];

/// An answer, its members in the order in which they are written; each is there where its operation has it.
#[derive(Debug, Default, Serialize)]
pub struct Answer {
    /// The number of the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// One of the words of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'static str>,
    /// Whole days until the license is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i64>,
    /// What the license says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<ClaimsView>,
    /// How the device compares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictView>,
    /// Why a proof proves nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<&'static str>,
    /// What is in a fingerprint text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<Vec<ComponentView>>,
    /// The 32 bytes of an opaque id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opaque: Option<String>,
    /// The vendor file's.
    #[serde(flatten)]
    pub vendor: Option<keys::VendorView>,
    /// Thumbprints of the keys that count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted: Option<Vec<String>>,
    /// Where a license is looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
    /// What is wrong with the question itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The answer to `hello`.
#[derive(Debug, Serialize)]
struct Hello {
    id: Option<u64>,
    name: &'static str,
    version: &'static str,
    protocol: u64,
    ops: [&'static str; OPS.len()],
}

impl Answer {
    fn of(outcome: &'static str) -> Self {
        Self { outcome: Some(outcome), ..Self::default() }
    }
}

/// Answers one question.
#[must_use]
pub fn answer(ask: &Value) -> Answer {
    let answered = match ask["op"].as_str() {
        Some("verify") => license::verify(ask),
        Some("match") => matching::compare(ask),
        Some("text" | "df1") => text::read(ask),
        Some("vendor_file") => keys::vendor_file(ask),
        Some("key_set") => keys::key_set(ask),
        Some("find") => find::find(ask),
        _ => Err("this operation is not known".to_owned()),
    };
    let answer = answered.unwrap_or_else(|error| Answer { error: Some(error), ..Answer::default() });
    Answer { id: ask["id"].as_u64(), ..answer }
}

/// Answers a line with a line.
#[must_use]
pub fn answer_line(line: &str) -> String {
    let written = match serde_json::from_str::<Value>(line) {
        Ok(ask) if ask["op"] == "hello" => serde_json::to_string(&Hello {
            id: ask["id"].as_u64(),
            name: "license-core",
            version: env!("CARGO_PKG_VERSION"),
            protocol: PROTOCOL,
            ops: OPS,
        }),
        Ok(ask) => serde_json::to_string(&answer(&ask)),
        Err(error) => serde_json::to_string(&Answer {
            error: Some(format!("this is no JSON: {error}")),
            ..Answer::default()
        }),
    };
    written.unwrap_or_default()
}

/// Reads members of a question; what is wrong with them, in words.
fn members<'de, T: serde::Deserialize<'de>>(ask: &'de Value) -> Result<T, String> {
    T::deserialize(ask).map_err(|error| format!("the question is not understood: {error}"))
}
