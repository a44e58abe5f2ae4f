//! A check as JSON: claims by the names of the format, the verdict part by part.

use license_core::{Binding, ComponentVerdict, Kind, License, UnixTime, Verdict};
use serde::Serialize;

use crate::check::Check;
use crate::outcome::word;

#[derive(Serialize)]
struct View<'a> {
    outcome: i32,
    word: &'static str,
    message: &'a str,
    checked_at: UnixTime,
    /// Nothing for a license without an end.
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<ClaimsView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<VerdictView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<ClockView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'static str>,
}

/// Every claim that the format names, those as well that the license leaves out.
#[derive(Serialize)]
struct ClaimsView<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    jti: &'a str,
    iat: UnixTime,
    nbf: UnixTime,
    exp: Option<UnixTime>,
    dev: Option<&'a Binding>,
    qty: u32,
    feat: &'a [String],
    grace: u32,
    trial: bool,
    test: bool,
    cnf: Option<Confirmation>,
}

#[derive(Serialize)]
struct Confirmation {
    jkt: String,
}

/// How a device compares.
#[derive(Serialize)]
pub(crate) struct VerdictView {
    passes: bool,
    score: u8,
    needs_privileges: bool,
    opaque: bool,
    parts: Vec<PartView>,
}

#[derive(Serialize)]
struct PartView {
    kind: Kind,
    weight: u8,
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    matched: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<u8>,
}

#[derive(Serialize)]
struct ClockView<'a> {
    fine: bool,
    message: String,
    /// Why the mark could not be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark_error: Option<&'a str>,
}

pub(crate) fn of(check: &Check) -> String {
    let view = View {
        outcome: check.outcome.number(),
        word: word(check.outcome),
        message: &check.sentence,
        checked_at: check.at,
        days_left: check.license.as_ref().and_then(|license| license.days_left(check.at)),
        claims: check.license.as_ref().map(ClaimsView::from),
        verdict: check.verdict.as_ref().map(VerdictView::from),
        clock: check.clock.map(|clock| ClockView {
            fine: clock.is_fine(),
            message: clock.to_string(),
            mark_error: check.mark_error.as_deref(),
        }),
        proof: check.proof,
    };
    serde_json::to_string(&view).unwrap_or_default()
}

impl<'a> From<&'a License> for ClaimsView<'a> {
    fn from(license: &'a License) -> Self {
        Self {
            iss: license.issuer(),
            aud: license.product(),
            sub: license.instance(),
            jti: license.id(),
            iat: license.issued_at(),
            nbf: license.not_before(),
            exp: license.expires_at(),
            dev: license.binding(),
            qty: license.quantity(),
            feat: license.features(),
            grace: license.grace(),
            trial: license.is_trial(),
            test: license.is_test(),
            cnf: license.device_key().map(|key| Confirmation { jkt: key.to_string() }),
        }
    }
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
            license_core::Outcome::Partly { matched, of } => (Some(matched), Some(of)),
            _ => (None, None),
        };
        Self { kind: part.kind, weight: part.weight, outcome: part.outcome.to_string(), matched, of }
    }
}
