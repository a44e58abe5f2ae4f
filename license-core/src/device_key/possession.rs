//! A challenge of the vendor's software, answered by the machine's key: a copied file is no copied license.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::dpop::license_hash;
use super::{DeviceKey, ProofError, jws};
use crate::KeyId;
use crate::encoding::base64url;

/// `typ` of an answer: none of these is taken for a call's proof, nor the other way round.
const TYP: &str = "license-possession+jwt";

/// 32 random bytes that nobody could have signed before. Make one for each check, and use it once.
///
/// As text 43 characters of base64url, which go to the machine's agent:
///
#[cfg_attr(feature = "generate", doc = "```")]
#[cfg_attr(not(feature = "generate"), doc = "```ignore")]
/// # use license_core::{DeviceKey, PossessionChallenge};
/// # let device_key = DeviceKey::generate(&mut rand::rng());
/// # let license = "eyJ….eyJ….c2ln";
/// let challenge = PossessionChallenge::new(&mut rand::rng());
/// let sent: PossessionChallenge = challenge.to_string().parse()?; // in the agent
/// let proof = sent.prove(license, &device_key);
/// challenge.check(device_key.thumbprint(), license, &proof)?; // in the vendor's software
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PossessionChallenge([u8; 32]);

/// The text is not 43 characters of base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a challenge is 43 characters of base64url")]
pub struct ChallengeError;

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(with = "jws::hash")]
    nonce: [u8; 32],
    #[serde(with = "jws::hash")]
    ath: [u8; 32],
}

impl PossessionChallenge {
    /// A new one from `rng`.
    #[cfg(feature = "generate")]
    pub fn new(rng: &mut impl rand::CryptoRng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The challenge of 32 bytes that the caller has from a source of randomness of its own.
    #[must_use]
    pub const fn from_bytes(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// The answer: the machine's signature over this challenge and the hash of this license.
    #[must_use]
    pub fn prove(&self, license: &str, key: &DeviceKey) -> String {
        jws::sign(key.key(), TYP, &Claims { nonce: self.0, ath: license_hash(license) })
    }

    /// Checks an answer: form, signature, challenge, license and key, in that order. `key` is the license's `cnf.jkt`.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn check(&self, key: KeyId, license: &str, proof: &str) -> Result<(), ProofError> {
        let jws::Signed { key: found, claims } = jws::read::<Claims>(proof.trim_ascii(), TYP)?;
        if claims.nonce != self.0 {
            return Err(ProofError::Challenge);
        }
        if claims.ath != license_hash(license) {
            return Err(ProofError::License);
        }
        if found != key {
            return Err(ProofError::OtherKey { expected: key, found });
        }
        Ok(())
    }
}

impl fmt::Display for PossessionChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(&self.0))
    }
}

impl FromStr for PossessionChallenge {
    type Err = ChallengeError;

    fn from_str(text: &str) -> Result<Self, ChallengeError> {
        base64url::decode_array(text.trim_ascii().as_bytes()).map(Self).ok_or(ChallengeError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DpopProof, UnixTime};

    #[test]
    fn an_answer_is_for_one_challenge_one_license_and_one_key() {
        let (key, other) = (DeviceKey::from_seed(&[7; 32]), DeviceKey::from_seed(&[8; 32]));
        let (challenge, next) =
            (PossessionChallenge::new(&mut rand::rng()), PossessionChallenge::new(&mut rand::rng()));
        let proof = challenge.prove("a.b.c\n", &key);
        assert_eq!(challenge.check(key.thumbprint(), "a.b.c", &format!("{proof}\n")), Ok(()));
        assert_eq!(next.check(key.thumbprint(), "a.b.c", &proof), Err(ProofError::Challenge));
        assert_eq!(challenge.check(key.thumbprint(), "a.b.d", &proof), Err(ProofError::License));
        let (expected, found) = (other.thumbprint(), key.thumbprint());
        assert_eq!(challenge.check(expected, "a.b.c", &proof), Err(ProofError::OtherKey { expected, found }));
    }

    #[test]
    fn a_calls_proof_answers_no_challenge_and_an_answer_proves_no_call() {
        let key = DeviceKey::from_seed(&[7; 32]);
        let challenge = PossessionChallenge::new(&mut rand::rng());
        assert!(challenge.prove("l", &key).parse::<DpopProof>().is_err());
        let call = key.prove_call("POST", "u", "l", UnixTime::from_secs(1), &mut rand::rng());
        assert!(matches!(challenge.check(key.thumbprint(), "l", &call), Err(ProofError::Header(_))));
    }

    #[test]
    fn a_challenge_reads_back_and_nothing_else_is_one() {
        let challenge = PossessionChallenge::new(&mut rand::rng());
        assert_eq!(format!(" {challenge}\n").parse(), Ok(challenge.clone()));
        for text in ["", "AA", &format!("{challenge}="), &challenge.to_string()[1..]] {
            assert_eq!(text.parse::<PossessionChallenge>(), Err(ChallengeError), "{text}");
        }
    }
}
