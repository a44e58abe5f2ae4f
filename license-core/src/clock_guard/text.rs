//! The guard as one line of text, sealed: `clock-guard/v1 MARK UPTIME START RIGHT SEAL`.
//!
//! The mark and the uptime are milliseconds, the start is 16 hex digits, `-` stands for what is not known, and the seal
//! is HMAC-SHA256 over everything before its space, in base64url.

use data_encoding::HEXLOWER;
use hmac::Mac as _;
use subtle::ConstantTimeEq as _;

use super::{ClockGuard, ClockKey, LAST_MARK, Uptime};
use crate::encoding::base64url;
use crate::mac::hmac_sha256;

const VERSION: &str = "clock-guard/v1";
/// Longer than any text that is written.
const MAX_LEN: usize = 160;

/// A text that this key did not seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored mark of the clock is damaged, or of another machine or product; it begins anew")]
pub struct BrokenMark;

impl ClockGuard {
    /// Reads what [`to_text`](ClockGuard::to_text) wrote. White space around it is dropped.
    ///
    /// # Errors
    /// [`BrokenMark`]: go on with [`ClockGuard::new`], as [`ClockGuard::restore`] does.
    pub fn from_text(key: &ClockKey, text: &str) -> Result<Self, BrokenMark> {
        let text = text.trim_ascii();
        if text.len() > MAX_LEN {
            return Err(BrokenMark);
        }
        let (body, found) = text.rsplit_once(' ').ok_or(BrokenMark)?;
        let found: [u8; 32] = base64url::decode_array(found.as_bytes()).ok_or(BrokenMark)?;
        if !bool::from(seal(key, body).ct_eq(&found)) {
            return Err(BrokenMark);
        }
        read(key, body).ok_or(BrokenMark)
    }

    /// One line of at most 160 ASCII characters without a line feed. It names no person and no machine.
    #[must_use]
    pub fn to_text(&self) -> String {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        let uptime = or_dash(self.uptime.map(|uptime| uptime.ran.to_string()));
        let start = or_dash(self.uptime.and_then(|uptime| uptime.start).map(|start| HEXLOWER.encode(&start)));
        let body = format!("{VERSION} {} {uptime} {start} {}", self.mark, u8::from(self.was_right));
        sealed(&self.key, &body)
    }
}

pub(super) fn sealed(key: &ClockKey, body: &str) -> String {
    format!("{body} {}", base64url::encode(&seal(key, body)))
}

/// Reads what was sealed. Strict all the same: a key may be anybody's.
fn read(key: &ClockKey, body: &str) -> Option<ClockGuard> {
    let fields: Vec<&str> = body.split(' ').collect();
    let [VERSION, mark, uptime, start, was_right] = fields[..] else { return None };
    let mark = number(mark).filter(|mark| *mark <= LAST_MARK)?;
    let uptime = match (uptime, start) {
        ("-", "-") => None,
        (ran, "-") => Some(Uptime { ran: number(ran)?, start: None }),
        (ran, start) => {
            let start = HEXLOWER.decode(start.as_bytes()).ok()?.try_into().ok()?;
            Some(Uptime { ran: number(ran)?, start: Some(start) })
        }
    };
    let was_right = match was_right {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    Some(ClockGuard { key: key.clone(), mark, uptime, was_right })
}

/// Digits only, no leading zero.
fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| *number >= 0 && number.to_string() == text)
}

fn seal(key: &ClockKey, body: &str) -> [u8; 32] {
    hmac_sha256(key.as_bytes()).chain_update(body).finalize().into_bytes().into()
}
