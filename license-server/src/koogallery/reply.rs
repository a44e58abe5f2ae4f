//! The engine's answers in the store's words.

use std::fmt;

use bytes::Bytes;
use license_core::ActivationCode;
use serde::Serialize;

use super::activity::Rehearsal;
use super::members::ParameterError;
use super::signature::AuthError;
use crate::engine::codes::Codes;
use crate::engine::ids::InstanceId;
use crate::engine::request::{InstanceView, Outcome, Refusal};

/// The most characters of `resultMsg`.
const MAX_MESSAGE: usize = 255;

/// The store's result codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResultCode {
    /// 000000
    Ok,
    /// 000001: not signed by the store.
    NotAuthentic,
    /// 000002: a member is missing or malformed.
    Parameter,
    /// 000003
    NoInstance,
    /// 000004: accepted, the result follows.
    InProgress,
    /// 000005
    Internal,
    /// 000100: nothing to give to a new instance.
    NoResource,
    /// 000900: all seats are taken.
    QuotaUsed,
    /// 000901: outside the order's validity, or frozen.
    OutsideValidity,
    /// 000902: a periodic license needs an end.
    EndNeeded,
    /// 000903: a fingerprint is needed.
    FingerprintNeeded,
}

impl ResultCode {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Ok,
        Self::NotAuthentic,
        Self::Parameter,
        Self::NoInstance,
        Self::InProgress,
        Self::Internal,
        Self::NoResource,
        Self::QuotaUsed,
        Self::OutsideValidity,
        Self::EndNeeded,
        Self::FingerprintNeeded,
    ];

    /// Six digits.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "000000",
            Self::NotAuthentic => "000001",
            Self::Parameter => "000002",
            Self::NoInstance => "000003",
            Self::InProgress => "000004",
            Self::Internal => "000005",
            Self::NoResource => "000100",
            Self::QuotaUsed => "000900",
            Self::OutsideValidity => "000901",
            Self::EndNeeded => "000902",
            Self::FingerprintNeeded => "000903",
        }
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the store is answered; the same reply has the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// How it went.
    pub code: ResultCode,
    /// The same for people; names the member that is at fault.
    pub message: String,
    /// `instanceId`
    pub instance: Option<InstanceId>,
    /// `info`
    pub info: Option<Vec<InstanceView>>,
}

impl Reply {
    /// A code and a sentence.
    #[must_use]
    pub fn new(code: ResultCode, message: &str) -> Self {
        let message = message.chars().take(MAX_MESSAGE).collect();
        Self { code, message, instance: None, info: None }
    }

    /// Success.
    #[must_use]
    pub fn ok() -> Self {
        Self::new(ResultCode::Ok, "success")
    }

    /// What every failure of the server's own is answered.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(ResultCode::Internal, "internal error, please repeat the call")
    }

    /// The answer of the engine.
    #[must_use]
    pub fn of_outcome(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::ok(),
            Outcome::Opened(instance) => Self { instance: Some(instance), ..Self::ok() },
            Outcome::Seen(info) if info.is_empty() => refused(&Refusal::NoInstance),
            Outcome::Seen(info) => Self { info: Some(info), ..Self::ok() },
            Outcome::InProgress => Self::new(ResultCode::InProgress, "accepted, the license follows"),
            // No call of the store's is answered with a license, or with jobs.
            Outcome::Issued { .. }
            | Outcome::Activated(_)
            | Outcome::Deactivated(_)
            | Outcome::Code(_)
            | Outcome::Inquiries(_)
            | Outcome::Deliveries(_) => Self::internal(),
            Outcome::Refused(refusal) => refused(&refusal),
        }
    }

    /// The answer to a rehearsed call.
    #[must_use]
    pub fn of_rehearsal(rehearsal: Rehearsal) -> Self {
        let view = |id| InstanceView { id, front_end_url: None, code: None };
        match rehearsal {
            Rehearsal::Plain => Self::ok(),
            Rehearsal::Opened(instance) => Self { instance: Some(instance), ..Self::ok() },
            Rehearsal::Seen(ids) => Self { info: Some(ids.into_iter().map(view).collect()), ..Self::ok() },
        }
    }

    /// As JSON. An instance whose product names no page of its own gets `front_end_url`.
    #[must_use]
    pub fn to_json(&self, front_end_url: Option<&str>, codes: &Codes) -> Bytes {
        let info = self.info.as_ref().map(|views| {
            let wire = |view| Info::of(view, front_end_url, codes);
            views.iter().map(wire).collect::<Vec<_>>()
        });
        let wire = Wire {
            result_code: self.code.as_str(),
            result_msg: &self.message,
            instance_id: self.instance.as_ref().map(InstanceId::as_str),
            info,
        };
        // Texts and lists of texts always serialise.
        serde_json::to_vec(&wire).unwrap_or_default().into()
    }
}

impl From<AuthError> for Reply {
    fn from(error: AuthError) -> Self {
        Self::new(ResultCode::NotAuthentic, &error.to_string())
    }
}

impl From<ParameterError> for Reply {
    fn from(error: ParameterError) -> Self {
        Self::new(ResultCode::Parameter, &error.to_string())
    }
}

fn refused(refusal: &Refusal) -> Reply {
    let (code, member) = match refusal {
        Refusal::NoInstance => (ResultCode::NoInstance, "instanceId"),
        Refusal::EventOfAnotherInstance => (ResultCode::Parameter, "eventId"),
        Refusal::EmptyWindow => (ResultCode::Parameter, "expireTime"),
        Refusal::NoProduct => (ResultCode::NoResource, "orderId"),
        Refusal::NoSuchChange => (ResultCode::NoResource, "productInfo"),
        Refusal::FingerprintNeeded(_) => (ResultCode::FingerprintNeeded, "deviceFingerprint"),
        Refusal::EndNeeded => (ResultCode::EndNeeded, "expireTime"),
        Refusal::Frozen => (ResultCode::OutsideValidity, "instanceId"),
        Refusal::OutsideValidity(_) => (ResultCode::OutsideValidity, "expireTime"),
        Refusal::SeatsTaken { .. } => (ResultCode::QuotaUsed, "instanceId"),
        // R7
        Refusal::Forgotten => (ResultCode::NotAuthentic, "timestamp"),
        // The operator's own commands and the machines'; and claims that cannot be signed are a fault of the settings.
        Refusal::NoSeat(_)
        | Refusal::NoOrder
        | Refusal::NoDelivery(_)
        | Refusal::BeingSent(_)
        | Refusal::UnknownCode
        | Refusal::Released
        | Refusal::Ended { .. }
        | Refusal::Pending
        | Refusal::EndUnknown
        | Refusal::WeakBinding(_)
        | Refusal::CustomIdNotAccepted
        | Refusal::UnknownLicense
        | Refusal::OtherDevice
        | Refusal::SeatGone
        | Refusal::ProofMissing
        | Refusal::OtherKey
        | Refusal::CodeNeeded
        | Refusal::TooManyDeactivations { .. }
        | Refusal::Unsignable(_) => {
            return Reply::internal();
        }
    };
    Reply::new(code, &format!("{member}: {refusal}"))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    result_code: &'static str,
    result_msg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<Vec<Info<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    instance_id: &'a str,
    app_info: AppInfo<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AppInfo<'a> {
    /// Mandatory for the store: empty where nobody named a page.
    front_end_url: &'a str,
    /// At most 1024 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<String>,
}

impl<'a> Info<'a> {
    fn of(view: &'a InstanceView, fallback: Option<&'a str>, codes: &Codes) -> Self {
        let front_end_url = view.front_end_url.as_deref().or(fallback).unwrap_or_default();
        // The code is made anew each time: no answer that is kept holds it.
        let memo = view.code.and_then(|counter| codes.code(&view.id, counter)).as_ref().map(memo);
        Self { instance_id: view.id.as_str(), app_info: AppInfo { front_end_url, memo } }
    }
}

/// How the buyer's machines get their licenses.
fn memo(code: &ActivationCode) -> String {
    format!("Activation code {code}: on each machine run `license-agent activate {code}`.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ids::SeatNo;

    fn id(text: &str) -> InstanceId {
        InstanceId::parse(text).unwrap()
    }

    fn json(reply: &Reply) -> String {
        String::from_utf8(reply.to_json(Some("https://fallback.example"), &Codes::new(&[5; 32])).to_vec())
            .unwrap()
    }

    /// R7, R11, R13, R16, R17, R24, R26, R30, R31, R33, R40, R62
    #[test]
    fn every_refusal_has_its_code_and_names_its_member() {
        for (refusal, code, begins) in [
            (Refusal::NoInstance, "000003", "instanceId: "),
            (Refusal::EventOfAnotherInstance, "000002", "eventId: "),
            (Refusal::Forgotten, "000001", "timestamp: "),
            (Refusal::EmptyWindow, "000002", "expireTime: "),
            (Refusal::NoProduct, "000100", "orderId: "),
            (Refusal::NoSuchChange, "000100", "productInfo: "),
            (Refusal::FingerprintNeeded("x".into()), "000903", "deviceFingerprint: "),
            (Refusal::EndNeeded, "000902", "expireTime: "),
            (Refusal::Frozen, "000901", "instanceId: "),
            (Refusal::OutsideValidity("y".into()), "000901", "expireTime: "),
            (Refusal::SeatsTaken { quantity: 3 }, "000900", "instanceId: "),
            (Refusal::NoSeat(SeatNo(1)), "000005", "internal error"),
            (Refusal::Unsignable("internal words".into()), "000005", "internal error"),
        ] {
            let reply = Reply::of_outcome(Outcome::Refused(refusal));
            assert_eq!(reply.code.as_str(), code);
            assert!(reply.message.starts_with(begins), "{}", reply.message);
            assert!(!reply.message.contains("internal words"));
        }
    }

    #[test]
    fn the_page_of_codes_has_every_code_of_the_code_once_and_no_other() {
        let source = include_str!("reply.rs");
        let (_, variants) = source.split_once("pub enum ResultCode {").unwrap();
        let (variants, _) = variants.split_once("\n}").unwrap();
        let variants: Vec<_> =
            variants.lines().filter_map(|line| line.trim().strip_suffix(',')?.split(' ').next()).collect();
        assert_eq!(variants, ResultCode::ALL.map(|code| format!("{code:?}")), "ALL is all");

        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/result-codes.md");
        let page = std::fs::read_to_string(path).unwrap();
        let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
        let codes =
            cells.map(|(first, _)| first).filter(|first| first.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(codes.collect::<Vec<_>>(), ResultCode::ALL.map(ResultCode::as_str));
    }

    #[test]
    fn outcomes_become_the_stores_json() {
        let opened = Reply::of_outcome(Outcome::Opened(id("i")));
        assert_eq!(json(&opened), r#"{"resultCode":"000000","resultMsg":"success","instanceId":"i"}"#);
        assert_eq!(
            json(&Reply::of_outcome(Outcome::Done)),
            r#"{"resultCode":"000000","resultMsg":"success"}"#
        );
        assert_eq!(Reply::of_outcome(Outcome::InProgress).code, ResultCode::InProgress);
        assert_eq!(Reply::of_outcome(Outcome::Seen(Vec::new())).code, ResultCode::NoInstance);
        let own = InstanceView { id: id("i"), front_end_url: Some("https://own.example".into()), code: None };
        let other = InstanceView { id: id("j"), front_end_url: None, code: Some(1) };
        let code = Codes::new(&[5; 32]).code(&id("j"), 1).unwrap();
        let memo = format!("Activation code {code}: on each machine run `license-agent activate {code}`.");
        let info = [
            r#"{"instanceId":"i","appInfo":{"frontEndUrl":"https://own.example"}}"#.to_owned(),
            format!(
                r#"{{"instanceId":"j","appInfo":{{"frontEndUrl":"https://fallback.example","memo":"{memo}"}}}}"#
            ),
        ];
        assert_eq!(
            json(&Reply::of_outcome(Outcome::Seen(vec![own, other]))),
            format!(r#"{{"resultCode":"000000","resultMsg":"success","info":[{}]}}"#, info.join(","))
        );
    }

    #[test]
    fn a_license_never_goes_out_in_a_reply() {
        let reply = Reply::of_outcome(Outcome::Issued {
            instance: InstanceId::parse("i").unwrap(),
            token: "eyJ".into(),
            seat: None,
        });
        assert_eq!(reply, Reply::internal());
    }

    #[test]
    fn a_message_stops_at_255_characters() {
        let reply = Reply::of_outcome(Outcome::Refused(Refusal::OutsideValidity("中".repeat(300))));
        assert_eq!(reply.message.chars().count(), 255);
    }
}
