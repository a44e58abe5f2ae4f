//! Why a proof proves nothing.

use super::MAX_PROOF_LEN;
use crate::{KeyId, UnixTime};

/// The first check of a proof that failed, with both sides of the comparison.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Longer than [`MAX_PROOF_LEN`].
    #[error("it is {0} bytes long; at most {MAX_PROOF_LEN} are read")]
    TooLong(usize),
    /// Not three parts joined by dots.
    #[error("it is not three parts joined by dots")]
    Parts,
    /// A part is not strict base64url.
    #[error("its {0} is not base64url without padding")]
    Encoding(&'static str),
    /// The header is not that of such a proof.
    #[error("its header is not understood: {0}")]
    Header(String),
    /// The signature is not that of the key in its header over these bytes.
    #[error("its signature does not fit the key in its header")]
    Signature,
    /// The signature is genuine, but the claims are not those of such a proof.
    #[error("its claims are not understood: {0}")]
    Claims(String),
    /// Made for a call with another method.
    #[error("it is for another method, not for {expected}")]
    Method {
        /// The call's.
        expected: String,
    },
    /// Made for another license.
    #[error("it is for another license")]
    License,
    /// Made for a request with another body.
    #[error("it is for a request with another body")]
    Body,
    /// Made too long ago, or in the future.
    #[error("it was made at {issued_at}, and it is {now}; at most {} s may lie between", super::PROOF_WINDOW)]
    Untimely {
        /// `iat`
        issued_at: UnixTime,
        /// The time given.
        now: UnixTime,
    },
    /// Answers another challenge.
    #[error("it answers another challenge")]
    Challenge,
    /// By another key than the license names.
    #[error("it is by the key {found}, and the license is for {expected}")]
    OtherKey {
        /// `cnf.jkt` of the license.
        expected: KeyId,
        /// The key in the proof.
        found: KeyId,
    },
    /// The license names no key, so nothing can prove that it is not a copy.
    #[error("the license names no device key; activate the machine to get one that does")]
    NoKey,
    /// None was given.
    #[error("none was given")]
    Missing,
}

impl ProofError {
    /// Its name, which stays: that of `proof` in `docs/sdk/conformance.md` and in the vectors.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too-long",
            Self::Parts => "parts",
            Self::Encoding(_) => "encoding",
            Self::Header(_) => "header",
            Self::Signature => "signature",
            Self::Claims(_) => "claims",
            Self::Method { .. } => "method",
            Self::License => "license",
            Self::Body => "body",
            Self::Untimely { .. } => "untimely",
            Self::Challenge => "challenge",
            Self::OtherKey { .. } => "other-key",
            Self::NoKey => "no-key",
            Self::Missing => "missing",
        }
    }
}
