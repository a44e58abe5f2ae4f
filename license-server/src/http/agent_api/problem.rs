//! What a call is refused with ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): a name for programs, and for
//! whoever bought the software a sentence that says what is wrong and one that says what to do.

use hyper::header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use license_core::{ActivationCodeError, UnixTime};
use serde_json::{Map, Value, json};
use warp::reply::Response;

use super::answer;
use crate::app::App;
use crate::engine::request::{Refusal, WeakBinding};
use crate::log_sampler::{self, Line};
use crate::members::MembersError;

/// What `type` begins with.
const TYPE: &str = "urn:problem-type:license:";

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Not the JSON that is due; what of it is not.
    Malformed(String),
    UnsupportedMediaType,
    TooLarge,
    NotFound,
    MethodNotAllowed {
        allowed: &'static str,
    },
    MistypedCode(ActivationCodeError),
    UnknownCode,
    /// Nothing usable in it; why.
    NoFingerprint(String),
    WeakBinding(Box<WeakBinding>),
    CustomIdNotAccepted,
    Frozen,
    Ended {
        at: UnixTime,
    },
    Released,
    /// The order is not read yet.
    Pending,
    /// The order is read, and nothing says when it ends.
    EndUnknown,
    NoSeat {
        seats: u32,
    },
    UnknownLicense,
    /// A license is due, and none was sent.
    NoLicense,
    /// Why.
    Untrusted(&'static str),
    OtherDevice,
    SeatGone,
    /// The seat has a key, and the call no proof.
    ProofMissing,
    /// Why.
    ProofInvalid(String),
    /// Made too long ago or too early, by the server's time.
    ProofUntimely {
        now: UnixTime,
    },
    OtherKey,
    /// The seat has no key.
    CodeNeeded,
    TooManyDeactivations {
        limit: u32,
        again_at: Option<UnixTime>,
    },
    TooManyAttempts {
        /// Wait so long.
        seconds: u32,
    },
    Busy,
    Internal,
}

impl Problem {
    /// Of the engine's refusal.
    pub(super) fn of(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownCode => Self::UnknownCode,
            Refusal::Released => Self::Released,
            Refusal::Ended { at } => Self::Ended { at },
            Refusal::Frozen => Self::Frozen,
            Refusal::Pending => Self::Pending,
            Refusal::EndUnknown => Self::EndUnknown,
            Refusal::FingerprintNeeded(why) => Self::NoFingerprint(why),
            Refusal::WeakBinding(weak) => Self::WeakBinding(weak),
            Refusal::CustomIdNotAccepted => Self::CustomIdNotAccepted,
            Refusal::SeatsTaken { quantity } => Self::NoSeat { seats: quantity },
            Refusal::UnknownLicense => Self::UnknownLicense,
            Refusal::OtherDevice => Self::OtherDevice,
            Refusal::SeatGone => Self::SeatGone,
            Refusal::ProofMissing => Self::ProofMissing,
            Refusal::OtherKey => Self::OtherKey,
            Refusal::CodeNeeded => Self::CodeNeeded,
            Refusal::TooManyDeactivations { limit, again_at } => {
                Self::TooManyDeactivations { limit, again_at }
            }
            other => {
                if log_sampler::admits(Line::fault("agent call", "cannot be served")) {
                    tracing::error!(refusal = %other, "a machine cannot be served");
                }
                Self::Internal
            }
        }
    }

    /// Its name: the end of `type`.
    pub(super) fn name(&self) -> &'static str {
        self.row().0
    }

    /// Whether it was decided about an activation code or about a purchase that one names. How long the answer takes
    /// must then say nothing.
    pub(super) fn may_tell_of_a_code(&self) -> bool {
        self.is_refusal() || matches!(self, Self::TooManyAttempts { .. })
    }

    /// Whether the call was understood and refused for what it asked.
    pub(super) fn is_refusal(&self) -> bool {
        !matches!(
            self,
            Self::Malformed(_)
                | Self::UnsupportedMediaType
                | Self::TooLarge
                | Self::NotFound
                | Self::MethodNotAllowed { .. }
                | Self::MistypedCode(_)
                | Self::NoLicense
                | Self::TooManyAttempts { .. }
                | Self::Busy
                | Self::Internal
        )
    }

    /// Whether the caller is to blame, and not the server or how much there is to do.
    pub(super) fn is_the_callers(&self) -> bool {
        !matches!(self, Self::TooManyAttempts { .. } | Self::Busy | Self::Internal)
    }

    /// Whether the caller showed neither a code nor a license that is known here, nor the key that the license needs.
    pub(super) fn shows_no_right(&self) -> bool {
        matches!(
            self,
            Self::UnknownCode
                | Self::MistypedCode(_)
                | Self::UnknownLicense
                | Self::Untrusted(_)
                | Self::ProofMissing
                | Self::ProofInvalid(_)
                | Self::OtherKey
        )
    }

    /// As an answer.
    pub(super) fn response(&self, app: &App) -> Response {
        let (name, status, title, _) = self.row();
        let mut body = Map::new();
        body.insert("type".into(), format!("{TYPE}{name}").into());
        body.insert("title".into(), title.into());
        body.insert("status".into(), status.as_u16().into());
        body.insert("detail".into(), self.detail().into());
        body.insert("advice".into(), self.advice().into());
        self.members(&mut body);
        let mut response = answer::json(app, "application/problem+json", &body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.extend(self.retry_after(app.clock.now()).map(|seconds| (RETRY_AFTER, seconds.into())));
        match self {
            Self::MethodNotAllowed { allowed } => {
                headers.insert(ALLOW, HeaderValue::from_static(allowed));
            }
            Self::NoLicense | Self::Untrusted(_) => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::ProofMissing => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(r#"DPoP algs="EdDSA""#));
            }
            // RFC 9449 section 7.1
            Self::ProofInvalid(_) | Self::ProofUntimely { .. } => {
                let asked = HeaderValue::from_static(r#"DPoP error="invalid_dpop_proof", algs="EdDSA""#);
                headers.insert(WWW_AUTHENTICATE, asked);
            }
            _ => {}
        }
        response
    }

    /// What is wrong, in this case.
    pub(super) fn detail(&self) -> String {
        match self {
            Self::Malformed(why) => why.clone(),
            Self::MistypedCode(error) => sentence(&error.to_string()),
            Self::NoFingerprint(why) => sentence(&format!("the device fingerprint cannot be used: {why}")),
            Self::WeakBinding(weak) => format!(
                "This product needs a {} fingerprint or better, and this is a {}.",
                weak.least, weak.why
            ),
            Self::Ended { at } => format!("The purchase ended at {at}."),
            Self::NoSeat { seats: 1 } => "The purchase is for one machine, and another one has it.".into(),
            Self::NoSeat { seats } => {
                format!("The purchase is for {seats} machines, and {seats} have a license already.")
            }
            Self::NoLicense => "The license itself is needed, as the Bearer of the request.".into(),
            Self::Untrusted(why) => (*why).into(),
            Self::ProofInvalid(why) => why.clone(),
            Self::ProofUntimely { now } => {
                format!(
                    "The machine's clock and the server's differ by more than a minute. The server's time is {now}."
                )
            }
            Self::TooManyDeactivations { limit, .. } => {
                format!("In 365 days a license can be moved {limit} times, and that was done.")
            }
            Self::EndUnknown => "It is not known yet until when this purchase lasts.".into(),
            other => other.row().3.0.into(),
        }
    }

    /// What to do.
    pub(super) fn advice(&self) -> String {
        match self {
            Self::WeakBinding(weak) => format!("To do: {}.", weak.remedies.join(", or ")),
            Self::TooManyDeactivations { again_at: Some(at), .. } => {
                format!(
                    "It can be done again from {at} on; if a machine is lost, ask the vendor to free its seat."
                )
            }
            Self::TooManyAttempts { seconds } => {
                format!("Wait {seconds} seconds, look at what the last answers said, and try again.")
            }
            Self::EndUnknown => "Ask the vendor, who can complete the purchase.".into(),
            other => other.row().3.1.into(),
        }
    }

    fn members(&self, body: &mut Map<String, Value>) {
        match self {
            Self::WeakBinding(weak) => {
                body.insert("strength".into(), weak.strength.clone().into());
                body.insert("least".into(), weak.least.clone().into());
                body.insert("remedies".into(), json!(weak.remedies));
            }
            Self::Ended { at } => {
                body.insert("ended_at".into(), at.to_string().into());
            }
            Self::NoSeat { seats } => {
                body.insert("seats".into(), (*seats).into());
            }
            Self::ProofUntimely { now } => {
                body.insert("server_time".into(), now.to_string().into());
            }
            Self::TooManyDeactivations { limit, again_at } => {
                body.insert("limit".into(), (*limit).into());
                body.insert("again_at".into(), again_at.map(|at| at.to_string()).into());
            }
            _ => {}
        }
    }

    /// In how many seconds it is worth trying again, where waiting helps.
    fn retry_after(&self, now: UnixTime) -> Option<u64> {
        match self {
            Self::Pending => Some(60),
            Self::EndUnknown => Some(3_600),
            Self::TooManyAttempts { seconds } => Some((*seconds).into()),
            Self::TooManyDeactivations { again_at: Some(at), .. } => {
                u64::try_from(at.as_secs().saturating_sub(now.as_secs()).max(1)).ok()
            }
            Self::Busy => Some(2),
            _ => None,
        }
    }
}

impl From<MembersError> for Problem {
    fn from(error: MembersError) -> Self {
        Self::Malformed(sentence(&error.to_string()))
    }
}

/// An error's words as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let rest = letters.as_str();
    let stop = if rest.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{rest}{stop}")
}
