//! What can be wrong with a server, each with a name that stays and a sentence that says what to do.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! faults {
    ($($variant:ident $name:literal $advice:literal)*) => {
        /// What a case found wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $(#[doc = $advice] $variant,)*
        }

        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name; scripts may count on it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What the vendor should do.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
            }
        }
    };
}

faults! {
    Unreachable "unreachable"
        "The address did not answer over HTTP. Check the URL, the firewall, the proxy and the certificate; the store wants TLS 1.2 or later and a certificate that is trusted everywhere."
    LateReply "late-reply"
        "The store gives up after 5 seconds. Answer from what you know, and query the order and upload the license afterwards, outside the call."
    HttpStatus "http-status"
        "Answer with HTTP 200 whatever the result is, and say how it went in resultCode."
    NotJson "not-json"
        "Answer with one JSON object that has resultCode and resultMsg as texts, resultMsg of at most 255 characters."
    GoodCallRefused "good-call-refused"
        "A well signed call was refused as not authentic. Check the access key, compute HMAC-SHA256 over access key + nonce + timestamp + hex(HMAC-SHA256(access key, body)) with the bytes as they came, compare hex without case, accept timestamps of 10 and of 13 digits, and set the server's clock."
    UnknownProduct "unknown-product"
        "The server has nothing to give for the simulator's orders. Name a product that it sells with --sku and --product-id."
    StaleClockAccepted "stale-clock-accepted"
        "Refuse a call whose timestamp lies more than 60 seconds from your clock, in either direction, with 000001: otherwise whoever once saw a call can send it for ever."
    WrongSignatureAccepted "wrong-signature-accepted"
        "Refuse a call whose signature does not fit its body, nonce and timestamp with 000001, before anything else is done with it."
    ReplayRefused "replay-refused"
        "Within 60 seconds the same call with the same signature can be the network's repeat. Remember its answer and give it again."
    ForgottenRepeat "forgotten-repeat"
        "The store repeats newInstance with another businessId until it has an answer. Keep the instance under (orderId, orderLineId), unique in the database, and answer the same instanceId every time."
    NoInstanceId "no-instance-id"
        "Answer newInstance with an instanceId of 1 to 64 characters; the guide advises the first businessId."
    ReSignedRepeat "re-signed-repeat"
        "(eventId, deviceFingerprint) names one application. Keep the license that you made for it and upload the same bytes again, never a new license."
    NoUpload "no-upload"
        "The application was accepted and no license came. Upload it through the open API under the application's eventId while the buyer waits, whatever else is slow."
    UploadLost "upload-lost"
        "An upload failed and was not tried again. Keep what is not delivered in the database and repeat it, at the latest when the application is repeated."
    RefusedButUploaded "refused-but-uploaded"
        "The application was refused and a license was uploaded all the same. Decide before you sign, and cancel what waits for delivery."
    ApplicationRefused "application-refused"
        "An application within the order was refused. Look at the code that came: quantity, period and state of the instance allow it."
    SeatRefused "seat-refused"
        "A device within the order's quantity was refused. Read linearValue from the order query; a device that holds a seat already keeps it and takes no second one."
    DoubleSeat "double-seat"
        "More devices were licensed than were bought. Count devices against linearValue in the transaction that stores the license, and answer 000900 when none is left."
    BeyondOrder "beyond-order"
        "A license was given for a time far behind the order's end. Hold effectiveTime and expireTime against the order, and answer 000901 outside it."
    EndForgotten "end-forgotten"
        "A periodic order was licensed without expireTime. Answer 000902, or the license never ends."
    RenewalLost "renewal-lost"
        "refreshInstance was answered, but the new end does not count. Store the instance's new end before you answer."
    RenewalBackward "renewal-backward"
        "A renewal that arrived late took time away that another one had given. Renewals arrive in any order: never move the end back for one, and keep the latest."
    CancelledRenewalKept "cancelled-renewal-kept"
        "UNSUBSCRIBE_RENEWAL_PERIOD was answered, but the cancelled time is still licensed. Set the instance's end to the call's expireTime."
    CancelledRenewalRevived "cancelled-renewal-revived"
        "A late repeat brought a cancelled renewal back to life. Apply each (orderId, orderLineId, scene) once."
    LostFreeze "lost-freeze"
        "An application was accepted while the instance was frozen. Store FREEZE before you answer, and answer 000901 until UNFREEZE."
    ThawLost "thaw-lost"
        "After UNFREEZE the instance still gives no license. One UNFREEZE lifts the freeze, however often FREEZE came."
    UpgradeLost "upgrade-lost"
        "upgradeInstance was answered, but the new quantity does not count. Query the new order and take its linearValue."
    UpgradeCountedTwice "upgrade-counted-twice"
        "A repeated upgradeInstance added its quantity again. It is one change per orderId, and linearValue is the new total."
    ReleasedStillLicenses "released-still-licenses"
        "A released instance still gives licenses. releaseInstance is final: answer 000003 from then on."
    UnknownInstanceAccepted "unknown-instance-accepted"
        "A call for an instance that nobody bought was accepted. Answer 000003."
    MalformedAccepted "malformed-accepted"
        "A call with a missing, overlong or unreadable member was accepted. Check every member's presence, length and form first, and answer 000002."
    TestFlagWrites "test-flag-writes"
        "A debug call (testFlag 1) changed data. Check its signature and its members, answer 000000, and write nothing."
    DebugCaseRefused "debug-case-refused"
        "The store replays the saved debug cases twice a day for ever, and failures take the product off the shelf. With testFlag 1 look at presence and form only: no instance, no order, no date."
    WrongInfo "wrong-info"
        "queryInstance is answered with info, a list of {instanceId, appInfo: {frontEndUrl}}, one entry for each instance that was asked for."
    OpenApiRefused "open-api-refused"
        "A call to the open API was wrong; the store would refuse it as well. What was wrong with it is said above."
    WrongCode "wrong-code"
        "Another result code was due; the guide's list of codes says which."
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_name_of_its_own_and_a_sentence() {
        let names: std::collections::BTreeSet<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        assert_eq!(names.len(), Fault::ALL.len());
        for fault in Fault::ALL {
            assert!(fault.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{fault}");
            assert!(fault.advice().ends_with('.'), "{fault}");
        }
    }
}
