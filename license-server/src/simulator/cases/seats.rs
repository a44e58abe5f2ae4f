//! The quantity that was bought: how many devices get a license.

use super::{Case, Needs};
use crate::simulator::act::{Act, Application, Done, Ends, IN_PROGRESS, OK, SETTLE};
use crate::simulator::fault::Fault;
use crate::simulator::store::OrderKind;

const GROUP: &str = "seats";
const QUOTA: &str = "000900 is the code for an order whose quantity is used up";
/// Devices that race for two seats.
const RACERS: usize = 6;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "third-device",
        group: GROUP,
        page: "0070649288",
        why: QUOTA,
        needs: Needs::Orders,
        play: |act| Box::pin(third_device(act)),
    },
    Case {
        name: "devices-at-once",
        group: GROUP,
        page: "0070649288",
        why: QUOTA,
        needs: Needs::Orders,
        play: |act| Box::pin(at_once(act)),
    },
    Case {
        name: "upgrade-comes-twice",
        group: GROUP,
        page: "0070649432",
        why: "upgradeInstance is one change per orderId, and the order's quantity is the new total",
        needs: Needs::Orders,
        play: |act| Box::pin(upgrade(act)),
    },
];

async fn third_device(act: &mut Act) -> Done {
    let instance = act.buy(2).await?;
    for _ in 0..2 {
        let application = act.application(&instance, Ends(20));
        act.licensed(&application, Fault::SeatRefused).await?;
    }
    let application = act.application(&instance, Ends(20));
    act.refused(&application, &["000900"], Fault::DoubleSeat).await
}

async fn at_once(act: &mut Act) -> Done {
    let instance = act.buy(2).await?;
    let racers: Vec<_> = (0..RACERS).map(|_| act.application(&instance, Ends(20))).collect();
    let calls: Vec<_> = racers.iter().map(Application::members).collect();
    for heard in act.hear_all(&calls).await? {
        act.judge(&heard, &[OK, IN_PROGRESS, "000900"], Fault::WrongCode)?;
    }
    let Some(store) = act.store() else { return Ok(()) };
    let licensed = || racers.iter().filter(|racer| !store.uploads(&racer.event).is_empty()).count();
    let looks = act.world.patience.as_millis() / (SETTLE / 10).as_millis();
    for _ in 0..looks {
        if licensed() >= 2 {
            break;
        }
        tokio::time::sleep(SETTLE / 10).await;
    }
    tokio::time::sleep(SETTLE).await;
    let sent = format!("{RACERS} devices for a quantity of 2, all at once");
    let (licensed, expected) = (licensed(), "licenses for 2 of them");
    let came = format!("licenses for {licensed} of them");
    match licensed {
        2 => act.note(sent, expected, came),
        0 | 1 => return act.wrong(Fault::NoUpload, sent, expected, came),
        _ => return act.wrong(Fault::DoubleSeat, sent, expected, came),
    }
    Ok(())
}

async fn upgrade(act: &mut Act) -> Done {
    let instance = act.buy(1).await?;
    let first = act.application(&instance, Ends(20));
    act.licensed(&first, Fault::SeatRefused).await?;
    let early = act.application(&instance, Ends(20));
    act.refused(&early, &["000900"], Fault::DoubleSeat).await?;

    let change = act.sell(OrderKind::Change, 2, Ends(30));
    act.say(&Act::upgrade(&instance, &change), &[OK], Fault::WrongCode).await?;
    let second = act.device();
    act.licensed_soon(&instance, &second, Ends(20), Fault::UpgradeLost).await?;
    act.say(&Act::upgrade(&instance, &change), &[OK], Fault::WrongCode).await?;
    let third = act.application(&instance, Ends(20));
    act.refused(&third, &["000900"], Fault::UpgradeCountedTwice).await
}
