//! Freeze, thaw, release.

use super::{Case, Needs};
use crate::simulator::act::{Act, Done, Ends, OK};
use crate::simulator::fault::Fault;

const GROUP: &str = "state";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "freeze-and-thaw",
        group: GROUP,
        page: "0070649253",
        why: "FREEZE comes at expiry or violation and blocks new licenses until one UNFREEZE",
        needs: Needs::Uploads,
        play: |act| Box::pin(freeze(act)),
    },
    Case {
        name: "release-is-final",
        group: GROUP,
        page: "0091",
        why: "releaseInstance ends the instance; a repeat of it changes nothing",
        needs: Needs::Uploads,
        play: |act| Box::pin(release(act)),
    },
];

async fn freeze(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    let before = act.application(&instance, Ends(20));
    act.licensed(&before, Fault::ApplicationRefused).await?;
    for _ in 0..2 {
        act.say(&Act::status(&instance, "FREEZE"), &[OK], Fault::WrongCode).await?;
    }
    let frozen = act.application(&instance, Ends(20));
    act.refused(&frozen, &["000901"], Fault::LostFreeze).await?;
    act.say(&Act::status(&instance, "UNFREEZE"), &[OK], Fault::WrongCode).await?;
    let after = act.application(&instance, Ends(20));
    act.licensed(&after, Fault::ThawLost).await?;
    Ok(())
}

async fn release(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    let before = act.application(&instance, Ends(20));
    act.licensed(&before, Fault::ApplicationRefused).await?;
    act.say(&Act::release(&instance), &[OK], Fault::WrongCode).await?;
    act.say(&Act::release(&instance), &[OK, "000003"], Fault::WrongCode).await?;
    let after = act.application(&instance, Ends(20));
    act.refused(&after, &["000003", "000901"], Fault::ReleasedStillLicenses).await
}
