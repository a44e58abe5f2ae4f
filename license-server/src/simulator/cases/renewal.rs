//! Renewals, in order and out of it.

use super::{Case, Needs};
use crate::simulator::act::{Act, Done, Ends, OK};
use crate::simulator::fault::Fault;
use crate::simulator::store::OrderKind;

const GROUP: &str = "renewal";
const PAGE: &str = "0070649252";
const ANY_ORDER: &str =
    "refreshInstance is repeated for 2 hours, so renewals arrive late and in any order; paid time stays";
const NEAR: Ends = Ends(200);
const FAR: Ends = Ends(400);

pub(super) const CASES: &[Case] = &[
    Case {
        name: "renewals-out-of-order",
        group: GROUP,
        page: PAGE,
        why: ANY_ORDER,
        needs: Needs::Uploads,
        play: |act| Box::pin(out_of_order(act)),
    },
    Case {
        name: "renewal-comes-again-late",
        group: GROUP,
        page: PAGE,
        why: ANY_ORDER,
        needs: Needs::Uploads,
        play: |act| Box::pin(again_late(act)),
    },
    Case {
        name: "cancelled-renewal-comes-again",
        group: GROUP,
        page: PAGE,
        why: "a cancelled renewal was paid back; a late repeat of it gives nothing",
        needs: Needs::Orders,
        play: |act| Box::pin(cancelled(act)),
    },
];

async fn out_of_order(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    let (near, far) = (act.sell(OrderKind::Renew, 10, NEAR), act.sell(OrderKind::Renew, 10, FAR));
    let call = act.refresh(&instance, "RENEWAL", &far, FAR);
    act.say(&call, &[OK], Fault::WrongCode).await?;
    let renewed = act.application(&instance, FAR);
    act.licensed(&renewed, Fault::RenewalLost).await?;
    let call = act.refresh(&instance, "RENEWAL", &near, NEAR);
    act.say(&call, &[OK], Fault::WrongCode).await?;
    let still = act.application(&instance, FAR);
    act.licensed(&still, Fault::RenewalBackward).await?;
    Ok(())
}

async fn again_late(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    let (near, far) = (act.sell(OrderKind::Renew, 10, NEAR), act.sell(OrderKind::Renew, 10, FAR));
    let first = act.refresh(&instance, "RENEWAL", &near, NEAR);
    let second = act.refresh(&instance, "RENEWAL", &far, FAR);
    for call in [&first, &second, &first] {
        act.say(call, &[OK], Fault::WrongCode).await?;
    }
    let still = act.application(&instance, FAR);
    act.licensed(&still, Fault::RenewalBackward).await?;
    Ok(())
}

async fn cancelled(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    let renewal = act.sell(OrderKind::Renew, 10, FAR);
    let renew = act.refresh(&instance, "RENEWAL", &renewal, FAR);
    act.say(&renew, &[OK], Fault::WrongCode).await?;
    let cancel = act.refresh(&instance, "UNSUBSCRIBE_RENEWAL_PERIOD", &renewal, Ends(30));
    act.say(&cancel, &[OK], Fault::WrongCode).await?;
    let gone = act.application(&instance, FAR);
    act.refused(&gone, &["000901"], Fault::CancelledRenewalKept).await?;
    act.say(&renew, &[OK], Fault::WrongCode).await?;
    let gone = act.application(&instance, FAR);
    act.refused(&gone, &["000901"], Fault::CancelledRenewalRevived).await
}
