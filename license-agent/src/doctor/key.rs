//! The machine's key: whether it is there, whether it is the license's, and who may read it.

use license_core::License;

use super::{Check, Found};
use crate::failure::Failure;
use crate::place::Place;

pub(super) fn look(place: &Place, license: Option<&License>) -> Check {
    let named = license.and_then(License::device_key);
    let warning = |says: &str, advice: &str| Check {
        found: Found::Warning,
        advice: vec![advice.to_owned()],
        ..Check::good("device key", says)
    };
    let (key, open) = match (place.look_at_key(), named) {
        (Ok(Some(found)), _) => found,
        (Ok(None), Some(_)) => {
            return warning(
                "lost: the license names a key that is not here, and cannot be renewed without it",
                "make a new one with the activation code: license-agent activate CODE",
            );
        }
        (Ok(None), None) => return Check::good("device key", "none; activating with a code makes one"),
        (Err(error), _) => return Check::warning("device key", &Failure::Key(error)),
    };
    let mut check = match named {
        Some(named) if named != key.thumbprint() => warning(
            "another one than the license names, which cannot be renewed with it",
            "make the machine's key count with the activation code: license-agent activate CODE",
        ),
        Some(_) => Check::good("device key", "that of the license"),
        None if license.is_some() => {
            Check::good("device key", "there; the license names none and is renewed exactly as it is bound")
        }
        None => Check::good("device key", "there"),
    };
    match open {
        None if cfg!(unix) => check.says.push("it can be read by its user alone".into()),
        None => check.says.push("it can be read by whoever may read the folder".into()),
        Some(mode) => {
            check.found = Found::Warning;
            check.says.push(format!("other users can read it (mode {mode:04o})"));
            check.advice.push(
                "the next renewal takes that right away; if somebody may have copied it, delete it and \
                               activate again: license-agent activate CODE"
                    .into(),
            );
        }
    }
    check
}
