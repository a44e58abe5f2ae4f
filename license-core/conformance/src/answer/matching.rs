//! `match`: a device against a `dev` claim.

use license_core::{Binding, ComponentVerdict, Kind, Outcome, OutcomeCode, Realm, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answer, device, members};

#[derive(Deserialize)]
struct Ask {
    realm: String,
    /// The claim, or its JSON where the spelling matters.
    dev: Value,
    #[serde(default)]
    device: Value,
}

/// A verdict, part by part.
#[derive(Debug, Serialize)]
pub struct VerdictView {
    passes: bool,
    score: u8,
    needs_privileges: bool,
    opaque: bool,
    parts: Vec<PartView>,
}

/// What became of one licensed kind.
#[derive(Debug, Serialize)]
pub struct PartView {
    kind: Kind,
    weight: u8,
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    matched: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<u8>,
}

pub(super) fn compare(ask: &Value) -> Result<Answer, String> {
    let Ask { realm, dev, device } = members(ask)?;
    let Ok(device) = device::read(&device, &Realm::new(&realm)) else {
        return Ok(Answer::of(OutcomeCode::UnreadableDevice.as_str()));
    };
    let binding = match &dev {
        Value::String(json) => serde_json::from_str::<Binding>(json),
        dev => serde_json::from_str(&dev.to_string()),
    };
    let Ok(binding) = binding else {
        return Ok(Answer::of(OutcomeCode::Malformed.as_str()));
    };
    let verdict = binding.check(&device);
    let outcome = match (verdict.passes(), verdict.needs_privileges()) {
        (true, _) => "matched",
        (false, true) => OutcomeCode::NeedsPrivileges.as_str(),
        (false, false) => OutcomeCode::Device.as_str(),
    };
    Ok(Answer { verdict: Some(VerdictView::from(&verdict)), ..Answer::of(outcome) })
}

impl From<&Verdict> for VerdictView {
    fn from(verdict: &Verdict) -> Self {
        Self {
            passes: verdict.passes(),
            score: verdict.score_percent(),
            needs_privileges: verdict.needs_privileges(),
            opaque: verdict.is_opaque(),
            parts: verdict.components().iter().map(PartView::from).collect(),
        }
    }
}

impl From<&ComponentVerdict> for PartView {
    fn from(part: &ComponentVerdict) -> Self {
        let (matched, of) = match part.outcome {
            Outcome::Partly { matched, of } => (Some(matched), Some(of)),
            _ => (None, None),
        };
        Self { kind: part.kind, weight: part.weight, outcome: part.outcome.to_string(), matched, of }
    }
}
