//! A file name that no event id can misuse.

use sha2::{Digest as _, Sha256};

/// The longest name before the suffix; file systems allow 255 bytes.
const LONGEST: usize = 200;

/// The name under which an event's license lies in the folder: characters outside `[A-Za-z0-9._-]` and a leading dot
/// are percent-encoded; a name that would be too long is cut and ends with a digest of all of it.
#[must_use]
pub fn file_name(event: &str) -> String {
    let mut name = String::with_capacity(event.len() + 4);
    for (i, byte) in event.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || (byte == b'.' && i > 0) {
            name.push(char::from(byte));
        } else {
            name.push('%');
            name.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    if name.len() > LONGEST {
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(event.as_bytes())[..16]);
        name.truncate(LONGEST - digest.len() - 1);
        name = format!("{name}-{digest}");
    }
    name + ".lic"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_event_id_cannot_leave_the_folder() {
        for (event, expected) in [
            ("8e5694c8e03d4d11a8f3", "8e5694c8e03d4d11a8f3.lic"),
            ("../../x", "%2E.%2F..%2Fx.lic"),
            (".hidden", "%2Ehidden.lic"),
            ("a b%c", "a%20b%25c.lic"),
            ("中", "%E4%B8%AD.lic"),
            ("CON:", "CON%3A.lic"),
        ] {
            assert_eq!(file_name(event), expected);
        }
    }

    proptest! {
        #[test]
        fn names_are_plain_and_short(event in "\\PC{1,64}") {
            let name = file_name(&event);
            prop_assert!(name.len() <= 204);
            prop_assert!(!name.starts_with('.'));
            prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-%".contains(&b)));
        }

        #[test]
        fn different_events_have_different_names(a in "\\PC{1,64}", b in "\\PC{1,64}") {
            prop_assert_eq!(a == b, file_name(&a) == file_name(&b));
        }
    }
}
