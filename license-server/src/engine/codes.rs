//! Activation codes: made from a secret of the server's, so that one can be shown again, and found by their digests.

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use license_core::ActivationCode;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::ids::InstanceId;

/// The secret that all codes are made from, if it is known here. Cheap to clone; prints as `***`.
#[derive(Clone)]
pub struct Codes(Option<Arc<Zeroizing<Vec<u8>>>>);

/// SHA-256 of a code: what is stored, and what a code that comes in is looked up by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodeDigest(pub [u8; 32]);

/// Which code an instance has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstanceCode {
    /// How often it was replaced.
    pub counter: u32,
    /// Its digest; `None` until a server that knows the secret has made it.
    pub digest: Option<CodeDigest>,
}

impl Codes {
    /// Codes of a secret, of which 32 bytes at least should be random.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(Some(Arc::new(Zeroizing::new(secret.to_vec()))))
    }

    /// Without the secret: instances that are made get their codes from whoever has it.
    #[must_use]
    pub fn unknown() -> Self {
        Self(None)
    }

    /// Whether codes can be made.
    #[must_use]
    pub fn are_known(&self) -> bool {
        self.0.is_some()
    }

    /// The code of an instance that was replaced `counter` times.
    #[must_use]
    pub fn code(&self, instance: &InstanceId, counter: u32) -> Option<ActivationCode> {
        let secret = self.0.as_ref()?;
        Some(ActivationCode::derive(secret, instance.as_str(), counter))
    }

    /// What storage keeps of it.
    #[must_use]
    pub fn of(&self, instance: &InstanceId, counter: u32) -> InstanceCode {
        let digest = self.code(instance, counter).map(|code| CodeDigest(code.sha256()));
        InstanceCode { counter, digest }
    }

    /// A name of the secret that tells nothing about it: another secret has another one.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        // No instance has an empty name, so this is nobody's code.
        let nobodys = ActivationCode::derive(self.0.as_ref()?, "", u32::MAX);
        Some(HEXLOWER.encode(&Sha256::digest(nobodys.sha256())))
    }
}

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codes(***)")
    }
}

impl fmt::Debug for CodeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeDigest(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_by_its_digest_and_another_secret_has_another_name() {
        let (codes, others) = (Codes::new(&[1; 32]), Codes::new(&[2; 32]));
        let id = InstanceId::parse("i").expect("a name");
        let shown = codes.code(&id, 3).expect("a secret").to_string();
        let typed: ActivationCode = shown.parse().expect("a code");
        assert_eq!(codes.of(&id, 3).digest, Some(CodeDigest(typed.sha256())));
        assert_ne!(codes.of(&id, 4).digest, codes.of(&id, 3).digest);
        assert_eq!(codes.name(), Codes::new(&[1; 32]).name());
        assert_eq!(Codes::unknown().of(&id, 3), InstanceCode { counter: 3, digest: None });
        assert_ne!(codes.name(), others.name());
        assert_eq!(format!("{codes:?} {:?}", codes.of(&id, 3).digest), "Codes(***) Some(CodeDigest(***))");
    }
}
