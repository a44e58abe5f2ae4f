//! The life of an instance, from the trial to the end.

use super::{Case, Needs};
use crate::simulator::act::{Act, Done, Ends, OK};
use crate::simulator::fault::Fault;
use crate::simulator::store::OrderKind;

pub(super) const CASES: &[Case] = &[Case {
    name: "life-of-an-instance",
    group: "life",
    page: "0070649252",
    why: "trial, purchase, devices, renewal, freeze, thaw, upgrade and release: every instance may see them all",
    needs: Needs::Orders,
    play: |act| Box::pin(life(act)),
}];

async fn life(act: &mut Act) -> Done {
    let trial = act.sell(OrderKind::Trial, 2, Ends(14));
    let instance = act.open(&trial).await?;
    let (first, second, third) = (act.device(), act.device(), act.device());
    let on = |act: &Act, device: &str, days| act.application_on(&instance, device, Ends(days));
    let tried = on(act, &first, 14);
    act.licensed(&tried, Fault::ApplicationRefused).await?;

    let paid = act.sell(OrderKind::TrialToFormal, 2, Ends(365));
    let call = act.refresh(&instance, "TRIAL_TO_FORMAL", &paid, Ends(365));
    // With milliseconds, as in the guide's example.
    let end = format!("{}000", call.get("expireTime"));
    act.say(&call.with("expireTime", end), &[OK], Fault::WrongCode).await?;
    let bought = on(act, &first, 365);
    act.licensed(&bought, Fault::RenewalLost).await?;
    let bought = on(act, &second, 365);
    act.licensed(&bought, Fault::SeatRefused).await?;
    let too_many = on(act, &third, 365);
    act.refused(&too_many, &["000900"], Fault::DoubleSeat).await?;

    let renewal = act.sell(OrderKind::Renew, 2, Ends(730));
    let call = act.refresh(&instance, "RENEWAL", &renewal, Ends(730));
    act.say(&call, &[OK], Fault::WrongCode).await?;
    let renewed = on(act, &first, 730);
    act.licensed(&renewed, Fault::RenewalLost).await?;

    act.say(&Act::status(&instance, "FREEZE"), &[OK], Fault::WrongCode).await?;
    let frozen = on(act, &first, 730);
    act.refused(&frozen, &["000901"], Fault::LostFreeze).await?;
    act.say(&Act::status(&instance, "UNFREEZE"), &[OK], Fault::WrongCode).await?;
    let thawed = on(act, &first, 730);
    act.licensed(&thawed, Fault::ThawLost).await?;

    let change = act.sell(OrderKind::Change, 3, Ends(730));
    act.say(&Act::upgrade(&instance, &change), &[OK], Fault::WrongCode).await?;
    act.licensed_soon(&instance, &third, Ends(730), Fault::UpgradeLost).await?;

    act.say(&Act::release(&instance), &[OK], Fault::WrongCode).await?;
    let released = on(act, &first, 730);
    act.refused(&released, &["000003", "000901"], Fault::ReleasedStillLicenses).await
}
