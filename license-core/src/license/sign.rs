//! Signing.

use super::token::{ALG, TYP};
use super::{Claims, ClaimsError, MAX_TOKEN_LEN};
use crate::SigningKey;
use crate::encoding::base64url;

impl SigningKey {
    /// Signs a license: a compact JWS whose header is exactly `alg`, `kid` and `typ`.
    ///
    /// Ed25519 signatures are deterministic, so the same claims under the same key are the same bytes.
    ///
    /// # Errors
    /// Claims that a verifier would refuse.
    pub fn issue(&self, claims: &Claims) -> Result<String, ClaimsError> {
        claims.check()?;
        let mut token = String::with_capacity(1024);
        let header = format!(r#"{{"alg":"{ALG}","kid":"{}","typ":"{TYP}"}}"#, self.id());
        base64url::encode_onto(header.as_bytes(), &mut token);
        token.push('.');
        // Serialising plain numbers, texts and lists cannot fail; an empty payload would be refused by every verifier.
        let payload = serde_json::to_vec(claims).unwrap_or_default();
        base64url::encode_onto(&payload, &mut token);
        let signature = self.sign(token.as_bytes());
        token.push('.');
        base64url::encode_onto(&signature, &mut token);
        if token.len() > MAX_TOKEN_LEN {
            return Err(ClaimsError::TooLong { len: token.len() });
        }
        Ok(token)
    }
}
