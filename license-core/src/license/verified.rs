//! A license that was verified: the only type from which claims can be read.

use super::{Claims, NOT_BEFORE_LEEWAY};
use crate::fingerprint::{Binding, Verdict};
use crate::{KeyId, UnixTime};

/// A verified license. Made by [`UnverifiedLicense::verify`](super::UnverifiedLicense::verify) only.
#[derive(Clone, Debug)]
pub struct License {
    pub(super) claims: Claims,
    pub(super) verdict: Option<Verdict>,
    pub(super) verified_at: UnixTime,
}

/// When a genuine license was signed. From [`UnverifiedLicense::signed_at`](super::UnverifiedLicense::signed_at) or
/// [`License::signed_at`] only, so that no unsigned time is ever taken for a signed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedAt(pub(crate) UnixTime);

impl SignedAt {
    /// The license's `iat`.
    #[must_use]
    pub const fn time(self) -> UnixTime {
        self.0
    }
}

/// Where a license stands in its time window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenseState {
    /// Before `nbf` by more than the leeway of five minutes.
    NotYetValid,
    /// Valid.
    Active,
    /// Over, but it still works: the customer should renew.
    Grace {
        /// The first second in which it no longer works.
        until: UnixTime,
    },
    /// Over.
    Expired,
}

impl License {
    /// Where the license stands at `now`.
    #[must_use]
    pub fn state(&self, now: UnixTime) -> LicenseState {
        state(&self.claims, now)
    }

    /// Where the license stood when it was verified: active or in grace.
    #[must_use]
    pub fn state_when_verified(&self) -> LicenseState {
        self.state(self.verified_at)
    }

    /// Whole days until it is over, in grace until it no longer works, counted from `now`; `None` for a perpetual one.
    #[must_use]
    pub fn days_left(&self, now: UnixTime) -> Option<i64> {
        let end = match self.state(now) {
            LicenseState::Grace { until } => until,
            _ => self.expires_at()?,
        };
        Some((end.as_secs().saturating_sub(now.as_secs()) / 86_400).max(0))
    }

    /// The vendor.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.claims.issuer
    }

    /// The product code.
    #[must_use]
    pub fn product(&self) -> &str {
        &self.claims.product
    }

    /// What was bought, one per order line.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.claims.instance
    }

    /// The license's own id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.claims.license_id
    }

    /// When it was signed.
    #[must_use]
    pub fn issued_at(&self) -> UnixTime {
        self.claims.issued_at
    }

    /// When it was signed, as proof for a [`ClockGuard`](crate::ClockGuard).
    #[must_use]
    pub fn signed_at(&self) -> SignedAt {
        SignedAt(self.claims.issued_at)
    }

    /// From when it is valid.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        self.claims.not_before
    }

    /// The first second in which it is no longer valid, before grace; `None` for a perpetual license.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.claims.expires_at
    }

    /// Seconds after the end in which it still works.
    #[must_use]
    pub fn grace(&self) -> u32 {
        self.claims.grace
    }

    /// How many units it grants.
    #[must_use]
    pub fn quantity(&self) -> u32 {
        self.claims.quantity
    }

    /// The names of the features it grants.
    #[must_use]
    pub fn features(&self) -> &[String] {
        &self.claims.features
    }

    /// Whether it grants a feature.
    #[must_use]
    pub fn has_feature(&self, name: &str) -> bool {
        self.claims.features.iter().any(|feature| feature == name)
    }

    /// Granted for trying out.
    #[must_use]
    pub fn is_trial(&self) -> bool {
        self.claims.trial
    }

    /// A test license, which only a verifier that asks for test licenses accepts.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.claims.test
    }

    /// The device it is bound to; `None` when it is for none in particular.
    #[must_use]
    pub fn binding(&self) -> Option<&Binding> {
        self.claims.binding.as_ref()
    }

    /// The thumbprint of the device key of the machine it was given to; `None` where it names none.
    #[must_use]
    pub fn device_key(&self) -> Option<KeyId> {
        self.claims.device_key
    }

    /// What matched, changed or is missing on this device; `None` when the license is for none in particular.
    #[must_use]
    pub fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }
}

pub(super) fn state(claims: &Claims, now: UnixTime) -> LicenseState {
    if now < claims.not_before.minus(NOT_BEFORE_LEEWAY) {
        return LicenseState::NotYetValid;
    }
    let Some(end) = claims.expires_at else {
        return LicenseState::Active;
    };
    let until = end.plus(i64::from(claims.grace));
    if now < end {
        LicenseState::Active
    } else if now < until {
        LicenseState::Grace { until }
    } else {
        LicenseState::Expired
    }
}
