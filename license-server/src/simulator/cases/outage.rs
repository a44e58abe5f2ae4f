//! The store's own bad days: its open API is slow, fails, or is cut off.

use std::time::Duration;

use super::{Case, Needs};
use crate::simulator::act::{Act, Done, Ends, IN_PROGRESS, OK};
use crate::simulator::fault::Fault;
use crate::simulator::store::{Behaviour, Fault as Played, OrderKind};

const GROUP: &str = "outage";
const QUERY: &str = "0070649350";
const UPLOAD: &str = "0070649351";
/// Longer than the store waits for an answer.
const SLOW: Duration = Duration::from_secs(7);

pub(super) const CASES: &[Case] = &[
    Case {
        name: "slow-store",
        group: GROUP,
        page: QUERY,
        why: "the store gives up on a call after 5 seconds, also when its own open API is what takes long",
        needs: Needs::Orders,
        play: |act| Box::pin(slow(act)),
    },
    Case {
        name: "order-query-fails",
        group: GROUP,
        page: QUERY,
        why: "a purchase is paid although the order cannot be queried at that moment; the license follows",
        needs: Needs::Orders,
        play: |act| Box::pin(query_fails(act)),
    },
    Case {
        name: "upload-fails",
        group: GROUP,
        page: UPLOAD,
        why: "the buyer has paid; an upload that failed is repeated until it arrives",
        needs: Needs::Uploads,
        play: |act| Box::pin(upload_fails(act)),
    },
    Case {
        name: "upload-without-answer",
        group: GROUP,
        page: UPLOAD,
        why: "the store may have taken an upload whose answer was lost; the repeat must not be another license",
        needs: Needs::Uploads,
        play: |act| Box::pin(upload_unsure(act)),
    },
];

async fn slow(act: &mut Act) -> Done {
    act.behave(Behaviour::good().always(Played::Slow(SLOW)));
    through(act).await
}

async fn query_fails(act: &mut Act) -> Done {
    act.behave(Behaviour::good().always(Played::Status(503)).for_orders());
    through(act).await
}

/// A purchase and an application in bad times, and what is left of them in good ones.
async fn through(act: &mut Act) -> Done {
    let deal = act.sell(OrderKind::New, 10, Ends(30));
    let bought = act.say(&act.purchase(&deal), &[OK, IN_PROGRESS, "000005"], Fault::WrongCode).await?;
    let instance = if bought.code() == OK {
        act.instance_of(&bought)?
    } else {
        // The store repeats a purchase that was not answered with success.
        act.world.calm();
        act.open(&deal).await?
    };
    let application = act.application(&instance, Ends(20));
    act.say(&application.members(), &[OK, IN_PROGRESS], Fault::ApplicationRefused).await?;
    act.world.calm();
    act.licensed_in_the_end(&application, Fault::NoUpload).await
}

async fn upload_fails(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    act.behave(Behaviour::good().next([Played::Status(503), Played::Drop]).for_uploads());
    let application = act.application(&instance, Ends(20));
    act.say(&application.members(), &[OK, IN_PROGRESS], Fault::ApplicationRefused).await?;
    act.licensed_in_the_end(&application, Fault::UploadLost).await
}

async fn upload_unsure(act: &mut Act) -> Done {
    let instance = act.buy(10).await?;
    act.behave(Behaviour::good().next([Played::DropAfter]).for_uploads());
    let application = act.application(&instance, Ends(20));
    act.licensed(&application, Fault::ApplicationRefused).await?;
    act.say(&application.members(), &[OK, IN_PROGRESS], Fault::ApplicationRefused).await?;
    act.same_bytes(&application).await
}
