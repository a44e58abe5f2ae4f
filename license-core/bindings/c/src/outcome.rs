//! What a call came to, as a number.

use std::ffi::CStr;

use license_core::OutcomeCode;

/// What a call came to. Numbers and words are stable and the same in every language; below 10 a license holds.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds; or the call did what it was asked to do.
    Active = 0,
    /// The license is over and still works: renew it.
    Grace = 1,
    /// No license in a form that is understood.
    Malformed = 10,
    /// Signed with a key that is not trusted.
    UnknownKey = 11,
    /// Changed or forged.
    Signature = 12,
    /// Another vendor's.
    Issuer = 13,
    /// For another product.
    Product = 14,
    /// It begins later.
    NotYetValid = 15,
    /// Over, grace included.
    Expired = 16,
    /// Bound to another machine, or too much of this one was changed.
    Device = 17,
    /// Bound to facts that take rights to read.
    NeedsPrivileges = 18,
    /// A test license where real ones are asked for.
    TestLicense = 19,
    /// A real license where test ones are asked for.
    RealLicense = 20,
    /// It is not shown that this machine has the license's key.
    Possession = 21,
    /// Over or not begun, and the clock is wrong.
    Clock = 22,
    /// There is no fingerprint text.
    TextMissing = 30,
    /// A placeholder that many machines share.
    TextJunk = 31,
    /// A fingerprint with something around it, or a part of one.
    TextNotAlone = 32,
    /// Nothing in the text names one machine.
    TextNoAnchor = 33,
    /// More values than one machine may list.
    TextTooMany = 34,
    /// Mistyped or cut.
    TextChecksum = 35,
    /// Made for another vendor.
    TextRealm = 36,
    /// Of a newer program.
    TextVersion = 37,
    /// Intact, but not what the format allows.
    TextMalformed = 38,
    /// Longer than a text may be.
    TextTooLong = 39,
    /// No key set in a form that is understood.
    KeySetMalformed = 40,
    /// A key set signed with a key that is not trusted.
    KeySetUnknownKey = 41,
    /// A key set that was changed or forged.
    KeySetSignature = 42,
    /// A key set of another vendor's.
    KeySetIssuer = 43,
    /// A key set that is not newer than the last one.
    KeySetOld = 44,
    /// A vendor file or a key that cannot be used.
    UnusableTrust = 50,
    /// A device that cannot be read.
    UnreadableDevice = 51,
    /// The product code cannot name a file.
    NameTooLong = 52,
    /// No license lies where one is looked for.
    NotInstalled = 53,
    /// The license's file is there and cannot be read.
    UnreadableFile = 54,
    /// A pointer is NULL that may not be.
    NullArgument = 100,
    /// A text is longer than a mebibyte.
    Length = 101,
    /// A text is not UTF-8.
    NotUtf8 = 102,
    /// A text is not what the function takes.
    Argument = 103,
    /// The system gave no randomness.
    Randomness = 104,
    /// A fault in this library.
    Internal = 110,
}

impl Outcome {
    /// This library's own, with their words.
    pub(crate) const OWN: [(Self, &'static CStr); 6] = [
        (Self::NullArgument, c"null-argument"),
        (Self::Length, c"length"),
        (Self::NotUtf8, c"not-utf8"),
        (Self::Argument, c"argument"),
        (Self::Randomness, c"randomness"),
        (Self::Internal, c"internal"),
    ];

    pub(crate) const fn number(self) -> i32 {
        self as i32
    }

    /// Whether a license holds.
    pub(crate) const fn holds(self) -> bool {
        matches!(self, Self::Active | Self::Grace)
    }
}

/// The word of an outcome.
pub(crate) fn word(outcome: Outcome) -> &'static str {
    let shared = OutcomeCode::ALL.iter().find(|code| i32::from(code.number()) == outcome.number());
    shared.map_or("internal", |code| code.as_str())
}

impl From<OutcomeCode> for Outcome {
    fn from(code: OutcomeCode) -> Self {
        match code {
            OutcomeCode::Active => Self::Active,
            OutcomeCode::Grace => Self::Grace,
            OutcomeCode::Malformed => Self::Malformed,
            OutcomeCode::UnknownKey => Self::UnknownKey,
            OutcomeCode::Signature => Self::Signature,
            OutcomeCode::Issuer => Self::Issuer,
            OutcomeCode::Product => Self::Product,
            OutcomeCode::NotYetValid => Self::NotYetValid,
            OutcomeCode::Expired => Self::Expired,
            OutcomeCode::Device => Self::Device,
            OutcomeCode::NeedsPrivileges => Self::NeedsPrivileges,
            OutcomeCode::TestLicense => Self::TestLicense,
            OutcomeCode::RealLicense => Self::RealLicense,
            OutcomeCode::Possession => Self::Possession,
            OutcomeCode::Clock => Self::Clock,
            OutcomeCode::TextMissing => Self::TextMissing,
            OutcomeCode::TextJunk => Self::TextJunk,
            OutcomeCode::TextNotAlone => Self::TextNotAlone,
            OutcomeCode::TextNoAnchor => Self::TextNoAnchor,
            OutcomeCode::TextTooMany => Self::TextTooMany,
            OutcomeCode::TextChecksum => Self::TextChecksum,
            OutcomeCode::TextRealm => Self::TextRealm,
            OutcomeCode::TextVersion => Self::TextVersion,
            OutcomeCode::TextMalformed => Self::TextMalformed,
            OutcomeCode::TextTooLong => Self::TextTooLong,
            OutcomeCode::KeySetMalformed => Self::KeySetMalformed,
            OutcomeCode::KeySetUnknownKey => Self::KeySetUnknownKey,
            OutcomeCode::KeySetSignature => Self::KeySetSignature,
            OutcomeCode::KeySetIssuer => Self::KeySetIssuer,
            OutcomeCode::KeySetOld => Self::KeySetOld,
            OutcomeCode::UnusableTrust => Self::UnusableTrust,
            OutcomeCode::UnreadableDevice => Self::UnreadableDevice,
            OutcomeCode::NameTooLong => Self::NameTooLong,
            OutcomeCode::NotInstalled => Self::NotInstalled,
            OutcomeCode::UnreadableFile => Self::UnreadableFile,
            // A new one of the core's: the case of these numbers fails until it is here.
            _ => Self::Internal,
        }
    }
}
