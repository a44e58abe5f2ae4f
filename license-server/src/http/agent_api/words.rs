//! The words of problems: what every one of a kind is called, and what the buyer reads.

use hyper::StatusCode;

use super::problem::Problem;

/// Name, status and title; then what is wrong and what to do, where every such problem is told the same.
pub(super) type Row = (&'static str, StatusCode, &'static str, (&'static str, &'static str));

impl Problem {
    /// How problems of its kind are told.
    pub(super) fn row(&self) -> Row {
        use StatusCode as S;
        let own = "The answer's own words say more.";
        match self {
            Self::Malformed(_) => (
                "malformed-request",
                S::BAD_REQUEST,
                "The request cannot be read",
                (own, "Update the agent; if this goes on, send this message to the vendor."),
            ),
            Self::UnsupportedMediaType => (
                "unsupported-media-type",
                S::UNSUPPORTED_MEDIA_TYPE,
                "The request is not JSON",
                (
                    "The request's content type is not application/json.",
                    "Send it as application/json in UTF-8.",
                ),
            ),
            Self::TooLarge => (
                "too-large",
                S::PAYLOAD_TOO_LARGE,
                "The request is too large",
                ("The request has more than 64 KiB.", "Update the agent; no request of it is that large."),
            ),
            Self::NotFound => (
                "not-found",
                S::NOT_FOUND,
                "There is nothing here",
                ("This address is none of the server's.", "Check the server's address with the vendor."),
            ),
            Self::MethodNotAllowed { .. } => (
                "method-not-allowed",
                S::METHOD_NOT_ALLOWED,
                "The address is used in another way",
                ("This address does not answer this kind of request.", "Update the agent."),
            ),
            Self::MistypedCode(_) => (
                "mistyped-code",
                S::UNPROCESSABLE_ENTITY,
                "The activation code is mistyped",
                (own, "Compare the code with what you were sent, or copy it from there."),
            ),
            Self::UnknownCode => (
                "unknown-code",
                S::NOT_FOUND,
                "The activation code is not known",
                (
                    "No purchase has this activation code.",
                    "Take the code from your purchase's page; it may have been replaced. Is it this vendor's product?",
                ),
            ),
            Self::NoFingerprint(_) => (
                "no-fingerprint",
                S::UNPROCESSABLE_ENTITY,
                "Nothing names this machine",
                (
                    own,
                    "Run `license-agent doctor` on the machine; it says what the machine offers and what helps.",
                ),
            ),
            Self::WeakBinding(_) => {
                ("weak-binding", S::UNPROCESSABLE_ENTITY, "Too little names this machine", (own, own))
            }
            Self::CustomIdNotAccepted => (
                "custom-id-not-accepted",
                S::UNPROCESSABLE_ENTITY,
                "An id of your own is not accepted",
                (
                    "This product is licensed for a machine's hardware, not for an id that was set on it.",
                    "Unset LICENSE_DEVICE_ID on the machine and activate it again.",
                ),
            ),
            Self::Frozen => (
                "frozen",
                S::FORBIDDEN,
                "The purchase is suspended",
                (
                    "The store has suspended this purchase, and nothing is issued for it meanwhile.",
                    "Look into your account in the store, or ask the vendor.",
                ),
            ),
            Self::Ended { .. } => (
                "ended",
                S::FORBIDDEN,
                "The purchase has ended",
                (own, "Renew it in the store; then activate again."),
            ),
            Self::Released => (
                "released",
                S::FORBIDDEN,
                "The purchase was cancelled",
                (
                    "This purchase was cancelled or has ended for good.",
                    "Buy the product again; the new purchase has a code of its own.",
                ),
            ),
            Self::Pending | Self::EndUnknown => (
                "pending",
                S::CONFLICT,
                "The purchase is not complete yet",
                (
                    "The vendor's server does not know yet what this purchase grants.",
                    "Try again in a minute; if this lasts for an hour, ask the vendor.",
                ),
            ),
            Self::NoSeat { .. } => (
                "no-seat",
                S::CONFLICT,
                "No seat is free",
                (
                    own,
                    "Deactivate a machine that no longer needs it, buy more seats, or ask the vendor to free that of a lost one.",
                ),
            ),
            Self::UnknownLicense => (
                "unknown-license",
                S::NOT_FOUND,
                "The license is not known",
                (
                    "The vendor signed this license, but this server has no record of it.",
                    "Activate the machine again with the activation code.",
                ),
            ),
            Self::NoLicense | Self::Untrusted(_) => (
                "untrusted-license",
                S::UNAUTHORIZED,
                "The license is not accepted",
                (own, "Activate the machine again with the activation code."),
            ),
            Self::OtherDevice => (
                "other-device",
                S::FORBIDDEN,
                "The license is another machine's",
                (
                    "This license belongs to another machine, or too much of this one was changed.",
                    "Activate this machine with the activation code; it then gets a seat of its own.",
                ),
            ),
            Self::SeatGone => (
                "seat-gone",
                S::CONFLICT,
                "The seat was given back",
                (
                    "This license's seat was given back, by the machine itself or by the vendor.",
                    "Activate the machine again with the activation code.",
                ),
            ),
            Self::ProofMissing => (
                "proof-missing",
                S::UNAUTHORIZED,
                "The machine's own key is needed",
                (
                    "This license belongs to a machine with a key of its own, and the request was not signed with it.",
                    "Use license-agent on the machine itself; if its key is lost, activate the machine again with the \
                     activation code.",
                ),
            ),
            Self::ProofInvalid(_) => (
                "proof-invalid",
                S::UNAUTHORIZED,
                "The machine's signature is not accepted",
                (own, "Try again; if this goes on, update the agent, and send this message to the vendor."),
            ),
            Self::ProofUntimely { .. } => (
                "proof-untimely",
                S::UNAUTHORIZED,
                "The machine's clock is wrong",
                (own, "Set the machine's clock, best by a time server, and try again."),
            ),
            Self::OtherKey => (
                "other-key",
                S::FORBIDDEN,
                "The license is another key's",
                (
                    "This license belongs to a machine with another key: the key is lost, or the license was copied.",
                    "Activate this machine again with the activation code; it then has a key that counts.",
                ),
            ),
            Self::CodeNeeded => (
                "code-needed",
                S::FORBIDDEN,
                "The activation code is needed",
                (
                    "This license's machine has no key of its own, so the license alone does not show that the \
                     request is the machine's.",
                    "Activate the machine with the activation code and a newer agent, then try again; or ask the \
                     vendor to free the seat.",
                ),
            ),
            Self::TooManyDeactivations { .. } => (
                "too-many-deactivations",
                S::TOO_MANY_REQUESTS,
                "Licenses were moved too often",
                (own, "Ask the vendor to free the seat."),
            ),
            Self::TooManyAttempts { .. } => (
                "too-many-attempts",
                S::TOO_MANY_REQUESTS,
                "Too many attempts have failed",
                ("Too many attempts from this address or with this code have failed.", own),
            ),
            Self::Busy => (
                "busy",
                S::SERVICE_UNAVAILABLE,
                "The server is busy",
                ("The server has too much to do right now.", "Try again in a few seconds."),
            ),
            Self::Internal => (
                "internal",
                S::INTERNAL_SERVER_ERROR,
                "The server failed",
                (
                    "Something went wrong in the vendor's server.",
                    "Try again later; if this goes on, tell the vendor.",
                ),
            ),
        }
    }
}
