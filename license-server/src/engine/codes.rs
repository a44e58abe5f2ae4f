//! Activation codes: made from a secret of the server's, so that one can be shown again, and found by their digests.

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use license_core::ActivationCode;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::ids::InstanceId;

/// The secret that all codes are made from. Cheap to clone; prints as `***`.
#[derive(Clone)]
pub struct Codes(Arc<Zeroizing<Vec<u8>>>);

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
        Self(Arc::new(Zeroizing::new(secret.to_vec())))
    }

    /// The code of an instance that was replaced `counter` times.
    #[must_use]
    pub fn code(&self, instance: &InstanceId, counter: u32) -> ActivationCode {
        ActivationCode::derive(&self.0, instance.as_str(), counter)
    }

    /// What storage keeps of it.
    #[must_use]
    pub fn of(&self, instance: &InstanceId, counter: u32) -> InstanceCode {
        let digest = CodeDigest(self.code(instance, counter).sha256());
        InstanceCode { counter, digest: Some(digest) }
    }

    /// A name of the secret that tells nothing about it: another secret has another one.
    #[must_use]
    pub fn name(&self) -> String {
        // No instance has an empty name, so this is nobody's code.
        let nobodys = ActivationCode::derive(&self.0, "", u32::MAX);
        HEXLOWER.encode(&Sha256::digest(nobodys.sha256()))
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
        let shown = codes.code(&id, 3).to_string();
        let typed: ActivationCode = shown.parse().expect("a code");
        assert_eq!(codes.of(&id, 3).digest, Some(CodeDigest(typed.sha256())));
        assert_ne!(codes.of(&id, 4).digest, codes.of(&id, 3).digest);
        assert_eq!((codes.name(), codes.name().len()), (Codes::new(&[1; 32]).name(), 64));
        assert_ne!(codes.name(), others.name());
        assert_eq!(format!("{codes:?} {:?}", codes.of(&id, 3).digest), "Codes(***) Some(CodeDigest(***))");
    }
}
