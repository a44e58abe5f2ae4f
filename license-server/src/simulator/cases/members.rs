//! Calls that are signed well and malformed.

use super::{Case, Needs};
use crate::simulator::act::{Act, Done, Ends};
use crate::simulator::caller::Members;
use crate::simulator::fault::Fault;
use crate::simulator::store::OrderKind;

const GROUP: &str = "members";
const PAGE: &str = "0070649288";
const WHY: &str = "000002 is the code for a member that is missing, too long or unreadable";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "missing-member",
        group: GROUP,
        page: PAGE,
        why: WHY,
        needs: Needs::Answers,
        play: |act| Box::pin(missing(act)),
    },
    Case {
        name: "overlong-member",
        group: GROUP,
        page: PAGE,
        why: WHY,
        needs: Needs::Answers,
        play: |act| Box::pin(overlong(act)),
    },
    Case {
        name: "unreadable-time",
        group: GROUP,
        page: PAGE,
        why: WHY,
        needs: Needs::Answers,
        play: |act| Box::pin(bad_time(act)),
    },
    Case {
        name: "unknown-word",
        group: GROUP,
        page: PAGE,
        why: WHY,
        needs: Needs::Answers,
        play: |act| Box::pin(unknown_word(act)),
    },
];

async fn refused(act: &mut Act, calls: impl IntoIterator<Item = (Members, &str)>) -> Done {
    for (members, what) in calls {
        let call = act.sign(&members);
        let sent = format!("{}, {what}", members.get("activity"));
        act.say_wrong(&call, &sent, &["000002"], Fault::MalformedAccepted).await?;
    }
    Ok(())
}

async fn missing(act: &mut Act) -> Done {
    let instance = act.buy(1).await?;
    let order = act.sell(OrderKind::Renew, 1, Ends(60));
    let fresh = act.sell(OrderKind::New, 1, Ends(30));
    let application = act.application(&instance, Ends(20)).members();
    let calls = [
        (act.purchase(&fresh).without("orderId"), "no orderId"),
        (act.purchase(&fresh).without("orderLineId"), "no orderLineId"),
        (act.refresh(&instance, "RENEWAL", &order, Ends(60)).without("scene"), "no scene"),
        (act.refresh(&instance, "RENEWAL", &order, Ends(60)).without("expireTime"), "no expireTime"),
        (Act::status(&instance, "FREEZE").without("status"), "no status"),
        (application.clone().without("eventId"), "no eventId"),
        (application.without("effectiveTime"), "no effectiveTime"),
        (Act::release(&instance).without("instanceId"), "no instanceId"),
    ];
    refused(act, calls).await
}

async fn overlong(act: &mut Act) -> Done {
    let instance = act.buy(1).await?;
    let long = "x".repeat(65);
    let fresh = act.sell(OrderKind::New, 1, Ends(30));
    let calls = [
        (act.purchase(&fresh).with("orderId", &long), "orderId of 65 characters"),
        (act.purchase(&fresh).with("orderLineId", &long), "orderLineId of 65 characters"),
        (act.application(&instance, Ends(20)).members().with("eventId", &long), "eventId of 65 characters"),
    ];
    refused(act, calls).await
}

async fn bad_time(act: &mut Act) -> Done {
    let instance = act.buy(1).await?;
    let order = act.sell(OrderKind::Renew, 1, Ends(60));
    let refresh = act.refresh(&instance, "RENEWAL", &order, Ends(60));
    let application = act.application(&instance, Ends(20)).members();
    let calls = [
        (refresh.clone().with("expireTime", "20261340996161"), "expireTime 20261340996161"),
        (refresh.with("expireTime", "soon"), "expireTime soon"),
        (application.clone().with("effectiveTime", "2026-02-30 10:30:15 z"), "effectiveTime on 30 February"),
        (application.with("expireTime", "tomorrow"), "expireTime tomorrow"),
    ];
    refused(act, calls).await
}

async fn unknown_word(act: &mut Act) -> Done {
    let instance = act.buy(1).await?;
    let order = act.sell(OrderKind::Renew, 1, Ends(60));
    let calls = [
        (act.refresh(&instance, "RENEW_SOMEHOW", &order, Ends(60)), "scene RENEW_SOMEHOW"),
        (Act::status(&instance, "MELT"), "status MELT"),
    ];
    refused(act, calls).await
}
