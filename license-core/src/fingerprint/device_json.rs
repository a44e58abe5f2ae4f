//! A device as `license-agent fingerprint --json` prints it: what a product in another language, or one that may not
//! read the machine itself, is told of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::df1;
use super::kind::Kind;
use super::matching::{Device, Reading};
use super::realm::{Digest, Realm};
use super::set::Fingerprint;
use crate::encoding::base64url;
use crate::license::json::{UniqueMembers, is_object, reason};

/// Longest JSON that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// Most digests that are read.
const MOST: usize = 4096;

/// Why a device cannot be read from JSON. No variant holds a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceJsonError {
    /// Over a mebibyte, or more than 4096 digests.
    #[error("the device is longer than a machine's")]
    TooLong,
    /// No JSON object, or a member of another type.
    #[error("the device is not what license-agent fingerprint --json prints: {0}")]
    Json(String),
    /// `fingerprint` is not a `DF1-…` text of this realm.
    #[error("the device's fingerprint is not the agent's for this vendor")]
    Fingerprint,
    /// A digest in `found` is not 10 bytes of base64url.
    #[error("the device has a digest that is none")]
    Digest,
}

/// The members that count; others are for people.
#[derive(Deserialize)]
struct Members {
    fingerprint: Option<String>,
    found: Option<BTreeMap<String, Vec<String>>>,
    privileged: Option<bool>,
    unreadable: Option<Vec<String>>,
}

impl Device {
    /// Reads what `license-agent fingerprint --json` printed. Members and kinds that are not known are ignored, as a
    /// newer agent may have more; of which realm the digests in `found` are is not in it, and the text vouches for it.
    ///
    /// ```
    /// # use license_core::{Device, Realm};
    /// let json = r#"{"fingerprint":null,"found":{},"privileged":false}"#;
    /// assert_eq!(Device::from_json(json, &Realm::new("https://vendor.example")), Ok(Device::none()));
    /// ```
    ///
    /// # Errors
    /// [`DeviceJsonError`]
    pub fn from_json(json: &str, realm: &Realm) -> Result<Self, DeviceJsonError> {
        if json.len() > LONGEST {
            return Err(DeviceJsonError::TooLong);
        }
        if !is_object(json.as_bytes()) {
            return Err(DeviceJsonError::Json("it is no object".into()));
        }
        serde_json::from_str::<UniqueMembers>(json).map_err(|e| DeviceJsonError::Json(reason(&e)))?;
        let members: Members = serde_json::from_str(json).map_err(|e| DeviceJsonError::Json(reason(&e)))?;
        members.device(realm)
    }
}

impl Members {
    fn device(self, realm: &Realm) -> Result<Device, DeviceJsonError> {
        let found = self.found.unwrap_or_default();
        if found.values().map(Vec::len).sum::<usize>() > MOST {
            return Err(DeviceJsonError::TooLong);
        }
        let mut others = Vec::new();
        for (kind, digests) in &found {
            let Ok(kind) = kind.parse::<Kind>() else { continue };
            for digest in digests {
                let digest = base64url::decode_array(digest.as_bytes()).ok_or(DeviceJsonError::Digest)?;
                others.push((kind, Digest(digest)));
            }
        }
        let reading = if self.privileged == Some(true) { Reading::Privileged } else { Reading::Unprivileged };
        let device = match self.fingerprint.as_deref() {
            Some(text) if df1::is_plain(text) => {
                let fingerprint =
                    Fingerprint::parse(text, realm).map_err(|_| DeviceJsonError::Fingerprint)?;
                Device::new(fingerprint, reading).with_others(others)
            }
            Some(_) => return Err(DeviceJsonError::Fingerprint),
            None => Device::nothing(reading),
        };
        let unreadable = self.unreadable.unwrap_or_default();
        Ok(device.with_unreadable(unreadable.iter().filter_map(|kind| kind.parse().ok())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "DF1-2YV4QVQBTAMI77X4LLHEWYNPAK7SR6Z7B65VKR7KB4BY2HHSCXCJLBV2MCJQIN65BUYIZFPKAEGHKBK5LJLYK6YLFT5HZUQG2RSVJRAOW2LOYAAAOHMQJJA";

    fn read(json: &str) -> Result<Device, DeviceJsonError> {
        Device::from_json(json, &Realm::new("https://vendor.example"))
    }

    #[test]
    fn what_was_found_counts_beside_the_text_and_what_is_not_known_is_passed_over() {
        let json = format!(
            r#"{{"fingerprint":"{TEXT}","kinds":["mac"],"found":{{"disk":["AAAAAAAAAAAAAA"],"scent":["?"]}},"privileged":true,"unreadable":["board","scent"],"notes":[]}}"#
        );
        let device = read(&json).unwrap();
        let text = Fingerprint::parse(TEXT, &Realm::new("https://vendor.example")).unwrap();
        let expected = Device::new(text, Reading::Privileged)
            .with_others([(Kind::Disk, Digest([0; 10]))])
            .with_unreadable([Kind::Board]);
        assert_eq!(device, expected);
    }

    #[test]
    fn anything_else_is_no_device() {
        let four_parts = "04:7C:16:5E:E3:5D|||";
        let many = vec!["\"AAAAAAAAAAAAAA\""; MOST + 1].join(",");
        for json in [
            "".to_owned(),
            "null".into(),
            "[null,null,null,null]".into(),
            "{".into(),
            r#"{"fingerprint":7}"#.into(),
            r#"{"fingerprint":null,"fingerprint":null}"#.into(),
            format!(r#"{{"fingerprint":"{four_parts}"}}"#),
            r#"{"fingerprint":"an identifier"}"#.into(),
            format!(r#"{{"fingerprint":"{}"}}"#, TEXT.replace("QJJA", "QJJB")),
            format!(r#"{{"fingerprint":"{TEXT}","found":[]}}"#),
            format!(r#"{{"fingerprint":"{TEXT}","found":{{"disk":"AAAAAAAAAAAAAA"}}}}"#),
            format!(r#"{{"fingerprint":"{TEXT}","found":{{"disk":["AAAAAAAAAAAAAB"]}}}}"#),
            format!(r#"{{"fingerprint":"{TEXT}","found":{{"disk":["AAAA"]}}}}"#),
            format!(r#"{{"fingerprint":"{TEXT}","found":{{"scent":["?",7]}}}}"#),
            format!(r#"{{"fingerprint":"{TEXT}","found":{{"disk":[{many}]}}}}"#),
            format!(r#"{{"fingerprint":"{TEXT}","privileged":"yes"}}"#),
            format!(r#"{{"fingerprint":"{TEXT}","unreadable":"board"}}"#),
        ] {
            assert!(read(&json).is_err(), "{json}");
        }
        assert!(Device::from_json(&format!(r#"{{"fingerprint":"{TEXT}"}}"#), &Realm::new("other")).is_err());
    }
}
