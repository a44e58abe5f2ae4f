//! Why a text is no fingerprint.

use super::kind::Kind;
use super::pasted::Surroundings;
use super::realm::RealmTag;

/// Why a text or a list of values is no fingerprint. No variant holds a raw value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FingerprintError {
    /// There was no text, or no value in it.
    #[error("there is no device fingerprint; let the agent print one")]
    Missing,
    /// An identifier that many machines share: a placeholder, one repeated character, under 8 bytes.
    #[error(
        "the device identifier is a placeholder that many machines share; give one that names this machine"
    )]
    Junk,
    /// A fingerprint with something around it, or a part of one: as an identifier it would name no machine.
    #[error(
        "this is not a fingerprint alone: {0}; paste only the line that begins DF1-, or the identifier and nothing else"
    )]
    NotAlone(Surroundings),
    /// No component that names one machine was left.
    #[error(
        "nothing in the fingerprint names one machine (a processor model does not); collect with more rights, or use an identifier of the vendor's own"
    )]
    NoAnchor,
    /// More values of a kind than one machine may list.
    #[error(
        "the fingerprint lists {found} values of kind {kind}, at most {limit} are accepted; leave the others out"
    )]
    TooMany {
        /// Which kind.
        kind: Kind,
        /// The most that is accepted.
        limit: usize,
        /// How many different ones there were.
        found: usize,
    },
    /// The checksum of a `DF1` text is wrong, or it is cut.
    #[error("the fingerprint text is incomplete or mistyped; copy all of it again")]
    Checksum,
    /// The digests were made for another vendor.
    #[error(
        "the fingerprint was made for realm {found}, this is realm {expected}; collect it with this vendor's agent"
    )]
    Realm {
        /// The realm that reads.
        expected: RealmTag,
        /// The realm in the text.
        found: RealmTag,
    },
    /// Written by a newer program.
    #[error("the fingerprint is of a version that this program does not know; update it")]
    Version,
    /// Complete and intact, but not what the format allows.
    #[error("the fingerprint is malformed: {0}")]
    Malformed(&'static str),
    /// Over 5120 bytes.
    #[error("the fingerprint text is longer than 5120 bytes")]
    TooLong,
}

impl FingerprintError {
    /// Whether nothing in it names a machine; the other errors are faults of the text.
    #[must_use]
    pub const fn is_unusable(&self) -> bool {
        // R26, R110
        matches!(self, Self::Missing | Self::Junk | Self::NotAlone(_) | Self::NoAnchor)
    }

    /// A short fixed name for logs, test vectors and JSON output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Junk => "junk",
            Self::NotAlone(_) => "not-alone",
            Self::NoAnchor => "no-anchor",
            Self::TooMany { .. } => "too-many",
            Self::Checksum => "checksum",
            Self::Realm { .. } => "realm",
            Self::Version => "version",
            Self::Malformed(_) => "malformed",
            Self::TooLong => "too-long",
        }
    }
}
