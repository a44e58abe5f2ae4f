//! Who may call: the signature and the clock.

use super::{Case, Needs};
use crate::config::Secret;
use crate::simulator::act::{Act, Done, Ends, OK};
use crate::simulator::caller::{Members, SignedCall, signed_with};
use crate::simulator::fault::Fault;
use crate::simulator::store::OrderKind;

const GROUP: &str = "signature";
const PAGE: &str = "0070649286";
const CLOCK: &str = "a call whose timestamp is more than 60 seconds off is refused with 000001";
const SIGNED: &str =
    "only the store and the vendor know the access key; 000001 is the code for everybody else";
const FIVE_MINUTES: i64 = 300_000;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "stale-clock",
        group: GROUP,
        page: PAGE,
        why: CLOCK,
        needs: Needs::Answers,
        play: |act| Box::pin(clock(act, -FIVE_MINUTES)),
    },
    Case {
        name: "future-clock",
        group: GROUP,
        page: PAGE,
        why: CLOCK,
        needs: Needs::Answers,
        play: |act| Box::pin(clock(act, FIVE_MINUTES)),
    },
    Case {
        name: "wrong-signature",
        group: GROUP,
        page: PAGE,
        why: SIGNED,
        needs: Needs::Answers,
        play: |act| Box::pin(wrong(act)),
    },
    Case {
        name: "changed-call",
        group: GROUP,
        page: PAGE,
        why: SIGNED,
        needs: Needs::Answers,
        play: |act| Box::pin(changed(act)),
    },
    Case {
        name: "no-signature",
        group: GROUP,
        page: PAGE,
        why: SIGNED,
        needs: Needs::Answers,
        play: |act| Box::pin(missing(act)),
    },
    Case {
        name: "seconds-and-capitals",
        group: GROUP,
        page: PAGE,
        why: "the guides write timestamps of 10 and of 13 digits, and signatures in small and in capital hex",
        needs: Needs::Answers,
        play: |act| Box::pin(spellings(act)),
    },
];

fn purchase(act: &Act) -> Members {
    let deal = act.sell(OrderKind::New, 1, Ends(30));
    act.purchase(&deal)
}

async fn clock(act: &mut Act, off_ms: i64) -> Done {
    for unit in [1, 1000] {
        let members = purchase(act);
        let timestamp = ((act.world.caller.clock().now_ms() + off_ms) / unit).to_string();
        let call = act.world.caller.signed_at(&members, &act.world.chance, &timestamp);
        let minutes = off_ms / 60_000;
        let sent = format!("newInstance, timestamp {timestamp} ({minutes:+} minutes)");
        act.say_wrong(&call, &sent, &["000001"], Fault::StaleClockAccepted).await?;
    }
    Ok(())
}

async fn refused(act: &mut Act, call: &SignedCall, what: &str) -> Done {
    let sent = format!("newInstance, {what}");
    act.say_wrong(call, &sent, &["000001"], Fault::WrongSignatureAccepted).await
}

async fn wrong(act: &mut Act) -> Done {
    let members = purchase(act);
    let (nonce, now) = (act.world.chance.hex(), act.world.caller.clock().now_ms().to_string());
    let key = Secret::from(act.world.chance.hex().as_str());
    refused(act, &signed_with(&key, &members, &nonce, &now), "signed with another key").await?;
    let call = act.sign(&purchase(act));
    let parameters = with_signature(&call, |digits| {
        let (front, last) = digits.split_at(digits.len().saturating_sub(1));
        format!("{front}{}", if last == "0" { '1' } else { '0' })
    });
    refused(act, &SignedCall { parameters, ..call }, "one digit of the signature changed").await
}

async fn changed(act: &mut Act) -> Done {
    let members = purchase(act);
    let call = act.sign(&members);
    let body = members.with("businessId", act.world.chance.uuid()).to_json();
    refused(act, &SignedCall { body, ..call }, "the body changed after it was signed").await?;
    let call = act.sign(&purchase(act));
    let parameters = call.parameters.replace("&nonce=", "&nonce=0");
    refused(act, &SignedCall { parameters, ..call }, "the nonce changed after it was signed").await
}

async fn missing(act: &mut Act) -> Done {
    let call = act.sign(&purchase(act));
    let parameters = call.parameters.split_once('&').map_or("", |(_, rest)| rest).to_owned();
    refused(act, &SignedCall { parameters, ..call }, "without a signature").await?;
    let call = act.sign(&purchase(act));
    let parameters = with_signature(&call, |_| String::new());
    refused(act, &SignedCall { parameters, ..call }, "with an empty signature").await
}

async fn spellings(act: &mut Act) -> Done {
    let members = purchase(act);
    let seconds = act.world.caller.clock().now().as_secs().to_string();
    let call = act.world.caller.signed_at(&members, &act.world.chance, &seconds);
    let heard = act.hear_call(&call, &format!("newInstance, timestamp {seconds}")).await?;
    act.judge(&heard, &[OK], Fault::WrongCode)?;
    let call = act.sign(&purchase(act));
    let parameters = with_signature(&call, str::to_ascii_uppercase);
    let heard =
        act.hear_call(&SignedCall { parameters, ..call }, "newInstance, signature in capitals").await?;
    act.judge(&heard, &[OK], Fault::WrongCode)
}

/// The parameters with another signature; it stands first.
fn with_signature(call: &SignedCall, change: impl FnOnce(&str) -> String) -> String {
    let (signature, rest) = call.parameters.split_once('&').unwrap_or((&call.parameters, ""));
    let digits = signature.trim_start_matches("signature=");
    format!("signature={}&{rest}", change(digits))
}
