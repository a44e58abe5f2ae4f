//! What a vendor's server learns from a license that comes back to it.

use super::{Claims, Malformed, UnverifiedLicense, VerifyError};
use crate::fingerprint::Binding;
use crate::{KeyId, KeyRing};

/// A license that carries the signature of one of the vendor's own keys. That says who issued it, and nothing of its
/// time, its product or a device: it is for servers that renew licenses, never for software that opens on one.
#[derive(Clone)]
pub struct Issued {
    claims: Claims,
}

impl UnverifiedLicense {
    /// Checks form, key, signature and issuer, in that order, over the bytes as received; an ended license is issued
    /// as well as any other.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn recognise(&self, keys: &KeyRing, issuer: &str) -> Result<Issued, VerifyError> {
        let key = keys.find(self.key).ok_or(VerifyError::UnknownKey { kid: self.key })?;
        if !key.verifies(self.signing_input(), &self.signature) {
            return Err(VerifyError::Signature);
        }
        let claims = Claims::decode(&self.payload).map_err(Malformed::Claims)?;
        if claims.issuer != issuer {
            return Err(VerifyError::Issuer { expected: issuer.to_owned(), found: claims.issuer });
        }
        Ok(Issued { claims })
    }

    /// Reads a license out of the server's own records, where only what it signed itself is kept: form and claims are
    /// checked, the signature is not.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn of_own_records(&self) -> Result<Issued, Malformed> {
        Claims::decode(&self.payload).map(|claims| Issued { claims }).map_err(Malformed::Claims)
    }
}

impl Issued {
    /// The license's own id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.claims.license_id
    }

    /// The device it is bound to.
    #[must_use]
    pub fn binding(&self) -> Option<&Binding> {
        self.claims.binding.as_ref()
    }

    /// The thumbprint of the device key that it names.
    #[must_use]
    pub fn device_key(&self) -> Option<KeyId> {
        self.claims.device_key
    }

    /// What was bought.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.claims.instance
    }
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Issued").field(&self.claims.license_id).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SigningKey, UnixTime};

    fn claims(issuer: &str) -> Claims {
        Claims {
            issuer: issuer.into(),
            product: "cad".into(),
            instance: "bought".into(),
            license_id: "0190".into(),
            issued_at: UnixTime::from_secs(1),
            not_before: UnixTime::from_secs(1),
            expires_at: Some(UnixTime::from_secs(2)),
            binding: None,
            quantity: 1,
            features: Vec::new(),
            grace: 0,
            trial: false,
            test: false,
            device_key: None,
        }
    }

    #[test]
    fn an_ended_license_of_the_vendors_own_is_recognised_and_no_other_is() {
        let (own, foreign) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        let keys: KeyRing = [own.verifying_key().clone()].into_iter().collect();
        let read = |token: &str| token.parse::<UnverifiedLicense>().unwrap().recognise(&keys, "us");
        let token = own.issue(&claims("us")).unwrap();
        let issued = read(&token).unwrap();
        assert_eq!((issued.id(), issued.instance()), ("0190", "bought"));
        assert_eq!(format!("{issued:?}"), r#"Issued("0190")"#);
        let unknown = VerifyError::UnknownKey { kid: foreign.id() };
        assert_eq!(read(&foreign.issue(&claims("us")).unwrap()).unwrap_err(), unknown);
        let other = VerifyError::Issuer { expected: "us".into(), found: "them".into() };
        assert_eq!(read(&own.issue(&claims("them")).unwrap()).unwrap_err(), other);
        let mixed = token.rsplit_once('.').unwrap().0.to_owned()
            + "."
            + own.issue(&claims("them")).unwrap().rsplit_once('.').unwrap().1;
        assert_eq!(read(&mixed).unwrap_err(), VerifyError::Signature);
    }
}
