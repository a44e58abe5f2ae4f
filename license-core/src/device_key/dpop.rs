//! A call to the vendor's server, signed by the machine's key ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
//!
//! The license takes the place of the access token: `ath` is its hash, and its `cnf.jkt` names the key.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{DeviceKey, ProofError, jws};
#[cfg(feature = "generate")]
use crate::encoding::base64url;
use crate::{KeyId, UnixTime};

/// `typ` of a proof.
const TYP: &str = "dpop+jwt";

/// How far from the server's time a proof may have been made, in seconds, either way.
pub const PROOF_WINDOW: i64 = 60;

/// Longest `jti`, in bytes.
const LONGEST_ID: usize = 256;

/// A proof whose signature fits the key in its own header. It proves something only once it is
/// [checked](DpopProof::check), its [URL](DpopProof::url) is the call's, its [id](DpopProof::id) was not seen before, and
/// its [key](DpopProof::key) is that of the license's seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DpopProof {
    key: KeyId,
    claims: Claims,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    htm: String,
    htu: String,
    iat: UnixTime,
    jti: String,
    #[serde(with = "jws::hash")]
    ath: [u8; 32],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<BodyHash>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct BodyHash(#[serde(with = "jws::hash")] [u8; 32]);

impl DeviceKey {
    /// Signs one call: the `DPoP` header of a request with this method to this URL about this license.
    ///
    /// `url` is the request's without query and fragment. Each call needs a proof of its own: `rng` gives its id, 128
    /// bits.
    #[cfg(feature = "generate")]
    #[must_use]
    pub fn prove_call(
        &self,
        method: &str,
        url: &str,
        license: &str,
        now: UnixTime,
        rng: &mut impl rand::CryptoRng,
    ) -> String {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        self.prove_call_as(&base64url::encode(&id), method, url, license, now)
    }

    /// As [`prove_call`](Self::prove_call), for a request with this body: whoever sends the proof again cannot say anything
    /// else with it.
    #[cfg(feature = "generate")]
    #[must_use]
    pub fn prove_request(
        &self,
        method: &str,
        url: &str,
        license: &str,
        body: &[u8],
        now: UnixTime,
        rng: &mut impl rand::CryptoRng,
    ) -> String {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        self.prove_request_as(&base64url::encode(&id), method, url, license, body, now)
    }

    /// As [`prove_request`](Self::prove_request), under an id of the caller's own, 1 to 256 bytes that are never used again.
    #[must_use]
    pub fn prove_request_as(
        &self,
        id: &str,
        method: &str,
        url: &str,
        license: &str,
        body: &[u8],
        now: UnixTime,
    ) -> String {
        let body = Some(BodyHash(Sha256::digest(body).into()));
        self.prove(id, method, url, license, body, now)
    }

    /// As [`prove_call`](Self::prove_call), under an id of the caller's own, 1 to 256 bytes that are never used again.
    #[must_use]
    pub fn prove_call_as(&self, id: &str, method: &str, url: &str, license: &str, now: UnixTime) -> String {
        self.prove(id, method, url, license, None, now)
    }

    fn prove(
        &self,
        id: &str,
        method: &str,
        url: &str,
        license: &str,
        body: Option<BodyHash>,
        now: UnixTime,
    ) -> String {
        let claims = Claims {
            htm: method.to_owned(),
            htu: url.to_owned(),
            iat: now,
            jti: id.to_owned(),
            ath: license_hash(license),
            body,
        };
        jws::sign(self.key(), TYP, &claims)
    }
}

/// The hash of a license as it is sent, without white space around it.
pub(super) fn license_hash(license: &str) -> [u8; 32] {
    Sha256::digest(license.trim_ascii().as_bytes()).into()
}

impl FromStr for DpopProof {
    type Err = ProofError;

    /// Checks form and signature, over the bytes as received.
    fn from_str(text: &str) -> Result<Self, ProofError> {
        let jws::Signed { key, claims } = jws::read::<Claims>(text, TYP)?;
        if claims.jti.is_empty() || claims.jti.len() > LONGEST_ID {
            return Err(ProofError::Claims(format!(
                "jti has {} bytes; 1 to {LONGEST_ID} are allowed",
                claims.jti.len()
            )));
        }
        Ok(Self { key, claims })
    }
}

impl DpopProof {
    /// Checks method, license and time, in that order.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn check(&self, method: &str, license: &str, now: UnixTime) -> Result<(), ProofError> {
        if self.claims.htm != method {
            return Err(ProofError::Method { expected: method.to_owned() });
        }
        if self.claims.ath != license_hash(license) {
            return Err(ProofError::License);
        }
        let issued_at = self.claims.iat;
        if issued_at.as_secs().abs_diff(now.as_secs()) > PROOF_WINDOW.unsigned_abs() {
            return Err(ProofError::Untimely { issued_at, now });
        }
        Ok(())
    }

    /// Checks that it is for a request with this body, where it names one: older callers do not.
    ///
    /// # Errors
    /// [`ProofError::Body`]
    pub fn check_body(&self, body: &[u8]) -> Result<(), ProofError> {
        let is_for = |named: &BodyHash| named.0 == <[u8; 32]>::from(Sha256::digest(body));
        self.claims.body.as_ref().is_none_or(is_for).then_some(()).ok_or(ProofError::Body)
    }

    /// `htu`: the URL it was made for, as the caller knows it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.claims.htu
    }

    /// `jti`, 1 to 256 bytes: a proof is for one call.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.claims.jti
    }

    /// The thumbprint of the key that signed it.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;

    const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);
    const URL: &str = "https://licenses.vendor.example/v1/licenses/renew";

    fn key() -> DeviceKey {
        DeviceKey::from_seed(&[7; 32])
    }

    fn proof() -> String {
        key().prove_call("POST", URL, "a.b.c\n", NOW, &mut rand::rng())
    }

    #[test]
    fn a_proof_is_for_one_method_one_license_and_one_time() {
        let read: DpopProof = proof().parse().unwrap();
        assert_eq!((read.key(), read.url()), (key().thumbprint(), URL));
        assert_eq!(read.check("POST", "a.b.c", NOW), Ok(()));
        assert_eq!(read.check("DELETE", "a.b.c", NOW), Err(ProofError::Method { expected: "DELETE".into() }));
        assert_eq!(read.check("POST", "a.b.d", NOW), Err(ProofError::License));
        for (off, holds) in [(-61, false), (-60, true), (60, true), (61, false), (i64::MAX, false)] {
            let now = NOW.plus(off);
            let untimely = Err(ProofError::Untimely { issued_at: NOW, now });
            assert_eq!(read.check("POST", "a.b.c", now), if holds { Ok(()) } else { untimely }, "{off}");
        }
        assert_ne!(read.id(), proof().parse::<DpopProof>().unwrap().id());
    }

    #[test]
    fn a_proof_that_names_a_body_is_for_that_body_only() {
        let of = |body| key().prove_request("POST", URL, "a.b.c", body, NOW, &mut rand::rng());
        let read: DpopProof = of(b"{}").parse().unwrap();
        assert_eq!((read.check("POST", "a.b.c", NOW), read.check_body(b"{}")), (Ok(()), Ok(())));
        assert_eq!(read.check_body(b"{ }"), Err(ProofError::Body));
        assert_eq!(of(b"").parse::<DpopProof>().unwrap().check_body(b"{}"), Err(ProofError::Body));
        assert_eq!(proof().parse::<DpopProof>().unwrap().check_body(b"{}"), Ok(()), "an older caller's");
    }

    #[test]
    fn a_signature_is_of_the_key_in_the_header() {
        let own = proof();
        let other = DeviceKey::from_seed(&[8; 32]).prove_call("POST", URL, "a.b.c", NOW, &mut rand::rng());
        let (_, rest) = own.split_once('.').unwrap();
        let (header, _) = other.split_once('.').unwrap();
        assert_eq!(format!("{header}.{rest}").parse::<DpopProof>(), Err(ProofError::Signature));
    }

    #[test]
    fn claims_are_read_strictly() {
        let good = r#"{"htm":"POST","htu":"u","iat":1,"jti":"x","ath":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
        let sign = |typ: &str, json: &str| {
            let value: Box<serde_json::value::RawValue> = serde_json::from_str(json).unwrap();
            jws::sign(&SigningKey::from_seed(&[7; 32]), typ, &value)
        };
        let read = |typ: &str, json: &str| sign(typ, json).parse::<DpopProof>();
        assert!(read(TYP, good).is_ok());
        assert!(read(TYP, &good.replace('{', r#"{"nonce":"n","#)).is_ok(), "what is not known is ignored");
        for (typ, json) in [
            ("license+jwt", good.to_owned()),
            (TYP, good.replace('{', r#"{"htm":"POST","#)),
            (TYP, good.replace('{', r#"{"x":{"a":1,"\u0061":2},"#)),
            (TYP, good.replace("\"x\"", "\"\"")),
            (TYP, good.replace("\"x\"", &format!("\"{}\"", "x".repeat(257)))),
            (TYP, good.replace("\"x\"", "7")),
            (TYP, good.replace(":1,", ":\"1\",")),
            (TYP, good.replace(":1,", ":1.5,")),
            (TYP, good.replace("AAA\"", "AA=\"")),
            (TYP, good.replace('{', r#"{"body":"AA","#)),
            (TYP, good.replace("\"htm\":\"POST\",", "")),
            (TYP, format!("[{good}]")),
            (TYP, "\"x\"".into()),
        ] {
            assert!(read(typ, &json).is_err(), "{typ} {json}");
        }
    }
}
