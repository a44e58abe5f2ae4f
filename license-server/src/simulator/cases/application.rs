//! Applications: repeats, and what must be refused.

use super::{Case, Needs};
use crate::simulator::act::{Act, Done, Ends, IN_PROGRESS, OK};
use crate::simulator::fault::Fault;

const GROUP: &str = "application";
const PAGE: &str = "0070649255";
const ONE: &str =
    "(eventId, deviceFingerprint) names one application: a repeat gets the same license, never a new one";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "repeated-application",
        group: GROUP,
        page: PAGE,
        why: ONE,
        needs: Needs::Uploads,
        play: |act| Box::pin(repeated(act)),
    },
    Case {
        name: "applications-at-once",
        group: GROUP,
        page: PAGE,
        why: ONE,
        needs: Needs::Uploads,
        play: |act| Box::pin(at_once(act)),
    },
    Case {
        name: "beyond-the-order",
        group: GROUP,
        page: "0070649288",
        why: "000901 is the code for a time outside the order's validity",
        needs: Needs::Orders,
        play: |act| Box::pin(beyond(act)),
    },
    Case {
        name: "period-without-end",
        group: GROUP,
        page: "0070649288",
        why: "expireTime is mandatory for periodic products; 000902 asks for it",
        needs: Needs::Orders,
        play: |act| Box::pin(without_end(act)),
    },
    Case {
        name: "without-a-device",
        group: GROUP,
        page: "0070649288",
        why: "000903 asks for a fingerprint; a product that is bound to no device gives its license",
        needs: Needs::Uploads,
        play: |act| Box::pin(without_device(act)),
    },
];

async fn repeated(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    let application = act.application(&instance, Ends(20));
    act.licensed(&application, Fault::ApplicationRefused).await?;
    act.say(&application.members(), &[OK, IN_PROGRESS], Fault::ApplicationRefused).await?;
    act.same_bytes(&application).await
}

async fn at_once(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    let application = act.application(&instance, Ends(20));
    let calls = vec![application.members(); 4];
    for heard in act.hear_all(&calls).await? {
        act.judge(&heard, &[OK, IN_PROGRESS], Fault::ApplicationRefused)?;
    }
    act.licensed(&application, Fault::ApplicationRefused).await?;
    act.same_bytes(&application).await
}

async fn beyond(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    let application = act.application(&instance, Ends(400));
    act.refused(&application, &["000901"], Fault::BeyondOrder).await
}

async fn without_end(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    // The order must be known: before, nobody knows that it is periodic.
    let known = act.application(&instance, Ends(20));
    act.licensed(&known, Fault::ApplicationRefused).await?;
    let members = act.application(&instance, Ends(20)).members().without("expireTime");
    let call = act.sign(&members);
    act.say_wrong(&call, &members.to_string(), &["000902", "000002"], Fault::EndForgotten).await
}

async fn without_device(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    let application = act.application(&instance, Ends(20));
    let members = application.members().without("deviceFingerprint");
    act.say(&members, &["000903", OK, IN_PROGRESS], Fault::WrongCode).await?;
    Ok(())
}
