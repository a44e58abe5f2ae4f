//! The kinds of hardware facts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a fact says about a machine. The byte of each kind is fixed for ever; a fact derived in another way
/// gets a new kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Permanent address of a network card.
    Mac = 1,
    /// World-wide name or serial number of a disk.
    Disk,
    /// Serial number of the main board.
    Board,
    /// Model of the processor: evidence, never an identity.
    Cpu,
    /// SMBIOS system UUID.
    System,
    /// Installation id of the operating system.
    Os,
    /// Instance id given by a cloud.
    Cloud,
    /// SHA-256 of the public area of a TPM's endorsement key.
    Tpm,
    /// An id that the operator set; stands alone.
    Custom,
}

/// One more than the highest kind byte: the size of tables indexed by it.
pub(super) const TABLE: usize = 10;

impl Kind {
    /// All kinds, by their bytes.
    pub const ALL: [Self; 9] = [
        Self::Mac,
        Self::Disk,
        Self::Board,
        Self::Cpu,
        Self::System,
        Self::Os,
        Self::Cloud,
        Self::Tpm,
        Self::Custom,
    ];

    /// The name that digests and licenses use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mac => "mac",
            Self::Disk => "disk",
            Self::Board => "board",
            Self::Cpu => "cpu",
            Self::System => "system",
            Self::Os => "os",
            Self::Cloud => "cloud",
            Self::Tpm => "tpm",
            Self::Custom => "custom",
        }
    }

    /// The byte that stands for it in binary forms: 1 to 9.
    #[must_use]
    pub const fn as_byte(self) -> u8 {
        self as u8
    }

    /// The kind of a byte, if there is one.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Mac,
            2 => Self::Disk,
            3 => Self::Board,
            4 => Self::Cpu,
            5 => Self::System,
            6 => Self::Os,
            7 => Self::Cloud,
            8 => Self::Tpm,
            9 => Self::Custom,
            _ => return None,
        })
    }

    /// Whether it names one machine rather than a model.
    #[must_use]
    pub const fn is_anchor(self) -> bool {
        !matches!(self, Self::Cpu)
    }

    /// How many different values one fingerprint may hold.
    #[must_use]
    pub const fn limit(self) -> usize {
        match self {
            Self::Mac | Self::Disk => 4,
            _ => 1,
        }
    }

    /// Its weight in a license unless the product says otherwise; 0 is evidence only.
    #[must_use]
    pub const fn default_weight(self) -> u8 {
        match self {
            Self::Mac => 14,
            Self::Disk | Self::Os | Self::Cloud => 20,
            Self::Board | Self::System | Self::Tpm => 18,
            Self::Cpu => 0,
            Self::Custom => 100,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind; one of mac, disk, board, cpu, system, os, cloud, tpm, custom")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or(UnknownKind)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl serde::de::Visitor<'_> for Name {
            type Value = Kind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a kind")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Kind, E> {
                name.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bytes_lead_back_to_the_kind() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_byte(kind.as_byte()), Some(kind));
            assert_eq!(kind.as_str().parse(), Ok(kind));
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(serde_json::from_str::<Kind>(&json).unwrap(), kind);
            assert!(usize::from(kind.as_byte()) < TABLE);
        }
        assert_eq!(Kind::from_byte(0), None);
        assert_eq!(Kind::from_byte(10), None);
        assert_eq!("MAC".parse::<Kind>(), Err(UnknownKind));
    }
}
