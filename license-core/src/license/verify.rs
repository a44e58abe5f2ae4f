//! The one call that makes all checks.

use super::trust::Possession;
use super::verified::state;
use super::{Accept, Claims, License, LicenseState, Malformed, SignedAt, Trust, UnverifiedLicense};
use crate::device_key::{PossessionChallenge, ProofError};
use crate::fingerprint::{Device, Verdict};
use crate::{KeyId, UnixTime};

/// The first check that failed, with both sides of the comparison.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It is no license in a form that is understood.
    #[error("this is not a license: {0}")]
    Malformed(#[from] Malformed),
    /// Signed with a key that is not among the trusted ones.
    #[error("the license was signed with key {kid}, which is not one of the vendor's keys known here")]
    UnknownKey {
        /// The key it names.
        kid: KeyId,
    },
    /// The signature is not that of the named key over these bytes.
    #[error("the signature does not fit: the license was changed or forged")]
    Signature,
    /// Another vendor's.
    #[error("the license is from {found}, not from {expected}")]
    Issuer {
        /// The trusted issuer.
        expected: String,
        /// `iss`
        found: String,
    },
    /// For another product.
    #[error("the license is for the product {found}, not for {expected}")]
    Product {
        /// The product that asks.
        expected: String,
        /// `aud`
        found: String,
    },
    /// It begins later.
    #[error("the license is valid from {not_before}; the clock here says {now}")]
    NotYetValid {
        /// `nbf`
        not_before: UnixTime,
        /// The time given.
        now: UnixTime,
    },
    /// It is over, grace included.
    #[error("the license ended at {ended_at}; the clock here says {now}")]
    Expired {
        /// `exp` plus grace.
        ended_at: UnixTime,
        /// The time given.
        now: UnixTime,
    },
    /// It is bound to another machine, or too much of this one was changed.
    #[error("the license is bound to another machine, or too much of this one was changed:\n{0}")]
    Device(Verdict),
    /// It is bound to facts that an ordinary user cannot read, and they were not read.
    #[error(
        "the license is bound to hardware facts that only an administrator can read; \
         check it with those rights (--privileged):\n{0}"
    )]
    NeedsPrivileges(Verdict),
    /// A test license where real ones are asked for.
    #[error("this is a test license; real ones are asked for")]
    TestLicense,
    /// A real license where test ones are asked for.
    #[error("this is a real license; test ones are asked for")]
    RealLicense,
    /// Proof was asked for that the license is on the machine that it was given to, and this is none.
    #[error("it is not shown that this machine has the license's key: {0}")]
    Possession(ProofError),
}

impl UnverifiedLicense {
    /// Checks form, key, signature, issuer, product, time window, device, and test or real, in that order, over the
    /// bytes as received. Claims are decoded only after the signature was verified.
    ///
    /// # Errors
    /// The first check that failed; [`VerifyError::Possession`] as the last one where `trust`
    /// [asks for it](Trust::require_possession).
    pub fn verify(&self, trust: &Trust, device: &Device, now: UnixTime) -> Result<License, VerifyError> {
        let license = self.verified(trust, device, now)?;
        match trust.possession {
            Possession::NotAsked => Ok(license),
            Possession::Required => Err(VerifyError::Possession(ProofError::Missing)),
        }
    }

    /// As [`verify`](Self::verify), and then whether `proof` is the answer to `challenge` by the key that the license
    /// names. The challenge is the caller's own, new for this check.
    ///
    /// # Errors
    /// The first check that failed; [`VerifyError::Possession`] for the proof, and for a license that names no key.
    pub fn verify_with_proof(
        &self,
        trust: &Trust,
        device: &Device,
        now: UnixTime,
        challenge: &PossessionChallenge,
        proof: &str,
    ) -> Result<License, VerifyError> {
        let license = self.verified(trust, device, now)?;
        let key = license.device_key().ok_or(VerifyError::Possession(ProofError::NoKey))?;
        challenge.check(key, self.as_str(), proof).map_err(VerifyError::Possession)?;
        Ok(license)
    }

    fn verified(&self, trust: &Trust, device: &Device, now: UnixTime) -> Result<License, VerifyError> {
        let claims = self.genuine(trust)?;
        check_window(&claims, now)?;
        let verdict = check_device(&claims, device)?;
        check_acceptance(&claims, trust)?;
        Ok(License { claims, verdict, verified_at: now })
    }

    /// When it was signed, whether or not it holds here and now: proof that it is at least that late, for a
    /// [`ClockGuard`](crate::ClockGuard).
    ///
    /// # Errors
    /// The first check that failed, of all but time window and device.
    pub fn signed_at(&self, trust: &Trust) -> Result<SignedAt, VerifyError> {
        let claims = self.genuine(trust)?;
        check_acceptance(&claims, trust)?;
        Ok(SignedAt(claims.issued_at))
    }

    /// The claims of a license that the vendor signed for this product.
    fn genuine(&self, trust: &Trust) -> Result<Claims, VerifyError> {
        let key = trust.keys.find(self.key).ok_or(VerifyError::UnknownKey { kid: self.key })?;
        if !key.verifies(self.signing_input(), &self.signature) {
            return Err(VerifyError::Signature);
        }
        let claims = Claims::decode(&self.payload).map_err(Malformed::Claims)?;
        check_origin(&claims, trust)?;
        Ok(claims)
    }
}

fn check_acceptance(claims: &Claims, trust: &Trust) -> Result<(), VerifyError> {
    match (trust.accept, claims.test) {
        (Accept::Real, true) => Err(VerifyError::TestLicense),
        (Accept::Test, false) => Err(VerifyError::RealLicense),
        _ => Ok(()),
    }
}

fn check_origin(claims: &Claims, trust: &Trust) -> Result<(), VerifyError> {
    if claims.issuer != trust.issuer {
        return Err(VerifyError::Issuer { expected: trust.issuer.clone(), found: claims.issuer.clone() });
    }
    if claims.product != trust.product {
        return Err(VerifyError::Product { expected: trust.product.clone(), found: claims.product.clone() });
    }
    Ok(())
}

fn check_window(claims: &Claims, now: UnixTime) -> Result<(), VerifyError> {
    match state(claims, now) {
        LicenseState::Active | LicenseState::Grace { .. } => Ok(()),
        LicenseState::NotYetValid => Err(VerifyError::NotYetValid { not_before: claims.not_before, now }),
        LicenseState::Expired => {
            let end = claims.expires_at.unwrap_or_default();
            Err(VerifyError::Expired { ended_at: end.plus(i64::from(claims.grace)), now })
        }
    }
}

fn check_device(claims: &Claims, device: &Device) -> Result<Option<Verdict>, VerifyError> {
    let Some(binding) = &claims.binding else {
        return Ok(None);
    };
    let verdict = binding.check(device);
    if verdict.passes() {
        Ok(Some(verdict))
    } else if verdict.needs_privileges() {
        Err(VerifyError::NeedsPrivileges(verdict))
    } else {
        Err(VerifyError::Device(verdict))
    }
}
