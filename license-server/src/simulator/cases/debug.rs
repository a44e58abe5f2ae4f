//! Debug calls: the five that the store's debugging page saves and replays, and that they change nothing.

use super::{Case, Needs};
use crate::simulator::act::{Act, Done, Ends, OK};
use crate::simulator::caller::Members;
use crate::simulator::fault::Fault;
use crate::simulator::store::OrderKind;

const GROUP: &str = "debug";
const ORDER: &str = "CS2211181819B4LVS";
const LINE: &str = "CS2211181819B4LVS-000001";
const INSTANCE: &str = "03pf80c2-bae9-6vc4-9b80-b917bea776d7";
const FOR_EVER: &str =
    "the store replays its saved debug cases every morning and afternoon, with the same ids for ever";
const NOTHING: &str = "a debug call is looked at and answered; no business data changes";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "debug-new-instance",
        group: GROUP,
        page: "0070649251",
        why: FOR_EVER,
        needs: Needs::Answers,
        play: |act| Box::pin(new_instance(act)),
    },
    Case {
        name: "debug-refresh",
        group: GROUP,
        page: "0070649252",
        why: FOR_EVER,
        needs: Needs::Answers,
        play: |act| Box::pin(saved(act, refresh())),
    },
    Case {
        name: "debug-status",
        group: GROUP,
        page: "0070649253",
        why: FOR_EVER,
        needs: Needs::Answers,
        play: |act| Box::pin(saved(act, status())),
    },
    Case {
        name: "debug-license",
        group: GROUP,
        page: "0070649255",
        why: FOR_EVER,
        needs: Needs::Answers,
        play: |act| Box::pin(saved(act, license())),
    },
    Case {
        name: "debug-release",
        group: GROUP,
        page: "0091",
        why: FOR_EVER,
        needs: Needs::Answers,
        play: |act| Box::pin(saved(act, release())),
    },
    Case {
        name: "debug-purchase-is-none",
        group: GROUP,
        page: "0070649251",
        why: NOTHING,
        needs: Needs::Answers,
        play: |act| Box::pin(is_none(act)),
    },
    Case {
        name: "debug-leaves-instances-alone",
        group: GROUP,
        page: "0070649253",
        why: NOTHING,
        needs: Needs::Orders,
        play: |act| Box::pin(leaves_alone(act)),
    },
];

fn tested(activity: &str) -> Members {
    Members::of(activity).with("testFlag", "1")
}

fn refresh() -> Members {
    tested("refreshInstance")
        .with("scene", "RENEWAL")
        .with("orderId", ORDER)
        .with("orderLineId", LINE)
        .with("instanceId", INSTANCE)
        .with("productId", "00301-666688-0--0")
        .with("expireTime", "20221110203141186")
}

fn status() -> Members {
    tested("updateInstanceStatus").with("instanceId", INSTANCE).with("status", "FREEZE")
}

fn license() -> Members {
    tested("getLicenseAsync")
        .with("instanceId", INSTANCE)
        .with("eventId", "8e5694c8e03d4d11a8f3")
        .with("effectiveTime", "2023-10-27 10:30:15 z")
        .with("expireTime", "2023-10-28 10:30:15 z")
        .with("deviceFingerprint", "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||BFEBFBFF00090672")
}

fn release() -> Members {
    tested("releaseInstance").with("instanceId", INSTANCE).with("orderId", ORDER).with("orderLineId", LINE)
}

/// A saved case, twice: in the morning and in the afternoon.
async fn saved(act: &mut Act, case: Members) -> Done {
    for _ in 0..2 {
        act.say(&case, &[OK], Fault::DebugCaseRefused).await?;
    }
    Ok(())
}

async fn new_instance(act: &mut Act) -> Done {
    let case = tested("newInstance").with("orderId", ORDER).with("orderLineId", LINE);
    let case = case.with("businessId", INSTANCE);
    for _ in 0..2 {
        let heard = act.say(&case, &[OK], Fault::DebugCaseRefused).await?;
        act.instance_of(&heard)?;
    }
    Ok(())
}

async fn is_none(act: &mut Act) -> Done {
    let deal = act.sell(OrderKind::New, 1, Ends(30));
    let call = act.purchase(&deal).with("testFlag", "1");
    let heard = act.say(&call, &[OK], Fault::DebugCaseRefused).await?;
    let instance = act.instance_of(&heard)?;
    act.is_unknown(&instance, Fault::TestFlagWrites).await
}

/// Frozen, cancelled into the past, licensed and released, all of it for show: the one device that was paid for still
/// gets its license.
async fn leaves_alone(act: &mut Act) -> Done {
    let instance = act.buy(1).await?;
    let deal = act.sell(OrderKind::Renew, 1, Ends(30));
    let calls = [
        Act::status(&instance, "FREEZE"),
        act.refresh(&instance, "UNSUBSCRIBE_RENEWAL_PERIOD", &deal, Ends(-20)),
        act.application(&instance, Ends(20)).members(),
        Act::release(&instance).with("orderId", &deal.order).with("orderLineId", &deal.line),
    ];
    for call in calls {
        act.say(&call.with("testFlag", "1"), &[OK], Fault::DebugCaseRefused).await?;
    }
    let application = act.application(&instance, Ends(20));
    act.licensed(&application, Fault::TestFlagWrites).await?;
    Ok(())
}
