//! Purchases: newInstance, its repeats, queryInstance.

use super::{Case, FIRST, Needs};
use crate::simulator::act::{Act, Done, Ends, IN_PROGRESS, OK};
use crate::simulator::caller::Members;
use crate::simulator::fault::Fault;
use crate::simulator::store::OrderKind;

const GROUP: &str = "purchase";
const PAGE: &str = "0070649251";
/// As many calls at once as a nervous store makes.
const AT_ONCE: usize = 8;

pub(super) const FIRST_LICENSE: &[Case] = &[Case {
    name: FIRST,
    group: "first",
    page: "0070649255",
    why: "a buyer waits in front of the screen; the license comes through the open API, never in the reply",
    needs: Needs::Uploads,
    play: |act| Box::pin(first_license(act)),
}];

pub(super) const CASES: &[Case] = &[
    Case {
        name: "repeated-purchase",
        group: GROUP,
        page: PAGE,
        why: "the store repeats newInstance every 2 minutes for 2 hours, each time with another businessId",
        needs: Needs::Answers,
        play: |act| Box::pin(repeated(act)),
    },
    Case {
        name: "purchases-at-once",
        group: GROUP,
        page: PAGE,
        why: "a repeat can overtake the call that it repeats",
        needs: Needs::Answers,
        play: |act| Box::pin(at_once(act)),
    },
    Case {
        name: "same-call-again",
        group: GROUP,
        page: PAGE,
        why: "the same signed bytes within 60 seconds are the network's repeat, and their answer is the same",
        needs: Needs::Answers,
        play: |act| Box::pin(same_call(act)),
    },
    Case {
        name: "query-instance",
        group: GROUP,
        page: "0070649428",
        why: "the buyer's page shows what queryInstance says: an entry for each instance, with its frontEndUrl",
        needs: Needs::Answers,
        play: |act| Box::pin(query(act)),
    },
    Case {
        name: "unknown-instance",
        group: GROUP,
        page: "0070649288",
        why: "000003 is the code for an instance that does not exist",
        needs: Needs::Answers,
        play: |act| Box::pin(unknown(act)),
    },
];

async fn first_license(act: &mut Act) -> Done {
    let instance = act.buy(1).await?;
    let application = act.application(&instance, Ends(20));
    act.licensed(&application, Fault::ApplicationRefused).await?;
    Ok(())
}

async fn repeated(act: &mut Act) -> Done {
    let deal = act.sell(OrderKind::New, 1, Ends(30));
    let first = act.open(&deal).await?;
    for _ in 0..2 {
        let again = act.open(&deal).await?;
        same(act, &again, &first)?;
    }
    Ok(())
}

fn same(act: &mut Act, again: &str, first: &str) -> Done {
    let (sent, expected) = ("newInstance for the same order line", "the same instanceId");
    if again == first {
        act.note(sent, expected, format!("instanceId {again}"));
        return Ok(());
    }
    act.wrong(Fault::ForgottenRepeat, sent, expected, format!("instanceId {again} after {first}"))
}

async fn at_once(act: &mut Act) -> Done {
    let deal = act.sell(OrderKind::New, 1, Ends(30));
    let calls: Vec<_> = (0..AT_ONCE).map(|_| act.purchase(&deal)).collect();
    let mut instances = Vec::new();
    for heard in act.hear_all(&calls).await? {
        // Whoever comes while another works may be told so.
        act.judge(&heard, &[OK, IN_PROGRESS], Fault::WrongCode)?;
        if heard.code() == OK {
            instances.push(act.instance_of(&heard)?);
        }
    }
    let last = act.open(&deal).await?;
    let other = instances.into_iter().find(|instance| *instance != last);
    same(act, &last, other.as_ref().unwrap_or(&last))
}

async fn same_call(act: &mut Act) -> Done {
    let deal = act.sell(OrderKind::New, 1, Ends(30));
    let members = act.purchase(&deal);
    let call = act.sign(&members);
    let heard = act.hear_call(&call, &members.to_string()).await?;
    act.judge(&heard, &[OK], Fault::WrongCode)?;
    let first = act.instance_of(&heard)?;
    // Something else in between.
    let nobody = act.world.chance.uuid();
    act.is_unknown(&nobody, Fault::UnknownInstanceAccepted).await?;
    let again = act.hear_call(&call, &format!("the same bytes: {members}")).await?;
    if again.code() != OK {
        return act.wrong(Fault::ReplayRefused, &again.sent, "the same answer", again.shown());
    }
    let instance = act.instance_of(&again)?;
    same(act, &instance, &first)
}

async fn query(act: &mut Act) -> Done {
    let (one, other) = (act.buy(1).await?, act.buy(1).await?);
    let call = Members::of("queryInstance").with("instanceId", format!("{one},{other}"));
    let heard = act.say(&call, &[OK], Fault::WrongInfo).await?;
    let info = heard.json["info"].as_array().cloned().unwrap_or_default();
    for instance in [&one, &other] {
        let entry = info.iter().find(|entry| entry["instanceId"] == instance.as_str());
        if entry.is_none_or(|entry| !entry["appInfo"]["frontEndUrl"].is_string()) {
            let expected = "info with an entry for each instance, appInfo.frontEndUrl in it";
            let came = format!("info without a whole entry for {instance}");
            return act.wrong(Fault::WrongInfo, call, expected, came);
        }
    }
    Ok(())
}

async fn unknown(act: &mut Act) -> Done {
    let nobody = act.world.chance.uuid();
    let deal = act.sell(OrderKind::Renew, 1, Ends(60));
    let calls = [
        act.refresh(&nobody, "RENEWAL", &deal, Ends(60)),
        Act::status(&nobody, "FREEZE"),
        act.application(&nobody, Ends(20)).members(),
        Act::upgrade(&nobody, &deal),
    ];
    for members in calls {
        let call = act.sign(&members);
        act.say_wrong(&call, &members.to_string(), &["000003"], Fault::UnknownInstanceAccepted).await?;
    }
    act.is_unknown(&nobody, Fault::UnknownInstanceAccepted).await
}
