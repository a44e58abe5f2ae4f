//! What the store's answer amounts to. Its code alone decides, whatever the HTTP status.

use std::time::Duration;

use bytes::Bytes;
use jiff::fmt::rfc2822::DateTimeParser;
use license_core::UnixTime;
use serde::Deserialize;

use super::error::{CallError, CallErrorKind};
use super::json::{Raw, object, text, visible};
use crate::config::Secret;

/// The longest pause that the store may ask for, in seconds.
const LONGEST_PAUSE: i64 = 3600;
/// How much of the store's message is passed on.
const MESSAGE: usize = 120;
/// How much of a code.
const CODE: usize = 32;

/// An answer, read whole.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Bytes,
    /// How the call failed at the other address before.
    pub(super) earlier: Option<CallErrorKind>,
}

/// The members of every answer. The order query says `result…`, the upload `error_…`; either may say both.
#[derive(Default, Deserialize)]
pub(super) struct Wire<'a> {
    #[serde(borrow, rename = "resultCode")]
    result_code: Raw<'a>,
    #[serde(rename = "resultMsg")]
    result_msg: Raw<'a>,
    error_code: Raw<'a>,
    error_msg: Raw<'a>,
    #[serde(rename = "orderInfo")]
    pub(super) order_info: Raw<'a>,
}

impl Answer {
    /// The members of an answer whose code is one of `success`. No key of `hidden` gets into an error.
    pub(super) fn accept(&self, success: &[&str], hidden: [&Secret; 2]) -> Result<Wire<'_>, CallError> {
        let json = serde_json::from_slice(&self.body).ok();
        let wire: Wire<'_> = json.and_then(object).unwrap_or_default();
        let codes = [wire.result_code, wire.error_code].map(text);
        let failure = codes.iter().flatten().find(|code| !success.contains(&code.trim()));
        let error = match failure {
            None if codes.iter().any(Option::is_some) => return Ok(wire),
            None => self.without_code(),
            Some(code) => {
                let message = text(wire.result_msg).or_else(|| text(wire.error_msg)).unwrap_or_default();
                self.refusal(code.trim(), &clean(&message, hidden, MESSAGE), &clean(code, hidden, CODE))
            }
        };
        Err(CallError { retry_after: self.retry_after, earlier: self.earlier, ..error })
    }

    fn refusal(&self, code: &str, message: &str, shown: &str) -> CallError {
        let kind = kind(code).or_else(|| of_status(self.status)).unwrap_or(CallErrorKind::Failed);
        let what = match (kind, code) {
            (CallErrorKind::Final, "91381035") => "the store has no license left for this application",
            (CallErrorKind::Final, _) => "the store no longer knows this application",
            (CallErrorKind::Parameter, _) => "the store finds something wrong with what was sent",
            (CallErrorKind::NotAllowed, _) => "the store does not allow this; check STORE_AK and STORE_SK",
            (CallErrorKind::RateLimited, _) => "the store wants fewer calls",
            _ => "the store failed",
        };
        let separator = if message.is_empty() { "" } else { " " };
        CallError::new(kind, format!("{what}: {shown}{separator}{message}"))
    }

    fn without_code(&self) -> CallError {
        let status = self.status;
        let (kind, what) = match status {
            300..=399 => (
                CallErrorKind::Failed,
                "the store's address redirects to another one, which is not followed; check STORE_URL",
            ),
            200..=299 => (CallErrorKind::Garbled, "the store's answer holds no result code"),
            _ => match of_status(status) {
                Some(kind @ CallErrorKind::NotAllowed) => {
                    (kind, "the store does not allow this; check STORE_AK and STORE_SK")
                }
                Some(kind) => (kind, "the store wants fewer calls"),
                None => (CallErrorKind::Failed, "the store failed without a result code; check STORE_URL"),
            },
        };
        CallError::new(kind, format!("{what}: HTTP {status}"))
    }
}

/// The pause that a `Retry-After` header asks for: seconds, or a date (RFC 9110, section 10.2.3).
pub(super) fn retry_after(header: &str, now: UnixTime) -> Option<Duration> {
    let header = header.trim();
    let seconds = if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too long a number is a long pause.
        header.parse().unwrap_or(i64::MAX)
    } else {
        let date = DateTimeParser::new().parse_timestamp(header).ok()?;
        date.as_second().saturating_sub(now.as_secs())
    };
    u64::try_from(seconds.clamp(0, LONGEST_PAUSE)).ok().map(Duration::from_secs)
}

/// The store's own codes: `CBC.*` and `MKT.*` share their numbers.
fn kind(code: &str) -> Option<CallErrorKind> {
    let number = code.strip_prefix("CBC.").or_else(|| code.strip_prefix("MKT.")).unwrap_or(code);
    match number {
        "91381034" | "91381035" => Some(CallErrorKind::Final),
        _ if number == code => None,
        "0100" | "0101" | "0199" => Some(CallErrorKind::Parameter),
        "0150" | "0151" | "0154" => Some(CallErrorKind::NotAllowed),
        "0250" => Some(CallErrorKind::RateLimited),
        _ => None,
    }
}

/// What the status says where no code of the store's does, as in answers of the gateway in front of it.
fn of_status(status: u16) -> Option<CallErrorKind> {
    match status {
        401 | 403 => Some(CallErrorKind::NotAllowed),
        406 | 429 => Some(CallErrorKind::RateLimited),
        _ => None,
    }
}

fn clean(text: &str, hidden: [&Secret; 2], most: usize) -> String {
    let text = hidden.iter().fold(text.to_owned(), |text, key| text.replace(key.expose(), "***"));
    visible(&text, most).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SUCCESS: [&str; 2] = ["MKT.0000", "92020000"];

    fn answer(status: u16, body: &str) -> Result<(), CallError> {
        let answer = Answer { status, retry_after: None, earlier: None, body: Bytes::from(body.to_owned()) };
        answer.accept(&SUCCESS, [&Secret::from("AKDEMO0001"), &Secret::from("SKdemo")]).map(drop)
    }

    fn kind_of(status: u16, body: &str) -> CallErrorKind {
        answer(status, body).unwrap_err().kind
    }

    #[test]
    fn the_code_decides_whatever_the_status() {
        for body in [
            r#"{"resultCode":"MKT.0000"}"#,
            r#"{"error_code":"MKT.0000","error_msg":null}"#,
            r#"{"error_code":92020000,"resultCode":null}"#,
        ] {
            for status in [200, 302, 403, 429, 500] {
                assert_eq!(answer(status, body), Ok(()), "{body}");
            }
        }
        assert_eq!(
            kind_of(200, r#"{"resultCode":"MKT.0000","error_code":"MKT.0999"}"#),
            CallErrorKind::Failed
        );
    }

    #[test]
    fn every_code_has_its_kind() {
        use CallErrorKind::{Failed, Final, NotAllowed, Parameter, RateLimited};
        for (code, kind) in [
            ("0100", Parameter),
            ("0101", Parameter),
            ("0199", Parameter),
            ("0150", NotAllowed),
            ("0151", NotAllowed),
            ("0154", NotAllowed),
            ("0250", RateLimited),
            ("0999", Failed),
            ("0001", Failed),
        ] {
            for status in [200, 403, 429, 500] {
                for shop in ["CBC", "MKT"] {
                    let expected = if kind == Failed { of_status(status).unwrap_or(Failed) } else { kind };
                    let body = format!(r#"{{"resultCode":"{shop}.{code}"}}"#);
                    assert_eq!(kind_of(status, &body), expected, "{status} {body}");
                }
            }
        }
        assert_eq!(kind_of(200, r#"{"error_code":91381034}"#), Final);
        assert_eq!(kind_of(200, r#"{"error_code":"91381035"}"#), Final);
        assert_eq!(kind_of(401, r#"{"error_code":"APIG.0301"}"#), NotAllowed);
        assert_eq!(kind_of(200, r#"{"error_code":"0100"}"#), Failed);
    }

    #[test]
    fn an_answer_without_a_code_is_judged_by_its_status() {
        for body in
            ["", "<html>", "null", "[]", r#"["MKT.0000",null,null,null,null]"#, r#"{"resultCode":true}"#]
        {
            for (status, kind) in [
                (200, CallErrorKind::Garbled),
                (301, CallErrorKind::Failed),
                (401, CallErrorKind::NotAllowed),
                (403, CallErrorKind::NotAllowed),
                (404, CallErrorKind::Failed),
                (406, CallErrorKind::RateLimited),
                (429, CallErrorKind::RateLimited),
                (502, CallErrorKind::Failed),
            ] {
                assert_eq!(kind_of(status, body), kind, "{status} {body}");
            }
        }
    }

    #[test]
    fn a_message_is_passed_on_short_plain_and_without_keys() {
        let body = format!(
            r#"{{"error_code":"MKT.0154","error_msg":"AK AKDEMO0001\n SKdemo {}"}}"#,
            "中".repeat(200)
        );
        let message = answer(200, &body).unwrap_err().message;
        let expected = "the store does not allow this; check STORE_AK and STORE_SK: MKT.0154 AK *** *** ";
        assert_eq!(message, format!("{expected}{}", "中".repeat(120 - "AK *** *** ".len())));
        let code = format!(r#"{{"resultCode":"{}"}}"#, "x".repeat(900));
        assert_eq!(answer(200, &code).unwrap_err().message, format!("the store failed: {}", "x".repeat(32)));
    }

    #[test]
    fn a_pause_is_seconds_or_a_date_and_at_most_an_hour() {
        let now = UnixTime::from_secs(784_111_777);
        for (header, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("3601", Some(3600)),
            ("99999999999999999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", Some(0)),
            ("Sun, 06 Nov 2044 08:49:37 GMT", Some(3600)),
            ("", None),
            ("-1", None),
            ("soon", None),
        ] {
            assert_eq!(retry_after(header, now), seconds.map(Duration::from_secs), "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_answer_is_judged(status in 100_u16..600, body in "\\PC{0,40}|[{}\\[\\]:,\"a-z0-9]{0,60}", header in "\\PC{0,40}") {
            let _ = answer(status, &body);
            let _ = retry_after(&header, UnixTime::from_secs(0));
        }
    }
}
