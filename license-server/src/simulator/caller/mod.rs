//! The store's calls: signed as the store signs, sent, measured.

mod url;
mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use data_encoding::HEXLOWER;
pub use url::{ProductionUrl, UrlError};
pub use wire::{Answer, Unanswered};

use super::chance::Chance;
use crate::clock::Clock;
use crate::config::Secret;
use crate::koogallery::sign;

/// The store gives up on a call after this long.
pub const LATE: Duration = Duration::from_secs(5);
/// The simulator waits longer, to tell a late answer from none.
const GIVE_UP: Duration = Duration::from_secs(10);

/// A call's members, all of them texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members(BTreeMap<&'static str, String>);

/// A call with its signature; sent twice, it is the same call to the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCall {
    /// What goes behind the `?`.
    pub parameters: String,
    /// The body.
    pub body: Bytes,
}

/// Signs calls and sends them to one address.
pub struct Caller {
    wire: wire::Wire,
    access_key: Secret,
    clock: Clock,
}

impl Members {
    /// The members of an activity.
    #[must_use]
    pub fn of(activity: &str) -> Self {
        Self::default().with("activity", activity)
    }

    /// With a member more, or another value of one.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.insert(name, value.into());
        self
    }

    /// With a member less.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// A member's value, empty when it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Compact JSON in the order of the names: what the store signs and what it sends are the same bytes then.
    #[must_use]
    pub fn to_json(&self) -> Bytes {
        // A map of texts always serialises.
        serde_json::to_vec(&self.0).unwrap_or_default().into()
    }
}

impl fmt::Display for Members {
    /// The activity and the members that tell calls apart, long values cut, and never a whole fingerprint.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get("activity"))?;
        for (name, value) in self.0.iter().filter(|(name, _)| **name != "activity") {
            let most = if *name == "deviceFingerprint" { 17 } else { 40 };
            let cut: String = value.chars().take(most).collect();
            write!(f, " {name}={cut}{}", if cut.len() < value.len() { "…" } else { "" })?;
        }
        Ok(())
    }
}

impl Caller {
    /// Makes ready to call an address.
    ///
    /// # Errors
    /// For `https`: when the machine trusts no certificate at all.
    pub fn to(url: ProductionUrl, access_key: Secret, clock: Clock) -> Result<Self, Unanswered> {
        Ok(Self { wire: wire::Wire::to(url)?, access_key, clock })
    }

    /// The time of the simulator.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Signs with the time of now in 13 digits.
    #[must_use]
    pub fn signed(&self, members: &Members, chance: &Chance) -> SignedCall {
        self.signed_at(members, chance, &self.clock.now_ms().to_string())
    }

    /// Signs with a timestamp as it is given.
    #[must_use]
    pub fn signed_at(&self, members: &Members, chance: &Chance, timestamp: &str) -> SignedCall {
        signed_with(&self.access_key, members, &chance.hex(), timestamp)
    }

    /// Sends a call and measures it.
    ///
    /// # Errors
    /// [`Unanswered`]; the call may have arrived all the same.
    pub async fn send(&self, call: &SignedCall) -> Result<Answer, Unanswered> {
        let began = self.clock.instant();
        let answer = self.wire.post(&call.parameters, call.body.clone());
        let answer = tokio::time::timeout(GIVE_UP, answer).await;
        let took = self.clock.instant().duration_since(began);
        answer.map_err(|_| Unanswered::TimedOut(GIVE_UP))?.map(|answer| Answer { took, ..answer })
    }
}

/// Signs with any key.
#[must_use]
pub fn signed_with(key: &Secret, members: &Members, nonce: &str, timestamp: &str) -> SignedCall {
    let body = members.to_json();
    let signature = HEXLOWER.encode(&sign(key, nonce, timestamp, &body));
    SignedCall { parameters: format!("signature={signature}&timestamp={timestamp}&nonce={nonce}"), body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::koogallery::signature::authenticate;

    #[test]
    fn what_the_caller_signs_is_the_stores_call() {
        let (clock, _) = Clock::settable(1_790_144_272_509);
        let key = Secret::from("demo-access-key");
        let caller = Caller::to("http://h/".parse().unwrap(), key.clone(), clock).unwrap();
        let members = Members::of("newInstance").with("orderLineId", "b").with("businessId", "云/a");
        let call = caller.signed(&members, &Chance::new([1; 16]));
        assert_eq!(call.body, r#"{"activity":"newInstance","businessId":"云/a","orderLineId":"b"}"#);
        let now = 1_790_144_272_509;
        assert!(authenticate(&[key], &call.parameters, &call.body, None, now).is_ok());
        assert_ne!(caller.signed(&members, &Chance::new([2; 16])), call, "every call has its own nonce");
    }

    #[test]
    fn a_call_is_shown_without_its_fingerprint() {
        let text = "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||BFEBFBFF00090672";
        let shown =
            Members::of("getLicenseAsync").with("eventId", "e").with("deviceFingerprint", text).to_string();
        assert_eq!(shown, "getLicenseAsync deviceFingerprint=04:7C:16:5E:E3:5D… eventId=e");
    }
}
