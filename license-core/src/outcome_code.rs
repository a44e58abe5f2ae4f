//! Stable words and numbers for everything that a check can come to: what other languages go by.

use std::fmt;

use crate::fingerprint::FingerprintError;
use crate::{GuardedError, KeySetError, License, LicenseState, VerifyError};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $word:literal;)*) => {
        /// What a check came to, as a number that is the same in every language and for ever.
        ///
        /// A new outcome gets a new number. Below 10 a license holds; 10 to 29 a license does not; 30 to 39 a text is
        /// no fingerprint; 40 to 49 a key set is not taken; from 50 on something that was handed over cannot be used.
        /// From 100 on the numbers are those of each binding. The table is in `docs/sdk/conformance.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum OutcomeCode {
            $($(#[$doc])* $name = $number,)*
        }

        impl OutcomeCode {
            /// All codes, by their numbers.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its word. Words of different subjects may be the same: a license, a text and a key set can be
            /// `malformed`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

codes! {
    /// The license holds.
    Active = 0, "active";
    /// It is over and still works: the customer should renew.
    Grace = 1, "grace";
    /// No license in a form that is understood.
    Malformed = 10, "malformed";
    /// Signed with a key that is not trusted.
    UnknownKey = 11, "unknown-key";
    /// Changed or forged.
    Signature = 12, "signature";
    /// Another vendor's.
    Issuer = 13, "issuer";
    /// For another product.
    Product = 14, "product";
    /// It begins later.
    NotYetValid = 15, "not-yet-valid";
    /// Over, grace included.
    Expired = 16, "expired";
    /// Bound to another machine, or too much of this one was changed.
    Device = 17, "device";
    /// Bound to facts that take rights to read.
    NeedsPrivileges = 18, "needs-privileges";
    /// A test license where real ones are asked for.
    TestLicense = 19, "test-license";
    /// A real license where test ones are asked for.
    RealLicense = 20, "real-license";
    /// It is not shown that this machine has the license's key.
    Possession = 21, "possession";
    /// Over or not begun, and the clock is wrong.
    Clock = 22, "clock";
    /// There is no fingerprint text.
    TextMissing = 30, "missing";
    /// A placeholder that many machines share.
    TextJunk = 31, "junk";
    /// A fingerprint with something around it, or a part of one.
    TextNotAlone = 32, "not-alone";
    /// Nothing in the text names one machine.
    TextNoAnchor = 33, "no-anchor";
    /// More values of a kind than one machine may list.
    TextTooMany = 34, "too-many";
    /// Mistyped or cut.
    TextChecksum = 35, "checksum";
    /// Made for another vendor.
    TextRealm = 36, "realm";
    /// Of a newer program.
    TextVersion = 37, "version";
    /// Intact, but not what the format allows.
    TextMalformed = 38, "malformed";
    /// Longer than a text may be.
    TextTooLong = 39, "too-long";
    /// No key set in a form that is understood.
    KeySetMalformed = 40, "malformed";
    /// A key set signed with a key that is not trusted.
    KeySetUnknownKey = 41, "unknown-key";
    /// A key set that was changed or forged.
    KeySetSignature = 42, "signature";
    /// A key set of another vendor's.
    KeySetIssuer = 43, "issuer";
    /// A key set that is not newer than the last one.
    KeySetOld = 44, "old";
    /// A vendor file or a key that cannot be used.
    UnusableTrust = 50, "unusable-trust";
    /// A device that cannot be read.
    UnreadableDevice = 51, "unreadable-device";
    /// A product code that cannot name a file.
    NameTooLong = 52, "name-too-long";
    /// No license lies where one is looked for.
    NotInstalled = 53, "not-installed";
    /// A license's file is there and cannot be read.
    UnreadableFile = 54, "unreadable-file";
}

impl OutcomeCode {
    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// Whether a license holds, in grace or not.
    #[must_use]
    pub const fn holds(self) -> bool {
        matches!(self, Self::Active | Self::Grace)
    }

    /// What [`verify`](crate::UnverifiedLicense::verify) came to.
    #[must_use]
    pub fn of(verified: &Result<License, VerifyError>) -> Self {
        match verified {
            Ok(license) => license.state_when_verified().into(),
            Err(error) => error.into(),
        }
    }
}

impl fmt::Display for OutcomeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<LicenseState> for OutcomeCode {
    fn from(state: LicenseState) -> Self {
        match state {
            LicenseState::Active => Self::Active,
            LicenseState::Grace { .. } => Self::Grace,
            LicenseState::NotYetValid => Self::NotYetValid,
            LicenseState::Expired => Self::Expired,
        }
    }
}

impl From<&VerifyError> for OutcomeCode {
    fn from(error: &VerifyError) -> Self {
        match error {
            VerifyError::Malformed(_) => Self::Malformed,
            VerifyError::UnknownKey { .. } => Self::UnknownKey,
            VerifyError::Signature => Self::Signature,
            VerifyError::Issuer { .. } => Self::Issuer,
            VerifyError::Product { .. } => Self::Product,
            VerifyError::NotYetValid { .. } => Self::NotYetValid,
            VerifyError::Expired { .. } => Self::Expired,
            VerifyError::Device(_) => Self::Device,
            VerifyError::NeedsPrivileges(_) => Self::NeedsPrivileges,
            VerifyError::TestLicense => Self::TestLicense,
            VerifyError::RealLicense => Self::RealLicense,
            VerifyError::Possession(_) => Self::Possession,
        }
    }
}

impl From<&GuardedError> for OutcomeCode {
    fn from(error: &GuardedError) -> Self {
        match error {
            GuardedError::License(error) => error.into(),
            GuardedError::Clock { .. } => Self::Clock,
        }
    }
}

impl From<&FingerprintError> for OutcomeCode {
    fn from(error: &FingerprintError) -> Self {
        match error {
            FingerprintError::Missing => Self::TextMissing,
            FingerprintError::Junk => Self::TextJunk,
            FingerprintError::NotAlone(_) => Self::TextNotAlone,
            FingerprintError::NoAnchor => Self::TextNoAnchor,
            FingerprintError::TooMany { .. } => Self::TextTooMany,
            FingerprintError::Checksum => Self::TextChecksum,
            FingerprintError::Realm { .. } => Self::TextRealm,
            FingerprintError::Version => Self::TextVersion,
            FingerprintError::Malformed(_) => Self::TextMalformed,
            FingerprintError::TooLong => Self::TextTooLong,
        }
    }
}

impl From<&KeySetError> for OutcomeCode {
    fn from(error: &KeySetError) -> Self {
        match error {
            KeySetError::Malformed(_) | KeySetError::TooMany => Self::KeySetMalformed,
            KeySetError::UnknownKey { .. } => Self::KeySetUnknownKey,
            KeySetError::Signature => Self::KeySetSignature,
            KeySetError::Issuer { .. } => Self::KeySetIssuer,
            KeySetError::Old { .. } => Self::KeySetOld,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_lists_every_number_with_its_word_and_no_other() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sdk/conformance.md");
        let page = std::fs::read_to_string(path).unwrap();
        let rows = page.lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let number: u16 = cells.next()?.parse().ok()?;
            Some((number, cells.next()?.trim_matches('`').to_owned()))
        });
        let codes = OutcomeCode::ALL.iter().map(|code| (code.number(), code.as_str().to_owned()));
        assert_eq!(rows.collect::<Vec<_>>(), codes.collect::<Vec<_>>());
        assert!(OutcomeCode::ALL.is_sorted_by(|a, b| a.number() < b.number()));
    }

    #[test]
    fn a_texts_word_is_the_one_in_logs_and_vectors() {
        for error in [FingerprintError::Missing, FingerprintError::NoAnchor, FingerprintError::Checksum] {
            assert_eq!(OutcomeCode::from(&error).as_str(), error.name());
        }
    }
}
