//! What the store's `deviceFingerprint` amounts to.

use license_core::Realm;

use super::members::ParameterError;
use crate::engine::request::ApplyDevice;

/// The device of a text. One that names no machine is the engine's to refuse; any other fault is the caller's.
///
/// # Errors
/// A fault of the text itself.
pub(super) fn device_of(text: Option<&str>, realm: &Realm) -> Result<ApplyDevice, ParameterError> {
    // R27
    ApplyDevice::of(text, realm)
        .map_err(|why| ParameterError { member: "deviceFingerprint", fault: why.into() })
}

#[cfg(test)]
mod tests {
    use license_core::FingerprintError;

    use super::*;
    use crate::koogallery::members::Fault;

    fn device(text: &str) -> Result<ApplyDevice, ParameterError> {
        device_of(Some(text), &Realm::new("https://vendor.example"))
    }

    #[test]
    fn a_text_that_names_a_machine_is_its_device() {
        let text = "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||BFEBFBFF00090672";
        assert!(
            matches!(device(text), Ok(ApplyDevice::Named(fingerprint)) if fingerprint.components().len() == 3)
        );
        assert_eq!(device_of(None, &Realm::new("r")), Ok(ApplyDevice::Absent));
    }

    #[test]
    fn an_unusable_text_is_told_from_another_by_a_digest_of_its_own_realm() {
        let unusable = |text: &str, realm: &str| match device_of(Some(text), &Realm::new(realm)) {
            Ok(ApplyDevice::Unusable { identity, why }) => (identity, why),
            other => panic!("{other:?}"),
        };
        let (identity, why) = unusable("|||BFEBFBFF00090672", "a");
        assert_eq!(why, FingerprintError::NoAnchor);
        assert_eq!(unusable(" |||BFEBFBFF00090672\n", "a").0, identity);
        assert_ne!(unusable("|||BFEBFBFF00090673", "a").0, identity);
        assert_ne!(unusable("|||BFEBFBFF00090672", "b").0, identity);
    }

    /// R27
    #[test]
    fn a_fault_of_the_text_is_the_callers() {
        let error = device("DF1-AAAA").unwrap_err();
        assert_eq!(error.member, "deviceFingerprint");
        assert_eq!(error.fault, Fault::Fingerprint(FingerprintError::Checksum));
    }
}
