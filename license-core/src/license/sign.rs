//! Signing.

use super::token::{ALG, TYP};
use super::{Claims, ClaimsError, MAX_TOKEN_LEN};
use crate::SigningKey;
use crate::encoding::base64url;

/// What a signature adds to the text that is signed: a dot and 64 bytes in base64url.
const SIGNATURE_LEN: usize = 1 + 86;

/// A license that lacks only its signature: nothing can go wrong from here on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedLicense {
    /// Header and payload of the compact JWS.
    input: String,
}

impl SigningKey {
    /// Signs a license: a compact JWS whose header is exactly `alg`, `kid` and `typ`.
    ///
    /// Ed25519 signatures are deterministic, so the same claims under the same key are the same bytes.
    ///
    /// # Errors
    /// Claims that a verifier would refuse.
    pub fn issue(&self, claims: &Claims) -> Result<String, ClaimsError> {
        Ok(self.finish(&self.prepare(claims)?))
    }

    /// Everything of [`SigningKey::issue`] but the signature, which takes nearly all of its time and can be made elsewhere.
    ///
    /// # Errors
    /// Claims that a verifier would refuse.
    pub fn prepare(&self, claims: &Claims) -> Result<UnsignedLicense, ClaimsError> {
        claims.check()?;
        // Serialising plain numbers, texts and lists cannot fail; an empty payload would be refused by every verifier.
        let input = self.signing_input(TYP, &serde_json::to_vec(claims).unwrap_or_default());
        let len = input.len() + SIGNATURE_LEN;
        if len > MAX_TOKEN_LEN {
            return Err(ClaimsError::TooLong { len });
        }
        Ok(UnsignedLicense { input })
    }

    /// Signs what this same key has prepared. Under another key the `kid` inside is wrong and no verifier accepts it.
    #[must_use]
    pub fn finish(&self, unsigned: &UnsignedLicense) -> String {
        self.sign_compact(&unsigned.input)
    }

    /// Header and payload of a compact JWS of this key.
    pub(crate) fn signing_input(&self, typ: &str, payload: &[u8]) -> String {
        let mut input = String::with_capacity(1024);
        let header = format!(r#"{{"alg":"{ALG}","kid":"{}","typ":"{typ}"}}"#, self.id());
        base64url::encode_onto(header.as_bytes(), &mut input);
        input.push('.');
        base64url::encode_onto(payload, &mut input);
        input
    }

    /// The compact JWS of a signing input.
    pub(crate) fn sign_compact(&self, input: &str) -> String {
        let mut token = String::with_capacity(input.len() + SIGNATURE_LEN);
        token.push_str(input);
        token.push('.');
        base64url::encode_onto(&self.sign(input.as_bytes()), &mut token);
        token
    }
}
